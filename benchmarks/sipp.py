"""Calls by sipp: real SIP from processes of its own, without sound, on loopback, bounded in time."""

import asyncio
import socket
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from tests.system.asterisk.configuration import LOOPBACK
from tests.system.asterisk.server import Asterisk
from tests.system.sip.agent import Agent
from tests.system.sip.transport import Transport

_SDP = """v=0
o=- 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""


def _request(method: str, number: int, *, to: str, body: str = "") -> str:
    kind = "Content-Type: application/sdp\n" if body else ""
    return f"""
{method} sip:[field1]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]-[call_number]
To: <sip:[field1]@[remote_ip]:[remote_port]>{to}
Call-ID: [call_id]
CSeq: {number} {method}
Contact: <sip:[field0]@[local_ip]:[local_port]>
Max-Forwards: 70
{kind}Content-Length: [len]

{body}"""


_CALLER = f"""<?xml version="1.0"?>
<scenario name="caller">
<send retrans="500"><![CDATA[{_request("INVITE", 1, to="", body=_SDP)}]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200"/>
<send><![CDATA[{_request("ACK", 1, to="[peer_tag_param]")}]]></send>
<pause/>
<send retrans="500"><![CDATA[{_request("BYE", 2, to="[peer_tag_param]")}]]></send>
<recv response="200"/>
</scenario>
"""


class _Moved(Agent):
    """A telephone that registers for sipp, which answers in its place."""

    def __init__(self, transport: Transport, user: str, port: int) -> None:
        super().__init__(transport, user)
        self._port = port

    @property
    def contact(self) -> str:
        return f"<sip:{self.user}@{LOOPBACK}:{self._port}>"


class Sipp:
    """The first half of an Asterisk's telephones calls the other half, which answers at once."""

    def __init__(self, folder: Path, pbx: Asterisk) -> None:
        self._folder = folder
        self._pbx = pbx
        self._callee_port = _free_port()
        self._process: Process | None = None
        half = len(pbx.phones) // 2
        self._callers, self._callees = pbx.phones[:half], pbx.phones[half : 2 * half]
        (folder / "caller.xml").write_text(_CALLER)
        pairs = [f"{one};{other}\n" for one, other in zip(self._callers, self._callees, strict=True)]
        (folder / "pairs.csv").write_text("SEQUENTIAL\n" + "".join(pairs))

    @classmethod
    @asynccontextmanager
    async def of(cls, pbx: Asterisk) -> AsyncIterator["Sipp"]:
        async with AsyncExitStack() as stack:
            sipp = cls(Path(stack.enter_context(tempfile.TemporaryDirectory())), pbx)
            await sipp._register()
            await sipp.listen()
            stack.push_async_callback(sipp.vanish)
            yield sipp

    async def _register(self) -> None:
        transport = Transport(LOOPBACK, (LOOPBACK, self._pbx.sip_port))
        await transport.open()
        try:
            phones = [_Moved(transport, user, self._callee_port) for user in self._callees]
            for start in range(0, len(phones), 50):
                await asyncio.gather(*(phone.register() for phone in phones[start : start + 50]))
        finally:
            transport.close()

    async def listen(self) -> None:
        self._process = await self._run("-sn", "uas", "-p", str(self._callee_port))

    async def vanish(self) -> None:
        """Without a word to anybody."""
        if self._process is not None:
            await end(self._process)

    async def call(self, calls: int, *, rate: int, seconds: float) -> Process:
        """So many calls, so many of them begun a second, each up for `seconds`."""
        return await self._run(
            f"{LOOPBACK}:{self._pbx.sip_port}", "-sf", "caller.xml", "-inf", "pairs.csv", "-p", str(_free_port()),
            "-r", str(rate), "-m", str(calls), "-l", str(calls), "-d", str(round(seconds * 1000)),
        )  # fmt: skip

    async def _run(self, *arguments: str) -> Process:
        common: Sequence[str] = ("-i", LOOPBACK, "-nostdin", "-nd", "-timeout", "120s", "-mp", str(_free_port()))
        return await asyncio.create_subprocess_exec(
            "sipp", *arguments, *common, cwd=self._folder, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )


async def end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
