"""The floors of the import: the same tables and columns from the same file, and nothing asked about it.

No row is judged and nothing is looked up in Python. Numbers are sealed and indexed as in ours, because
that is what the columns hold; ``is_plain`` leaves that out too.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone
from python_calamine import load_workbook

from community.identity import mask_id
from community.models import Affiliation, Institution, Member, Notification
from community.names import pinyin_key
from community.phones import last4, mask_phone
from community.vault import blind_index, seal
from training.models import Cohort, Enrolment, RosterBatch, RosterChange

_BATCH: Final = 2_000
_DEEDS: Final = ("member_created", "affiliation_created", "enrolment_created")


def _cells(path: Path) -> Iterator[list[Any]]:
    rows = load_workbook(str(path)).get_sheet_by_index(0).iter_rows()
    next(rows)
    return rows


def _member(cells: list[Any], *, is_plain: bool) -> tuple[Any, ...]:
    """Username, password, name, key, kind, number (sealed, index, masked), telephone (the same, last four)."""
    name, _kind, number, phone = cells[:4]
    if is_plain:
        return (
            "t" + phone,
            "!",
            name,
            name,
            "teacher",
            "resident",
            number,
            number,
            number,
            phone,
            phone,
            phone,
            phone[-4:],
        )
    return (
        "t" + secrets.token_hex(5),
        "!" + secrets.token_urlsafe(30),
        name,
        pinyin_key(name),
        "teacher",
        "resident",
        seal(number, purpose="identity"),
        blind_index(f"resident:{number}", purpose="identity"),
        mask_id(number),
        seal(phone, purpose="phone"),
        blind_index(phone, purpose="phone"),
        mask_phone(phone),
        last4(phone),
    )


_MEMBER: Final = (
    "username, password, name, name_key, trainee_type, id_kind, id_sealed, id_index, id_masked,"
    " phone_sealed, phone_index, phone_masked, phone_last4"
)
_UPSERT: Final = f"""
CREATE TEMP TABLE floor_placed ON COMMIT DROP AS
SELECT f.*, i.id AS institution_id, i.name AS institution_name, i.region_id AS county_id
FROM floor_rows f JOIN community_region g ON g.name = f.county JOIN community_region c ON c.code = g.parent_id
  AND c.name = f.city JOIN community_institution i ON i.region_id = g.code;
CREATE TEMP TABLE floor_members ON COMMIT DROP AS SELECT 0::bigint AS id, ''::text AS phone_index WITH NO DATA;
WITH made AS (
  INSERT INTO community_member ({_MEMBER}, created_at, is_active, is_superuser, is_sample, email, session_salt)
  SELECT {_MEMBER}, now(), true, false, false, '', '' FROM floor_placed
  ON CONFLICT (id_kind, id_index) WHERE id_index IS NOT NULL DO UPDATE SET trainee_type = excluded.trainee_type
  RETURNING id, phone_index
) INSERT INTO floor_members SELECT * FROM made;
CREATE TEMP TABLE floor_people ON COMMIT DROP AS
SELECT m.id AS member_id, p.* FROM floor_placed p JOIN floor_members m ON m.phone_index = p.phone_index;
WITH made AS (
  INSERT INTO community_affiliation (member_id, institution_id, post, subject, from_on, is_main)
  SELECT member_id, institution_id, post, '', current_date, true FROM floor_people
  ON CONFLICT (member_id, institution_id) WHERE to_on IS NULL DO UPDATE SET post = excluded.post
  RETURNING id, member_id
) INSERT INTO training_enrolment (cohort_id, member_id, affiliation_id, institution_id, county_id, state, name,
    name_key, institution_name, post, trainee_type, seat, group_name, batch_id, phone_sealed, phone_index,
    phone_masked, browser, created_at, changed_at)
  SELECT %(cohort)s, p.member_id, made.id, p.institution_id, p.county_id, 'active', p.name, p.name_key,
    p.institution_name, p.post, p.trainee_type, p.seat, p.group_name, %(batch)s, '', '', '', '', now(), now()
  FROM floor_people p JOIN made ON made.member_id = p.member_id
  ON CONFLICT (cohort_id, member_id) WHERE state = 'active' DO UPDATE SET seat = excluded.seat;
INSERT INTO community_notification (member_id, kind, key, text, note, url, is_task, created_at)
  SELECT member_id, 'roster', 'cohort:' || %(cohort)s, %(text)s, %(note)s || seat || group_name, '/me/', false, now()
  FROM floor_people ON CONFLICT (member_id, kind, key) DO NOTHING;
INSERT INTO training_rosterchange (batch_id, row, deed, subject_id, before)
  SELECT %(batch)s, number, deed, member_id, '{{}}'
  FROM floor_people, unnest(ARRAY['member_created', 'affiliation_created', 'enrolment_created']) AS deed;
"""

TEXT: Final = "您已进入“百千人班”的名单"
NOTE: Final = "11月26日开始，教师培训中心，"


@transaction.atomic
def copy_and_upsert(
    path: Path, *, cohort: Cohort, batch: RosterBatch, is_plain: bool = False
) -> None:
    """calamine, COPY, INSERT … ON CONFLICT."""
    with connection.cursor() as cursor:
        columns = ", ".join(f"{name.strip()} text" for name in _MEMBER.split(","))
        cursor.execute(
            f"CREATE TEMP TABLE floor_rows (number int, city text, county text, post text, seat text,"
            f" group_name text, {columns}) ON COMMIT DROP"
        )
        with cursor.copy("COPY floor_rows FROM STDIN") as copy:
            for number, cells in enumerate(_cells(path), start=2):
                _name, _kind, _id, _phone, city, county, _unit, post, _type, seat, group = cells[
                    :11
                ]
                row = (number, city, county, post, seat, group, *_member(cells, is_plain=is_plain))
                copy.write_row(row)
        cursor.execute(
            _UPSERT, {"cohort": cohort.pk, "batch": batch.pk, "text": TEXT, "note": NOTE}
        )


@transaction.atomic
def create_in_bulk(path: Path, *, cohort: Cohort, batch: RosterBatch) -> None:
    """calamine and Django's bulk_create."""
    schools = {
        (i.region.parent.name, i.region.name): i
        for i in Institution.objects.select_related("region__parent").filter(region__level="county")
    }  # type: ignore[union-attr]
    now = timezone.now()
    names = [name.strip() for name in _MEMBER.split(",")]
    chunk: list[tuple[int, list[Any]]] = []
    for number, cells in enumerate(_cells(path), start=2):
        chunk.append((number, cells))
        if len(chunk) == _BATCH:
            _create(chunk, schools, names, cohort, batch, now)
            chunk = []
    if chunk:
        _create(chunk, schools, names, cohort, batch, now)


def _create(
    chunk: list[tuple[int, list[Any]]],
    schools: dict[tuple[str, str], Institution],
    names: list[str],
    cohort: Cohort,
    batch: RosterBatch,
    now: datetime,
) -> None:
    members = Member.objects.bulk_create(
        Member(**dict(zip(names, _member(cells, is_plain=False), strict=True)))
        for _number, cells in chunk
    )
    placed = [
        (number, cells, member, schools[cells[4], cells[5]])
        for (number, cells), member in zip(chunk, members, strict=True)
    ]
    posts = Affiliation.objects.bulk_create(
        Affiliation(member=member, institution=school, post=cells[7], from_on=now.date())
        for _number, cells, member, school in placed
    )
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            cohort=cohort,
            member=member,
            affiliation=post,
            institution=school,
            county_id=school.region_id,
            name=member.name,
            name_key=member.name_key,
            institution_name=school.name,
            post=cells[7],
            trainee_type="teacher",
            seat=cells[9],
            group_name=cells[10],
            batch=batch,
            created_at=now,
            changed_at=now,
        )
        for (_number, cells, member, school), post in zip(placed, posts, strict=True)
    )
    Notification.objects.bulk_create(
        Notification(
            member=member,
            kind="roster",
            key=f"cohort:{cohort.pk}",
            text=TEXT,
            note=NOTE + cells[9] + cells[10],
            url="/me/",
            created_at=now,
        )
        for _number, cells, member, _school in placed
    )
    RosterChange.objects.bulk_create(
        RosterChange(batch=batch, row=number, deed=deed, subject_id=enrolment.pk)
        for (number, *_rest), enrolment in zip(placed, enrolments, strict=True)
        for deed in _DEEDS
    )
