"""The certificate and its key, as TLS needs them; and another one as soon as their files hold another."""

import asyncio
import hashlib
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import structlog
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from katalog.domain.moment import iso
from katalog.errors import ServerError

PERIOD = 2.0
"""Seconds from one look at the files to the next. They are read, not only their times: a certificate may be written
in place, with the key some time after it.
"""

DAY = 86_400.0
SOON = 14 * DAY
"""Seconds before its end from which on it is said, once a day."""

ADVICE = "put a certificate and the key that belongs to it there, both in PEM; the old one is shown until then"

_UTC = ZoneInfo("UTC")

log = structlog.get_logger()


class Shown(msgspec.Struct, frozen=True):
    """A certificate with its key, ready to be shown. Times are Unix seconds; `digest` is of the files."""

    context: ssl.SSLContext
    digest: bytes
    begins: float
    expires: float
    names: tuple[str, ...]

    def left(self, now: float) -> int:
        """Whole days until it ends."""
        return int((self.expires - now) // DAY)


class Certificate:
    """`context` is what a server listens with. It has every handshake go on with the newest certificate, and what was
    opened before stays as it is. A context of its own for each certificate, since one that another was put into would
    go on to show the one before to who prefers its kind of key.
    """

    def __init__(self, certificate: Path, key: Path, clock: Callable[[], float] = time.time) -> None:
        """Raises ServerError if a file cannot be read, or they do not belong together."""
        self._certificate = certificate
        self._key = key
        self._clock = clock
        self._refused = ""
        self._said = -DAY
        self.shown = self._read()
        self.context = self.shown.context
        self.context.sni_callback = self._choose

    def _choose(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        """Called in each handshake, whether the client names a server or not."""
        connection.context = self.shown.context

    async def follow(self, period: float = PERIOD) -> None:
        """For ever. What is wrong with the files is said once, and they are tried again."""
        while True:
            self._say_end()
            await asyncio.sleep(period)
            try:
                await self.look()
            except Exception:
                log.exception("certificate.fault")

    async def look(self) -> None:
        """Shows what the files hold, if that is another pair."""
        try:
            read = await asyncio.to_thread(self._read_if_other)
        except ServerError as error:
            if str(error) != self._refused:
                log.warning("certificate.wrong", reason=str(error), advice=ADVICE)
            self._refused = str(error)
            return
        self._refused = ""
        if read is not None:
            self.shown = read
            self._said = -DAY
            log.info("certificate.renewed", expires=iso(read.expires, _UTC), names=list(read.names))

    def _say_end(self) -> None:
        now = self._clock()
        if self.shown.expires - now >= SOON or now - self._said < DAY:
            return
        self._said = now
        if self.shown.expires > now:
            log.warning("certificate.expiring", expires=iso(self.shown.expires, _UTC), days=self.shown.left(now))
        else:
            log.error("certificate.expired", expires=iso(self.shown.expires, _UTC))

    def _read_if_other(self) -> Shown | None:
        return None if self._digest() == self.shown.digest else self._read()

    def _digest(self) -> bytes:
        digest = hashlib.sha256()
        for file in (self._certificate, self._key):
            digest.update(hashlib.sha256(_content(file)).digest())
        return digest.digest()

    def _read(self) -> Shown:
        # The digest first: what is written meanwhile is then another at the next look.
        digest = self._digest()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self._certificate, self._key, password="")
            first = x509.load_pem_x509_certificates(_content(self._certificate))[0]
        except (ssl.SSLError, OSError, ValueError) as error:
            raise ServerError(
                f"{self._certificate} and {self._key} are no certificate in PEM and its key without a password: {error}"
            ) from None
        begins, expires = first.not_valid_before_utc.timestamp(), first.not_valid_after_utc.timestamp()
        return Shown(context, digest, begins, expires, _names(first))


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ServerError(f"{file}: cannot be read: {error.strerror}") from None


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Those that it is for (RFC 6125); none that is only in its subject, which clients do not look at."""
    try:
        found = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    if not isinstance(found, x509.SubjectAlternativeName):
        return ()
    addresses = (str(address) for address in found.get_values_for_type(x509.IPAddress))
    return (*found.get_values_for_type(x509.DNSName), *addresses)
