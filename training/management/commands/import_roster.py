"""manage.py import_roster COHORT FILE: check a roster and import it.

Exit codes: 0 imported (or, with --dry-run, nothing to mend; or the same file was imported before), 1 refused
or rows to mend, 2 wrong usage.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from community.models import Member, Region
from community.refusals import Refusal
from community.scope import System, covers, regions_coordinated
from community.spreadsheets.returned import write_with_faults
from training.models import Cohort, RosterBatch
from training.operations.roster import AlreadyUploaded, State, check_roster
from training.operations.roster_file import drop_files, findings_of
from training.operations.roster_import import import_roster
from training.reports.roster import fault_sentences
from training.roster.columns import COLUMNS


def _region_for(by: Member | System, cohort: Cohort) -> Region | None:
    """Whose roster it is: the class's host region for who runs it, else her own (ruling 6)."""
    if covers(by, cohort.host_region):
        return cohort.host_region
    if isinstance(by, Member) and Cohort.objects.visible_to(by).filter(pk=cohort.pk).exists():
        return next(iter(regions_coordinated(by)), None)
    return None


class Command(BaseCommand):
    help = "检查并导入名单。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("cohort", metavar="COHORT", help="班次编号")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="只检查，什么都不写")
        parser.add_argument("--only-good", action="store_true", help="先导入没有问题的行")
        parser.add_argument("--errors", metavar="FILE", type=Path, help="把要改的行写到这个文件")
        parser.add_argument("--as", dest="username", metavar="USERNAME")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"没有{file}这个文件。", returncode=2)
        cohort = Cohort.objects.filter(code=options["cohort"]).select_related("host_region").first()
        if cohort is None:
            raise CommandError(f"没有编号为“{options['cohort']}”的班次。", returncode=2)
        by: Member | System = System("import_roster")
        if options["username"]:
            member = Member.objects.filter(username=options["username"], is_active=True).first()
            if member is None:
                raise CommandError(f"没有“{options['username']}”这个账号。", returncode=2)
            by = member
        now = timezone.now()
        region = _region_for(by, cohort)
        if region is None:
            raise CommandError("这个账号不能向本班导入名单，请换有权限的账号。", returncode=1)
        try:
            # A dry run, and a file with rows to mend, leave nothing behind.
            with transaction.atomic():
                batch = check_roster(cohort=cohort, file=file, region=region, by=by, at=now)
                left = self._tell(batch, file, options["errors"])
                if options["dry_run"] or (left and not options["only_good"]):
                    drop_files(batch)
                    transaction.set_rollback(True)
                else:
                    batch = import_roster(batch=batch, only_good=True, by=by, at=timezone.now())
        except AlreadyUploaded as refusal:
            # Importing twice is importing once: a script may run again.
            if RosterBatch.objects.get(pk=refusal.details["batch"]).state == State.IMPORTED:
                self.stdout.write(str(refusal))
                return
            raise CommandError(str(refusal), returncode=1) from None
        except Refusal as refusal:
            raise CommandError(str(refusal), returncode=1) from None
        if left and not options["only_good"]:
            raise CommandError(
                "有要改的行，没有导入。可以用--only-good先导入其余的行。", returncode=1
            )
        if options["dry_run"]:
            self.stdout.write("只检查，没有写入。")
            return
        self.stdout.write(f"已导入{batch.good_count}行。")

    def _tell(self, batch: RosterBatch, file: Path, errors: Path | None) -> int:
        """Print what was found; how many rows are left to mend."""
        sentences = fault_sentences(findings_of(batch))
        for row, sentence in sorted(sentences.items()):
            self.stdout.write(f"第{row}行：{sentence}")
        if errors and sentences:
            write_with_faults(file, sentences, errors, columns=COLUMNS, only_faulty=True)
        self.stdout.write(
            f"共{batch.row_count}行，可以导入{batch.good_count}行，要改{batch.fault_count}行，"
            f"可能重复{batch.duplicate_count}行。"
        )
        return batch.fault_count + batch.duplicate_count
