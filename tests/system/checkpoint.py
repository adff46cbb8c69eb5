"""What a flow says must be shown at one of its quiet points: the words of the directory, from knowledge of the
call, never computed from what Asterisk tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tests.system.sip.agent import Agent

IN, OUT = "in", "out"


class Line(NamedTuple):
    """One call of one device: `callerid` is the other party's number, `""` if withheld."""

    callerid: str
    direction: str
    linestatus: str


@dataclass(frozen=True)
class Checkpoint:
    """`lines` has every device that takes part, by its name at Asterisk, those without a call too.

    Until the flow is asked to go on it stays so, but for a checkpoint that is not `lasting`: there a timer of
    Asterisk's runs, and there are two seconds to look.
    """

    name: str
    lines: Mapping[str, tuple[Line, ...]]
    lasting: bool = True


def up(direction: str, party: Agent | str) -> Line:
    return Line(_number(party), direction, "up")


def ringing(direction: str, party: Agent | str) -> Line:
    return Line(_number(party), direction, "ringing")


def _number(party: Agent | str) -> str:
    return party if isinstance(party, str) else party.user
