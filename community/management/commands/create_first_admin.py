"""manage.py create_first_admin [--username U --name N --phone P]: for an installation without a
demo.

The password comes from ``TONGKE_ADMIN_PASSWORD``, else from the terminal, else a one-time slip is
printed. Exit codes: 0 done, 1 refused, 2 wrong usage.
"""

from __future__ import annotations

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from community.models import Region
from community.operations.activation import spelled_slip_code
from community.operations.first_admin import create_first_admin
from community.refusals import Refusal


class Command(BaseCommand):
    help = "建第一位管理员。密码从环境变量TONGKE_ADMIN_PASSWORD或终端取，都没有就打印一次性登录码。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", help="账号，小写字母和数字")
        parser.add_argument("--name", help="姓名")
        parser.add_argument("--phone", help="手机号，可以不填")
        parser.add_argument("--slip", action="store_true", help="不设密码，打印一次性登录码")

    def handle(self, *args: Any, **options: Any) -> None:
        if not Region.objects.exists():
            raise CommandError("还没有行政区划，请先执行 manage.py prepare。", returncode=1)
        asks = sys.stdin is not None and sys.stdin.isatty()
        username = options["username"] or self._ask("账号", asks)
        name = options["name"] or self._ask("姓名", asks)
        phone = options["phone"]
        if phone is None:
            phone = self._ask("手机号（可以不填）", asks) if asks else ""
        try:
            member, code = create_first_admin(
                username=username,
                name=name,
                phone=phone,
                password=None if options["slip"] else self._password(asks),
                at=timezone.now(),
            )
        except Refusal as refusal:
            raise CommandError(refusal.message, returncode=1) from None
        self.stdout.write(f"已建管理员{member.name}，账号{member.username}。")
        if code is None:
            self.stdout.write(f"请打开{settings.PUBLIC_URL}/accounts/login/登录。")
            return
        self.stdout.write(f"登录码：{spelled_slip_code(code)}")
        self.stdout.write(
            f"请在{settings.ACTIVATION_SLIP_DAYS}天内打开{settings.PUBLIC_URL}/activate/slip/，"
            "用账号和登录码设密码。登录码只显示这一次。"
        )

    def _ask(self, what: str, asks: bool) -> str:
        if not asks:
            raise CommandError(f"没有给出{what}，请加上参数。", returncode=2)
        return input(f"{what}：").strip()

    def _password(self, asks: bool) -> str | None:
        given = os.environ.get("TONGKE_ADMIN_PASSWORD")
        if given or not asks:
            return given or None
        first = getpass.getpass("密码（至少12个字符，直接回车则打印登录码）：")
        if not first:
            return None
        if getpass.getpass("再输一次：") != first:
            raise CommandError("两次输入的密码不一样，请重新执行。", returncode=1)
        return first
