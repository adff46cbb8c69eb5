"""A row of people from outside, before anybody knows whose it is."""

from typing import Any

import msgspec


class Notice(msgspec.Struct, frozen=True):
    """What a source says of the whole of it: a sentence in both languages."""

    sv: str
    en: str


class Rejection(msgspec.Struct, frozen=True):
    """Why a row is not taken, in both languages: `column` as the source calls it and `value` as it stood there.

    `column` is empty where the whole row is at fault.
    """

    line: int
    column: str
    value: str
    sv: str
    en: str


class Row(msgspec.Struct, frozen=True):
    """One row: `line` of its file (from 1), and the values that are good, by field of `Entry`.

    A field that is not there is left alone. A row with rejections is not taken; its good values tell whose row
    it would have been, so that nobody is removed for a spelling mistake in the file.
    """

    line: int
    values: dict[str, Any]
    rejections: tuple[Rejection, ...] = ()
