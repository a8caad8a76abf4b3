"""The bench's own ground: a database, a data folder, servers on free ports; all taken away at the end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg

ROOT: Final = Path(__file__).resolve().parents[2]
DATABASE: Final = "tongke_bench"
FLOORS: Final = "tongke_bench_floors"
PRISTINE: Final = "tongke_bench_pristine"
COPY: Final = "tongke_bench_copy"
POSTGRES: Final = os.environ.get("TEST_DATABASE_URL", "postgres://root@127.0.0.1:5432/tongke")
REDIS: Final = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
PUBLIC: Final = "http://localhost:8000"

PRODUCT: Final = "website.settings.base"
PLAIN: Final = "tests.bench.plain"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _own_redis(url: str) -> str:
    """A numbered database of the Redis at ``url`` that nobody uses."""
    import redis

    address = urlsplit(url)
    for number in range(15, 0, -1):
        own = address._replace(path=f"/{number}").geturl()
        with redis.Redis.from_url(own) as link:
            if link.dbsize() == 0:
                return own
    raise SystemExit("Redis里没有空的库。请用TEST_REDIS_URL指到另一个Redis。")


def _database_url(name: str) -> str:
    return urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()


class Server:
    """A server of ours on a loopback port, with its log in the data folder."""

    def __init__(
        self, command: list[str], *, port: int, log: Path, environment: dict[str, str]
    ) -> None:
        self.port, self.log = port, log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )
        self._await()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _await(self) -> None:
        ends = time.monotonic() + 60
        while time.monotonic() < ends and self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.1)  # between two looks, until a deadline
        self.stop()
        raise SystemExit("服务没有起来：\n" + self.log.read_text(errors="replace")[-3000:])

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Ground:
    """Made by entering it; ``big`` asks for the province of 900,000 people."""

    def __init__(self, *, big: bool) -> None:
        self.big = big
        self.folder = Path(tempfile.mkdtemp(prefix="tongke-bench-"))
        self.dsn = _database_url(DATABASE)
        self._servers: list[Server] = []
        self._made: dict[str, Any] = {}

    def __enter__(self) -> Ground:
        try:
            self._prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        for server in self._servers:
            server.stop()
        if "redis" in self._made:
            import redis

            with redis.Redis.from_url(self._made["redis"]) as link:
                link.flushdb()
        self._drop_databases()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _maintenance(self) -> psycopg.Connection:
        return psycopg.connect(_database_url("postgres"), autocommit=True)

    def _drop_databases(self) -> None:
        with self._maintenance() as link:
            for name in (DATABASE, FLOORS, PRISTINE, COPY):
                link.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def copy(self, name: str, source: str) -> None:
        """Make the database ``name`` anew, as ``source`` is. Nobody may be connected to either."""
        with self._maintenance() as link:
            link.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            link.execute(f"CREATE DATABASE {name} TEMPLATE {source}")

    def use(self, name: str) -> None:
        """Turn this process, and those it starts from now on, to the database ``name``."""
        from django.db import connections

        self.disconnect()
        os.environ["DATABASE_URL"] = _database_url(name)
        for alias in connections:
            connections[alias].settings_dict["NAME"] = name

    def disconnect(self) -> None:
        """Close what this process holds of the database."""
        from django.db import connections

        for connection in connections.all(initialized_only=True):
            connection.close()
            connection.close_pool()

    def _prepare(self) -> None:
        try:
            self._drop_databases()
            with self._maintenance() as link:
                link.execute(f"CREATE DATABASE {DATABASE}")
                link.execute(f"CREATE DATABASE {FLOORS}")
        except psycopg.OperationalError as trouble:
            raise SystemExit(f"PostgreSQL没有应答（TEST_DATABASE_URL）：{trouble}") from None
        self._made["redis"] = _own_redis(REDIS)
        os.environ.update(
            DJANGO_SETTINGS_MODULE=PRODUCT,
            DATABASE_URL=self.dsn,
            PLAIN_DATABASE_URL=_database_url(FLOORS),
            REDIS_URL=self._made["redis"],
            TONGKE_DATA=str(self.folder),
            PUBLIC_URL=PUBLIC,
            LOG_LEVEL="WARNING",
            DEMO="0",
        )
        self.run("manage.py", "prepare")
        self.copy(PRISTINE, DATABASE)

    def run(self, *arguments: str, settings: str = PRODUCT, **environment: str) -> str:
        """Run Python in a process of its own; what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": settings, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        return done.stdout

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What ``make`` makes, made at first use."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def granian(
        self, target: str, *, settings: str = PRODUCT, workers: int = 1, **environment: str
    ) -> Server:
        """Pages on granian, as docs/scaling.md serves them."""
        port = free_port()
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += [
            "--port",
            str(port),
            "--workers",
            str(workers),
            "--log-level",
            "warning",
            target,
        ]
        return self._serve(command, port, settings, environment)

    def uvicorn(self, target: str, *, settings: str = PRODUCT, **environment: str) -> Server:
        """Sockets on uvicorn, as docs/scaling.md serves them."""
        port = free_port()
        command = [sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--log-level", "warning", "--ws-max-size", "65536", target]
        return self._serve(command, port, settings, environment)

    def _serve(
        self, command: list[str], port: int, settings: str, environment: dict[str, str]
    ) -> Server:
        server = Server(
            command,
            port=port,
            log=self.folder / f"server-{port}.log",
            environment={**os.environ, "DJANGO_SETTINGS_MODULE": settings, **environment},
        )
        self._servers.append(server)
        return server

    def floors(self) -> None:
        """The floors' own tables and pages, laid at first use. Refuses a bare page that is not what it says."""

        def plant() -> str:
            self.run("-m", "django", "migrate", settings=PLAIN, MIGRATING="1")
            said = self.run("-m", "tests.bench.bare.plant", settings=PLAIN)
            if said.split()[:2] != ["200", "5"]:
                raise SystemExit(f"the bare page is not one of five statements: {said}")
            return said

        self.once("floors", plant)

    @cached_property
    def meter(self) -> Any:
        from tests.bench.machine import Meter

        return Meter(self.dsn)
