"""结班 and 取消结班 on real tables."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community.models import AuditEntry, Notification
from tests.factories.attended import (
    CLOSED_AT,
    accept_work,
    attend,
    attended_and_accepted,
    crowd,
    hours_of,
    sign_in,
)
from tests.factories.cast import BUTUO, SYSTEM, Cast, moment
from training.models import (
    Attendance,
    Certificate,
    Closing,
    Cohort,
    CompletionRecord,
    Enrolment,
    HoursEntry,
)
from training.operations.certificate import issue_certificates
from training.operations.closing import NothingHeld, ScansAwait, SessionsNotOver, close_cohort
from training.operations.cohort import WrongCohortState, create_cohort, move_cohort
from training.operations.reopening import CohortArchived, ReopeningUnexplained, reopen_cohort
from training.operations.runner import NotTheRunner

REASON = "第二天下午的签到要更正"


def close(cast: Cast, **more: Any) -> Closing:
    return close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT, **more)


def reopen(cast: Cast, at: Any = None) -> Closing:
    return reopen_cohort(
        cohort=cast.cohort, by=cast.liangshan, at=at or CLOSED_AT + timedelta(days=1), reason=REASON
    )


def close_again(cast: Cast, days: int = 2) -> Closing:
    return close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT + timedelta(days=days))


def record_of(enrolment: Enrolment) -> CompletionRecord:
    return CompletionRecord.objects.in_force().get(enrolment=enrolment)


def test_closing_writes_a_record_and_the_hours(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)

    closing = close(cast)

    record = record_of(cast.enrolment)
    assert (record.outcome, record.hours, record.version) == ("passed", 18, 1)
    assert record.unmet == []
    assert hours_of(cast.trainee) == 18
    entry = HoursEntry.objects.order_by("pk").first()
    assert entry is not None
    revision = cast.programme.live_revision_id
    assert (entry.cycle, entry.year, entry.rule) == ("2023-09", 2026, f"it-change@{revision}")
    assert closing.figures["people"] == {"all": 1, "passed": 1, "waiting": 0, "failed": 0}
    assert Cohort.objects.get().state == Cohort.State.CLOSED


def test_no_hours_before_closing(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)

    assert hours_of(cast.trainee) == 0


def test_closing_twice_is_closing_once(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)

    first = close(cast)
    second = close_again(cast)

    assert second == first
    assert hours_of(cast.trainee) == 18
    assert CompletionRecord.objects.count() == 1
    assert AuditEntry.objects.filter(action="cohort.closed").count() == 1


def test_absence_of_a_quarter_fails_and_earns_nothing(cast: Cast) -> None:
    attend(cast.enrolment, [1, 2, 3])
    accept_work(cast.enrolment)

    close(cast)

    record = record_of(cast.enrolment)
    assert record.outcome == "failed"
    assert record.unmet == ["缺勤3/12学时，已达25%，超过五分之一"]
    assert hours_of(cast.trainee) == 0


def test_who_lacks_only_work_not_yet_due_waits(cast: Cast) -> None:
    attend(cast.enrolment)

    close(cast)

    assert record_of(cast.enrolment).outcome == "waiting"
    assert hours_of(cast.trainee) == 0
    task = Notification.objects.get(member=cast.trainee, kind="completion")
    assert task.is_task


def test_people_who_left_the_roster_get_no_record(cast: Cast) -> None:
    cast.enrolment.state = Enrolment.State.WITHDRAWN
    cast.enrolment.save()

    close(cast)

    assert CompletionRecord.objects.count() == 0


def test_a_class_is_not_closed_before_its_last_half_day_is_over(cast: Cast) -> None:
    with pytest.raises(SessionsNotOver) as refused:
        close_cohort(cohort=cast.cohort, by=cast.liangshan, at=moment(27, 16, 59))

    assert refused.value.message == "“第二天下午”到11月27日 周五 17:00才结束，结束以后才能结班。"
    assert close_cohort(cohort=cast.cohort, by=cast.liangshan, at=moment(27, 17, 0)).number == 1


def test_the_sign_out_window_must_be_over_too(cast: Cast) -> None:
    last = cast.cohort.sessions.get(position=4)
    last.takes_sign_out = True
    last.sign_out_opens_at, last.sign_out_closes_at = moment(27, 16, 50), moment(27, 17, 30)
    last.save()

    with pytest.raises(SessionsNotOver):
        close_cohort(cohort=cast.cohort, by=cast.liangshan, at=moment(27, 17, 29))


def test_scans_that_await_a_person_hold_the_closing_up(cast: Cast) -> None:
    mark = sign_in(cast.enrolment, cast.session, state="pending", proof="board")
    Enrolment.objects.create(
        cohort=cast.cohort, state="pending", name="陌生人", created_at=cast.at, changed_at=cast.at
    )

    with pytest.raises(ScansAwait) as refused:
        close(cast)

    assert refused.value.details == {"marks": 1, "people": 1}
    assert "还有1条签到和1名现场登记的人待核实" in refused.value.message
    Attendance.objects.filter(pk=mark.pk).update(state="counted")
    Enrolment.objects.filter(name="陌生人").update(state="struck")
    assert close(cast).number == 1


def test_a_pending_mark_of_somebody_struck_off_holds_nothing_up(cast: Cast) -> None:
    stranger = Enrolment.objects.create(
        cohort=cast.cohort, state="struck", name="陌生人", created_at=cast.at, changed_at=cast.at
    )
    sign_in(stranger, cast.session, state="pending", proof="none")

    assert close(cast).number == 1


@pytest.mark.parametrize("who", ["butuo", "zhaojue", "trainee", "class_teacher", "editor"])
def test_only_who_runs_the_class_closes_it(cast: Cast, who: str) -> None:
    with pytest.raises(NotTheRunner):
        close_cohort(cohort=cast.cohort, by=getattr(cast, who), at=CLOSED_AT)
    with pytest.raises(NotTheRunner):
        reopen_cohort(cohort=cast.cohort, by=getattr(cast, who), at=CLOSED_AT, reason=REASON)


def test_the_province_may_close_it(cast: Cast) -> None:
    assert close_cohort(cohort=cast.cohort, by=cast.province, at=CLOSED_AT).number == 1


def test_a_draft_is_not_closed(cast: Cast) -> None:
    draft = create_cohort(
        programme=cast.programme,
        host_region=cast.region(BUTUO),
        code="BT01",
        name="布拖县班",
        starts_on=cast.cohort.starts_on,
        ends_on=cast.cohort.ends_on,
        by=SYSTEM,
        at=cast.at,
    )

    with pytest.raises(WrongCohortState):
        close_cohort(cohort=draft, by=cast.butuo, at=CLOSED_AT)


def test_a_class_without_half_days_is_not_closed(cast: Cast) -> None:
    cast.cohort.sessions.all().delete()

    with pytest.raises(NothingHeld):
        close(cast)


def test_reopening_reverses_every_entry_exactly(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast)

    closing = reopen(cast)

    assert closing.reopen_reason == REASON
    assert hours_of(cast.trainee) == 0
    awards = HoursEntry.objects.filter(kind="award")
    assert awards.count() == HoursEntry.objects.filter(kind="reversal").count() == 5
    assert all(award.reversed_by.hours == -award.hours for award in awards)
    assert not CompletionRecord.objects.in_force().exists()
    assert Cohort.objects.get().state == Cohort.State.TO_CLOSE


def test_reopening_twice_is_reopening_once(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast)

    assert reopen(cast) == reopen(cast)
    assert HoursEntry.objects.count() == 10


def test_reopening_needs_a_reason_and_a_closing(cast: Cast) -> None:
    with pytest.raises(WrongCohortState):
        reopen(cast)
    close(cast)
    with pytest.raises(ReopeningUnexplained):
        reopen_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT, reason=" ")


def test_an_archived_class_is_not_reopened(cast: Cast) -> None:
    close(cast)
    move_cohort(cohort=cast.cohort, to=Cohort.State.ARCHIVED, by=SYSTEM, at=CLOSED_AT)

    with pytest.raises(CohortArchived):
        reopen(cast)


def test_closing_again_awards_again_after_the_reversals(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast)
    reopen(cast)

    again = close_again(cast)

    assert again.number == 2
    assert hours_of(cast.trainee) == 18
    record = record_of(cast.enrolment)
    assert record.version == 2
    assert record.supersedes is not None
    assert record.supersedes.version == 1
    followed = HoursEntry.objects.filter(kind="award", follows__isnull=False)
    assert followed.count() == 5
    assert all(award.follows.kind == "reversal" for award in followed)


def test_a_correction_between_two_closings_reaches_the_second(cast: Cast) -> None:
    attend(cast.enrolment, [1, 2, 3])
    accept_work(cast.enrolment)
    close(cast)
    reopen(cast)
    attend(cast.enrolment, [4])

    close_again(cast)

    assert record_of(cast.enrolment).outcome == "passed"
    assert hours_of(cast.trainee) == 18


def test_certificates_are_held_and_come_back_with_number_and_bytes(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast)
    issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    before = Certificate.objects.get()

    reopen(cast)
    held = Certificate.objects.get()
    close_again(cast)
    after = Certificate.objects.get()

    assert held.state == "held"
    assert after.state == "valid"
    assert (after.number, after.data, after.data_hash) == (
        before.number,
        before.data,
        before.data_hash,
    )
    assert [c.to_state for c in after.changes.order_by("pk")] == ["valid", "held", "valid"]


def test_who_changed_gets_a_new_number_and_the_old_page_links_it(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast)
    issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    old = Certificate.objects.get()
    reopen(cast)
    Attendance.objects.filter(session__position=4).update(part_hours=Decimal("1.5"))

    close_again(cast)

    old.refresh_from_db()
    new = old.superseded_by
    assert (old.state, new.state) == ("superseded", "valid")
    assert new.number != old.number
    assert (old.data["hours"], new.data["hours"]) == ("18", "16.5")
    assert hours_of(cast.trainee) == Decimal("16.5")


def test_who_no_longer_passes_has_a_revoked_certificate(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast)
    issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    reopen(cast)
    Attendance.objects.filter(session__position=4).update(state="void")

    close_again(cast)

    assert Certificate.objects.get().state == "revoked"
    assert hours_of(cast.trainee) == 0


def test_who_left_the_roster_meanwhile_has_a_revoked_certificate(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast)
    issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    reopen(cast)
    Enrolment.objects.update(state="withdrawn")

    close_again(cast)

    assert Certificate.objects.get().state == "revoked"


def test_a_held_certificate_of_somebody_who_waits_again_stays_held(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast)
    issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    reopen(cast)
    cast.enrolment.results.update(state="returned")

    close_again(cast)

    assert record_of(cast.enrolment).outcome == "waiting"
    assert Certificate.objects.get().state == "held"


def test_everybody_is_told_what_became_of_her(cast: Cast) -> None:
    attended_and_accepted(cast.enrolment)
    close(cast)
    reopen(cast)
    close_again(cast)

    told = Notification.objects.filter(member=cast.trainee, kind="completion").order_by("pk")
    assert [line.text for line in told] == [
        "“凉山场”已结班，您已结业",
        "“凉山场”取消了结班，学时和证书重新核定",
        "“凉山场”已结班，您已结业",
    ]


def statements(queries: CaptureQueriesContext) -> list[str]:
    """What was asked, without savepoints; batches of one INSERT or UPDATE count once (SQLite splits them)."""
    asked: list[str] = []
    for query in queries.captured_queries:
        sql = query["sql"]
        if sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")):
            continue
        head = sql.split("VALUES")[0] if sql.startswith("INSERT") else sql.split("WHERE")[0]
        if not (asked and asked[-1] == head and sql.startswith("INSERT")):
            asked.append(head)
    return asked


@pytest.mark.parametrize("deed", ["close", "reopen", "close again", "issue"])
def test_the_number_of_statements_does_not_grow_with_people(
    cast: Cast, deed: str, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for size in (1, 9, 90):
        crowd(cast, size)
        if deed != "close":
            close(cast)
        if deed in {"reopen", "close again"}:
            issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
        if deed == "close again":
            reopen(cast)
        with CaptureQueriesContext(connection) as queries:
            if deed == "issue":
                issue_certificates(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
            elif deed == "reopen":
                reopen(cast)
            else:
                close_again(cast)
        counts.append(len(statements(queries)))
        if deed != "reopen":
            reopen(cast, at=CLOSED_AT + timedelta(days=3))

    if deed == "close":  # the second and third closing find records and certificates of the first
        counts = counts[1:]
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 40
