"""When: tasks fetched by id and rounds fetched by time, each safe to repeat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import task


@task()
def write_export_file(export_id: int) -> None:
    """Write one export; a task that comes twice finds the lease taken."""
    from training.models import Export
    from training.operations.export_run import run_export

    export = Export.objects.select_related("requested_by", "region", "programme", "cohort").get(
        pk=export_id
    )
    run_export(export=export, at=timezone.now())


@task()
def work_on_roster(batch_id: int) -> None:
    """Check or import one large roster, whichever it waits for."""
    from training.models import RosterBatch
    from training.operations.roster_work import work_on

    batch = RosterBatch.objects.select_related("cohort", "region").get(pk=batch_id)
    work_on(batch=batch, at=timezone.now())


@task()
def draw_waiting_papers() -> None:
    """Draw a batch of certificates, and ask for the next while any waits."""
    from training.operations.certificate import ask_for_papers
    from training.operations.paper import draw_papers

    if draw_papers().left:
        ask_for_papers()


@task()
def prove_what_is_stored() -> None:
    """The nightly proof: ledger, records and certificates against recomputation; differences are logged."""
    from training.operations.proof import prove_and_log

    prove_and_log(at=timezone.now())


def rounds() -> list[tuple[timedelta, Callable[[datetime], None]]]:
    """How often each round is gone."""
    from training.operations.archive import file_missing_archives
    from training.operations.completion import complete_overdue
    from training.operations.export import expire_exports
    from training.operations.proof import ask_for_proof
    from training.operations.roster_work import resume_lapsed
    from training.reports.coverage import sweep_coverage
    from training.reports.tally import (
        CATCH_UP_EVERY,
        SWEEP_EVERY,
        catch_up_tallies,
        sweep_tallies,
    )

    return [
        (timedelta(seconds=60), expire_exports),
        (CATCH_UP_EVERY, catch_up_tallies),
        (SWEEP_EVERY, sweep_tallies),
        (timedelta(seconds=20), sweep_coverage),
        (timedelta(minutes=1), complete_overdue),
        (timedelta(minutes=5), file_missing_archives),
        (timedelta(minutes=5), resume_lapsed),
        (timedelta(minutes=30), ask_for_proof),
    ]
