"""The words of Asterisk's manager interface (AMI): bytes in, messages out; actions in, bytes out.

One banner line (`Asterisk Call Manager/5.0.4`), then messages in both directions: lines of `Key: value`
that end with an empty one. Nothing here knows what a message means.
"""

from collections.abc import Iterator, Mapping, Sequence

from katalog.connectors.asterisk.advice import PORT, PORT_SV
from katalog.errors import LinkError

Headers = Mapping[str, str | Sequence[str]]
"""Of an action; one with several values is said as often."""

MAX_LINE = 16 * 1024
"""Characters. The longest of a least-rights session is below 300; Asterisk takes 1,024 in an action."""

MAX_MESSAGE = 128 * 1024
"""Characters; an event of Asterisk 22 about two channels and a bridge is about 2,000."""


class Message:
    """One message. Headers are looked up in its text, since most of what comes is never asked for.

    >>> message = Message("Event: Hangup\\nCause: 16\\nMessage: a: b\\nMessage: c")
    >>> message.event, message.get("Message"), message.all("Message"), message.get("Exten")
    ('Hangup', 'a: b', ['a: b', 'c'], '')
    """

    __slots__ = ("event", "text")

    def __init__(self, block: str) -> None:
        self.text = text = f"\n{block}\n"
        # Asterisk writes `Event` first; this is asked of each of many thousands.
        self.event = text[8 : text.find("\n", 8)] if text.startswith("\nEvent: ") else ""

    def get(self, key: str) -> str:
        """The first value of a header, `""` if it is empty or not there."""
        return self._after(f"\n{key}: ")

    def variable(self, name: str) -> str:
        """Of the channel that an event or a list's item is about, as `channelvars` of manager.conf adds them; `""` if
        it does not.
        """
        return self._after(f"\nChanVariable: {name}=")

    def _after(self, start_of_line: str) -> str:
        text = self.text
        start = text.find(start_of_line)
        if start < 0:
            return ""
        start += len(start_of_line)
        return text[start : text.find("\n", start)]

    def all(self, key: str) -> list[str]:
        """Every value of a header: `PresenceState` answers with two of `Message`."""
        return [value for name, value in self if name == key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for line in self.text[1:-1].split("\n"):
            name, colon, value = line.partition(": ")
            if colon:
                yield name, value

    def __repr__(self) -> str:
        return f"Message({self.text[1:-1]!r})"


class Parser:
    """Makes messages of bytes, in whatever pieces they come. `banner` is `None` until it has come."""

    def __init__(self) -> None:
        self.banner: str | None = None
        self._rest = b""
        self._cr = b""

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are now complete. Raises `LinkError` when this cannot be an AMI."""
        data = self._cr + data
        # A CR that ends the piece may be half of a line's end.
        self._cr = b"\r" if data.endswith(b"\r") else b""
        data = self._rest + data.removesuffix(b"\r").replace(b"\r\n", b"\n")
        if self.banner is None:
            line, newline, data = data.partition(b"\n")
            if not newline:
                self._keep(line)
                return []
            _limit(len(line), MAX_LINE, "line")
            self.banner = line.decode(errors="replace")
        whole, _, rest = data.rpartition(b"\n\n")
        self._keep(rest)
        # An invalid byte never takes the line's end after it along: decoding may go over many at once.
        blocks = whole.decode(errors="replace").split("\n\n")
        return [Message(_bounded(block)) for each in blocks if (block := each.strip("\n"))]

    def _keep(self, rest: bytes) -> None:
        _limit(len(rest), MAX_LINE if self.banner is None else MAX_MESSAGE, "message")
        self._rest = rest


def _bounded(block: str) -> str:
    if len(block) > MAX_LINE:
        _limit(len(block), MAX_MESSAGE, "message")
        _limit(max(map(len, block.split("\n"))), MAX_LINE, "line")
    return block


def _limit(length: int, limit: int, what: str) -> None:
    if length > limit:
        raise LinkError(
            f"a {what} longer than {limit} characters came",
            PORT,
            PORT_SV,
            reason_sv=f"det kom mer än {limit} tecken i en följd",
        )


def action(name: str, /, **headers: str | Sequence[str]) -> bytes:
    """One action, ready to send. A line break in a value would smuggle in a header, or a whole action.

    >>> action("Ping", ActionID="7")
    b'Action: Ping\\r\\nActionID: 7\\r\\n\\r\\n'
    """
    lines = [("Action", name)]
    for key, values in headers.items():
        lines += [(key, value) for value in ([values] if isinstance(values, str) else values)]
    for key, value in lines:
        if "\r" in value or "\n" in value or "\0" in value:
            # The value itself may be a secret.
            raise LinkError(
                f"the {key} for Asterisk has a line break in it",
                "Write it on one line.",
                "Skriv det på en rad.",
                reason_sv=f"{key} till Asterisk innehåller en radbrytning",
            )
    return "".join(f"{key}: {value}\r\n" for key, value in lines).encode() + b"\r\n"
