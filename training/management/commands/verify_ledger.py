"""manage.py verify_ledger [--papers]: prove that the ledger and the records are what recomputation gives.

Exit codes: 0 nothing found, 1 something does not agree.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.reports.ledger import prove_certificates, prove_ledger, prove_records


class Command(BaseCommand):
    help = "核对学时台账、结业记录和证书：重新计算一遍，与存下的逐条比较。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--papers", action="store_true", help="连PDF文件的校验值一起核对")

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for proof in (prove_records, prove_ledger):
            for difference in proof():
                found += 1
                self.stdout.write(str(difference))
        for difference in prove_certificates(papers=options["papers"]):
            found += 1
            self.stdout.write(str(difference))
        if found:
            raise CommandError(f"有{found}处对不上。", returncode=1)
        self.stdout.write("全部一致。")
