"""Every setting, with its type and default. Each option is declared once, here; settings_file.py reads them.

The description of each field is its comment in the sample that `katalog init` writes and its line in
docs/operations.md; a test holds the three together.
"""

import re
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from katalog.domain.account import Role
from katalog.domain.destination import Destination
from katalog.domain.dial_policy import DialPolicy
from katalog.domain.hours import Calendar, Closed, Hours
from katalog.domain.sender import EXTENSION, MOBILE, Senders, is_sender

DEFAULT_PATTERN = r"^(?:PJSIP|SIP|IAX2|SCCP)/(?P<extension>[^/]+)$"
_KINDS = tuple(str(kind) for kind in Destination if kind is not Destination.EMERGENCY)
"""Kinds of numbers that calls and messages may be allowed to."""


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; use a name such as Europe/Stockholm") from None
    return name


def _country(code: str) -> str:
    code = code.upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{code!r} is no country; use two letters such as SE")
    return code


def _language(code: str) -> str:
    if code not in ("sv", "en"):
        raise ValueError(f"{code!r} is not spoken here; use sv or en")
    return code


def _network(address: str) -> str:
    ip_network(address, strict=False)
    return address


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


def _pattern(pattern: str) -> str:
    if "extension" not in re.compile(_regex(pattern)).groupindex:
        raise ValueError("has no group (?P<extension>…), which is what it is for")
    return pattern


def _database(url: str) -> str:
    if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError("not known; use sqlite:///FILE or postgresql://…")
    return url


def _cdr_url(url: str) -> str:
    if url and not url.startswith(("sqlite:///", "postgresql://", "postgres://", "mysql://", "mariadb://")):
        raise ValueError("not known; use sqlite:///FILE, postgresql://… or mysql://…")
    return url


def _cdr_zone(name: str) -> str:
    return _timezone(name) if name else name


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError("not a whole path; it begins with /")
    return path


def _hours(text: str) -> str:
    Hours.parse(text)
    return text


def _template(url: str) -> str:
    if not url:
        return url
    filled = url.replace("{email}", "a").replace("{extension}", "1")
    if filled == url or "{" in filled or not re.match(r"https?://[^/{]+/", url):
        raise ValueError("not an address; use https://…/{email}/… or https://…/{extension}/…")
    return url


def _pointer(text: str) -> str:
    if text and not text.startswith("/"):
        raise ValueError("not a JSON pointer; write as /id or /messages/0/status")
    return text


def _sender(text: str) -> str:
    if text in ("", EXTENSION, MOBILE) or is_sender(text):
        return text
    raise ValueError("no sender; use a number, or up to 11 letters and digits")


def _sendable(kind: str) -> str:
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is no kind of number that may be sent to; use some of {', '.join(_KINDS)}")
    return kind


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(_Section):
    host: str = Field("127.0.0.1", description="the address to listen on; 0.0.0.0 for every one")
    port: int = Field(8080, ge=1, le=65535, description="the TCP port to listen on")
    trusted_proxies: list[Annotated[str, AfterValidator(_network)]] = Field(
        default=[], description="addresses or networks whose X-Forwarded-For and -Proto are believed"
    )
    tls_cert: Path | None = Field(None, description="PEM file with the certificate and its chain; needs tls_key")
    tls_key: Path | None = Field(None, description="PEM file with the certificate's private key")
    query_credentials: bool = Field(
        False,
        description="accept ?username=&password= on every request, for old programs that know no header",
    )
    public_url: str = Field("", description="how people reach this server, for links; empty: http://host:port")
    session_days: int = Field(30, ge=1, le=400, description="a session that is not used for so long ends")
    failures_per_login: int = Field(10, ge=1, description="wrong passwords for one login in five minutes, then 429")
    failures_per_address: int = Field(
        50, ge=1, description="wrong passwords from one address in five minutes, then 429"
    )
    access_log: bool = Field(False, description="a line in the log for each request")
    metrics_from: list[Annotated[str, AfterValidator(_network)]] = Field(
        default=[], description="addresses or networks that may read /metrics without a login"
    )

    @property
    def url(self) -> str:
        """Where it answers."""
        scheme = "https" if self.tls_cert else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"


class Database(_Section):
    url: Annotated[str, AfterValidator(_database)] = Field(
        "sqlite:///katalog.db", repr=False, description="sqlite:///FILE (relative to this file) or postgresql://…"
    )


class Organisation(_Section):
    name: str = Field("Exempel AB", min_length=1, description="the organisation's name")
    timezone: Annotated[str, AfterValidator(_timezone)] = Field(
        "Europe/Stockholm", description="the time zone of every time that v1 shows"
    )
    country: Annotated[str, AfterValidator(_country)] = Field("SE", description="how national numbers are read")
    language: Annotated[str, AfterValidator(_language)] = Field("sv", description="sv or en")
    working_hours: Annotated[str, AfterValidator(_hours)] = Field(
        "mon-fri 08:00-17:00", description="for ends such as the next working morning; parts by commas"
    )
    closed_days: list[date] = Field(default=[], description="dates without work besides the country's public holidays")
    history_days: int = Field(90, ge=1, description="who set which profile when is kept for so long")

    @property
    def calendar(self) -> Calendar:
        """Its clock and working days."""
        closed = Closed(self.country, self.closed_days)
        return Calendar(ZoneInfo(self.timezone), Hours.parse(self.working_hours), closed)


WORDS = {
    "lunch": "lunch",
    "semester": "holiday",
    "ledig": "holiday",
    "vacation": "holiday",
    "holiday": "holiday",
    "resa": "travel",
    "tjänsteresa": "travel",
    "trip": "travel",
    "hemma": "home",
    "wfh": "home",
    "upptagen": "busy",
    "busy": "busy",
    "sjuk": "ill",
    "ill": "ill",
    "vab": "child",
    "föräldraledig": "parental",
}


class Calendars(_Section):
    template: Annotated[str, AfterValidator(_template)] = Field(
        "",
        repr=False,
        description="where calendars are, with {email} or {extension}; for people without one of their own",
    )
    username: str = Field("", description="the user name for the template's server; empty: none")
    password: str = Field("", repr=False, description="the password for it")
    password_file: Path | None = Field(None, description="a file that holds the password, instead of password")
    interval: float = Field(300, ge=1, le=86400, description="seconds from one reading of a calendar to the next")
    words: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        WORDS, description="a subject that begins so, with a colon, chooses this profile: its name or id"
    )
    key_file: str = Field(
        "katalog.key", min_length=1, description="holds the key to the addresses that are kept; made when it is needed"
    )


class Calls(_Section):
    days: int = Field(125, ge=1, description="the call log is kept for so long; v1 shows four months")


class Recordings(_Section):
    days: int = Field(0, ge=0, description="recordings are kept for so long; 0: as long as the calls that they are of")
    erase: bool = Field(False, description="delete the telephone system's own files, too, when they are kept no longer")
    cache: str = Field(
        "katalog.recordings", min_length=1, description="the folder for MP3 of what was listened to; made when needed"
    )
    cache_mb: int = Field(1000, ge=1, description="megabytes that they take at most; what was not heard longest goes")


class Webhooks(_Section):
    allow_private: bool = Field(False, description="let webhooks and calendars lead to loopback and private networks")


class Sms(_Section):
    gateway: str = Field("", description="how text messages are sent: asterisk, http, or another; empty: not at all")
    sender: Annotated[str, AfterValidator(_sender)] = Field(
        EXTENSION, description="in whose name: extension, mobile, or one number or text for all"
    )
    senders: dict[str, Annotated[str, AfterValidator(_sender)]] = Field(
        default={}, description="extensions with another sender than that"
    )
    fallback: Annotated[str, AfterValidator(_sender)] = Field(
        "", description="the sender for programs, and for whoever has none; empty: they send nothing"
    )
    allow: list[Annotated[str, AfterValidator(_sendable)]] = Field(
        default=["internal", "mobile"],
        description="kinds of numbers to send to: internal, national, mobile, international, premium",
    )
    max_parts: int = Field(6, ge=1, le=255, description="parts of the longest message")
    plain: bool = Field(True, description="write typographic signs plainly where a message then takes less room")
    per_minute: int = Field(10, ge=0, description="messages of one account in a minute")
    per_day: int = Field(200, ge=0, description="messages of one account in 24 hours")
    days: int = Field(90, ge=1, description="to whom a message was sent, and how it went, is kept for so long")
    options: dict[str, str] = Field(default={}, repr=False, description="for a gateway of somebody else's")

    @property
    def kinds(self) -> frozenset[Destination]:
        return frozenset(map(Destination, self.allow))

    @property
    def by(self) -> Senders:
        return Senders(self.sender, self.senders, self.fallback)


class SmsAsterisk(_Section):
    pbx: str = Field("", description="the [[pbx]] that sends; empty: the first that can")
    inside: str = Field("pjsip:{number}", description="the address of a telephone of the house")
    outside: str = Field(
        "", description="the address of other numbers, as pjsip:trunk/sip:{number}@192.0.2.9:5060; empty: none"
    )


class SmsHttp(_Section):
    url: str = Field("", repr=False, description="where messages are sent to")
    method: Literal["POST", "GET", "PUT"] = Field("POST", description="POST, GET or PUT")
    format: Literal["form", "json", "query"] = Field("form", description="how body is sent: form, json or query")
    body: str = Field(
        "from={from}&to={to}&message={text}",
        repr=False,
        description="what is sent, with {from}, {to}, {text} and {secret}; JSON has them inside its strings",
    )
    headers: dict[str, str] = Field(default={}, repr=False, description="further headers; {secret} is filled in")
    username: str = Field("", description="the user name for Basic; empty: the secret is sent as Bearer")
    secret: str = Field("", repr=False, description="the password or token")
    secret_file: Path | None = Field(None, description="a file that holds the secret, instead of secret")
    numbers: Literal["e164", "digits", "national"] = Field(
        "e164", description="e164 (+46701740605), digits (46701740605) or national (0701740605)"
    )
    ok_status: list[int] = Field(default=[200, 201, 202], description="statuses of an answer that are good")
    ok_pointer: Annotated[str, AfterValidator(_pointer)] = Field(
        "", description="where in the JSON of a good answer something must be, as /status"
    )
    ok_pattern: Annotated[str, AfterValidator(_regex)] = Field(
        "", description="what must match there, or else anywhere in the answer: a regular expression"
    )
    id_pointer: Annotated[str, AfterValidator(_pointer)] = Field(
        "", description="where in the JSON the message's id is, as /id"
    )
    reason_pointer: Annotated[str, AfterValidator(_pointer)] = Field(
        "", description="where in the JSON the reason of a refusal is"
    )
    seconds: float = Field(15, ge=1, le=30, description="how long its answer is waited for")
    allow_private: bool = Field(False, description="let the gateway be on loopback or a private network")


class Limits(_Section):
    """0 is none."""

    login_per_minute: int = Field(600, ge=0, description="logins from one address; 0: as many as come")
    search_per_minute: int = Field(600, ge=0, description="searches of one account; 0: as many as come")
    import_per_minute: int = Field(10, ge=0, description="imports of one account; 0: as many as come")
    read_per_minute: int = Field(0, ge=0, description="reads of the directory of one account; 0: as many as come")

    @property
    def per_minute(self) -> dict[str, int]:
        """By what is limited."""
        return {name.removesuffix("_per_minute"): amount for name, amount in self.model_dump().items()}


def _kind(text: str) -> Destination:
    if text not in _KINDS:
        never = "emergency numbers are never dialled by katalog; " if text == Destination.EMERGENCY else ""
        raise ValueError(f"{never}use some of {', '.join(_KINDS)}")
    return Destination(text)


_Kinds = list[Annotated[str, AfterValidator(_kind)]]


class Dial(_Section):
    """What people may dial by katalog."""

    kinds: _Kinds = Field(
        ["internal", "national", "mobile"],
        description="what may be dialled by katalog: internal, national, mobile, international, premium",
    )
    roles: dict[Role, _Kinds] = Field(
        {}, description='roles that may dial something else, as {reception = ["internal", "international"]}'
    )
    per_minute: int = Field(10, ge=1, description="calls that one account may place in a minute")

    @property
    def policy(self) -> DialPolicy:
        roles = {role: frozenset(map(Destination, kinds)) for role, kinds in self.roles.items()}
        return DialPolicy(frozenset(map(Destination, self.kinds)), roles)


class Pbx(_Section):
    name: str = Field("växel", min_length=1, description="what people call it; shown in logs and /api/pbx")
    type: str = Field("asterisk", description="the connector: asterisk, or another that is installed")
    host: str = Field("127.0.0.1", description="where its manager interface (AMI) listens")
    port: int = Field(5038, ge=1, le=65535, description="the port of its manager interface")
    username: str = Field("katalog", description="the section in its manager.conf")
    secret: str = Field("", repr=False, description="the secret in its manager.conf")
    secret_file: Path | None = Field(None, description="a file that holds the secret, instead of secret")
    dial_context: str = Field("from-internal", description="the context where one's own calls begin")
    db_context: str = Field(
        "",
        description="the dialplan's context that keeps do-not-disturb and forwarding in AstDB; empty: none",
    )
    cdr_file: Path | None = Field(
        None, description="its Master.csv, to catch up with calls that came and went while katalog was down"
    )
    cdr_url: Annotated[str, AfterValidator(_cdr_url)] = Field(
        "",
        repr=False,
        description="a database with its call detail records, instead of cdr_file: sqlite:///FILE, postgresql://… or "
        "mysql://…",
    )
    cdr_table: str = Field("cdr", min_length=1, description="the table of cdr_url")
    cdr_timezone: Annotated[str, AfterValidator(_cdr_zone)] = Field(
        "", description="the time zone of these records' times; empty: the organisation's"
    )
    recordings: str = Field("", description="the folder of its recordings, as katalog sees it; empty: none are shown")
    recordings_prefix: Annotated[str, AfterValidator(_absolute)] = Field(
        "/var/spool/asterisk/monitor", description="the same folder, as the telephone system itself names it"
    )
    pattern: Annotated[str, AfterValidator(_pattern)] = Field(
        DEFAULT_PATTERN, description="device → extension, when no entry names the device"
    )


class Settings(_Section):
    server: Server = Server()
    database: Database = Database()
    organisation: Organisation = Organisation()
    calendars: Calendars = Calendars()
    calls: Calls = Calls()
    recordings: Recordings = Recordings()
    webhooks: Webhooks = Webhooks()
    limits: Limits = Limits()
    dial: Dial = Dial()
    sms: Sms = Sms()
    sms_asterisk: SmsAsterisk = SmsAsterisk()
    sms_http: SmsHttp = SmsHttp()
    pbx: list[Pbx] = []
