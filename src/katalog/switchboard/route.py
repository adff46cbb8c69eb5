"""By which telephone system a call is placed, and which of the caller's telephones ring first."""

from collections.abc import Collection, Container

import msgspec

from katalog.domain.entry import Entry
from katalog.live.devices import Telephone
from katalog.live.directory import Directory
from katalog.live.link import LinkState
from katalog.switchboard.caller import Refused, away, refused

PASSING = frozenset({"away", "unregistered"})
"""Reasons of a refusal that are gone again without anybody having set up anything."""


class Route(msgspec.Struct, frozen=True):
    """`devices` are those that can be rung, the preferred one first; none where it is the mobile that rings.

    `extension` is the number by which the telephone system knows the caller.
    """

    pbx: str
    devices: tuple[str, ...]
    extension: str


def by_telephone(directory: Directory, entry: Entry, dialling: Collection[str]) -> Route:
    """`dialling` are the telephone systems that can place calls. Raises Refused."""
    there = _there(directory, dialling)
    live = _live(directory, there)
    telephones = [phone for phone in directory.telephones(entry) if phone.pbx in there]
    if reachable := _reachable(telephones, live):
        pbx = reachable[0].pbx
        devices = tuple(dict.fromkeys(phone.device for phone in reachable if phone.pbx == pbx))
        return Route(pbx, devices, directory.links[pbx].pattern.extension(devices[0]) or entry.extension)
    asked = {phone.pbx for phone in telephones} if entry.devices else set(there)
    if asked - live:
        raise Refused("away", away())
    if not telephones:
        raise refused(
            "no-telephone", "Du har ingen telefon i växeln.", "You have no telephone at the telephone system."
        )
    raise refused(
        "unregistered",
        "Ingen av dina telefoner är registrerad i växeln.",
        "None of your telephones is registered with the telephone system.",
    )


def preferred(directory: Directory, entry: Entry, dialling: Collection[str]) -> tuple[list[Telephone], bool]:
    """All of an entry's telephones, those first that `by_telephone` would have rung, and whether there are any."""
    telephones = list(dict.fromkeys(directory.telephones(entry)))
    there = [pbx for pbx in directory.links if pbx in dialling]
    first = _reachable(telephones, _live(directory, there))
    return [*first, *[phone for phone in telephones if phone not in first]], bool(first)


def _reachable(telephones: list[Telephone], live: Container[str]) -> list[Telephone]:
    known = [phone for phone in telephones if phone.pbx in live and phone.registered]
    # One that the telephone system has said nothing of may be there all the same.
    return known or [phone for phone in telephones if phone.pbx in live and phone.registered is None]


def by_mobile(directory: Directory, entry: Entry, dialling: Collection[str]) -> Route:
    """The first telephone system at which the caller has a number. Raises Refused."""
    there = _there(directory, dialling)
    live = _live(directory, there)
    for pbx, extension in directory.lines(entry.id):
        if pbx in live:
            return Route(pbx, (), extension)
    raise Refused("away", away())


def _there(directory: Directory, dialling: Collection[str]) -> list[str]:
    there = [pbx for pbx in directory.links if pbx in dialling]
    if not there:
        raise refused(
            "no-telephone-system",
            "Det finns ingen växel som kan ringa upp.",
            "There is no telephone system that can place calls.",
        )
    return there


def _live(directory: Directory, there: list[str]) -> set[str]:
    """Those that can be asked now, and have said which devices they have."""
    links = [directory.links[pbx] for pbx in there]
    return {link.name for link in links if link.state is LinkState.LIVE and link.devices.are_read}
