"""Profiles set from telephones: `*23*<code>*<time or date>#`, as the connectors hear it."""

from collections.abc import Callable

import structlog

from katalog.domain.ending import NotAnEnd, dialled
from katalog.domain.entry import Entry, Kind
from katalog.domain.events import CLEAR, CodeDialled
from katalog.domain.hours import Calendar
from katalog.domain.presence import Hand
from katalog.errors import StoreError
from katalog.follower import Follower
from katalog.live.directory import Directory
from katalog.store import hands
from katalog.store.database import Actor, Database

log = structlog.get_logger()


class Codes:
    """Of one organisation, whose telephone systems they are dialled at."""

    def __init__(
        self,
        database: Database,
        follower: Follower,
        organisation: str,
        directory: Directory,
        calendar: Calendar,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._follower = follower
        self._organisation = organisation
        self._directory = directory
        self._calendar = calendar
        self._clock = clock

    async def dialled(self, event: CodeDialled) -> bool:
        """Whether it was done; False where nobody has the telephone, the profile or the time there is not."""
        entry = self._directory.at_device(event.pbx, event.device)
        hand = None if entry is None or entry.kind is not Kind.PERSON else self._hand(entry, event)
        if entry is None or hand is None:
            log.info("code.wrong", pbx=event.pbx, device=event.device, code=event.code)
            return False
        actor = Actor(event.device, event.pbx)
        try:
            async with self._database.write(self._organisation, actor) as change:
                await self._follower.catch_up()
                if self._directory.get(entry.id, hidden=True) is None:
                    return False
                await hands.put(change, hand, self._directory.presences.catalogue, self._calendar)
            await self._follower.catch_up()
        except StoreError as error:
            log.error("code.failed", pbx=event.pbx, device=event.device, reason=str(error))
            return False
        return True

    def _hand(self, entry: Entry, event: CodeDialled) -> Hand | None:
        now = self._clock()
        if event.code == CLEAR:
            return None if event.until else Hand(entry.id, "", now)
        choice = self._directory.presences.catalogue.coded(event.code)
        if choice is None:
            return None
        try:
            end = dialled(event.until, choice, now, self._calendar)
        except NotAnEnd:
            return None
        return Hand(entry.id, choice.id, now, float("inf") if end is None else end)
