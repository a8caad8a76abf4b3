"""manage.py load_demo [--teachers N]: invented people in real counties, the same for the same number."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from training.models import Programme


class Command(BaseCommand):
    help = "载入示例数据；已有示例时，只把正在签到的场次移到现在。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--teachers", type=int, default=1200, help="虚构多少人，默认1200")
        parser.add_argument(
            "--if-empty", action="store_true", help="已有示例时不报错，只把开放的场次移到现在"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from website.demo.loader import Demo, move_to_now

        now = timezone.now()
        if Programme.objects.filter(is_sample=True).exists():
            if not options["if_empty"]:
                raise CommandError("这里已有示例数据。要重新载入，请换一个空的数据目录或数据库。")
            move_to_now(now)
            return
        if Programme.objects.exists():
            raise CommandError("这里已有真实的培训项目，不载入示例数据。")
        self.stdout.write(f"正在载入示例：{options['teachers']}人")
        Demo(teachers=options["teachers"], now=now, say=self._say).load()
        self.stdout.write("示例数据已载入，账号见登录页。")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
