"""``make run`` as the README says it, in a fresh copy: it serves the demo, stops, and starts again."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.installation import ROOT, free_port
from tests.e2e.phone import Answer, Phone

pytestmark = pytest.mark.browser

FIRST_START, NEXT_START, STOPS_WITHIN = 420, 60, 30
README = (ROOT / "README.md").read_text("utf-8")


@dataclass
class Copy:
    """A clone with an empty home and nothing of this machine's settings."""

    folder: Path
    port: int = field(default_factory=free_port)
    _running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self, number: int, within: float) -> None:
        """``make run``, until it answers that it is healthy."""
        ends = time.monotonic() + within
        # A group of its own: Ctrl-C in a terminal reaches make and what it has started alike.
        with (self.folder / f"start-{number}.log").open("wb") as log:
            self._running = subprocess.Popen(
                ["make", "run"],
                cwd=self.folder / "tongke",
                env=self._environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while time.monotonic() < ends:
            assert self._running.poll() is None, self.log(number)
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)  # between two looks, until a deadline
        raise AssertionError(f"no answer within {within} seconds: {self.log(number)}")

    def _environment(self) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PUBLIC_URL": self.url,
            "HOST": "127.0.0.1",
        }

    def stop(self, by: signal.Signals = signal.SIGINT) -> None:
        if self._running is not None and self._running.poll() is None:
            os.killpg(self._running.pid, by)
            self._running.wait(STOPS_WITHIN)

    def log(self, number: int) -> str:
        return (self.folder / f"start-{number}.log").read_text("utf-8", "replace")[-6000:]


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    if not (ROOT / ".git").exists() or not shutil.which("make"):
        pytest.skip("needs a git checkout and make")
    subprocess.run(
        ["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(tmp_path / "tongke")], check=True
    )
    _lend_what_is_installed(tmp_path / "tongke")
    made = Copy(tmp_path)
    yield made
    made.stop(signal.SIGKILL)


def _lend_what_is_installed(clone: Path) -> None:
    """Link this environment and its stamps, older requirements beside it: make installs nothing."""
    (clone / ".venv").symlink_to(sys.prefix)
    stamp = clone / ".venv" / ".base"
    assert stamp.exists(), "make test or make run makes the environment"
    for requirements in (clone / "requirements").iterdir():
        os.utime(requirements, (0, 0))


def accounts() -> list[str]:
    """Who the README's table says can log in."""
    table = README.split("## Try it")[1].split("## ")[0]
    rows = [line.split("|")[2] for line in table.splitlines() if line.startswith("| ")]
    return [name for cell in rows for name in re.findall(r"`([a-z]+)`", cell)]


def log_in(copy: Copy, username: str) -> tuple[Phone, Answer]:
    """A phone on which this account is logged in, and where that leads."""
    password = re.search(r"Password of all accounts: `([^`]+)`", README)
    assert password
    phone = Phone(copy.url)
    form = phone.get("/accounts/login/")
    return phone, phone.post("/accounts/login/", form, login=username, password=password[1])


def test_make_run_serves_the_demo_and_keeps_it(copy: Copy) -> None:
    copy.start(1, FIRST_START)
    assert "载入示例" in copy.log(1)
    assert copy.url in copy.log(1)
    assert "同课" in Phone(copy.url).get("/").text
    people = {username: log_in(copy, username) for username in accounts()}
    assert len(people) == 7
    for username, (_phone, page) in people.items():
        assert (page.status, page.path.startswith("/accounts/")) == (200, False), username

    principal, today = people["hewenyuan"]
    session = re.match(r"/sessions/(\d+)/", today.path)
    assert session, today.path
    clerk, door = people["luoxiaorong"][0], f"/sessions/{session[1]}/staff/"
    form = clerk.get(f"{door}walk-in/")
    kept = clerk.post(f"{door}walk-in/", form, name="曲木阿支", phone="13988887777")
    assert "已记下曲木阿支" in kept.words()
    for phone, _page in people.values():
        phone.hang_up()

    copy.stop()
    assert "Traceback" not in copy.log(1)
    copy.start(2, NEXT_START)

    assert "载入示例" not in copy.log(2)
    assert "曲木阿支" in clerk.get(f"{door}waiting/").words()
    assert principal.get("/desk/").path == today.path

    form = clerk.get(f"{door}walk-in/")
    kept = clerk.post(f"{door}walk-in/", form, name="阿苏色木", phone="13988886666")
    assert "已记下阿苏色木" in kept.words()
    for phone in (clerk, principal):
        phone.hang_up()
    copy.stop(signal.SIGKILL)  # what has been acknowledged outlives the process
    copy.start(3, NEXT_START)

    assert "阿苏色木" in clerk.get(f"{door}waiting/").words()
    copy.stop()
    assert "Traceback" not in copy.log(3)
