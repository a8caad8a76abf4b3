"""A new sealing key reaches every sealed text, and nothing is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from community import vault
from community.models import AuditEntry, Member
from community.operations.account import member_of_phone
from community.operations.member import enter_member
from community.operations.rotation import reseal, rotate_keys
from community.sealed_columns import sealed_columns
from community.vault import is_sealed_with_current, open_sealed
from tests.factories.cast import SYSTEM, moment

pytestmark = pytest.mark.django_db
NUMBER = "510123199003074514"


@pytest.fixture
def people(ring: Any) -> list[Member]:
    return [
        enter_member(
            name=f"何文渊{'甲乙丙'[number]}",
            phone=f"1380013800{number}",
            id_kind="passport",
            id_number=f"E1234567{number}",
            by=SYSTEM,
            at=moment(),
        )
        for number in range(3)
    ]


def test_everything_is_sealed_again_and_opens_as_before(people: list[Member]) -> None:
    key = rotate_keys(by=SYSTEM, at=moment())
    done = reseal(by=SYSTEM, at=moment())

    assert done["community.Member.phone_sealed"] == 3
    assert done["community.Member.id_sealed"] == 3
    for number, member in enumerate(people):
        member.refresh_from_db()
        assert member.phone_sealed.startswith(f"{key}.")
        assert open_sealed(member.phone_sealed, purpose="phone") == f"1380013800{number}"
        assert open_sealed(member.id_sealed, purpose="identity") == f"E1234567{number}"
    assert member_of_phone(phone="13800138001") == people[1], "look-ups go on"
    assert reseal(by=SYSTEM, at=moment())["community.Member.phone_sealed"] == 0
    assert AuditEntry.objects.filter(action="keys.rotated").count() == 1


def test_the_second_step_survives_a_new_key(people: list[Member]) -> None:
    TOTP.activate(people[0], secret := generate_totp_secret())
    rotate_keys(by=SYSTEM, at=moment())

    assert reseal(by=SYSTEM, at=moment())["mfa.Authenticator.data"] == 1

    stored = Authenticator.objects.get()
    assert is_sealed_with_current(stored.data["secret"])
    assert open_sealed(stored.data["secret"], purpose="two-step") == secret
    assert reseal(by=SYSTEM, at=moment())["mfa.Authenticator.data"] == 0, "nothing is left to do"


def test_a_process_that_still_has_the_old_ring_reads_what_the_new_key_sealed(ring: Any) -> None:
    path = vault.keys_file()
    before = path.read_bytes()
    vault.rotate_keyring(path)
    after = path.read_bytes()
    vault.keyring.cache_clear()
    sealed = vault.seal("x", purpose="phone")
    path.write_bytes(before)  # as the other process read it when it started
    vault.keyring.cache_clear()
    assert not vault.is_sealed_with_current(sealed)
    path.write_bytes(after)

    assert open_sealed(sealed, purpose="phone") == "x"


def test_every_column_that_is_called_sealed_is_registered() -> None:
    from django.apps import apps

    named = {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.name.endswith("_sealed")
    }

    assert named == {(column.label, column.field) for column in sealed_columns()}
