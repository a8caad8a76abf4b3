"""What the frame around every page shows: who is here, what she may open, what waits for her."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

from community.models import Member, Notification
from community.scope import regions_coordinated

# Which entry of the navigation an address belongs to; a view may say otherwise (``frame_here``).
_HERE: Final = (
    ("/programmes/", "programmes"),
    ("/sessions/", "programmes"),
    ("/studios/", "studios"),
    ("/cases/", "cases"),
    ("/notices/", "notices"),
    ("/v/", "verify"),
    ("/me/", "my_learning"),
    ("/inbox/", "inbox"),
    ("/areas/", "desk"),
)


class Frame:
    """Answers of the frame; each is read at most once a page and only if the template asks."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        user = getattr(request, "user", None)
        self._member = user if isinstance(user, Member) or getattr(user, "pk", None) else None
        self.demo = settings.DEMO
        self.sub = getattr(request, "frame_sub", "")

    @property
    def here(self) -> str:
        chosen = getattr(self._request, "frame_here", "")
        if chosen:
            return str(chosen)
        path = self._request.path_info
        return next((entry for prefix, entry in _HERE if path.startswith(prefix)), "")

    @property
    def demo_accounts(self) -> dict[str, Any]:
        """What `load_demo` wrote for the log-in page; nothing outside a demo."""
        if not settings.DEMO:
            return {}
        try:
            written: dict[str, Any] = json.loads(
                (settings.TONGKE_DATA / "demo_accounts.json").read_text("utf-8")
            )
        except (OSError, ValueError):
            return {}
        return written

    @property
    def name(self) -> str:
        return self._member.name if self._member else ""

    @cached_property
    def role(self) -> str:
        if self._member is None:
            return "public"
        return "coordinator" if self.area else "member"

    @cached_property
    def area(self) -> str | None:
        """The region that the coordinator's screens open on: the page's own, or her largest."""
        chosen = getattr(self._request, "frame_area", None)
        if chosen:
            return str(chosen)
        if self._member is None:
            return None
        regions = regions_coordinated(self._member)
        return regions[0].code if regions else None

    @cached_property
    def todo_count(self) -> int:
        if self._member is None:
            return 0
        known: int | None = getattr(self._member, "open_tasks", None)
        if known is not None:  # read with the member (community.reports.who)
            return known
        return Notification.objects.visible_to(self._member).open().count()


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor."""
    return {"frame": Frame(request)}
