"""What is sent is tested on SQLite and on a real PostgreSQL."""

from tests.store.conftest import database, server

__all__ = ["database", "server"]
