"""close_cohort, reopen_cohort, issue_certificates, draw_certificates, verify_ledger."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.factories.attended import CLOSED_AT, attended_and_accepted
from tests.factories.cast import Cast
from training.models import Certificate, Cohort


@pytest.fixture(autouse=True)
def after_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: CLOSED_AT)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as error:
        run(*arguments)
    return error.value.returncode, str(error.value)


def test_the_whole_way_by_command(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    who = ("LS18", "--as", cast.liangshan.username)

    assert "第1次结班：1人，结业1人" in run("close_cohort", *who)
    assert "第1次结班" in run("close_cohort", *who)
    assert "签发1份，有效证书共1份" in run("issue_certificates", *who)
    assert "签发0份，有效证书共1份" in run("issue_certificates", *who)
    assert "生成1份" in run("draw_certificates")
    assert "全部一致" in run("verify_ledger", "--papers")
    assert "第1次结班已取消" in run("reopen_cohort", *who, "--reason", "签到要更正")
    assert Cohort.objects.get().state == "to_close"
    assert Certificate.objects.get().state == "held"


def test_a_refusal_ends_with_1_and_its_words(cast: Cast) -> None:
    assert cast.cohort.code == "LS18"

    code, words = refused("close_cohort", "LS18", "--as", cast.butuo.username)

    assert (code, words) == (
        1,
        "班次“凉山场”由凉山彝族自治州举办，只有那里的培训管理员能做这一步。",
    )
    assert refused("issue_certificates", "LS18", "--as", cast.liangshan.username)[0] == 1


def test_wrong_usage_ends_with_2(cast: Cast) -> None:
    assert refused("close_cohort", "LS18", "--as", "nobody")[0] == 2
    assert refused("close_cohort", "NONE", "--as", cast.liangshan.username)[0] == 2


def test_a_confirmed_count_that_is_not_true_any_more(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    who = ("LS18", "--as", cast.liangshan.username)
    run("close_cohort", *who)

    assert refused("issue_certificates", *who, "--expect", "9")[0] == 1
    assert "签发1份" in run("issue_certificates", *who, "--expect", "1")


def test_a_difference_ends_the_proof_with_1(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    run("close_cohort", "LS18", "--as", cast.liangshan.username)
    cast.enrolment.attendances.update(state="void")

    assert refused("verify_ledger") == (1, "有1处对不上。")


def test_a_missing_glyph_ends_drawing_with_1(cast: Cast) -> None:
    cast.enrolment.name = "何\ue863"
    cast.enrolment.save()
    attended_and_accepted(cast.enrolment)
    run("close_cohort", "LS18", "--as", cast.liangshan.username)
    run("issue_certificates", "LS18", "--as", cast.liangshan.username)

    code, words = refused("draw_certificates")
    assert code == 1
    assert "CERTIFICATE_FONT_DIRS" in words
