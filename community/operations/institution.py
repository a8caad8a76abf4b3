"""Schools and offices: entering, putting right, closing and opening again."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from community.models import Institution, Member, Region
from community.operations.affiliation import require_reason
from community.operations.audit import record_audit
from community.refusals import Refusal
from community.scope import System


class InstitutionExists(Refusal):
    code = "institution_exists"


class IdentifierTaken(Refusal):
    code = "identifier_taken"


def normalise_institution_name(text: str) -> str:
    """One spelling: no spaces at the ends, none beside Chinese characters, full-width brackets."""
    words = " ".join(text.replace("(", "（").replace(")", "）").split())
    return "".join(
        character
        for place, character in enumerate(words)
        if character != " " or (words[place - 1].isascii() and words[place + 1].isascii())
    )


def _save(institution: Institution) -> None:
    """Save, and say in words which of the two promises of the table would be broken."""
    others = Institution.objects.exclude(pk=institution.pk)
    try:
        with transaction.atomic():
            institution.save()
    except IntegrityError:
        if institution.identifier and others.filter(identifier=institution.identifier).exists():
            raise IdentifierTaken(
                _("机构标识码%(identifier)s已经是别的单位的，请核对。")
                % {"identifier": institution.identifier}
            ) from None
        raise InstitutionExists(
            _("%(region)s已经有“%(name)s”，请用那一个，或者写全名称。")
            % {"region": institution.region.name, "name": institution.name}
        ) from None


@transaction.atomic
def add_institution(
    *,
    name: str,
    kind: str,
    stage: str,
    region: Region,
    identifier: str = "",
    phone: str = "",
    by: Member | System,
    at: datetime,
) -> Institution:
    """Enter a school or an office of ``region``. Refuses a second one of the same name there."""
    institution = Institution(
        name=normalise_institution_name(name),
        kind=kind,
        stage=stage,
        region=region,
        identifier=identifier.strip() or None,
        phone=phone.strip(),
    )
    _save(institution)
    record_audit(
        by=by,
        action="institution.added",
        at=at,
        subject=institution,
        region=region,
        name=institution.name,
    )
    return institution


@transaction.atomic
def change_institution(
    *,
    institution: Institution,
    name: str,
    kind: str,
    stage: str,
    identifier: str = "",
    phone: str = "",
    by: Member | System,
    at: datetime,
) -> Institution:
    """Put its data right. Rosters keep the name that they froze; it never changes its region."""
    institution = (
        Institution.objects.select_for_update(of=("self",), no_key=True)
        .select_related("region")
        .get(pk=institution.pk)
    )
    wanted = {
        "name": normalise_institution_name(name),
        "kind": kind,
        "stage": stage,
        "identifier": identifier.strip() or None,
        "phone": phone.strip(),
    }
    before = {field: getattr(institution, field) for field in wanted}
    if before == wanted:
        return institution
    for field, value in wanted.items():
        setattr(institution, field, value)
    _save(institution)
    record_audit(
        by=by,
        action="institution.changed",
        at=at,
        subject=institution,
        region=institution.region_id,
        before={field: value for field, value in before.items() if value != wanted[field]},
        after={field: value for field, value in wanted.items() if value != before[field]},
    )
    return institution


@transaction.atomic
def set_institution_open(
    *, institution: Institution, is_open: bool, reason: str, by: Member | System, at: datetime
) -> Institution:
    """Close it, so that nobody is entered there any more, or open it again; for a reason.

    People who work there stay where they are until somebody moves them.
    """
    institution = Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
    if institution.is_open == is_open:
        return institution
    require_reason(reason)
    institution.is_open = is_open
    institution.save(update_fields=["is_open"])
    record_audit(
        by=by,
        action="institution.opened" if is_open else "institution.closed",
        at=at,
        subject=institution,
        region=institution.region_id,
        reason=reason,
    )
    return institution
