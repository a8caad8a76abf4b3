"""Whose account and data somebody may change: the refusal shared by every such deed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from community.models import Member
from community.permissions import may_look_after
from community.refusals import Refusal
from community.scope import System


class NotHersToLookAfter(Refusal):
    code = "not_hers_to_look_after"


def require_care(*, member: Member, by: Member | System) -> None:
    """Refuse whoever does not look after ``member`` (`community.permissions.may_look_after`).

    A new telephone, another school or a second step that is gone can each open or end somebody's
    power, so nobody does them for an equal or for somebody above.
    """
    if may_look_after(by, member):
        return
    if isinstance(by, Member) and by.pk == member.pk:
        raise NotHersToLookAfter(_("自己的登记信息不能自己改，请上级管理员来办。"))
    raise NotHersToLookAfter(
        _("您不能改%(name)s的登记信息，请上级管理员来办。") % {"name": member.name}
    )
