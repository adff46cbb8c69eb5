"""The audit trail by what was done, by whom, about what and when; what one import did is found by its revision."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES = (
    ["organisation_id", "at", "id"],
    ["organisation_id", "action", "at", "id"],
    ["organisation_id", "actor", "at", "id"],
    ["organisation_id", "subject", "at", "id"],
    ["organisation_id", "revision", "id"],
)

LINES = sa.table(
    "audit",
    *(sa.column(name) for name in ("id", "organisation_id", "at", "actor", "origin", "action", "revision")),
)


def upgrade() -> None:
    op.add_column("audit", sa.Column("revision", sa.BigInteger(), nullable=True))
    op.drop_index(op.f("ix_audit_organisation_id_id"), "audit")
    for columns in INDEXES:
        op.create_index(op.f(f"ix_audit_{'_'.join(columns)}"), "audit", columns, unique=False)
    _mark_imports(op.get_bind())


def _mark_imports(connection: sa.Connection) -> None:
    """Imports of before have no revision that is known, and are given one that no transaction ever has: what one of
    them did is what the same command told since the one before it.
    """
    imports = sa.select(LINES).where(LINES.c.action == "import.applied").order_by(LINES.c.at, LINES.c.id)
    for number, applied in enumerate(connection.execute(imports).all(), 1):
        alike = [LINES.c[name] == getattr(applied, name) for name in ("organisation_id", "actor", "origin")]
        done = (LINES.c.id == applied.id) | LINES.c.action.in_(("entry.added", "entry.changed", "entry.removed"))
        unmarked = sa.and_(*alike) & done & LINES.c.revision.is_(None) & (LINES.c.at <= applied.at)
        connection.execute(sa.update(LINES).where(unmarked).values(revision=-number))
