"""The real parts of the system tests: had, or the test fails (CI) or is skipped with a visible reason."""

import os
from typing import NoReturn

import pytest

from tests.system.asterisk.root import NoAsterisk, find


def missing(reason: str) -> NoReturn:
    """A part that cannot be had is a failure where CI is set, and said elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def need_asterisk(version: str) -> None:
    try:
        find(version)
    except NoAsterisk as error:
        missing(str(error))
