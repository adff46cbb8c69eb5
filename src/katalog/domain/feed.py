"""Where an entry's calendar is read from: an address of its own, or the one that a template gives for everybody."""

from urllib.parse import quote

import msgspec

from katalog.domain.entry import Entry, Kind

MAX_ADDRESS = 2000


class Feed(msgspec.Struct, frozen=True, gc=False):
    """What is kept of an entry's own. `sealed` is its address, encrypted; `""` if it was taken back."""

    entry: str
    sealed: str
    revision: int = 0


class Address(msgspec.Struct, frozen=True, gc=False):
    """Either `sealed`, of an entry's own, or `url`, made by the template."""

    sealed: str = ""
    url: str = ""


class NotACalendar(ValueError):
    """Nothing can be read of it. `sv` and `en` are the reason, a sentence without anything of the contents."""

    def __init__(self, sv: str, en: str) -> None:
        super().__init__(en)
        self.sv, self.en = sv, en


def fill(template: str, entry: Entry) -> str:
    """The address that a template gives for an entry; `""` if it gives none.

    >>> fill("https://moln.se/{email}/k.ics", Entry("1", "100", "Åsa", email="åsa@ex.se"))
    'https://moln.se/%C3%A5sa%40ex.se/k.ics'
    """
    if not template or entry.kind is not Kind.PERSON or ("{email}" in template and not entry.email):
        return ""
    email, extension = quote(entry.email, safe=""), quote(entry.extension, safe="")
    return template.replace("{email}", email).replace("{extension}", extension)
