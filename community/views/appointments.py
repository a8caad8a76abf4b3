"""授权: who holds power over an area, giving it, and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from community.forms.appointments import AppointmentForm, WithdrawForm
from community.fresh_log_in import confirm_address, is_recent, proved_at
from community.http import MemberRequest, number_typed
from community.models import Appointment, Institution, Member, Region
from community.operations.appointment import MayNotDelegate, appoint, place_of
from community.operations.withdrawal import falls_with, withdraw_appointment
from community.permissions import may_withdraw
from community.refusals import Refusal
from community.reports.appointments import appointments_in, last_day_to_give, regions_to_give
from community.reports.people import PeopleWanted, people_in, person_lines
from community.scope import appointments_of, is_everything
from community.views.area import area_or_403
from community.views.people import person_or_404

PER_PAGE = 50
FOUND = 20


@require_safe
@login_required
def appointments(request: MemberRequest, area: str) -> HttpResponse:
    """Who holds what, over the area and inside it; those that have ended on their own page."""
    region = area_or_403(request, area)
    ended = request.GET.get("state") == "ended"
    found = appointments_in(
        region=region, viewer=request.user, on=timezone.localdate(), ended=ended
    )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    held = appointments_of(request.user)
    context = {
        "region": region,
        "ended": ended,
        "page": page,
        "lines": [(one, not ended and may_withdraw(request.user, one, held)) for one in page],
        "may_give": regions_to_give(region=region, viewer=request.user).exists(),
        "today": timezone.localdate(),
    }
    return render(request, "community/appointments.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add(request: MemberRequest, area: str) -> HttpResponse:
    """新增授权: first a person, by search; then what she is given."""
    region = area_or_403(request, area)
    regions = regions_to_give(region=region, viewer=request.user)
    if not regions:
        raise MayNotDelegate(
            _("您不能在%(region)s授权，请上级管理员来办。") % {"region": region.name}
        )
    chosen = request.POST.get("member") or request.GET.get("member", "")
    if not chosen.isdecimal():
        return _choose(request, region)
    member = person_or_404(request, region, number_typed(chosen))
    known = request.session.pop(_typed_key(region, member), None) or {
        "region": region.code,
        "to_on": last_day_to_give(region=region, viewer=request.user),
    }
    form = AppointmentForm(
        request.POST or None,
        regions=regions,
        schools=Institution.objects.visible_to(request.user).filter(is_open=True),
        unmasks=is_everything(request.user)
        or any(own.may_unmask for own in appointments_of(request.user)),
        initial=known,
    )
    if form.is_valid():
        if not is_recent(proved_at(request), at=timezone.now()):
            confirm = _confirm_first(request, region, member, form)
            if confirm is not None:
                return confirm
        elif _give(request, member, form):
            return redirect("appointments", region.code)
    context = {
        "region": region,
        "member": member,
        "form": form,
        "school_names": form.names(),
        "last_day": last_day_to_give(region=region, viewer=request.user),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "community/appointment_add.html", context, status=status)


def _typed_key(region: Region, member: Member) -> str:
    """Under this a filled-in form waits in the session while its writer confirms who she is."""
    return f"appointment_typed:{region.code}:{member.pk}"


def _confirm_first(
    request: MemberRequest, region: Region, member: Member, form: AppointmentForm
) -> HttpResponse | None:
    """Power is given by who proved a moment ago who she is (security.md §Auth); then the form is back.

    None, with a fault on the form, for an account that has nothing to confirm with.
    """
    back = f"{reverse('appointment_add', args=[region.code])}?member={member.pk}"
    address = confirm_address(request, back=back)
    if address is None:
        form.add_error(None, _("您没有设密码。请退出登录，再用手机验证码登录，5分钟内来办。"))
        return None
    request.session[_typed_key(region, member)] = {
        name: form.data.get(name) for name in form.fields
    }
    messages.info(request, _("授权以前，请先确认是您本人。确认以后回到填好的表，再授权。"))
    return redirect(address)


def _choose(request: MemberRequest, region: Region) -> HttpResponse:
    """Whom: people of the area by name, school or the last digits of a telephone."""
    search = request.GET.get("q", "").strip()[:50]
    found = people_in(region=region, viewer=request.user, wanted=PeopleWanted(search=search))
    others = found.exclude(pk=request.user.pk)[:FOUND] if search else []
    context = {
        "region": region,
        "search": search,
        "lines": person_lines(members=others, region=region),
    }
    return render(request, "community/appointment_choose.html", context)


def _give(request: MemberRequest, member: Member, form: AppointmentForm) -> bool:
    try:
        given = appoint(member=member, by=request.user, at=timezone.now(), **form.given())
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(
        request,
        _("%(name)s现在是%(place)s的%(role)s，已发消息告诉本人。")
        % {"name": member.name, "place": place_of(given), "role": given.get_role_display()},
    )
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def withdraw(request: MemberRequest, area: str, appointment_id: int) -> HttpResponse:
    """撤回授权: what falls with it is shown first; a POST ends it."""
    region = area_or_403(request, area)
    today = timezone.localdate()
    appointment = get_object_or_404(
        appointments_in(region=region, viewer=request.user, on=today), pk=appointment_id
    )
    if not may_withdraw(request.user, appointment):
        raise MayNotDelegate(
            _("您不能撤回%(region)s的授权，请上级管理员来办。")
            % {"region": appointment.region.name}
        )
    falls = falls_with(appointment=appointment, on=today)
    form = WithdrawForm(request.POST or None, falls=[one.pk for one in falls])
    if form.is_valid():
        return _take_back(request, region, appointment, form)
    left = {one.pk for one in falls_with(appointment=appointment, on=today, to=request.user)}
    context = {
        "region": region,
        "appointment": appointment,
        "place": place_of(appointment),
        "falls": [(one, one.pk not in left) for one in falls],
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "community/appointment_withdraw.html", context, status=status)


def _take_back(
    request: MemberRequest, region: Region, appointment: Appointment, form: WithdrawForm
) -> HttpResponse:
    withdraw_appointment(
        appointment=appointment,
        take_over=bool(form.cleaned_data.get("hand_over")),
        reason=form.cleaned_data["reason"],
        by=request.user,
        at=timezone.now(),
    )
    messages.success(
        request,
        _("已撤回%(name)s在%(place)s的授权。")
        % {"name": appointment.member.name, "place": place_of(appointment)},
    )
    return redirect("appointments", region.code)
