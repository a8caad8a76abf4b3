"""导出: our files against COPY of the same columns, openpyxl and rustpy-xlsxwriter; memory at a million rows."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg
from django.db import connection
from django.utils import timezone

from community.models import Member, Region
from community.scope import forget_appointments
from tests.bench.classes import Classes, long_ago, make_classes, make_programme
from tests.bench.figures import Figure, at_least, at_most, median, rounds, timed, told
from tests.bench.ground import Ground
from tests.bench.people import coordinator
from tests.bench.pivots import attendance_join, completions_pivot
from tests.bench.statements import statements
from tests.bench.workbooks import by_openpyxl, by_rustpy, by_us
from training.models import Export, Programme
from training.operations.export import ExportOrder
from training.operations.export_run import write_export_now

PEOPLE: Final = 10_000
MARKS: Final = 90_000
"""People whose twelve half-days make 1,080,000 marks."""
FEW: Final = 833
"""People whose twelve half-days make 9,996 marks."""
ROUNDS: Final = 5


def programme_of(ground: Ground, slug: str, classes: Classes) -> Programme:
    """A programme with these closed classes, made once a run."""

    def make() -> Programme:
        programme = make_programme(slug, now=timezone.now())
        make_classes(programme, classes, starts_at=long_ago())
        return programme

    return ground.once(f"programme {slug}", make)  # type: ignore[no-any-return]


def order_for(programme: Programme, kind: str, file_format: str) -> ExportOrder:
    return ExportOrder(kind, programme, Region.objects.get(pk="510000"), file_format)


def _export(order: ExportOrder, by: Member, path: Path) -> int:
    return write_export_now(order=order, by=by, path=path, at=timezone.now()).rows


def _copied(dsn: str, sql: str, path: Path) -> None:
    """The floor: what COPY sends, as it comes, into a file."""
    with (
        psycopg.connect(dsn) as link,
        link.cursor() as cursor,
        path.open("wb") as file,
        cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)") as copy,
    ):
        for data in copy:
            file.write(data)


class NotTheSame(Exception):
    """The floor writes something else than we do: the ratio would mean nothing."""


def _same_cells(ours: Path, floor: Path) -> None:
    if _sum_of_rows(ours, header=True) != _sum_of_rows(floor, header=False):
        raise NotTheSame(f"{ours} {floor}")


def _sum_of_rows(path: Path, *, header: bool) -> int:
    """A number that depends on every cell and on no order of rows."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        if header:
            next(rows)
        return sum(hash(tuple(row)) for row in rows)


def run(ground: Ground) -> Iterator[Figure]:
    ours, floor = ground.folder / "ours", ground.folder / "floor"
    by = ground.once("province", partial(coordinator, "510000"))
    wide = programme_of(ground, "wide", Classes(PEOPLE, PEOPLE))
    yield from _completions(ground, wide, by, ours, floor)
    long = programme_of(ground, "long", Classes(MARKS))
    yield from _attendance(ground, long, by, ours, floor)
    few = programme_of(ground, "few", Classes(FEW, FEW))
    yield from _memory(ground, few, long)
    yield from _workbooks(wide, long, by, ours)


def _completions(
    ground: Ground, programme: Programme, by: Member, ours: Path, floor: Path
) -> Iterator[Figure]:
    order = order_for(programme, Export.Kind.COMPLETIONS, Export.Format.CSV)
    sql = completions_pivot(programme)
    ways: dict[str, Callable[[], Any]] = {
        "ours": partial(_export, order, by, ours),
        "floor": partial(_copied, ground.dsn, sql, floor),
    }
    forget_appointments(by)
    with statements() as sent:
        _export(order, by, ours)
    yield at_most("export.completions.statements", len(sent), "SQL", 5)
    _copied(ground.dsn, sql, floor)
    _same_cells(ours, floor)
    found = rounds(ROUNDS, {name: partial(timed, way) for name, way in ways.items()})
    yield at_most(
        "export.completions.csv", median(found["ours"]), "s", 1.8, floor=median(found["floor"])
    )


def _attendance(
    ground: Ground, programme: Programme, by: Member, ours: Path, floor: Path
) -> Iterator[Figure]:
    order = order_for(programme, Export.Kind.ATTENDANCE, Export.Format.CSV)
    sql = attendance_join(programme)
    rows = _export(order, by, ours)
    _copied(ground.dsn, sql, floor)
    _same_cells(ours, floor)
    found = rounds(
        ROUNDS,
        {
            "ours": partial(timed, partial(_export, order, by, ours)),
            "floor": partial(timed, partial(_copied, ground.dsn, sql, floor)),
        },
    )
    yield told("export.attendance.rows", rows, "rows")
    yield at_least(
        "export.attendance.csv",
        rows / median(found["ours"]),
        "rows/s",
        0.70,
        floor=rows / median(found["floor"]),
    )


def _memory(ground: Ground, few: Programme, many: Programme) -> Iterator[Figure]:
    """Peaks of whole processes that write one file each."""
    for file_format in (Export.Format.CSV, Export.Format.XLSX):
        peaks = {}
        for programme in (few, many):
            said = json.loads(
                ground.run("-m", "tests.bench.one_export", programme.slug, file_format)
            )
            peaks[programme.slug] = said
        small, large = peaks[few.slug], peaks[many.slug]
        name = f"export.attendance.{file_format}.peak"
        yield at_most(name, large["peak_mib"], "MiB", 1.1, floor=small["peak_mib"])
        yield told(
            f"{name}_above_idle",
            large["peak_mib"] - large["idle_mib"],
            "MiB",
            small["peak_mib"] - small["idle_mib"],
        )


def _workbooks(wide: Programme, long: Programme, by: Member, ours: Path) -> Iterator[Figure]:
    """The same rows, from memory, by three writers; and ours from the database to the file."""
    yield from _writers("completions", f"{completions_pivot(wide)} LIMIT {PEOPLE}", ours)
    yield from _writers("attendance", f"{attendance_join(long)} LIMIT 50000", ours)
    order = order_for(wide, Export.Kind.COMPLETIONS, Export.Format.XLSX)
    seconds = median(timed(partial(_export, order, by, ours)) for _ in range(3))
    yield told("export.xlsx.completions.whole", seconds, "s")


def _writers(name: str, sql: str, path: Path) -> Iterator[Figure]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows = [tuple(row) for row in cursor.fetchall()]
    header = tuple(f"第{at + 1}列" for at in range(len(rows[0])))
    writers = {"ours": by_us, "openpyxl": by_openpyxl, "rustpy": by_rustpy}
    found = rounds(
        3, {key: partial(timed, partial(way, path, header, rows)) for key, way in writers.items()}
    )
    speed = {writer: len(rows) / median(times) for writer, times in found.items()}
    yield at_least(f"export.xlsx.{name}", speed["ours"], "rows/s", 5, floor=speed["openpyxl"])
    yield at_least(
        f"export.xlsx.{name}.to_rustpy", speed["ours"], "rows/s", 0.8, floor=speed["rustpy"]
    )
