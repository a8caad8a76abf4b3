"""A question that is compiled once answers as the queryset that it was made from does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Value
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from community.compiled import Compiled
from community.models import Member, Region
from community.operations.appointment import appoint
from community.reports import who
from community.scope import System, appointments_of, covers, forget_appointments
from tests.factories.cast import LIANGSHAN, ZHAOJUE, Cast
from training.reports import my_class

pytestmark = pytest.mark.django_db


def facts(rows: Any) -> list[dict[str, Any]]:
    """All that a row carries: its fields, what was selected beside them, what was joined to it."""
    return [
        {
            name: model_to_dict(value) if hasattr(value, "_meta") else value
            for name, value in {**vars(row), **row._state.fields_cache}.items()
            if name != "_state"
        }
        for row in rows
    ]


def same(kept: Compiled[Any], *numbers: int) -> bool:
    written_now = facts(kept._build(*numbers))
    assert written_now
    return facts(kept.ask(*numbers)) == written_now


def test_every_kept_question_answers_as_its_queryset(cast: Cast) -> None:
    hers = cast.enrolment
    cast.session  # noqa: B018

    assert same(who._HERE, cast.trainee.pk)
    assert same(my_class._HERS, cast.trainee.pk, hers.cohort.programme_id)
    assert same(my_class._HALF_DAYS, hers.pk, hers.cohort_id)


def test_each_asking_gets_its_own_rows(cast: Cast) -> None:
    one, other = cast.trainee, cast.zhaojue

    assert [m.name for m in who._HERE.ask(one.pk)] == [one.name]
    assert [m.name for m in who._HERE.ask(other.pk)] == [other.name]
    assert who._HERE.ask(0) == []


def test_one_asking_is_one_statement(cast: Cast) -> None:
    who.member_here(cast.trainee.pk)

    with CaptureQueriesContext(connection) as asked:
        who.member_here(cast.trainee.pk)

    assert len(asked) == 1


def test_a_place_that_is_no_parameter_is_refused() -> None:
    forgetful = Compiled(2, lambda pk, _region: Member.objects.filter(pk=pk))
    written_in = Compiled(1, lambda pk: Member.objects.extra(where=[f"id = {pk}"]))

    for kept in (forgetful, written_in):
        with pytest.raises(TypeError, match="not every place"):
            kept.ask(*kept._places)


def test_a_number_too_few_or_something_else_is_refused() -> None:
    kept = Compiled(1, lambda pk: Member.objects.filter(pk=pk))

    for numbers in ((), (1, 2), ("1 OR 1=1",)):
        with pytest.raises((TypeError, ValueError)):
            kept.ask(*numbers)  # type: ignore[arg-type]


def test_what_was_selected_beside_the_fields_comes_along(cast: Cast) -> None:
    region = Region.objects.get(code=ZHAOJUE)
    kept = Compiled(
        1,
        lambda n: (
            Region.objects.filter(code=ZHAOJUE)
            .annotate(n=Value(n), around=F("parent__name"))
            .select_related("parent")
        ),
    )

    (row,) = kept.ask(7)

    assert (vars(row)["n"], vars(row)["around"]) == (7, region.parent.name)
    with CaptureQueriesContext(connection) as asked:
        assert row.parent.code == LIANGSHAN
    assert len(asked) == 0


@pytest.mark.postgres
def test_threads_ask_through_connections_of_their_own() -> None:
    kept = Compiled(1, lambda n: Region.objects.filter(code=ZHAOJUE).annotate(n=Value(n)))
    kept.ask(0)

    def ask(number: int) -> int:
        try:
            return int(vars(kept.ask(number)[0])["n"])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(200))) == list(range(200))


def test_who_was_never_appointed_holds_no_power_and_the_gate_does_not_ask(cast: Cast) -> None:
    plain = who.member_here(cast.trainee.pk)
    clerk = who.member_here(cast.zhaojue.pk)
    assert plain is not None
    assert clerk is not None

    with CaptureQueriesContext(connection) as asked:
        assert appointments_of(plain) == []
    assert len(asked) == 0
    assert covers(clerk, ZHAOJUE)


def test_power_given_while_she_is_here_is_seen(cast: Cast) -> None:
    here = who.member_here(cast.trainee.pk)
    assert here is not None
    region = Region.objects.get(code=ZHAOJUE)

    appoint(
        member=here,
        role="coordinator",
        region=region,
        from_on=cast.at.date(),
        by=System("test"),
        at=cast.at,
    )
    forget_appointments(here)

    assert covers(here, ZHAOJUE)
