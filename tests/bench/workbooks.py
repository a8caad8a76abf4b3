"""Three writers of the same rows: ours, openpyxl's write-only mode, rustpy-xlsxwriter in constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from community.spreadsheets.writing import XlsxSheets

Rows = Sequence[Sequence[str]]


def by_us(path: Path, header: Sequence[str], rows: Rows) -> None:
    with XlsxSheets(path, header, name="表") as sheet:
        sheet.write_rows(rows)


def by_openpyxl(path: Path, header: Sequence[str], rows: Rows) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("表")
    sheet.append(list(header))
    for row in rows:
        sheet.append(row)
    book.save(path)


def by_rustpy(path: Path, header: Sequence[str], rows: Rows) -> None:
    from rustpy_xlsxwriter import FastExcel

    def records() -> Iterator[dict[str, str]]:
        for row in rows:
            yield dict(zip(header, row, strict=True))

    FastExcel(str(path)).sheet("表", records()).save()
