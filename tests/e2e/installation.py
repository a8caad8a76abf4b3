"""A real installation beside the test: its own database, Redis, data folder, server, worker, stagehand."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 60


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@dataclass
class Database:
    """One database of the PostgreSQL behind ``url``; made from a template, dropped afterwards."""

    url: str
    name: str

    @property
    def address(self) -> str:
        return urlsplit(self.url)._replace(path=f"/{self.name}").geturl()

    def _do(self, statement: str) -> None:
        service = urlsplit(self.url)._replace(path="/postgres").geturl()
        with psycopg.connect(service, autocommit=True) as link:
            link.execute(statement)  # type: ignore[call-overload]

    def make(self, template: str = "template0") -> Database:
        self.drop()
        self._do(f'CREATE DATABASE "{self.name}" TEMPLATE "{template}"')
        return self

    def drop(self) -> None:
        self._do(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')


@dataclass
class Installation:
    """Settings are the product's own (nothing of the test suite's); what is started here is ended here."""

    database: Database
    redis_url: str
    folder: Path
    more: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _running: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG", "TMPDIR"}}
        return {
            **inherited,
            "DJANGO_SETTINGS_MODULE": "website.settings.base",
            "DATABASE_URL": self.database.address,
            "REDIS_URL": self.redis_url,
            "TONGKE_DATA": str(self.folder),
            "PUBLIC_URL": self.url,
            "PYTHONDONTWRITEBYTECODE": "1",
            "LOG_LEVEL": "WARNING",
            **self.more,
        }

    def run(self, *command: str) -> str:
        """A command of the product, to its end."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def start(self) -> Installation:
        redis.Redis.from_url(self.redis_url).flushdb()
        self._start("server", "-m", "uvicorn", "website.asgi:application", *self._serving())
        self._start("worker", "manage.py", "work")
        self._wait_until_healthy()
        return self

    def _serving(self) -> list[str]:
        return ["--host", "127.0.0.1", "--port", str(self.port), "--no-access-log"]

    def _start(self, name: str, *arguments: str) -> None:
        log = (self.folder / f"{name}.log").open("w")
        command = [sys.executable, *arguments]
        self._running.append(
            subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, text=True
            )
        )

    def _wait_until_healthy(self) -> None:
        ends = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < ends:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)  # between two looks, until a deadline
        raise AssertionError(f"the server did not start: {self.log('server')}")

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text()[-6000:] if path.exists() else ""

    def stop(self) -> None:
        for process in self._running:
            process.terminate()
        for process in self._running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def troubles(self) -> list[str]:
        """What the server and its worker logged as errors: there should be none."""
        found = []
        for name in ("server", "worker"):
            for line in (self.folder / f"{name}.log").read_text().splitlines():
                if '"level": "error"' in line or line.startswith("Traceback"):
                    found.append(f"{name}: {line[:2000]}")
        return found

    def messages(self) -> list[dict[str, str]]:
        """Short messages that went out, oldest first (the embedded default keeps them in a file)."""
        path = self.folder / "outbox" / "sms.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class Stagehand:
    """A process with the installation's own settings that sets the stage and looks behind it."""

    def __init__(self, installation: Installation) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.stagehand"],
            cwd=ROOT,
            env=installation.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, deed: str, **wish: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"deed": deed, "wish": wish}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "fault" not in answer, answer["fault"]
        return answer["done"]

    def leave(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)


def beside(base: Installation, name: str, redis_database: int, folder: Path) -> Installation:
    """An installation with a copy of everything that ``base`` has been prepared with."""
    shutil.copytree(base.folder, folder, dirs_exist_ok=True, symlinks=True)
    database = Database(base.database.url, f"{base.database.name}_{name}")
    database.make(template=base.database.name)
    return Installation(
        database=database,
        redis_url=urlsplit(base.redis_url)._replace(path=f"/{redis_database}").geturl(),
        folder=folder,
    )
