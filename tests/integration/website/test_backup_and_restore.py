"""Backup and restore as an operator does them: by command, on an installation of its own."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import shutil
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.factories.installation import (
    Installation,
    drop_database,
    fill_database,
    fill_folder,
    lay_schema,
    new_database,
)

# The suite's own database is only copied; without the mark it would not be made.
pytestmark = pytest.mark.django_db

POPULATE = """
from datetime import timedelta
from decimal import Decimal
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone
from tests.factories.cast import Cast
from training.models import HoursEntry
cast = Cast(at=timezone.now())
entry = cast.enrolment
HoursEntry.objects.create(
    member=cast.trainee, enrolment=entry, cycle="2026-09", year=2026, title="x",
    content_key="module:1", source_kind="session", source_id=1, kind="award",
    hours=Decimal("3.0"), rule="x@1", at=timezone.now(), earned_on=timezone.localdate(),
)
session = SessionStore()
session["whose"] = "logged in"
session.create()
storages["private"].save("certificates/一.pdf", ContentFile(b"certificate"))
storages["default"].save("pictures/a.png", ContentFile(b"picture"))
"""
NEWCOMER = """
from tests.factories.cast import Cast
Cast(_phones=50).member("新来的")
"""
# Every row of every table, every rule that the database keeps, every sequence, and what the keys open.
FACTS = """
import hashlib, json
from django.db import connection
from community.models import Member
from community.vault import open_sealed
RULES = {
    "sqlite": ["SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"],
    "postgresql": [
        "SELECT tgname, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT proname, pg_get_functiondef(oid) FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'",
    ],
}
SEQUENCES = {
    "sqlite": "SELECT name, seq FROM sqlite_sequence",
    "postgresql": "SELECT sequencename, last_value FROM pg_sequences",
}
def rows(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return sorted(repr(row) for row in cursor.fetchall())
def digest(lines):
    return hashlib.sha256("\\n".join(lines).encode()).hexdigest()[:16]
tables = sorted(connection.introspection.table_names())
people = Member.objects.exclude(phone_sealed="").order_by("pk")
print(json.dumps({
    "rows": {
        table: [len(found := rows(f'SELECT * FROM "{table}"')), digest(found)]
        for table in tables if table not in {"django_session", "community_auditentry"}
    },
    "audit": rows("SELECT * FROM community_auditentry WHERE action <> 'installation.restored'"),
    "sessions": len(rows("SELECT * FROM django_session")),
    "rules": [found for sql in RULES[connection.vendor] for found in rows(sql)],
    "sequences": [
        found for found in rows(SEQUENCES[connection.vendor]) if "auditentry" not in found
    ],
    "phones": [open_sealed(person.phone_sealed, purpose="phone") for person in people],
}))
"""


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, ...]]:
    """Two machines, each with a folder and a database of the kind that this run is for."""
    folder = tmp_path_factory.mktemp("machines")
    both = tuple(Installation(folder / name, new_database()) for name in ("here", "there"))
    for machine in both:
        fill_folder(machine.data)
    yield both
    for machine in both:
        machine.stop()
        drop_database(machine.database)


@pytest.fixture(scope="module")
def original(
    machines: tuple[Installation, ...],
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: Any,
) -> Iterator[Installation]:
    """Prepared once: one person in one class with hours, a certificate, a picture. Not to be
    touched.
    """
    here = machines[0]
    with django_db_blocker.unblock():
        lay_schema(here)
    here.run("prepare", "--no-static")
    here.run("create_first_admin", "--username", "admin", "--name", "管理员")
    here.run("shell", "--no-imports", "-c", POPULATE)
    kept = Installation(tmp_path_factory.mktemp("kept") / "data", new_database(here.database))
    fill_folder(kept.data, here.data)
    yield kept
    drop_database(kept.database)


@pytest.fixture(scope="module")
def backup(original: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the original, made by command in a fresh interpreter, as cron does it."""
    archive = tmp_path_factory.mktemp("backup") / "tongke.tar.gz"
    original.run_cold("backup", str(archive))
    return archive


@pytest.fixture
def here(machines: tuple[Installation, ...], original: Installation) -> Installation:
    """The original's machine, as it was before the backup."""
    here = machines[0]
    if here.database:
        fill_database(here.database, original.database)
    fill_folder(here.data, original.data)
    return here


@pytest.fixture
def there(machines: tuple[Installation, ...]) -> Installation:
    """Another machine: an empty folder and an empty database."""
    there = machines[1]
    if there.database:
        fill_database(there.database)
    fill_folder(there.data)
    return there


def test_what_was_backed_up_comes_back_row_for_row(
    here: Installation, there: Installation, tmp_path: Path
) -> None:
    archive = tmp_path / "tongke.tar.gz"
    said = here.run("backup", str(archive))
    assert "community.AuditEntry" in said
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    facts = here.ask(FACTS)
    assert facts["rows"]["training_hoursentry"][0] == 1
    assert facts["sessions"] == 1
    here.run("backup", str(archive), ok=False)
    assert here.code == 1, "an existing file is not overwritten"

    there.run("restore", str(archive))

    restored = there.ask(FACTS)
    assert restored.pop("sessions") == 0, "everybody logs in again"
    assert restored == {name: value for name, value in facts.items() if name != "sessions"}
    assert (there.data / "private/certificates/一.pdf").read_bytes() == b"certificate"
    assert (there.data / "media/pictures/a.png").read_bytes() == b"picture"
    for name in ("vault.json", "django_secret"):
        keys = there.data / "keys" / name
        assert stat.S_IMODE(keys.stat().st_mode) == 0o600
        assert keys.read_bytes() == (here.data / "keys" / name).read_bytes()
    assert not [path for path in there.data.iterdir() if path.name.startswith(".")]


def test_what_was_restored_is_a_working_installation(backup: Path, there: Installation) -> None:
    there.run("restore", str(backup))
    there.stop()  # the next process starts with the restored secret

    there.run("prepare", "--no-static")
    # A new row takes the next number, not one that is taken.
    there.run("shell", "--no-imports", "-c", NEWCOMER)
    there.run("appoint", "admin", "--region", "513400")
    # Its tables are still append-only.
    change = "from community.models import AuditEntry; AuditEntry.objects.update(action='x')"
    assert "Error" in there.run("shell", "--no-imports", "-c", change, ok=False)


def test_on_top_of_people_nothing_is_restored_by_accident(here: Installation, backup: Path) -> None:
    before = here.ask(FACTS)
    (here.data / "private/later.pdf").write_bytes(b"later")

    said = here.run("restore", str(backup), ok=False)

    assert here.code == 1
    assert "--replace" in said
    assert (here.data / "private/later.pdf").exists()
    assert here.ask(FACTS) == before


def test_what_is_replaced_on_purpose_is_kept_aside(here: Installation, backup: Path) -> None:
    before = here.ask(FACTS)
    here.run("appoint", "admin", "--region", "513400")
    (here.data / "private/later.pdf").write_bytes(b"later")

    said = here.run("restore", str(backup), "--replace")

    after = here.ask(FACTS)
    for name in ("rows", "rules", "phones"):
        assert after[name] == before[name]
    assert not (here.data / "private/later.pdf").exists()
    [aside] = here.data.glob("before-restore-*")
    assert str(aside) in said
    assert (aside / "private/later.pdf").read_bytes() == b"later"


def test_nothing_is_restored_under_a_running_server(here: Installation, backup: Path) -> None:
    with (here.data / "serving.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        said = here.run("restore", str(backup), "--replace", ok=False)

    assert "正在运行" in said


def test_a_backup_that_was_changed_or_cut_is_refused_and_nothing_is_touched(
    here: Installation, backup: Path, tmp_path: Path
) -> None:
    before = here.ask(FACTS)
    files = unpacked(backup)

    def refuse(broken: Path, words: str) -> None:
        said = here.run("restore", str(broken), "--replace", ok=False)
        assert here.code == 1
        assert words in said
        assert "Traceback" not in said

    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(backup.read_bytes()[:-2000])
    refuse(cut, "读不完整")
    changed = dict(files)
    changed["keys/vault.json"] = changed["keys/vault.json"].replace(b"0", b"1", 1) + b" "
    refuse(packed(tmp_path / "changed.tar.gz", changed), "与清单不符")
    for name, words in (("keys/vault.json", "没有密钥"), (database_of(files), "没有数据库")):
        rest = {other: data for other, data in files.items() if other != name}
        refuse(packed(tmp_path / "missing.tar.gz", rest), "与清单不符")
        # A manifest that tells the truth about it does not make it a backup.
        honest = with_manifest(rest, lambda m, name=name: forget(m, name))
        refuse(packed(tmp_path / "without.tar.gz", honest), words)
    newer = with_manifest(files, lambda m: m["migrations"].append("training.9999_from_the_future"))
    refuse(packed(tmp_path / "newer.tar.gz", newer), "更新的版本")
    other = with_manifest(files, lambda m: m.update(engine="oracle"))
    refuse(packed(tmp_path / "other.tar.gz", other), "oracle")
    here.run("restore", str(tmp_path / "nowhere.tar.gz"), ok=False)
    assert here.code == 2

    assert here.ask(FACTS) == before
    assert not list(here.data.glob("before-restore-*"))


def database_of(files: dict[str, bytes]) -> str:
    [name] = [name for name in files if name.startswith("database/")]
    return name


def forget(manifest: dict[str, Any], name: str) -> None:
    manifest["files"] = [file for file in manifest["files"] if file["path"] != name]


def unpacked(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar}  # type: ignore[union-attr]


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


def with_manifest(files: dict[str, bytes], change: Any) -> dict[str, bytes]:
    manifest = json.loads(files["manifest.json"])
    for file in manifest["files"]:
        if file["path"] in files:
            assert hashlib.sha256(files[file["path"]]).hexdigest() == file["sha256"]
    change(manifest)
    return {**files, "manifest.json": json.dumps(manifest).encode()}


def test_without_its_keys_an_installation_with_people_does_not_start(
    here: Installation, backup: Path, tmp_path: Path
) -> None:
    keys = here.data / "keys/vault.json"
    keys.rename(tmp_path / "vault.json")

    for words in (("prepare", "--no-static"), ("check",), ("backup", str(tmp_path / "b.tar.gz"))):
        assert "找不到密钥文件" in here.run(*words, ok=False)
    said = here.run("shell", "--no-imports", "-c", "import website.wsgi", ok=False)
    assert "找不到密钥文件" in said
    assert "找不到密钥文件" in here.run_cold("serve", "--port", "0", ok=False)
    assert not keys.exists(), "no fresh ring hides the loss"

    keys.write_text("{}")
    assert "读不出来" in here.run("check", ok=False)
    shutil.copy(tmp_path / "vault.json", keys)
    keys.chmod(0o644)
    assert "别人也能读" in here.run("check", ok=False)
    keys.unlink()

    here.run("restore", str(backup), "--replace")
    here.run("check")
