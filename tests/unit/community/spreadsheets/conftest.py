"""What the tests of spreadsheets share: rosters made by a library, and workbooks made by hand."""

import gc
import io
import json
import os
import re
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import openpyxl
import pytest

from community.spreadsheets import child, reading
from community.spreadsheets.limits import Column, Limits

COLUMNS = (
    Column("姓名"),
    Column("证件号", required=False, aliases=("身份证号",)),
    Column("手机号"),
    Column("单位"),
)
HEADER = ("姓名*", "证件号", "手机号*", "单位*")
PERSON = ("阿衣·布茹", "51010419900101123X", "13800138000", "布拖县民族小学")

MakeWorkbook = Callable[..., Path]

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.fixture
def columns() -> Sequence[Column]:
    return COLUMNS


@pytest.fixture
def roster(tmp_path: Path) -> MakeWorkbook:
    """Write rows (from row 1, column A) into an .xlsx, as an office program would."""

    def make(
        rows: Iterable[Sequence[Any]], *, name: str = "名单.xlsx", sheet: str = "名单"
    ) -> Path:
        workbook = openpyxl.Workbook(write_only=True)
        page = workbook.create_sheet(sheet)
        for row in rows:
            page.append(row)
        path = tmp_path / name
        workbook.save(path)
        return path

    return make


@pytest.fixture
def by_hand(tmp_path: Path) -> MakeWorkbook:
    """Write an .xlsx whose one sheet is the XML given, whole or in pieces: hostile ones."""

    def make(
        sheet_data: str | Iterable[bytes],
        *,
        shared: Iterable[bytes] = (),
        extra: Iterable[tuple[str, bytes]] = (),
        name: str = "名单.xlsx",
    ) -> Path:
        path = tmp_path / name
        pieces = [sheet_data.encode()] if isinstance(sheet_data, str) else sheet_data
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", _TYPES)
            archive.writestr(
                "_rels/.rels",
                f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
                f'Type="{_RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            )
            archive.writestr(
                "xl/workbook.xml",
                f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets>'
                '<sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>',
            )
            archive.writestr(
                "xl/_rels/workbook.xml.rels",
                f'<Relationships xmlns="{_PACKAGE}">'
                f'<Relationship Id="rId1" Type="{_RELATION}/worksheet" '
                'Target="worksheets/sheet1.xml"/>'
                f'<Relationship Id="rId2" Type="{_RELATION}/sharedStrings" '
                'Target="sharedStrings.xml"/>'
                "</Relationships>",
            )
            with archive.open("xl/worksheets/sheet1.xml", "w") as part:
                part.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
                part.writelines(pieces)
                part.write(b"</sheetData></worksheet>")
            with archive.open("xl/sharedStrings.xml", "w") as part:
                part.write(f'<sst xmlns="{_MAIN}">'.encode())
                part.writelines(shared)
                part.write(b"</sst>")
            for entry, content in extra:
                archive.writestr(entry, content)
        return path

    return make


@pytest.fixture
def header_xml() -> str:
    """Row 1 of a roster, as XML."""
    cells = "".join(
        f'<c r="{letter}1" t="inlineStr"><is><t>{name}</t></is></c>'
        for letter, name in zip("ABCD", HEADER, strict=True)
    )
    return f'<row r="1">{cells}</row>'


@pytest.fixture(params=["in a child", "in this process"])
def each_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with the real child, and again with the child's code here, where it is measured."""

    def run(source: Path, asked: dict[str, Any], _limits: Limits) -> tuple[list[bytes], int, bool]:
        out = io.BytesIO()
        with source.open("rb") as file:
            child.serve(json.loads(json.dumps(asked)), file, out)
        return out.getvalue().splitlines(keepends=True), 0, False

    if request.param == "in this process":
        monkeypatch.setattr(reading, "_run", run)


def megabytes_in_use() -> float:
    """What this process holds in memory."""
    resident = int(Path("/proc/self/statm").read_text().split()[1])
    return resident * os.sysconf("SC_PAGE_SIZE") / 1024**2


@dataclass
class Watched:
    """The largest resident memory, in KiB, of the children that a test started."""

    peak: int = 0

    def watch(self, child: subprocess.Popen[bytes]) -> None:
        """Look at ``child`` until it ends.

        Its own high-water mark, which begins at its exec: ``ru_maxrss`` has the memory of whoever
        forked it too, and that of children who ended long before.
        """
        status = Path(f"/proc/{child.pid}/status")
        while child.returncode is None:
            try:
                found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
            except OSError:
                return
            if found is None:  # it has ended and is not fetched yet
                return
            self.peak = max(self.peak, int(found[1]))
            time.sleep(0.005)  # how often its memory is read while it lives


@pytest.fixture
def stays_small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """After a bad file this process holds hardly more than before, and no child held 512 MiB."""
    watched, watchers = Watched(), []

    class WatchedChild(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            watchers.append(Thread(target=watched.watch, args=(self,)))
            watchers[-1].start()

    monkeypatch.setattr(reading.subprocess, "Popen", WatchedChild)
    gc.collect()
    before = megabytes_in_use()
    yield
    for watcher in watchers:
        watcher.join(timeout=5)
    assert megabytes_in_use() - before < 100
    assert watched.peak <= 512 * 1024
    assert bool(watchers) == bool(watched.peak), "a child that ran was measured"
