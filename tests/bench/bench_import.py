"""名单: 100,000 rows of .xlsx, checked and imported, against the same rows written without a look at them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from django.utils import timezone

from community.models import Region
from tests.bench.bulk import settle
from tests.bench.classes import make_institutions, make_programme
from tests.bench.figures import Figure, at_least, at_most, median, rounds, timed, told
from tests.bench.ground import COPY, DATABASE, PRISTINE, ROOT, Ground
from tests.bench.machine import resident_mib, tree, watch_memory
from tests.bench.people import BENCH
from tests.bench.roster_floors import copy_and_upsert, create_in_bulk
from tests.bench.rosters import FAULTY_IN, ROWS, write_roster
from training.curriculum import freeze_curriculum
from training.models import Cohort, Programme, RosterBatch
from training.operations.roster import check_roster
from training.operations.roster_import import import_roster

ROUNDS: Final = 3


class Rosters:
    """A province that has 100,000 people already, and a file of 100,000 others; each run on a copy."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        ground.use(PRISTINE)
        make_institutions()
        programme = make_programme("rosters", now=timezone.now())
        self.province = Region.objects.get(pk="510000")
        earlier, self.cohort = self._cohort(programme, "earlier"), self._cohort(programme, "now")
        self.file = write_roster(ground.folder / "roster.xlsx", first=0)
        self.same_rows = write_roster(ground.folder / "again.xlsx", first=0, sheet="再来一次")
        others = write_roster(ground.folder / "others.xlsx", first=ROWS)
        copy_and_upsert(others, cohort=earlier, batch=self.batch(earlier))
        settle()

    def start_anew(self) -> None:
        self.ground.disconnect()
        self.ground.copy(COPY, PRISTINE)
        self.ground.use(COPY)

    def _cohort(self, programme: Programme, code: str) -> Cohort:
        frozen = freeze_curriculum(programme)
        today = timezone.localdate()
        return Cohort.objects.create(
            programme=programme,
            host_region=self.province,
            code=code,
            name="百千人班",
            state=Cohort.State.ENROLLING,
            starts_on=today,
            ends_on=today,
            venue="教师培训中心",
            curriculum=frozen,
            rule_version=frozen["rule"]["version"],
        )

    def enrolled(self) -> int:
        return self.cohort.enrolments.active().count()

    def batch(self, cohort: Cohort) -> RosterBatch:
        return RosterBatch.objects.create(
            cohort=cohort,
            region=self.province,
            file_name="floor.xlsx",
            file_hash=str(cohort.pk),
            file_format="xlsx",
            uploaded_at=timezone.now(),
        )


class NotImported(Exception):
    """A run that did something else than it should: its time would mean nothing."""


def import_file(cohort: Cohort, province: Region, path: Path) -> RosterBatch:
    """What the command does: check, then import the good rows."""
    at = timezone.now()
    batch = check_roster(cohort=cohort, file=path, region=province, by=BENCH, at=at)
    return import_roster(batch=batch, by=BENCH, at=at)


def run(ground: Ground) -> Iterator[Figure]:
    rosters = Rosters(ground)
    again: list[float] = []

    def ours() -> float:
        rosters.start_anew()
        seconds = timed(lambda: import_file(rosters.cohort, rosters.province, rosters.file))
        found = rosters.enrolled()
        if found != ROWS - ROWS // FAULTY_IN:
            raise NotImported(f"{found} of {ROWS}")
        settle()
        again.append(
            timed(lambda: import_file(rosters.cohort, rosters.province, rosters.same_rows))
        )
        if rosters.enrolled() != found:
            raise NotImported("the second time is not the first")
        return seconds

    def floor(write: Callable[..., None]) -> float:
        rosters.start_anew()
        cohort = rosters.cohort
        seconds = timed(partial(write, rosters.file, cohort=cohort, batch=rosters.batch(cohort)))
        if rosters.enrolled() != ROWS:
            raise NotImported("the floor lost people")
        return seconds

    found = rounds(
        ROUNDS,
        {
            "ours": ours,
            "copy": partial(floor, copy_and_upsert),
            "bulk_create": partial(floor, create_in_bulk),
        },
    )
    speed = {way: ROWS / median(times) for way, times in found.items()}
    yield at_least("import.first", speed["ours"], "rows/s", 0.30, floor=speed["copy"])
    yield at_least(
        "import.first.to_bulk_create", speed["ours"], "rows/s", 1.0, floor=speed["bulk_create"]
    )
    plain = floor(partial(copy_and_upsert, is_plain=True))
    yield told("import.first.to_unsealed_copy", speed["ours"], "rows/s", ROWS / plain)
    yield at_least("import.again", ROWS / median(again), "rows/s", 1.5, floor=speed["ours"])
    yield _memory(rosters)
    ground.use(DATABASE)


def _memory(rosters: Rosters) -> Figure:
    """The peak of the process that imports and of its children, above what it takes before it begins."""
    rosters.start_anew()
    command = [
        sys.executable,
        "-m",
        "tests.bench.one_import",
        rosters.cohort.code,
        str(rosters.file),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        idle = sum(resident_mib(pid) for pid in tree(child.pid))
        with watch_memory(child.pid) as peak:
            child.stdin.write("\n")
            child.stdin.flush()
            said = child.stdout.readline()
    if not said.startswith("imported"):
        raise NotImported(said)
    return at_most("import.memory_above_idle", peak.mib - idle, "MiB", 200)
