"""Messages by somebody's HTTP interface, as the settings describe it (docs/sms.md)."""

import asyncio
import re
from collections.abc import Mapping

import msgspec
from yarl import URL

from katalog.connectors.base import Finding
from katalog.domain.dialling import Dialling
from katalog.domain.message import Outcome, Reason, State
from katalog.domain.number import e164
from katalog.domain.sender import is_number
from katalog.errors import OutgoingError, SettingsError
from katalog.gateways.base import Setup, Sms
from katalog.gateways.template import MEDIA, Format, Template, fill
from katalog.gateways.verdict import Places, Success, unknown, verdict
from katalog.outgoing.client import Outgoing
from katalog.outgoing.target import NotATarget, basic, masked, parse_target

MAX_ANSWER = 65_536
"""Bytes of an answer that are read."""

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110, section 5.6.2."""

SETTING = "sms_http.allow_private"


class Options(msgspec.Struct, frozen=True):
    """As in the settings, `[sms_http]`."""

    url: str = ""
    method: str = "POST"
    format: Format = Format.FORM
    body: str = "from={from}&to={to}&message={text}"
    headers: dict[str, str] = {}
    username: str = ""
    secret: str = ""
    numbers: str = "e164"
    seconds: float = 15.0
    ok_status: tuple[int, ...] = (200, 201, 202)
    ok_pointer: str = ""
    ok_pattern: str = ""
    id_pointer: str = ""
    reason_pointer: str = ""
    allow_private: bool = False


class HttpGateway:
    """Makes a client for each message: they are few, and no connection is to be one that has gone stale."""

    in_house = False

    def __init__(self, setup: Setup) -> None:
        self._options = options = msgspec.convert(setup.options, Options, strict=False)
        self._country = setup.country
        try:
            self._url = parse_target(options.url)
        except NotATarget as error:
            raise SettingsError(f"sms_http.url: {error.en}") from None
        self._template = Template(options.body, options.format)
        for name, value in {**self._headers(), "authorization": self._authorization() or ""}.items():
            if not _HEADER.fullmatch(name) or not (value.isascii() and value.isprintable()):
                raise SettingsError(f"sms_http.headers: {name!r} is no header, or what it is to say cannot be said")
        self._success = Success(options.ok_status, options.ok_pointer, options.ok_pattern)
        self._places = Places(options.id_pointer, options.reason_pointer)

    def objection(self, sms: Sms) -> Reason | None:
        if e164(sms.number, self._country) is None:
            return Reason(
                "SMS-tjänsten når bara publika nummer, och det här är inget.",
                "The SMS gateway reaches public numbers only, and this is none.",
            )
        return None

    async def send(self, sms: Sms) -> Outcome:
        content = self._template.filled(self._values(sms))
        url, body, headers = self._url, content, self._headers()
        if self._options.format is Format.QUERY:
            # As it is: what is encoded already must not be encoded again.
            both = "&".join(part for part in (url.raw_query_string, content.decode()) if part)
            url = URL(f"{url.with_query(None)}?{both}", encoded=True)
            body = b""
        try:
            async with asyncio.timeout(self._options.seconds), self._outgoing() as outgoing:
                reply = await outgoing.send(
                    self._options.method,
                    url,
                    headers,
                    body or None,
                    authorization=self._authorization(),
                    beginning=MAX_ANSWER,
                )
        except OutgoingError as error:
            if not error.unsent:
                return unknown(error.sv, error.en)
            sv, en = f"SMS-tjänsten går inte att nå. {error.sv}", f"The SMS gateway cannot be reached. {error.en}"
            return Outcome(State.FAILED, Reason(sv, en))
        except TimeoutError:
            return unknown("Servern svarar inte i tid.", "The server does not answer in time.")
        return verdict(reply, self._success, self._places)

    async def check(self) -> list[Finding]:
        """The server is asked for its start page: what it is sent to would cost."""
        subject, where = "reachable", masked(self._url)
        try:
            async with asyncio.timeout(self._options.seconds), self._outgoing() as outgoing:
                await outgoing.send("HEAD", self._url.origin(), beginning=1)
        except (OutgoingError, TimeoutError) as error:
            text = str(error) or "The server does not answer in time."
            return [Finding(False, subject, f"{where}: {text}", "See [sms_http] in the settings.")]
        return [Finding(True, subject, f"{where} answers; nothing was sent")]

    def _outgoing(self) -> Outgoing:
        return Outgoing(allow_private=self._options.allow_private, setting=SETTING)

    def _values(self, sms: Sms) -> dict[str, str]:
        sender = self._written(sms.sender) if is_number(sms.sender) else sms.sender
        return {"to": self._written(sms.number), "from": sender, "text": sms.text, "secret": self._options.secret}

    def _written(self, number: str) -> str:
        """As the gateway wants numbers; one that is not public stays as it is."""
        public = e164(number, self._country)
        if public is None:
            return number
        if self._options.numbers == "national":
            dialling = Dialling(self._country)
            own = f"+{dialling.code}"
            if public.startswith(own):
                return dialling.trunk + public.removeprefix(own)
            return dialling.international + public.removeprefix("+")
        return public.removeprefix("+") if self._options.numbers == "digits" else public

    def _headers(self) -> Mapping[str, str]:
        media = {"content-type": MEDIA[self._options.format]} if self._options.format in MEDIA else {}
        secret = {"secret": self._options.secret}
        own = {name.lower(): fill(value, secret) for name, value in self._options.headers.items()}
        return {"accept-encoding": "identity"} | media | own

    def _authorization(self) -> str | None:
        """Basic (RFC 7617) with a user name, Bearer (RFC 6750) with a secret that stands nowhere else."""
        options = self._options
        if options.username:
            return basic(options.username, options.secret)
        stands = "secret" in self._template.places or any("{secret}" in value for value in options.headers.values())
        return f"Bearer {options.secret}" if options.secret and not stands else None
