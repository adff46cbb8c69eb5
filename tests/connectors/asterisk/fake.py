"""A scripted Asterisk on a loopback socket, and what a session with it is told; `tests/system` has the real one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec

from katalog.connectors.asterisk.connector import AsteriskConnector
from katalog.connectors.asterisk.link import Times
from katalog.connectors.base import PbxAddress
from katalog.domain.call import UNTRACED
from katalog.domain.events import DeviceChanged, DevicesRead, DndRead, LegsChanged, LegsRead, PbxEvent

SECRET = "kål-och-rötter"
TIMES = Times(
    connect=1.0, answer=0.2, list=1.0, booted=0.1, quiet=0.1, compare=0.15, second_look=0.02
)  # fmt: skip

Answer = Callable[["FakeAsterisk", dict[str, str]], None]


class FakeAsterisk:
    """Answers what a healthy Asterisk without calls would; `answers` overrides, by action."""

    def __init__(self) -> None:
        self.banner = "Asterisk Call Manager/11.0.0\r\n"
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.said: list[dict[str, str]] = []
        self.variables: list[list[str]] = []  # of each Originate
        self.channels: list[str] = []
        self.bridges: list[str] = []
        self.devices: list[str] = []
        self.presences: list[str] = []
        self.uptime: int | None = 100
        self.clock = "0"
        self.port = 0
        self._writer: asyncio.StreamWriter | None = None

    def say(self, *lines: str) -> None:
        assert self._writer is not None
        self._writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())

    def close(self) -> None:
        assert self._writer is not None
        self._writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        writer.write(self.banner.encode())
        try:
            while block := await reader.readuntil(b"\r\n\r\n"):
                fields = dict(line.split(": ", 1) for line in block.decode().split("\r\n") if line)
                self.asked.append(fields["Action"])
                self.said.append(fields)
                if fields["Action"] == "Originate":
                    lines = block.decode().split("\r\n")
                    self.variables.append([line.partition(": ")[2] for line in lines if line.startswith("Variable: ")])
                self.answers.get(fields["Action"], healthy)(self, fields)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # Python 3.11 would print that a stream's own task was cancelled when the loop ended
        finally:
            writer.close()


def healthy(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
    number = f"ActionID: {asked['ActionID']}"
    match asked["Action"]:
        case "Login" if asked["Secret"] != SECRET:
            pbx.say("Response: Error", number, "Message: Authentication failed")
        case "Login":
            assert asked["Events"] == "call,system,user"
            pbx.say("Response: Success", number, "Message: Authentication accepted")
            if pbx.uptime is not None:
                pbx.say("Event: FullyBooted", f"Uptime: {pbx.uptime}")
        case "CoreShowChannels":
            listing(pbx, number, "CoreShowChannel", pbx.channels)
        case "BridgeList":
            listing(pbx, number, "BridgeListItem", pbx.bridges)
        case "DeviceStateList":
            listing(pbx, number, "DeviceStateChange", pbx.devices)
        case "PresenceStateList":
            listing(pbx, number, "PresenceStateChange", pbx.presences)
        case "Getvar":
            value = "allowed_not_screened" if "num-pres" in asked["Variable"] else ""
            pbx.say("Response: Success", number, f"Variable: {asked['Variable']}", f"Value: {value}")
        case "CoreSettings":
            pbx.say("Response: Success", number, "AsteriskVersion: 22.10.1")
        case _:
            pbx.say("Response: Success", number, "Ping: Pong", f"Timestamp: {pbx.clock}")


def listing(pbx: FakeAsterisk, number: str, event: str, items: list[str]) -> None:
    pbx.say("Response: Success", number, "EventList: start")
    for item in items:
        pbx.say(f"Event: {event}", number, item)
    pbx.say(f"Event: {event}sComplete", number, "EventList: Complete", f"ListItems: {len(items)}")


def refuse(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
    pbx.say("Response: Error", f"ActionID: {asked['ActionID']}", "Message: Permission denied")


def silent(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
    pass


def item(
    uid: str,
    name: str,
    state: int,
    *,
    exten: str = "",
    connected: str = "<unknown>",
    bridge: str = "",
    linkedid: str | None = None,
) -> str:
    return (
        f"Channel: {name}\r\nChannelState: {state}\r\nConnectedLineNum: {connected}\r\nExten: {exten}\r\n"
        f"Uniqueid: {uid}\r\nLinkedid: {linkedid or uid}\r\nApplication: Dial\r\nBridgeId: {bridge}"
    )


@asynccontextmanager
async def served(pbx: FakeAsterisk) -> AsyncIterator[None]:
    server = await asyncio.start_server(pbx.serve, "127.0.0.1", 0)
    pbx.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()


class Heard:
    """`events` have what is shown of legs, `whole` what the call log wants to know, too."""

    def __init__(self) -> None:
        self.events: list[PbxEvent] = []
        self.whole: list[PbxEvent] = []
        self.dnd: list[DndRead] = []
        self.devices: list[DevicesRead | DeviceChanged] = []
        self._more = asyncio.Event()

    def __call__(self, event: PbxEvent) -> None:
        if isinstance(event, DndRead):
            self.dnd.append(event)
        elif isinstance(event, DevicesRead | DeviceChanged):
            self.devices.append(event)
        else:
            self.whole.append(event)
            self.events.append(shown(event))
        self._more.set()

    async def count(self, number: int) -> None:
        async with asyncio.timeout(3):
            while len(self.events) < number:
                self._more.clear()
                await self._more.wait()


def shown(event: PbxEvent) -> PbxEvent:
    """Without what only the call log wants to know."""
    if isinstance(event, LegsRead | LegsChanged):
        legs = tuple([msgspec.structs.replace(leg, trace=UNTRACED) for leg in event.legs])
        if isinstance(event, LegsRead):
            return LegsRead(event.pbx, legs)
        return LegsChanged(event.pbx, legs, event.ended)
    return event


def connector(pbx: FakeAsterisk, secret: str = SECRET, times: Times = TIMES) -> AsteriskConnector:
    return AsteriskConnector(PbxAddress("växel", "127.0.0.1", pbx.port, "katalog", secret), times=times)


@asynccontextmanager
async def running(asterisk: AsteriskConnector, heard: Heard) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(asterisk.session(heard))
    try:
        await heard.count(1)
        async with asyncio.timeout(3):
            # The lists of states come after the calls.
            while not heard.dnd:
                await asyncio.sleep(0)
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
