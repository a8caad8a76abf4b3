"""The archive of a backup: one .tar.gz with a manifest of hashes, written whole and read with
suspicion.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from django.utils.translation import gettext as _

from community.refusals import Refusal

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
NEEDED: Final = frozenset({"made_at", "engine", "migrations", "counts", "files"})
_CHUNK: Final = 1024 * 1024
_LONGEST_MANIFEST: Final = 64 * _CHUNK


class BackupFaulty(Refusal):
    code = "backup_faulty"


class ArchiveWriter:
    """Adds files one by one and keeps their hashes; the manifest goes last."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._files: list[dict[str, Any]] = []

    def add(self, name: str, path: Path) -> None:
        """Put the file at ``path`` in as ``name``; one that has just been deleted is left out."""
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return
        with source:
            size = os.fstat(source.fileno()).st_size
            reader = _Hashing(source, size)
            self._tar.addfile(_entry(name, size), reader)
        self._files.append({"path": name, "size": size, "sha256": reader.hexdigest()})

    def add_folder(self, name: str, folder: Path) -> None:
        """Put every file below ``folder`` in, below ``name``, in one order."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                self.add(f"{name}/{path.relative_to(folder).as_posix()}", path)

    def finish(self, **about: Any) -> dict[str, Any]:
        """Write the manifest: what ``about`` says, and every file with size and SHA-256."""
        manifest = {"format": FORMAT, **about, "files": self._files}
        text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        self._tar.addfile(_entry(MANIFEST, len(text)), io.BytesIO(text))
        return manifest


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


class _Hashing:
    """Reads a file that may still grow: exactly ``size`` bytes, hashed on the way."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        self._source, self._left, self._hash = source, size, hashlib.sha256()

    def read(self, count: int = -1) -> bytes:
        wanted = self._left if count < 0 else min(count, self._left)
        data = self._source.read(wanted)
        if len(data) < wanted:  # it was cut short meanwhile: the tar needs its bytes all the same
            data = data.ljust(wanted, b"\0")
        self._left -= len(data)
        self._hash.update(data)
        return data

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def write_archive(path: Path) -> Iterator[ArchiveWriter]:
    """An archive that appears at ``path`` (mode 0600) when it is complete, and not before."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as tar:
                yield ArchiveWriter(tar)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def unpack_archive(path: Path, folder: Path) -> dict[str, Any]:
    """Unpack into ``folder`` and return the manifest, after every hash was found right.

    Refuses what is not an archive of ours: another format, a missing, changed or surplus file, a
    name that leads outside, anything but plain files.
    """
    found: dict[str, tuple[int, str]] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(path, mode="r:gz") as tar:
            for entry in tar:
                if manifest is not None:
                    raise BackupFaulty(_("备份文件的清单后面还有内容，没有恢复。"))
                source = tar.extractfile(entry) if entry.isreg() else None
                if source is None or not _is_inside(entry.name):
                    raise BackupFaulty(_("备份文件里有不该有的内容，没有恢复：%s") % entry.name)
                if entry.name == MANIFEST:
                    manifest = json.loads(source.read(_LONGEST_MANIFEST))
                else:
                    found[entry.name] = _unpack(source, folder / entry.name)
    except FileNotFoundError:
        raise BackupFaulty(_("没有找到备份文件%(path)s。") % {"path": path}) from None
    except (OSError, EOFError, tarfile.TarError, ValueError, zlib.error) as fault:
        raise BackupFaulty(_("备份文件读不完整，没有恢复：%(fault)s") % {"fault": fault}) from fault
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BackupFaulty(_("这不是同课的备份文件，或者版本不同，没有恢复。"))
    if missing := NEEDED - manifest.keys():
        raise BackupFaulty(
            _("备份文件的清单缺了%(what)s，没有恢复。") % {"what": "、".join(sorted(missing))}
        )
    try:
        expected = {file["path"]: (file["size"], file["sha256"]) for file in manifest["files"]}
    except (KeyError, TypeError):
        raise BackupFaulty(_("备份文件的清单读不懂，没有恢复。")) from None
    if wrong := sorted(
        name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)
    ):
        raise BackupFaulty(
            _("备份文件有%(count)d处与清单不符，没有恢复，第一处是%(name)s。")
            % {"count": len(wrong), "name": wrong[0]}
        )
    return manifest


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _unpack(source: IO[bytes], path: Path) -> tuple[int, str]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        while data := source.read(_CHUNK):
            file.write(data)
            digest.update(data)
            size += len(data)
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()
