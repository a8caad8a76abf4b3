"""Writing judged rows: people, schools, posts and enrolments, a chunk at a time and set by set.

Every deed is kept as a `RosterChange`, so that an undo knows exactly what to take back.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from django.db import connection
from django.utils.timezone import localdate

from community.bulk import allocate_ids, insert_rows, update_rows
from community.identity import mask_id
from community.models import Affiliation, Institution, Member, Notification
from community.names import pinyin_key
from community.operations.institution import normalise_institution_name
from community.operations.withdrawal import end_powers_left_behind
from community.phones import last4, mask_phone
from community.scope import System
from community.vault import seal
from training.models import Cohort, Enrolment, RosterBatch, RosterChange
from training.roster.duplicates import Known
from training.roster.institutions import Unit, UnitBook
from training.roster.judging import GOOD, NEW, SAME, Judge, Verdict, takes_identity, takes_phone

Deed = RosterChange.Deed

# No 0, O, 1, I or L: user names are read aloud and typed from paper slips (as `new_username`).
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_LOCK: Final = 0x746B_726F_7374


def one_import_at_a_time() -> None:
    """Hold other imports back until this transaction ends.

    Who has no number is known by telephone and name, which no constraint can keep single: of two
    imports at once, the second must see whom the first entered. SQLite has one writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@lru_cache(maxsize=4096)
def _name_key(name: str) -> str:
    return pinyin_key(name)


def _usernames(count: int) -> list[str]:
    """User names that say nothing about their owners: t and nine letters."""
    noise = secrets.token_bytes(9 * count)
    letters = "".join([_LETTERS[byte % 31] for byte in noise])
    return [f"t{letters[at : at + 9]}" for at in range(0, 9 * count, 9)]


@dataclass
class Written:
    """What was written: figures by deed, and whom to tell."""

    deeds: dict[str, int] = field(default_factory=dict)
    moved_from: dict[int, int] = field(default_factory=dict)


class RosterWriter:
    """Writes the good rows of one file into one class, inside the caller's transaction."""

    def __init__(
        self,
        *,
        cohort: Cohort,
        batch: RosterBatch,
        judge: Judge,
        by: Member | System,
        at: datetime,
        tell: Callable[[Verdict], tuple[str, str, str]],
    ) -> None:
        self.cohort = cohort
        self.batch = batch
        self.units: UnitBook = judge.units
        self.covers = judge.reader.covers
        self.by = by
        self.at = at
        self.today: date = localdate(at)
        self.tell = tell
        self.made: set[int] = set()
        self.enrolled: set[int] = set()
        self.written = Written()
        self._changes: list[tuple[int, str, int, str]] = []

    def write(self, verdicts: list[Verdict]) -> None:
        """Write those of ``verdicts`` that are good and say something new."""
        due = [v for v in verdicts if v.state == GOOD and v.effect != SAME]
        if not due:
            return
        self._make_units(due)
        people = self._make_people([v for v in due if v.effect == NEW])
        self._update_people([v for v in due if v.person is not None])
        posts = self._make_posts(due, people)
        self._enrol(due, people, posts)
        self._note_changes()

    def _did(self, verdict: Verdict, deed: str, subject: int, **before: list[Any]) -> None:
        self.written.deeds[deed] = self.written.deeds.get(deed, 0) + 1
        kept = json.dumps(before, ensure_ascii=False) if before else "{}"
        self._changes.append((verdict.row.number, deed, subject, kept))

    def _note_changes(self) -> None:
        insert_rows(
            RosterChange,
            ("row", "deed", "subject_id", "before"),
            self._changes,
            constants={"batch": self.batch.pk},
        )
        self._changes.clear()

    def _make_units(self, due: list[Verdict]) -> None:
        """Institutions that somebody chose to add; a second row of the same name finds the first."""
        for verdict in due:
            if verdict.unit is not None:
                continue
            row, new = verdict.row, verdict.new_unit or {}
            found = self.units.find(row.region, row.unit).unit
            if found is None:
                made = Institution.objects.create(
                    name=normalise_institution_name(row.unit),
                    kind=new["kind"],
                    stage=new["stage"],
                    region_id=row.region,
                )
                found = Unit(made.pk, made.name, row.region)
                self.units.add(found)
                self._did(verdict, Deed.INSTITUTION_CREATED, made.pk)
            verdict.unit = found

    def _make_people(self, new: list[Verdict]) -> dict[int, int]:
        """Enter people who cannot log in before they activate (ruling 11); their keys by row."""
        keys = allocate_ids(Member, len(new))
        rows = []
        names = _usernames(len(new))
        for key, username, verdict in zip(keys, names, new, strict=True):
            row = verdict.row
            rows.append(
                (
                    key,
                    username,
                    "!" + secrets.token_urlsafe(30),
                    row.name,
                    _name_key(row.name),
                    row.trainee_type,
                    row.id_kind,
                    seal(row.id_number, purpose="identity") if row.id_number else "",
                    verdict.id_index or None,
                    mask_id(row.id_number),
                    seal(row.phone, purpose="phone"),
                    verdict.phone_index,
                    mask_phone(row.phone),
                    last4(row.phone),
                )
            )
            self._did(verdict, Deed.MEMBER_CREATED, key)
        if rows:
            insert_rows(
                Member,
                (
                    "id",
                    "username",
                    "password",
                    "name",
                    "name_key",
                    "trainee_type",
                    "id_kind",
                    "id_sealed",
                    "id_index",
                    "id_masked",
                    "phone_sealed",
                    "phone_index",
                    "phone_masked",
                    "phone_last4",
                ),
                rows,
                constants={"created_at": self.at, "is_sample": self.cohort.is_sample},
            )
        self.made.update(keys)
        return {verdict.row.number: key for key, verdict in zip(keys, new, strict=True)}

    def _update_people(self, known: list[Verdict]) -> None:
        """Give known people the number, telephone and kind that the file adds."""
        changed: dict[int, tuple[Verdict, dict[str, Any]]] = {}
        for verdict in known:
            person, fields = verdict.person, self._news_of(verdict)
            if person is not None and fields:
                changed[person.pk] = (verdict, fields)
        if not changed:
            return
        names = sorted({name for _verdict, fields in changed.values() for name in fields})
        before = {
            row["pk"]: row for row in Member.objects.filter(pk__in=changed).values("pk", *names)
        }
        rows = []
        for pk, (verdict, fields) in changed.items():
            after = {**before[pk], **fields}
            rows.append((pk, *(after[name] for name in names)))
            told = {name: [before[pk][name], value] for name, value in fields.items()}
            self._did(verdict, Deed.MEMBER_UPDATED, pk, **told)
        update_rows(Member, names, rows)

    def _news_of(self, verdict: Verdict) -> dict[str, Any]:
        person, row = verdict.person, verdict.row
        assert person is not None
        fields: dict[str, Any] = {}
        is_ours = self.covers(person.region) or not person.region or verdict.moves
        if takes_identity(verdict, person):
            fields |= {
                "id_kind": row.id_kind,
                "id_sealed": seal(row.id_number, purpose="identity"),
                "id_index": verdict.id_index,
                "id_masked": mask_id(row.id_number),
            }
        if takes_phone(verdict, person, covers=self.covers):
            fields |= {
                "phone_sealed": seal(row.phone, purpose="phone"),
                "phone_index": verdict.phone_index,
                "phone_masked": mask_phone(row.phone),
                "phone_last4": last4(row.phone),
            }
        if is_ours and row.trainee_type != person.trainee_type:
            fields["trainee_type"] = row.trainee_type
        if not person.is_active and not person.is_activated:
            fields["is_active"] = True
        return fields

    def _make_posts(self, due: list[Verdict], people: dict[int, int]) -> dict[int, int]:
        """Let everybody work where the file says; the affiliation's key by row (domain.md §h)."""
        posts: dict[int, int] = {}
        new, moving = [], []
        for verdict in due:
            person, row = verdict.person, verdict.row
            assert verdict.unit is not None
            if person is None:
                new.append((verdict, people[row.number]))
            elif person.institution == verdict.unit.pk:
                posts[row.number] = person.affiliation
            else:
                moving.append((verdict, person))
        self._change_posts(due)
        powers = self._end_powers(moving)
        opened = self._move(moving, posts, powers)
        new += [(verdict, person.pk) for verdict, person in opened]
        keys = allocate_ids(Affiliation, len(new))
        if new:
            insert_rows(
                Affiliation,
                ("id", "member", "institution", "post"),
                [
                    (key, member, verdict.unit.pk if verdict.unit else 0, verdict.row.post)
                    for key, (verdict, member) in zip(keys, new, strict=True)
                ],
                constants={"from_on": self.today, "is_main": True},
            )
        for key, (verdict, _member) in zip(keys, new, strict=True):
            posts[verdict.row.number] = key
            self._did(verdict, Deed.AFFILIATION_CREATED, key)
        return posts

    def _change_posts(self, due: list[Verdict]) -> None:
        """A new title at the same school."""
        rows = []
        for verdict in due:
            person, post = verdict.person, verdict.row.post
            is_here = person and verdict.unit and person.institution == verdict.unit.pk
            if person and is_here and post and post != person.post:
                rows.append((person.affiliation, post))
                told = [person.post, post]
                self._did(verdict, Deed.AFFILIATION_UPDATED, person.affiliation, post=told)
        update_rows(Affiliation, ["post"], rows)

    def _move(
        self,
        moving: list[tuple[Verdict, Known]],
        posts: dict[int, int],
        powers: dict[int, list[int]],
    ) -> list[tuple[Verdict, Known]]:
        """End the main post of those who come from elsewhere; who needs a new one is returned.

        Somebody who already works here beside gets that post as her main one.
        """
        if not moving:
            return []
        held: dict[tuple[int, int], Affiliation] = {
            (one.member_id, one.institution_id): one
            for one in Affiliation.objects.filter(
                member__in=[person.pk for _verdict, person in moving], to_on__isnull=True
            )
        }
        yesterday = date.fromordinal(self.today.toordinal() - 1)
        ended, promoted, opened = [], [], []
        for verdict, person in moving:
            assert verdict.unit is not None
            present = held.get((person.pk, person.institution))
            if present is not None:
                last = max(present.from_on, yesterday)
                ended.append((present.pk, last))
                told: dict[str, list[Any]] = {"to_on": [None, last.isoformat()]}
                if person.pk in powers:
                    told["powers"] = powers[person.pk]
                self._did(verdict, Deed.AFFILIATION_ENDED, present.pk, **told)
                self.written.moved_from[person.pk] = person.institution
            beside = held.get((person.pk, verdict.unit.pk))
            if beside is None:
                opened.append((verdict, person))
                continue
            post = verdict.row.post or beside.post
            promoted.append((beside.pk, True, post))
            posts[verdict.row.number] = beside.pk
            self._did(
                verdict,
                Deed.AFFILIATION_UPDATED,
                beside.pk,
                is_main=[beside.is_main, True],
                post=[beside.post, post],
            )
        update_rows(Affiliation, ["to_on"], ended)
        update_rows(Affiliation, ["is_main", "post"], promoted)
        return opened

    def _end_powers(self, moving: list[tuple[Verdict, Known]]) -> dict[int, list[int]]:
        """Powers that came with the school somebody leaves end with it (security.md T3): whose,
        and which, so that an undo can give them back.
        """
        left = {person.pk: verdict for verdict, person in moving if person.institution}
        if not left:
            return {}
        ended: dict[int, list[int]] = {}
        holders = (
            Member.objects.filter(pk__in=left, appointments__withdrawn_at__isnull=True)
            .exclude(appointments=None)
            .distinct()
        )
        for member in holders:
            verdict = left[member.pk]
            assert verdict.person is not None
            assert verdict.unit is not None
            schools = Institution.objects.in_bulk([verdict.person.institution, verdict.unit.pk])
            gone = end_powers_left_behind(
                member=member,
                left=schools[verdict.person.institution],
                joined=schools[verdict.unit.pk],
                by=self.by,
                at=self.at,
            )
            if gone:
                ended[member.pk] = [one.pk for one in gone]
        return ended

    def _enrol(self, due: list[Verdict], people: dict[int, int], posts: dict[int, int]) -> None:
        """Put people on the roster with school and county frozen (ruling 8), or put it right."""
        new = [v for v in due if v.person is None or not v.person.enrolment]
        keys = allocate_ids(Enrolment, len(new))
        rows, told = [], []
        for key, verdict in zip(keys, new, strict=True):
            row, person, unit = verdict.row, verdict.person, verdict.unit
            assert unit is not None
            member = person.pk if person else people[row.number]
            name = person.name if person else row.name
            rows.append(
                (
                    key,
                    member,
                    posts[row.number],
                    unit.pk,
                    unit.region,
                    name,
                    _name_key(name),
                    unit.name,
                    row.post or (person.post if person else ""),
                    row.trainee_type,
                    row.seat,
                    row.group,
                )
            )
            told.append((member, *self.tell(verdict)))
            self.enrolled.add(key)
            self._did(verdict, Deed.ENROLMENT_CREATED, key)
        if rows:
            insert_rows(
                Enrolment,
                (
                    "id",
                    "member",
                    "affiliation",
                    "institution",
                    "county",
                    "name",
                    "name_key",
                    "institution_name",
                    "post",
                    "trainee_type",
                    "seat",
                    "group_name",
                ),
                rows,
                constants={
                    "cohort": self.cohort.pk,
                    "state": Enrolment.State.ACTIVE,
                    "batch": self.batch.pk,
                    "created_at": self.at,
                    "changed_at": self.at,
                },
            )
            self._notify(told)
        self._change_enrolments([v for v in due if v.person and v.person.enrolment], posts)

    def _notify(self, told: list[tuple[int, str, str, str]]) -> None:
        insert_rows(
            Notification,
            ("member", "text", "note", "url"),
            told,
            constants={
                "kind": "roster",
                "key": f"cohort:{self.cohort.pk}",
                "created_at": self.at,
            },
            ignore_conflicts=True,
        )

    def _change_enrolments(self, present: list[Verdict], posts: dict[int, int]) -> None:
        """Seat, group, title and kind as the file has them; the school only while she has no mark."""
        names = [
            "seat",
            "group_name",
            "post",
            "trainee_type",
            "affiliation_id",
            "institution_id",
            "county_id",
            "institution_name",
        ]
        wanted: dict[int, tuple[Verdict, dict[str, Any]]] = {}
        for verdict in present:
            person, row, unit = verdict.person, verdict.row, verdict.unit
            assert person is not None
            assert unit is not None
            news: dict[str, Any] = {
                "seat": row.seat or person.seat,
                "group_name": row.group or person.group,
                "post": row.post or person.enrolled_post,
                "trainee_type": row.trainee_type,
            }
            if not person.has_marks:
                news |= {
                    "affiliation_id": posts[row.number],
                    "institution_id": unit.pk,
                    "county_id": unit.region,
                    "institution_name": unit.name,
                }
            wanted[person.enrolment] = (verdict, news)
        if not wanted:
            return
        rows = []
        for was in Enrolment.objects.filter(pk__in=wanted).values("pk", *names):
            verdict, news = wanted[was["pk"]]
            told = {name: [was[name], value] for name, value in news.items() if was[name] != value}
            if told:
                after = {**was, **news}
                rows.append((was["pk"], *(after[name] for name in names), self.at))
                self._did(verdict, Deed.ENROLMENT_UPDATED, was["pk"], **told)
        fields = [name.removesuffix("_id") for name in names]
        update_rows(Enrolment, [*fields, "changed_at"], rows)

    def withdraw(self, enrolments: list[int]) -> None:
        """Take people off the roster whom an authoritative file does not name."""
        update_rows(
            Enrolment,
            ["state", "changed_at"],
            [(pk, str(Enrolment.State.WITHDRAWN), self.at) for pk in enrolments],
        )
        kept = json.dumps({"state": ["active", "withdrawn"]})
        self._changes.extend((None, Deed.ENROLMENT_WITHDRAWN, pk, kept) for pk in enrolments)  # type: ignore[misc]
        self.written.deeds[Deed.ENROLMENT_WITHDRAWN] = len(enrolments)
        self._note_changes()
