"""What an entry of the contact directory is, key by key. Each raises Differs where one is not so."""

import re
from collections.abc import Sequence
from typing import Any

from katalog.compat.shape import Differs, Unseen, array, each, filled, keys, member, named, text

KEYS = ("extension", "name", "email", "mobile", "profile", "calls", "keyWords")
PROFILE = ("available", "name", "until", "message")
CALL = ("callerid", "direction", "linestatus")
_UNTIL = re.compile(
    r"0000-00-00 00:00:00|\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d", re.ASCII
)

Entries = Sequence[Any]


def of_any(entries: Entries | None) -> Entries:
    """Raises Unseen if there are none, or they could not be read."""
    if entries is None:
        raise Unseen("the list could not be read")
    if not entries:
        raise Unseen("the list is empty")
    return entries


def have_keys(entries: Entries) -> None:
    each(entries, "entry", lambda entry: keys(entry, KEYS))


def have_extensions(entries: Entries) -> None:
    each(entries, "entry", lambda entry: filled(entry, "extension"))


def have_names(entries: Entries) -> None:
    each(entries, "entry", lambda entry: text(entry, "name"))


def have_addresses(entries: Entries) -> None:
    each(entries, "entry", lambda entry: (text(entry, "email"), text(entry, "mobile")))


def have_keywords(entries: Entries) -> None:
    def check(entry: Any) -> None:
        for word in array(entry, "keyWords"):
            if not isinstance(word, str):
                raise Differs("texts in keyWords", named(word))

    each(entries, "entry", check)


def have_profiles(entries: Entries) -> None:
    def check(entry: Any) -> None:
        profile = member(entry, "profile")
        if profile is None:
            return
        keys(profile, PROFILE)
        if not isinstance(profile["available"], bool):
            raise Differs("true or false as available", named(profile["available"]))
        text(profile, "name")
        if profile["message"] is not None:
            text(profile, "message")

    each(entries, "entry", check)


def have_ends(entries: Entries) -> None:
    """`until` of every profile there is."""
    profiles = [profile for profile in (_got(entry, "profile") for entry in entries) if isinstance(profile, dict)]
    if not profiles:
        raise Unseen("no entry has a profile")

    def check(profile: Any) -> None:
        if not _UNTIL.fullmatch(text(profile, "until")):
            raise Differs("YYYY-MM-DD HH:MM:SS, or 0000-00-00 00:00:00, as until", "another form")

    each(profiles, "profile", check)


def have_calls(entries: Entries) -> None:
    each(entries, "entry", lambda entry: array(entry, "calls"))


def have_calls_as_written(entries: Entries) -> None:
    calls = [call for entry in entries for call in _calls(entry)]
    if not calls:
        raise Unseen("nobody is in a call just now")

    def check(call: Any) -> None:
        keys(call, CALL)
        text(call, "callerid")
        if text(call, "direction") not in ("in", "out", "unknown"):
            raise Differs("in, out or unknown as direction", "another word")
        if text(call, "linestatus") not in ("up", "down", "ringing"):
            raise Differs("up, down or ringing as linestatus", "another word")

    each(calls, "call", check)


def _calls(entry: Any) -> list[Any]:
    found = _got(entry, "calls")
    return found if isinstance(found, list) else []


def _got(entry: Any, key: str) -> Any:
    return entry.get(key) if isinstance(entry, dict) else None


def same_people(entries: Entries, others: Entries) -> None:
    """The same list once more; calls and profiles may be others by now."""
    people = [(_got(entry, "extension"), _got(entry, "name")) for entry in entries]
    again = [(_got(entry, "extension"), _got(entry, "name")) for entry in others]
    if len(people) != len(again):
        raise Differs(f"{len(people)} entries as before", str(len(again)))
    if people != again:
        raise Differs("the same entries in the same order", "others, or another order")
