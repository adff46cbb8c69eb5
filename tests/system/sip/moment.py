"""When something happened, by both clocks."""

import time
from datetime import UTC, datetime
from typing import NamedTuple, Self


class Moment(NamedTuple):
    """`wall` to compare with a log of calls, `monotonic` (seconds) for how long something took."""

    wall: datetime
    monotonic: float

    @classmethod
    def now(cls) -> Self:
        return cls(datetime.now(UTC), time.monotonic())
