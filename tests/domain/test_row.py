"""A row of people from outside, good or not."""

import pytest

from katalog.domain.row import Rejection, Row


def test_a_row_is_good_until_something_is_said_against_it() -> None:
    assert Row(2, {"extension": "100"}).rejections == ()


def test_a_rejected_row_still_tells_its_good_values() -> None:
    rejection = Rejection(2, "e-post", "anna", "är ingen e-postadress", "is no e-mail address")
    row = Row(2, {"extension": "100"}, (rejection,))
    assert row.values == {"extension": "100"}
    assert row.rejections == (Rejection(2, "e-post", "anna", "är ingen e-postadress", "is no e-mail address"),)


@pytest.mark.parametrize(
    "fact", [Row(2, {}), Rejection(2, "", "", "för många celler", "too many cells")], ids=["row", "rejection"]
)
def test_what_was_read_cannot_be_changed(fact: Row | Rejection) -> None:
    with pytest.raises(AttributeError):
        fact.line = 3  # type: ignore[misc]
