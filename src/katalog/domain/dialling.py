"""How a country dials, and the notations in which a number, or a part of one, may be looked for.

This is for search only, where a part of a number must do and a wrong hit costs nothing. Whose number a whole one is,
`number.e164` says.
"""

import re

import phonenumbers

PART = 3
"""Digits that a part of a number must have to be looked for."""

_OTHERS = re.compile(r"[^0-9]+")


class Dialling:
    """`+4670…`, `004670…` and `070…` of Sweden: its code, its international and its trunk prefix (ITU-T E.164)."""

    def __init__(self, country: str) -> None:
        """`country` is an ISO 3166-1 alpha-2 code."""
        self.code = str(phonenumbers.country_code_for_region(country))
        self.trunk = phonenumbers.ndd_prefix_for_region(country, True) or ""
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
        prefix = (metadata.preferred_international_prefix or metadata.international_prefix or "") if metadata else ""
        # Where callers choose among carriers, the prefix is a pattern and not a number.
        self.international = prefix if prefix.isdecimal() else "00"

    def forms(self, number: str) -> tuple[str, ...]:
        """The digits of a number, or of the beginning of one, as written; and with `+` and country code, if it has such
        a form.

        >>> Dialling("SE").forms("070-123"), Dialling("SE").forms("0046 (0)70")
        (('070123', '+4670123'), ('0046070', '+4670'))
        """
        return _forms(number, self.code, self.trunk, self.international)


def _forms(number: str, code: str, trunk: str, international: str) -> tuple[str, ...]:
    digits = _OTHERS.sub("", number)
    if not digits:
        return ()
    meant = _OTHERS.sub("", number.replace("(0)", "")) if "(" in number else digits
    if "+" in number:
        return digits, f"+{meant}"
    if meant.startswith(international):
        return digits, f"+{meant.removeprefix(international)}"
    if trunk and digits.startswith(trunk):
        return digits, f"+{code}{digits.removeprefix(trunk)}"
    return (digits,)
