"""When a message that failed is sent again, when a receiver is left in peace, and when it is paused. Pure.

`TABLE` is the one of the documentation (docs/webhooks.md). A message waits by its own failures; if the receiver itself
is the trouble (no answer, or answers that say so, or many failures in a row), nothing at all is sent to it meanwhile.
"""

import msgspec

from katalog.domain.webhook import Attempt, Health

TABLE = (5.0, 30.0, 120.0, 600.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 86_400.0, 86_400.0)
"""Seconds after the first failure, the second, …"""

JITTER = 0.2
"""Each wait is up to this part longer, so that many do not knock at the same moment."""

MANY = 10
"""So many failures in a row are the receiver's, not of one message."""

PAUSE_AFTER = 3 * 86_400.0
"""Seconds of nothing but failures."""

PROBE = 86_400.0
"""Seconds between two tries of a receiver that is paused."""

BUSY = (429, 502, 503, 504)
"""Answers that are about the receiver, not about the message."""

GONE = 410
"""The receiver wants no more (Standard Webhooks)."""


def wait(failures: int, chance: float) -> float:
    """Seconds after so many failures, the last one among them; `chance` is from 0 to 1."""
    return TABLE[min(max(failures, 1), len(TABLE)) - 1] * (1 + JITTER * chance)


def after(health: Health, attempt: Attempt, now: float, chance: float) -> Health:
    """How it goes with a receiver after an attempt that ended now."""
    if attempt.succeeded:
        paused = health.paused_since if health.by_hand else None
        return Health(paused_since=paused, by_hand=health.by_hand, succeeded=now, left_out=health.left_out)
    since = now if health.failing_since is None else health.failing_since
    failures = health.failures + 1
    health = msgspec.structs.replace(health, failures=failures, failing_since=since, sv=attempt.sv, en=attempt.en)
    if health.by_hand:
        return health
    if health.paused_since is None and (now - since >= PAUSE_AFTER or attempt.status == GONE):
        health = msgspec.structs.replace(health, paused_since=now)
    if health.paused_since is not None:
        return msgspec.structs.replace(health, rest_until=now + PROBE * (1 + JITTER * chance))
    if attempt.status is not None and attempt.status not in BUSY and failures < MANY:
        return health
    rests = health.rests + 1
    rest = max(wait(rests, chance), min(attempt.wait, PROBE))
    return msgspec.structs.replace(health, rests=rests, rest_until=now + rest)


def is_given_up(health: Health, attempts: tuple[Attempt, ...]) -> bool:
    """Whether a message has failed for good: by the whole table, while the receiver took others."""
    failed = sum(not attempt.succeeded for attempt in attempts)
    return failed > len(TABLE) and health.succeeded is not None and health.succeeded > attempts[0].at
