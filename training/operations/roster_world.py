"""What is known outside a roster's file: regions, institutions, people; a fixed number of questions."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from django.db import connection

from community.identity import birth_date
from community.models import Institution, Member, Region, RegionAlias
from community.vault import CannotOpen, open_sealed
from training.models import Cohort
from training.roster.corrections import Corrections
from training.roster.duplicates import Known
from training.roster.institutions import Unit, UnitBook
from training.roster.judging import Judge
from training.roster.reading import Reader
from training.roster.regions import Former, Place, RegionBook


def load_regions() -> RegionBook:
    """Every region with its former names."""
    places = Region.objects.values_list("code", "name", "level", "parent_id")
    former = RegionAlias.objects.values_list("region_id", "code", "name", "parent_code")
    return RegionBook(
        (Place(code, name, level, parent or "") for code, name, level, parent in places),
        (Former(*row) for row in former),
    )


def load_units(regions: Iterable[str]) -> Iterable[Unit]:
    """The institutions of these regions themselves, not of those inside them."""
    rows = Institution.objects.filter(region_id__in=list(regions)).order_by("pk")
    return [
        Unit(*row) for row in rows.values_list("pk", "name", "region_id", "identifier", "is_open")
    ]


Row = tuple[Any, ...]


class DatabaseWorld:
    """The people of the database as seen from one class. ``made`` are those this import made."""

    def __init__(self, cohort: Cohort) -> None:
        self.cohort = cohort
        self.made: set[int] = set()

    def people(
        self, identities: Mapping[str, Collection[str]], phones: Collection[str]
    ) -> Iterable[Known]:
        """Whoever has one of these numbers, by kind of paper, or telephones (as blind indexes)."""
        found = look_up(_PERSON, "community_member", "phone_index = {}", phones)
        for kind in sorted(identities):
            numbers = identities[kind]
            found += look_up(_PERSON, "community_member", _NUMBER, numbers, kind=kind)
        return self._known({row[0]: row for row in found})

    def namesakes(self, names: Collection[str], regions: Collection[str]) -> Iterable[Known]:
        """Whoever bears one of these names and works in one of these regions."""
        rows = look_up("member.id, place.region_id", _NAMESAKES, "member.name = {}", names)
        wanted = set(regions)
        keys = [pk for pk, region in rows if region in wanted and pk not in self.made]
        found = look_up(_PERSON, "community_member", "id = {}", keys)
        return self._known({row[0]: row for row in found})

    def births(self, people: Collection[Known]) -> dict[int, date | None]:
        """The dates of birth inside the numbers of these people."""
        sealed = Member.objects.filter(pk__in=[person.pk for person in people])
        found: dict[int, date | None] = {}
        for pk, kind, number in sealed.values_list("pk", "id_kind", "id_sealed"):
            try:
                found[pk] = birth_date(kind, open_sealed(number, purpose="identity"))
            except CannotOpen:
                found[pk] = None
        return found

    def _known(self, people: dict[int, Row]) -> list[Known]:
        """People with where they work and their place in the class."""
        keys = sorted(people)
        works = {row[0]: row[1:] for row in look_up(_WORK, _WORKS, "work.member_id = {}", keys)}
        places = {
            row[0]: row[1:]
            for row in look_up(_PLACE, "training_enrolment", _HERE, keys, cohort=self.cohort.pk)
        }
        enrolments = [place[0] for place in places.values()]
        marked = {pk for (pk,) in look_up("enrolment_id", _MARKS, "enrolment_id = {}", enrolments)}
        return [_known(people[key], works.get(key), places.get(key), marked) for key in keys]


def look_up(
    columns: str, table: str, condition: str, keys: Collection[Any], **named: Any
) -> list[Row]:
    """``columns`` of ``table`` for each of ``keys``, which is ``{}`` in ``condition``.

    One statement, and inside it one step of an index a key. The ORM's IN would spell thousands of
    keys out, and be planned by statistics that know nothing of rows a long import has just added:
    a scan of the table a chunk.
    """
    if not keys:
        return []
    if connection.vendor == "postgresql":
        of_numbers = isinstance(next(iter(keys)), int)
        kind = "bigint" if of_numbers else "text"
        # OFFSET keeps the planner from turning the steps into a join of its own liking.
        sql = (
            f"SELECT found.* FROM unnest(%(keys)s::{kind}[]) AS wanted(key) CROSS JOIN LATERAL"  # noqa: S608
            f" (SELECT {columns} FROM {table} WHERE {condition.format('wanted.key')} OFFSET 0) found"
        )
        named["keys"] = f"{{{','.join(map(str, keys))}}}" if of_numbers else list(keys)
    else:
        sql = (
            f"SELECT {columns} FROM (SELECT value FROM json_each(%(keys)s)) AS wanted"  # noqa: S608
            f" CROSS JOIN {table}"
            f" WHERE {condition.format('wanted.value')}"
        )
        named["keys"] = json.dumps(list(keys))
    with connection.cursor() as cursor:
        cursor.execute(sql, named)
        rows: list[Row] = cursor.fetchall()
    return rows


_PERSON = """id, name, id_kind, id_index, phone_index, phone_masked, phone_proved_at IS NOT NULL,
  activated_at IS NOT NULL, is_active, trainee_type"""
_NUMBER = "id_kind = %(kind)s AND id_index = {}"
_WORK = "work.member_id, work.id, work.post, work.institution_id, place.name, place.region_id"
_WORKS = """community_affiliation work JOIN community_institution place
  ON place.id = work.institution_id AND work.to_on IS NULL AND work.is_main"""
_PLACE = "member_id, id, institution_id, county_id, post, trainee_type, seat, group_name"
# The sum hides the class from the planner: statistics from before the import say that it is empty, and all of
# it would be read again for every key.
_HERE = "cohort_id + 0 = %(cohort)s AND member_id = {} AND state = 'active'"
_MARKS = "(SELECT enrolment_id FROM training_attendance WHERE state <> 'void') mark"
_NAMESAKES = """community_member member
  JOIN community_affiliation work
    ON work.member_id = member.id AND work.to_on IS NULL AND work.is_main
  JOIN community_institution place ON place.id = work.institution_id"""
_NO_WORK = (0, "", 0, "", "")
_NO_PLACE = (0, 0, "", "", "", "", "")


def _known(
    person: Row,
    work: Row | None,
    place: Row | None,
    marked: set[int],
) -> Known:
    pk, name, kind, identity, phone, masked, proved, activated, is_active, trainee_type = person
    enrolment, school, *rest = place or _NO_PLACE
    # SQLite's truth is 0 and 1.
    found: tuple[Any, ...] = (
        pk,
        name,
        kind,
        identity or "",
        phone or "",
        masked,
        bool(proved),
        bool(activated),
        bool(is_active),
        trainee_type,
        *(work or _NO_WORK),
        enrolment,
        school or 0,
        *rest,
        enrolment in marked,
    )
    return Known(*found)


def plan_simply() -> None:
    """For this transaction: no machine code for steps of an index, which it only delays."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")


def judge_for(
    *, cohort: Cohort, region: Region, corrections: Corrections, today: date
) -> tuple[Judge, DatabaseWorld]:
    """A judge of one walk over a file that ``region`` sends for ``cohort``."""
    regions = load_regions()
    world = DatabaseWorld(cohort)
    judge = Judge(
        reader=Reader(regions=regions, scope=region.code, today=today),
        units=UnitBook(load_units, regions),
        world=world,
        corrections=corrections,
    )
    return judge, world
