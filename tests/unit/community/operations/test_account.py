"""Whose phone it is, proving it, and being logged out everywhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from community.models import AuditEntry, Member
from community.operations.account import (
    end_sessions,
    keep_password,
    member_of_phone,
    note_failed_log_in,
    prove_phone,
    remember_log_in,
    reset_two_step,
)
from community.operations.consent import give_consent, has_consented
from community.operations.member import set_phone
from tests.factories.cast import SYSTEM, moment

pytestmark = pytest.mark.django_db
PHONE = "13800138000"


def test_a_phone_that_one_person_lists_stands_for_her(cast: Any) -> None:
    someone = cast.member("何文渊", phone=PHONE)

    assert member_of_phone(phone=PHONE) == someone
    assert member_of_phone(phone="13800138001") is None
    assert member_of_phone(phone="") is None


def test_a_shared_phone_needs_the_name_or_the_user_name(cast: Any) -> None:
    first = cast.member("何文渊", phone=PHONE)
    second = cast.member("阿衣·布茹", phone=PHONE)

    assert member_of_phone(phone=PHONE) is None
    assert member_of_phone(phone=PHONE, name=" 何 文渊 ") == first
    assert member_of_phone(phone=PHONE, name="阿衣•布茹") == second
    assert member_of_phone(phone=PHONE, name=second.username.upper()) == second
    assert member_of_phone(phone=PHONE, name="别人") is None


def test_two_people_of_one_name_on_one_phone_are_told_apart_by_user_name_only(cast: Any) -> None:
    first = cast.member("何文渊", phone=PHONE)
    cast.member("何文渊", phone=PHONE)

    assert member_of_phone(phone=PHONE, name="何文渊") is None
    assert member_of_phone(phone=PHONE, name=first.username) == first


def test_once_proved_a_phone_is_its_owners_and_a_colleague_does_not_land_in_her_account(
    cast: Any,
) -> None:
    owner = cast.member("何文渊", phone=PHONE)
    cast.member("阿衣·布茹", phone=PHONE)
    assert prove_phone(member=owner, phone=PHONE, at=moment())

    assert member_of_phone(phone=PHONE) == owner
    assert member_of_phone(phone=PHONE, name="阿衣·布茹") is None


def test_only_one_of_two_can_prove_a_shared_phone(cast: Any) -> None:
    first = cast.member("何文渊", phone=PHONE)
    second = cast.member("阿衣·布茹", phone=PHONE)

    assert prove_phone(member=first, phone=PHONE, at=moment())
    assert not prove_phone(member=second, phone=PHONE, at=moment(hour=9))
    assert prove_phone(member=first, phone=PHONE, at=moment(hour=9))
    first.refresh_from_db()
    assert first.phone_proved_at == moment()


def test_a_code_to_a_number_that_is_no_longer_hers_proves_nothing(cast: Any) -> None:
    someone = cast.member("何文渊", phone=PHONE)
    set_phone(someone, "13900139000")
    someone.save()

    assert not prove_phone(member=someone, phone=PHONE, at=moment())
    someone.refresh_from_db()
    assert someone.phone_proved_at is None


def test_somebody_who_may_not_log_in_has_no_phone(cast: Any) -> None:
    someone = cast.member("何文渊", phone=PHONE)
    Member.objects.filter(pk=someone.pk).update(is_active=False)

    assert member_of_phone(phone=PHONE) is None


def test_the_first_log_in_activates_and_later_ones_are_only_audited(cast: Any) -> None:
    someone = cast.member("何文渊")

    assert remember_log_in(member=someone, at=moment(), address="10.1.2.3", method="code")
    assert not remember_log_in(member=someone, at=moment(hour=10))

    someone.refresh_from_db()
    assert someone.activated_at == moment()
    lines = AuditEntry.objects.filter(subject_id=str(someone.pk)).order_by("id")
    actions = list(lines.values_list("action", "address"))
    assert actions[-2:] == [("account.activated", "10.1.2.3"), ("account.logged_in", None)]


def test_a_failed_log_in_is_audited_without_what_was_typed(db: None) -> None:
    note_failed_log_in(at=moment(), address="10.1.2.3", method="password")

    line = AuditEntry.objects.get(action="account.log_in_failed")
    assert line.actor is None
    assert line.subject_id == ""
    assert line.details == {"method": "password"}


def test_a_password_ends_sessions_and_so_does_being_logged_out_everywhere(cast: Any) -> None:
    someone = cast.member("何文渊")
    before = someone.get_session_auth_hash()
    end_sessions(member=someone, by=someone, at=moment())
    ended = someone.get_session_auth_hash()
    keep_password(member=someone, password="一段很长的新密码2026", at=moment())

    assert len({before, ended, someone.get_session_auth_hash()}) == 3
    assert someone.check_password("一段很长的新密码2026")


def test_a_session_of_before_is_anonymous_after_being_logged_out_everywhere(cast: Any) -> None:
    someone = cast.member("何文渊")
    client = Client()
    client.force_login(someone)
    assert get_user_model().objects.get(pk=client.session["_auth_user_id"]) == someone

    end_sessions(member=someone, by=SYSTEM, at=moment())

    from django.contrib.auth import get_user
    from django.http import HttpRequest

    request = HttpRequest()
    request.session = client.session  # type: ignore[assignment]
    assert not get_user(request).is_authenticated


def test_sessions_survive_a_new_secret_while_the_old_one_is_known(cast: Any, settings: Any) -> None:
    someone = cast.member("何文渊")
    old = someone.get_session_auth_hash()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-of-fifty-characters-and-a-few-more-yes"

    assert someone.get_session_auth_hash() != old
    assert old in list(someone.get_session_auth_fallback_hash())


def test_resetting_the_second_step_removes_it_logs_out_and_tells(cast: Any) -> None:
    from allauth.mfa.models import Authenticator

    someone = cast.coordinator("吉木克哈", "513431")
    Authenticator.objects.create(user=someone, type=Authenticator.Type.TOTP, data={"secret": "x"})
    Authenticator.objects.create(
        user=someone, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"}
    )
    before = someone.get_session_auth_hash()

    assert reset_two_step(member=someone, by=cast.liangshan, at=moment(), reason="手机丢了") == 2

    assert not Authenticator.objects.filter(user=someone).exists()
    assert someone.get_session_auth_hash() != before
    line = someone.notifications.get(kind="account")
    assert "手机丢了" in line.note


def test_agreeing_twice_is_agreeing_once(cast: Any) -> None:
    someone = cast.member("何文渊")  # the cast has agreed

    first = someone.consents.get()
    assert give_consent(member=someone, at=moment(day=27)) == first
    assert has_consented(member=someone)


def test_a_new_version_asks_again(cast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    someone = cast.member("何文渊")
    monkeypatch.setattr("community.operations.consent.VERSION", "2027-01")

    assert not has_consented(member=someone)
    give_consent(member=someone, at=moment())
    assert has_consented(member=someone)
    assert someone.consents.count() == 2
