"""Secrets that must be had again in the clear: encrypted in the database, under a key that is not in it.

The key is a file beside the settings, made at the first secret, for its owner's eyes only. It is in no backup of the
database: whoever has the one has not the other.
"""

import hashlib
import hmac
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from katalog.errors import StoreError


class Locked(Exception):
    """The key is not there, or is another one. `sv` and `en` say what to do."""

    def __init__(self, name: str) -> None:
        self.sv = f"Adressen kan inte läsas: nyckeln {name} saknas eller är en annan. Ange adressen på nytt."
        self.en = f"The address cannot be read: the key {name} is missing or another one. Enter the address again."
        super().__init__(self.en)


class Safe:
    def __init__(self, file: Path) -> None:
        self._file = file

    def seal(self, secret: str) -> str:
        """Raises StoreError if there is no key and none can be made."""
        with self._explained():
            return Fernet(self._key()).encrypt(secret.encode()).decode()

    def mark(self, text: str) -> str:
        """A keyed hash: whether two texts are the same is seen by it, and without the key nothing else. Raises
        StoreError as `seal` does.
        """
        with self._explained():
            return hmac.new(self._key(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def open(self, sealed: str) -> str:
        """Raises Locked."""
        try:
            return Fernet(self._read()).decrypt(sealed.encode()).decode()
        except (OSError, ValueError, InvalidToken):
            raise Locked(self._file.name) from None

    def _key(self) -> bytes:
        """Made if there is none."""
        if not self._file.exists():
            self._make()
        return self._read()

    def _read(self) -> bytes:
        # Each time: it is small, and may be put back while the server runs.
        return self._file.read_bytes().strip()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no key"
            raise StoreError(f"{self._file}: {reason}; see calendars.key_file in the settings") from None

    def _make(self) -> None:
        """Whole or not at all; of two that do it at once, the first one's holds."""
        descriptor, name = tempfile.mkstemp(prefix=f".{self._file.name}.", dir=self._file.parent)
        new = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        try:
            with suppress(FileExistsError):
                self._file.hardlink_to(new)
        finally:
            new.unlink()
