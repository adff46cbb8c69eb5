"""A real browser without a window, driven by its DevTools protocol."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp

START_LIMIT = 30.0
ANSWER_LIMIT = 20.0


class NoChromium(Exception):
    """It is not installed."""


class Chromium:
    """One page. What the browser tells by itself is kept until somebody waits for it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._asked = 0
        self._told: list[dict[str, Any]] = []

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path) -> AsyncIterator[Self]:
        """With an empty profile in the folder: no cookies, nothing in its cache."""
        program = shutil.which("chromium")
        if program is None:
            raise NoChromium("Chromium is not installed: apt-get install chromium")
        options = ["--headless", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"]
        # Its sandbox cannot be had as root, nor its shared memory in many containers.
        options += ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.getuid() == 0 else [])]
        with (folder / "chromium.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                program, *options, f"--user-data-dir={folder}", "about:blank", stdout=log, stderr=log
            )
        try:
            port = await _port(process, folder)
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(await _page(session, port), max_msg_size=0) as socket,
            ):
                browser = cls(socket)
                await browser.ask("Network.enable")
                yield browser
                await browser.ask("Browser.close")
            async with asyncio.timeout(ANSWER_LIMIT):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def ask(self, method: str, **parameters: Any) -> Any:
        self._asked += 1
        number = self._asked
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while (message := await self._next()).get("id") != number:
            self._told.append(message)
        assert "error" not in message, message["error"]
        return message["result"]

    async def told(self, method: str, **given: str) -> Any:
        """The first event of this kind, with what is given among its parameters, that nobody has had yet."""

        def is_it(message: dict[str, Any]) -> bool:
            return message.get("method") == method and given.items() <= message["params"].items()

        for position, message in enumerate(self._told):
            if is_it(message):
                return self._told.pop(position)["params"]
        while not is_it(message := await self._next()):
            self._told.append(message)
        return message["params"]

    def forget(self) -> None:
        """What was told so far is of no interest."""
        self._told.clear()

    async def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = await self._socket.receive_json(timeout=ANSWER_LIMIT)
        return message

    async def open(self, url: str) -> None:
        answer = await self.ask("Page.navigate", url=url)
        assert "errorText" not in answer, answer

    async def run(self, script: str) -> Any:
        """The value of the body of an async function in the page."""
        answer = await self.ask(
            "Runtime.evaluate", expression=f"(async () => {{ {script} }})()", awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")


async def _page(session: aiohttp.ClientSession, port: int) -> str:
    """The address of its only page, which may be there later than the port is."""
    async with asyncio.timeout(START_LIMIT):
        while True:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [target for target in await answer.json() if target["type"] == "page"]
            if pages:
                (page,) = pages
                return str(page["webSocketDebuggerUrl"])
            await asyncio.sleep(0.02)


async def _port(process: asyncio.subprocess.Process, folder: Path) -> int:
    """Where it listens: it chooses a free one itself, and says so in a file."""
    async with asyncio.timeout(START_LIMIT):
        while True:
            if process.returncode is not None:
                raise AssertionError(f"Chromium ended: {(folder / 'chromium.log').read_text()}")
            path = folder / "DevToolsActivePort"
            text = path.read_text() if path.exists() else ""
            if "\n" in text:
                return int(text.split("\n")[0])
            await asyncio.sleep(0.02)
