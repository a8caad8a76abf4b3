"""签发N份 and 更正."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from community.models import AuditEntry, Member, Notification
from tests.factories.attended import CLOSED_AT, attend, attended_and_accepted, crowd
from tests.factories.cast import SYSTEM, Cast
from training.certificates.number import normalise_number, number_fault
from training.certificates.snapshot import digest
from training.models import Certificate, Cohort, CompletionRecord
from training.operations import certificate_state
from training.operations.certificate import (
    CertificateNotValid,
    CorrectionFaulty,
    CorrectionUnexplained,
    CountChanged,
    NothingToCertify,
    NothingToCorrect,
    correct_certificate,
    issue_certificates,
)
from training.operations.closing import close_cohort
from training.operations.cohort import move_cohort
from training.operations.reopening import reopen_cohort
from training.operations.runner import NotTheRunner
from training.reports.ledger import prove_certificates, prove_records

LATER = CLOSED_AT + timedelta(days=1)


@pytest.fixture
def closed(cast: Cast) -> Cast:
    attended_and_accepted(cast.enrolment)
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    return cast


def issue(cast: Cast, **more: object) -> int:
    return issue_certificates(
        cohort=cast.cohort,
        by=cast.liangshan,
        at=LATER,
        **more,  # type: ignore[arg-type]
    ).issued


def test_closing_makes_no_certificate(closed: Cast) -> None:
    assert not Certificate.objects.exists()


def test_issuing_freezes_what_is_printed(closed: Cast) -> None:
    assert issue(closed) == 1

    certificate = Certificate.objects.get()
    assert number_fault(certificate.number) is None
    assert normalise_number(certificate.number) == certificate.number
    assert certificate.number.startswith("SC-2026-")
    assert certificate.data["holder_name"] == "何文渊"
    assert certificate.data["hours"] == "18"
    assert certificate.data["unit_name"] == "昭觉县谷曲镇中心小学校"
    assert certificate.data["requirements"] == [
        {"name": "返校行动方案", "work": "", "done_on": None}
    ]
    assert digest(certificate.data) == certificate.data_hash
    assert Notification.objects.filter(member=closed.trainee, kind="certificate").count() == 1


def test_issuing_twice_is_issuing_once(closed: Cast) -> None:
    assert [issue(closed), issue(closed)] == [1, 0]
    assert Certificate.objects.count() == 1


def test_who_has_not_passed_gets_none(cast: Cast) -> None:
    attend(cast.enrolment)
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)

    assert issue(cast) == 0


def test_the_confirmed_count_must_still_be_true(closed: Cast) -> None:
    with pytest.raises(CountChanged) as refused:
        issue(closed, expected=2)

    assert refused.value.message.startswith("要签发的是1份，不是您确认的2份")
    assert not Certificate.objects.exists()
    assert issue(closed, expected=1) == 1


def test_an_open_class_has_nothing_to_certify(cast: Cast) -> None:
    with pytest.raises(NothingToCertify):
        issue(cast)


@pytest.mark.parametrize("who", ["zhaojue", "butuo", "trainee", "clerk"])
def test_only_who_runs_the_class_issues(closed: Cast, who: str) -> None:
    with pytest.raises(NotTheRunner):
        issue_certificates(cohort=closed.cohort, by=getattr(closed, who), at=LATER)


def test_an_archived_class_can_still_issue(closed: Cast) -> None:
    move_cohort(cohort=closed.cohort, to=Cohort.State.ARCHIVED, by=SYSTEM, at=LATER)

    assert issue(closed) == 1


def test_numbers_that_are_taken_are_drawn_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(cast, 3)
    close_cohort(cohort=cast.cohort, by=cast.liangshan, at=CLOSED_AT)
    drawn = iter(["SC-2026-AAAAAAAAAA-AA"] * 2 + [f"SC-2026-BBBBBBBBB{n}-AA" for n in range(9)])
    monkeypatch.setattr(certificate_state, "new_number", lambda _year: next(drawn))
    Certificate.objects.none()

    with pytest.raises(IntegrityError):  # two alike in one batch: nothing stored has that number
        issue(cast)
    assert not Certificate.objects.exists()
    monkeypatch.undo()
    assert issue(cast) == 3


def test_a_number_of_an_earlier_certificate_is_not_used_again(
    closed: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(closed)
    taken = Certificate.objects.get().number
    other = attended_and_accepted(closed.enrolled(closed.member("阿衣·布茹")))
    reopen_cohort(cohort=closed.cohort, by=closed.liangshan, at=LATER, reason="补一人")
    close_cohort(cohort=closed.cohort, by=closed.liangshan, at=LATER)
    drawn = iter([taken, "SC-2026-K7Q2M9XRTB-4H"])
    monkeypatch.setattr(certificate_state, "new_number", lambda _year: next(drawn))

    issue(closed)

    assert Certificate.objects.get(enrolment=other).number == "SC-2026-K7Q2M9XRTB-4H"


def correct(cast: Cast, **fields: str) -> Certificate:
    return correct_certificate(
        certificate=Certificate.objects.order_by("pk").last(),  # type: ignore[arg-type]
        by=cast.liangshan,
        at=LATER,
        **{"reason": "姓名错字", **fields},  # type: ignore[arg-type]
    )


def test_a_correction_takes_the_place_of_the_old_one(closed: Cast) -> None:
    issue(closed)
    old = Certificate.objects.get()

    new = correct(closed, name="何文源")

    old.refresh_from_db()
    assert (old.state, new.state, new.supersedes) == ("superseded", "valid", old)
    assert old.data["holder_name"] == "何文渊"
    assert new.data["holder_name"] == "何文源"
    assert old.changes.get(to_state="superseded").reason == "姓名错字"
    entry = AuditEntry.objects.get(action="certificate.corrected")
    assert entry.details["before"]["name"] == "何文渊"
    record = CompletionRecord.objects.in_force().get()
    assert (record.version, record.snapshot["person"]["name"]) == (2, "何文源")
    assert not [*prove_records(), *prove_certificates()]


def test_a_correction_stays_when_the_class_is_closed_again(closed: Cast) -> None:
    issue(closed)
    corrected = correct(closed, unit="昭觉县第一小学校")
    reopen_cohort(cohort=closed.cohort, by=closed.liangshan, at=LATER, reason="再核一遍")

    close_cohort(cohort=closed.cohort, by=closed.liangshan, at=LATER)

    corrected.refresh_from_db()
    assert corrected.state == "valid"
    assert Certificate.objects.count() == 2


def test_names_are_corrected_in_one_spelling(closed: Cast) -> None:
    issue(closed)

    assert correct(closed, name="阿衣•布茹").data["holder_name"] == "阿衣·布茹"


def test_a_correction_does_not_touch_the_person(closed: Cast) -> None:
    issue(closed)
    correct(closed, name="何文源")

    assert Member.objects.get(pk=closed.trainee.pk).name == "何文渊"


def test_a_correction_that_changes_nothing_is_refused(closed: Cast) -> None:
    issue(closed)
    with pytest.raises(NothingToCorrect):
        correct(closed, name="何文渊")


@pytest.mark.parametrize("fields", [{"name": "何1"}, {"unit": "校" * 101}])
def test_a_faulty_correction_is_refused(closed: Cast, fields: dict[str, str]) -> None:
    issue(closed)
    with pytest.raises(CorrectionFaulty):
        correct(closed, **fields)


def test_a_correction_needs_a_reason(closed: Cast) -> None:
    issue(closed)
    with pytest.raises(CorrectionUnexplained):
        correct(closed, name="何文源", reason=" ")


def test_only_a_valid_certificate_is_corrected(closed: Cast) -> None:
    issue(closed)
    reopen_cohort(cohort=closed.cohort, by=closed.liangshan, at=LATER, reason="再核一遍")

    with pytest.raises(CertificateNotValid) as refused:
        correct(closed, name="何文源")
    assert "核定中" in refused.value.message


def test_only_who_runs_the_class_corrects(closed: Cast) -> None:
    issue(closed)
    with pytest.raises(NotTheRunner):
        correct_certificate(
            certificate=Certificate.objects.get(),
            name="何文源",
            reason="姓名错字",
            by=closed.zhaojue,
            at=LATER,
        )
