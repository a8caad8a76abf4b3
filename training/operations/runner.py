"""Refusing what only those who run a class may do, from whichever door it was asked (ruling 6)."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext as _

from community.models import Region
from community.refusals import Refusal
from community.scope import Viewer, covers
from training.models import Cohort
from training.permissions import can_run


class NotTheRunner(Refusal):
    code = "not_the_runner"
    status = HTTPStatus.FORBIDDEN


def require_runner(viewer: Viewer, cohort: Cohort) -> None:
    """Refuse whoever does not coordinate the class's host region today."""
    if not can_run(viewer, cohort):
        raise NotTheRunner(
            _("班次“%(name)s”由%(region)s举办，只有那里的培训管理员能做这一步。")
            % {"name": cohort.name, "region": cohort.host_region.name}
        )


def require_host(viewer: Viewer, region: Region) -> None:
    """Refuse whoever does not coordinate ``region`` today: only they set classes up there."""
    if not covers(viewer, region):
        raise NotTheRunner(
            _("%(region)s不在您的管辖范围，请由那里的培训管理员新建班次。")
            % {"region": region.name}
        )
