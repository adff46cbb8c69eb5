"""katalog.toml and KATALOG_SECTION__NAME → typed settings. Each option is declared once, here.

The description of each field is its comment in the sample that `katalog init` writes and its line in
docs/operations.md; a test holds the three together.
"""

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from katalog.domain.account import Role
from katalog.domain.destination import Destination
from katalog.domain.dial_policy import DialPolicy
from katalog.domain.hours import Calendar, Closed, Hours
from katalog.domain.sender import EXTENSION, MOBILE, Senders, is_sender
from katalog.errors import SettingsError

DEFAULT_PATH = Path("katalog.toml")
DEFAULT_PATTERN = r"^(?:PJSIP|SIP|IAX2|SCCP)/(?P<extension>[^/]+)$"
_PREFIX = "KATALOG_"
_CONFIDENTIAL = (
    "pbx", "pbx.cdr_url", "database", "database.url", "calendars", "calendars.template", "sms_http", "sms_http.url",
    "sms_http.body", "sms_http.headers", "sms.options",
)  # fmt: skip
_TABLES = (("calendars", "words"), ("sms", "senders"), ("sms", "options"), ("sms_http", "headers"))


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


def _pattern(pattern: str) -> str:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    if "extension" not in compiled.groupindex:
        raise ValueError("has no group (?P<extension>…), which is what it is for")
    return pattern


def _database(url: str) -> str:
    if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError("not known; use sqlite:///FILE or postgresql://…")
    return url


def _cdr_url(url: str) -> str:
    return _database(url) if url else url


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


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


def _pointer(text: str) -> str:
    if text and not text.startswith("/"):
        raise ValueError("not a JSON pointer; write as /id or /messages/0/status")
    return text


def _sender(text: str) -> str:
    if text in ("", EXTENSION, MOBILE) or is_sender(text):
        return text
    raise ValueError("no sender; use a number, or up to 11 letters and digits")


def _sendable(kind: str) -> str:
    kinds = [str(each) for each in Destination if each is not Destination.EMERGENCY]
    if kind not in kinds:
        raise ValueError(f"{kind!r} is no kind of number that may be sent to; use some of {', '.join(kinds)}")
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
    kinds = [str(kind) for kind in Destination if kind is not Destination.EMERGENCY]
    if text not in kinds:
        never = "emergency numbers are never dialled by katalog; " if text == Destination.EMERGENCY else ""
        raise ValueError(f"{never}use some of {', '.join(kinds)}")
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
        "", repr=False, description="a database with its call detail records, instead of cdr_file; as database.url"
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


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of `path`, or of ./katalog.toml if there is one, overridden by the environment.

    Raises SettingsError with the file, line and key of what is wrong and what to do about it.
    """
    if path is not None and not path.is_file():
        raise SettingsError(f"{path}: there is no such file; `katalog init` writes one")
    source = path or (DEFAULT_PATH if DEFAULT_PATH.is_file() else None)
    text = _read(source) if source else ""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{source}: {error}") from None
    overridden = _override(values, environ)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error, source, text, overridden))) from None
    return _rooted(settings, source.parent if source else Path())


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from None


def _override(values: dict[str, Any], environ: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Lays `KATALOG_SECTION__NAME` over `values`; gives which keys came from which variable.

    `KATALOG_PBX__SECRET` is of the first `[[pbx]]`, `KATALOG_PBX__1__SECRET` of the second.
    """
    overridden: dict[tuple[str, ...], str] = {}
    for variable in sorted(environ):
        if not variable.startswith(_PREFIX) or "__" not in variable:
            continue
        section, *rest = variable.removeprefix(_PREFIX).lower().split("__")
        text = environ[variable]
        if section not in Settings.model_fields or not rest[0]:
            near = difflib.get_close_matches(section, Settings.model_fields, n=1, cutoff=0.5)
            hint = (
                f"did you mean {_PREFIX}{near[0].upper()}__…?" if near else f"known: {', '.join(Settings.model_fields)}"
            )
            raise SettingsError(f"{variable}: unknown section {section!r}; {hint}")
        if not isinstance(values.get(section, {}), dict | list):
            raise SettingsError(f"{section} must be a table, [{section}], not a value")
        if section == "pbx":
            index = int(rest.pop(0)) if rest[0].isdecimal() and len(rest) > 1 else 0
            tables = values.setdefault("pbx", [])
            if not isinstance(tables, list):
                raise SettingsError(f"{variable}: the settings file has a pbx that is not written [[pbx]]")
            if index > len(tables):
                raise SettingsError(f"{variable}: there is no pbx number {index}; the first is 0")
            if index == len(tables):
                tables.append({})
            table = tables[index]
            location: tuple[str, ...] = ("pbx", str(index), "__".join(rest))
        else:
            table = values.setdefault(section, {})
            location = (section, "__".join(rest))
        if not isinstance(table, dict):
            raise SettingsError(f"{variable}: the settings file has a {section} that is no table")
        table[location[-1]] = _value(location, text)
        overridden[location] = variable
    return overridden


def _value(location: tuple[str, ...], text: str) -> Any:
    if location in _TABLES:
        # `lunch=lunch, semester=holiday`, or JSON.
        if text.lstrip().startswith("{"):
            with suppress(ValueError):
                return json.loads(text)
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        return {word.strip(): choice.strip() for word, _, choice in pairs}
    if location == ("dial", "roles"):
        with suppress(ValueError):
            return json.loads(text)
    if location[-1] in ("trusted_proxies", "metrics_from", "closed_days", "kinds", "allow", "ok_status"):
        # A comma between two, as a JSON array or without the brackets.
        return [part.strip(" \"'") for part in text.strip("[] ").split(",") if part.strip()]
    return text


def _explain(
    error: ValidationError, source: Path | None, text: str, overridden: Mapping[tuple[str, ...], str]
) -> list[str]:
    lines = []
    for fault in error.errors():
        location = tuple(str(part) for part in fault["loc"])
        key = ".".join(part for part in location if not part.isdecimal())
        where = next((name for known, name in overridden.items() if location[: len(known)] == known), None)
        if where is None:
            line = _line_of(location, text)
            where = f"{source}:{line}" if line else str(source or "settings")
        if fault["type"] == "extra_forbidden":
            lines.append(f"{where}: unknown key {key!r}{_nearest(location)}")
        else:
            reason = fault["msg"].removeprefix("Value error, ")
            given = fault["input"]
            # A whole table may hold a secret, and so may a database's URL.
            shown = (
                isinstance(given, str | int | float)
                and not re.search("secret|password", key)
                and key not in _CONFIDENTIAL
                and not key.startswith(("sms_http.headers.", "sms.options."))
            )
            lines.append(f"{where}: {key}: {reason}" + (f", not {given!r}" if shown else ""))
    return lines


def _nearest(location: tuple[str, ...]) -> str:
    model: type[BaseModel] = Settings
    for part in location[:-1]:
        if part.isdecimal():
            continue
        annotation = model.model_fields[part].annotation
        model = Pbx if part == "pbx" else annotation  # type: ignore[assignment]
    near = difflib.get_close_matches(location[-1], model.model_fields, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known here: {', '.join(model.model_fields)}"


def _line_of(location: tuple[str, ...], text: str) -> int | None:
    """The line where a key stands; tomllib does not tell. Reads the tables as `katalog init` writes them."""
    section, key = location[0], [part for part in location if not part.isdecimal()][-1]
    wanted = int(location[1]) if len(location) > 1 and location[1].isdecimal() else 0
    current, seen = None, -1
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[{1,2}\s*([^\]\s]+)\s*\]{1,2}", line):
            current = header[1]
            seen += current == section
            if len(location) == 1 and current == section:
                return number
        elif (
            current in (section, None)
            and (section != "pbx" or seen == wanted)
            and re.match(rf"\s*(?:{re.escape(section)}\s*\.\s*)?[\"']?{re.escape(key)}[\"']?\s*=", line)
        ):
            return number
    return None


def _rooted_pbx(pbx: Pbx, root: Path) -> Pbx:
    if pbx.cdr_file and pbx.cdr_url:
        raise SettingsError(f"pbx {pbx.name!r}: set cdr_file or cdr_url, not both")
    changed: dict[str, Any] = {"cdr_url": _rooted_url(pbx.cdr_url, root)}
    if pbx.secret_file:
        changed["secret"] = _read(root / pbx.secret_file).strip()
    if pbx.cdr_file:
        changed["cdr_file"] = root / pbx.cdr_file
    if pbx.recordings:
        changed["recordings"] = str(root / pbx.recordings)
    return pbx.model_copy(update=changed)


def _rooted_url(url: str, root: Path) -> str:
    """That of an SQLite file, which is relative to the settings file."""
    return f"sqlite:///{root / url.removeprefix('sqlite:///')}" if url.startswith("sqlite:///") else url


def _rooted(settings: Settings, root: Path) -> Settings:
    """Relative files are relative to the settings file, and secrets are read from where they are kept."""
    server = settings.server
    if (server.tls_cert is None) != (server.tls_key is None):
        raise SettingsError("server.tls_cert and server.tls_key go together: set both or neither")
    if server.tls_cert and server.tls_key:
        server = server.model_copy(update={"tls_cert": root / server.tls_cert, "tls_key": root / server.tls_key})
    url = _rooted_url(settings.database.url, root)
    calendars = settings.calendars.model_copy(update={"key_file": str(root / settings.calendars.key_file)})
    if calendars.password_file:
        calendars = calendars.model_copy(update={"password": _read(root / calendars.password_file).strip()})
    sms_http = settings.sms_http
    if sms_http.secret_file:
        sms_http = sms_http.model_copy(update={"secret": _read(root / sms_http.secret_file).strip()})
    recordings = settings.recordings.model_copy(update={"cache": str(root / settings.recordings.cache)})
    pbxs = [_rooted_pbx(pbx, root) for pbx in settings.pbx]
    names = [pbx.name for pbx in pbxs]
    if len(set(names)) < len(names):
        raise SettingsError("two [[pbx]] have the same name; each needs its own")
    return settings.model_copy(
        update={
            "server": server,
            "database": settings.database.model_copy(update={"url": url}),
            "calendars": calendars,
            "sms_http": sms_http,
            "recordings": recordings,
            "pbx": pbxs,
        }
    )


def sample() -> str:
    """A commented katalog.toml with every option at its default."""
    lines = ["# katalog.toml: every option with its default. Lines without # are in force."]
    for section, model in (
        ("[server]", Server), ("[database]", Database), ("[organisation]", Organisation),
        ("[calendars]", Calendars), ("[calls]", Calls), ("[recordings]", Recordings), ("[webhooks]", Webhooks),
        ("[limits]", Limits), ("[dial]", Dial), ("[sms]", Sms), ("[sms_asterisk]", SmsAsterisk),
        ("[sms_http]", SmsHttp),
    ):  # fmt: skip
        lines += ["", section, *_sample_of(model)]
    lines += ["", "# One block for each telephone system; take the # away to connect yours.", "# [[pbx]]"]
    lines += [line if line.startswith("# ") and " = " in line else f"# {line}" for line in _sample_of(Pbx)]
    return "\n".join(lines) + "\n"


def _written(value: Any) -> str:
    """As TOML; a table in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {_written(value[key])}" for key in value) + "}"
    return json.dumps(value, ensure_ascii=False)


def _sample_of(model: type[BaseModel]) -> list[str]:
    lines = []
    for name, field in model.model_fields.items():
        value = field.default
        if value is None:
            lines.append(f'# {name} = ""  # {field.description}')
        else:
            written = f"'{value}'" if name == "pattern" else _written(value)
            lines.append(f"{name} = {written}  # {field.description}")
    return lines
