"""The child that reads a spreadsheet: ``python -m community.spreadsheets.child REQUEST < FILE``.

It lives for one file, under limits of memory and time that it sets on itself before it looks at
the file, and has neither the settings nor the database of the site. It answers in lines of JSON:
the header, then rows in batches as ``[number, cell, …]``, then ``{"end": n}``; or
``{"fault": code}`` at any point. A parser that aborts takes only this process with it
(security.md F14).
"""

import io
import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from typing import IO, Any, BinaryIO, Final

import python_calamine

from community.spreadsheets.container import farthest, inspect, open_container
from community.spreadsheets.headers import Header, find_header, read_header
from community.spreadsheets.limits import EMPTY, Column, Limits, Unfit
from community.spreadsheets.text_file import encoding_of, records, separator_of

OUT_OF_MEMORY: Final = 3
"""Exit code of a child whose memory ran out; another then measures how far the file reaches."""

_BATCH: Final = 500
_MERGED_SHOWN: Final = 1_000

Rows = Iterator[list[Any]]


class Answer:
    """What the child says, line by line, bounded by ``limits.text_bytes``."""

    def __init__(self, out: IO[bytes], limits: Limits) -> None:
        self.out, self.left, self.limit = out, limits.text_bytes, limits.text_bytes

    def say(self, value: Any) -> None:
        """One line of JSON. Refuses to say more than the parent is ready to hold."""
        try:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_marked)
            line = text.encode("utf-8")
        except UnicodeEncodeError:
            raise Unfit("unreadable", reason="surrogate") from None
        self.left -= len(line) + 1
        if self.left < 0:
            raise Unfit("too_large", what="text", limit=self.limit)
        self.out.write(line + b"\n")


def _marked(value: object) -> dict[str, Any]:
    """Cells that JSON has no type for; `reading._unmarked` is the inverse."""
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, time):
        return {"time": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    raise TypeError(type(value).__name__)


def restrain(limits: Limits) -> None:
    """Bound this process: memory, CPU, open files, no core dump (it would hold people's data).

    A platform that lacks one of the limits still has the others, and the parent's clock.
    """
    try:
        import resource
    except ImportError:
        return
    for kind, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1),
        (resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes),
        (resource.RLIMIT_NOFILE, 64, 64),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, hard))


def read_workbook(
    file: BinaryIO, columns: Sequence[Column], limits: Limits, *, whole: bool, answer: Answer
) -> None:
    """Answer with the first visible sheet whose header fits ``columns``."""
    packed = file.read()
    with open_container(io.BytesIO(packed)) as archive:
        inspect(archive, limits, packed_bytes=len(packed))
    try:
        workbook = python_calamine.load_workbook(io.BytesIO(packed))
    except python_calamine.PasswordError:
        raise Unfit("password_protected") from None
    except python_calamine.CalamineError:
        raise Unfit("unreadable", reason="xml") from None
    sheets = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
    ]
    shown = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.name in sheets and sheet.visible == python_calamine.SheetVisibleEnum.Visible
    ]
    hidden = [name for name in sheets if name not in shown]
    best: tuple[Header, str] | None = None
    is_blank = True
    for name in shown:
        try:
            sheet = workbook.get_sheet_by_name(name)
        except python_calamine.CalamineError:
            raise Unfit("unreadable", reason="xml") from None
        if sheet.start is None or sheet.end is None:
            continue
        is_blank = False
        if sheet.end[1] >= limits.columns:
            raise Unfit("too_many_columns", sheet=name, last=sheet.end[1], limit=limits.columns)
        left = [EMPTY] * sheet.start[1]
        rows: Rows = (left + cells for cells in sheet.iter_rows()) if left else sheet.iter_rows()
        first = list(itertools.islice(rows, limits.header_rows))
        header = find_header(first, columns) if columns else read_header(0, first[0], ())
        if header is None or not header.fits:
            if header and (best is None or header.hits > best[0].hits):
                best = (header, name)
            continue
        merged = [
            [*top_left, *bottom_right]
            for top_left, bottom_right in sheet.merged_cell_ranges or ()
            if bottom_right[0] >= header.row
        ]
        about = {"sheet": name, "merged": merged[:_MERGED_SHOWN]}
        rows = itertools.chain(first, rows)
        return send(
            rows, header, limits, width=sheet.end[1] + 1, whole=whole, about=about, answer=answer
        )
    if is_blank:
        raise Unfit("file_empty", what="cells", hidden=hidden)
    if best:
        raise ill_header(best[0], columns, sheet=best[1])
    if len(sheets) > 1:
        raise Unfit("wrong_sheet", sheets=shown, hidden=hidden)
    raise Unfit(
        "header_missing", missing=[c.name for c in columns if c.required], rows=limits.header_rows
    )


def read_text(
    file: BinaryIO, columns: Sequence[Column], limits: Limits, *, whole: bool, answer: Answer
) -> None:
    """Answer with the rows of a CSV file."""
    encoding = encoding_of(file)
    separator = separator_of(file, encoding, columns, limits)
    rows = records(file, encoding, separator)
    first = list(itertools.islice(rows, limits.header_rows))
    if not any(map(any, first)):
        raise Unfit("file_empty", what="cells")
    header = find_header(first, columns) if columns else read_header(0, first[0], ())
    if header is None:
        raise Unfit(
            "header_missing",
            missing=[column.name for column in columns if column.required],
            rows=limits.header_rows,
            encoding=encoding,
        )
    if not header.fits:
        raise ill_header(header, columns)
    width = max(map(len, first))
    if width > limits.columns:
        raise Unfit("too_many_columns", last=width - 1, limit=limits.columns)
    about = {"encoding": encoding, "separator": separator}
    rows = _evened(itertools.chain(first, rows), width)
    send(rows, header, limits, width=width, whole=whole, about=about, answer=answer)


def _evened(rows: Rows, width: int) -> Rows:
    """Rows of at least ``width`` cells."""
    for cells in rows:
        if (lack := width - len(cells)) > 0:
            cells += [EMPTY] * lack
        yield cells


def ill_header(header: Header, columns: Sequence[Column], sheet: str | None = None) -> Unfit:
    """What is wrong with the row that comes nearest to being the header."""
    if header.missing:
        found = [c.name for c, at in zip(columns, header.positions, strict=True) if at is not None]
        return Unfit(
            "header_missing", missing=header.missing, found=found, row=header.row + 1, sheet=sheet
        )
    return Unfit("header_doubled", doubled=header.doubled, row=header.row + 1, sheet=sheet)


def send(
    rows: Iterable[list[Any]],
    header: Header,
    limits: Limits,
    *,
    width: int,
    whole: bool,
    about: dict[str, Any],
    answer: Answer,
) -> None:
    """Say the header, then each row that is not blank, numbered as a spreadsheet numbers it.

    ``whole`` sends every cell of every row, those above the header too; otherwise the wanted
    columns of the rows below it, absent columns as empty cells.
    """
    answer.say(
        {**about, "row": header.row + 1, "positions": header.positions, "extra": header.extra}
    )
    wanted = range(width) if whole else header.positions
    # Each row gets an empty cell and its number at its end, for absent columns and for the front.
    pick = itemgetter(-1, *(-2 if at is None else at for at in wanted))
    below = 0 if whole else header.row + 1
    count = 0
    batch = []
    for number, cells in enumerate(rows, start=1):
        if number <= below:
            continue
        cells += (EMPTY, number)
        picked = pick(cells)
        if not any(
            cell != EMPTY and not _is_space(cell) for cell in itertools.islice(picked, 1, None)
        ):
            continue
        count += 1
        if count > limits.rows + (header.row + 1 if whole else 0):
            raise Unfit("too_many_rows", rows=None, limit=limits.rows)
        batch.append(picked)
        if len(batch) == _BATCH:
            answer.say(batch)
            batch = []
    if count == 0:
        raise Unfit("file_empty", what="rows", row=header.row + 1, sheet=about.get("sheet"))
    answer.say(batch)
    answer.say({"end": count})


def _is_space(cell: object) -> bool:
    return isinstance(cell, str) and not cell.strip()


def measure(file: BinaryIO, answer: Answer) -> None:
    """Answer how far the sheets of a workbook reach, without reading a cell."""
    with open_container(io.BytesIO(file.read())) as archive:
        row, column = farthest(archive)
    answer.say({"last_row": row, "last_column": column})


def serve(request: dict[str, Any], file: BinaryIO, out: IO[bytes]) -> None:
    """Carry out one request; whatever a parser throws becomes a fault line."""
    limits = Limits(**request["limits"])
    columns = [
        Column(name, required, tuple(aliases)) for name, required, aliases in request["columns"]
    ]
    answer = Answer(out, limits)
    try:
        if request["task"] == "measure":
            measure(file, answer)
        elif request["task"] == "workbook":
            read_workbook(file, columns, limits, whole=request["whole"], answer=answer)
        else:
            read_text(file, columns, limits, whole=request["whole"], answer=answer)
    except Unfit as unfit:
        fault = {"fault": unfit.code, "details": unfit.details}
    except MemoryError:
        raise SystemExit(OUT_OF_MEMORY) from None
    except BaseException as broken:  # a panic in Rust is no Exception
        fault = {
            "fault": "unreadable",
            "details": {"reason": "xml", "error": type(broken).__name__},
        }
    else:
        return
    out.write(json.dumps(fault).encode("ascii") + b"\n")


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    restrain(Limits(**asked["limits"]))
    serve(asked, sys.stdin.buffer, sys.stdout.buffer)
