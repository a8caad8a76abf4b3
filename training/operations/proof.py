"""The nightly proof that what is stored is what recomputation gives (anchors.md §1.5, Timeliness)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from itertools import chain

from django.utils import timezone
from django.utils.translation import gettext as _

from community.models import AuditEntry
from community.operations.audit import record_audit
from community.scope import System
from training.reports.ledger import prove_certificates, prove_ledger, prove_records

logger = logging.getLogger(__name__)

ACTION = "ledger.proved"
AT_HOUR = 3


def ask_for_proof(at: datetime) -> None:
    """A round: once a night, queue the proof."""
    if timezone.localtime(at).hour != AT_HOUR:
        return
    tonight = AuditEntry.objects.filter(action=ACTION, at__gt=at - timedelta(hours=12))
    if not tonight.exists():
        from training.tasks import prove_what_is_stored

        record_audit(by=System(_("夜间核对")), action=ACTION, at=at, step="asked")
        prove_what_is_stored.enqueue()


def prove_and_log(*, at: datetime) -> int:
    """Prove everything; each difference is an error in the log, their number stands in the audit log."""
    differences = 0
    for difference in chain(prove_records(), prove_ledger(), prove_certificates(papers=True)):
        logger.error("what is stored does not agree: %s", difference)
        differences += 1
    record_audit(
        by=System(_("夜间核对")), action=ACTION, at=at, step="done", differences=differences
    )
    return differences
