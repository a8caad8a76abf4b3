"""One programme as its page shows it: the curriculum, the way to complete it, the route, one's own class.

The lists of the curriculum come in one SELECT, the stops in one, one's own class in two: the page costs the
same for one stop and for a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import Count, Exists, F, Min, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from community.models import Designation, Region
from community.scope import Viewer
from community.wording import hours as hours_words
from community.wording import local_date
from training.curriculum import (
    Curriculum,
    FrozenModule,
    FrozenRequirement,
    freeze_curriculum,
    read_curriculum,
)
from training.facts import Standing
from training.models import CityStop, Cohort, Module, Programme, ProgrammeMaterial, Requirement
from training.reports.curriculum_parts import load_parts
from training.reports.my_class import MyClass, my_class
from training.reports.route import state_on, with_enrolled


@dataclass(frozen=True)
class ModuleLine:
    """A module in the timetable; ``starts_at`` is when one's own class has it."""

    module: FrozenModule
    kind: str
    due_days: int | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True)
class Step:
    """One thing to do: ``hours`` are the 学时 it brings, ``state`` is done, now or nothing."""

    requirement: FrozenRequirement | None
    summary: str
    hours: Decimal
    due_on: date | None
    state: str


@dataclass(frozen=True)
class StopLine:
    """A stop and where it stands today: done, now or next."""

    stop: CityStop
    state: str
    counties: int
    marked: int
    enrolled: int
    is_enrolling: bool


@dataclass(frozen=True)
class ProgrammeView:
    programme: Programme
    curriculum: Curriculum
    summaries: dict[int, str]
    materials: list[ProgrammeMaterial]
    stops: list[StopLine]
    mine: MyClass | None

    @property
    def session_modules(self) -> list[FrozenModule]:
        return [module for module in self.curriculum.modules if not module.is_work]

    @property
    def hours_each(self) -> Decimal | None:
        """学时 of a half-day, where all are alike."""
        each = {module.hours for module in self.session_modules}
        return each.pop() if len(each) == 1 else None

    @property
    def absence_percent(self) -> Decimal:
        return 100 * self.curriculum.rule.absence_limit

    @cached_property
    def lines(self) -> list[ModuleLine]:
        """The timetable, with the times of one's own class where there is one."""
        at = {s.content_key: s.starts_at for s in self.mine.sessions} if self.mine else {}
        due = {r.module_key: r.due_days for r in self.curriculum.requirements if r.module_key}
        return [
            ModuleLine(
                module=module,
                kind=str(Module.Kind(module.kind).label),
                due_days=due.get(module.key) if module.is_work else None,
                starts_at=at.get(module.content_key),
            )
            for module in self.curriculum.modules
        ]

    @cached_property
    def steps(self) -> list[Step]:
        """Being there, then every requirement; the first that is not done is now, for a trainee."""
        steps = [self._being_there()] if self.session_modules else []
        steps += [self._step(requirement) for requirement in self.curriculum.requirements]
        if self.mine is None:
            return steps
        first = next((n for n, step in enumerate(steps) if step.state != "done"), len(steps))
        return [
            step if n != first else Step(**{**vars(step), "state": "now"})
            for n, step in enumerate(steps)
        ]

    def _being_there(self) -> Step:
        is_done = self.mine is not None and self.mine.signed_in == len(self.mine.sessions)
        hours = self.curriculum.session_hours
        return Step(None, "", hours, None, "done" if is_done else "")

    def _step(self, requirement: FrozenRequirement) -> Step:
        hours = sum(
            (m.hours for m in self.curriculum.modules if m.key == requirement.module_key),
            Decimal(0),
        )
        due_on, state = None, ""
        if self.mine is not None:
            due_on = self.mine.cohort.ends_on + timedelta(days=requirement.due_days)
            standing = {w.requirement.key: w.standing for w in self.mine.evaluation.requirements}
            state = "done" if standing.get(requirement.key) == Standing.MET else ""
        return Step(requirement, self.summaries.get(requirement.key, ""), hours, due_on, state)

    @property
    def steps_key(self) -> str:
        """All that `steps` depend on beside the published programme: the class and how far she is in it."""
        states = ",".join(step.state for step in self.steps)
        return f"{self._class_key}:{states}"

    @property
    def timetable_key(self) -> str:
        """All that `lines` depend on beside the published programme: the class and its hours of the day."""
        days = self.mine.sessions if self.mine else []
        return "|".join([self._class_key, *(f"{d.content_key}@{d.starts_at}" for d in days)])

    @property
    def _class_key(self) -> str:
        if self.mine is None:
            return ""
        cohort = self.mine.cohort
        return f"{cohort.pk}:{cohort.rule_version}:{cohort.ends_on}"

    @property
    def ahead(self) -> list[StopLine]:
        """Stops that are not over."""
        return [line for line in self.stops if line.state != "done"]

    @property
    def conversion(self) -> str:
        """How many 学时 make one 学分, where the programme converts at all (ruling 38)."""
        rate = self.curriculum.rule.hours_per_credit
        return _("每%(hours)s学时折1学分。") % {"hours": hours_words(rate)} if rate else ""

    @property
    def has_own_version(self) -> bool:
        """Whether one's own class runs by an earlier version than the one published now (ruling 19)."""
        if self.mine is None:
            return False
        live = freeze_curriculum(self.programme)["rule"]["version"]
        return bool(self.mine.cohort.rule_version) and self.mine.cohort.rule_version != live


def programme_view(
    programme: Programme,
    *,
    viewer: Viewer,
    at: datetime,
    stops: list[StopLine] | None = None,
    is_draft: bool = False,
) -> ProgrammeView:
    """What the page of ``programme`` shows to ``viewer`` at ``at``. Four statements at most.

    The caller has fetched ``programme`` through the gate; with ``stops`` it has read the lists, too
    (``training.reports.published``), and two statements are left. A draft (preview in the office) is read
    from memory as the editor has it. Who is on a roster sees the curriculum that her class froze.
    """
    if stops is None:
        if not is_draft:
            load_parts(programme, viewer=viewer)
        stops = stop_lines(programme, today=local_date(at)) if programme.pk else []
    mine = None if is_draft else my_class(programme=programme, viewer=viewer, at=at)
    requirements: list[Requirement] = list(programme.requirements.all())
    return ProgrammeView(
        programme=programme,
        curriculum=mine.curriculum if mine else read_curriculum(freeze_curriculum(programme)),
        summaries={requirement.pk: requirement.summary for requirement in requirements},
        materials=list(programme.materials.all()),
        stops=stops,
        mine=mine,
    )


def stop_lines(programme: Programme, *, today: date) -> list[StopLine]:
    """The route of ``programme`` in order of dates. One statement."""
    counties = Region.objects.filter(parent=OuterRef("region")).order_by().values("parent")
    marked = (
        Designation.objects.filter(
            list_key=programme.designation_list, region__parent=OuterRef("region")
        )
        .order_by()
        .values("region__parent")
    )
    stops = (
        with_enrolled(CityStop.objects.filter(programme=programme))
        .annotate(
            counties=Coalesce(Subquery(counties.annotate(n=Count("pk")).values("n")), 0),
            marked=Coalesce(Subquery(marked.annotate(n=Count("pk")).values("n")), 0),
            is_enrolling=Exists(
                Cohort.objects.filter(stop=OuterRef("pk"), state=Cohort.State.ENROLLING)
            ),
        )
        .select_related("region")
        .order_by("starts_on", "number", "pk")
    )
    return [
        StopLine(
            stop=stop,
            state=state_on(stop, today),
            counties=stop.counties,
            marked=stop.marked if programme.designation_list else 0,
            enrolled=vars(stop)["enrolled"] or 0,
            is_enrolling=stop.is_enrolling,
        )
        for stop in stops
    ]


def programmes_listed(*, viewer: Viewer, today: date) -> QuerySet[Programme]:
    """Published programmes, each with its 学时, how many stops it has and when the next one begins."""
    modules = Module.objects.filter(programme=OuterRef("pk")).order_by().values("programme")
    stops = CityStop.objects.filter(programme=OuterRef("pk")).order_by().values("programme")
    return (
        Programme.objects.visible_to(viewer)
        .annotate(
            hours=Subquery(modules.annotate(total=Sum("hours")).values("total")),
            stop_count=Coalesce(Subquery(stops.annotate(n=Count("pk")).values("n")), 0),
            next_on=Subquery(
                stops.filter(ends_on__gte=today).annotate(first=Min("starts_on")).values("first")
            ),
        )
        .order_by(F("next_on").asc(nulls_last=True), "-year", "title")
    )
