"""Which tags let a change through."""

import pytest

from katalog.api.etag import matches


@pytest.mark.parametrize(
    ("wanted", "through"),
    [
        (None, True),
        ("*", True),
        (" * ", True),
        ('"15"', True),
        ('"15-9f6c+3-01a2"', True),
        ('"15-"', True),
        ('"x", "15-9f6c"', True),
        ('"14","15" , "16"', True),
        ("", False),
        ("15", False),
        ('"15', False),
        ('"15-9f6c', False),
        ('"1"', False),
        ('"150"', False),
        ('"150-9f6c"', False),
        ('"9f6c-15"', False),
        # Changes take the strong comparison (RFC 9110, section 13.1.1).
        ('W/"15"', False),
        ('W/"15-9f6c"', False),
    ],
)
def test_if_match(wanted: str | None, through: bool) -> None:
    assert matches(wanted, '"15"') is through
