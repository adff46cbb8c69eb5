"""The files of the pages: small, kept for good, and with the same words in both languages."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

import katalog
from katalog.web.assets import TYPES, assets, modules, version

FOLDER = files("katalog.web") / "assets"
SOURCES = Path(katalog.__file__).parent
BUDGET = 60_000
"""Bytes, compressed, of the first view before there are data."""


def text(name: str) -> str:
    return assets()[name].content.decode("utf-8")


def keys(words: str) -> list[str]:
    """The keys of a dictionary of words, as they stand in a module."""
    without_values = re.sub(r': (?:\(.*?\) => `.*?`|".*?"),', ": ,", words)
    return re.findall(r'"([^"]+)": ', without_values)


@pytest.mark.parametrize("root", ["app.js", "board.js"])
def test_the_first_view_is_small(root: str) -> None:
    first = {*modules(root), "style.css", "icon.svg"}
    assert sum(len(assets()[name].packed) for name in first) < BUDGET


def test_what_is_fetched_later_is_not_in_the_first_view() -> None:
    assert not {"admin.js", "profile.js", "import.js"} & set(modules("app.js"))


def test_the_version_is_of_all_that_is_there() -> None:
    names = {file.name for file in FOLDER.iterdir() if file.name.rpartition(".")[2] in TYPES}
    assert set(assets()) == names
    assert re.fullmatch(r"[0-9a-f]{12}", version())


def test_both_languages_have_the_same_words() -> None:
    assert sorted(keys(text("sv.js"))) == sorted(keys(text("en.js")))
    assert len(keys(text("sv.js"))) > 80


@pytest.mark.parametrize("name", ["profile-words.js", "admin-words.js", "board-words.js"])
def test_so_have_the_pages_that_are_fetched_later(name: str) -> None:
    _, swedish, english = re.split(r"^export const (?:sv|en) = \{", text(name), flags=re.MULTILINE)
    assert sorted(keys(swedish)) == sorted(keys(english))
    assert keys(swedish)


def test_every_word_that_is_said_is_there() -> None:
    known = {
        key for name in assets() if name.endswith("words.js") or name in ("sv.js", "en.js") for key in keys(text(name))
    }
    for name in assets():
        if name.endswith(".js"):
            said = set(re.findall(r'\bsay\("([^"$]+)"', text(name)))
            assert said <= known, name


def test_each_word_is_said_somewhere() -> None:
    scripts = "".join(text(name) for name in assets() if name.endswith(".js") and "words" not in name)
    scripts = "".join(line for line in scripts.splitlines(True) if not re.match(r'  "[^"]+": ', line))
    begun = tuple(re.findall(r"`([a-z-]+[-.])\$\{", scripts))
    ended = tuple(re.findall(r"`\$\{[^}]+\}(-[a-z]+)`", scripts))
    for name in ("sv.js", "profile-words.js", "admin-words.js", "board-words.js"):
        for key in keys(text(name)):
            is_made = key.startswith(begun) or key.endswith(ended)  # of parts
            assert is_made or f'"{key}"' in scripts, key


def test_the_audit_trail_has_a_word_for_all_that_is_done() -> None:
    kinds = [key for key in keys(text("admin-words.js")) if re.fullmatch(r"audit-[a-z]+\.", key)]
    done = re.compile(rf'"((?:{"|".join(kind.removeprefix("audit-").rstrip(".") for kind in kinds)})\.[a-z]+)"')
    actions = {
        action
        for package in ("api", "store", "messages", "switchboard", "sources")
        for file in (SOURCES / package).rglob("*.py")
        for line in file.read_text("utf-8").splitlines()
        if "log." not in line
        for action in done.findall(line)
        if not action.endswith(".id")
    }
    assert len(actions) > 30
    assert {f"did-{action}" for action in actions} == {
        key for key in keys(text("admin-words.js")) if key.startswith("did-")
    }


def test_no_script_makes_markup_of_text() -> None:
    for name in assets():
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text(name)
        ), name


def test_nothing_comes_from_elsewhere() -> None:
    for name in assets():
        addresses = re.findall(r"""["'(](https?://[^"')]*)""", text(name))
        assert set(addresses) <= {"http://www.w3.org/2000/svg", "https://", "https://…/calendar.ics"}, name


def test_each_element_says_what_it_is() -> None:
    for name in assets():
        if name.endswith(".js"):
            assert text(name).startswith("// "), name
        for element in re.findall(r'customElements\.define\("(k-[a-z]+)"', text(name)):
            assert text(name).startswith(f"// <{element}>: "), name
