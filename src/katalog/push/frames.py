"""The text of Server-Sent Events (WHATWG HTML, section 9.2): each is made once for all who may see the same."""

import re
from collections.abc import Iterable

import msgspec

from katalog.domain.entry import Entry
from katalog.domain.view import encode_view
from katalog.live.directory import Directory

HEARTBEAT = b":\n\n"
"""A comment, which readers pass over."""

_KEPT = 4096
"""Texts of single events; some megabytes at most."""


class Removed(msgspec.Struct, frozen=True, gc=False):
    """An entry that is gone, or that this reader sees no more."""

    id: str
    extension: str


_encode = msgspec.json.Encoder().encode


class Frames:
    """`full` says that the reader sees hidden entries, and how each is wired."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._entries: dict[tuple[str, bool], tuple[int, bytes]] = {}
        self._joined: dict[tuple[int, bool], list[bytes]] = {}
        self._joined_at = 0

    def mark(self, number: int, *, full: bool) -> bytes:
        """No event, but where a reader goes on who comes back."""
        return b"id: %s\n\n" % self._id(number, full=full)

    def number(self, id_: str, *, full: bool) -> int | None:
        """The number in an event's id; None if it is not of this run, or of a reader who saw more or less."""
        number = id_.removeprefix(self._run(full=full))
        return int(number) if number != id_ and re.fullmatch(r"[0-9]{1,15}", number) else None

    def snapshot(self, *, full: bool) -> list[bytes]:
        """Every entry, in parts to be sent one after another."""
        parts = self.directory.views(full=full).plain()  # which takes in what is due: the number is read after it
        return [self._before_snapshot(full=full), *parts, b"}\n\n"]

    def snapshot_of(self, ids: Iterable[str], *, full: bool) -> list[bytes]:
        """Some entries only, as of the directory's last `advance`; encoded for this reader alone."""
        entries = [entry for id_ in ids if (entry := self.directory.get(id_, hidden=full)) is not None]
        views = [encode_view(self.directory.shown(entry, full=full)) for entry in entries]
        return [self._before_snapshot(full=full), b"[", b",".join(views), b"]}\n\n"]

    def _before_snapshot(self, *, full: bool) -> bytes:
        number = self.directory.changes.number
        return b'id: %s\nevent: snapshot\ndata: {"version":%d,"entries":' % (self._id(number, full=full), number)

    def since(self, position: int, touched: list[tuple[int, str]], *, full: bool) -> list[bytes]:
        """What a reader of everything gets of these changes, if it has seen all up to `position`."""
        if self._joined_at != self.directory.changes.number:
            # Most readers have come as far as each other.
            self._joined.clear()
            self._joined_at = self.directory.changes.number
        joined = self._joined.get((position, full))
        if joined is None:
            frames = [self.change(position, number, id_, full=full) for number, id_ in touched]
            text = b"".join(frames)
            joined = self._joined[position, full] = [text] if text else []
        return joined

    def change(self, position: int, number: int, id_: str, *, full: bool) -> bytes:
        """What has become of an entry; nothing, if the reader could not see it either at `position`."""
        entry = self.directory.get(id_, hidden=full)
        if entry is not None:
            return self.entry(number, entry, full=full)
        move = self.directory.changes.moved(id_)
        if move is not None and position < (move.number if full else move.public_until):
            return self.removed(number, id_, move.extension, full=full)
        return b""

    def entry(self, number: int, entry: Entry, *, full: bool) -> bytes:
        """What is shown of an entry since the change of this number."""
        known = self._entries.get((entry.id, full))
        if known is not None and known[0] == number:
            return known[1]
        data = encode_view(self.directory.shown(entry, full=full))
        frame = b"id: %s\nevent: entry\ndata: %s\n\n" % (self._id(number, full=full), data)
        if len(self._entries) >= _KEPT:
            self._entries.clear()
        self._entries[entry.id, full] = number, frame
        return frame

    def removed(self, number: int, id_: str, extension: str, *, full: bool) -> bytes:
        return b"id: %s\nevent: removed\ndata: %s\n\n" % (self._id(number, full=full), _encode(Removed(id_, extension)))

    def calls(self, *, live: bool) -> bytes:
        """Whether every telephone system's calls are as of now; not a change of an entry, so without an id."""
        return b'event: calls\ndata: {"live":%s}\n\n' % (b"true" if live else b"false")

    def _id(self, number: int, *, full: bool) -> bytes:
        return f"{self._run(full=full)}{number}".encode()

    def _run(self, *, full: bool) -> str:
        return f"{self.directory.changes.run}{'+' if full else '-'}"
