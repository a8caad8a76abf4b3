"""manage.py restore FILE [--replace]: check every hash, then put database, files and keys back."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from community.refusals import Refusal
from website.operations.backup import restore


class Command(BaseCommand):
    help = "从备份恢复。先停止服务。这里已有人员数据时要加--replace。退出码：0完成，1没有恢复，2用法不对。"
    # It must run where a check finds that data exists and keys do not.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="备份文件")
        parser.add_argument("--replace", action="store_true", help="换掉这里现有的数据")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"].resolve()
        if not path.is_file():
            raise CommandError(f"没有{path}这个文件。", returncode=2)
        try:
            manifest = restore(path=path, replace=options["replace"], at=timezone.now())
        except Refusal as refusal:
            raise CommandError(refusal.message, returncode=1) from None
        except OSError as fault:
            raise CommandError(f"没有恢复：{fault}", returncode=1) from None
        self.stdout.write(f"已恢复{manifest['made_at']}的备份，{len(manifest['files'])}个文件。")
        for label, rows in manifest["counts"].items():
            self.stdout.write(f"{label}：{rows}行")
        if manifest["aside"]:
            self.stdout.write(f"原来的文件移到了{manifest['aside']}，确认无误后请删除。")
        self.stdout.write("所有人都要重新登录。现在可以启动服务。")
