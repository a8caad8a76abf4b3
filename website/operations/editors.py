"""Letting somebody edit the province's pages and programmes in the office, and taking it back."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from community.models import Member
from community.operations.audit import record_audit
from community.operations.notification import notify
from community.scope import System
from website.operations.site import EDITORS


@transaction.atomic
def set_editor(*, member: Member, is_editor: bool, by: Member | System, at: datetime) -> Member:
    """Put ``member`` into the one group of editors, or take her out (ruling 9). Twice is once."""
    group = Group.objects.get(name=EDITORS)
    if member.groups.filter(pk=group.pk).exists() == is_editor:
        return member
    if is_editor:
        member.groups.add(group)
    else:
        member.groups.remove(group)
    record_audit(
        by=by,
        action="editor.added" if is_editor else "editor.removed",
        at=at,
        subject=member,
    )
    notify(
        members=[member],
        kind="appointment",
        key=f"editor:{at:%Y%m%d%H%M%S%f}",
        text=_("您已获授权编辑省级栏目和培训项目")
        if is_editor
        else _("您编辑省级栏目的授权已撤回"),
        url="/office/" if is_editor else "",
        at=at,
    )
    return member
