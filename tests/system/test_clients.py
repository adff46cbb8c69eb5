"""The compressed list, put together from pieces, is read by the clients that there are in the field."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from tests.serving import Serving
from tests.system.chromium import Chromium, NoChromium
from tests.system.conftest import missing

pytestmark = pytest.mark.system

PEOPLE = 1000
LIST = "/api/extensions/"
PROGRAMS = Path(__file__).parent / "clients"

Got = tuple[str, bytes]
"""The content coding in which the list came, and its text."""


class Office:
    """A server with its people, and whoever reads the list without compression."""

    def __init__(self, folder: Path) -> None:
        self.serving = Serving(folder)
        rows = "".join(
            f"{1000 + number};Åsa Öberg {number};asa.{number}@example.se;Avdelning {number % 7}\n"
            for number in range(PEOPLE)
        )
        (folder / "people.csv").write_text(f"extension;name;email;department\n{rows}", "utf-8")
        self.serving.command("import", "people.csv")
        self.serving.add_account("chef", "--admin")
        self.authorization = f"Bearer {self.serving.add_token('chef')}"
        self.url = f"{self.serving.url}{LIST}"
        self._client = httpx.Client(
            base_url=self.serving.url, headers={"authorization": self.authorization, "accept-encoding": "identity"}
        )
        self._changes = 0

    def start(self) -> None:
        self.serving.launch()
        asyncio.run(self.serving.until_ready())

    def close(self) -> None:
        self._client.close()
        if self.serving.process is not None:
            self.serving.kill(signal.SIGTERM)

    def _ask(self, method: str, path: str, **given: Any) -> Any:
        answer = self._client.request(method, path, **given)
        assert answer.is_success, answer.text
        assert "content-encoding" not in answer.headers
        return answer

    def plain(self) -> bytes:
        text: bytes = self._ask("GET", LIST).content
        return text

    def change(self) -> None:
        """Of the list's chunks one has another object, one has one more, and one has one less."""
        self._changes += 1
        entries = self._ask("GET", "/api/entries?limit=1000").json()["entries"]
        profile = {"name": "Möte", "message": f"Åter {self._changes}"}
        self._ask("PUT", f"/api/entries/{entries[500]['id']}/profile", json=profile)
        self._ask("POST", "/api/entries", json={"extension": "1700", "name": f"Ny {self._changes}"})
        self._ask("DELETE", f"/api/entries/{entries[100]['id']}")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office(tmp_path_factory.mktemp("office"))
    try:
        office.start()
        yield office
    finally:
        office.close()


def program(name: str, package: str) -> str:
    path = shutil.which(name)
    return path or missing(f"{name} is not installed: apt-get install {package}")


def run(*command: str, **options: Any) -> tuple[str, bytes]:
    """What it wrote as errors, and its output."""
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, **options)
    assert done.returncode == 0, (command, done.returncode, done.stderr)
    return done.stderr.decode(), done.stdout


def curl(office: Office, folder: Path) -> Got:
    """As on a command line."""
    _, body = run(
        program("curl", "curl"), "-sSf", "--compressed", "-D", f"{folder}/headers",
        "-H", f"Authorization: {office.authorization}", office.url,
    )  # fmt: skip
    (coding,) = [line[17:].strip() for line in _lines(folder / "headers") if line.startswith("content-encoding:")]
    return coding, body


def _lines(path: Path) -> list[str]:
    return path.read_text().lower().splitlines()


def python_requests(office: Office, folder: Path) -> Got:
    answer = requests.get(office.url, headers={"authorization": office.authorization}, timeout=30)
    assert answer.status_code == 200
    return answer.headers["content-encoding"], answer.content


def php_curl(office: Office, folder: Path) -> Got:
    php = program("php", "php-cli php-curl")
    if b"curl" not in run(php, "-m")[1].split():
        missing("PHP has no curl: apt-get install php-curl")
    return run(php, str(PROGRAMS / "curl.php"), office.url, office.authorization)


def go_net_http(office: Office, folder: Path) -> Got:
    go, built = program("go", "golang-go"), folder / "get"
    if not built.exists():
        # What it keeps is of this test, and it looks for nothing elsewhere.
        own = {"GOCACHE": f"{folder}/cache", "GOPATH": f"{folder}/path", "GOPROXY": "off", "GOTOOLCHAIN": "local"}
        run(go, "build", "-o", str(built), str(PROGRAMS / "get.go"), env=os.environ | own)
    return run(str(built), office.url, office.authorization)


@pytest.mark.parametrize("read", [curl, python_requests, php_curl, go_net_http])
def test_the_list_is_what_it_is_without_compression(
    office: Office, tmp_path: Path, read: Callable[[Office, Path], Got]
) -> None:
    before = office.plain()
    for _ in range(3):
        assert read(office, tmp_path) == ("gzip", before)
        office.change()
        after = office.plain()
        assert (len(json.loads(after)), after != before) == (PEOPLE, True)
        before = after
    assert read(office, tmp_path) == ("gzip", before)


def test_curl_asks_whether_it_is_another(office: Office, tmp_path: Path) -> None:
    command = [
        program("curl", "curl"), "-sSf", "--compressed", "-w", "%{stderr}%{http_code} %{size_download}",
        "-H", f"Authorization: {office.authorization}",
        "--etag-save", f"{tmp_path}/etag", "--etag-compare", f"{tmp_path}/etag", office.url,
    ]  # fmt: skip

    def ask() -> tuple[str, bytes]:
        told, body = run(*command)
        return told.split()[0], body

    assert ask() == ("200", office.plain())
    assert run(*command) == ("304 0", b"")
    office.change()
    assert ask() == ("200", office.plain())
    assert run(*command) == ("304 0", b"")


@pytest.fixture
async def fetch(office: Office, tmp_path: Path) -> Any:
    """Asks for the list as a page of katalog's own would, by the cookie of its session."""
    try:
        async with Chromium.running(tmp_path) as browser:
            # A page that is no HTML: it brings no policy that would forbid the script to ask.
            await browser.open(f"{office.serving.url}/healthz")
            credentials = {"username": "chef", "password": "hemligheter"}
            status = await browser.run(
                f"const asked = {{method: 'POST', body: '{json.dumps(credentials)}'}};"
                "return (await fetch('/api/auth/login', asked)).status"
            )
            assert status == 200
            browser.forget()

            async def ask() -> tuple[int, str | None, Got]:
                """What went over the wire: the status, the tag that was sent; and what the page got of it."""
                coding, text = await browser.run(
                    f"const answer = await fetch('{LIST}');"
                    "return [answer.headers.get('content-encoding'), await answer.text()]"
                )
                # What went over the wire is told by another part of the browser, and perhaps later.
                asked = await browser.told("Network.requestWillBeSent")
                sent = await browser.told("Network.requestWillBeSentExtraInfo", requestId=asked["requestId"])
                answered = await browser.told("Network.responseReceivedExtraInfo", requestId=asked["requestId"])
                headers = {name.lower(): value for name, value in sent["headers"].items()}
                return answered["statusCode"], headers.get("if-none-match"), (coding, text.encode())

            yield ask
    except NoChromium as error:
        missing(str(error))


async def test_a_browser_reads_it_and_asks_whether_it_is_another(
    office: Office, fetch: Callable[[], Awaitable[tuple[int, str | None, Got]]]
) -> None:
    """`Cache-Control: private, no-cache`: it keeps the list, and shows it only after it has asked."""
    expected = ("gzip", office.plain())
    status, tag, got = await fetch()
    assert (status, tag, got) == (200, None, expected)
    status, first, got = await fetch()
    assert (status, got) == (304, expected)
    assert first is not None
    office.change()
    expected = ("gzip", office.plain())
    status, tag, got = await fetch()
    assert (status, tag, got) == (200, first, expected)
    status, second, got = await fetch()
    assert (status, got) == (304, expected)
    assert second not in (None, first)
