"""Sessions that were begun by a token."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("token", sa.Column("source_id", sa.String(length=36), nullable=True))
    op.create_index(op.f("ix_token_source_id"), "token", ["source_id"], unique=False)
