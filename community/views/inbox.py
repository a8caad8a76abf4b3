"""消息: what is to be done, and what is good to know. Only one's own."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from community.http import MemberRequest
from community.models import Notification
from community.next_page import is_ours
from community.notice_kinds import kinds_of_subject, notice_kind
from community.operations.notification import mark_all_read, mark_read

PAGE = 20
_MOST_TASKS = 100


@require_safe
@login_required
def inbox(request: MemberRequest) -> HttpResponse:
    """Tasks first, those that end soonest on top; then the rest by date, twenty a page."""
    mine = Notification.objects.visible_to(request.user)
    tasks = list(mine.open().order_by(F("due_at").asc(nulls_last=True), "-pk")[:_MOST_TASKS])
    known = mine.filter(Q(is_task=False) | Q(settled_at__isnull=False))
    subjects = {
        str(notice_kind(kind).subject)
        for kind in known.order_by().values_list("kind", flat=True).distinct()
    }
    about = request.GET.get("about", "")
    shown = known.filter(kind__in=kinds_of_subject(about)) if about in subjects else known
    page = Paginator(shown.order_by("-created_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    for line in [*tasks, *page]:
        vars(line)["shown"] = notice_kind(line.kind)
    context = {
        "tasks": tasks,
        "page_obj": page,
        "subjects": sorted(subjects),
        "about": about if about in subjects else "",
        "unread": known.filter(is_task=False, read_at__isnull=True).count(),
        "now": timezone.now(),
    }
    return render(request, "community/inbox.html", context)


@require_POST
@login_required
def open_line(request: MemberRequest, notification_id: int) -> HttpResponse:
    """Mark one line as read and go where it points."""
    line = get_object_or_404(Notification.objects.visible_to(request.user), pk=notification_id)
    mark_read(notification=line, at=timezone.now())
    return redirect(line.url if line.url and is_ours(request, line.url) else "inbox")


@require_POST
@login_required
def read_all(request: MemberRequest) -> HttpResponse:
    count = mark_all_read(member=request.user, at=timezone.now())
    if count:
        messages.success(request, _("已把%(count)d条标为已读。") % {"count": count})
    return redirect("inbox")
