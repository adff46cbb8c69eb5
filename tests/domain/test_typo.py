"""One slip of the fingers."""

import pytest

from katalog.domain.typo import edits, may_have_one


@pytest.mark.parametrize(
    "meant", ["andesson", "anderssson", "andorsson", "adnersson", "anderssno", "ndersson", "xandersson"]
)
def test_one_letter_too_few_too_many_or_wrong_and_two_that_changed_places(meant: str) -> None:
    assert meant in edits("andersson", "osx")


@pytest.mark.parametrize("other", ["anderssno1", "nadresson", "ersson", "andQrsson"])
def test_two_slips_and_letters_that_nobody_has_are_not_forgiven(other: str) -> None:
    assert other not in edits("andersson", "osx")


@pytest.mark.parametrize(("word", "may"), [("anna", True), ("ann", False), ("ann4", False), ("åäöå", True)])
def test_only_in_words_of_four_letters_or_more(word: str, may: bool) -> None:
    assert may_have_one(word) is may
