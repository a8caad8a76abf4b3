"""The completion rule, on plain values: no database."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.completion import Evaluation, evaluate
from training.curriculum import Curriculum, FrozenModule, FrozenRequirement, FrozenRule
from training.facts import MarkFacts, Presence, ResultFacts, SessionFacts, Standing

ENDS_ON = date(2026, 11, 27)
AFTER = datetime(2026, 11, 28, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
START = datetime(2026, 11, 26, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
HERE = "counted"


def curriculum(
    hours: list[str],
    requirements: tuple[FrozenRequirement, ...] = (),
    *,
    limit: str = "0.200",
    fail_ratio: str = "0",
    work_hours: str = "",
) -> Curriculum:
    modules = [
        FrozenModule(str(number), f"模块{number}", "lecture", Decimal(figure), "")
        for number, figure in enumerate(hours, start=1)
    ]
    if work_hours:
        modules.append(FrozenModule("99", "返校行动方案", "work", Decimal(work_hours), ""))
    return Curriculum(
        title="信息技术推动教育变革与创新",
        certificate_title="结业证书",
        modules=tuple(modules),
        requirements=requirements,
        rule=FrozenRule("it@1", Decimal(limit), Decimal(fail_ratio), None),
    )


def sessions(hours: list[str], *, takes_sign_out: bool = False) -> list[SessionFacts]:
    return [
        SessionFacts(
            id=number,
            content_key=f"module:{number}",
            title=f"模块{number}",
            label=f"第{number}个半天",
            hours=Decimal(figure),
            takes_sign_out=takes_sign_out,
            starts_at=START + timedelta(hours=number),
            over_at=START + timedelta(hours=number + 3),
        )
        for number, figure in enumerate(hours, start=1)
    ]


def mark(state: str = HERE, **more: object) -> MarkFacts:
    return MarkFacts(state=state, at=START, **more)  # type: ignore[arg-type]


def evaluate_presence(
    hours: list[str],
    came: set[int],
    *,
    parts: dict[int, str] | None = None,
    at: datetime = AFTER,
    **more: str,
) -> Evaluation:
    marks = {(number, "in"): mark() for number in came}
    for number, part in (parts or {}).items():
        marks[number, "in"] = mark(part_hours=Decimal(part))
    return evaluate(
        curriculum=curriculum(hours, **more),  # type: ignore[arg-type]
        sessions=sessions(hours),
        marks=marks,
        results={},
        ends_on=ENDS_ON,
        at=at,
    )


def test_absence_of_exactly_one_fifth_fails() -> None:
    evaluation = evaluate_presence(["4", "4", "4", "4", "4"], {1, 2, 3, 4})

    assert evaluation.outcome == "failed"
    assert [line.words for line in evaluation.unmet] == ["缺勤4/20学时，占20%，达到五分之一"]


def test_absence_just_below_one_fifth_passes() -> None:
    # 19.9 of 100.0 学时.
    evaluation = evaluate_presence(["80.1", "19.9"], {1})

    assert evaluation.absent == Decimal("19.9")
    assert evaluation.outcome == "passed"
    assert evaluation.unmet == ()


def test_absence_above_one_fifth_is_said_with_its_figures() -> None:
    evaluation = evaluate_presence(["15.5", "4.5"], {1})

    assert [line.words for line in evaluation.unmet] == ["缺勤4.5/20学时，已达22.5%，超过五分之一"]
    assert evaluation.unmet[0].code == "absence"


@given(
    required=st.decimals("0.5", "400", places=1),
    share=st.decimals("0", "1", places=3),
    limit=st.decimals("0.001", "1", places=3),
)
def test_the_limit_is_met_exactly_in_tenths_of_an_hour(
    required: Decimal, share: Decimal, limit: Decimal
) -> None:
    absent = (required * share).quantize(Decimal("0.1"))
    if absent <= 0 or absent >= required:
        return
    evaluation = evaluate_presence([str(required - absent), str(absent)], {1}, limit=str(limit))

    assert (evaluation.outcome == "failed") == (absent / required >= limit)
    assert evaluation.hours == (Decimal(0) if absent / required >= limit else required - absent)


def test_work_is_no_part_of_the_denominator() -> None:
    hours = ["3", "3", "3", "3"]
    evaluation = evaluate(
        curriculum=curriculum(hours, work_hours="6"),
        sessions=sessions(hours),
        marks={(n, "in"): mark() for n in (1, 2, 3)},
        results={},
        ends_on=ENDS_ON,
        at=AFTER,
    )

    assert evaluation.required == 12
    assert evaluation.outcome == "failed"  # 3 of 12, not of 18


def test_late_earns_all_and_is_told_apart() -> None:
    hours = ["3"]
    evaluation = evaluate(
        curriculum=curriculum(hours),
        sessions=sessions(hours),
        marks={(1, "in"): mark(is_late=True)},
        results={},
        ends_on=ENDS_ON,
        at=AFTER,
    )

    assert evaluation.sessions[0].presence == Presence.LATE
    assert evaluation.hours == 3


@pytest.mark.parametrize("state", ["pending", "void"])
def test_a_mark_that_does_not_count_earns_nothing(state: str) -> None:
    hours = ["3"]
    evaluation = evaluate(
        curriculum=curriculum(hours),
        sessions=sessions(hours),
        marks={(1, "in"): mark(state)},
        results={},
        ends_on=ENDS_ON,
        at=AFTER,
    )

    assert evaluation.absent == 3
    assert evaluation.hours == 0


def test_part_hours_count_as_granted_and_the_rest_as_absent() -> None:
    evaluation = evaluate_presence(["4", "4", "4", "4", "4"], {1, 2, 3, 4}, parts={5: "0.5"})

    assert evaluation.absent == Decimal("3.5")
    assert evaluation.outcome == "passed"
    assert evaluation.hours == Decimal("16.5")


def test_part_hours_never_exceed_the_session() -> None:
    evaluation = evaluate_presence(["3"], set(), parts={1: "9"})

    assert evaluation.hours == 3


def sign_out_evaluation(marks: dict[tuple[int, str], MarkFacts]) -> Evaluation:
    return evaluate(
        curriculum=curriculum(["3"]),
        sessions=sessions(["3"], takes_sign_out=True),
        marks=marks,
        results={},
        ends_on=ENDS_ON,
        at=AFTER,
    )


def test_a_missing_sign_out_counts_absent_until_resolved() -> None:
    missing = sign_out_evaluation({(1, "in"): mark()})
    resolved = sign_out_evaluation({(1, "in"): mark(), (1, "out"): mark()})
    granted = sign_out_evaluation({(1, "in"): mark(part_hours=Decimal(3))})

    assert missing.sessions[0].presence == Presence.NO_SIGN_OUT
    assert (missing.outcome, missing.hours) == ("failed", 0)
    assert (resolved.outcome, resolved.hours) == ("passed", 3)
    assert (granted.outcome, granted.hours) == ("passed", 3)


def test_signing_out_without_signing_in_is_not_being_there() -> None:
    assert sign_out_evaluation({(1, "out"): mark()}).hours == 0


WORK = FrozenRequirement(7, "work", "返校行动方案", "99", 30, 60)
SCORE = FrozenRequirement(8, "score", "结业测试", None, 10, 60)
ON_TIME = datetime(2026, 12, 27, 23, 59, tzinfo=ZoneInfo("Asia/Shanghai"))
OVERDUE = datetime(2026, 12, 28, 0, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def requirement_evaluation(
    result: ResultFacts | None, requirement: FrozenRequirement = WORK, *, at: datetime = AFTER
) -> Evaluation:
    return evaluate(
        curriculum=curriculum(["3"], (requirement,), work_hours="6"),
        sessions=sessions(["3"]),
        marks={(1, "in"): mark()},
        results={requirement.key: result} if result else {},
        ends_on=ENDS_ON,
        at=at,
    )


def test_work_that_is_not_yet_due_is_waited_for() -> None:
    evaluation = requirement_evaluation(None)

    assert evaluation.outcome == "waiting"
    assert evaluation.hours == 0
    assert [u.words for u in evaluation.unmet] == ["“返校行动方案”还没有通过审核，12月27日截止"]


def test_the_due_day_itself_is_still_in_time() -> None:
    assert requirement_evaluation(None, at=ON_TIME).outcome == "waiting"
    assert requirement_evaluation(None, at=OVERDUE).outcome == "failed"


def test_accepted_work_earns_its_module() -> None:
    evaluation = requirement_evaluation(ResultFacts("accepted"))

    assert evaluation.outcome == "passed"
    assert {e.content_key: e.hours for e in evaluation.earned} == {"module:1": 3, "module:99": 6}


def test_returned_work_is_waited_for_until_it_is_due() -> None:
    returned = ResultFacts("returned")

    assert requirement_evaluation(returned).requirements[0].standing == Standing.OPEN
    assert requirement_evaluation(returned).unmet[0].words == "“返校行动方案”退回修改，12月27日截止"
    assert requirement_evaluation(returned, at=OVERDUE).outcome == "failed"
    assert requirement_evaluation(returned, at=OVERDUE).unmet[0].code == "work_overdue"


def test_failed_work_is_final() -> None:
    evaluation = requirement_evaluation(ResultFacts("failed"))

    assert evaluation.outcome == "failed"
    assert evaluation.unmet[0].words == "“返校行动方案”不合格"


@pytest.mark.parametrize(("score", "outcome"), [("60", "passed"), ("59.9", "failed")])
def test_a_score_must_reach_the_pass_mark(score: str, outcome: str) -> None:
    state = "accepted" if outcome == "passed" else "failed"
    evaluation = requirement_evaluation(ResultFacts(state, Decimal(score)), SCORE)

    assert evaluation.outcome == outcome
    if outcome == "failed":
        assert evaluation.unmet[0].words == "“结业测试”59.9分，不到60分"


def test_a_missing_score_is_waited_for_until_it_is_due() -> None:
    assert requirement_evaluation(None, SCORE).unmet[0].code == "score_open"
    assert requirement_evaluation(None, SCORE, at=OVERDUE).unmet[0].code == "score_overdue"


def test_absence_and_work_are_both_listed() -> None:
    evaluation = evaluate(
        curriculum=curriculum(["3", "3"], (WORK,), work_hours="6"),
        sessions=sessions(["3", "3"]),
        marks={(1, "in"): mark()},
        results={},
        ends_on=ENDS_ON,
        at=AFTER,
    )

    assert [line.code for line in evaluation.unmet] == ["absence", "work_open"]
    assert evaluation.outcome == "failed"


def test_failing_earns_a_share_of_what_was_attended_where_the_rule_says_so() -> None:
    evaluation = evaluate_presence(["3", "3", "3", "4"], {1, 2, 3}, fail_ratio="0.2")

    assert evaluation.outcome == "failed"
    assert [content.hours for content in evaluation.earned] == [Decimal("0.6")] * 3
    assert evaluation.attended == 9


def test_what_is_still_ahead_counts_neither_way() -> None:
    before_all = evaluate_presence(["3", "3"], set(), at=START)

    assert [day.presence for day in before_all.sessions] == [Presence.AHEAD, Presence.AHEAD]
    assert before_all.absent == 0
