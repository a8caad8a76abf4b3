"""manage.py make_editor USERNAME [--remove]: who may edit the province's pages in the office
(ruling 9).
"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from community.management.commands._person import PersonCommand
from community.models import Member
from community.scope import System
from website.operations.editors import set_editor


class Command(PersonCommand):
    help = "让一个账号可以在/office/编辑省级栏目和培训项目；加--remove收回。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--remove", action="store_true", help="收回")

    def act(self, *, member: Member, at: datetime, options: dict[str, Any]) -> str:
        by = System("manage.py make_editor")
        set_editor(member=member, is_editor=not options["remove"], by=by, at=at)
        if options["remove"]:
            return f"已收回{member.name}的编辑权限。"
        return f"{member.name}现在可以在/office/编辑省级栏目和培训项目。"
