"""manage.py rotate_keys [--only-reseal]: a new sealing key, and everything sealed again under it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from community.operations.rotation import reseal, rotate_keys
from community.scope import System
from community.vault import CannotOpen, KeyringBroken, KeyringMissing


class Command(BaseCommand):
    help = "换一把加密密钥，并用新钥匙重新加密全部证件号和手机号。旧钥匙保留，可重复执行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only-reseal", action="store_true", help="不换钥匙，只把旧钥匙加密的重新加密"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by, at = System("manage.py rotate_keys"), timezone.now()
        try:
            if not options["only_reseal"]:
                self.stdout.write(f"新钥匙{rotate_keys(by=by, at=at)}已启用。")
            done = reseal(by=by, at=at)
        except (KeyringMissing, KeyringBroken) as fault:
            raise CommandError(f"密钥文件读不出来：{fault}", returncode=1) from None
        except CannotOpen as fault:
            raise CommandError(
                f"有加密内容打不开，已停下，打得开的没有丢：{fault}", returncode=1
            ) from None
        for column, rows in done.items():
            self.stdout.write(f"{column}：{rows}行")
        self.stdout.write("请马上做一次备份：旧的备份里没有新钥匙。其他进程请重新启动。")
