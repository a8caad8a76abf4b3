"""What the public may learn of a certificate: its state and every printed field, but the given name (ruling 23)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from community.names import masked_name, normalise_name
from community.wording import full_date
from training.certificates.snapshot import CertificateData, plain_figure
from training.certificates.wording import date_range, workplace
from training.models import Certificate

State = Certificate.State
_LINKS = 20


@dataclass(frozen=True)
class Verification:
    """``facts`` are label and value; ``changes`` say what a correction changed, names only that they did."""

    number: str
    state: str
    state_at: datetime
    issuer: str
    facts: Sequence[tuple[str, str]]
    changes: Sequence[str]
    newest: str
    is_sample: bool

    @property
    def takes_names(self) -> bool:
        """Whether a name may be checked against it: what is void proves nothing of anybody."""
        return self.state in {State.VALID, State.HELD}


def verify(number: str) -> Verification | None:
    """What the register says of ``number`` (normalised); None where it has none. One or two queries."""
    # PostgreSQL takes no NUL; what cannot be a number is looked up as one that nobody has.
    asked = number if number.isascii() and number.isprintable() else "-"
    certificate = Certificate.objects.filter(number=asked).select_related("superseded_by").first()
    if certificate is None:
        return None
    data = CertificateData.from_json(certificate.data)
    successor = newest_of(certificate)
    return Verification(
        number=certificate.number,
        state=certificate.state,
        state_at=certificate.state_at,
        issuer=data.issuer,
        facts=_facts(data),
        changes=_changes(data, successor) if successor else (),
        newest=successor.number if successor else "",
        is_sample=data.is_sample,
    )


def newest_of(certificate: Certificate) -> Certificate | None:
    """The last of those that superseded it, one after the other; None for one that nothing superseded."""
    newest = None
    for _link in range(_LINKS):
        successor: Certificate | None = getattr(newest or certificate, "superseded_by", None)
        if successor is None:
            break
        newest = successor
    return newest


def name_agrees(number: str, name: str) -> bool:
    """Whether ``name`` is the holder's, after both have one spelling; said in constant time."""
    data = Certificate.objects.filter(number=number).values_list("data", flat=True).first()
    held = str(data["holder_name"]) if data else ""
    given = normalise_name(name)
    return hmac.compare_digest(given.encode(), held.encode()) and bool(held)


def _facts(data: CertificateData) -> list[tuple[str, str]]:
    """Every printed field in the paper's order (docs/rules/certificate.md)."""
    hours = _("%(hours)s学时") % {"hours": plain_figure(data.hours)}
    if data.credits is not None:
        hours += _("（%(credits)s学分）") % {"credits": plain_figure(data.credits)}
    facts = [
        (_("证书"), data.title),
        (_("编号"), data.number),
        (_("姓名"), masked_name(data.holder_name)),
        (_("证件号"), data.masked_id),
        (_("单位"), workplace(data)),
        (_("项目"), data.programme_title),
        (_("班次"), data.cohort_name),
        (_("培训时间"), date_range(data.starts_on, data.ends_on)),
        (_("完成"), _("、").join(line.name for line in data.requirements)),
        (_("等次"), data.grade or ""),
        (_("学时"), hours),
        (
            _("签发"),
            _("%(issuer)s，%(day)s") % {"issuer": data.issuer, "day": full_date(data.issued_on)},
        ),
    ]
    return [(label, value) for label, value in facts if value]


def _changes(before: CertificateData, successor: Certificate) -> list[str]:
    """学时12改为18; of a name or a paper's number only that it was put right."""
    after = CertificateData.from_json(successor.data)
    old, new = dict(_facts(before)), dict(_facts(after))
    # They change with every new certificate and say nothing about what was put right.
    personal = {_("编号"), _("签发"), _("姓名"), _("证件号")}
    said = []
    if before.holder_name != after.holder_name:
        said.append(_("姓名有更正"))
    if before.masked_id != after.masked_id:
        said.append(_("证件号有更正"))
    for label in new.keys() | old.keys():
        if label not in personal and old.get(label) != new.get(label):
            figures = {
                "label": label,
                "old": old.get(label, _("空")),
                "new": new.get(label, _("空")),
            }
            said.append(_("%(label)s“%(old)s”改为“%(new)s”") % figures)
    return sorted(said)
