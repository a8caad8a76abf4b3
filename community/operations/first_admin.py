"""The root of all powers in an installation without a demo: its first administrator (ruling 11)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from community.models import Appointment, Member, Region
from community.names import name_fault, normalise_name
from community.operations.account import keep_password
from community.operations.activation import issue_slip
from community.operations.appointment import appoint
from community.operations.audit import record_audit
from community.operations.member import enter_member
from community.phones import normalise_phone, phone_fault
from community.refusals import Refusal
from community.scope import System

# With a letter in it, so that no user name is ever taken for a telephone number.
_USERNAME: Final = re.compile(r"(?=.*[a-z])[a-z0-9][a-z0-9._-]{2,63}")


class AdminExists(Refusal):
    code = "admin_exists"


class AdminFaulty(Refusal):
    code = "admin_faulty"


def username_fault(username: str) -> str | None:
    """What is wrong with a user name that somebody chose, or None."""
    if _USERNAME.fullmatch(username):
        return None
    return _("账号要用3至64个小写字母、数字、点或横线，至少有一个字母，请改一个。")


@transaction.atomic
def create_first_admin(
    *, username: str, name: str, phone: str = "", password: str | None, at: datetime
) -> tuple[Member, str | None]:
    """The first administrator, and the code of her slip where no ``password`` was given.

    She is a superuser and coordinates the province with the right to delegate, so that every later
    power can be traced to her. Refuses where there is one already, and faulty names, phones or
    passwords.
    """
    list(Region.objects.filter(level=Region.Level.PROVINCE).select_for_update(no_key=True))
    if Member.objects.filter(is_superuser=True).exists():
        raise AdminExists(_("这套系统已经有管理员了。要再加一位，请由管理员授权。"))
    username, name, phone = username.strip().lower(), normalise_name(name), normalise_phone(phone)
    for fault in (
        username_fault(username),
        name_fault(name),
        phone_fault(phone) if phone else None,
    ):
        if fault:
            raise AdminFaulty(fault)
    if Member.objects.filter(username=username).exists():
        raise AdminFaulty(_("账号“%(name)s”已有人用，请改一个。") % {"name": username})
    if password is not None:
        try:
            validate_password(password, Member(username=username, name=name))
        except ValidationError as faults:
            raise AdminFaulty(" ".join(faults.messages)) from None
    by = System("create_first_admin")
    member = enter_member(
        name=name,
        phone=phone,
        username=username,
        trainee_type=Member.TraineeType.ADMINISTRATOR,
        by=by,
        at=at,
    )
    member.is_superuser = True
    member.save(update_fields=["is_superuser"])
    record_audit(by=by, action="account.made_superuser", at=at, subject=member)
    appoint(
        member=member,
        role=Appointment.Role.COORDINATOR,
        region=Region.objects.get(level=Region.Level.PROVINCE),
        from_on=localdate(at),
        may_delegate=True,
        may_unmask=True,
        by=by,
        at=at,
    )
    if password is None:
        return member, issue_slip(member=member, by=by, at=at)
    return keep_password(member=member, password=password, at=at), None
