"""An empty database that is up to date, made once: to bring up one for each test takes longer than most tests do."""

from pathlib import Path
from tempfile import TemporaryDirectory

from katalog.store.database import Database
from katalog.store.migrate import upgrade

_made: list[bytes] = []


async def lay(path: Path) -> None:
    """Where `path` has no SQLite file yet, it has one that needs no migration."""
    if path.exists():
        return
    if not _made:
        with TemporaryDirectory() as folder:
            template = Path(folder) / "katalog.db"
            async with Database(f"sqlite:///{template}") as database:
                await upgrade(database)
            _made.append(template.read_bytes())
    path.touch(0o600)
    path.write_bytes(_made[0])
