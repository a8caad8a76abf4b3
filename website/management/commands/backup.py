"""manage.py backup FILE: database, people's files, media and keys in one archive with hashes."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from community.refusals import Refusal
from website.operations.backup import back_up, data_folders


class Command(BaseCommand):
    help = "把数据库、文件和密钥备份成一个文件。服务可以照常运行。退出码：0完成，1没有备份，2用法不对。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="备份文件，例如tongke.tar.gz")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"].resolve()
        if not path.parent.is_dir():
            raise CommandError(f"没有{path.parent}这个目录。", returncode=2)
        if path.exists():
            raise CommandError(f"已有{path}，没有覆盖。请换一个文件名。", returncode=1)
        if any(path.is_relative_to(place.resolve()) for place in data_folders().values()):
            raise CommandError("备份文件不能放在被备份的目录里。", returncode=2)
        try:
            manifest = back_up(path=path, at=timezone.now())
        except Refusal as refusal:
            raise CommandError(refusal.message, returncode=1) from None
        except OSError as fault:
            raise CommandError(f"写不进去，没有备份：{fault}", returncode=1) from None
        size = path.stat().st_size / 1024 / 1024
        self.stdout.write(f"已备份到{path}，{len(manifest['files'])}个文件，{size:.1f}MB。")
        for label, rows in manifest["counts"].items():
            self.stdout.write(f"{label}：{rows}行")
        self.stdout.write("备份里有密钥，谁拿到它就能读出证件号，请放在只有负责人能看的地方。")
