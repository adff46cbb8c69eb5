"""The documentation is held to the program: what there is must be named, and what is shown must work."""

import asyncio
import importlib
import json
import pkgutil
import re
import shlex
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import NoneType
from typing import Any, get_args
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import msgspec
import pytest
import typer.main
from prometheus_client import Metric
from pydantic import BaseModel
from typer.core import TyperGroup, TyperOption

import katalog
from katalog import app as composition
from katalog import follower, indications, settings, settings_file
from katalog.api import absences, body, entries, passwords, throttle
from katalog.api import catalogue as catalogue_api
from katalog.api import imports as imports_api
from katalog.api import tokens as tokens_api
from katalog.api.sms import MAX_BODY
from katalog.api.webhooks import MAX_WEBHOOKS
from katalog.cli import app
from katalog.connectors import supervisor
from katalog.connectors.asterisk import messenger, originate, states
from katalog.connectors.asterisk.channel import PRESENTATION
from katalog.connectors.asterisk.link import Times
from katalog.connectors.base import Compares, Connector, Dials, Emit, Finding, Messages, PbxAddress, Telephones
from katalog.domain import absence, columns, dialling, fields, message, presence, query, typo
from katalog.domain import range as ranges
from katalog.domain.absence import Absence, Period, Plan
from katalog.domain.catalogue import Catalogue, Choice, End, Meanwhile, standard
from katalog.domain.destination import Destination
from katalog.domain.ending import dialled, local_time, parse_end
from katalog.domain.events import CodeDialled, DevicesRead, LegsRead, PbxEvent
from katalog.domain.hours import Calendar, Closed, Hours
from katalog.domain.indication import Indication
from katalog.domain.message import Outcome, State
from katalog.domain.placing import Party, Placing
from katalog.domain.presence import Busy, Hand, Sources
from katalog.domain.sms import size
from katalog.domain.view import Contact
from katalog.domain.webhook import TOPICS
from katalog.errors import KatalogError, RequestError
from katalog.gateways.asterisk import MOST as MOST_TELEPHONES
from katalog.gateways.base import GatewayFactory, Setup, Sms
from katalog.gateways.http import MAX_ANSWER
from katalog.messages import outbox
from katalog.settings import Settings
from katalog.sources import lines
from katalog.sources.csv import CsvSource
from katalog.store import accounts, changes, deliveries, imports, invitations, trail
from katalog.switchboard import once
from katalog.webhooks import retry
from katalog.webhooks.message import DATA, Message
from katalog.webhooks.office import MOST
from katalog.webhooks.queue import AT_ONCE
from tests.installation import Installation

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README, API, CONNECTORS, IMPORT, OPERATIONS, ARCHITECTURE, PROFILES, WEBHOOKS, SMS = (
    ROOT / path
    for path in (
        "README.md", "docs/api.md", "docs/connectors.md", "docs/import.md", "docs/operations.md",
        "docs/architecture.md", "docs/profiles.md", "docs/webhooks.md", "docs/sms.md",
    )
)  # fmt: skip
DIALPLAN = ROOT / "docs/extensions_katalog.conf"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_EVENT = re.compile(r"\.(?:info|warning|error|exception)\(\s*\"([a-z]+\.[a-z]+)\"")
_ACTION = re.compile(
    r"\"((?:entry|account|token|session|import|profile|absence|choice|webhook|dial|message|recording)\.[a-z]+"
    r"(?<=ed|un|rd|et|nt))\""
)
_ASKED = re.compile(r"\.(?:ask|post)\(\s*\"(\w+)\"|Variable=\"([^\"]+)\"")


class HealedOnce:
    """A telephone system that says nothing, and has put one difference right."""

    name = "växel"
    healed = 1

    async def session(self, emit: Emit) -> None:
        await asyncio.Event().wait()

    async def check(self) -> list[Finding]:
        return []


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def words_of(page: Path) -> str:
    """The text with its line breaks taken as blanks."""
    return " ".join(text_of(page).split())


def blocks(page: Path, language: str) -> list[str]:
    return [block for kind, block in _FENCE.findall(text_of(page)) if kind == language]


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def all_blocks(language: str) -> list[object]:
    return [
        pytest.param(block, id=f"{named(page)}-{number}")
        for page in PAGES
        for number, block in enumerate(blocks(page, language))
    ]


def cells(page: Path) -> dict[str, list[str]]:
    """Every row of the page's tables, by what stands in its first cell."""
    rows = {}
    for line in text_of(page).splitlines():
        if line.startswith("| "):
            first, *rest = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            rows[first] = rest
    return rows


# --- settings ------------------------------------------------------------------------------------------


def every_setting() -> Iterator[tuple[str, str, object]]:
    """(section, name, default), of the models themselves."""
    for section, field in Settings.model_fields.items():
        annotation = field.annotation
        model = annotation if isinstance(annotation, type) else get_args(annotation)[0]
        assert issubclass(model, BaseModel)
        for name, option in model.model_fields.items():
            yield section, name, option.default


def shown(default: object) -> str:
    if default is None:
        return "not set"
    quoted = f"'{default}'" if default == settings.DEFAULT_PATTERN else json.dumps(default, ensure_ascii=False)
    return f"`{quoted}`".replace("|", "\\|")


@pytest.mark.parametrize(("section", "name", "default"), list(every_setting()))
def test_every_setting_is_in_the_table_with_its_default_and_variable(section: str, name: str, default: object) -> None:
    row = cells(OPERATIONS).get(f"`{section}.{name}`")
    assert row is not None
    assert row[:2] == [shown(default), f"`KATALOG_{section.upper()}__{name.upper()}`"]
    assert row[2]


def test_no_setting_is_documented_that_there_is_not() -> None:
    known = {f"`{section}.{name}`" for section, name, _ in every_setting()}
    # The settings' table is the one of four columns.
    assert {first for first, rest in cells(OPERATIONS).items() if first.startswith("`") and len(rest) == 3} == known


@pytest.mark.parametrize("block", all_blocks("toml"))
def test_settings_that_are_shown_load(block: str, tmp_path: Path) -> None:
    values = tomllib.loads(block)
    # A pyproject.toml is none of katalog's.
    if set(values) == {"project"}:
        return
    for pbx in values.get("pbx", []):
        if "secret_file" in pbx and len(Path(pbx["secret_file"]).parts) == 1:
            (tmp_path / pbx["secret_file"]).write_text("a secret\n", "utf-8")
    path = tmp_path / "katalog.toml"
    path.write_text(block, "utf-8")
    settings_file.load(path, {})


# --- HTTP ----------------------------------------------------------------------------------------------


async def test_every_endpoint_is_named(installation: Installation) -> None:
    text = text_of(API)
    missing = [
        f"{endpoint.method} {endpoint.path}"
        for endpoint in installation.app.endpoints
        if f"`{endpoint.method} {endpoint.path}`" not in text
    ]
    assert missing == []


async def test_no_endpoint_is_named_that_there_is_not(installation: Installation) -> None:
    there = {f"{endpoint.method} {endpoint.path}" for endpoint in installation.app.endpoints}
    documented = {
        request
        for first in cells(API)
        for request in re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`", first)
    }  # fmt: skip
    assert documented == there


def structs_in(described: Any) -> set[type[msgspec.Struct]]:
    """A type and all that it is made of."""
    found: set[type[msgspec.Struct]] = set()
    new = [described]
    while new:
        one = new.pop()
        new += get_args(one)
        if isinstance(one, type) and issubclass(one, msgspec.Struct) and one not in found:
            found.add(one)
            new += [field.type for field in msgspec.structs.fields(one)]
    return found


async def test_every_field_of_bodies_and_answers_is_named(installation: Installation) -> None:
    text = text_of(API)
    missing = {
        f"{struct.__name__}.{field.encode_name}"
        for endpoint in installation.app.endpoints
        for struct in structs_in(endpoint.answer) | structs_in(endpoint.body)
        for field in msgspec.structs.fields(struct)
        # Alone in code marks, or a key of what is shown as JSON.
        if f"`{field.encode_name}`" not in text and f'"{field.encode_name}"' not in text
    }
    assert missing == set()


async def test_every_query_parameter_is_named(installation: Installation) -> None:
    text = text_of(API)
    named_ones = {name for endpoint in installation.app.endpoints for name in endpoint.query if f"`{name}`" in text}
    assert named_ones == {name for endpoint in installation.app.endpoints for name in endpoint.query}


def test_every_action_of_the_audit_trail_is_named() -> None:
    files = [text_of(file) for file in (ROOT / "src").rglob("*.py")]
    actions = {action for text in files for action in _ACTION.findall(text)}
    actions -= {event for text in files for event in _EVENT.findall(text)}
    assert {"entry.added", "session.begun", "account.password", "import.applied"} <= actions
    assert {"profile.set", "profile.cleared", "absence.changed", "choice.removed"} <= actions
    assert {action for action in actions if f"`{action}`" not in text_of(API)} == set()


def every_error() -> list[type[KatalogError]]:
    for module in pkgutil.walk_packages(katalog.__path__, "katalog."):
        # Alembic runs those by itself.
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
    found, new = [], [KatalogError]
    while new:
        error = new.pop()
        if error.__module__.startswith("katalog."):
            found.append(error)
            new += error.__subclasses__()
    return sorted(set(found), key=lambda error: error.__qualname__)


@pytest.mark.parametrize("error", every_error())
def test_every_error_id_is_named_with_its_status(error: type[KatalogError]) -> None:
    assert f"`{error.id}`" in text_of(API)
    if issubclass(error, RequestError) and error is not RequestError:
        row = cells(API).get(f"`{error.id}`")
        assert row is not None
        assert row[0] == str(error.status)


def test_the_entry_that_is_shown_has_the_keys_of_an_entry() -> None:
    (example,) = [block for block in map(json.loads, blocks(API, "json")) if "extension" in block]
    assert tuple(example) == Contact.__struct_fields__


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("body of a request; a form", f"{body.MAX_BYTES:,} bytes; 10,000 bytes"),
        ("a file of people", f"{imports_api.MAX_FILE:,} bytes"),
        ("entries or lines of a page", str(entries.MAX_LIMIT)),
        ("name, title, department, location, a device, `source_id`", f"{fields.MAX_TEXT} characters"),
        ("extension, mobile, a number", f"{fields.MAX_NUMBER} characters"),
        (
            "e-mail; a keyword; the name of a token",
            f"{fields.MAX_EMAIL}; {fields.MAX_KEYWORD}; {tokens_api.MAX_NAME} characters",
        ),
        ("keywords, numbers, devices of an entry", f"{fields.MAX_ITEMS} each"),
        ("password", f"{passwords.MIN_LENGTH}–{passwords.MAX_LENGTH} characters"),
        ("login", f"{accounts.MAX_LOGIN} characters, no colon"),
        ("message of a profile or absence", f"{fields.MAX_MESSAGE} characters"),
        ("name of a profile", f"{catalogue_api.MAX_NAME} characters"),
        ("a search", f"{query.LONGEST} characters"),
        ("planned absences of an entry; a rule", f"{absences.MAX_ABSENCES}; {absence.MAX_RULE} characters"),
    ],
)
def test_limits(what: str, limit: str) -> None:
    assert cells(API)[what] == [limit]


# --- commands ------------------------------------------------------------------------------------------


def every_command(group: TyperGroup, name: str = "katalog") -> Iterator[tuple[str, set[str]]]:
    """(name, its options) of everything that can be run."""
    for word, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from every_command(command, f"{name} {word}")
        else:
            options = [given.opts for given in command.params if isinstance(given, TyperOption)]
            yield f"{name} {word}", {flag for flags in options for flag in flags}


_main = typer.main.get_command(app)
assert isinstance(_main, TyperGroup)
COMMANDS = dict(every_command(_main))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_named(command: str) -> None:
    (row,) = [first for first in cells(OPERATIONS) if re.search(f"`{command}[ `]", first)]
    assert {flag for flag in COMMANDS[command] - {"--config"} if flag not in row} == set()


@pytest.mark.parametrize("block", all_blocks("sh"))
def test_commands_that_are_shown_are_commands(block: str) -> None:
    for line in block.replace("\\\n", " ").splitlines():
        for part in re.split(r"&&|\||;", line.partition("#")[0]):
            words = shlex.split(part)
            if "katalog" not in [word.rpartition("/")[2] for word in words[:1] + words[4:5]]:
                continue
            # `katalog …` itself, or `runuser -u katalog -- /opt/katalog/bin/katalog …`
            given = words[5:] if words[0] == "runuser" else words[1:]
            (known,) = [name for name in COMMANDS if name.split()[1:] == given[: len(name.split()) - 1]]
            assert {word for word in given if word.startswith("--")} <= COMMANDS[known]


# --- people --------------------------------------------------------------------------------------------


def test_the_example_of_the_readme_can_be_imported(tmp_path: Path) -> None:
    (example,) = blocks(README, "csv")
    path = tmp_path / "personal.csv"
    path.write_text(example, "utf-8")
    with CsvSource(path) as source:
        assert source.warnings == []
        rows = list(source.rows())
    assert len(rows) == 3
    assert [row.rejections for row in rows] == [()] * 3
    # The example explains these by showing them.
    assert {len(row.values["devices"]) for row in rows} == {1, 2}
    assert rows[0].values["keywords"] == ("support", "stockholm")


@pytest.mark.parametrize("column", columns.COLUMNS, ids=lambda column: column.name)
def test_every_column_is_named_in_both_languages(column: columns.Column) -> None:
    assert cells(IMPORT)[f"`{column.name}`"][0] == f"`{column.swedish}`"
    assert f"`{column.name}`" in text_of(README)
    assert f"`{column.swedish}`" in text_of(README)


# --- webhooks ------------------------------------------------------------------------------------------


def test_every_topic_has_its_row_and_the_messages_that_are_shown_their_shape() -> None:
    assert {first.strip("`") for first in cells(WEBHOOKS) if first.startswith("`")} == {str(topic) for topic in TOPICS}
    shown = set()
    for block in blocks(WEBHOOKS, "json"):
        message = msgspec.json.decode(block, type=Message)
        data = msgspec.convert(message.data, DATA[message.type])
        shown.add(type(data))
        # No key too many, none too few, in their order.
        assert json.dumps(msgspec.to_builtins(data)) == json.dumps(json.loads(block)["data"])
    assert shown == set(DATA.values())


def test_the_table_of_retries_is_the_one_that_holds() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    waits = [wait.split() for wait in cells(WEBHOOKS)["wait"]]
    assert tuple(float(number) * units[unit] for number, unit in waits) == retry.TABLE
    assert cells(WEBHOOKS)["failure"] == [str(number) for number in range(1, len(retry.TABLE) + 1)]
    text = words_of(WEBHOOKS)
    assert (retry.JITTER, retry.MANY, retry.PAUSE_AFTER, AT_ONCE) == (0.2, 10, 3 * 86_400, 8)
    assert "up to a fifth longer" in text
    assert "ten failures come in a row" in text
    assert "After three days" in text
    assert "eight at most" in text
    assert f"when {MOST:,} messages wait" in text
    assert (deliveries.KEPT_SECONDS, deliveries.KEPT_GIVEN_UP, deliveries.KEPT_COUNT) == (7 * 86_400, 30 * 86_400, 1000)
    assert f"There may be {MAX_WEBHOOKS}." in text_of(API)


# --- profiles ------------------------------------------------------------------------------------------

CALENDAR = Calendar(ZoneInfo("Europe/Stockholm"), Hours.parse("mon-fri 08:00-17:00"), Closed("SE"))
_NOON = datetime(2026, 11, 25, 12, tzinfo=CALENDAR.zone).timestamp()
_SVG = "{http://www.w3.org/2000/svg}"


def as_row(choice: Choice) -> list[str]:
    """A profile as the page's table has it."""
    ends = {
        End.HOUR: "in an hour",
        End.TIME: choice.at,
        End.MORNING: "next working morning",
        End.ASK: "a date is asked for",
        End.NONE: "none",
    }
    meanwhile = {Meanwhile.NOTHING: "", Meanwhile.DO_NOT_DISTURB: "do-not-disturb"}[choice.meanwhile]
    available, asks = ("yes" if flag else "" for flag in (choice.available, choice.asks))
    return [choice.names["sv"], choice.names["en"], available, choice.code, ends[choice.end], asks, meanwhile]


def test_the_catalogue_that_is_shown_is_the_standard_one() -> None:
    rows = {first: rest for first, rest in cells(PROFILES).items() if len(rest) == 7 and first.startswith("`")}
    assert rows == {f"`{choice.id}`": as_row(choice) for choice in standard()}


def test_codes_that_are_shown_set_what_they_say() -> None:
    rows = {first: rest[0] for first, rest in cells(PROFILES).items() if first.startswith(("`*23", "`#23"))}
    assert len(rows) == 5
    catalogue = Catalogue(standard(), "sv")
    given = {
        first: re.findall(r"`\*23\*(\d+)\*(\d+)#`", rest) for first, rest in rows.items() if re.search(r"#`$", rest)
    }
    ends = {
        f"{code}*{digits}": local_time(dialled(digits, choice, _NOON, CALENDAR), CALENDAR)
        for examples in given.values()
        for code, digits in examples
        if (choice := catalogue.coded(code))
    }
    assert ends == {"2*1430": "2026-11-25 14:30:00", "9*1206": "2026-12-06 23:59:59"}
    # The dialplan takes what the page tells to dial.
    dialplan = text_of(DIALPLAN)
    assert "exten => _*23*.,1," in dialplan
    assert "exten => #23#,1," in dialplan


def test_ends_that_are_shown_are_read() -> None:
    rows = [first for first, rest in cells(PROFILES).items() if len(rest) == 1 and first.startswith(("`2", "`PT"))]
    assert len(rows) == 4
    for example in [example for row in rows for example in re.findall(r"`([\dP][^`]+)`", row)]:
        assert parse_end(example, _NOON, CALENDAR) is not None


def test_contexts_of_the_dialplan_are_named_and_there() -> None:
    contexts = set(re.findall(r"^\[([\w-]+)\]", text_of(DIALPLAN), re.MULTILINE))
    assert contexts == set(re.findall(r"\bkatalog-[a-z]+\b", text_of(PROFILES)))


Lanes = dict[str, list[tuple[Period, str]]]
"""Of the picture of a day: source → when which profile."""


def drawn_day() -> Lanes:
    """Each block of the picture says what it is in its `data-…`."""
    lanes: Lanes = {}
    for group in ET.parse(ROOT / "docs/profiles-day.svg").iter(f"{_SVG}g"):
        if source := group.get("data-source"):
            begin, end = (
                datetime.fromisoformat(f"2026-11-25 {group.attrib[key]}").replace(tzinfo=CALENDAR.zone).timestamp()
                for key in ("data-from", "data-until")
            )
            lanes.setdefault(source, []).append((Period(begin, end), group.attrib["data-profile"]))
    return lanes


def sources_at(lanes: Lanes, now: float) -> Sources:
    """What katalog knows at a moment of such a day."""
    ids = {choice.names["sv"]: choice.id for choice in standard()}
    hands = [Hand("anna", ids[name], time.begin, time.end) for time, name in lanes["hand"] if time.begin <= now]
    plans = []
    for time, name in lanes["planned"]:
        begin, end = (local_time(moment, CALENDAR) for moment in (time.begin, time.end))
        plans.append(Plan(Absence(begin, "anna", ids[name], begin, end), CALENDAR.zone))
    busy = [Busy(time, ids[name]) for time, name in lanes["calendar"]]
    dnd = any(time.begin <= now < time.end for time, _ in lanes["dnd"])
    return Sources(hands[-1] if hands else None, tuple(plans), tuple(busy), dnd)


def test_the_day_that_is_drawn_goes_as_the_program_has_it() -> None:
    lanes, catalogue = drawn_day(), Catalogue(standard(), "sv")
    for time, name in lanes["shown"]:
        for now in (time.begin, time.end - 1):
            state, _ = presence.shown(sources_at(lanes, now), catalogue, now)
            assert presence.profile(state, catalogue, CALENDAR).name == name
    # One after the other, and nothing between.
    shown_times = [time for time, _ in lanes["shown"]]
    assert [time.end for time in shown_times[:-1]] == [time.begin for time in shown_times[1:]]


@pytest.mark.parametrize("picture", sorted((ROOT / "docs").glob("*.svg")), ids=named)
def test_pictures_say_in_words_what_they_show(picture: Path) -> None:
    root = ET.parse(picture).getroot()
    assert root.findtext(f"{_SVG}title")
    assert root.findtext(f"{_SVG}desc")
    assert f"]({picture.name})" in "".join(text_of(page) for page in PAGES)


# --- telephone systems ---------------------------------------------------------------------------------


async def test_the_connector_that_is_shown_is_one() -> None:
    (source,) = blocks(CONNECTORS, "python")
    scope: dict[str, type[Connector]] = {}
    exec(compile(source, named(CONNECTORS), "exec"), scope)
    make = scope["TestBell"]
    connector = make(PbxAddress("klockan"))  # type: ignore[call-arg]
    heard: list[PbxEvent] = []
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(connector.session(heard.append), 0.05)
    assert heard == [LegsRead("klockan", ())]
    assert all(finding.ok for finding in await connector.check())


def test_the_times_that_are_promised_are_kept() -> None:
    promises = words_of(CONNECTORS)
    delays = supervisor.Delays(lambda: 1.0)
    assert delays.next() <= 0.2
    assert max(delays.next() for _ in range(100)) <= 0.5
    assert max(delays.next(refused=True) for _ in range(100)) <= 0.1
    assert "at most **100 ms** apart" in promises
    assert "within **200 ms**" in promises
    assert "at most **500 ms** apart for **2 minutes**" in promises
    assert supervisor.NEAR_PERIOD == 120
    assert f"up to {supervisor.FAR_TRIES:g} s apart" in promises
    assert supervisor.WITHDRAW_AFTER < 5
    assert "withdrawn within **5 s**" in promises
    times = Times()
    assert times.quiet + times.answer < 10
    assert "found within **10 s**" in promises
    assert f"after {times.quiet:g} s of silence" in promises
    assert f"has {times.answer:g} s to answer" in promises
    assert f"Every {times.compare:g} s the picture is **compared**" in promises
    assert f"Every {follower.PERIOD * 1000:g} ms the follower asks" in words_of(ARCHITECTURE)
    assert f"for {invitations.VALID_SECONDS / 86400:g} days" in words_of(README)


def test_the_other_numbers_that_are_told_are_so() -> None:
    server = settings.Server()
    assert throttle.WINDOW == 5 * 60
    assert (
        f"After {server.failures_per_login} failed passwords for one login, or {server.failures_per_address} from one "
        "address, within five minutes"
    ) in words_of(API)
    limits = settings.Limits()
    assert f"Logins ({limits.login_per_minute} a minute from one address)" in words_of(API)
    assert f"searches ({limits.search_per_minute} a minute of one account)" in words_of(API)
    assert limits.read_per_minute == 0
    assert imports.MAX_REMOVED == 1 / 5
    assert "more than a fifth of all entries" in words_of(IMPORT)
    assert f"a line has more than {lines.LONGEST - 1:,} characters" in words_of(IMPORT)
    assert f"more than {changes.KEPT_REMOVALS:,} revisions behind" in words_of(ARCHITECTURE)
    assert f"is written every {composition.STAMP_PERIOD:g} s" in words_of(OPERATIONS)
    assert absence.MAX_COUNT == absence.MAX_INTERVAL == 1000
    assert "`INTERVAL` and `COUNT` (1–1000)" in words_of(API)
    assert f"at most {absence.LONGEST.days} days after `from`" in words_of(API)
    assert f"an entry has at most {absences.MAX_ABSENCES}" in words_of(API).lower()
    assert f"cut at {states.TEXT} bytes" in words_of(PROFILES)
    assert (query.LONGEST, dialling.PART, typo.SHORTEST) == (200, 3, 4)
    assert "any part of three digits or more" in words_of(API)
    assert "in a word of four letters or more" in words_of(API)
    assert f"Up to {ranges.LARGEST:,} numbers" in words_of(API)
    assert ranges.LONGEST_INTERNAL == 5
    assert "equally long, up to five digits" in words_of(API)
    assert f"after {indications.LONGEST_WAIT:g} s if somebody has set the clock" in words_of(ARCHITECTURE)


def test_what_telephones_are_told_and_tell_is_named() -> None:
    text = words_of(CONNECTORS)
    assert {field for field in Indication.__struct_fields__ if f"`{field}`" not in text} == set()
    assert f"`CodeDialled({', '.join(CodeDialled.__struct_fields__)})`" in text
    methods = {name for name in vars(Telephones) if not name.startswith("_")}
    assert methods == {"indicate", "reply"}
    assert {method for method in methods if f"`{method}(" not in text} == set()
    methods = {name for name in vars(Messages) if not name.startswith("_")}
    assert methods == {"room", "send_message", "check_messages"}
    assert {method for method in methods if f"`{method}(" not in text} == set()
    assert {name for name in vars(Compares) if not name.startswith("_")} == {"healed"}
    assert "`healed`" in text
    variables = " ".join(states.variables(Indication("<ext>")))
    assert {name for name in re.findall(r"\(([^)]+)\)", variables) if f"`{name}`" not in text} == set()


def test_what_it_takes_to_dial_is_told() -> None:
    text = words_of(CONNECTORS)
    methods = {name for name in vars(Dials) if not name.startswith("_")}
    assert methods == {"dial", "hangup"}
    assert {method for method in methods if f"`{method}(" not in text} == set()
    told = {*Placing.__struct_fields__, *Party.__struct_fields__, *DevicesRead.__struct_fields__[1:]}
    assert {field for field in told if f"`{field}`" not in text} == set()
    assert {f"`{name}: {value}`" for name, value in originate.AUTOANSWER.items()} <= cells(CONNECTORS).keys()
    assert f"rings for {originate.RINGS} s at most" in text
    assert f"hung up after {originate.WAITS} s" in text
    assert f"none within {Times().answer:g} s" in text
    assert f"within {once.REPEATED:g} seconds" in words_of(API)
    assert f"({trail.KEPT:,} lines at most)" in words_of(OPERATIONS)
    assert trail.AGAIN == 1.0
    allowed = {kind for kind, rest in cells(OPERATIONS).items() if rest[-1] == "allowed"}
    assert allowed == set(settings.Dial().kinds)
    assert {str(kind) for kind in Destination} <= cells(OPERATIONS).keys()


def test_everything_that_asterisk_is_asked_is_named() -> None:
    folder = ROOT / "src/katalog/connectors/asterisk"
    asked = {part for file in folder.glob("*.py") for found in _ASKED.findall(text_of(file)) for part in found if part}
    assert {"Login", "CoreShowChannels", "CALLERID(num-pres)"} <= asked
    assert {part for part in {*asked, PRESENTATION} if f"`{part}`" not in text_of(CONNECTORS)} == set()
    assert f"channelvars = {PRESENTATION} " in text_of(README)


# --- text messages -------------------------------------------------------------------------------------


async def test_the_gateway_that_is_shown_is_one() -> None:
    (source,) = blocks(SMS, "python")
    scope: dict[str, GatewayFactory] = {}
    exec(compile(source, named(SMS), "exec"), scope)
    gateway = scope["Pigeon"](Setup("SE", {"loft": "the shed"}, {}))
    sms = Sms("101", Destination.INTERNAL, "102", "Hej")
    assert gateway.objection(sms) is None
    assert gateway.objection(msgspec.structs.replace(sms, text="x" * 21)) is not None
    assert await gateway.send(sms) == Outcome(State.SENT, reference="feather")
    assert [finding.text for finding in await gateway.check()] == ["it sits on the shed"]
    assert gateway.in_house is False


@pytest.mark.parametrize("block", blocks(SMS, "toml"))
def test_gateways_that_are_described_can_be_made(block: str, tmp_path: Path) -> None:
    path = tmp_path / "katalog.toml"
    path.write_text(block, "utf-8")
    loaded = settings_file.load(path, {})
    kind = loaded.sms.gateway or "http"
    given = loaded.model_copy(update={"sms": loaded.sms.model_copy(update={"gateway": kind})})
    assert composition.gateway_of(given, composition.connectors_of(loaded.pbx)) is not None


def test_the_numbers_of_text_messages_are_so() -> None:
    text = words_of(SMS)
    assert cells(SMS)["GSM-7"] == ["160", "153"]
    assert [size("a" * count).parts for count in (160, 161, 306, 307)] == [1, 2, 2, 3]
    assert [size("я" * count).parts for count in (70, 71, 134, 135)] == [1, 2, 2, 3]
    assert cells(SMS)["UCS-2"] == ["70", "67"]
    assert f"room for {messenger.MAX_PLAIN:,} bytes of text, or {messenger.MAX_BASE64} with line breaks" in text
    assert f"up to {MOST_TELEPHONES}," in text
    assert outbox.SAME_SECONDS == 30
    assert "within 30 seconds is one message" in text
    assert "within 30 seconds is one message" in words_of(API)
    assert message.LOST_SECONDS == 120
    assert "it is `unknown` after two minutes" in text
    assert f"{MAX_ANSWER // 1024} KB of an answer are read" in text
    assert f"{MAX_BODY:,} bytes; `sms.max_parts`" == cells(API)["body of a text message; its length"][0]


# --- metrics -------------------------------------------------------------------------------------------


def documented_metrics() -> dict[str, tuple[str, set[str]]]:
    """Of each metric in the table: its kind, and its labels."""
    found = {}
    for first, (kind, *_) in cells(OPERATIONS).items():
        if kind in ("counter", "gauge", "histogram"):
            name, _, labels = first.strip("`").rstrip("}").partition("{")
            found[name] = (kind, {label for label in labels.split(", ") if label})
    return found


def exposed(family: Metric) -> tuple[str, tuple[str, set[str]]]:
    name = f"{family.name}_total" if family.type == "counter" else family.name
    return name, (family.type, {label for sample in family.samples for label in sample.labels if label != "le"})


async def test_every_metric_is_named_with_its_kind_and_labels(tmp_path: Path) -> None:
    async with Installation.running(tmp_path, pbx=[settings.Pbx()], connectors=[HealedOnce()]) as installation:
        installation.app.home.apply(LegsRead("växel", ()))
        await installation.client.get("/api/extensions")
        families = dict(map(exposed, installation.app.metrics.registry.collect()))
    assert documented_metrics() == families


def test_the_scrape_that_is_shown_asks_the_address_of_the_settings() -> None:
    (example,) = blocks(OPERATIONS, "yaml")
    server = settings.Server()
    assert f'targets: ["{server.host}:{server.port}"]' in example


# --- logs, and the pages themselves --------------------------------------------------------------------


def every_event() -> set[str]:
    return {event for file in (ROOT / "src").rglob("*.py") for event in _EVENT.findall(text_of(file))}


def test_every_event_of_the_log_is_named() -> None:
    assert {event for event in every_event() if f"`{event}`" not in text_of(OPERATIONS)} == set()


def anchors(page: Path) -> set[str]:
    """Of the headings, as GitHub and most others make them."""
    plain = _FENCE.sub("", text_of(page))
    headings = re.findall(r"^#+ (.*)$", plain, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(_FENCE.sub("", text_of(page))):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_pages_speak_of_the_project_alone(page: Path) -> None:
    # #23# is dialled.
    text = text_of(page).replace("#23#", "")
    found = re.findall(r"/(?:home|mnt|root|srv|work)\b|issues?/\d+|(?<![\w&/])#\d+|\bFIXME\b|\bTODO\b", text)
    assert found == []


@pytest.mark.parametrize("block", all_blocks("json"))
def test_json_that_is_shown_is_json(block: str) -> None:
    assert not isinstance(json.loads(block), NoneType)


def test_every_page_is_reached_from_the_readme() -> None:
    reached, new = {README}, [README]
    while new:
        page = new.pop()
        for link in _LINK.findall(text_of(page)):
            target = (page.parent / link.partition("#")[0]).resolve()
            pages = sorted(target.glob("*.md")) if target.is_dir() else [target]
            for other in pages:
                if other.suffix == ".md" and other.exists() and other not in reached:
                    reached.add(other)
                    new.append(other)
    assert set(PAGES) - reached == set()


def test_the_readme_is_short() -> None:
    assert len(text_of(README).splitlines()) <= 200
