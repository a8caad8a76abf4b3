"""The curriculum as a class froze it: a plain JSON document, read through small dataclasses.

Opening a class copies the programme's published revision here; later edits of the programme never reach an
open class (ruling 19). Keys of modules and requirements are the rows' ids, as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from training.models import Cohort, Programme


@dataclass(frozen=True)
class FrozenModule:
    key: str
    title: str
    kind: str
    hours: Decimal
    summary: str

    @property
    def content_key(self) -> str:
        return f"module:{self.key}"

    @property
    def is_work(self) -> bool:
        """Work is done at home: it earns hours by being accepted and is no part of absence (ruling 17)."""
        return self.kind == "work"


@dataclass(frozen=True)
class FrozenRequirement:
    key: int
    kind: str
    title: str
    module_key: str | None
    due_days: int
    pass_score: int


@dataclass(frozen=True)
class FrozenRule:
    version: str
    absence_limit: Decimal
    fail_ratio: Decimal
    hours_per_credit: Decimal | None


@dataclass(frozen=True)
class Curriculum:
    title: str
    certificate_title: str
    modules: tuple[FrozenModule, ...]
    requirements: tuple[FrozenRequirement, ...]
    rule: FrozenRule

    @property
    def session_hours(self) -> Decimal:
        """学时 of what is taught in the hall: the denominator of the absence rule."""
        return sum((m.hours for m in self.modules if not m.is_work), Decimal(0))

    @property
    def hours(self) -> Decimal:
        """学时 of everything, work included."""
        return sum((m.hours for m in self.modules), Decimal(0))

    def module(self, key: str) -> FrozenModule:
        return next(module for module in self.modules if module.key == key)


def freeze_curriculum(programme: Programme) -> dict[str, Any]:
    """The JSON document of ``programme`` as it is published now, with its revision in the rule's version."""
    revision = programme.live_revision_id or 0
    return {
        "title": programme.title,
        "certificate_title": programme.get_certificate_title_display(),
        "modules": [
            {
                "key": str(module.pk),
                "title": module.title,
                "kind": module.kind,
                "hours": str(module.hours),
                "summary": module.summary,
            }
            for module in programme.modules.all()
        ],
        "requirements": [
            {
                "key": requirement.pk,
                "kind": requirement.kind,
                "title": requirement.title,
                "module_key": str(requirement.module_id) if requirement.module_id else None,
                "due_days": requirement.due_days,
                "pass_score": requirement.pass_score,
            }
            for requirement in programme.requirements.all()
        ],
        "rule": {
            "version": f"{programme.slug[:44]}@{revision}",
            "absence_limit": str(programme.absence_limit),
            "fail_ratio": str(programme.fail_ratio),
            "hours_per_credit": (
                str(programme.hours_per_credit) if programme.hours_per_credit else None
            ),
        },
    }


def curriculum_of(cohort: Cohort) -> Curriculum:
    """What ``cohort`` froze; a draft class reads the programme as it is published now."""
    return read_curriculum(cohort.curriculum or freeze_curriculum(cohort.programme))


def read_curriculum(document: dict[str, Any]) -> Curriculum:
    rule = document["rule"]
    return Curriculum(
        title=document["title"],
        certificate_title=document["certificate_title"],
        modules=tuple(
            FrozenModule(m["key"], m["title"], m["kind"], Decimal(m["hours"]), m.get("summary", ""))
            for m in document["modules"]
        ),
        requirements=tuple(
            FrozenRequirement(
                r["key"], r["kind"], r["title"], r["module_key"], r["due_days"], r["pass_score"]
            )
            for r in document["requirements"]
        ),
        rule=FrozenRule(
            version=rule["version"],
            absence_limit=Decimal(rule["absence_limit"]),
            fail_ratio=Decimal(rule["fail_ratio"]),
            hours_per_credit=(
                Decimal(rule["hours_per_credit"]) if rule["hours_per_credit"] else None
            ),
        ),
    )
