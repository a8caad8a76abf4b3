"""我的学习: a person's five-year cycle, what comes next, her classes, the ledger and certificates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.db.models import DecimalField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from community.models import Member
from community.wording import local_date
from training.facts import NOTHING, Presence, SessionFacts, Standing
from training.models import Certificate, Cohort, CompletionRecord, Enrolment, HoursEntry
from training.operations.ledger import cycle_setting
from training.outlook import Chance
from training.reports.completion import Line, class_facts, lines_of

Outcome = CompletionRecord.Outcome
CELL_HOURS = 6
_MONTHS = 12


@dataclass(frozen=True)
class Year:
    """One year of the cycle: 学时 counted, and 学时 of classes she is in that may still be counted."""

    number: int
    starts_on: date
    done: Decimal
    planned: Decimal
    norm: Decimal

    @property
    def span(self) -> str:
        ends = self.starts_on.year + (1 if self.starts_on.month > 1 else 0)
        return f"{self.starts_on.year}—{ends}" if ends != self.starts_on.year else str(ends)

    @property
    def over(self) -> Decimal:
        """What goes beyond the year's share."""
        return max(self.done - self.norm, NOTHING)


@dataclass(frozen=True)
class Cycle:
    """The cycle that ``today`` lies in."""

    key: str
    starts_on: date
    ends_on: date
    years: Sequence[Year]
    required: Decimal
    today: date

    @property
    def done(self) -> Decimal:
        return sum((year.done for year in self.years), NOTHING)

    @property
    def planned(self) -> Decimal:
        return sum((year.planned for year in self.years), NOTHING)

    @property
    def left(self) -> Decimal:
        return max(self.required - self.done, NOTHING)

    @property
    def cells(self) -> int:
        """Cells a row: a year's share, six 学时 each."""
        share = self.required / max(len(self.years), 1)
        return int((share / CELL_HOURS).to_integral_value(ROUND_CEILING)) or 1

    @property
    def months_left(self) -> int:
        return max(_months_between(self.today, self.ends_on), 0)

    @property
    def full_on(self) -> date | None:
        """At this pace: the month in which the required 学时 are reached; None if there is no pace or no gap."""
        gone = max(_months_between(self.starts_on, self.today), 1)
        if not self.done or not self.left:
            return None
        months = (self.left * gone / self.done).to_integral_value(ROUND_CEILING)
        return _add_months(self.today.replace(day=1), min(int(months), 1200))


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * _MONTHS + last.month - first.month


def _add_months(day: date, months: int) -> date:
    total = day.year * _MONTHS + day.month - 1 + months
    return date(total // _MONTHS, total % _MONTHS + 1, 1)


@dataclass(frozen=True)
class Step:
    """One thing that comes next: a half-day to come to, or something to hand in."""

    glyph: str
    kind: str
    cohort: Cohort
    on: date
    session: SessionFacts | None = None
    title: str = ""
    is_returned: bool = False


@dataclass(frozen=True)
class Learning:
    """Everything the page shows."""

    cycle: Cycle
    steps: Sequence[Step]
    running: Sequence[Line]
    certificates: Sequence[Certificate]
    awaited: Sequence[Enrolment]


def learning_of(member: Member, *, at: datetime) -> Learning:
    """What ``member`` sees of herself. Queries grow with the classes she is in now, not with her history."""
    today = local_date(at)
    running = _running(member, at)
    return Learning(
        cycle=cycle_of(member, today=today, running=running),
        steps=_steps(running, today),
        running=running,
        certificates=list(
            Certificate.objects.filter(member=member)
            .exclude(state=Certificate.State.SUPERSEDED)
            .select_related("enrolment__cohort")
            .order_by("-issued_at", "-pk")[:12]
        ),
        awaited=list(_awaited(member)),
    )


def _running(member: Member, at: datetime) -> list[Line]:
    """Her classes that are open, and those in which she is 待完成, with what is missing in each."""
    waiting = CompletionRecord.objects.in_force().filter(
        enrolment__member=member, outcome=Outcome.WAITING
    )
    mine = (
        Enrolment.objects.filter(member=member)
        .active()
        .select_related("cohort__programme", "county")
        .order_by("cohort__starts_on", "pk")
    )
    people = mine.filter(
        Q(cohort__state__in=Cohort.OPEN_STATES) | Q(pk__in=waiting.values("enrolment"))
    )
    return [
        line
        for enrolment in people
        for line in lines_of(facts=class_facts(enrolment.cohort), enrolments=[enrolment], at=at)
    ]


def _awaited(member: Member) -> QuerySet[Enrolment]:
    """Classes she completed whose certificate is not issued yet."""
    passed = CompletionRecord.objects.in_force().filter(
        enrolment__member=member, outcome=Outcome.PASSED
    )
    live = Certificate.objects.filter(
        member=member, state__in=[Certificate.State.VALID, Certificate.State.HELD]
    )
    return (
        Enrolment.objects.filter(pk__in=passed.values("enrolment"))
        .exclude(pk__in=live.values("enrolment"))
        .select_related("cohort__programme")
        .order_by("-cohort__ends_on", "pk")
    )


def cycle_of(member: Member, *, today: date, running: Sequence[Line] = ()) -> Cycle:
    """The five years around ``today`` with what is counted and what is under way. Three queries."""
    setting = cycle_setting()
    key = setting.cycle_of(today)
    starts_on = date(int(key[:4]), int(key[5:]), 1)
    ends_on = _add_months(starts_on, setting.years * _MONTHS)
    done: dict[int, Decimal] = defaultdict(Decimal)
    for day, hours in (
        HoursEntry.objects.filter(member=member, cycle=key)
        .order_by()
        .values_list("earned_on")
        .annotate(total=Sum("hours"))
    ):
        done[_year_index(starts_on, day)] += hours
    planned: dict[int, Decimal] = defaultdict(Decimal)
    for line in running:
        if line.outlook.chance != Chance.LOST:
            index = _year_index(starts_on, line.enrolment.cohort.ends_on)
            planned[index] += _hours_under_way(line)
    norm = Decimal(setting.hours_required) / setting.years
    return Cycle(
        key=key,
        starts_on=starts_on,
        ends_on=_add_months(ends_on, -1),
        years=[
            Year(n + 1, _add_months(starts_on, n * _MONTHS), done[n], planned[n], norm)
            for n in range(setting.years)
        ],
        required=Decimal(setting.hours_required),
        today=today,
    )


def _year_index(starts_on: date, day: date) -> int:
    return _months_between(starts_on, day) // _MONTHS


def _hours_under_way(line: Line) -> Decimal:
    """What the class can still bring: all its 学时 but those already missed."""
    cohort = line.enrolment.cohort
    total = sum((Decimal(m["hours"]) for m in cohort.curriculum.get("modules", [])), NOTHING)
    return max(total - line.outlook.missed, NOTHING)


def _steps(running: Sequence[Line], today: date) -> list[Step]:
    """Half-days still to come and works still owed, the nearest first; of each class at most one half-day."""
    steps: list[Step] = []
    for line in running:
        cohort = line.enrolment.cohort
        ahead = [d.session for d in line.evaluation.sessions if d.presence == Presence.AHEAD]
        if ahead:
            steps.append(Step("签", "session", cohort, local_date(ahead[0].starts_at), ahead[0]))
        steps += [
            Step(
                glyph="写" if work.requirement.kind == "work" else "考",
                kind=work.requirement.kind,
                cohort=cohort,
                on=work.due_on,
                title=work.requirement.title,
                is_returned=work.result is not None,
            )
            for work in line.evaluation.requirements
            if work.standing == Standing.OPEN and line.outlook.chance != Chance.LOST
        ]
    return sorted(steps, key=lambda step: step.on)


def classes_of(member: Member) -> QuerySet[Enrolment]:
    """Her classes, the newest first: each with its outcome in force and the 学时 the ledger counts from it."""
    record = CompletionRecord.objects.in_force().filter(enrolment=OuterRef("pk"))
    counted = (
        HoursEntry.objects.filter(enrolment=OuterRef("pk"))
        .order_by()
        .values("enrolment")
        .annotate(total=Sum("hours"))
    )
    hours: Any = Coalesce(
        Subquery(counted.values("total")), Decimal(0), output_field=DecimalField()
    )
    return (
        Enrolment.objects.filter(member=member)
        .active()
        .exclude(cohort__state=Cohort.State.DRAFT)
        .select_related("cohort__programme")
        .annotate(outcome=Subquery(record.values("outcome")[:1]), counted_hours=hours)
        .order_by("-cohort__ends_on", "-pk")
    )


def entries_of(member: Member) -> QuerySet[HoursEntry]:
    """Every line of her ledger, the newest first."""
    return (
        HoursEntry.objects.filter(member=member)
        .select_related("enrolment__cohort__programme")
        .order_by("-at", "-pk")
    )
