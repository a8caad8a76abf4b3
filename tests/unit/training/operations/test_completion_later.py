"""待完成: evaluated singly, later, by the same code."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from community.models import Notification
from tests.factories.attended import CLOSED_AT, accept_work, attend, hours_of, requirement_of
from tests.factories.cast import Cast, moment
from training.models import Certificate, CompletionRecord
from training.operations.certificate import issue_certificates
from training.operations.closing import close_cohort
from training.operations.completion import NotClosed, complete_later, complete_overdue
from training.operations.reopening import reopen_cohort
from training.operations.requirement import (
    RequirementUnknown,
    ResultNotYours,
    ResultsClosed,
    ScoreMissing,
    ScoreOutOfRange,
    Verdict,
    record_result,
)

DUE = moment(27, 12) + timedelta(days=30)


@pytest.fixture
def waiting(cast: Cast) -> Cast:
    """何文渊 attended everything; her plan is not handed in."""
    attend(cast.enrolment)
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    return cast


def in_force(cast: Cast) -> CompletionRecord:
    return CompletionRecord.objects.in_force().get(enrolment=cast.enrolment)


def decide(cast: Cast, state: str = "accepted", *, by: str = "zhaojue", **more: object) -> None:
    record_result(
        enrolment=cast.enrolment,
        requirement_key=requirement_of(cast.cohort).pk,
        verdict=Verdict(state, **more),  # type: ignore[arg-type]
        by=getattr(cast, by),
        at=CLOSED_AT + timedelta(days=3),
    )


def test_accepting_the_work_completes_her_at_once(waiting: Cast) -> None:
    decide(waiting)

    record = in_force(waiting)
    assert (record.outcome, record.version, record.hours) == ("passed", 2, 18)
    assert hours_of(waiting.trainee) == 18
    told = Notification.objects.filter(member=waiting.trainee, kind="completion")
    assert told.get(is_task=True).settled_at is not None
    assert told.filter(text="“凉山场”已结班，您已结业").exists()


def test_returned_work_keeps_her_waiting(waiting: Cast) -> None:
    decide(waiting, "returned")

    assert (in_force(waiting).outcome, in_force(waiting).version) == ("waiting", 1)


def test_failed_work_ends_the_waiting(waiting: Cast) -> None:
    decide(waiting, "failed")

    assert in_force(waiting).outcome == "failed"
    assert in_force(waiting).unmet == ["“返校行动方案”不合格"]
    assert hours_of(waiting.trainee) == 0


def test_after_that_her_result_is_closed(waiting: Cast) -> None:
    decide(waiting)

    with pytest.raises(ResultsClosed):
        decide(waiting, "failed")
    assert in_force(waiting).outcome == "passed"


def test_the_same_result_again_changes_nothing(waiting: Cast) -> None:
    decide(waiting, "returned")
    decide(waiting, "returned")

    assert waiting.enrolment.results.count() == 1


def test_completing_twice_is_completing_once(waiting: Cast) -> None:
    accept_work(waiting.enrolment)
    first = complete_later(enrolment=waiting.enrolment, by=waiting.liangshan, at=CLOSED_AT)
    second = complete_later(enrolment=waiting.enrolment, by=waiting.liangshan, at=DUE)

    assert first == second
    assert hours_of(waiting.trainee) == 18


def test_an_open_class_completes_nobody(cast: Cast) -> None:
    with pytest.raises(NotClosed):
        complete_later(enrolment=cast.enrolment, by=cast.liangshan, at=CLOSED_AT)


def test_the_round_ends_the_waiting_when_the_work_is_overdue(waiting: Cast) -> None:
    complete_overdue(DUE)
    assert in_force(waiting).outcome == "waiting"

    complete_overdue(DUE + timedelta(days=1))

    record = in_force(waiting)
    assert record.outcome == "failed"
    assert record.unmet == ["“返校行动方案”到12月27日没有通过审核"]
    assert record.by is None


def test_the_round_takes_a_few_people_at_a_time(waiting: Cast) -> None:
    complete_overdue(DUE + timedelta(days=1), limit=0)

    assert in_force(waiting).outcome == "waiting"


def test_a_held_certificate_is_decided_when_the_waiting_ends(cast: Cast) -> None:
    attend(cast.enrolment)
    result = accept_work(cast.enrolment)
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    reopen_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT, reason="作业要重审")
    result.state = "returned"
    result.save()
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT + timedelta(days=1))
    assert Certificate.objects.get().state == "held"

    decide(cast)

    assert Certificate.objects.get().state == "valid"


@pytest.mark.parametrize("who", ["butuo", "trainee", "clerk", "editor"])
def test_results_are_entered_by_her_county_or_who_runs_the_class(waiting: Cast, who: str) -> None:
    with pytest.raises(ResultNotYours):
        decide(waiting, by=who)


@pytest.mark.parametrize("who", ["zhaojue", "liangshan", "province"])
def test_her_county_and_those_around_it_may(waiting: Cast, who: str) -> None:
    decide(waiting, by=who)

    assert in_force(waiting).outcome == "passed"


def test_a_requirement_of_another_programme_is_refused(waiting: Cast) -> None:
    with pytest.raises(RequirementUnknown):
        record_result(
            enrolment=waiting.enrolment,
            requirement_key=999_999,
            verdict=Verdict(),
            by=waiting.liangshan,
            at=CLOSED_AT,
        )


@pytest.fixture
def scored(cast: Cast) -> Cast:
    """The class's requirement asks for a score."""
    requirement = cast.cohort.curriculum["requirements"][0]
    requirement |= {"kind": "score", "title": "结业测试", "module_key": None}
    cast.cohort.save()
    return cast


@pytest.mark.parametrize(("score", "state"), [("60", "accepted"), ("59.9", "failed")])
def test_a_score_decides_by_itself(scored: Cast, score: str, state: str) -> None:
    decide(scored, score=Decimal(score))

    assert scored.enrolment.results.get().state == state


def test_a_score_is_asked_for(scored: Cast) -> None:
    with pytest.raises(ScoreMissing):
        decide(scored)


@pytest.mark.parametrize("score", ["-1", "100.1"])
def test_a_score_lies_between_0_and_100(scored: Cast, score: str) -> None:
    with pytest.raises(ScoreOutOfRange):
        decide(scored, score=Decimal(score))


def test_a_resit_waits(scored: Cast) -> None:
    attend(scored.enrolment)
    decide(scored, "returned", score=Decimal(40))
    close_cohort(cohort=scored.cohort, by=scored.liangshan, at=CLOSED_AT)

    assert in_force(scored).outcome == "waiting"
