"""In whose name a message is sent: a number, or a short text of letters and digits (3GPP TS 23.040, 9.1.2.5)."""

import re
from collections.abc import Mapping

import msgspec

from katalog.domain.entry import Entry

EXTENSION, MOBILE = "extension", "mobile"
_GROUPING = re.compile(r"[\s().\-/‐-―]")
_NUMBER = re.compile(r"\+?[0-9]{1,15}", re.ASCII)
_TEXT = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}", re.ASCII)


def is_sender(text: str) -> bool:
    """
    >>> [is_sender(text) for text in ("+46701740605", "101", "Exempel", "Exempel AB", "")]
    [True, True, True, False, False]
    """
    return is_number(text) or _TEXT.fullmatch(text) is not None


def is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


class Senders(msgspec.Struct, frozen=True):
    """`rule` is `extension`, `mobile`, or one sender for all; `exceptions` are by extension; `fallback` is for those
    who have none by the rule, programs among them.
    """

    rule: str = EXTENSION
    exceptions: Mapping[str, str] = {}
    fallback: str = ""

    def of(self, entry: Entry | None) -> str:
        """`""` if there is none.

        >>> Senders("mobile", {}, "Exempel").of(Entry("", "101", "Anna", mobile="070-174 06 05"))
        '0701740605'
        """
        rule = self.rule if entry is None else self.exceptions.get(entry.extension, self.rule)
        if rule in (EXTENSION, MOBILE):
            number = "" if entry is None else entry.extension if rule == EXTENSION else entry.mobile
            rule = _GROUPING.sub("", number)
        return rule if is_sender(rule) else self.fallback
