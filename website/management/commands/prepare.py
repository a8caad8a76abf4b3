"""manage.py prepare: migrate, make keys, load regions, plant the page tree, collect static files."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from community.refusals import Refusal
from website.operations.installation import prepare_installation


class Command(BaseCommand):
    help = "准备好这套系统：建表、生成密钥、载入行政区划、建好栏目。可重复执行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-static", action="store_true", help="不收集静态文件")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        try:
            prepare_installation()
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        if not options["no_static"] and not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        self.stdout.write("已准备好。")
