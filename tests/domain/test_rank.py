"""The order of levels."""

from katalog.domain.rank import (
    ALL_OF_NAME,
    EXTENSION,
    EXTENSION_BEGINS,
    LEVELS,
    OTHER_NUMBER,
    PART_OF_NUMBER,
    TYPOS,
    Match,
    Place,
    level,
    typo,
)


def test_whole_words_then_beginnings_then_parts_of_numbers_then_typos_and_the_name_first() -> None:
    order = [
        level(match, place, spelled=spelled, accented=False)
        for match in Match
        for place in Place
        for spelled in (True, False)
    ]
    assert order == list(range(ALL_OF_NAME + 1, PART_OF_NUMBER))
    assert [typo(place) for place in Place] == list(range(TYPOS, LEVELS))


def test_to_who_types_accents_all_that_is_spelled_so_comes_before_all_else() -> None:
    spelled, folded = (
        [level(match, place, spelled=spelled, accented=True) for match in Match for place in Place]
        for spelled in (True, False)
    )
    assert spelled == sorted(spelled)
    assert folded == list(range(PART_OF_NUMBER + 1, TYPOS))
    assert max(spelled) < PART_OF_NUMBER


def test_numbers_are_ranked_as_words() -> None:
    assert level(Match.WHOLE, Place.NAME, spelled=True, accented=False) == EXTENSION
    assert level(Match.WHOLE, Place.WORK, spelled=True, accented=False) == OTHER_NUMBER
    assert level(Match.BEGINNING, Place.NAME, spelled=True, accented=False) == EXTENSION_BEGINS
