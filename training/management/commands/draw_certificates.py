"""manage.py draw_certificates [--again]: draw the papers that wait, now and in this process.

Exit codes: 0 every certificate has its paper, 1 some wait as 待补字.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.models import Certificate
from training.operations.paper import draw_papers, papers_missing


class Command(BaseCommand):
    help = "生成证书PDF。添加字体以后加--again，把待补字的也重新生成。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", action="store_true", help="待补字的也再试一次")

    def handle(self, *args: Any, **options: Any) -> None:
        drawn = draw_papers(limit=None, again=options["again"])
        self.stdout.write(f"生成{drawn.drawn}份。")
        waiting = Certificate.objects.filter(papers_missing()).order_by("pk")
        if waiting.exists():
            for number, glyphs in waiting.values_list("number", "missing_glyphs"):
                self.stdout.write(f"待补字 {number}：{glyphs}")
            raise CommandError(
                "以上证书没有PDF。请把含有这些字的字体放进CERTIFICATE_FONT_DIRS，再加--again执行。",
                returncode=1,
            )
