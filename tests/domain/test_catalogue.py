"""The catalogue: what people can set, and how they say it."""

import pytest

from katalog.domain.catalogue import COLOUR, DEFAULT, SYMBOLS, Catalogue, Choice, End, Meanwhile, standard


def choice(id_: str, position: int = 0, code: str = "", **names: str) -> Choice:
    return Choice(id_, names or {"sv": id_}, False, "#000000", "other", position, code)


def test_a_new_organisation_has_what_swedish_offices_say() -> None:
    names = [choice.name("sv") for choice in Catalogue(standard(), "sv").choices]
    assert names == [
        "Tillgänglig", "Upptagen", "Möte", "Lunch", "Tjänsteresa", "Arbetar hemma", "Gått för dagen", "Sjuk",
        "Vård av barn", "Semester", "Föräldraledig",
    ]  # fmt: skip


def test_each_of_them_can_be_shown_and_dialled_and_told_apart() -> None:
    choices = standard()
    assert {choice.symbol for choice in choices} <= set(SYMBOLS)
    assert all(COLOUR.fullmatch(choice.colour) and choice.names.keys() == {"sv", "en"} for choice in choices)
    for of in ("id", "code", "position"):
        assert len({getattr(choice, of) for choice in choices}) == len(choices), of


def test_what_of_them_can_be_reached_and_what_is_proposed() -> None:
    found = {choice.id: choice for choice in standard()}
    assert {id_ for id_, choice in found.items() if choice.available} == {DEFAULT, "home"}
    assert {id_ for id_, choice in found.items() if choice.end is End.MORNING} == {"home", "left", "ill", "child"}
    assert {id_ for id_, choice in found.items() if choice.end is End.ASK} == {"travel", "holiday", "parental"}
    assert {id_ for id_, choice in found.items() if choice.end is End.HOUR} == {"busy", "meeting"}
    assert (found["lunch"].end, found["lunch"].at) == (End.TIME, "13:00")
    assert {id_ for id_, choice in found.items() if choice.asks} == {"holiday", "parental"}
    assert found["busy"].meanwhile is Meanwhile.DO_NOT_DISTURB


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("Semester", "holiday"), ("  SEMESTER ", "holiday"), ("Holiday", "holiday"), ("holiday", "holiday"),
        ("gått  för\tdagen", "left"), ("VÅRD AV BARN", "child"), ("parental", "parental"), ("parental ", "parental"),
        ("Semster", None), ("", None), ("Parental", None),
    ],
)  # fmt: skip
def test_people_write_a_name_in_any_language_and_case_and_programs_an_id(text: str, id_: str | None) -> None:
    found = Catalogue(standard(), "sv").named(text)
    assert (found and found.id) == id_


def test_of_two_of_one_name_the_first_in_order_is_meant_and_a_name_goes_before_an_id() -> None:
    catalogue = Catalogue([choice("b", 2, sv="Möte"), choice("a", 1, sv="möte"), choice("möte", 3, sv="Annat")], "sv")
    assert [found.id for found in catalogue.choices] == ["a", "b", "möte"]
    assert catalogue.named("Möte") == catalogue.get("a")
    assert catalogue.get("möte") == catalogue.named("annat")


@pytest.mark.parametrize(
    ("code", "id_"), [("9", "holiday"), ("10", "parental"), ("0", DEFAULT), ("11", None), ("", None)]
)
def test_the_digits_of_a_telephone(code: str, id_: str | None) -> None:
    found = Catalogue([*standard(), choice("quiet", 11)], "sv").coded(code)
    assert (found and found.id) == id_


@pytest.mark.parametrize(
    ("names", "language", "name"),
    [
        ({"sv": "Möte", "en": "Meeting"}, "sv", "Möte"),
        ({"sv": "Möte", "en": "Meeting"}, "en", "Meeting"),
        ({"sv": "Möte", "en": "Meeting"}, "de", "Meeting"),
        ({"sv": "Möte"}, "en", "Möte"),
    ],
)
def test_the_name_in_a_language_that_it_has(names: dict[str, str], language: str, name: str) -> None:
    assert choice("meeting", 1, "", **names).name(language) == name


def test_what_holds_otherwise_is_there_even_in_an_empty_catalogue() -> None:
    mine = Choice(DEFAULT, {"sv": "På plats"}, True, "#2e7d32", "available", 5)
    assert Catalogue([choice("ill"), mine], "sv").default == mine
    assert Catalogue([], "sv").default.id == DEFAULT
