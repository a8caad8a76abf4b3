"""证书查验: open to everybody, kept by nobody (ruling 23; security.md T9)."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from community import budget
from community.http import client_ip
from training.certificates.number import normalise_number, number_fault
from training.reports.verification import name_agrees, verify

HOUR = 3600
NAMES_PER_NUMBER = 5
# A hall of 400 behind one address checks its certificates at the same moment.
LOOKS_PER_ADDRESS = 1200
NAMES_PER_ADDRESS = 600
MINUTE = 60
NAME_MAX = 50


def _kept_nowhere(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Cache-Control"] = "no-store, private"
    # Numbers are told to no other site. Stricter than this, and a browser sends the form of the name
    # with an origin of null, which the CSRF check must refuse.
    response["Referrer-Policy"] = "same-origin"
    return response


def _too_many(request: HttpRequest) -> HttpResponse:
    return _kept_nowhere(render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS))


@never_cache
@require_safe
def verify_form(request: HttpRequest) -> HttpResponse:
    """The field for a number; with one in the address it goes on to that number's page."""
    vars(request)["frame_here"] = "verify"
    typed = request.GET.get("number", "")
    if typed.strip():
        return _kept_nowhere(redirect("training:verify_number", number=_in_address(typed)))
    return _kept_nowhere(render(request, "training/verify.html", {"typed": ""}))


def _in_address(typed: str) -> str:
    """A number as it can stand in an address: tidied, and never empty."""
    return normalise_number(typed).replace("/", "").replace("\\", "")[:60] or "-"


@never_cache
@require_safe
def verify_number(request: HttpRequest, number: str) -> HttpResponse:
    """What the register says of ``number``. The same look-up is made for every number, sound or not."""
    vars(request)["frame_here"] = "verify"
    address = client_ip(request)
    if not budget.take(f"verify:{address}", limit=LOOKS_PER_ADDRESS, seconds=MINUTE):
        return _too_many(request)
    tidy = normalise_number(number)
    found = verify(tidy)
    if found is not None and number != tidy:
        return _kept_nowhere(redirect("training:verify_number", number=tidy))
    context = {
        "found": found,
        "number": tidy,
        "typed": "" if found else number,
        "fault": None if found else number_fault(number),
        "at": timezone.now(),
    }
    # 查无此证 is an answer as good as the others: a 404 would be looked up again among the redirects, and take
    # longer than a number that exists.
    return _kept_nowhere(render(request, "training/verify.html", context))


@never_cache
@require_POST
def check_name(request: HttpRequest, number: str) -> HttpResponse:
    """一致 or 不一致, five times a number and hour; the answer is shown once, in this browser."""
    address = client_ip(request)
    if not budget.take(f"verify-names:{address}", limit=NAMES_PER_ADDRESS, seconds=MINUTE):
        return _too_many(request)
    tidy = normalise_number(number)
    found = verify(tidy)
    name = request.POST.get("name", "").strip()
    if found is None or not found.takes_names:
        return _kept_nowhere(redirect("training:verify_number", number=_in_address(number)))
    if not name or len(name) > NAME_MAX:
        messages.warning(request, _("请输入证书上的姓名，不超过50个字，再点“核对”。"))
    elif not budget.take(f"verify-name:{tidy}", limit=NAMES_PER_NUMBER, seconds=HOUR):
        messages.warning(request, _("这份证书一小时内已核对5次，请一小时后再试，或联系签发单位。"))
    elif name_agrees(tidy, name):
        messages.success(request, _("姓名一致"))
    else:
        messages.error(request, _("姓名不一致"))
    response = redirect("training:verify_number", number=tidy)
    response["Location"] += "#name"
    return _kept_nowhere(response)
