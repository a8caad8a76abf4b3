"""manage.py export_completions: write a bureau's file to disk, with the rights of one person.

Exit codes: 0 written, 1 refused, 2 wrong usage.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from community.models import Member, Region
from community.refusals import Refusal
from training.models import Export, Programme
from training.operations.export import ExportOrder
from training.operations.export_run import write_export_now


class Command(BaseCommand):
    help = "导出完成记录、签到明细或县级汇总。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--programme", required=True, metavar="SLUG")
        parser.add_argument("--region", required=True, metavar="CODE")
        parser.add_argument("--kind", required=True, choices=Export.Kind.values)
        parser.add_argument("--format", required=True, choices=Export.Format.values)
        parser.add_argument("--encoding", default="utf-8-sig", choices=["utf-8-sig", "gb18030"])
        parser.add_argument("--as", dest="username", required=True, metavar="USERNAME")
        parser.add_argument("--unmask", action="store_true")
        parser.add_argument("--reason", default="", metavar="TEXT")
        parser.add_argument("--output", required=True, type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            by = Member.objects.get(username=options["username"], is_active=True)
            programme = Programme.objects.get(slug=options["programme"])
            region = Region.objects.get(pk=options["region"])
        except Member.DoesNotExist:
            raise CommandError(f"没有“{options['username']}”这个账号。", returncode=2) from None
        except Programme.DoesNotExist:
            raise CommandError(f"没有“{options['programme']}”这个项目。", returncode=2) from None
        except Region.DoesNotExist:
            raise CommandError(f"没有{options['region']}这个行政区划代码。", returncode=2) from None
        output: Path = options["output"]
        if not output.parent.is_dir():
            raise CommandError(f"没有{output.parent}这个文件夹。", returncode=2)
        order = ExportOrder(
            kind=options["kind"],
            programme=programme,
            region=region,
            file_format=options["format"],
            encoding=options["encoding"],
            unmasked=options["unmask"],
            reason=options["reason"],
        )
        try:
            written = write_export_now(order=order, by=by, path=output, at=timezone.now())
        except Refusal as refusal:
            raise CommandError(str(refusal), returncode=1) from None
        self.stdout.write(
            f"已写入{written.rows}行。快照{written.snapshot_id}，行校验{written.row_hash}",
            ending="\n",
        )
        sys.stdout.flush()
