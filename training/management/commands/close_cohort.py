"""manage.py close_cohort COHORT --as USERNAME: 结班, with the rights of one person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from community.models import Member
from training.management.commands._acting import CohortCommand
from training.models import Cohort
from training.operations.closing import close_cohort


class Command(CohortCommand):
    help = "结班：评定每个人，写入学时台账和结业记录，归档材料。已结班的再执行一次不会重复。"

    def act(self, *, cohort: Cohort, by: Member, at: datetime, options: dict[str, Any]) -> str:
        closing = close_cohort(cohort=cohort, by=by, at=at)
        people = closing.figures["people"]
        return (
            f"“{cohort.name}”第{closing.number}次结班：{people['all']}人，结业{people['passed']}人，"
            f"待完成{people['waiting']}人，未结业{people['failed']}人；"
            f"档案校验值{closing.archive_hash or '（还没有写好）'}"
        )
