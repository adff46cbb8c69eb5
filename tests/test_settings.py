"""katalog.toml and the environment → settings, and what is told of a wrong one."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from katalog import settings, settings_file
from katalog.errors import SettingsError
from katalog.settings import Settings
from katalog.settings_file import load

SECTIONS = (
    "server", "database", "organisation", "calendars", "calls", "recordings", "webhooks", "limits", "dial", "sms",
    "sms_asterisk", "sms_http",
)  # fmt: skip

# Of each key: what a file says, what a variable says, and what comes of both.
KEYS: dict[str, dict[str, tuple[str, str, Any]]] = {
    "server": {
        "host": ('"0.0.0.0"', "0.0.0.0", "0.0.0.0"),
        "port": ("81", "81", 81),
        "trusted_proxies": ('["10.0.0.1", "192.0.2.0/24"]', "10.0.0.1, 192.0.2.0/24", ["10.0.0.1", "192.0.2.0/24"]),
        "tls_cert": ('"/etc/c.pem"', "/etc/c.pem", Path("/etc/c.pem")),
        "tls_key": ('"/etc/k.pem"', "/etc/k.pem", Path("/etc/k.pem")),
        "query_credentials": ("true", "true", True),
        "public_url": ('"https://katalog.exempel.se"', "https://katalog.exempel.se", "https://katalog.exempel.se"),
        "session_days": ("7", "7", 7),
        "failures_per_login": ("3", "3", 3),
        "failures_per_address": ("4", "4", 4),
        "access_log": ("true", "true", True),
        "metrics_from": ('["127.0.0.1", "2001:db8::/32"]', "127.0.0.1,2001:db8::/32", ["127.0.0.1", "2001:db8::/32"]),
    },
    "database": {"url": ('"postgresql://db/katalog"', "postgresql://db/katalog", "postgresql://db/katalog")},
    "organisation": {
        "name": ('"Åkeri AB"', "Åkeri AB", "Åkeri AB"),
        "timezone": ('"Europe/Oslo"', "Europe/Oslo", "Europe/Oslo"),
        "country": ('"no"', "no", "NO"),
        "language": ('"en"', "en", "en"),
        "working_hours": ('"mon-thu 07:30-16:00, fri 7:30-14:00"',) + ("mon-thu 07:30-16:00, fri 7:30-14:00",) * 2,
        "closed_days": ("[2026-12-28, 2026-12-29]", "2026-12-28,2026-12-29", [date(2026, 12, 28), date(2026, 12, 29)]),
        "history_days": ("30", "30", 30),
    },
    "calendars": {
        "template": ('"https://moln.se/{email}/k.ics"',) + ("https://moln.se/{email}/k.ics",) * 2,
        "username": ('"k"', "k", "k"),
        "password": ('"hemligt"', "hemligt", "hemligt"),
        "password_file": ("'/dev/null'", "/dev/null", Path("/dev/null")),
        "interval": ("60", "60", 60),
        "words": (
            '{lunch = "Lunch", "på resa" = "travel"}',
            "lunch=Lunch, på resa = travel",
            {"lunch": "Lunch", "på resa": "travel"},
        ),
        "key_file": ('"/etc/k.key"', "/etc/k.key", "/etc/k.key"),
    },
    "calls": {"days": ("30", "30", 30)},
    "recordings": {
        "days": ("90", "90", 90),
        "erase": ("true", "true", True),
        "cache": ('"/var/cache/k"', "/var/cache/k", "/var/cache/k"),
        "cache_mb": ("200", "200", 200),
    },
    "webhooks": {"allow_private": ("true", "1", True)},
    "limits": {
        "login_per_minute": ("30", "30", 30),
        "search_per_minute": ("31", "31", 31),
        "import_per_minute": ("1", "1", 1),
        "read_per_minute": ("1000", "1000", 1000),
    },
    "dial": {
        "kinds": ('["internal", "international"]', "internal, international", ["internal", "international"]),
        "roles": ('{reception = ["premium"]}', '{"reception": ["premium"]}', {"reception": ["premium"]}),
        "per_minute": ("3", "3", 3),
    },
    "sms": {
        "gateway": ('"http"', "http", "http"),
        "sender": ('"Exempel"', "Exempel", "Exempel"),
        "senders": (
            '{100 = "Vaktis", "08-1" = "mobile"}',
            "100=Vaktis, 08-1=mobile",
            {"100": "Vaktis", "08-1": "mobile"},
        ),
        "fallback": ('"+4681234567"', "+4681234567", "+4681234567"),
        "allow": ('["mobile", "international"]', "mobile, international", ["mobile", "international"]),
        "max_parts": ("1", "1", 1),
        "plain": ("false", "0", False),
        "per_minute": ("0", "0", 0),
        "per_day": ("5", "5", 5),
        "days": ("1", "1", 1),
        "options": ('{a = "b"}', "a=b", {"a": "b"}),
    },
    "sms_asterisk": {
        "pbx": ('"filial"', "filial", "filial"),
        "inside": ('"pjsip:x{number}"', "pjsip:x{number}", "pjsip:x{number}"),
        "outside": ('"pjsip:t/sip:{number}@h"', "pjsip:t/sip:{number}@h", "pjsip:t/sip:{number}@h"),
    },
    "sms_http": {
        "url": ('"https://sms.exempel.se/"', "https://sms.exempel.se/", "https://sms.exempel.se/"),
        "method": ('"GET"', "GET", "GET"),
        "format": ('"json"', "json", "json"),
        "body": ('"to={to}&text={text}"', "to={to}&text={text}", "to={to}&text={text}"),
        "headers": ('{x-key = "{secret}"}', "x-key={secret}", {"x-key": "{secret}"}),
        "username": ('"u"', "u", "u"),
        "secret": ('"hemligt"', "hemligt", "hemligt"),
        "secret_file": ("'/dev/null'", "/dev/null", Path("/dev/null")),
        "numbers": ('"national"', "national", "national"),
        "ok_status": ("[200, 204]", "200,204", [200, 204]),
        "ok_pointer": ('"/a/0"', "/a/0", "/a/0"),
        "ok_pattern": ("'^OK'", "^OK", "^OK"),
        "id_pointer": ('"/id"', "/id", "/id"),
        "reason_pointer": ('"/error"', "/error", "/error"),
        "seconds": ("5", "5", 5),
        "allow_private": ("true", "1", True),
    },
    "pbx": {
        "name": ('"filial"', "filial", "filial"),
        "type": ('"annan"', "annan", "annan"),
        "host": ('"192.0.2.7"', "192.0.2.7", "192.0.2.7"),
        "port": ("5039", "5039", 5039),
        "username": ('"k"', "k", "k"),
        "secret": ('"hemligt"', "hemligt", "hemligt"),
        "secret_file": ("'/dev/null'", "/dev/null", Path("/dev/null")),
        "dial_context": ('"inifrån"', "inifrån", "inifrån"),
        "db_context": ('"katalog-db"', "katalog-db", "katalog-db"),
        "cdr_file": ("'/cdr.csv'", "/cdr.csv", Path("/cdr.csv")),
        "cdr_url": ('"postgresql://a/b"', "postgresql://a/b", "postgresql://a/b"),
        "cdr_table": ('"calls"', "calls", "calls"),
        "cdr_timezone": ('"UTC"', "UTC", "UTC"),
        "recordings": ('"/mnt/monitor"', "/mnt/monitor", "/mnt/monitor"),
        "recordings_prefix": ('"/srv/ast"', "/srv/ast", "/srv/ast"),
        "pattern": (r"'^X/(?P<extension>\d+)'", r"^X/(?P<extension>\d+)", r"^X/(?P<extension>\d+)"),
    },
}
EVERY = [(section, key) for section, keys in KEYS.items() for key in keys]
# One without the other is an error of its own.
TLS = {"tls_cert": "tls_key", "tls_key": "tls_cert"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "katalog.toml"


def refused(file: Path, text: str, **environ: str) -> str:
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as told:
        load(file, environ)
    return str(told.value).replace(str(file), "FILE")


def section(of: Settings, name: str) -> BaseModel:
    found = of.pbx[0] if name == "pbx" else getattr(of, name)
    assert isinstance(found, BaseModel)
    return found


# -- every key -----------------------------------------------------------------------------------------


def test_every_key_there_is_is_tried_here() -> None:
    assert {name: set(keys) for name, keys in KEYS.items()} == {
        **{name: set(type(getattr(Settings(), name)).model_fields) for name in SECTIONS},
        "pbx": set(settings.Pbx.model_fields),
    }
    assert set(Settings.model_fields) == {*SECTIONS, "pbx"}


@pytest.mark.parametrize(("name", "key"), EVERY)
def test_a_key_is_read_from_the_file(file: Path, name: str, key: str) -> None:
    header = "[[pbx]]" if name == "pbx" else f"[{name}]"
    needs = f"{TLS[key]} = '/x'\n" if key in TLS else ""
    file.write_text(f"{header}\n{key} = {KEYS[name][key][0]}\n{needs}", "utf-8")
    assert getattr(section(load(file, {}), name), key) == KEYS[name][key][2]


@pytest.mark.parametrize(("name", "key"), EVERY)
def test_a_key_is_read_from_the_environment_and_before_the_file(file: Path, name: str, key: str) -> None:
    variable = f"KATALOG_{name.upper()}__{key.upper()}"
    environ = {variable: KEYS[name][key][1]} | ({f"KATALOG_SERVER__{TLS[key].upper()}": "/x"} if key in TLS else {})
    expected = KEYS[name][key][2]
    file.write_text("", "utf-8")
    assert getattr(section(load(file, environ), name), key) == expected
    # A value in the file that would be refused is not even looked at.
    file.write_text(f"[[{name}]]\n{key} = []\n" if name == "pbx" else f"[{name}]\n{key} = {{}}\n", "utf-8")
    assert getattr(section(load(file, environ), name), key) == expected


def test_without_a_file_and_a_variable_everything_is_at_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None, {}) == Settings()
    assert load(None, {"KATALOG": "x", "KATALOG_X": "x", "PATH": "x", "OTHER__NAME": "x"}) == Settings()


def test_the_file_is_the_one_named_else_katalog_toml_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("katalog.toml").write_text("[server]\nport = 81\n")
    Path("other.toml").write_text("[server]\nport = 82\n")
    assert load(None, {}).server.port == 81
    assert load(Path("other.toml"), {}).server.port == 82


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nothing\.toml: there is no such file; `katalog init` writes one"):
        load(tmp_path / "nothing.toml", {})


def test_the_listener_is_on_this_machine_only_unless_told_otherwise() -> None:
    server = Settings().server
    assert (server.host, server.query_credentials, server.trusted_proxies) == ("127.0.0.1", False, [])
    assert Settings().webhooks.allow_private is False


def test_the_defaults_are_those_that_are_documented() -> None:
    server, pbx = Settings().server, settings.Pbx()
    assert (server.port, server.session_days, server.failures_per_login, server.failures_per_address) == (
        8080,
        30,
        10,
        50,
    )
    assert Settings().database.url == "sqlite:///katalog.db"
    assert Settings().organisation == settings.Organisation(
        name="Exempel AB", timezone="Europe/Stockholm", country="SE", language="sv"
    )
    assert (pbx.name, pbx.type, pbx.host, pbx.port) == ("växel", "asterisk", "127.0.0.1", 5038)
    assert (pbx.username, pbx.secret, pbx.dial_context) == ("katalog", "", "from-internal")
    assert pbx.pattern == r"^(?:PJSIP|SIP|IAX2|SCCP)/(?P<extension>[^/]+)$"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().server.port = 81  # type: ignore[misc]


# -- the environment -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "proxies"),
    [
        ("", []),
        ("10.0.0.1", ["10.0.0.1"]),
        (" 10.0.0.1 ,fe80::/10,", ["10.0.0.1", "fe80::/10"]),
        ("192.0.2.7/24", ["192.0.2.7/24"]),
        ('["10.0.0.1", "::1"]', ["10.0.0.1", "::1"]),
        ("[]", []),
    ],
)
def test_several_proxies_in_one_variable_have_commas_between_them(file: Path, text: str, proxies: list[str]) -> None:
    file.write_text("")
    assert load(file, {"KATALOG_SERVER__TRUSTED_PROXIES": text}).server.trusted_proxies == proxies


def test_a_telephone_system_needs_no_file(file: Path) -> None:
    file.write_text("")
    environ = {
        "KATALOG_PBX__HOST": "192.0.2.1",
        "KATALOG_PBX__1__NAME": "filial",
        "KATALOG_PBX__1__SECRET": "två",
        "KATALOG_PBX__0__SECRET": "ett",
    }
    assert [(pbx.name, pbx.host, pbx.secret) for pbx in load(file, environ).pbx] == [
        ("växel", "192.0.2.1", "ett"),
        ("filial", "127.0.0.1", "två"),
    ]


def test_a_variable_of_a_telephone_system_is_of_the_first_unless_it_says_which(file: Path) -> None:
    file.write_text('[[pbx]]\nname = "a"\n[[pbx]]\nname = "b"\n')
    one = load(file, {"KATALOG_PBX__SECRET": "ett", "KATALOG_PBX__1__SECRET": "två", "KATALOG_PBX__2__NAME": "c"})
    assert [(pbx.name, pbx.secret) for pbx in one.pbx] == [("a", "ett"), ("b", "två"), ("c", "")]


def test_no_telephone_system_may_be_left_out(file: Path) -> None:
    assert "KATALOG_PBX__1__NAME: there is no pbx number 1" in refused(file, "", KATALOG_PBX__1__NAME="x")


# -- wrong keys --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[server]\nhost = 'x'\nprot = 81\n", "FILE:3: unknown key 'server.prot'; did you mean 'port'?"),
        ("server.prot = 81\n", "FILE:1: unknown key 'server.prot'; did you mean 'port'?"),
        ("\n[sever]\nport = 81\n", "FILE:2: unknown key 'sever'; did you mean 'server'?"),
        ("[organisation]\ntime_zone = 'x'\n", "FILE:2: unknown key 'organisation.time_zone'; did you mean 'timezone'?"),
        (
            "[server]\nport = 1\n[webhooks]\nport = 1\n",
            "FILE:4: unknown key 'webhooks.port'; known here: allow_private",
        ),
        ("[database]\nurl = 'sqlite:///x'\n\nqqq = 1\n", "FILE:4: unknown key 'database.qqq'; known here: url"),
        (
            '[[pbx]]\nname = "a"\n[[pbx]]\nname = "b"\nhots = 1\n',
            "FILE:5: unknown key 'pbx.hots'; did you mean 'host'?",
        ),
        ("[[pbx]]\nhots = 1\n[[pbx]]\nname = 'b'\n", "FILE:2: unknown key 'pbx.hots'; did you mean 'host'?"),
        ("port = 81\n", "FILE:1: unknown key 'port'"),
        ("[server]\nport = 81\n[sever]\nport = 81\n", "FILE:3: unknown key 'sever'"),
        ("[[pbx]]\nname = 'a'\nport = 1\n[[pbx]]\nname = 'b'\nport = 0\n", "FILE:6: pbx.port: "),
    ],
)
def test_an_unknown_key_is_told_with_its_file_its_line_and_what_was_meant(file: Path, text: str, told: str) -> None:
    assert refused(file, text).startswith(told)


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("KATALOG_SERVER__PROT", "KATALOG_SERVER__PROT: unknown key 'server.prot'; did you mean 'port'?"),
        ("KATALOG_PBX__HOTS", "KATALOG_PBX__HOTS: unknown key 'pbx.hots'; did you mean 'host'?"),
        ("KATALOG_SEVER__PORT", "KATALOG_SEVER__PORT: unknown section 'sever'; did you mean KATALOG_SERVER__"),
        (
            "KATALOG_PBX__DIAL__CONTEXT",
            "KATALOG_PBX__DIAL__CONTEXT: unknown key 'pbx.dial__context'; did you mean 'dial",
        ),
        ("KATALOG_PBX__0", "KATALOG_PBX__0: unknown key"),
        ("KATALOG_QQQ__X", "KATALOG_QQQ__X: unknown section 'qqq'; known: server, database"),
    ],
)
def test_an_unknown_variable_is_told_with_what_was_meant(file: Path, variable: str, told: str) -> None:
    assert refused(file, "[server]\nport = 81\n", **{variable: "x"}).startswith(told)


def test_everything_that_is_wrong_is_told_at_once(file: Path) -> None:
    told = refused(file, "[server]\nport = 0\nprot = 1\n", KATALOG_ORGANISATION__LANGUAGE="fi").splitlines()
    assert [line.split(": ")[0] for line in told] == ["FILE:2", "FILE:3", "KATALOG_ORGANISATION__LANGUAGE"]


# -- wrong values --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "key", "value", "reason"),
    [
        ("server", "port", 0, "not 0"),
        ("server", "port", 65536, "not 65536"),
        ("server", "port", "http", "not 'http'"),
        ("server", "session_days", 0, "not 0"),
        ("server", "failures_per_login", 0, "not 0"),
        ("server", "failures_per_address", 0, "not 0"),
        ("server", "query_credentials", "perhaps", "not 'perhaps'"),
        ("server", "trusted_proxies", ["10.0.0.1", "proxy"], "'proxy'"),
        ("database", "url", "mysql://h/d", "use sqlite:///FILE or postgresql://"),
        ("database", "url", "sqlite://x", "use sqlite:///FILE"),
        ("organisation", "name", "", "at least 1"),
        ("organisation", "timezone", "Stockholm", "use a name such as Europe/Stockholm"),
        ("organisation", "timezone", "", "use a name such as Europe/Stockholm"),
        ("organisation", "timezone", "../etc/passwd", "use a name such as Europe/Stockholm"),
        ("organisation", "country", "Sweden", "use two letters such as SE"),
        ("organisation", "country", "XX", "use two letters such as SE"),
        ("organisation", "language", "fi", "use sv or en"),
        ("calendars", "template", "https://moln.se/k.ics", "use https://…/{email}/…"),
        ("calendars", "template", "moln.se/{email}", "use https://…/{email}/…"),
        ("calendars", "template", "https://{email}.moln.se/k.ics", "use https://…/{email}/…"),
        ("calendars", "template", "https://moln.se/{epost}/{email}", "use https://…/{email}/…"),
        ("calendars", "interval", 0, "not 0"),
        ("calendars", "interval", 86401, "not 86401"),
        ("calendars", "key_file", "", "at least 1"),
        ("webhooks", "allow_private", 7, "not 7"),
        ("sms", "sender", "Exempel AB", "up to 11 letters and digits"),
        ("sms", "fallback", "Åkeri", "up to 11 letters and digits"),
        ("sms", "allow", ["mobile", "emergency"], "'emergency'"),
        ("sms", "max_parts", 0, "not 0"),
        ("sms", "days", 0, "not 0"),
        ("sms_http", "method", "HEAD", "not 'HEAD'"),
        ("sms_http", "format", "xml", "not 'xml'"),
        ("sms_http", "numbers", "all", "not 'all'"),
        ("sms_http", "ok_pointer", "status", "write as /id"),
        ("sms_http", "ok_pattern", "(", "not a regular expression"),
        ("sms_http", "seconds", 31, "not 31"),
        ("pbx", "name", "", "at least 1"),
        ("pbx", "port", 65536, "not 65536"),
        ("pbx", "pattern", "(", "not a regular expression"),
        ("pbx", "pattern", "^PJSIP/(.*)", "(?P<extension>…)"),
    ],
)
def test_a_wrong_value_is_told_with_its_file_its_line_its_key_and_what_is_right(
    file: Path, name: str, key: str, value: Any, reason: str
) -> None:
    header = "[[pbx]]" if name == "pbx" else f"[{name}]"
    told = refused(file, f"# a comment\n{header}\n  {key} = {json.dumps(value)}\n")
    assert told.startswith(f"FILE:3: {name}.{key}: ")
    assert reason in told
    variable = f"KATALOG_{name.upper()}__{key.upper()}"
    text = ",".join(value) if isinstance(value, list) else str(value)
    told = refused(file, "", **{variable: text})
    assert told.startswith(f"{variable}: {name}.{key}: ")
    assert reason.removeprefix("not ").strip("'") in told


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("server", "port", 1),
        ("server", "port", 65535),
        ("server", "session_days", 1),
        ("server", "session_days", 400),
        ("server", "failures_per_login", 1),
        ("server", "failures_per_address", 1),
        ("calendars", "interval", 1),
        ("calendars", "interval", 86400),
        ("pbx", "port", 1),
        ("pbx", "port", 65535),
    ],
)
def test_the_least_and_the_most_are_allowed(file: Path, name: str, key: str, value: int) -> None:
    file.write_text(f"{'[[pbx]]' if name == 'pbx' else f'[{name}]'}\n{key} = {value}\n")
    assert getattr(section(load(file, {}), name), key) == value


@pytest.mark.parametrize("text", ["[server\n", "port = \n", "[server]\nport = 1\nport = 2\n", '"'])
def test_a_file_that_is_no_toml_is_told_with_the_place(file: Path, text: str) -> None:
    assert re.match(r"FILE: .*(line \d|end of document)", refused(file, text))


def test_a_file_that_is_no_text_is_told(file: Path) -> None:
    file.write_bytes(b"# \xe5\n")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(file, {})


def test_a_byte_order_mark_is_no_key(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf[server]\nport = 81\n")
    assert load(file, {}).server.port == 81


@pytest.mark.parametrize("text", ["server = 5\n", "pbx = 5\n", "[pbx]\nname = 'x'\n", "pbx = ['x']\n", "[[server]]\n"])
def test_a_section_of_the_wrong_shape_is_an_error_told_and_no_crash(file: Path, text: str) -> None:
    key = "pbx" if "pbx" in text else "server"
    assert key in refused(file, text)
    assert key in refused(file, text, **{f"KATALOG_{key.upper()}__PORT": "81"})


@pytest.mark.parametrize("given", ["tls_cert", "tls_key"])
def test_a_certificate_and_its_key_go_together(file: Path, given: str) -> None:
    assert "set both or neither" in refused(file, f"[server]\n{given} = 'x.pem'\n")


def test_each_telephone_system_has_a_name_of_its_own(file: Path) -> None:
    assert "same name" in refused(file, "[[pbx]]\n[[pbx]]\n")


# -- files beside the file -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///katalog.db", "conf/katalog.db"),
        ("sqlite:///data/k.db", "conf/data/k.db"),
        ("sqlite:////var/k.db", "/var/k.db"),
    ],
)
def test_a_relative_database_is_beside_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("conf").mkdir()
    Path("conf/katalog.toml").write_text(f'[database]\nurl = "{url}"\n')
    assert load(Path("conf/katalog.toml"), {}).database.url == f"sqlite:///{path}"
    absolute = load(tmp_path / "conf/katalog.toml", {}).database.url
    assert absolute == f"sqlite:///{tmp_path / path}"


def test_a_relative_certificate_is_beside_the_settings_file(file: Path) -> None:
    file.write_text("[server]\ntls_cert = 'c.pem'\ntls_key = '/etc/k.pem'\n")
    server = load(file, {}).server
    assert (server.tls_cert, server.tls_key) == (file.parent / "c.pem", Path("/etc/k.pem"))


@pytest.mark.parametrize("written", ["hemligt\n", "hemligt", " hemligt \r\n"])
def test_a_secret_is_read_from_its_file_beside_the_settings_file(file: Path, written: str) -> None:
    (file.parent / "ami.secret").write_text(written)
    file.write_text("[[pbx]]\nsecret = 'gammal'\nsecret_file = 'ami.secret'\n")
    assert load(file, {}).pbx[0].secret == "hemligt"


def test_the_secret_of_the_gateway_is_read_from_its_file(file: Path) -> None:
    (file.parent / "sms.secret").write_text(" hemligt\n")
    file.write_text("[sms_http]\nsecret = 'gammalt'\nsecret_file = 'sms.secret'\n")
    assert load(file, {}).sms_http.secret == "hemligt"
    assert "x.secret: cannot be read" in refused(file, "[sms_http]\nsecret_file = 'x.secret'\n")


def test_a_secret_file_that_is_not_there_is_told(file: Path) -> None:
    assert "ami.secret: cannot be read" in refused(file, "[[pbx]]\nsecret_file = 'ami.secret'\n")


def test_the_password_of_calendars_is_read_from_its_file_and_the_key_is_beside_the_settings(file: Path) -> None:
    (file.parent / "k.password").write_text(" hemligt\n")
    file.write_text("[calendars]\npassword = 'gammalt'\npassword_file = 'k.password'\n")
    calendars = load(file, {}).calendars
    assert (calendars.password, calendars.key_file) == ("hemligt", str(file.parent / "katalog.key"))
    assert "k.password: cannot be read" in refused(
        file, "[calendars]\npassword_file = 'k.password'\n".replace("k.p", "x/k.p")
    )


@pytest.mark.parametrize(
    "text", ["[calendars]\nwords = 'lunch'\n", "[calendars]\nwords = {lunch = 7}\n", "[calendars.words]\nlunch = ''\n"]
)
def test_words_that_are_no_table_of_texts_are_told(file: Path, text: str) -> None:
    assert "calendars.words" in refused(file, text)


def test_words_may_be_a_table_of_their_own_or_json_and_take_the_place_of_all(file: Path) -> None:
    file.write_text("[calendars.words]\nfika = 'Lunch'\n")
    assert load(file, {}).calendars.words == {"fika": "Lunch"}
    for variable, words in (('{"a, b": "c=d"}', {"a, b": "c=d"}), ("", {}), ("x=y", {"x": "y"})):
        assert load(file, {"KATALOG_CALENDARS__WORDS": variable}).calendars.words == words
    assert "calendars.words" in refused(file, "", KATALOG_CALENDARS__WORDS="lunch")


# -- secrets ---------------------------------------------------------------------------------------------------------

SECRET, SECRET_NUMBER = "h3ml1gt", "31415926"


@pytest.mark.parametrize(
    ("text", "environ"),
    [
        (f"[[pbx]]\nsecret = ['{SECRET}']\n", {}),
        (f"[calendars]\npassword = ['{SECRET}']\n", {}),
        (f"[calendars]\npassword = {SECRET_NUMBER}\n", {}),
        (f"calendars = '{SECRET}'\n", {}),
        (f"[calendars]\ntemplate = 'https://moln.se/{SECRET}'\n", {}),
        (f"[calendars]\npasword = '{SECRET}'\n", {}),
        (f"[sms_http]\nsecret = {SECRET_NUMBER}\n", {}),
        (f"[sms_http]\nheaders = {{x-key = {SECRET_NUMBER}}}\n", {}),
        (f"[sms_http]\nurl = {SECRET_NUMBER}\nbody = {SECRET_NUMBER}\n", {}),
        (f"[sms]\noptions = {{key = {SECRET_NUMBER}}}\n", {}),
        (f"sms_http = '{SECRET}'\n", {}),
        (f"[[pbx]]\nsecret = '{SECRET}'\nport = 0\n", {}),
        (f"[[pbx]]\nsecret = {SECRET_NUMBER}\n", {}),
        (f"[[pbx]]\nsercet = '{SECRET}'\n", {}),
        (f"[pbx]\nsecret = '{SECRET}'\n", {}),
        (f"[pbx]\nname = 'x'\nsecret = '{SECRET}'\n", {"KATALOG_PBX__PORT": "1"}),
        (f"pbx = ['{SECRET}']\n", {}),
        (f"[[pbx]]\nsecret = '{SECRET}\n", {}),
        (f"[[pbx]]\nsecret = '{SECRET}'\n[[pbx]]\n", {}),
        (f"secret = '{SECRET}'\n", {}),
        (f"[[database]]\nurl = 'postgresql://u:{SECRET}@h/d'\n", {}),
        (f"database = 'postgresql://u:{SECRET}@h/d'\n", {}),
        (f"[database]\nurl = 'mysql://u:{SECRET}@h/d'\n", {}),
        (f"[database]\nurl = ['postgresql://u:{SECRET}@h/d']\n", {}),
        ("", {"KATALOG_PBX__SERCET": SECRET}),
        ("", {"KATALOG_PBX__SECRET": SECRET, "KATALOG_PBX__PORT": "x"}),
        ("", {"KATALOG_PBX__3__SECRET": SECRET}),
        ("", {"KATALOG_DATABASE__URL": f"mysql://u:{SECRET}@h/d"}),
    ],
)
def test_no_secret_is_in_what_is_told(file: Path, text: str, environ: dict[str, str]) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as told:
        load(file, environ)
    said = "".join((str(told.value), repr(told.value), str(told.value.__cause__)))
    assert SECRET not in said
    assert SECRET_NUMBER not in said


def test_no_secret_is_in_what_a_log_would_write_of_the_settings(file: Path) -> None:
    (file.parent / "f").write_text(SECRET)
    file.write_text(
        f"[database]\nurl = 'postgresql://u:{SECRET}@h/d'\n"
        f"[calendars]\npassword = '{SECRET}'\ntemplate = 'https://u:{SECRET}@h/{{email}}'\n"
        f"[sms]\noptions = {{key = '{SECRET}'}}\n[sms_http]\nurl = 'https://h/{SECRET}'\nsecret = '{SECRET}'\n"
        f"body = 'to={{to}}&text={{text}}&key={SECRET}'\nheaders = {{x-key = '{SECRET}'}}\n"
        f"[[pbx]]\nname = 'a'\nsecret = '{SECRET}'\n[[pbx]]\nsecret_file = 'f'\n"
    )
    loaded = load(file, {})
    assert [pbx.secret for pbx in loaded.pbx] == [SECRET, SECRET]
    assert SECRET not in repr(loaded) + str(loaded)


# -- the sample ---------------------------------------------------------------------------------------------------------


def test_the_sample_is_the_defaults(file: Path) -> None:
    file.write_text(settings_file.sample(), "utf-8")
    loaded = load(file, {})
    assert loaded.database.url == f"sqlite:///{file.parent / 'katalog.db'}"
    assert loaded.calendars.key_file == str(file.parent / "katalog.key")
    assert loaded.recordings.cache == str(file.parent / "katalog.recordings")
    rooted = ("database", "calendars", "recordings")
    assert loaded.model_copy(update={name: getattr(Settings(), name) for name in rooted}) == Settings()
    assert loaded.calendars.model_copy(update={"key_file": "katalog.key"}) == Settings().calendars


def test_the_sample_says_of_every_key_what_it_is() -> None:
    lines = settings_file.sample().splitlines()
    for name, keys in KEYS.items():
        model = settings.Pbx if name == "pbx" else type(getattr(Settings(), name))
        for key in keys:
            described = [line for line in lines if re.match(rf"(# )?{key} = .*  # ", line)]
            assert any(line.endswith(f"  # {model.model_fields[key].description}") for line in described)


def test_call_detail_records_are_where_the_settings_say(file: Path) -> None:
    file.write_text("[[pbx]]\ncdr_file = 'Master.csv'\n[[pbx]]\nname = 'b'\ncdr_url = 'sqlite:///master.db'\n", "utf-8")
    first, second = load(file, {}).pbx
    assert first.cdr_file == file.parent / "Master.csv"
    assert second.cdr_url == f"sqlite:///{file.parent / 'master.db'}"
    file.write_text("[[pbx]]\ncdr_file = 'Master.csv'\ncdr_url = 'sqlite:///master.db'\n", "utf-8")
    with pytest.raises(SettingsError, match="set cdr_file or cdr_url, not both"):
        load(file, {})
    for key, value in (("cdr_url", "oracle://u:hemligt@h/d"), ("cdr_timezone", "Mars")):
        file.write_text(f"[[pbx]]\n{key} = '{value}'\n", "utf-8")
        with pytest.raises(SettingsError, match=f"pbx.{key}") as caught:
            load(file, {})
        assert "hemligt" not in str(caught.value)


def test_the_sample_s_telephone_system_with_its_signs_taken_away_is_the_default_one(file: Path) -> None:
    head, found, block = settings_file.sample().partition("\n# [[pbx]]\n")
    assert found
    optional = {"secret_file", "cdr_file"}
    lines = [line.removeprefix("# ") for line in block.splitlines() if not optional & {*line.split(" ")[1:2]}]
    file.write_text("\n".join([head, "[[pbx]]", *lines]), "utf-8")
    assert load(file, {}).pbx == [settings.Pbx()]
