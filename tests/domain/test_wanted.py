"""Which entries a filter takes."""

import pytest

from katalog.domain.entry import Entry
from katalog.domain.wanted import Wanted

ANNA = Entry("1", "101", "Anna", department="Sälj", keywords=("Malmö", "support"), numbers=("08-12 34 56",))


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [
        (Wanted(), True),
        (Wanted(extension="101"), True),
        (Wanted(extension="+46 8 12 34 56"), True),
        (Wanted(extension="102"), False),
        (Wanted(extension="+46 8 12 34 57"), False),
        (Wanted(department="SÄLJ"), True),
        (Wanted(department="Säl"), False),
        (Wanted(keyword="malmö"), True),
        (Wanted(keyword="malm"), False),
        (Wanted("101", "sälj", "support"), True),
        (Wanted("101", "it", "support"), False),
    ],
)
def test_every_part_must_fit(wanted: Wanted, takes: bool) -> None:
    assert wanted.takes(ANNA, "SE") is takes
    assert wanted.all is (wanted == Wanted())
