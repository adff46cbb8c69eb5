"""The throw-away Asterisk: that it starts, ends, starts again, disturbs nobody and is never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.system.asterisk.configuration import LOOPBACK, RIGHTS
from tests.system.asterisk.dialplan import INTERNAL, IVR
from tests.system.asterisk.observer import Message, Observer, Refused
from tests.system.asterisk.root import SUITES
from tests.system.asterisk.server import Asterisk, AsteriskFailed
from tests.system.conftest import need_asterisk

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

ANSWERS = 3.0
"""Seconds from the start until the manager interface answers."""

EPHEMERAL = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
"""From here on are ports that the kernel chose. res_pjsip has two such sockets on every address, which no setting
moves; they answer nobody (tried with OPTIONS on 22.10 and 16.28)."""

ROOT = Path(__file__).parents[3]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=sorted(SUITES, reverse=True))
async def pbx(request: pytest.FixtureRequest) -> AsyncIterator[Asterisk]:
    """One of each version for all tests of this file; each leaves it running."""
    need_asterisk(request.param)
    async with Asterisk(request.param) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def observer(pbx: Asterisk) -> AsyncIterator[Observer]:
    connected = await pbx.observer()
    yield connected
    await connected.close()


async def test_it_is_the_version_that_was_asked_for(pbx: Asterisk, observer: Observer) -> None:
    (said,) = await observer.action("CoreSettings")
    assert said.get("AsteriskVersion").startswith(f"{pbx.version}.")


async def test_it_answers_soon_and_after_a_kill_again_on_the_same_ports(pbx: Asterisk) -> None:
    ports, taken = pbx.ports, []
    for _ in range(3):
        await pbx.kill()
        assert not pbx.running
        began = time.monotonic()
        await pbx.start()
        taken.append(time.monotonic() - began)
        observer = await pbx.observer()
        await observer.action("Ping")
        await observer.close()
    assert pbx.ports == ports
    # The best of three: what else the machine does meanwhile is not Asterisk's.
    assert min(taken) < ANSWERS, taken


async def test_a_clean_stop_is_told_and_what_was_kept_is_kept(pbx: Asterisk, observer: Observer) -> None:
    told: list[Message] = []
    await observer.action("DBPut", Family="test", Key="kept", Val="value")
    observer.listen(told.append)
    await pbx.stop()
    await asyncio.wait_for(observer.closed(), 5)
    assert "Shutdown" in [message.event for message in told]
    await pbx.start()
    again = await pbx.observer()
    said = await again.action("Command", Command="database get test kept")
    await again.close()
    assert "Value: value" in said[0].all("Output")


async def test_a_kill_is_told_to_nobody_and_leaves_no_call(pbx: Asterisk, observer: Observer) -> None:
    told: list[Message] = []
    await _call_that_stays(observer)
    observer.listen(told.append)
    await pbx.kill()
    await asyncio.wait_for(observer.closed(), 5)
    assert not {message.event for message in told} & {"Shutdown", "Hangup"}
    await pbx.start()
    again = await pbx.observer()
    assert await again.channels() == []
    await again.close()


async def test_a_restart_from_within_keeps_the_process(pbx: Asterisk) -> None:
    pid = pbx.pid
    await pbx.restart()
    assert pbx.pid == pid
    assert pbx.running


async def test_two_at_once_know_nothing_of_each_other(pbx: Asterisk, observer: Observer) -> None:
    for version in SUITES:
        need_asterisk(version)
        async with Asterisk(version) as other:
            assert not {*vars(pbx.ports).values()} & {*vars(other.ports).values()}
            its = await other.observer()
            await _call_that_stays(its)
            assert await observer.channels() == []
            with pytest.raises(Refused):
                await Observer.connect(other.ami_port, "katalog", pbx.manager("katalog").secret)
            await its.close()
        assert not other.folder.exists()


async def test_it_serves_on_loopback_only(pbx: Asterisk) -> None:
    served = {(address, port) for address, port in _sockets(pbx) if port < EPHEMERAL}
    assert {port for _, port in served} == {pbx.sip_port, pbx.ami_port, pbx.ari_port}
    assert {address for address, _ in served} == {LOOPBACK}


@pytest.mark.parametrize("user", sorted(RIGHTS))
async def test_an_account_may_what_its_rights_say(pbx: Asterisk, observer: Observer, user: str) -> None:
    told: list[Message] = []
    one = await pbx.observer(user)
    one.listen(told.append)
    read, write = ({*classes.split(",")} for classes in RIGHTS[user])
    if write & {"reporting", "all"}:
        assert await one.channels() == []
    else:
        with pytest.raises(Refused, match="Permission denied"):
            await one.channels()
    await _call_that_stays(observer)
    await observer.action("Hangup", Channel="/^Local/")
    async with asyncio.timeout(5):
        while await observer.channels():
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    hears = bool(read & {"call", "all"})
    async with asyncio.timeout(5):
        while hears and "Newchannel" not in {message.event for message in told}:
            await asyncio.sleep(0.02)
    await one.close()
    assert ("Newchannel" in {message.event for message in told}) is hears


async def test_one_that_does_not_start_says_why_and_leaves_nothing(pbx: Asterisk) -> None:
    broken = Asterisk(pbx.version, extra={"asterisk.conf": "runuser = nobody-of-that-name\n"})
    with pytest.raises(AsteriskFailed, match="nobody-of-that-name"):
        async with broken:
            pytest.fail("it started")
    assert not broken.running
    assert not broken.folder.exists()


async def test_one_that_crashes_says_so_with_its_log(pbx: Asterisk) -> None:
    with pytest.raises(AsteriskFailed, match=r"exit -11\n--- console\n(.|\n)*--- full\n"):
        await _crash(pbx.version, None)


async def test_what_a_test_says_of_a_crash_is_kept_with_what_asterisk_says(pbx: Asterisk) -> None:
    with pytest.raises(EOFError) as raised:
        await _crash(pbx.version, EOFError("the manager interface has closed the connection"))
    assert "exit -11" in raised.value.__notes__[0]


async def _crash(version: str, error: Exception | None) -> None:
    async with Asterisk(version) as one:
        assert one.pid is not None
        os.kill(one.pid, signal.SIGSEGV)
        async with asyncio.timeout(5):
            while one.running:
                await asyncio.sleep(0.02)
        if error is not None:
            raise error


async def test_it_ends_with_the_process_that_started_it(pbx: Asterisk) -> None:
    """A run of the tests may be killed in any way; that leaves no telephone system behind."""
    program = (
        "import asyncio\n"
        "from tests.system.asterisk.server import Asterisk\n"
        "async def main():\n"
        f"    async with Asterisk({pbx.version!r}) as pbx:\n"
        "        print(pbx.pid, pbx.folder, flush=True)\n"
        "        await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid, folder = (await asyncio.to_thread(owner.stdout.readline)).split()
        assert Path(f"/proc/{pid}").exists()
        os.kill(owner.pid, signal.SIGKILL)
    async with asyncio.timeout(5):
        while Path(f"/proc/{pid}").exists():
            await asyncio.sleep(0.02)
    # Its folder is the next one's to remove.
    Asterisk(pbx.version)
    assert not Path(folder).exists()


async def _call_that_stays(observer: Observer) -> None:
    """A call that needs no telephone."""
    await observer.action(
        "Originate",
        Channel=f"Local/{IVR}@{INTERNAL}/n",
        Application="Wait",
        Data="600",
        Async="true",
    )
    async with asyncio.timeout(5):
        while len(await observer.channels()) < 2:
            await asyncio.sleep(0.02)


def _sockets(pbx: Asterisk) -> Iterator[tuple[str, int]]:
    """Address and port of all its sockets that are open to whoever comes (proc_net(5))."""
    own = {str(file.readlink()) for file in Path(f"/proc/{pbx.pid}/fd").iterdir() if file.is_symlink()}
    for table in ("tcp", "udp", "tcp6", "udp6"):
        for line in Path(f"/proc/{pbx.pid}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            unconnected = columns[2].endswith(":0000")
            if unconnected and f"socket:[{columns[9]}]" in own:
                address, _, port = columns[1].partition(":")
                yield _dotted(address), int(port, 16)


def _dotted(address: str) -> str:
    """The kernel writes IPv4 as a number in the machine's own order; IPv6 stays as it is."""
    return ".".join(map(str, int(address, 16).to_bytes(4, sys.byteorder))) if len(address) == 8 else address
