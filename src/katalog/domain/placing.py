"""A call that katalog is to place: one's own telephone first, then the number."""

import msgspec


class Party(msgspec.Struct, frozen=True):
    """What a telephone shows of the other end; `name` is `""` if it is not known."""

    number: str
    name: str = ""


class Placing(msgspec.Struct, frozen=True):
    """`number` is what is dialled in the telephone system: digits.

    `devices`     `PJSIP/100`; of several all ring, and the first that answers has the call
    `mobile`      rung instead of them, by its number: digits, `""` for none
    `caller`      as the number that is called is to see who calls
    `callee`      as one's own telephone is to see whom it calls
    `autoanswer`  one's own telephone is to answer by itself, where it can
    """

    number: str
    devices: tuple[str, ...]
    mobile: str
    caller: Party
    callee: Party
    autoanswer: bool
