"""Passwords: argon2id (RFC 9106), never on the event loop, few at a time, once for each credential.

A poller sends its password with every request. What was verified is remembered as a keyed hash of login and
password together with the account's stamp: no plain password stays in memory, and a change of password, a
disabled account or a restart makes it be verified anew.
"""

import asyncio
import hmac
import secrets
from base64 import b64encode
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import ARGON2_VERSION

from katalog.domain.account import Account
from katalog.errors import Invalid

MIN_LENGTH, MAX_LENGTH = 8, 1024
_REMEMBERED = 100_000
_AT_ONCE = 2

_hasher = PasswordHasher()


def check_strength(password: str) -> None:
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Invalid(
            "password",
            f"ska ha {MIN_LENGTH}–{MAX_LENGTH} tecken",
            f"must have {MIN_LENGTH}–{MAX_LENGTH} characters",
        )


def hash_password(password: str) -> str:
    """Takes about 50 ms and 64 MB on purpose. Raises Invalid if the password is too short or too long."""
    check_strength(password)
    return _hasher.hash(password.encode("utf-8", "surrogatepass"))


def _matches(hash_: str, password: str) -> bool:
    try:
        return _hasher.verify(hash_, password.encode("utf-8", "surrogatepass"))
    except (Argon2Error, InvalidHashError):
        return False


def _hash_of_nothing() -> str:
    """What no password is known to match, and takes as long to be verified as a real one: a login that does not
    exist must not be told from one that does. Made without the 50 ms that a hash costs."""

    def base64(size: int) -> str:
        return b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()

    costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${base64(_hasher.salt_len)}${base64(_hasher.hash_len)}"


class Passwords:
    """Verifies passwords, and remembers which it has verified."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._verified: OrderedDict[bytes, tuple[str, str]] = OrderedDict()
        self._under_way: dict[bytes, asyncio.Task[bool]] = {}
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="argon2")
        self._nobody = _hash_of_nothing()

    def _mark(self, login: str, password: str) -> bytes:
        text = f"{login}\0{password}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256")

    def remembered(self, account: Account, login: str, password: str) -> bool:
        """Whether exactly this was verified before and still holds. Costs a microsecond."""
        mark = self._mark(login, password)
        if self._verified.get(mark) != (account.id, account.stamp):
            return False
        self._verified.move_to_end(mark)
        return True

    def is_under_way(self, login: str, password: str) -> bool:
        """Whether exactly this is being verified for somebody else just now."""
        return self._mark(login, password) in self._under_way

    async def verify(self, account: Account | None, login: str, password: str) -> bool:
        """Whether the password opens the account; many that ask the same at once share one answer."""
        hash_ = account.password if account is not None and account.password else self._nobody
        mark = self._mark(login, password)
        task = self._under_way.get(mark)
        if task is None:
            task = asyncio.create_task(self._run(hash_, password))
            self._under_way[mark] = task
            task.add_done_callback(lambda _: self._under_way.pop(mark, None))
        matches = await asyncio.shield(task)
        if not matches or account is None or not account.password:
            return False
        self._verified[mark] = (account.id, account.stamp)
        if len(self._verified) > _REMEMBERED:
            self._verified.popitem(last=False)
        return True

    async def _run(self, hash_: str, password: str) -> bool:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _matches, hash_, password)

    async def hash(self, password: str) -> str:
        """Off the loop, in turn with the verifications."""
        check_strength(password)
        return await asyncio.get_running_loop().run_in_executor(self._threads, hash_password, password)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
