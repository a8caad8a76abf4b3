"""What a coordinator does for one person: telephone, name, school, slip, second step, devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from community.forms.people import NameForm, PhoneChangeForm, TransferForm
from community.forms.reasons import ReasonForm
from community.http import MemberRequest, number_typed
from community.models import Institution, Member, Region
from community.operations.account import end_sessions, reset_two_step
from community.operations.activation import issue_slip, newest_slip, spelled_slip_code
from community.operations.affiliation import main_affiliation, transfer
from community.operations.care import require_care
from community.operations.member import correct_name
from community.operations.phone import change_phone, keep_phone
from community.refusals import Refusal
from community.reports.people import people_in
from community.views.area import area_or_403
from community.views.people import person_or_404

FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
@login_required
def phone(request: MemberRequest, area: str, member_id: int) -> HttpResponse:
    """更改手机号; settles the task that she put into the coordinators' inboxes."""
    region, member = _whose(request, area, member_id)
    form = PhoneChangeForm(request.POST or None, member=member)

    def deed() -> str:
        changed = change_phone(
            member=member, by=request.user, at=timezone.now(), **form.cleaned_data
        )
        return _("已把%(name)s的手机号改为%(phone)s，原来的登录都已退出。") % {
            "name": member.name,
            "phone": changed.phone_masked,
        }

    return _change(request, region, member, form, deed, "community/person_phone.html")


@require_http_methods(FORM)
@login_required
def phone_kept(request: MemberRequest, area: str, member_id: int) -> HttpResponse:
    """手机号不改: the request is settled without a change, and she is told why."""
    region, member = _whose(request, area, member_id)
    form = ReasonForm(request.POST or None)

    def deed() -> str:
        keep_phone(member=member, by=request.user, at=timezone.now(), **form.cleaned_data)
        return _("没有改手机号，已把原因告诉%(name)s。") % {"name": member.name}

    return _change(request, region, member, form, deed, "community/person_phone_kept.html")


@require_http_methods(FORM)
@login_required
def name(request: MemberRequest, area: str, member_id: int) -> HttpResponse:
    """更正姓名."""
    region, member = _whose(request, area, member_id)
    form = NameForm(request.POST or None, initial={"name": member.name})

    def deed() -> str:
        changed = correct_name(
            member=member, by=request.user, at=timezone.now(), **form.cleaned_data
        )
        return _("姓名现在登记为%(name)s。") % {"name": changed.name}

    return _change(request, region, member, form, deed, "community/person_name.html")


@require_http_methods(FORM)
@login_required
def move(request: MemberRequest, area: str, member_id: int) -> HttpResponse:
    """调动 to a school that the viewer looks after, too."""
    region, member = _whose(request, area, member_id)
    schools = Institution.objects.visible_to(request.user).filter(is_open=True)
    form = TransferForm(request.POST or None, schools=schools)

    def deed() -> str:
        typed = form.cleaned_data
        assert form.institution is not None
        post = transfer(
            member=member,
            institution=form.institution,
            on=typed["on"],
            post=typed["post"],
            reason=typed["reason"],
            by=request.user,
            at=timezone.now(),
        )
        return _("%(name)s的单位已改为%(school)s，以前的学习记录留在原单位。") % {
            "name": member.name,
            "school": post.institution.name,
        }

    more = {"affiliation": main_affiliation(member), "school_names": form.names()}
    return _change(request, region, member, form, deed, "community/person_transfer.html", **more)


@require_http_methods(FORM)
@login_required
def two_step(request: MemberRequest, area: str, member_id: int) -> HttpResponse:
    """关闭两步验证, for who lost her device."""
    region, member = _whose(request, area, member_id)
    form = ReasonForm(request.POST or None)

    def deed() -> str:
        reset_two_step(member=member, by=request.user, at=timezone.now(), **form.cleaned_data)
        return _("已关闭%(name)s的两步验证，请本人登录后重新开启。") % {"name": member.name}

    return _change(request, region, member, form, deed, "community/person_two_step.html")


@require_POST
@login_required
def sessions(request: MemberRequest, area: str, member_id: int) -> HttpResponse:
    """Log her out on every device, for instance a lost one."""
    region, member = _whose(request, area, member_id)
    end_sessions(member=member, by=request.user, at=timezone.now(), reason="coordinator")
    messages.success(request, _("%(name)s在所有设备上都已退出登录。") % {"name": member.name})
    return redirect("person", region.code, member.pk)


@never_cache
@sensitive_variables("code")
@require_POST
@login_required
def slip(request: MemberRequest, area: str, member_id: int) -> HttpResponse:
    """Print a slip: its code is on this one answer and nowhere else.

    The form says which slip was the newest when it was shown, so a reloaded answer makes no second
    code.
    """
    region, member = _whose(request, area, member_id)
    after = request.POST.get("after", "")
    code = issue_slip(
        member=member,
        after=number_typed(after),
        by=request.user,
        at=timezone.now(),
    )
    context = {
        "region": region,
        "member": member,
        "affiliation": main_affiliation(member),
        "slip": newest_slip(member),
        "code": spelled_slip_code(code),
        "address": settings.PUBLIC_URL + reverse("activate_by_slip"),
    }
    return render(request, "community/slip.html", context)


def _whose(request: MemberRequest, area: str, member_id: int) -> tuple[Region, Member]:
    """The person, if she is here and the viewer looks after her; else 404, or the plain refusal."""
    region = area_or_403(request, area)
    member = person_or_404(request, region, member_id)
    require_care(member=member, by=request.user)
    return region, member


def _change(
    request: MemberRequest,
    region: Region,
    member: Member,
    form: Form,
    deed: Callable[[], str],
    template: str,
    **more: Any,
) -> HttpResponse:
    """Show a form; do what was typed, or show it again with what was typed and why not."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                said = deed()
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, said)
                return _after(request, region, member)
    context = {"region": region, "member": member, "form": form, **more}
    return render(request, template, context, status=status)


def _after(request: MemberRequest, region: Region, member: Member) -> HttpResponse:
    """Her page; after a transfer out of the area, the list."""
    if people_in(region=region, viewer=request.user).filter(pk=member.pk).exists():
        return redirect("person", region.code, member.pk)
    return redirect("people", region.code)
