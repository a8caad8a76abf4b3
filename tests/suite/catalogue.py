"""The English catalogue: every Chinese message of the code is in it, translated, and the .mo is current.

``--write`` brings the catalogue up to date (new messages stay untranslated until somebody writes them).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CATALOGUE = Path("website/locale/en/LC_MESSAGES/django.po")
IGNORED = ("node_modules", ".venv", "var", "tests", "docs")


def messages(po: Path) -> dict[str, str]:
    """msgctxt and msgid → msgstr of a catalogue (plural forms joined)."""
    found: dict[str, str] = {}
    if not po.exists():
        return found
    for block in po.read_text(encoding="utf-8").split("\n\n"):
        if "\n#~" in "\n" + block:
            continue
        parts: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            start = re.match(r'(msg\w+(?:\[\d\])?) "(.*)"$', line)
            if start:
                key = start[1]
                parts[key] = start[2]
            elif line.startswith('"') and key:
                parts[key] += line[1:-1]
        if parts.get("msgid"):
            name = (
                parts.get("msgctxt", "")
                + "\x04"
                + parts["msgid"]
                + "\x00"
                + parts.get("msgid_plural", "")
            )
            values = [text for part, text in parts.items() if part.startswith("msgstr")]
            found[name] = "" if not all(values) or ", fuzzy" in block else "\x00".join(values)
    return found


def collect(into: Path) -> None:
    """Run makemessages over a copy, so that a check changes nothing here."""
    for floor in ("website", "training", "studios", "courses", "community", "manage.py"):
        source = Path(floor)
        if source.is_dir():
            shutil.copytree(
                source, into / floor, ignore=shutil.ignore_patterns("__pycache__", "fonts")
            )
        else:
            shutil.copy(source, into / floor)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "website.settings.test",
        "PYTHONPATH": str(into),
    }
    command = [
        sys.executable,
        "manage.py",
        "makemessages",
        "-l",
        "en",
        "--no-obsolete",
        "--no-location",
        "-v",
        "0",
    ]
    for folder in IGNORED:
        command += ["-i", folder]
    subprocess.run(command, cwd=into, env=environment, check=True)


def main() -> int:
    if not shutil.which("xgettext"):
        print("  没有gettext工具，跳过对照（apt-get install gettext）")
        return 1 if os.environ.get("SUITE_MUST_BE_WHOLE") == "1" else 0
    with tempfile.TemporaryDirectory() as folder:
        collect(Path(folder))
        fresh_file = Path(folder) / CATALOGUE
        if "--write" in sys.argv:
            CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(fresh_file, CATALOGUE)
            subprocess.run(
                ["msgfmt", "-o", str(CATALOGUE.with_suffix(".mo")), str(CATALOGUE)], check=True
            )
        fresh = messages(fresh_file)
        here = messages(CATALOGUE)
        missing = [name for name in fresh if name not in here]
        stale = [name for name in here if name not in fresh]
        untranslated = [name for name, text in here.items() if not text]
        compiled = Path(folder) / "now.mo"
        if CATALOGUE.exists():
            subprocess.run(
                ["msgfmt", "--check-format", "-o", str(compiled), str(CATALOGUE)], check=True
            )
        committed = CATALOGUE.with_suffix(".mo")
        old_mo = not committed.exists() or compiled.read_bytes() != committed.read_bytes()
    for title, names in (("缺少", missing), ("多余", stale), ("没有译文", untranslated)):
        if names:
            print(f"  {title}{len(names)}条，例如：")
            for name in names[:10]:
                print("    " + name.strip("\x04\x00").replace("\x00", " / "))
    if old_mo:
        print("  django.mo不是最新的，请运行make messages")
    return 1 if missing or stale or untranslated or old_mo else 0


if __name__ == "__main__":
    sys.exit(main())
