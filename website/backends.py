"""Who a session belongs to: the one question that every page of somebody logged in asks."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from community.models import Member
from community.reports.who import member_here


class MemberBackend(AuthenticationBackend):
    """Logs in as allauth does; a session's member comes with what the frame of the page shows of her."""

    def get_user(self, user_id: Any) -> Member | None:
        member = member_here(int(user_id))
        return member if member is not None and self.user_can_authenticate(member) else None
