"""How the lines that training sends are shown in the inbox."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from community.notice_kinds import register_notice_kind


def register() -> None:
    """Called once, when the floor is ready."""
    register_notice_kind("roster", glyph="名", subject=_("培训"), action=_("看安排"))
    register_notice_kind("roster_moved", glyph="名", subject=_("培训"))
    register_notice_kind("roster_work", glyph="名", subject=_("名单"), action=_("去处理"))
    register_notice_kind("staffed", glyph="场", subject=_("培训"), action=_("看安排"))
    register_notice_kind("completion", glyph="时", subject=_("学时"), action=_("去看"))
    register_notice_kind("certificate", glyph="证", subject=_("证书"), action=_("看证书"))
    register_notice_kind("export", glyph="表", subject=_("导出"), action=_("去下载"))
    register_notice_kind("export_approval", glyph="批", subject=_("导出"), action=_("去审批"))
