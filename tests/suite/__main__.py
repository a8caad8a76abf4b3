"""``make test``: the whole suite that this machine can run, and what was left out and why.

PostgreSQL, Redis and Chromium are used where they answer. With ``SUITE_MUST_BE_WHOLE=1`` (continuous
integration) something left out is a failure.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
from urllib.parse import urlsplit

POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgres://root@127.0.0.1:5432/tongke")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def answers(url: str) -> bool:
    """Whether something listens where ``url`` points."""
    address = urlsplit(url)
    try:
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=2):
            return True
    except OSError:
        return False


def make_database(url: str) -> bool:
    """Whether ``url``'s database can be used; the database that tests are copied beside is made if missing."""
    import psycopg

    address = urlsplit(url)
    name = address.path.lstrip("/")
    try:
        with psycopg.connect(address._replace(path="/postgres").geturl(), autocommit=True) as link:
            found = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if not found:
                link.execute(f'CREATE DATABASE "{name}"')
    except psycopg.Error:
        return False
    return True


def run_pytest(title: str, arguments: list[str], environment: dict[str, str]) -> int:
    print(f"\n── {title} ──", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    return subprocess.call(command, env={**os.environ, **environment})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coverage", action="store_true", help="measure, and hold the gate")
    options = parser.parse_args()

    left_out: list[str] = []
    on_postgres: dict[str, str] = {}
    if answers(POSTGRES) and make_database(POSTGRES):
        on_postgres["DATABASE_URL"] = POSTGRES
    else:
        left_out.append(
            "PostgreSQL没有应答：竞争测试和PostgreSQL上的整套测试没有运行（TEST_DATABASE_URL）"
        )
    if answers(REDIS):
        on_postgres["REDIS_URL"] = REDIS
    else:
        left_out.append("Redis没有应答：多进程消息的测试没有运行（TEST_REDIS_URL）")
    chromium = next((path for name in CHROMIUM if (path := shutil.which(name))), "")
    if not chromium:
        left_out.append("没有找到Chromium：浏览器测试没有运行")

    measure = ["--cov", "--cov-append", "--cov-report="] if options.coverage else []
    if options.coverage:
        subprocess.call([sys.executable, "-m", "coverage", "erase"])
    workers = ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadscope"]
    failed = run_pytest(
        "SQLite",
        [
            *workers,
            *measure,
            "-m",
            "not browser and not postgres and not redis",
            "tests/unit",
            "tests/integration",
        ],
        {"DATABASE_URL": "", "REDIS_URL": ""},
    )
    if "DATABASE_URL" in on_postgres:
        failed |= run_pytest(
            "PostgreSQL" + ("、Redis" if "REDIS_URL" in on_postgres else ""),
            [*workers, *measure, "-m", "not browser", "tests/unit", "tests/integration"],
            on_postgres,
        )
        if chromium:
            failed |= run_pytest(
                "Chromium",
                [*measure, "-m", "browser", "tests"],
                {**on_postgres, "CHROMIUM": chromium},
            )
    if options.coverage and not failed:
        failed |= subprocess.call([sys.executable, "-m", "tests.suite.coverage_gate"])
    print()
    for reason in left_out:
        print("没有运行：" + reason)
    if left_out and os.environ.get("SUITE_MUST_BE_WHOLE") == "1":
        return 1
    print("全部通过。" if not failed else "有测试没有通过。")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
