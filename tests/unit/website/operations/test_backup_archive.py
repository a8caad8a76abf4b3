"""An archive that is not exactly what was written is refused in words, whatever happened to it."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from website.operations.backup_archive import BackupFaulty, unpack_archive, write_archive

ABOUT = {
    "made_at": "2026-11-26T08:00:00+08:00",
    "engine": "sqlite",
    "migrations": [],
    "counts": {},
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    source = folder / "source"
    source.mkdir()
    (source / "一.pdf").write_bytes(b"certificate" * 500)
    (source / "b.png").write_bytes(bytes(range(256)) * 20)
    path = folder / "tongke.tar.gz"
    with write_archive(path) as writer:
        writer.add_folder("media", source)
        writer.add("media/gone", source / "gone")
        writer.finish(**ABOUT)
    return path


def packed(path: Path, files: dict[str, bytes], *, link: str = "") -> Path:
    with tarfile.open(path, "w:gz") as tar:
        if link:
            entry = tarfile.TarInfo(link)
            entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(entry)
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


def test_what_was_written_is_unpacked_and_a_file_just_deleted_is_left_out(
    archive: Path, tmp_path: Path
) -> None:
    manifest = unpack_archive(archive, tmp_path)

    assert [file["path"] for file in manifest["files"]] == ["media/b.png", "media/一.pdf"]
    assert (tmp_path / "media/一.pdf").read_bytes() == b"certificate" * 500


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_one_changed_byte_is_refused_or_changes_nothing(
    archive: Path, tmp_path: Path, data: st.DataObject
) -> None:
    sound = archive.read_bytes()
    place = data.draw(st.integers(0, len(sound) - 1))
    mask = data.draw(st.integers(1, 255))
    changed = bytearray(sound)
    changed[place] ^= mask
    folder = Path(mkdtemp(dir=tmp_path))
    broken = folder / "broken.tar.gz"
    broken.write_bytes(changed)

    refused_or_whole(broken, folder / "out")


def refused_or_whole(broken: Path, out: Path) -> None:
    """What lies behind the last file (padding, check sums) may be lost: the manifest has its own."""
    try:
        unpack_archive(broken, out)
    except BackupFaulty:
        return
    assert (out / "media/一.pdf").read_bytes() == b"certificate" * 500
    assert (out / "media/b.png").read_bytes() == bytes(range(256)) * 20


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_that_was_cut_anywhere_is_refused_or_lost_nothing(
    archive: Path, tmp_path: Path, data: st.DataObject
) -> None:
    sound = archive.read_bytes()
    length = data.draw(st.integers(0, len(sound) - 1))
    folder = Path(mkdtemp(dir=tmp_path))
    cut = folder / "cut.tar.gz"
    cut.write_bytes(sound[:length])

    refused_or_whole(cut, folder / "out")


GOOD = b'{"format": 1, "made_at": "", "engine": "", "migrations": [], "counts": {}, "files": []}'
NOT_OURS = {
    "no archive": ({}, "", "不是同课的备份"),
    "a stranger": ({"a": b"b"}, "", "不是同课的备份"),
    "another format": ({"manifest.json": b'{"format": 99}'}, "", "不是同课的备份"),
    "a manifest that is no JSON": ({"manifest.json": b"{"}, "", "读不完整"),
    "a manifest without figures": ({"manifest.json": b'{"format": 1}'}, "", "清单缺了"),
    "a list of something else": (
        {"manifest.json": GOOD.replace(b"[]}", b'[{"qath": "a"}]}')},
        "",
        "清单读不懂",
    ),
    "no list at all": ({"manifest.json": GOOD.replace(b"[]}", b"1}")}, "", "清单读不懂"),
    "a file nobody listed": ({"a": b"b", "manifest.json": GOOD}, "", "与清单不符"),
    "something after the manifest": ({"manifest.json": GOOD, "a": b"b"}, "", "后面还有内容"),
    "a name that leads outside": ({"../a": b"b", "manifest.json": GOOD}, "", "不该有的内容"),
    "a name from the root": ({"/a": b"b", "manifest.json": GOOD}, "", "不该有的内容"),
    "a link": ({"manifest.json": GOOD}, "keys/vault.json", "不该有的内容"),
}


@pytest.mark.parametrize(("files", "link", "words"), NOT_OURS.values(), ids=NOT_OURS)
def test_what_is_not_ours_is_refused_and_nothing_leaves_the_folder(
    tmp_path: Path, files: dict[str, bytes], link: str, words: str
) -> None:
    path = packed(tmp_path / "strange.tar.gz", files, link=link)

    with pytest.raises(BackupFaulty, match=words):
        unpack_archive(path, tmp_path / "in/out")

    assert not (tmp_path / "in/a").exists()


def test_text_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.tar.gz"
    text.write_text("not an archive")

    with pytest.raises(BackupFaulty, match="读不完整"):
        unpack_archive(text, tmp_path)
    with pytest.raises(BackupFaulty, match="没有找到备份文件"):
        unpack_archive(tmp_path / "nowhere", tmp_path)


def test_a_backup_that_fails_half_way_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), write_archive(tmp_path / "tongke.tar.gz"):
        raise RuntimeError

    assert not list(tmp_path.iterdir())


def test_a_file_that_shrinks_while_it_is_read_keeps_its_place(tmp_path: Path) -> None:
    """The tar's header has promised its size: what is gone is padded, not left out of the archive."""
    from website.operations.backup_archive import _Hashing

    reader = _Hashing(io.BytesIO(b"short"), 9)

    assert reader.read(4) + reader.read() == b"short\0\0\0\0"
