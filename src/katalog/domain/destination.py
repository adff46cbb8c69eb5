"""What kind of number somebody wants to reach, for what may be dialled and sent to; and how it is dialled.

By the metadata of phonenumbers (ITU-T E.164 and the numbering plans). Doubt goes to the dearer kind: a wrong guess
here is paid for.
"""

import re
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, ShortNumberCost, shortnumberinfo

from katalog.domain.dialling import Dialling
from katalog.domain.number import e164

SHORTEST_PUBLIC = 7
"""Digits: what has fewer, and is no short number of the country, is some number of the telephone system's own."""

_GROUPING = re.compile(r"[\s().\-/‐-―\u00a0\u202f]")
_NUMBER = re.compile(r"[+＋]?[0-9]{1,20}", re.ASCII)
_NATIONAL = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.VOIP,
    PhoneNumberType.UAN,  # of companies: 010 in Sweden
    PhoneNumberType.SHARED_COST,  # the price of a local call: 077 in Sweden
)
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_OUTSIDE_LINES = ("", "0", "9", "00")
"""Digits that telephone systems take for an outside line."""


class Destination(StrEnum):
    """Kinds of numbers, in the order of what they may cost."""

    INTERNAL = "internal"
    NATIONAL = "national"
    MOBILE = "mobile"
    INTERNATIONAL = "international"
    PREMIUM = "premium"
    EMERGENCY = "emergency"


class NotANumber(ValueError):
    """There is nothing to dial in it."""


def dialled(text: str, country: str) -> str:
    """The digits by which a telephone system reaches a number as somebody has written it. Raises NotANumber.

    International ones get the country's prefix, and the country's own their national form, since that is what every
    dialplan knows. Letters, `*` and `#` are refused: codes are for telephones.

    >>> dialled("+46 (0)8-12 34 56", "SE"), dialled("+47 22 86 44 00", "SE"), dialled("101", "SE")
    ('08123456', '004722864400', '101')
    """
    number = _GROUPING.sub("", text.strip().replace("(0)", "") if "+" in text else text)
    if not _NUMBER.fullmatch(number):
        raise NotANumber(text)
    dialling = Dialling(country)
    digits = number.lstrip("+＋")
    if digits == number:
        # 0046 8 … is 08 …, too; any other number stays as it is written.
        public = e164(number, country) if number.startswith(dialling.international) else None
        return _national(public, dialling) if public is not None else number
    return _national(f"+{digits}", dialling)


def _national(number: str, dialling: Dialling) -> str:
    own = f"+{dialling.code}"
    if number.startswith(own):
        return dialling.trunk + number.removeprefix(own)
    return dialling.international + number.removeprefix("+")


def destination(digits: str, country: str, *, internal: bool) -> Destination:
    """The kind of a number as `dialled` gives it; `internal` says that it is known to be one of the house.

    >>> destination("0701740605", "SE", internal=False), destination("112", "SE", internal=False)
    (<Destination.MOBILE: 'mobile'>, <Destination.EMERGENCY: 'emergency'>)
    """
    if shortnumberinfo.connects_to_emergency_number(digits, country):
        return Destination.EMERGENCY
    if internal:
        return Destination.INTERNAL
    if any(
        shortnumberinfo.is_emergency_number(digits[len(line) :], country)
        for line in _OUTSIDE_LINES
        if digits.startswith(line)
    ):
        return Destination.EMERGENCY
    for line in _OUTSIDE_LINES:
        if digits.startswith(line) and (public := e164(digits[len(line) :], country)) is not None:
            return _public(phonenumbers.parse(public), country)
    for line in _OUTSIDE_LINES:
        if digits.startswith(line) and (cost := _short(digits[len(line) :], country)) is not None:
            return Destination.NATIONAL if cost == ShortNumberCost.TOLL_FREE else Destination.PREMIUM
    # A long one that the metadata does not know may be anything.
    return Destination.INTERNAL if len(digits) < SHORTEST_PUBLIC else Destination.PREMIUM


def _short(digits: str, country: str) -> int | None:
    """What a short number of the country costs; None if it is none."""
    if not digits or digits.startswith("0"):
        return None
    number = PhoneNumber(country_code=phonenumbers.country_code_for_region(country), national_number=int(digits))
    if not shortnumberinfo.is_valid_short_number_for_region(number, country):
        return None
    cost: int = shortnumberinfo.expected_cost_for_region(number, country)
    return cost


def _public(number: PhoneNumber, country: str) -> Destination:
    kind = phonenumbers.number_type(number)
    if number.country_code != phonenumbers.country_code_for_region(country):
        # Satellites and the like belong to no country.
        nowhere = phonenumbers.region_code_for_number(number) == "001"
        dear = nowhere or kind == PhoneNumberType.PREMIUM_RATE
        return Destination.PREMIUM if dear and kind != PhoneNumberType.TOLL_FREE else Destination.INTERNATIONAL
    if kind in _MOBILE:
        return Destination.MOBILE
    return Destination.NATIONAL if kind in _NATIONAL else Destination.PREMIUM
