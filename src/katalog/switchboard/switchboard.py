"""Calls that people ask for: placed, refused, ended; each in the audit trail."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from katalog.connectors.base import Connector, Dials
from katalog.domain.budget import Budget
from katalog.domain.destination import Destination, NotANumber, dialled
from katalog.domain.dial_policy import DialPolicy, kind_of, refusal
from katalog.domain.entry import Entry
from katalog.domain.placing import Party, Placing
from katalog.errors import LinkError, NotDone, RequestError, Unavailable
from katalog.live.devices import Telephone
from katalog.live.directory import Directory
from katalog.live.link import LinkState
from katalog.store.trail import Trail
from katalog.switchboard.caller import Caller, Refused, away, refused
from katalog.switchboard.once import Once
from katalog.switchboard.route import PASSING, Route, by_mobile, by_telephone, preferred

PLACED = 8
"""So many legs that katalog has placed are remembered of each person. Nothing else says whose leg it is on a telephone
that several share."""

LONGEST = 64
"""Signs of what is no number, in the audit trail."""

Details = dict[str, Any]


class Switchboard:
    """`clock` gives seconds that never go back. `outcomes` counts what came of the calls that were asked for."""

    def __init__(
        self,
        connectors: Iterable[Connector],
        policy: DialPolicy,
        per_minute: int,
        trail: Trail,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connectors: Mapping[str, Dials] = {each.name: each for each in connectors if isinstance(each, Dials)}
        self._policy = policy
        self._budget = Budget(per_minute)
        self._trail = trail
        self._clock = clock
        self._once = Once(clock)
        self._placed: dict[str, deque[tuple[str, str]]] = {}  # of each entry: telephone systems and legs
        self.outcomes: Counter[str] = Counter()

    def serves(self, caller: Caller) -> bool:
        """Whether somebody can ask for calls at all. A telephone that is away or not registered now may be back by the
        time that they do.
        """
        if caller.entry is None or not self._policy.allows_any(caller.account.role):
            return False
        try:
            by_telephone(caller.directory, caller.entry, self._connectors)
        except Refused as why:
            return why.reason in PASSING
        return True

    def telephones(self, directory: Directory, entry: Entry) -> tuple[list[Telephone], bool]:
        """An entry's telephones in the order in which they are rung, and whether the first can be rung now."""
        return preferred(directory, entry, self._connectors)

    async def dial(self, caller: Caller, text: str, *, autoanswer: bool, only_mobile: bool) -> None:
        """Returns when the telephone system has the call. Raises NotDone, or Unavailable if it is away."""
        try:
            digits = dialled(text, caller.directory.country)
        except NotANumber:
            digits = ""
        told: Details = {"number": digits or text[:LONGEST]}
        place = partial(self._dial, caller, digits, told, autoanswer=autoanswer, only_mobile=only_mobile)
        if not await self._once.do((caller.subject, digits or text), place):
            self.outcomes["repeated"] += 1

    async def _dial(self, caller: Caller, digits: str, told: Details, *, autoanswer: bool, only_mobile: bool) -> None:
        """`told` is completed by what is found out."""
        try:
            await self._place(caller, digits, told, autoanswer=autoanswer, only_mobile=only_mobile)
        except Refused as why:
            self.outcomes["away" if isinstance(why.error, Unavailable) else "refused"] += 1
            self._note(caller, "dial.refused", told | {"reason": why.reason})
            raise why.error from None
        self.outcomes["placed"] += 1
        self._note(caller, "dial.placed", told)

    async def _place(self, caller: Caller, digits: str, told: Details, *, autoanswer: bool, only_mobile: bool) -> None:
        """Raises Refused."""
        if not digits:
            raise refused("number", "Det är inget telefonnummer.", "That is no telephone number.")
        if (entry := caller.entry) is None:
            raise refused("no-entry", "Kontot har ingen egen telefon.", "The account has no telephone of its own.")
        kind = _kind(caller.directory, digits)
        told["kind"] = str(kind)
        self._must_allow(caller, kind)
        mobile = self._mobile(caller, entry) if only_mobile else ""
        if digits == mobile or _is_own(caller.directory, entry, digits):
            raise refused("own-number", "Det är ditt eget nummer.", "That is your own number.")
        if not self._budget.spend(caller.account.id, self._clock()):
            raise refused(
                "budget",
                "För många samtal på en minut. Vänta lite; en administratör kan ändra dial.per_minute.",
                "Too many calls in a minute. Wait a little; an administrator can change dial.per_minute.",
            )
        route = (by_mobile if mobile else by_telephone)(caller.directory, entry, self._connectors)
        placing = _placing(caller, entry, digits, route, mobile=mobile, autoanswer=autoanswer)
        told.update(pbx=route.pbx, by=[mobile] if mobile else list(placing.devices))
        try:
            legs = await self._connectors[route.pbx].dial(placing)
        except LinkError:
            raise Refused("away", away()) from None
        except NotDone as error:
            raise Refused("telephone-system", error) from error
        self._placed.setdefault(entry.id, deque(maxlen=PLACED)).extend((route.pbx, leg) for leg in legs)

    def _must_allow(self, caller: Caller, kind: Destination) -> None:
        """Raises Refused."""
        if not self._policy.allows(caller.account.role, kind):
            raise Refused(str(kind), NotDone(*refusal(kind)))

    def _mobile(self, caller: Caller, entry: Entry) -> str:
        """The caller's own mobile, as it is dialled. Raises Refused."""
        try:
            mobile = dialled(entry.mobile, caller.directory.country)
        except NotANumber:
            raise refused("no-mobile", "Du har inget mobilnummer.", "You have no mobile number.") from None
        self._must_allow(caller, _kind(caller.directory, mobile))
        return mobile

    async def hangup(self, caller: Caller) -> None:
        """Ends every leg of the caller's own. Raises NotDone if there is none, Unavailable if that cannot be known."""
        if (entry := caller.entry) is None:
            raise _nothing()
        # Who is quicker than the answer means the call that is on its way.
        await self._once.settled(caller.subject)
        ended = 0
        failures: list[RequestError] = []
        for pbx, legs in self._own_legs(caller.directory, entry).items():
            try:
                ended += await self._connectors[pbx].hangup(legs)
            except LinkError:
                failures.append(away())
            except NotDone as error:
                failures.append(error)
        if ended:
            self._once.forget(caller.subject)
            self._placed.pop(entry.id, None)
            self._note(caller, "dial.ended", {"legs": ended})
        elif failures:
            raise failures[0]
        else:
            raise away() if self._is_any_away(caller.directory) else _nothing()

    def _own_legs(self, directory: Directory, entry: Entry) -> dict[str, list[str]]:
        """By telephone system. Of a telephone shared with others who log in, those that katalog placed for this one."""
        own = [
            (pbx, id_)
            for (pbx, id_), leg in directory.legs(entry.id).items()
            if pbx in self._connectors and directory.is_alone_at(pbx, leg.device, entry.id)
        ]
        legs: dict[str, list[str]] = {}
        # What was placed may not be shown yet, and a mobile's never is.
        for pbx, id_ in dict.fromkeys([*own, *self._placed.get(entry.id, ())]):
            legs.setdefault(pbx, []).append(id_)
        return legs

    def _is_any_away(self, directory: Directory) -> bool:
        links = [link for pbx, link in directory.links.items() if pbx in self._connectors]
        return any(link.state is not LinkState.LIVE for link in links)

    def _note(self, caller: Caller, action: str, details: Details) -> None:
        self._trail.note(caller.account.organisation, caller.actor, action, caller.subject, details)


def _placing(caller: Caller, entry: Entry, digits: str, route: Route, *, mobile: str, autoanswer: bool) -> Placing:
    """What answers by itself is one telephone: all of them would answer at once."""
    callee = caller.directory.called(digits, hidden=caller.sees_hidden)
    return Placing(
        digits,
        route.devices[:1] if autoanswer else route.devices,
        mobile,
        Party(route.extension, entry.name),
        Party(digits, callee.name if callee is not None else ""),
        autoanswer,
    )


def _kind(directory: Directory, digits: str) -> Destination:
    return kind_of(digits, directory.country, known=directory.called(digits, hidden=True) is not None)


def _is_own(directory: Directory, entry: Entry, digits: str) -> bool:
    own = {extension for _, extension in directory.lines(entry.id)}
    return digits in own or entry in directory.holders(digits, hidden=True)


def _nothing() -> NotDone:
    return NotDone("Du har inget samtal att avsluta.", "You have no call to end.")
