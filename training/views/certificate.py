"""A certificate for its holder and her coordinators, its paper, and 更正."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from community.http import MemberRequest
from community.operations.audit import record_audit
from community.refusals import Refusal
from training.certificates.paper import check_address
from training.certificates.snapshot import CertificateData
from training.certificates.wording import body_sentence, number_line
from training.forms.closing import CorrectionForm
from training.models import Certificate
from training.operations.certificate import correct_certificate
from training.permissions import can_run
from training.reports.verification import newest_of


def _visible(request: MemberRequest, number: str) -> Certificate:
    vars(request)["frame_here"] = "my_learning"
    return get_object_or_404(
        Certificate.objects.visible_to(request.user).select_related(
            "enrolment__cohort__host_region", "superseded_by"
        ),
        number=number,
    )


@login_required
@require_safe
def my_certificate(request: MemberRequest, number: str) -> HttpResponse:
    """The sheet as it is printed, from the frozen facts; print, PDF and the link for checking it."""
    certificate = _visible(request, number)
    data = CertificateData.from_json(certificate.data)
    verify_url = f"{settings.PUBLIC_URL}/v/"
    context = {
        "certificate": certificate,
        "data": data,
        "sentence": body_sentence(data),
        "number_line": number_line(data),
        "check_address": check_address(certificate.number, verify_url),
        "verify_host": verify_url.split("://", 1)[-1].rstrip("/"),
        "is_hers": certificate.member_id == request.user.pk,
        "may_correct": certificate.state == Certificate.State.VALID
        and can_run(request.user, certificate.enrolment.cohort),
        "newest": newest_of(certificate),
    }
    return render(request, "training/certificate.html", context)


@login_required
@require_safe
def paper(request: MemberRequest, number: str) -> FileResponse:
    """The PDF, byte for byte as it was drawn; only of a certificate that is 有效."""
    certificate = _visible(request, number)
    if not certificate.paper or certificate.state != Certificate.State.VALID:
        raise Http404
    if certificate.member_id != request.user.pk:
        record_audit(
            by=request.user,
            action="certificate.downloaded",
            at=timezone.now(),
            subject=certificate,
            region=certificate.enrolment.county_id,
        )
    name = _("%(number)s_%(name)s.pdf") % {
        "number": certificate.number,
        "name": certificate.data["holder_name"],
    }
    return FileResponse(
        storages["private"].open(certificate.paper),
        as_attachment=True,
        filename=name,
        content_type="application/pdf",
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: MemberRequest, number: str) -> HttpResponse:
    """更正 of the holder's name or unit, with a reason, for who runs the class."""
    certificate = _visible(request, number)
    cohort = certificate.enrolment.cohort
    if not can_run(request.user, cohort):
        raise Http404
    vars(request).update(frame_here="desk", frame_area=cohort.host_region_id)
    data = CertificateData.from_json(certificate.data)
    form = CorrectionForm(
        request.POST or None, initial={"name": data.holder_name, "unit": data.unit_name}
    )
    if request.method == "POST" and form.is_valid():
        try:
            corrected = correct_certificate(
                certificate=certificate, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            said = {"old": certificate.number, "new": corrected.number}
            messages.success(request, _("已更正：%(old)s作废，新证书是%(new)s。") % said)
            return redirect("training:my_certificate", number=corrected.number)
    context = {"certificate": certificate, "cohort": cohort, "form": form}
    status = 422 if form.errors else 200
    return render(request, "training/certificate_correct.html", context, status=status)
