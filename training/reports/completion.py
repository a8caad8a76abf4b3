"""How a class stands: what the rule says of each person, what still awaits somebody, what is missing.

Every function asks a constant number of queries, however many people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count

from community.scope import Viewer
from training.completion import Evaluation, evaluate
from training.curriculum import Curriculum, curriculum_of
from training.facts import MarkFacts, ResultFacts, SessionFacts, facts_of_session
from training.models import Attendance, Cohort, Enrolment, RequirementResult
from training.outlook import Outlook, look_ahead


@dataclass(frozen=True)
class ClassFacts:
    """What is the same for everybody in a class."""

    curriculum: Curriculum
    sessions: tuple[SessionFacts, ...]
    ends_on: date

    @property
    def over_at(self) -> datetime | None:
        """When the last half-day and its windows are over; None for a class without half-days."""
        return max((session.over_at for session in self.sessions), default=None)

    @property
    def untaught(self) -> list[str]:
        """Modules of the hall that no half-day delivers: nobody can earn them."""
        taught = {session.content_key for session in self.sessions}
        return [
            module.title
            for module in self.curriculum.modules
            if not module.is_work and module.content_key not in taught
        ]


def class_facts(cohort: Cohort) -> ClassFacts:
    return ClassFacts(
        curriculum=curriculum_of(cohort),
        sessions=tuple(facts_of_session(session) for session in cohort.sessions.all()),
        ends_on=cohort.ends_on,
    )


def evaluate_enrolments(
    *, facts: ClassFacts, enrolments: Iterable[Enrolment], at: datetime
) -> dict[int, Evaluation]:
    """What the rule says at ``at`` of each enrolment, by id. Two queries."""
    ids = [enrolment.pk for enrolment in enrolments]
    marks: dict[int, dict[tuple[int, str], MarkFacts]] = defaultdict(dict)
    for pk, session_id, kind, state, came_at, late, part, proof in Attendance.objects.filter(
        enrolment__in=ids
    ).values_list(
        "enrolment_id", "session_id", "kind", "state", "at", "is_late", "part_hours", "proof"
    ):
        marks[pk][session_id, kind] = MarkFacts(state, came_at, late, part, proof)
    results: dict[int, dict[int, ResultFacts]] = defaultdict(dict)
    for pk, key, state, score, decided_at in RequirementResult.objects.filter(
        enrolment__in=ids
    ).values_list("enrolment_id", "requirement_id", "state", "score", "at"):
        results[pk][key] = ResultFacts(state, score, decided_at)
    return {
        pk: evaluate(
            curriculum=facts.curriculum,
            sessions=facts.sessions,
            marks=marks[pk],
            results=results[pk],
            ends_on=facts.ends_on,
            at=at,
        )
        for pk in ids
    }


@dataclass(frozen=True)
class Awaiting:
    """Scans that a person must look at before 结班, by half-day, and people nobody has matched."""

    marks_by_session: dict[int, int] = field(default_factory=dict)
    people: int = 0

    @property
    def marks(self) -> int:
        return sum(self.marks_by_session.values())

    def __bool__(self) -> bool:
        return bool(self.marks or self.people)


def awaiting(cohort: Cohort) -> Awaiting:
    """待核实 marks of people on the roster, and 待核实 people (ruling 21)."""
    rows = (
        Attendance.objects.filter(
            session__cohort=cohort,
            state=Attendance.State.PENDING,
            enrolment__state__in=[Enrolment.State.ACTIVE, Enrolment.State.PENDING],
        )
        .values_list("session_id")
        .annotate(n=Count("pk"))
        .order_by("session__starts_at")
    )
    return Awaiting(
        marks_by_session=dict(rows.values_list("session_id", "n")),
        people=Enrolment.objects.filter(cohort=cohort).awaiting().count(),
    )


@dataclass(frozen=True)
class Line:
    """One person of a class and what the rule says of her now."""

    enrolment: Enrolment
    evaluation: Evaluation
    outlook: Outlook


def class_outlook(
    *, cohort: Cohort, viewer: Viewer, at: datetime, facts: ClassFacts | None = None
) -> list[Line]:
    """还差什么: everybody of ``cohort`` whom ``viewer`` may see, with what is missing, by name.

    Four queries, however many people.
    """
    facts = facts or class_facts(cohort)
    enrolments = (
        Enrolment.objects.visible_to(viewer)
        .filter(cohort=cohort)
        .active()
        .select_related("county")
        .order_by("name_key", "name", "pk")
    )
    return lines_of(facts=facts, enrolments=list(enrolments), at=at)


def lines_of(*, facts: ClassFacts, enrolments: Sequence[Enrolment], at: datetime) -> list[Line]:
    """The same for enrolments already fetched."""
    evaluations = evaluate_enrolments(facts=facts, enrolments=enrolments, at=at)
    return [
        Line(enrolment, evaluations[enrolment.pk], look_ahead(evaluations[enrolment.pk]))
        for enrolment in enrolments
    ]
