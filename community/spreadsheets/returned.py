"""The file a person sent, given back with a column that says what to mend (domain.md §h)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from community.spreadsheets.headers import FAULT_HEADING, plain_name, read_header
from community.spreadsheets.limits import DEFAULT_LIMITS, EMPTY, Column, Limits
from community.spreadsheets.reading import Row, Table, read_table, shown
from community.spreadsheets.writing import CsvEncoding, CsvSheet, XlsxSheets


def write_with_faults(
    original: Path,
    faults: Mapping[int, str],
    out: Path,
    *,
    columns: Sequence[Column],
    limits: Limits = DEFAULT_LIMITS,
    only_faulty: bool = False,
    corrected: Mapping[int, Mapping[str, str]] | None = None,
) -> int:
    """Write ``original`` to ``out`` with ``faults`` (row number to sentence) in a last column.

    .xlsx stays .xlsx; CSV stays CSV, GB18030 or else UTF-8 with a byte order mark. Rows keep their
    numbers, so that an earlier list of faults still fits, unless ``only_faulty`` leaves the good
    ones out. Cells become text, in .xlsx of the number format Text, as the file's author saw them:
    a mended id keeps its digits. ``corrected`` has what was typed since (row number to column name
    to text), which is given back in place of what the file had. An 错误说明 column from last time
    is filled anew. Returns the number of faulty rows written. Refuses as `read_table` does.
    """
    table = read_table(original, columns=columns, limits=limits, whole=True)
    top = _top(table)
    header = top[-1]
    names = [plain_name(name) for name in header]
    place = names.index(FAULT_HEADING) if FAULT_HEADING in names else len(names)
    head = [_with(row, place, FAULT_HEADING if row is header else EMPTY) for row in top]
    places = _places(header, columns)
    written = 0

    def rows() -> Iterator[list[str]]:
        nonlocal written
        last = table.header_row
        for number, cells in table:
            sentence = faults.get(number, EMPTY)
            if number <= table.header_row or (only_faulty and not sentence):
                continue
            if not only_faulty:
                yield from ([EMPTY] * len(head[-1]) for _gap in range(last + 1, number))
            last = number
            written += bool(sentence)
            now = [shown(cell) for cell in cells]
            for name, text in (corrected or {}).get(number, {}).items():
                if name in places:
                    now = _with(now, places[name], text)
            yield _with(now, place, sentence)

    if table.sheet is not None:
        with XlsxSheets(out, head[-1], name=table.sheet, above=head[:-1]) as workbook:
            workbook.write_rows(rows())
    else:
        encoding: CsvEncoding = "gb18030" if table.encoding == "gb18030" else "utf-8-sig"
        with CsvSheet(out, head[0], encoding=encoding) as text:
            text.write_rows(head[1:])
            text.write_rows(rows())
    return written


def _top(table: Table) -> list[list[str]]:
    """The rows down to the header, blank ones too."""
    found: dict[int, list[str]] = {}
    for row in table:
        if row.number > table.header_row:
            break
        found[row.number] = _shown(row)
    width = len(found[table.header_row])
    numbers = range(1, table.header_row + 1)
    return [found.get(number, [EMPTY] * width) for number in numbers]


def _places(header: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Where each column that the file has stands."""
    positions = read_header(0, header, columns).positions
    return {
        column.name: position
        for column, position in zip(columns, positions, strict=True)
        if position is not None
    }


def _shown(row: Row) -> list[str]:
    return [shown(cell) for cell in row.cells]


def _with(cells: list[str], place: int, text: str) -> list[str]:
    """``cells`` with ``text`` at ``place``, which is one of theirs or the next."""
    return [*cells[:place], text, *cells[place + 1 :]]
