"""还差什么, on plain values."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from training.completion import evaluate
from training.curriculum import Curriculum, FrozenModule, FrozenRequirement, FrozenRule
from training.facts import MarkFacts, SessionFacts
from training.outlook import Chance, Outlook, look_ahead

START = datetime(2026, 11, 26, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
WORK = FrozenRequirement(7, "work", "返校行动方案", None, 30, 60)


def outlook(
    came: dict[int, str],
    *,
    past: int,
    count: int = 6,
    requirements: tuple[FrozenRequirement, ...] = (),
    takes_sign_out: bool = False,
) -> Outlook:
    """``count`` half-days of 3 学时, of which ``past`` are over; ``came`` says the state of each mark."""
    days = [
        SessionFacts(
            id=number,
            content_key=f"module:{number}",
            title=f"模块{number}",
            label=f"第{number}个半天",
            hours=Decimal(3),
            takes_sign_out=takes_sign_out,
            starts_at=START + timedelta(hours=4 * number),
            over_at=START + timedelta(hours=4 * number + 3),
        )
        for number in range(1, count + 1)
    ]
    modules = tuple(FrozenModule(str(day.id), day.title, "lecture", day.hours, "") for day in days)
    rule = FrozenRule("it@1", Decimal("0.2"), Decimal(0), None)
    return look_ahead(
        evaluate(
            curriculum=Curriculum("项目", "结业证书", modules, requirements, rule),
            sessions=days,
            marks={(n, "in"): MarkFacts(state, START) for n, state in came.items()},
            results={},
            ends_on=date(2026, 11, 27),
            at=START + timedelta(hours=4 * past + 3),
        )
    )


def test_nothing_is_missing_when_all_is_over_and_attended() -> None:
    done = outlook(dict.fromkeys(range(1, 7), "counted"), past=6)

    assert (done.chance, done.lines) == (Chance.DONE, ())


def test_one_missed_half_day_leaves_no_other_to_miss() -> None:
    # 3 of 18 is a sixth; 6 of 18 is a third.
    risky = outlook({1: "counted"}, past=2)

    assert risky.chance == Chance.AT_RISK
    assert [session.id for session in risky.must_come] == [3, 4, 5, 6]
    assert risky.lines == (
        "已缺勤3学时，第3个半天、第4个半天、第5个半天、第6个半天再缺一次就不能结业",
    )
    assert risky.spare == Decimal("0.6")


def test_two_missed_half_days_cannot_be_mended_here() -> None:
    lost = outlook({}, past=2)

    assert lost.chance == Chance.LOST
    assert lost.lines == ("缺勤6/18学时，已达33.3%，超过五分之一",)


def test_a_doubtful_half_day_can_still_be_settled() -> None:
    doubtful = outlook({1: "pending", 2: "pending"}, past=2)

    assert doubtful.chance == Chance.AT_RISK
    assert doubtful.missed == 0
    assert doubtful.lines[0] == "第1个半天的签到待核实，请到签到台核实"


def test_a_missing_sign_out_is_said_to_be_settled_at_the_desk() -> None:
    waiting = outlook({1: "counted"}, past=1, takes_sign_out=True)

    assert waiting.lines == ("第1个半天缺签退，现在按缺勤算，请到签到台核实",)


def test_somebody_on_course_is_told_of_her_work() -> None:
    fine = outlook({1: "counted"}, past=1, requirements=(WORK,))

    assert fine.chance == Chance.ON_COURSE
    assert fine.lines == ("“返校行动方案”还没有通过审核，12月27日截止",)
