"""The frozen snapshot of a completion record, and the certificate's facts that are read from it.

A snapshot is plain JSON: dates in ISO, 学时 as text, identity papers masked. Whatever is shown, filed or
printed of a closing is read from here, so nothing that changes later can reach it.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

from django.conf import settings

from training.certificates.snapshot import CertificateData, RequirementLine, plain_figure
from training.completion import Evaluation
from training.curriculum import Curriculum
from training.facts import Earned, MarkFacts, SessionOutcome, Standing
from training.models import Cohort, CompletionRecord, Enrolment, HoursEntry, Requirement
from training.unmet import percent_words

SNAPSHOT_VERSION: Final = 1
Snapshot = dict[str, Any]


def build_snapshot(
    *,
    cohort: Cohort,
    curriculum: Curriculum,
    enrolment: Enrolment,
    evaluation: Evaluation,
    cycle: str,
    counted: dict[str, HoursEntry],
) -> Snapshot:
    """Everything the rule looked at and found for ``enrolment``.

    ``counted`` says, by content key, which ledger entry holds each content: the enrolment's own, or that of
    another class in the same cycle. Needs ``enrolment.member`` and ``enrolment.county.parent`` at hand.
    """
    assert enrolment.member is not None
    return {
        "version": SNAPSHOT_VERSION,
        "is_sample": cohort.is_sample or enrolment.member.is_sample,
        "person": _person(enrolment),
        "cohort": {
            "code": cohort.code,
            "name": cohort.name,
            "starts_on": cohort.starts_on.isoformat(),
            "ends_on": cohort.ends_on.isoformat(),
        },
        "programme": {
            "title": curriculum.title,
            "certificate_title": curriculum.certificate_title,
        },
        "rule": {
            "version": curriculum.rule.version,
            "absence_limit": plain_figure(curriculum.rule.absence_limit),
            "fail_ratio": plain_figure(curriculum.rule.fail_ratio),
            "hours_per_credit": (
                plain_figure(curriculum.rule.hours_per_credit)
                if curriculum.rule.hours_per_credit
                else None
            ),
        },
        "sessions": [_session(day) for day in evaluation.sessions],
        "absence": {
            "absent": plain_figure(evaluation.absent),
            "required": plain_figure(evaluation.required),
            "percent": percent_words(evaluation.absent, evaluation.required),
        },
        "requirements": [
            {
                "key": work.requirement.key,
                "kind": work.requirement.kind,
                "title": work.requirement.title,
                "standing": work.standing.value,
                "due_on": work.due_on.isoformat(),
                "state": work.result.state if work.result else None,
                "score": (
                    plain_figure(work.result.score)
                    if work.result and work.result.score is not None
                    else None
                ),
            }
            for work in evaluation.requirements
        ],
        "outcome": str(evaluation.outcome),
        "unmet": [{"code": line.code, "words": line.words} for line in evaluation.unmet],
        "hours": plain_figure(evaluation.hours),
        "attended": plain_figure(evaluation.attended),
        "cycle": cycle,
        "earned_on": cohort.ends_on.isoformat(),
        "contents": [
            _content(content, counted.get(content.content_key), enrolment)
            for content in evaluation.earned
        ],
    }


def _person(enrolment: Enrolment) -> Snapshot:
    county = enrolment.county
    assert county is not None
    assert enrolment.member is not None
    city = county.parent if county.parent_id and county.level == county.Level.COUNTY else county
    assert city is not None
    return {
        "name": enrolment.name,
        "id_kind": enrolment.member.id_kind,
        "id_masked": enrolment.member.id_masked,
        "institution": enrolment.institution_name,
        "post": enrolment.post,
        "trainee_type": enrolment.trainee_type,
        "county_code": county.code,
        "county": county.name,
        "city": city.name if city.level == city.Level.CITY else "",
        "group": enrolment.group_name,
        "seat": enrolment.seat,
    }


def _session(day: SessionOutcome) -> Snapshot:
    return {
        "id": day.session.id,
        "content_key": day.session.content_key,
        "title": day.session.title,
        "label": day.session.label,
        "hours": plain_figure(day.session.hours),
        "presence": day.presence.value,
        "attended": plain_figure(day.attended),
        "came": _mark(day.came),
        "left": _mark(day.left),
    }


def _mark(mark: MarkFacts | None) -> Snapshot | None:
    if mark is None:
        return None
    return {"at": mark.at.isoformat(), "state": mark.state, "proof": mark.proof}


def _content(content: Earned, entry: HoursEntry | None, enrolment: Enrolment) -> Snapshot:
    """``counted_in`` names the other class that this content is already counted from in the cycle."""
    elsewhere = entry is not None and entry.enrolment_id != enrolment.pk
    return {
        "content_key": content.content_key,
        "title": content.title,
        "hours": plain_figure(content.hours),
        "source_kind": content.source_kind,
        "source_id": content.source_id,
        "entry": entry.pk if entry else None,
        "counted_in": (
            entry.enrolment.cohort.name if elsewhere and entry and entry.enrolment else None
        ),
    }


def certificate_facts(record: CompletionRecord, *, number: str, issued_on: date) -> CertificateData:
    """What is printed for a record that passed; nothing but the snapshot is read."""
    snapshot: Snapshot = record.snapshot
    person, cohort = snapshot["person"], snapshot["cohort"]
    ratio = snapshot["rule"]["hours_per_credit"]
    works = snapshot["requirements"]
    return CertificateData(
        number=number,
        title=snapshot["programme"]["certificate_title"],
        holder_name=person["name"],
        masked_id=person["id_masked"],
        unit_name=person["institution"],
        county_name=person["county"],
        city_name=person["city"],
        programme_title=snapshot["programme"]["title"],
        cohort_name=cohort["name"],
        starts_on=date.fromisoformat(cohort["starts_on"]),
        ends_on=date.fromisoformat(cohort["ends_on"]),
        hours=Decimal(snapshot["hours"]),
        issuer=settings.CERTIFICATE_ISSUER,
        issued_on=issued_on,
        credits=_credits(Decimal(snapshot["hours"]), Decimal(ratio)) if ratio else None,
        grade="合格" if any(work["kind"] == Requirement.Kind.SCORE for work in works) else None,
        requirements=tuple(
            RequirementLine(name=work["title"])
            for work in works
            if work["kind"] == Requirement.Kind.WORK and work["standing"] == Standing.MET
        ),
        is_sample=snapshot["is_sample"],
    )


def _credits(hours: Decimal, hours_per_credit: Decimal) -> Decimal:
    """学分 with one place, rounded down as everything that is handed out (ruling 25)."""
    return (hours / hours_per_credit).quantize(Decimal("0.1"), ROUND_DOWN)


def prints_the_same(one: CertificateData, other: CertificateData) -> bool:
    """Whether two certificates state the same: all that is printed but number, day, issuer and design.

    Those four belong to the act of issuing; they never make somebody's certificate a different one.
    """
    ours, theirs = one.as_facts(), other.as_facts()
    issuing = {"number", "issued_on", "issuer", "template_version"}
    return {k: v for k, v in ours.items() if k not in issuing} == {
        k: v for k, v in theirs.items() if k not in issuing
    }
