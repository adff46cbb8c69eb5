"""A telephone system that places whatever it is asked to, and remembers it; and raw requests to an application."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial

import uvicorn

from katalog.app import App
from katalog.connectors.base import Emit, Finding
from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.events import DevicesRead, LegsChanged, LegsRead
from katalog.domain.placing import Placing
from katalog.errors import LinkError, NotDone
from katalog.server.connection import Connection, Held


class Telephony:
    """`there` says whether its link is live; `refuses` is raised instead of placing or ending a call."""

    def __init__(self, name: str = "växel", registered: Iterable[str] = (), absent: Iterable[str] = ()) -> None:
        self.name = name
        self.registered = frozenset(registered)
        self.absent = frozenset(absent)
        self.there = True
        self.refuses: NotDone | LinkError | None = None
        self.go = asyncio.Event()
        self.go.set()
        self.placed: list[Placing] = []
        self.ended: list[str] = []
        self.legs: set[str] = set()
        self._emit: Emit = lambda _: None

    async def session(self, emit: Emit) -> None:
        if not self.there:
            raise LinkError("it is not there")
        self._emit = emit
        emit(LegsRead(self.name, ()))
        emit(DevicesRead(self.name, self.registered, self.absent))
        await asyncio.Event().wait()

    async def check(self) -> list[Finding]:
        return []

    def call(self, id_: str, device: str) -> None:
        """A device is in a call."""
        self.legs.add(id_)
        self._emit(LegsChanged(self.name, (Leg(id_, device, Direction.IN, LineStatus.UP, "0701230000"),)))

    async def dial(self, placing: Placing) -> tuple[str, ...]:
        self.placed.append(placing)
        await self.go.wait()
        if self.refuses is not None:
            raise self.refuses
        leg = f"leg-{len(self.placed)}"
        self.legs.add(leg)
        return (leg,)

    async def hangup(self, legs: Iterable[str]) -> int:
        if self.refuses is not None:
            raise self.refuses
        there = sorted([leg for leg in legs if leg in self.legs])
        self.legs -= set(there)
        self.ended += there
        return len(there)


@asynccontextmanager
async def listening(app: App) -> AsyncIterator[int]:
    """The port at which the application answers, as `katalog serve` has it."""
    config = uvicorn.Config(app.application, ws="none", lifespan="off", log_config=None, log_level="critical")
    config.load()
    server = uvicorn.Server(config)
    await server.on_tick(0)
    made = partial(Connection, app.prompt, Held(), config, server.server_state, {})
    served = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
    async with served:
        yield served.sockets[0].getsockname()[1]
        for each in tuple(server.server_state.connections):
            each.shutdown()


async def raw(port: int, request: bytes) -> tuple[int, bytes]:
    """Status and body of what is answered to these very bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
        body = b"" if request.startswith(b"HEAD") else await asyncio.wait_for(reader.readexactly(length), 5)
        return int(head.split()[1]), body
    finally:
        writer.close()
