"""我的场次: a trainee's own class in one programme, and how far she is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import F, FilteredRelation, Model, Q, QuerySet

from community.compiled import Compiled
from community.models import Member
from community.scope import Viewer
from community.wording import local_date
from training.completion import Evaluation, evaluate
from training.curriculum import Curriculum, curriculum_of
from training.facts import NOTHING, MarkFacts, Presence, ResultFacts, Standing, facts_of_session
from training.models import Cohort, Enrolment, Programme, Session


@dataclass(frozen=True)
class MyClass:
    """One enrolment, the half-days of its class with her own marks, and what the rule says so far."""

    enrolment: Enrolment
    cohort: Cohort
    curriculum: Curriculum
    sessions: list[Session]
    evaluation: Evaluation
    at: datetime

    @property
    def total(self) -> Decimal:
        """学时 of everything, work included."""
        return self.curriculum.hours

    @cached_property
    def earned(self) -> Decimal:
        """学时 attended or accepted so far; they count from 结班 on (ruling 21)."""
        accepted = {
            work.requirement.module_key
            for work in self.evaluation.requirements
            if work.standing == Standing.MET
        }
        open_ones = {
            work.requirement.module_key
            for work in self.evaluation.requirements
            if work.standing != Standing.MET
        }
        works = (m for m in self.curriculum.modules if m.is_work and m.key in accepted - open_ones)
        return self.evaluation.attended + sum((module.hours for module in works), NOTHING)

    @property
    def percent(self) -> int:
        return int(100 * self.earned / self.total) if self.total else 0

    @property
    def signed_in(self) -> int:
        """Half-days at which she has a mark that counts."""
        came = {Presence.PRESENT, Presence.LATE, Presence.PART}
        return sum(1 for day in self.evaluation.sessions if day.presence in came)

    @property
    def today(self) -> Session | None:
        """The half-day of today that is on or comes next; the last one, once all of today's are over."""
        now = local_date(self.at)
        days = [session for session in self.sessions if local_date(session.starts_at) == now]
        return next((s for s in days if s.ends_at > self.at), days[-1] if days else None)

    @property
    def following(self) -> Session | None:
        """The next half-day that has not ended."""
        return next((session for session in self.sessions if session.ends_at > self.at), None)


def my_class(*, programme: Programme, viewer: Viewer, at: datetime) -> MyClass | None:
    """The class of ``programme`` that ``viewer`` is on the roster of: the one running now, or the latest.

    None for who is on no roster. Two statements.
    """
    if not isinstance(viewer, Member):
        return None
    rows = _HERS.ask(viewer.pk, programme.pk)
    if not rows:
        return None
    today = local_date(at)
    chosen = next((row for row in rows if row.cohort.ends_on >= today), rows[-1])
    chosen.cohort.programme = programme
    found = [_annotated(row, "met", _RESULT) for row in rows if row.pk == chosen.pk]
    results = {key: ResultFacts(*facts) for key, *facts in found if key is not None}
    return _assemble(chosen, results, at)


_RESULT = ("requirement", "state", "score", "at")
_MARK = ("kind", "state", "at", "is_late", "part_hours", "proof")
_OF_THE_CLASS = (
    "name",
    "state",
    "venue",
    "starts_on",
    "ends_on",
    "curriculum",
    "rule_version",
    "is_sample",
    "stop__number",
    "stop__contact",
)


def _hers(member: int, programme: int) -> QuerySet[Enrolment]:
    # Only her own rows: narrower than the gate, which would ask for every region she looks after.
    return (
        Enrolment.objects.filter(
            member=member, state=Enrolment.State.ACTIVE, cohort__programme=programme
        )
        .exclude(cohort__state=Cohort.State.DRAFT)
        .select_related("cohort", "cohort__stop")
        .only("seat", "group_name", *(f"cohort__{name}" for name in _OF_THE_CLASS))
        .annotate(**{f"met_{field}": F(f"results__{field}") for field in _RESULT})
        .order_by("cohort__starts_on", "pk")
    )


def _half_days(enrolment: int, cohort: int) -> QuerySet[Session]:
    return (
        Session.objects.filter(cohort=cohort)
        .annotate(
            hers=FilteredRelation("attendances", condition=Q(attendances__enrolment=enrolment))
        )
        .annotate(**{f"mark_{field}": F(f"hers__{field}") for field in _MARK})
        .order_by("starts_at", "position")
    )


_HERS = Compiled(2, _hers)
_HALF_DAYS = Compiled(2, _half_days)


def _assemble(enrolment: Enrolment, results: dict[int, ResultFacts], at: datetime) -> MyClass:
    cohort = enrolment.cohort
    curriculum = curriculum_of(cohort)
    sessions, marks = _sessions_and_marks(enrolment)
    evaluation = evaluate(
        curriculum=curriculum,
        sessions=[facts_of_session(session) for session in sessions],
        marks=marks,
        results=results,
        ends_on=cohort.ends_on,
        at=at,
    )
    return MyClass(enrolment, cohort, curriculum, sessions, evaluation, at)


def _sessions_and_marks(
    enrolment: Enrolment,
) -> tuple[list[Session], dict[tuple[int, str], MarkFacts]]:
    """The half-days of her class in order, and her marks of coming and of leaving. One statement.

    A half-day with both marks comes twice.
    """
    rows = _HALF_DAYS.ask(enrolment.pk, enrolment.cohort_id)
    sessions: dict[int, Session] = {}
    marks: dict[tuple[int, str], MarkFacts] = {}
    for row in rows:
        sessions.setdefault(row.pk, row)
        kind, *mark = _annotated(row, "mark", _MARK)
        if kind is not None:
            marks[row.pk, kind] = MarkFacts(*mark)
    return list(sessions.values()), marks


def _annotated(row: Model, prefix: str, fields: tuple[str, ...]) -> list[Any]:
    found = vars(row)
    return [found[f"{prefix}_{field}"] for field in fields]
