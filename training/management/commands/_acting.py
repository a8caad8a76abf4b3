"""Commands that somebody gives for one class: ``COHORT --as USERNAME``, with that person's own powers.

Exit codes: 0 done, 1 refused, 2 wrong usage.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from community.live import sender
from community.models import Member
from community.refusals import Refusal
from training.models import Cohort


class CohortCommand(BaseCommand, ABC):
    """Looks class and person up, turns a refusal into exit code 1, and lets the hints out at the end."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("cohort", metavar="COHORT", help="班次编号")
        parser.add_argument("--as", dest="username", required=True, metavar="USERNAME")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            by = Member.objects.get(username=options["username"], is_active=True)
            cohort = Cohort.objects.get(code=options["cohort"])
        except Member.DoesNotExist:
            raise CommandError(f"没有“{options['username']}”这个账号。", returncode=2) from None
        except Cohort.DoesNotExist:
            raise CommandError(f"没有编号为“{options['cohort']}”的班次。", returncode=2) from None
        try:
            words = self.act(cohort=cohort, by=by, at=timezone.now(), options=options)
        except Refusal as refusal:
            raise CommandError(refusal.message, returncode=1) from None
        sender.flush()
        self.stdout.write(words)

    @abstractmethod
    def act(self, *, cohort: Cohort, by: Member, at: datetime, options: dict[str, Any]) -> str:
        """The operation, and what to print when it is done."""
