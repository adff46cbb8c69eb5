"""Alembic's entry. The connection is always given by `katalog.store.migrate`, inside its transaction."""

from alembic import context

from katalog.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
