"""Getting an Asterisk, with a few lines in place of mmdebstrap: what is left when it fails or is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.asterisk.root import BINARY
from tests.system.conftest import missing

pytestmark = pytest.mark.system

PROJECT = Path(__file__).parents[3]

MMDEBSTRAP = """#!/bin/bash
# Its target is the last argument but one. Like the real one it takes a while, and a while more to clear up.
target="${@: -2:1}"
echo "$target" >> "$FAKE/calls"
mkdir -p "$target/usr/sbin"
clear_up() { for i in {1..60}; do mkdir -p "$target/left-$i"; sleep 0.02; done; exit 1; }
trap clear_up TERM
case "$(cat "$FAKE/mode")" in
    fail) echo "E: no such suite"; exit 1 ;;
    slow) touch "$FAKE/building"; for i in {1..3000}; do sleep 0.02; done ;;
esac
sleep 0.5
echo "#!/bin/sh" > "$target/usr/sbin/asterisk"
"""

CHROOT = """#!/bin/sh
echo "Asterisk 22.0.0"
"""


class Workshop:
    """A cache folder of its own, and what is on the PATH."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.fake = folder / "fake"
        self.fake.mkdir()
        for name, text in (("mmdebstrap", MMDEBSTRAP), ("chroot", CHROOT)):
            (self.fake / name).write_text(text)
            (self.fake / name).chmod(0o755)
        self.mode("good")

    def mode(self, name: str) -> None:
        (self.fake / "mode").write_text(name)

    @property
    def built(self) -> bool:
        return (self.cache / "asterisk-22" / BINARY).exists()

    @property
    def calls(self) -> int:
        return len((self.fake / "calls").read_text().splitlines())

    @property
    def left(self) -> list[str]:
        return sorted(path.name for path in self.cache.glob("*building*"))

    @contextmanager
    def builder(self) -> Iterator[subprocess.Popen[str]]:
        environment = {
            **os.environ,
            "PATH": f"{self.fake}:/usr/sbin:/usr/bin:/sbin:/bin",
            "FAKE": str(self.fake),
            "KATALOG_TEST_CACHE": str(self.cache),
            "KATALOG_TEST_MIRROR": "http://mirror.invalid/debian",
        }
        command = [sys.executable, "-m", "tests.system.asterisk.root", "22"]
        with subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            yield process

    def build(self) -> tuple[int, str]:
        """The exit status, and what it said of what went wrong."""
        with self.builder() as process:
            _, errors = process.communicate(timeout=30)
            return process.returncode, errors


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    if os.geteuid() != 0:
        missing("only root builds an Asterisk")
    return Workshop(tmp_path)


def test_it_is_built_once_and_found_then(workshop: Workshop) -> None:
    assert workshop.build() == (0, "")
    assert workshop.built
    assert workshop.build() == (0, "")
    assert workshop.calls == 1


def test_two_at_once_build_one(workshop: Workshop) -> None:
    with workshop.builder() as first, workshop.builder() as second:
        assert [process.wait(30) for process in (first, second)] == [0, 0]
    assert workshop.built
    assert workshop.calls == 1


def test_a_failure_says_why_and_leaves_no_root(workshop: Workshop) -> None:
    workshop.mode("fail")
    status, errors = workshop.build()
    assert status == 1
    assert "E: no such suite" in errors
    assert "KATALOG_TEST_MIRROR" in errors
    assert not workshop.built
    assert workshop.left == []


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_after_one_that_was_killed_the_next_waits_for_its_remains_and_builds(
    workshop: Workshop, sign: signal.Signals
) -> None:
    workshop.mode("slow")
    with workshop.builder() as killed:
        end = time.monotonic() + 10
        while not (workshop.fake / "building").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        killed.send_signal(sign)
        killed.wait(10)
    assert workshop.left, "it is still being cleared up"
    workshop.mode("good")
    assert workshop.build() == (0, "")
    assert workshop.left == []
    assert workshop.built
