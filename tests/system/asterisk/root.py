"""Where an Asterisk to test against comes from.

Debian 12 and 13 carry no Asterisk; sid has 22 and bullseye has 16. So each version gets a root of its own in a
cache folder, made by mmdebstrap from the mirror that this machine's apt uses, and is run by chroot. An
`asterisk` on the PATH of the right version is taken as it is.

    python -m tests.system.asterisk.root 16 22      gets both, says what it does; exit 1 if one cannot be had

The cache folder is `$KATALOG_TEST_CACHE`, else `$XDG_CACHE_HOME/katalog-tests`. Where the mirror of apt does
not hold a suite (any more), `$KATALOG_TEST_MIRROR` names another.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SUITES = {"16": "bullseye", "22": "sid"}
"""Asterisk's major version → the Debian suite that carries it."""

BINARY = "usr/sbin/asterisk"

BUILD_LIMIT = 900.0
"""Seconds; 45 on a good day, but a mirror may be slow and another builder may hold the lock."""


class NoAsterisk(Exception):
    """There is no Asterisk of this version; the text says why and what to do."""


@dataclass(frozen=True)
class Installation:
    """An Asterisk that can be started. `root` is `/` for one that was found on the PATH."""

    version: str
    root: Path
    binary: str

    def command(self, *arguments: str) -> list[str]:
        if self.root == Path("/"):
            return [self.binary, *arguments]
        return ["chroot", str(self.root), self.binary, *arguments]

    def inside(self, path: Path) -> str:
        """How Asterisk itself names a path below its root."""
        return "/" + str(path.relative_to(self.root))


def cache() -> Path:
    chosen = os.environ.get("KATALOG_TEST_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "katalog-tests"


def find(version: str) -> Installation:
    """The Asterisk of this major version that is there already. Builds nothing."""
    on_path = shutil.which("asterisk")
    if on_path is not None and _version_of([on_path]).startswith(f"{version}."):
        return Installation(version, Path("/"), on_path)
    root = _root(version)
    if not (root / BINARY).exists():
        raise NoAsterisk(
            f"no Asterisk {version}: none on the PATH and none in {root}; "
            f"get one, as root: python -m tests.system.asterisk.root {version}"
        )
    if os.geteuid() != 0:
        raise NoAsterisk(f"the Asterisk {version} in {root} is run by chroot, which only root may do")
    return Installation(version, root, f"/{BINARY}")


def get(version: str) -> Installation:
    """The Asterisk of this major version, built now if there is none."""
    if version not in SUITES:
        raise NoAsterisk(f"no Asterisk {version}: known versions are {', '.join(SUITES)}")
    try:
        return find(version)
    except NoAsterisk:
        if os.geteuid() != 0:
            raise
    if shutil.which("mmdebstrap") is None:
        raise NoAsterisk("mmdebstrap is missing: apt-get install --no-install-recommends mmdebstrap")
    root = _root(version)
    root.parent.mkdir(parents=True, exist_ok=True)
    with _lock(root.with_suffix(".lock")) as lock:
        if not root.exists():
            _build(version, root, lock)
    return find(version)


def mirrors() -> list[str]:
    """Where this machine's own apt gets Debian from, read anew: nothing about it is written down here."""
    chosen = os.environ.get("KATALOG_TEST_MIRROR")
    if chosen:
        return [chosen]
    listed = subprocess.run(["apt-get", "--print-uris", "update"], capture_output=True, text=True, check=False).stdout
    own = _codename()
    found: list[str] = []
    for base, release in re.findall(r"^'([^']+)/dists/([^/']+)/(?:In)?Release'", listed, re.MULTILINE):
        if release in {own, "stable", "testing", "sid", "unstable"} and base not in found:
            found.append(base)
    if not found:
        raise NoAsterisk("apt knows no Debian mirror on this machine; name one in KATALOG_TEST_MIRROR")
    return found


def _root(version: str) -> Path:
    return cache() / f"asterisk-{version}"


def _codename() -> str:
    release = Path("/etc/os-release").read_text(encoding="utf-8")
    match = re.search(r'^VERSION_CODENAME="?(\w+)', release, re.MULTILINE)
    return match.group(1) if match else ""


def _version_of(command: list[str]) -> str:
    said = subprocess.run([*command, "-V"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"Asterisk (?:certified/)?(\d+\.\d+)", said)
    return match.group(1) if match else ""


def _build(version: str, root: Path, lock: int) -> None:
    """The root appears by one rename, so that a half-built one is never used.

    `lock` is handed on to mmdebstrap: if this process is killed, that one still has mounts to clear up.
    """
    suite = SUITES[version]
    for left in root.parent.glob(f"{root.name}.building-*"):
        _remove(left)
    building = root.with_name(f"{root.name}.building-{os.getpid()}")
    log = root.with_suffix(".log")
    errors = []
    for mirror in mirrors():
        with log.open("wb") as output:
            done = subprocess.run(
                _mmdebstrap(suite, building, mirror),
                stdin=subprocess.DEVNULL,
                pass_fds=[lock],
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=BUILD_LIMIT,
            )
        if done.returncode == 0:
            break
        errors.append("\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]))
        _remove(building)
    else:
        told = "\n".join(errors)
        raise NoAsterisk(
            f"mmdebstrap could not build Debian {suite} for Asterisk {version}:\n{told}\nThe whole log: {log}; "
            "if the mirror of this machine's apt holds no such suite, name another in KATALOG_TEST_MIRROR"
        )
    built = _version_of(["chroot", str(building), f"/{BINARY}"])
    if not built.startswith(f"{version}."):
        _remove(building)
        raise NoAsterisk(f"Debian {suite} no longer carries Asterisk {version} but {built or 'none'}")
    building.rename(root)


def _mmdebstrap(suite: str, target: Path, mirror: str) -> list[str]:
    options = [
        # An archived suite's Release file is past its date; it is as well signed as before.
        'Acquire::Check-Valid-Until "false"',
        'APT::Install-Recommends "false"',
        *_proxies(),
    ]
    return [
        # If this process is killed the builder must not go on behind its back.
        *("setpriv", "--pdeathsig", "TERM", "--"),
        *("mmdebstrap", "--mode=root", "--variant=apt"),
        *(f"--aptopt={option}" for option in options),
        *("--include=asterisk,asterisk-core-sounds-en-gsm", suite, str(target), mirror),
    ]


def _proxies() -> Iterator[str]:
    """mmdebstrap does not read the machine's apt.conf, so a proxy set there has to be handed on."""
    for scheme in ("http", "https"):
        key = f"Acquire::{scheme}::Proxy"
        said = subprocess.run(["apt-config", "shell", "PROXY", key], capture_output=True, text=True, check=False).stdout
        match = re.match(r"PROXY='([^']+)'", said)
        if match:
            yield f'{key} "{match.group(1)}"'


def _remove(folder: Path) -> None:
    # A builder that was killed may have left the machine's own /dev mounted inside.
    subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=True)


@contextmanager
def _lock(path: Path) -> Iterator[int]:
    """Gives a descriptor: who inherits it holds the lock as well (flock(2)), even when we are gone."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _get_aloud(version: str) -> bool:
    began = time.monotonic()
    print(f"Asterisk {version}: looking, building if need be (about a minute) …", flush=True)
    try:
        installation = get(version)
    except (NoAsterisk, OSError, subprocess.SubprocessError) as error:
        print(f"Asterisk {version}: FAILED: {error}", file=sys.stderr, flush=True)
        return False
    full = _version_of(installation.command())
    where = installation.root if installation.root != Path("/") else installation.binary
    print(f"Asterisk {version}: {full} in {where}, {time.monotonic() - began:.1f} s", flush=True)
    return True


def main(arguments: list[str]) -> int:
    wanted = arguments or list(SUITES)
    with ThreadPoolExecutor(len(wanted)) as pool:
        return 0 if all(list(pool.map(_get_aloud, wanted))) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
