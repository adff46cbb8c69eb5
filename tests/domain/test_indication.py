"""What telephones show of a state."""

import msgspec
import pytest

from katalog.domain.catalogue import Catalogue, Choice, Meanwhile, standard
from katalog.domain.indication import AVAILABLE, AWAY, DND, Indication, indication
from katalog.domain.presence import Source, State
from tests.live.directories import CALENDAR

END = 1_790_000_600.0
"""16:23:20 in Stockholm, on 21 September 2026."""


def catalogue(*changed: Choice, language: str = "sv") -> Catalogue:
    return Catalogue({choice.id: choice for choice in (*standard(), *changed)}.values(), language)


def shown(state: State, *changed: Choice, language: str = "sv") -> Indication:
    return indication("100", state, catalogue(*changed, language=language), CALENDAR)


def changed(id_: str, **fields: object) -> Choice:
    choice = next(choice for choice in standard() if choice.id == id_)
    return msgspec.structs.replace(choice, **fields)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State(Source.DEFAULT, "available"), Indication("100")),
        (State(Source.HAND, "available"), Indication("100", False, AVAILABLE, "Tillgänglig")),
        (State(Source.HAND, "home", end=END), Indication("100", False, AVAILABLE, "Arbetar hemma", "till 2026-09-21 16:23")),
        (State(Source.PLANNED, "holiday", message="Ring växeln"), Indication("100", True, AWAY, "Semester", "Ring växeln")),
        (State(Source.CALENDAR, "meeting", end=END), Indication("100", True, AWAY, "Möte", "till 2026-09-21 16:23")),
        (State(Source.HAND, "busy"), Indication("100", True, DND, "Upptagen", dnd=True)),
        (State(Source.DND, ""), Indication("100", True, DND, "Stör ej")),
        # A profile that is in no catalogue any more is the default one.
        (State(Source.HAND, "none-such"), Indication("100", False, AVAILABLE, "Tillgänglig")),
    ],
    ids=lambda value: value.choice or value.source if isinstance(value, State) else "",
)  # fmt: skip
def test_what_is_shown_of_a_state(state: State, expected: Indication) -> None:
    assert shown(state) == expected


def test_in_the_language_of_the_organisation() -> None:
    state = State(Source.HAND, "holiday", end=END, message="Back soon")
    assert shown(state, language="en").name == "Holiday"
    assert shown(state, language="en").text == "until 2026-09-21 16:23. Back soon"
    assert shown(State(Source.DND, ""), language="en").name == "Do not disturb"


def test_calls_are_refused_or_sent_on_where_the_profile_says_so() -> None:
    forward = changed("holiday", meanwhile=Meanwhile.FORWARD, forward="+46 (8) 123-456")
    assert shown(State(Source.HAND, "holiday"), forward).forward == "+468123456"
    assert not shown(State(Source.HAND, "holiday"), forward).dnd
    # A number that is left over from before counts for nothing.
    kept = changed("holiday", meanwhile=Meanwhile.NOTHING, forward="100")
    assert shown(State(Source.HAND, "holiday"), kept).forward == ""
    # One who can be reached by a colleague, and whose telephone is to be left in peace.
    quiet = changed("home", meanwhile=Meanwhile.DO_NOT_DISTURB)
    assert shown(State(Source.HAND, "home"), quiet) == Indication("100", False, DND, "Arbetar hemma", dnd=True)


def test_what_is_said_stays_on_one_line() -> None:
    state = State(Source.HAND, "holiday", message="Ett\r\nVariable: x\n\n två\t tre \u2028fyra")
    assert shown(state).text == "Ett Variable: x två tre fyra"
