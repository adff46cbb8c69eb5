"""Words of a text, and their letters without accents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain.words import fold, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" – ", []),
        ("Anna-Karin  Öberg (vik.)", ["anna", "karin", "öberg", "vik"]),
        ("O'Brien O’Brien", ["obrien", "obrien"]),
        ("a_b anna.asa@exempel.se", ["a", "b", "anna", "asa", "exempel", "se"]),
        ("Å A\u030a Å", ["å", "å", "å"]),
        ("Ａｎｎａ ﬁ Straße", ["anna", "fi", "strasse"]),
        ("x\u0321y", ["xy"]),
        ("김 Иван 1２", ["김", "иван", "12"]),
    ],
)
def test_words_are_in_one_case_and_one_way_of_writing(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("word", "folded"),
    [("anna", "anna"), ("åäöéüñç", "aaoeunc"), ("łódź", "lodz"), ("kjærø", "kjaro"), ("김", "김"), ("й", "и")],
)
def test_accents_are_folded(word: str, folded: str) -> None:
    assert fold(word) == folded


@given(st.text(), st.integers(0, 20))
def test_the_beginning_of_a_word_folds_to_the_beginning_of_the_folded_word(text: str, length: int) -> None:
    for word in words_of(text):
        assert len(fold(word)) == len(word)
        assert fold(word).startswith(fold(word[:length]))
