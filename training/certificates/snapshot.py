"""The facts a certificate is drawn from, frozen when it is issued.

Kept as JSON beside the number. Nothing is read from the database when the paper is drawn again, so
a later change of a name, a school or a programme cannot reach a certificate already given out.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Final, Self

TITLES: Final = {
    "completion": "结业证书",
    "qualification": "任职资格培训合格证书",
    "improvement": "提高培训合格证书",
}
"""Printed titles by ``Programme.CertificateTitle`` (domain.md (a) Certificate): never translated,
as the labels on screen are."""

CURRENT_TEMPLATE: Final = "1"
"""The template of new certificates; older ones keep theirs (``paper.TEMPLATES``)."""


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """A required work that was accepted: 返校行动方案《从一道前测题开始》, 12月12日."""

    name: str
    work: str = ""
    done_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateData:
    """Everything printed on one certificate but the address it is checked at.

    ``hours`` are 学时; ``credits`` are 学分 and stand only where a rule converts (ruling 38).
    ``grade`` is an 等次 such as 优秀, where the programme gives one. ``masked_id`` comes masked:
    a whole identity number never gets here. ``is_sample`` marks invented people (ruling 37).
    """

    number: str
    title: str
    holder_name: str
    masked_id: str
    unit_name: str
    county_name: str
    city_name: str
    programme_title: str
    cohort_name: str
    starts_on: date
    ends_on: date
    hours: Decimal
    issuer: str
    issued_on: date
    credits: Decimal | None = None
    grade: str | None = None
    requirements: tuple[RequirementLine, ...] = ()
    is_sample: bool = False
    template_version: str = CURRENT_TEMPLATE

    def __post_init__(self) -> None:
        for name in ("number", "title", "holder_name", "programme_title", "issuer"):
            if not getattr(self, name).strip():
                raise ValueError(f"a certificate needs its {name}")
        if self.ends_on < self.starts_on:
            raise ValueError("a certificate's training ends before it starts")
        if self.hours < 0 or (self.credits is not None and self.credits < 0):
            raise ValueError("a certificate's hours are not negative")

    def as_facts(self) -> dict[str, Any]:
        """Plain values for a JSON column: dates as ISO, figures as strings, never a float."""
        facts: dict[str, Any] = json.loads(json.dumps(asdict(self), default=_written))
        return facts

    def as_json(self) -> str:
        """One spelling for one set of facts."""
        return canonical_json(self.as_facts())

    @classmethod
    def from_json(cls, snapshot: str | Mapping[str, Any]) -> Self:
        """Read a snapshot back, as text or as a database's JSON column gives it.

        A field with a default may be absent, as it is from snapshots older than the field.
        Raises ValueError where another is missing or one is unknown: nothing is guessed.
        """
        facts = dict(json.loads(snapshot) if isinstance(snapshot, str) else snapshot)
        known = {field.name for field in fields(cls)}
        needed = {field.name for field in fields(cls) if field.default is MISSING}
        wrong = (facts.keys() - known) | (needed - facts.keys())
        if wrong:
            raise ValueError(f"a snapshot's fields are not right: {', '.join(sorted(wrong))}")
        for name in ("starts_on", "ends_on", "issued_on"):
            facts[name] = date.fromisoformat(facts[name])
        facts["hours"] = Decimal(facts["hours"])
        if facts.get("credits") is not None:
            facts["credits"] = Decimal(facts["credits"])
        facts["requirements"] = tuple(map(_read_line, facts.get("requirements", ())))
        return cls(**facts)


def canonical_json(facts: Mapping[str, Any]) -> str:
    """Facts as text that is always the same for the same facts: keys sorted, no spaces."""
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def digest(facts: Mapping[str, Any]) -> str:
    """SHA-256 of the facts in hexadecimal, whatever order a database gave them back in."""
    return hashlib.sha256(canonical_json(facts).encode()).hexdigest()


def _read_line(line: Mapping[str, str | None]) -> RequirementLine:
    done_on = line["done_on"]
    return RequirementLine(
        name=line["name"] or "",
        work=line["work"] or "",
        done_on=date.fromisoformat(done_on) if done_on else None,
    )


def plain_figure(figure: Decimal) -> str:
    """``18`` for 18.0 and ``4.5`` for 4.50: the same figure is always written the same way."""
    written = format(figure, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _written(fact: object) -> str:
    if isinstance(fact, Decimal):
        return plain_figure(fact)
    if isinstance(fact, date):
        return fact.isoformat()
    raise TypeError(f"a snapshot holds no {type(fact).__name__}")
