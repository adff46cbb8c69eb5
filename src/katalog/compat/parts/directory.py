"""`/extensions`: the list of everybody, and one's own entry."""

from typing import Any

import msgspec

from katalog.compat import entry, reading
from katalog.compat.answer import Answer
from katalog.compat.asking import Asking, NoServer
from katalog.compat.shape import Unseen

PATH = "/extensions/"


class Seen(msgspec.Struct, frozen=True):
    """What other parts go on from: the list, None if it could not be read, and whether there is an own entry."""

    entries: list[Any] | None
    has_entry: bool


async def directory(asking: Asking) -> Seen:
    asking.part("Contact directory")
    listed = await asking.get(PATH)
    if listed.status == 401:
        # A server counts wrong credentials, and may shut somebody out for them.
        raise NoServer("it does not let you in (401): see to the token, or the user name and password")
    entries: list[Any] | None = None
    with asking.line("GET /extensions/ is 200 and a bare array, not wrapped in anything"):
        entries = reading.whole_array(listed)
    await _shape(asking, listed, entries)
    await _spellings(asking, entries)
    return Seen(entries, await _own(asking))


async def _shape(asking: Asking, listed: Answer, entries: list[Any] | None) -> None:
    with asking.line("an entry has its seven keys, in their order, and no other"):
        entry.have_keys(entry.of_any(entries))
    with asking.line("extension is a text, and there"):
        entry.have_extensions(entry.of_any(entries))
    with asking.line("name is a text, never null"):
        entry.have_names(entry.of_any(entries))
    with asking.line("email and mobile are texts, never null"):
        entry.have_addresses(entry.of_any(entries))
    with asking.line("profile is null, or available, name, until, message"):
        entry.have_profiles(entry.of_any(entries))
    with asking.line("profile.until is YYYY-MM-DD HH:MM:SS, or 0000-00-00 00:00:00"):
        entry.have_ends(entry.of_any(entries))
    with asking.line("calls is an array, never null"):
        entry.have_calls(entry.of_any(entries))
    with asking.line("a call is callerid, direction, linestatus"):
        entry.have_calls_as_written(entry.of_any(entries))
    with asking.line("keyWords is an array of texts"):
        entry.have_keywords(entry.of_any(entries))
    with asking.line("letters are UTF-8 as they are, not escaped"):
        if not reading.raw(listed):
            raise Unseen("the list has no letters beyond ASCII")


async def _spellings(asking: Asking, entries: list[Any] | None) -> None:
    """Other ways to ask for the same list."""
    target, usual = asking.target, asking.credentials.usual

    def same(answer: Answer) -> None:
        again = reading.whole_array(answer)
        entry.same_people(entry.of_any(entries), again)

    with asking.line("nothing is paged: limit, page and offset are not heeded"):
        same(await asking.get(f"{PATH}?limit=1&page=2&offset=1"))
    with asking.line("unknown query parameters are ignored, also after a second ?"):
        same(await asking.get(f"{PATH}??autoanswer=1&fields=name&%E5=%ff"))
    with asking.line("/extensions without the slash at the end is the same"):
        same(await asking.get(PATH.rstrip("/")))
    with asking.line("with /api and without is the same"):
        same(await asking.ask("GET", target.other + PATH))
    with asking.line("doubled slashes are the same"):
        same(await asking.ask("GET", f"{target.base}//extensions//"))
    with asking.line("a JSON Content-Type on a GET does no harm"):
        same(await asking.get(PATH, (*usual, ("Content-Type", "application/json"))))
    with asking.line("an empty form with a GET does no harm"):
        form = (("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "0"))
        same(await asking.get(PATH, (*usual, *form)))
    with asking.line("the answer is JSON whatever Accept says"):
        same(await asking.get(PATH, (*usual, ("Accept", "*/*"))))
        same(await asking.get(PATH, (*usual, ("Accept", "text/html"))))
    with asking.line("who takes gzip can read it, too"):
        same(reading.unpacked(await asking.get(PATH, (*usual, ("Accept-Encoding", "gzip")))))


async def _own(asking: Asking) -> bool:
    own = await asking.get("/extensions/me")
    text = "GET /extensions/me is one object, or 404 for an account without an entry"
    with asking.line(text):
        if own.status == 404:
            reading.message(own, 404)
        else:
            entry.have_keys([reading.one_object(own)])
    with asking.line("/extensions/me/ is the same"):
        reading.status(await asking.get("/extensions/me/"), own.status if own.status in (200, 404) else 200)
    return own.status == 200
