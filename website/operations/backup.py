"""Everything that an installation is, in one file, and putting it back (ruling 27)."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from community.models import Member
from community.operations.audit import record_audit
from community.refusals import Refusal
from community.scope import System
from community.vault import (
    CannotOpen,
    KeyringBroken,
    KeyringMissing,
    keyring,
    keys_file,
    open_sealed,
)
from website.operations.backup_archive import BackupFaulty, unpack_archive, write_archive
from website.operations.database_copy import copy_database, copy_name, engine, put_database

VAULT: Final = "keys/vault.json"
SECRET: Final = "keys/django_secret"  # noqa: S105  (a file's name)
COUNTED: Final = (
    "community.AuditEntry",
    "community.Member",
    "community.Notification",
    "training.Attendance",
    "training.Certificate",
    "training.CompletionRecord",
    "training.Enrolment",
    "training.HoursEntry",
)


class NotEmpty(Refusal):
    code = "installation_not_empty"


class BeingServed(Refusal):
    code = "installation_being_served"


class WrongBackup(Refusal):
    code = "wrong_backup"


def data_folders() -> dict[str, Path]:
    """The folders with people's files, by their names inside the archive."""
    storages: dict[str, Any] = dict(settings.STORAGES)
    private = storages["private"].get("OPTIONS", {}).get("location")
    return {"media": Path(settings.MEDIA_ROOT), "private": Path(str(private))}


def secret_file() -> Path:
    """Where the installation's own Django secret is kept."""
    return Path(settings.TONGKE_DATA) / "keys" / "django_secret"


def tables() -> dict[str, str]:
    """The tables that must come back to the last row, by their models."""
    return {label: apps.get_model(label)._meta.db_table for label in COUNTED}


def counts() -> dict[str, int]:
    """How many rows they hold now."""
    return {label: apps.get_model(label)._default_manager.count() for label in COUNTED}


def back_up(*, path: Path, at: datetime) -> dict[str, Any]:
    """Write database, files and keys to ``path`` (mode 0600), with a manifest of hashes; the
    manifest.

    The database is copied at one instant and first: whatever file it names is still there
    afterwards. Others go on working. Sockets, sessions' cache, static files and the outbox of
    messages are left out.
    """
    if not keys_file().exists():
        raise WrongBackup(
            _("没有找到密钥文件%(path)s，这样的备份恢复不了。") % {"path": keys_file()}
        )
    record_audit(by=System("manage.py backup"), action="installation.backed_up", at=at)
    with tempfile.TemporaryDirectory(dir=settings.TONGKE_DATA, prefix=".backup-") as folder:
        copy = Path(folder) / "database"
        figures = copy_database(copy, tables())
        with write_archive(path) as archive:
            archive.add(copy_name(), copy)
            archive.add(VAULT, keys_file())
            archive.add(SECRET, secret_file())
            for name, place in data_folders().items():
                archive.add_folder(name, place)
            return archive.finish(
                made_at=at.isoformat(),
                engine=engine(),
                migrations=applied_migrations(),
                counts=figures,
            )


def applied_migrations() -> list[str]:
    """Those that this database has, as ``app.name``."""
    loader = MigrationLoader(connection)
    return sorted(f"{app}.{name}" for app, name in loader.applied_migrations)


def restore(*, path: Path, replace: bool, at: datetime) -> dict[str, Any]:
    """Put back what `back_up` wrote to ``path``; the manifest, with where the old data lies as
    ``aside``.

    Nothing is touched before every hash was checked. Refuses a backup of the other kind of
    database or of a newer version, an installation that is being served, and one that has people
    unless ``replace``. What is replaced is moved aside, not deleted (PostgreSQL's tables
    excepted). All sessions end.
    """
    data = Path(settings.TONGKE_DATA)
    with _served_by_nobody(data), tempfile.TemporaryDirectory(dir=data, prefix=".restore-") as name:
        folder = Path(name)
        manifest = unpack_archive(path, folder)
        _require_ours(manifest)
        occupied = has_people()
        if occupied and not replace:
            raise NotEmpty(
                _("这里已有%(count)d个人的数据，没有恢复。确实要换成备份里的，请加--replace。")
                % {"count": occupied}
            )
        aside = data / f"before-restore-{at:%Y%m%d-%H%M%S}"
        # The database first: on PostgreSQL it is put whole or not at all.
        put_database(folder / copy_name(), aside)
        _put_keys(folder, aside)
        for part, place in data_folders().items():
            _put_folder(folder / part, place, aside / part)
        keyring.cache_clear()
    call_command("migrate", interactive=False, verbosity=0)
    Session.objects.all().delete()
    cache.clear()
    _require_complete(manifest)
    record_audit(
        by=System("manage.py restore"),
        action="installation.restored",
        at=at,
        backup=manifest["made_at"],
    )
    return {**manifest, "aside": str(aside) if aside.exists() else ""}


def has_people() -> int:
    """How many people this installation knows; 0 also where there are no tables yet."""
    try:
        return Member.objects.count()
    except DatabaseError:
        return 0


@contextmanager
def _served_by_nobody(data: Path) -> Iterator[None]:
    """Hold the lock of the serving process for as long as files are changed under it."""
    with (data / "serving.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BeingServed(_("这套系统正在运行，没有恢复。请先停止服务，再执行一次。")) from None
        yield


def _require_ours(manifest: dict[str, Any]) -> None:
    files = {file["path"] for file in manifest["files"]}
    if VAULT not in files:
        raise WrongBackup(_("这份备份里没有密钥，恢复后谁的证件号都读不出来，没有恢复。"))
    if manifest["engine"] != engine():
        raise WrongBackup(
            _("备份来自%(theirs)s，这里用的是%(ours)s，不能恢复。请用同一种数据库。")
            % {"theirs": manifest["engine"], "ours": engine()}
        )
    if copy_name() not in files:
        raise WrongBackup(_("这份备份里没有数据库，没有恢复。"))
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    ours = {label.partition(".")[0] for label in known}
    newer = [
        label
        for label in manifest["migrations"]
        if label not in known
        and label.partition(".")[0] in ours
        and not _is_squashed(label, loader)
    ]
    if newer:
        raise WrongBackup(
            _("备份来自更新的版本（%(label)s），请先升级程序，再恢复。") % {"label": newer[0]}
        )


def _is_squashed(label: str, loader: MigrationLoader) -> bool:
    app, _dot, name = label.partition(".")
    return any((app, name) in migration.replaces for migration in loader.disk_migrations.values())


def _put_keys(folder: Path, aside: Path) -> None:
    for name, place in ((VAULT, keys_file()), (SECRET, secret_file())):
        source = folder / name
        if not source.exists():  # a Django secret from the environment is in no file
            continue
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if place.exists() and place.read_bytes() != source.read_bytes():
            (aside / "keys").mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copy2(place, aside / name)
        draft = place.with_name(f".{place.name}.restored")
        shutil.copyfile(source, draft)
        draft.chmod(0o600)
        draft.replace(place)


def _put_folder(source: Path, place: Path, aside: Path) -> None:
    if place.exists() and any(place.iterdir()):
        aside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.move(place, aside)
    place.mkdir(parents=True, exist_ok=True)
    if source.exists():
        for entry in sorted(source.iterdir()):
            shutil.move(entry, place / entry.name)


def _require_complete(manifest: dict[str, Any]) -> None:
    """The figures of the backup, and one sealed number of each kind that opens with its keys."""
    now = counts()
    if wrong := sorted(label for label in COUNTED if now[label] != manifest["counts"].get(label)):
        raise BackupFaulty(
            _("恢复后的记录数与备份时不符（%(label)s：备份%(then)s，现在%(now)s）。")
            % {
                "label": wrong[0],
                "then": manifest["counts"].get(wrong[0]),
                "now": now[wrong[0]],
            }
        )
    sample = Member.objects.exclude(phone_sealed="").order_by("pk").first()
    try:
        keyring()
        if sample is not None:
            open_sealed(sample.phone_sealed, purpose="phone")
    except (CannotOpen, KeyringMissing, KeyringBroken) as fault:
        raise BackupFaulty(
            _("备份里的密钥打不开备份里的手机号：%(fault)s") % {"fault": fault}
        ) from fault
