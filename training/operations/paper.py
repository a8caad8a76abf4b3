"""Drawing certificates after they were issued: one PDF each, once, kept with its hash (ruling 23)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db.models import Q

from training.certificates.glyphs import installed_font_dirs
from training.certificates.paper import GlyphsMissing, PaperFault, render_many
from training.certificates.snapshot import CertificateData
from training.models import Certificate

logger = logging.getLogger(__name__)

SHEET_FULL = "内容太长，一页排不下"
"""Stands in ``missing_glyphs`` where not a character but room is missing."""


@dataclass(frozen=True)
class Drawn:
    """Papers drawn, papers that were found to wait as 待补字, and how many still have no paper."""

    drawn: int
    missing: int
    left: int


def draw_papers(*, limit: int | None = 100, again: bool = False) -> Drawn:
    """Draw up to ``limit`` certificates that have no paper; ``again`` also those that wait as 待补字.

    What is drawn is kept and never drawn again. A missing glyph is noted on the certificate and nothing else
    waits for it. Safe to repeat and to run twice at once: the same facts give the same bytes.
    """
    waiting = Certificate.objects.filter(paper="").order_by("pk")
    if not again:
        waiting = waiting.filter(missing_glyphs="")
    batch = list(waiting[:limit])
    drawn = missing = 0
    for certificate, paper in _render(batch):
        if isinstance(paper, bytes):
            _keep(certificate, paper)
            drawn += 1
        else:
            words = paper.characters if isinstance(paper, GlyphsMissing) else SHEET_FULL
            Certificate.objects.filter(pk=certificate.pk).update(missing_glyphs=words[:60])
            logger.warning("certificate %s waits: %s", certificate.number, words)
            missing += 1
    return Drawn(drawn=drawn, missing=missing, left=waiting.count())


def _render(batch: list[Certificate]) -> Iterator[tuple[Certificate, bytes | PaperFault]]:
    papers = render_many(
        (CertificateData.from_json(certificate.data) for certificate in batch),
        font_dirs=installed_font_dirs(),
        verify_url=f"{settings.PUBLIC_URL}/v/",
    )
    for certificate, (_data, paper) in zip(batch, papers, strict=True):
        yield certificate, paper


def _keep(certificate: Certificate, paper: bytes) -> None:
    """Store the file first and name it in the row last: a row never points at nothing.

    Where a drawing was cut short, or another worker draws at this moment, the name is taken and the storage
    gives another; only one of two is named in the row, and the other is removed.
    """
    storage = storages["private"]
    name = storage.save(f"certificates/{certificate.number}.pdf", ContentFile(paper))
    is_first = Certificate.objects.filter(pk=certificate.pk, paper="").update(
        paper=name, paper_hash=sha256(paper).hexdigest(), missing_glyphs=""
    )
    if not is_first:
        storage.delete(name)


def papers_missing() -> Q:
    """Certificates whose paper waits as 待补字."""
    return Q(paper="") & ~Q(missing_glyphs="")
