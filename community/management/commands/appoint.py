"""manage.py appoint USERNAME --region CODE [--until DATE] [--delegate] [--unmask] [--withdraw].

Appoints (or withdraws) a coordinator as the installation itself: the root that needs nobody above
it.
"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandError
from django.utils.timezone import localdate

from community.management.commands._person import PersonCommand
from community.models import Appointment, Member, Region
from community.operations.appointment import appoint
from community.operations.withdrawal import withdraw_appointment
from community.scope import System
from community.wording import full_date

COORDINATOR = Appointment.Role.COORDINATOR


class Command(PersonCommand):
    help = "授权（或用--withdraw撤回）一个账号管理某个地区的培训。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--region", required=True, metavar="CODE", help="六位行政区划代码")
        parser.add_argument("--until", metavar="DATE", help="到哪一天为止，例如2027-08-31")
        parser.add_argument("--delegate", action="store_true", help="可以再授权")
        parser.add_argument("--unmask", action="store_true", help="可以导出完整证件号")
        parser.add_argument("--withdraw", action="store_true", help="撤回")

    def act(self, *, member: Member, at: datetime, options: dict[str, Any]) -> str:
        try:
            region = Region.objects.get(pk=options["region"])
        except Region.DoesNotExist:
            raise CommandError(f"没有代码为“{options['region']}”的地区。", returncode=2) from None
        by = System("manage.py appoint")
        if options["withdraw"]:
            return self._withdraw(member, region, by, at)
        until = self._date(options["until"])
        appoint(
            member=member,
            role=COORDINATOR,
            region=region,
            from_on=localdate(at),
            to_on=until,
            may_delegate=options["delegate"],
            may_unmask=options["unmask"],
            by=by,
            at=at,
        )
        term = f"到{full_date(until)}" if until else "没有结束日期"
        return f"已授权{member.name}为{region.name}的培训管理员，{term}。"

    def _date(self, text: str | None) -> date | None:
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise CommandError(
                f"日期“{text}”没看懂，请写成2027-08-31的样子。", returncode=2
            ) from None

    def _withdraw(self, member: Member, region: Region, by: System, at: datetime) -> str:
        held = Appointment.objects.filter(
            member=member, role=COORDINATOR, region=region, withdrawn_at__isnull=True
        ).first()
        if held is None:
            raise CommandError(f"{member.name}没有{region.name}的授权。", returncode=1)
        withdraw_appointment(appointment=held, by=by, at=at, take_over=True)
        return f"已撤回{member.name}在{region.name}的授权；{member.name}授出的由系统接管。"
