"""Recordings of calls, and whose legs are heard in them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CODE_POINTS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "recording",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("pbx", CODE_POINTS, nullable=False),
        sa.Column("channel", CODE_POINTS, nullable=False),
        sa.Column("file", CODE_POINTS, nullable=False),
        sa.Column("began", sa.Double(), nullable=False),
        sa.Column("ended", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_recording_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
    )
    for columns, unique in (
        (["organisation_id", "pbx", "channel", "file"], True),
        (["organisation_id", "ended"], False),
    ):
        op.create_index(op.f(f"ix_recording_{'_'.join(columns)}"), "recording", columns, unique=unique)
    op.create_table(
        "recording_leg",
        sa.Column("recording_id", sa.String(length=36), nullable=False),
        sa.Column("leg", CODE_POINTS, nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_recording_leg_recording_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("recording_id", "leg", name=op.f("pk_recording_leg")),
    )
    op.create_index(op.f("ix_recording_leg_leg"), "recording_leg", ["leg"], unique=False)
    # Whose a recording is.
    columns = ["organisation_id", "pbx", "leg"]
    op.create_index(op.f("ix_call_record_organisation_id_pbx_leg"), "call_record", columns, unique=False)
