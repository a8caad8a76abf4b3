"""我的学习 and 学时记录."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.http import MemberRequest
from community.models import Affiliation
from community.spreadsheet_cells import safe_cell
from community.wording import hours, local_date
from training.models import HoursEntry
from training.reports.learning import classes_of, cycle_of, entries_of, learning_of

FIRST = 6
PER_PAGE = 50


@login_required
@require_safe
def my_learning(request: MemberRequest) -> HttpResponse:
    """The cycle, what comes next, the newest classes and the certificates."""
    vars(request)["frame_here"] = "my_learning"
    classes = classes_of(request.user)
    context = {
        "learning": learning_of(request.user, at=timezone.now()),
        "classes": list(classes[:FIRST]),
        "class_count": classes.count(),
        "post": _present_post(request),
    }
    return render(request, "training/my_learning.html", context)


def _present_post(request: MemberRequest) -> Affiliation | None:
    return (
        Affiliation.objects.filter(member=request.user, to_on__isnull=True, is_main=True)
        .select_related("institution")
        .first()
    )


@login_required
@require_safe
def my_records(request: MemberRequest) -> HttpResponse:
    """Every class and every line of the ledger; printed as it stands."""
    vars(request)["frame_here"] = "my_learning"
    page = Paginator(entries_of(request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "cycle": cycle_of(request.user, today=timezone.localdate()),
        "classes": list(classes_of(request.user)[:200]),
        "page": page,
        "post": _present_post(request),
        "at": timezone.now(),
    }
    return render(request, "training/my_records.html", context)


@login_required
@require_safe
def my_records_file(request: MemberRequest) -> StreamingHttpResponse:
    """The ledger as CSV (UTF-8 with its mark), streamed."""
    response = StreamingHttpResponse(
        _csv(entries_of(request.user).iterator(chunk_size=500)),
        content_type="text/csv; charset=utf-8",
    )
    name = _("学时记录.csv")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _csv(entries: Iterator[HoursEntry]) -> Iterator[str]:
    yield "\ufeff"
    yield _line(
        [
            _("日期"),
            _("项目"),
            _("班次"),
            _("内容"),
            _("计入或冲回"),
            _("学时"),
            _("年度"),
            _("周期"),
        ]
    )
    for entry in entries:
        cohort = entry.enrolment.cohort if entry.enrolment else None
        yield _line(
            [
                local_date(entry.earned_on).isoformat(),
                cohort.programme.title if cohort else "",
                cohort.name if cohort else "",
                entry.title,
                entry.get_kind_display(),
                hours(entry.hours),
                str(entry.year),
                entry.cycle,
            ]
        )


def _line(cells: list[str]) -> str:
    """A negative figure of ours is a number, not a formula: only text is marked."""
    out = io.StringIO()
    figures = {cell for cell in cells if cell.lstrip("-").replace(".", "").isdigit()}
    csv.writer(out).writerow(cell if cell in figures else safe_cell(cell) for cell in cells)
    return out.getvalue()
