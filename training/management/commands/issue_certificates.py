"""manage.py issue_certificates COHORT --as USERNAME: 签发N份, with the rights of one person."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from community.models import Member
from training.management.commands._acting import CohortCommand
from training.models import Cohort
from training.operations.certificate import issue_certificates


class Command(CohortCommand):
    help = "为已结业而没有证书的人签发证书。再执行一次不会重复签发；PDF由后台任务或draw_certificates生成。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--expect", type=int, metavar="N", help="核对过的份数；对不上就不签发")

    def act(self, *, cohort: Cohort, by: Member, at: datetime, options: dict[str, Any]) -> str:
        issue = issue_certificates(cohort=cohort, by=by, at=at, expected=options["expect"])
        return f"“{cohort.name}”签发{issue.issued}份，有效证书共{issue.live}份。"
