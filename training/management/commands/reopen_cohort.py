"""manage.py reopen_cohort COHORT --as USERNAME --reason TEXT: 取消结班, with the rights of one person."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from community.models import Member
from training.management.commands._acting import CohortCommand
from training.models import Cohort
from training.operations.reopening import reopen_cohort


class Command(CohortCommand):
    help = "取消结班：逐条冲回学时，证书改为核定中。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, metavar="TEXT")

    def act(self, *, cohort: Cohort, by: Member, at: datetime, options: dict[str, Any]) -> str:
        closing = reopen_cohort(cohort=cohort, by=by, at=at, reason=options["reason"])
        return f"“{cohort.name}”第{closing.number}次结班已取消，现在是待结班。"
