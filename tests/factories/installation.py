"""An installation of its own, driven by ``manage.py`` as an operator drives it.

A fresh interpreter spends seconds on imports before it does anything, so each installation keeps
one warm process that has its settings and has touched nothing else. Every command runs in a fork
of it: a process of its own with connections of its own, which ends when the command does.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings as django_settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "一段很长的新密码2026"
WARM = """
import json, os, sys
import django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
import manage
print("ready", flush=True)
for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child:
        _pid, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
        continue
    said = os.open(order["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(said, stream)
    code = 70
    try:
        sys.argv = ["manage.py", *order["words"]]
        manage.main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
"""


@dataclass
class Installation:
    """One data folder and one database."""

    data: Path
    database: str = ""
    code: int = 0
    _warm: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}},
            "DJANGO_SETTINGS_MODULE": "website.settings.base",
            "TONGKE_DATA": str(self.data),
            "TONGKE_ADMIN_PASSWORD": PASSWORD,
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
            "LOG_LEVEL": "WARNING",
            **({"DATABASE_URL": self.database} if self.database else {}),
        }

    def run(self, *words: str, ok: bool = True) -> str:
        """``manage.py WORDS``; what it said. Its exit code stays in ``code``."""
        warm = self._warm or self.start()
        assert warm.stdin is not None
        assert warm.stdout is not None
        said = self.data.with_name(f"{self.data.name}.said")
        warm.stdin.write(json.dumps({"words": words, "said": str(said)}) + "\n")
        warm.stdin.flush()
        self.code = int(warm.stdout.readline())
        text = said.read_text()
        assert (self.code == 0) == ok, text
        return text

    def run_cold(self, *words: str, ok: bool = True) -> str:
        """The same by a fresh interpreter, as from a shell."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.code = done.returncode
        text = done.stdout + done.stderr
        assert (self.code == 0) == ok, text
        return text

    def ask(self, script: str) -> Any:
        """What ``script`` prints as its last line of JSON, run in this installation's shell."""
        return json.loads(self.run("shell", "--no-imports", "-c", script).splitlines()[-1])

    def start(self) -> subprocess.Popen[str]:
        self._warm = subprocess.Popen(
            [sys.executable, "-c", WARM],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._warm.stdout is not None
        assert self._warm.stdout.readline() == "ready\n"
        return self._warm

    def stop(self) -> None:
        """End the warm process: settings are read again at the next command."""
        if self._warm is not None:
            assert self._warm.stdin is not None
            self._warm.stdin.close()
            assert self._warm.wait(timeout=60) == 0
            self._warm = None


def lay_schema(installation: Installation) -> None:
    """The suite's own migrated database, copied: migrating anew would take most of a minute."""
    if installation.database:
        copy = 'set -o pipefail; pg_dump -O "$1" | psql -qX -o /dev/null "$2"'
        addresses = (_suite(), installation.database)
        subprocess.run(["bash", "-c", copy, "copy", *addresses], check=True)
        return
    path = installation.data / "tongke.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])


def _suite() -> str:
    name = connection.settings_dict["NAME"]
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def _server() -> str:
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres"))


def new_database(template: str = "") -> str:
    """A database beside the suite's own, like ``template``; its address. Empty on SQLite."""
    if not django_settings.DATABASE_URL:
        return ""
    name = f"tongke_backup_{secrets.token_hex(4)}"
    address = urlunsplit(urlsplit(_server())._replace(path=f"/{name}"))
    fill_database(address, template)
    return address


def fill_database(address: str, template: str = "") -> None:
    """Make the database at ``address`` anew, like ``template`` or empty."""
    drop_database(address)
    like = f" TEMPLATE {urlsplit(template).path[1:]}" if template else ""
    _order(f"CREATE DATABASE {urlsplit(address).path[1:]}{like}")


def drop_database(address: str) -> None:
    if address:
        _order(f"DROP DATABASE IF EXISTS {urlsplit(address).path[1:]} WITH (FORCE)")


def _order(sql: str) -> None:
    # The notice "does not exist, skipping" is nobody's news.
    environment = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning"}
    subprocess.run(["psql", _server(), "-qXc", sql], check=True, env=environment)


def fill_folder(folder: Path, template: Path | None = None) -> None:
    """Make ``folder`` anew, like ``template`` or empty."""
    shutil.rmtree(folder, ignore_errors=True)
    if template:
        shutil.copytree(template, folder)
    else:
        folder.mkdir(parents=True)
