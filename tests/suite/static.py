"""Checks that need no database row: migrations, settings for production, catalogue, style sheets."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "website.settings.production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "PUBLIC_URL": "https://tongke.example",
    "ALLOWED_HOSTS": "tongke.example",
}


def run(title: str, command: list[str], environment: dict[str, str] | None = None) -> int:
    print(f"· {title}", flush=True)
    return subprocess.call(command, env={**os.environ, **(environment or {})})


def main() -> int:
    python = sys.executable
    failed = run(
        "迁移与模型一致",
        [python, "manage.py", "makemigrations", "--check", "--dry-run", "-v", "1"],
        {"DJANGO_SETTINGS_MODULE": "website.settings.test"},
    )
    failed |= run(
        "check --deploy没有警告",
        [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        PRODUCTION,
    )
    failed |= run("英文目录完整", [python, "-m", "tests.suite.catalogue"])
    if shutil.which("npm"):
        failed |= run("样式表是最新的", ["npm", "ci", "--silent", "--no-audit", "--no-fund"])
        failed |= run("样式表是最新的", ["npm", "run", "--silent", "css:check"])
    return failed


if __name__ == "__main__":
    sys.exit(main())
