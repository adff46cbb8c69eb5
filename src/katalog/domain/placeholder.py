"""What Asterisk writes where it has no number of anybody: in events, and in its call detail records."""

WITHHELD = frozenset({"anonymous", "restricted", "withheld"})
"""In place of the number of who does not want it shown."""

UNKNOWN = "<unknown>"


def known(number: str) -> str:
    """The number of the other party, `""` where Asterisk knows none."""
    return "" if number == UNKNOWN else number


def shown(number: str) -> str:
    """The number of the other party, `""` also where it is withheld."""
    return "" if number in WITHHELD else known(number)


def dialled(exten: str) -> str:
    """What was dialled. `s` and `h` are steps of a dialplan: a Gosub's start, its end after a hangup."""
    return "" if exten in ("s", "h") else known(exten)
