"""Commands about one account: ``USERNAME``. Exit codes: 0 done, 1 refused, 2 wrong usage."""

from __future__ import annotations

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from community.models import Member
from community.refusals import Refusal


class PersonCommand(BaseCommand, ABC):
    """Looks the person up and turns a refusal into exit code 1."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="USERNAME", help="账号")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            member = Member.objects.get(username=options["username"].lower())
        except Member.DoesNotExist:
            raise CommandError(f"没有“{options['username']}”这个账号。", returncode=2) from None
        try:
            words = self.act(member=member, at=timezone.now(), options=options)
        except Refusal as refusal:
            raise CommandError(refusal.message, returncode=1) from None
        self.stdout.write(words)

    @abstractmethod
    def act(self, *, member: Member, at: datetime, options: dict[str, Any]) -> str:
        """The operation, and what to print when it is done."""
