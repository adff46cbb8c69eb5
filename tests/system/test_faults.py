"""No ghost call, ever: links cut, frozen, slowed and reordered, and either side killed, in the middle of calls."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from katalog.domain.account import Role
from katalog.settings import Pbx
from tests.installation import Installation, bearer
from tests.serving import Serving
from tests.system.checkpoint import IN, OUT, Checkpoint, up
from tests.system.conftest import need_asterisk
from tests.system.directory import Shown, pbx_settings
from tests.system.fault_proxy import FaultProxy
from tests.system.flows import play
from tests.system.mixture import Mixture
from tests.system.office import Office
from tests.system.truth import Truth

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

WITHDRAWN = 5.0
FOUND = 10.0
TOLD = 4.0
"""Seconds within which is shown what was told; it takes milliseconds, but the machine may be busy. Less than until calls
are withdrawn, which is another way to be gone."""


@pytest_asyncio.fixture(loop_scope="module")
async def proxy(office: Office) -> AsyncIterator[FaultProxy]:
    async with FaultProxy("127.0.0.1", office.pbx.ami_port) as between:
        yield between


@pytest_asyncio.fixture(loop_scope="module")
async def shown(office: Office, proxy: FaultProxy, tmp_path: Path) -> AsyncIterator[Shown]:
    async with Shown.of(tmp_path, office.pbx, port=proxy.port) as directory:
        yield directory


class Held:
    """An internal call that is up until it is told to end."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._end = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.checkpoint: Checkpoint | None = None

    async def begin(self) -> Checkpoint:
        reached: asyncio.Future[Checkpoint] = asyncio.get_running_loop().create_future()

        async def at(checkpoint: Checkpoint) -> None:
            if checkpoint.name == "up" and not reached.done():
                reached.set_result(checkpoint)
                await self._end.wait()

        self._task = asyncio.create_task(play("internal", self._office, at))
        self.checkpoint = await asyncio.wait_for(reached, 10)
        return self.checkpoint

    def abandon(self) -> None:
        """Its telephone system is no more."""
        assert self._task is not None
        self._task.cancel()

    async def end(self) -> None:
        self._end.set()
        assert self._task is not None
        await asyncio.wait_for(self._task, 10)


async def empty_within(shown: Shown, seconds: float) -> float:
    begun = time.monotonic()
    while not await shown.is_empty():
        assert time.monotonic() - begun < seconds, f"still shown after {seconds} s"
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


async def stale_within(shown: Shown, seconds: float) -> float:
    begun = time.monotonic()
    while (await shown.get("/api/extensions/")).headers["katalog-calls"] != "stale":
        assert time.monotonic() - begun < seconds
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


async def test_a_cut_link_is_back_at_once_and_the_call_never_left(
    office: Office, proxy: FaultProxy, shown: Shown
) -> None:
    call = Held(office)
    up_ = await call.begin()
    await shown.agrees(up_)
    proxy.cut()
    end = time.monotonic() + 2
    # However late it is back on a busy machine: were it not, the call would be withdrawn.
    while time.monotonic() < end or (await shown.get("/api/extensions/")).headers["katalog-calls"] != "live":
        await shown.agrees(up_, 0)
        await asyncio.sleep(0.01)
    await call.end()
    await empty_within(shown, TOLD)


async def test_a_link_that_stays_away_has_its_calls_withdrawn(office: Office, proxy: FaultProxy, shown: Shown) -> None:
    call = Held(office)
    up_ = await call.begin()
    await shown.agrees(up_)
    proxy.refuse()
    proxy.cut()
    await stale_within(shown, TOLD)
    taken = await empty_within(shown, WITHDRAWN)
    assert taken > 1, "a short break must not make every call blink"
    assert (await shown.get("/api/extensions/")).status_code == 200
    proxy.accept()
    assert await shown.until_live(2) < 1.5
    await shown.agrees(up_)
    await call.end()
    await empty_within(shown, TOLD)


async def test_a_call_that_ended_while_the_link_was_away_is_gone_when_it_is_back(
    office: Office, proxy: FaultProxy, shown: Shown
) -> None:
    call = Held(office)
    await shown.agrees(await call.begin())
    proxy.refuse()
    proxy.cut()
    await call.end()
    other = Held(office)
    up_ = await other.begin()
    proxy.accept()
    await shown.until_live()
    await shown.agrees(up_)
    await other.end()
    await empty_within(shown, TOLD)


async def test_a_half_open_link_is_found(office: Office, proxy: FaultProxy, shown: Shown) -> None:
    call = Held(office)
    up_ = await call.begin()
    await shown.agrees(up_)
    proxy.freeze()
    await call.end()
    await stale_within(shown, FOUND)
    await empty_within(shown, WITHDRAWN)
    proxy.thaw()
    await shown.until_live()
    assert await shown.is_empty(), "what was said before the freeze revives nothing"


async def test_a_slow_link_is_late_and_never_wrong(office: Office, proxy: FaultProxy, shown: Shown) -> None:
    proxy.slow(0.4)
    truth = Truth(office.observer)

    async def at(checkpoint: Checkpoint) -> None:
        await truth.agrees(checkpoint)
        await shown.agrees(checkpoint, 10)

    for flow in ("internal", "inbound", "blind_transfer"):
        await play(flow, office, at)
    await empty_within(shown, 10)
    assert (await shown.get("/api/extensions/")).headers["katalog-calls"] == "live"


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_events_out_of_order_leave_no_ghost(office: Office, proxy: FaultProxy, shown: Shown, seed: int) -> None:
    """Whatever a reordered link says meanwhile: when all is over nothing is left, and no ended call came back."""
    proxy.reorder(seed)
    mixture = Mixture(office, seed=seed)
    truth = Truth(office.observer)

    async def at(checkpoint: Checkpoint) -> None:
        # Without waiting, telephones hang up inside Asterisk's own transfers, which 16 and 22 do not survive.
        await truth.agrees(checkpoint)

    await mixture.run(at, flows=25)
    await empty_within(shown, 40)


async def test_cuts_at_random_in_a_mixture_of_calls(office: Office, proxy: FaultProxy, shown: Shown) -> None:
    mixture = Mixture(office, seed=7)
    truth = Truth(office.observer)
    over = asyncio.Event()

    async def cut() -> None:
        while not over.is_set():
            await asyncio.sleep(1.7)
            proxy.cut()

    async def at(checkpoint: Checkpoint) -> None:
        await truth.agrees(checkpoint)
        if checkpoint.lasting:
            await shown.agrees(checkpoint, 10, only_states=True)

    cutting = asyncio.create_task(cut())
    await mixture.run(at, flows=25)
    over.set()
    await cutting
    await shown.until_live()
    await empty_within(shown, TOLD)


async def test_asterisk_killed_and_started_again_in_the_middle_of_calls(office: Office, tmp_path: Path) -> None:
    async with Shown.of(tmp_path, office.pbx) as shown:
        call = Held(office)
        await shown.agrees(await call.begin())
        await office.pbx.kill()
        call.abandon()
        await stale_within(shown, TOLD)
        await office.pbx.start()
        assert await shown.until_live(5) < 5
        assert await shown.is_empty(), "a restarted Asterisk starts from nothing"
        await office.furnish_again()
        call = Held(office)
        await shown.agrees(await call.begin())
        await call.end()
        await office.pbx.stop()
        await empty_within(shown, WITHDRAWN)
        await office.pbx.start()
        await shown.until_live()
        await office.furnish_again()


async def test_katalog_killed_and_started_again_in_the_middle_of_calls(office: Office, tmp_path: Path) -> None:
    manager = office.pbx.manager("katalog")
    serving = Serving(
        tmp_path,
        f'[[pbx]]\nname = "x"\nport = {manager.port}\nusername = "katalog"\nsecret = "{manager.secret}"\n',
    )
    people = "extension;name\n" + "".join(f"{device};Telefon {device}\n" for device in office.pbx.phones)
    (tmp_path / "people.csv").write_text(people, "utf-8")
    serving.command("import", "people.csv")
    serving.add_account("program", "--service")
    headers = bearer(serving.add_token("program"))
    call = Held(office)
    up_ = await call.begin()
    serving.launch()
    try:
        for _ in range(3):
            await serving.until_ready()
            async with httpx.AsyncClient(base_url=serving.url, headers=headers) as client:
                await _agrees(client, up_)
            serving.kill(signal.SIGKILL)
            serving.launch()
        await serving.until_ready()
        await call.end()
        async with httpx.AsyncClient(base_url=serving.url, headers=headers) as client:
            async with asyncio.timeout(10):
                while any(row["calls"] for row in (await client.get("/extensions")).json()):
                    await asyncio.sleep(0.02)
    finally:
        serving.kill(signal.SIGTERM)


async def _agrees(client: httpx.AsyncClient, checkpoint: Checkpoint) -> None:
    expected = {device: [line._asdict() for line in lines] for device, lines in checkpoint.lines.items()}
    async with asyncio.timeout(10):
        while True:
            rows = {row["extension"]: row["calls"] for row in (await client.get("/extensions")).json()}
            if {device: rows[device] for device in expected} == expected:
                return
            await asyncio.sleep(0.02)


async def test_several_telephone_systems_at_once(tmp_path: Path) -> None:
    """Both have an extension 100: whose it is says the entry; one that is away takes nothing from the other."""
    for version in ("16", "22"):
        need_asterisk(version)
    async with AsyncExitStack() as stack:
        offices = [await stack.enter_async_context(Office(version)) for version in ("16", "22")]
        pbxs: list[Pbx] = [
            pbx_settings(office.pbx, name) for office, name in zip(offices, ("norr", "söder"), strict=True)
        ]
        installation = await stack.enter_async_context(Installation.running(tmp_path, pbx=pbxs))
        account = await installation.add_account("program", role=Role.SERVICE)
        shown = Shown(installation, bearer(await installation.add_token(account)))
        for name, prefix in (("norr", "1"), ("söder", "2")):
            for device in offices[0].pbx.phones:
                await installation.add(prefix + device, f"{name} {device}", devices=(f"{name}:PJSIP/{device}",))
        await shown.until_live()
        north, south = Held(offices[0]), Held(offices[1])
        (a, b) = (await north.begin()).lines
        await south.begin()
        for prefix in ("1", "2"):
            shown.extensions = {device: prefix + device for device in offices[0].pbx.phones}
            await shown.agrees(Checkpoint("up", {a: (up(OUT, b),), b: (up(IN, a),)}))
        await offices[0].pbx.kill()
        north.abandon()
        shown.extensions = {device: "1" + device for device in offices[0].pbx.phones}
        await shown.agrees(Checkpoint("withdrawn", {a: (), b: ()}), WITHDRAWN)
        shown.extensions = {device: "2" + device for device in offices[0].pbx.phones}
        await shown.agrees(Checkpoint("up", {a: (up(OUT, b),), b: (up(IN, a),)}), 0)
        assert (await shown.get("/extensions")).headers["katalog-calls"] == "stale"
        await south.end()
