"""Entering people, with their papers, names and phones."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from community.identity import mask_id, normalise_id
from community.models import Member
from community.names import name_fault, normalise_name, pinyin_key
from community.operations.affiliation import affiliate, county_of, require_reason
from community.operations.audit import record_audit
from community.operations.care import require_care
from community.operations.notification import notify
from community.phones import last4, mask_phone, normalise_phone
from community.refusals import Refusal
from community.scope import System
from community.vault import blind_index, seal

__all__ = ["affiliate", "correct_name", "enter_member", "new_username", "set_identity", "set_phone"]

# No 0, O, 1, I or L: user names are read aloud and typed from paper slips.
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


class NameFaulty(Refusal):
    code = "name_faulty"


def new_username() -> str:
    """A user name that says nothing about its owner."""
    return "t" + "".join(secrets.choice(_LETTERS) for _ in range(9))


def set_identity(member: Member, *, kind: str, number: str) -> None:
    """Seal the number into ``member``'s fields (unsaved): ciphertext, blind index and mask."""
    number = normalise_id(kind, number)
    member.id_kind = kind if number else ""
    member.id_sealed = seal(number, purpose="identity") if number else ""
    member.id_index = blind_index(f"{kind}:{number}", purpose="identity") if number else None
    member.id_masked = mask_id(number) if number else ""


def set_phone(member: Member, phone: str) -> None:
    """Seal the phone into ``member``'s fields (unsaved); a new number is not yet proved."""
    phone = normalise_phone(phone)
    index = blind_index(phone, purpose="phone") if phone else None
    if index != member.phone_index:
        member.phone_proved_at = None
    member.phone_sealed = seal(phone, purpose="phone") if phone else ""
    member.phone_index = index
    member.phone_masked = mask_phone(phone) if phone else ""
    member.phone_last4 = last4(phone) if phone else ""


@transaction.atomic
def enter_member(
    *,
    name: str,
    phone: str = "",
    id_kind: str = "",
    id_number: str = "",
    trainee_type: str = Member.TraineeType.TEACHER,
    username: str | None = None,
    is_sample: bool = False,
    by: Member | System,
    at: datetime,
) -> Member:
    """Add a person. She cannot log in before she activates her account (ruling 11)."""
    member = Member(
        # One spelling, so that looking one up is looking up a key.
        username=(username or new_username()).lower(),
        name=normalise_name(name),
        trainee_type=trainee_type,
        is_sample=is_sample,
    )
    member.name_key = pinyin_key(member.name)
    set_phone(member, phone)
    set_identity(member, kind=id_kind, number=id_number)
    member.set_unusable_password()
    member.save()
    record_audit(by=by, action="member.entered", at=at, subject=member)
    return member


@transaction.atomic
def correct_name(
    *, member: Member, name: str, reason: str, by: Member | System, at: datetime
) -> Member:
    """Put a misspelt name right. Rosters and certificates keep what they froze; those are
    corrected apart.

    Refuses what cannot be a name (`community.names.name_fault`), a change without a reason, and
    whoever does not look after the account.
    """
    require_care(member=member, by=by)
    require_reason(reason)
    name = normalise_name(name)
    if fault := name_fault(name):
        raise NameFaulty(fault)
    member = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    before = member.name
    if before == name:
        return member
    member.name, member.name_key = name, pinyin_key(name)
    member.save(update_fields=["name", "name_key"])
    record_audit(
        by=by,
        action="member.name_corrected",
        at=at,
        subject=member,
        region=county_of(member),
        before=before,
        after=name,
        reason=reason,
    )
    notify(
        members=[member],
        kind="account",
        key=f"name:{at:%Y%m%d%H%M%S%f}",
        text=_("您登记的姓名已改为%(name)s") % {"name": name},
        note=_("原因：%(reason)s") % {"reason": reason},
        at=at,
    )
    return member
