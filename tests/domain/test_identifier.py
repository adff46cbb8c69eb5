"""UUIDv7 (RFC 9562, section 5.7)."""

import itertools
import secrets
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain.identifier import new_id

MOMENTS = st.integers(0, 2**48 - 1)


def test_the_example_of_the_rfc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Appendix A.6."""
    monkeypatch.setattr(secrets, "randbits", {74: 0xCC3 << 62 | 0x18C4DC0C0C07398F}.__getitem__)
    assert new_id(0x017F22E279B0) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(MOMENTS)
def test_time_then_version_then_variant(milliseconds: int) -> None:
    made = uuid.UUID(new_id(milliseconds))
    assert made.int >> 80 == milliseconds
    assert made.version == 7
    assert made.variant == uuid.RFC_4122


@given(MOMENTS, MOMENTS)
def test_the_order_of_the_texts_is_the_order_of_time(one: int, other: int) -> None:
    if one != other:
        assert (new_id(one) < new_id(other)) == (one < other)


def test_it_is_of_now_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_790_000_000.1239)
    assert uuid.UUID(new_id()).int >> 80 == 1_790_000_000_123


def test_those_of_one_millisecond_differ_in_every_bit_that_is_not_time_version_or_variant() -> None:
    made = [uuid.UUID(new_id(1)).int for _ in range(200)]
    assert len(set(made)) == len(made)
    varying = 0
    for one, other in itertools.pairwise(made):
        varying |= one ^ other
    assert varying == (1 << 12) - 1 << 64 | (1 << 62) - 1
