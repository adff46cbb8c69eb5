"""What is a number in what Asterisk writes, and what only stands in place of one."""

import pytest

from katalog.domain.placeholder import dialled, known, shown


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("101", ("101", "101", "101")), ("anonymous", ("anonymous", "", "anonymous")), ("<unknown>", ("", "", "")),
        ("s", ("s", "s", "")), ("h", ("h", "h", "")), ("", ("", "", "")), ("*21", ("*21", "*21", "*21")),
    ],
)  # fmt: skip
def test_a_number_or_none(written: str, expected: tuple[str, str, str]) -> None:
    assert (known(written), shown(written), dialled(written)) == expected
