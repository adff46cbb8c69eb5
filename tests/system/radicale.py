"""Radicale, a real calendar server, on loopback: with an account, and calendars that the test puts events into."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import httpx

from tests.serving import free_port

USER, PASSWORD = "katalog", "radisa 4711"

_COLLECTION = """<?xml version="1.0" encoding="utf-8"?>
<mkcalendar xmlns="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:set><D:prop>
<D:displayname>Kalender</D:displayname></D:prop></D:set></mkcalendar>"""


class Radicale:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.config = folder / "radicale.ini"
        (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
        self.config.write_text(
            f"[server]\nhosts = 127.0.0.1:{self.port}\n"
            f"[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\nhtpasswd_encryption = plain\ndelay = 0\n"
            f"[storage]\nfilesystem_folder = {folder / 'collections'}\n",
            "utf-8",
        )
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, calendar: str) -> str:
        """Where everything in a calendar is, as one iCalendar file."""
        return f"http://127.0.0.1:{self.port}/{USER}/{calendar}/"

    def url_with_password(self, calendar: str) -> str:
        return self.url(calendar).replace("://", f"://{USER}:{PASSWORD.replace(' ', '%20')}@")

    async def make_calendar(self, calendar: str) -> None:
        await self._send("MKCALENDAR", self.url(calendar), _COLLECTION)

    async def put(self, calendar: str, uid: str, *lines: str) -> None:
        """An event, new or in the place of the one with this UID."""
        text = "\r\n".join(
            ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//SV", "BEGIN:VEVENT", f"UID:{uid}",
             "DTSTAMP:20260901T000000Z", *lines, "END:VEVENT", "END:VCALENDAR", ""]
        )  # fmt: skip
        await self._send("PUT", f"{self.url(calendar)}{uid}.ics", text, **{"content-type": "text/calendar"})

    async def delete(self, calendar: str, uid: str) -> None:
        await self._send("DELETE", f"{self.url(calendar)}{uid}.ics", "")

    async def _send(self, method: str, url: str, body: str, **headers: str) -> None:
        async with httpx.AsyncClient(auth=(USER, PASSWORD)) as client:
            response = await client.request(method, url, content=body.encode(), headers=headers)
            assert response.is_success, (method, response.status_code, response.text)

    def launch(self) -> None:
        with (self.folder / "radicale.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "radicale", "--config", str(self.config)],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )

    async def until_ready(self) -> None:
        async with httpx.AsyncClient() as client, asyncio.timeout(20):
            while True:
                assert self.process is not None
                assert self.process.poll() is None, (self.folder / "radicale.log").read_text()
                try:
                    await client.get(f"http://127.0.0.1:{self.port}/.web/")
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
                else:
                    return

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path) -> AsyncIterator[Self]:
        radicale = cls(folder)
        radicale.launch()
        try:
            await radicale.until_ready()
            yield radicale
        finally:
            radicale.stop()
