"""katalog.toml and KATALOG_SECTION__NAME → the settings that are declared in settings.py, and the sample of a file."""

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from katalog.errors import SettingsError
from katalog.settings import (
    Calendars,
    Calls,
    Database,
    Dial,
    Limits,
    Organisation,
    Pbx,
    Recordings,
    Server,
    Settings,
    Sms,
    SmsAsterisk,
    SmsHttp,
    Webhooks,
)

DEFAULT_PATH = Path("katalog.toml")
_PREFIX = "KATALOG_"


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
    """As the field's type has it; a text where there is no such field, which is told later."""
    field = _section(location[0]).model_fields.get(location[-1])
    kind = None if field is None else get_origin(field.annotation)
    if field is not None and kind is dict:
        has_lists = get_origin(get_args(field.annotation)[1]) is list
        if has_lists or text.lstrip().startswith("{"):
            with suppress(ValueError):
                return json.loads(text)
        if has_lists:
            return text
        # `lunch=lunch, semester=holiday`, instead of JSON.
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        return {word.strip(): choice.strip() for word, _, choice in pairs}
    if kind is list:
        # A comma between two, as a JSON array or without the brackets.
        return [part.strip(" \"'") for part in text.strip("[] ").split(",") if part.strip()]
    return text


def _section(name: str) -> type[BaseModel]:
    section: type[BaseModel] = Pbx if name == "pbx" else type(Settings.model_fields[name].default)
    return section


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
            shown = isinstance(given, str | int | float) and not _is_confidential(key)
            lines.append(f"{where}: {key}: {reason}" + (f", not {given!r}" if shown else ""))
    return lines


def _is_confidential(key: str) -> bool:
    """Whether its value may hold a secret, as that of a whole section that has one may."""
    section, name = _section(key.partition(".")[0]), key.partition(".")[2].partition(".")[0]
    return not all(field.repr for known, field in section.model_fields.items() if name in ("", known))


def _nearest(location: tuple[str, ...]) -> str:
    model = _section(location[0]) if len(location) > 1 else Settings
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
