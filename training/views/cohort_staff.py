"""现场人员: who leads, marks or lectures in one class (ruling 7)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from community.http import MemberRequest
from community.models import Member
from community.refusals import Refusal
from training.forms.cohort import PostForm
from training.models import Cohort, CohortStaff
from training.operations.cohort import staff_cohort
from training.operations.planning import unstaff_cohort
from training.reports.class_plan import FOUND_AT_MOST, find_people, staff_of
from training.views.cohort import class_to_plan

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def class_staff(request: MemberRequest, cohort_id: int) -> HttpResponse:
    """Who works in the hall; somebody is found by name or telephone and given a role."""
    cohort = class_to_plan(request, cohort_id)
    people = Member.objects.visible_to(request.user)
    first = {"from_on": min(timezone.localdate(), cohort.starts_on), "to_on": cohort.ends_on}
    form = PostForm(request.POST or None, people=people, initial={**first, "role": "clerk"})
    if request.method == "POST" and form.is_valid():
        try:
            post = staff_cohort(
                cohort=cohort, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error("to_on", refusal.message)
        else:
            messages.success(
                request,
                _("%(name)s是本班的%(role)s了，已发消息告知。")
                % {"name": post.member.name, "role": post.get_role_display()},
            )
            return redirect("training:class_staff", cohort.pk)
    return _page(request, cohort, form)


def _page(request: MemberRequest, cohort: Cohort, form: PostForm) -> HttpResponse:
    search = (request.POST if request.method == "POST" else request.GET).get("q", "").strip()[:50]
    found = list(find_people(viewer=request.user, search=search)[: FOUND_AT_MOST + 1])
    page = Paginator(staff_of(cohort, viewer=request.user), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context: dict[str, Any] = {
        "cohort": cohort,
        "form": form,
        "page": page,
        "search": search,
        "found": found[:FOUND_AT_MOST],
        "is_cut": len(found) > FOUND_AT_MOST,
        "chosen": request.POST.get("member", ""),
        "today": timezone.localdate(),
    }
    status = 422 if form.errors else 200
    return render(request, "training/class_staff.html", context, status=status)


@require_POST
@login_required
def remove_post(request: MemberRequest, cohort_id: int, post_id: int) -> HttpResponse:
    """Take somebody out; the page then has found her again, should it have been the wrong one."""
    cohort = class_to_plan(request, cohort_id)
    post = get_object_or_404(
        CohortStaff.objects.visible_to(request.user).select_related("cohort", "member"),
        pk=post_id,
        cohort=cohort,
    )
    unstaff_cohort(post=post, by=request.user, at=timezone.now())
    messages.success(
        request,
        _("%(name)s不再是本班的%(role)s。移错了，可以在下面重新加入。")
        % {"name": post.member.name, "role": post.get_role_display()},
    )
    address = reverse("training:class_staff", args=[cohort.pk])
    return redirect(f"{address}?{urlencode({'q': post.member.name})}")
