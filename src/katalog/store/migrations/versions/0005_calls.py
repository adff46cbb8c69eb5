"""The call log: records of calls that are over, calls that are not, and until when telephone systems were heard."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CODE_POINTS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "call_record",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("leg", CODE_POINTS, nullable=False),
        sa.Column("channel", CODE_POINTS, nullable=False),
        sa.Column("call", CODE_POINTS, nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("folder", sa.String(length=16), nullable=False),
        sa.Column("number", CODE_POINTS, nullable=False),
        sa.Column("began", sa.Double(), nullable=False),
        sa.Column("answered", sa.Double(), nullable=True),
        sa.Column("ended", sa.Double(), nullable=False),
        sa.Column("clock", sa.String(length=8), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("forward", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_call_record_entry_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_call_record_organisation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_record")),
    )
    for columns, unique in (
        (["entry_id", "pbx", "leg"], True),
        (["entry_id", "folder", "began", "id"], False),
        (["entry_id", "began", "id"], False),
        (["organisation_id", "began", "id"], False),
        (["organisation_id", "pbx", "call"], False),
    ):
        op.create_index(op.f(f"ix_call_record_{'_'.join(columns)}"), "call_record", columns, unique=unique)
    op.create_table(
        "open_call",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("pbx", CODE_POINTS, nullable=False),
        sa.Column("leg", CODE_POINTS, nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "pbx", "leg", name=op.f("pk_open_call")),
    )
    op.create_table(
        "heard",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("pbx", CODE_POINTS, nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("complete", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "pbx", name=op.f("pk_heard")),
    )
