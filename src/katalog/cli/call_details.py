"""What `katalog check` says of the call detail records by which the call log catches up: whether they can be read."""

import time

from katalog.cli.output import age
from katalog.connectors.base import Finding
from katalog.domain.cdr import LONGEST_CALL
from katalog.errors import StoreError
from katalog.settings import Pbx, Settings

AHEAD = 120.0
"""Seconds that Asterisk's clock may be ahead of this computer's."""


async def call_details(loaded: Settings) -> list[Finding]:
    """A line for each telephone system whose settings name them."""
    found = [await _read(pbx, loaded.organisation.timezone) for pbx in loaded.pbx]
    return [finding for finding in found if finding is not None]


async def _read(pbx: Pbx, timezone: str) -> Finding | None:
    # What serves is imported where it is needed, as in `serve.py`.
    from katalog.app import call_details_of

    subject, now = f"pbx {pbx.name}: call detail records", time.time()
    setting = "cdr_file" if pbx.cdr_file is not None else "cdr_url and cdr_table"
    try:
        source = call_details_of(pbx, timezone)
        if source is None:
            return None
        rows = await source.rows(now, now + LONGEST_CALL)
    except (OSError, StoreError) as error:
        return Finding(False, subject, str(error), f"see {setting} of this [[pbx]], and let katalog read what is there")
    newest = max((row.ended for row in rows), default=None)
    if newest is None:
        return Finding(True, subject, f"{source} can be read; there is no call of the last day in it")
    if newest > now + AHEAD:
        text = f"{source}: its newest call ends {age(newest - now)} from now"
        return Finding(
            False, subject, text, "set cdr_timezone of this [[pbx]] to the time zone that they are written in"
        )
    return Finding(True, subject, f"{source} can be read; the newest call ended {age(now - newest)} ago")
