"""The sound of a telephone, as far as Asterisk can tell: a description (SDP) and packets of silence (RTP).

Asterisk takes Local channels out of a call only once sound has flowed through them, hence the packets.
"""

import asyncio
import re
import struct

from tests.system.sip.watched import Watched

PERIOD = 0.02
SAMPLES = 160
"""20 ms of G.711 (RFC 3551), the usual packet."""

SILENCE = b"\xff" * SAMPLES


def describe(host: str, port: int, direction: str, version: int) -> str:
    """SDP (RFC 4566) of one audio stream; `direction` is sendrecv, sendonly, recvonly or inactive."""
    return "\r\n".join(
        [
            "v=0",
            f"o=- 1 {version} IN IP4 {host}",
            "s=-",
            f"c=IN IP4 {host}",
            "t=0 0",
            f"m=audio {port} RTP/AVP 0 8",
            "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:8 PCMA/8000",
            f"a={direction}",
            "",
        ]
    )


def destination(sdp: str) -> tuple[str, int] | None:
    host = re.search(r"^c=IN IP4 (\S+)", sdp, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", sdp, re.MULTILINE)
    return (host.group(1), int(port.group(1))) if host and port else None


def direction(sdp: str) -> str:
    match = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)", sdp, re.MULTILINE)
    return match.group(1) if match else "sendrecv"


def packet(sequence: int, source: int) -> bytes:
    header = struct.pack(">BBHII", 0x80, 0, sequence & 0xFFFF, (sequence * SAMPLES) & 0xFFFFFFFF, source)
    return header + SILENCE


class Ear(Watched, asyncio.DatagramProtocol):
    """A socket for the sound of all the calls of one transport: what comes is counted and thrown away."""

    def __init__(self) -> None:
        super().__init__()
        self.packets = 0
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    async def open(self, host: str) -> None:
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=(host, 0)
        )

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def talk(self, where: tuple[str, int], source: int) -> None:
        """Send silence, for ever."""
        assert self._transport is not None
        sequence = 0
        while True:
            self._transport.sendto(packet(sequence, source), where)
            sequence += 1
            await asyncio.sleep(PERIOD)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.packets += 1
        self.changed()
