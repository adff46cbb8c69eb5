"""Passwords that come in the query: nowhere in what a real server prints, keeps or tells, whatever goes wrong."""

import asyncio
import json
import sqlite3
from pathlib import Path
from urllib.parse import quote

from tests.serving import Serving

PASSWORD, GUESS = "hemligheter-4711", "gissning-0815"
PATHS = ["/extensions/", "/api/extensions/me", "//extensions//08010203/", "/calls", "/recordings/1", "/dial/0701112233",
         "/hangup", "/sms/0701112233", "/auth/login", "/nothing", "/%ff"]  # fmt: skip


async def raw(port: int, *requests: str) -> list[int]:
    """The status of each, over one connection; 0 if none came."""
    statuses = []
    for request in requests:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request.encode("latin-1"))
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        statuses.append(int(answer.split()[1]) if answer else 0)
    return statuses


def request(method: str, path: str, password: str, headers: str = "") -> str:
    query = f"?username=08010203&password={quote(password)}"
    return f"{method} {path}{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"


async def test_they_are_written_nowhere(tmp_path: Path) -> None:
    server = "query_credentials = true\naccess_log = true\nfailures_per_login = 3"
    async with Serving.running(tmp_path, server=server) as serving:
        (tmp_path / "people.csv").write_text("extension,name\n08010203,Anna\n", "utf-8")
        serving.command("import", "people.csv")
        serving.add_account("anna", "--entry", "08010203", "--admin", password=PASSWORD)
        good = await raw(serving.port, *(request("GET", path, PASSWORD) for path in PATHS))
        assert good[:3] == [200] * 3
        assert 401 not in good
        changed = await raw(
            serving.port, request("PUT", "/api/extensions/me/profile", PASSWORD, "Content-Length: 0\r\n")
        )
        assert changed == [400]
        wrong = await raw(serving.port, *(request("GET", "/extensions/", f"{GUESS}{n}") for n in range(5)))
        assert wrong == [401, 401, 401, 429, 429]
        broken = await raw(
            serving.port,
            request("GET", "/extensions/", PASSWORD).replace("HTTP/1.1", "HTTP/9.9 x"),
            request("GET", "/extensions/", PASSWORD, "Content-Length: x\r\n"),
            request("GET", "/extensions/", PASSWORD, f"X: {'y' * 70_000}\r\n"),
            request("BREW", "/extensions/", PASSWORD),
            request("POST", "/auth/login", PASSWORD, "Content-Type: application/json\r\nContent-Length: 1\r\n") + "{",
        )
        assert set(broken) <= {200, 400, 405, 431}
        # A fault of the server's own: its database has lost a table.
        with sqlite3.connect(tmp_path / "katalog.db") as database:
            database.execute("ALTER TABLE audit RENAME TO gone")
        assert await raw(
            serving.port, request("GET", "/api/audit", PASSWORD), request("GET", "/auth/login", PASSWORD)
        ) == [503, 503]
        with sqlite3.connect(tmp_path / "katalog.db") as database:
            database.execute("ALTER TABLE gone RENAME TO audit")
        told = await raw_body(serving.port, request("GET", "/api/audit", PASSWORD))
        assert "session.begun" in told
        log = serving.log
    events = {json.loads(line)["event"] for line in log.splitlines()}
    assert events >= {"http.request", "server.ready"}
    assert events & {"http.fault", "store.unavailable"}
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.suffix not in (".toml", ".csv"))
    for secret in (PASSWORD, GUESS, quote(PASSWORD)):
        assert secret not in log
        assert secret not in told
        assert secret.encode() not in kept


async def raw_body(port: int, text: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text.encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer.decode()
