"""One reader of the stream: what it wants, how far it has come, and what it is sent next. No sockets here."""

from katalog.domain.wanted import Wanted
from katalog.push.frames import Frames

ANEW = 1000
"""From so many changed entries on, if they are half of all, a snapshot is shorter than what has changed."""


class Subscription:
    """`position` is the number up to which the reader has seen everything, None if it has seen nothing.

    It may come back with the id of the last event that it got: `resume`.
    """

    def __init__(self, frames: Frames, wanted: Wanted, *, full: bool) -> None:
        self._frames = frames
        self._directory = frames.directory
        self._wanted = wanted
        self._full = full
        self._position: int | None = None
        self._has: dict[str, None] | None = None  # of a reader who wants some only: which; None if that is not known
        self._live = self._directory.calls_are_live

    def resume(self, last_event_id: str) -> None:
        """Goes on after an event of this run of the server; after anything else, a snapshot comes first."""
        self._position = self._frames.number(last_event_id, full=self._full)

    def skip(self) -> bytes:
        """What is there now is known to the reader already; gives what to send instead."""
        if not self._wanted.all:
            self._has = self._matching()
        self._position = self._directory.changes.number
        return self._frames.mark(self._position, full=self._full)

    def see(self, *, full: bool) -> None:
        """The reader may see more, or less, than before."""
        if full != self._full:
            self._full = full
            self._position = None

    def take(self) -> list[bytes]:
        """What has come since the last time, [] if nothing."""
        self._directory.advance()
        return [*self._changes(), *self._calls()]

    def _changes(self) -> list[bytes]:
        changes = self._directory.changes
        position = self._position
        if position == changes.number:
            return []
        touched = None if position is None else changes.since(position)
        if position is None or touched is None or len(touched) > max(ANEW, len(self._directory) // 2):
            return self._snapshot()
        self._position = changes.number
        if self._wanted.all:
            return self._frames.since(position, touched, full=self._full)
        frames = [frame for number, id_ in touched if (frame := self._chosen(position, number, id_))]
        if self._has is None:
            self._has = self._matching()
        return frames

    def _snapshot(self) -> list[bytes]:
        if self._wanted.all:
            parts = self._frames.snapshot(full=self._full)
        else:
            self._has = self._matching()
            parts = self._frames.snapshot_of(self._has, full=self._full)
        self._position = self._directory.changes.number
        return parts

    def _matching(self) -> dict[str, None]:
        number, full = self._wanted.extension, self._full
        entries = self._directory.holders(number, hidden=full) if number else self._directory.entries(hidden=full)
        return {entry.id: None for entry in entries if self._wanted.takes(entry, self._directory.country)}

    def _chosen(self, position: int, number: int, id_: str) -> bytes:
        """One change, for a reader who wants some entries only."""
        entry = self._directory.get(id_, hidden=self._full)
        if entry is not None and self._wanted.takes(entry, self._directory.country):
            if self._has is not None:
                self._has[id_] = None
            return self._frames.entry(number, entry, full=self._full)
        move = self._directory.changes.moved(id_)
        if move is None:
            return b""  # as little one of these as before
        if self._has is not None:
            had = id_ in self._has
            self._has.pop(id_, None)
        else:
            # Which it had is not known: every one that may have been among them is taken away.
            had = position < (move.number if self._full or entry is not None else move.public_until)
        return self._frames.removed(number, id_, move.extension, full=self._full) if had else b""

    def _calls(self) -> list[bytes]:
        """Whether calls are as of now; told when it is another than when the stream began."""
        live = self._directory.calls_are_live
        if live is self._live:
            return []
        self._live = live
        return [self._frames.calls(live=live)]
