"""Telephone numbers in any notation, and when two notations are the same number.

Numbers are kept as the organisation writes them. To find one, both sides are brought to E.164 (ITU-T) where
that can be done without guessing: short internal numbers have no E.164 form and are found only as stored.
"""

import re
from functools import lru_cache

import phonenumbers

_DIALLABLE = re.compile(r"\s*[+＋]?[\d\s().\-/‐-―\u00a0\u202f]*")
"""Digits and the signs people group them with. Letters are out: a library would read ABC as 222."""


@lru_cache(maxsize=65536)
def e164(number: str, country: str) -> str | None:
    """The E.164 form (`+4681234567`) of a number as written in `country` (ISO 3166-1 alpha-2), or None.

    None where it is not a whole number of the public network: an internal number, a fragment, no number at
    all. A number counts as whole when it is international (`+46…`, `00 46…`) or written just as that
    country writes it nationally; so `123456` is not taken for the 123456 of some area.
    """
    if not _DIALLABLE.fullmatch(number):
        return None
    digits = "".join(str(int(sign)) for sign in number if sign.isdecimal())
    if not digits or len(digits) > 20:
        return None
    plus = number.lstrip().startswith(("+", "＋"))
    try:
        parsed = phonenumbers.parse(f"+{digits}" if plus else digits, country)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    if not plus and not _has_international_prefix(digits, parsed) and not _is_national_form(digits, parsed, country):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _has_international_prefix(digits: str, parsed: phonenumbers.PhoneNumber) -> bool:
    national = phonenumbers.national_significant_number(parsed)
    code = str(parsed.country_code)
    # "00" in most of the world, "011" in North America, …; whatever the library took off before the code.
    # A trunk zero may stand between: +46 (0)8-12 34 56 is how many Swedish cards have it.
    return any(digits.endswith(code + trunk + national) and not digits.startswith(code) for trunk in ("", "0"))


def _is_national_form(digits: str, parsed: phonenumbers.PhoneNumber, country: str) -> bool:
    formatted = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    national = phonenumbers.national_significant_number(parsed)
    forms = {(phonenumbers.ndd_prefix_for_region(country, True) or "") + national}
    # Of a number in no range that it knows the library only gives the digits back, without the trunk prefix.
    if formatted != national or phonenumbers.is_valid_number(parsed):
        forms.add("".join(sign for sign in formatted if sign.isdecimal()))
    return digits in forms and len(digits) >= 7
