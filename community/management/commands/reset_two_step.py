"""manage.py reset_two_step USERNAME --reason TEXT: for somebody who lost her device and has nobody
above her.
"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from community.management.commands._person import PersonCommand
from community.models import Member
from community.operations.account import reset_two_step
from community.scope import System


class Command(PersonCommand):
    help = "替丢了验证器的人关闭两步验证，并退出她所有的登录。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, metavar="TEXT", help="原因，写入操作日志")

    def act(self, *, member: Member, at: datetime, options: dict[str, Any]) -> str:
        if not options["reason"].strip():
            raise CommandError("没有写原因。", returncode=2)
        by = System("manage.py reset_two_step")
        removed = reset_two_step(member=member, by=by, at=at, reason=options["reason"].strip())
        if not removed:
            return f"{member.name}没有开启两步验证，已退出她所有的登录。"
        return f"已关闭{member.name}的两步验证，并退出她所有的登录。"
