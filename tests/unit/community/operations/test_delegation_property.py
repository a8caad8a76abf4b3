"""Whatever is given, withdrawn, handed over, moved or outlived: nobody holds what no root gave.

security.md T3: no actor ever holds a right that cannot be derived from the province's root.
"""

from __future__ import annotations

import contextlib
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from community.models import Appointment, Member, Region
from community.operations.affiliation import affiliate
from community.operations.appointment import appoint
from community.operations.withdrawal import withdraw_appointment
from community.refusals import Refusal
from tests.factories.cast import (
    BEIJING,
    BUTUO,
    LESHAN,
    LIANGSHAN,
    MUCHUAN,
    SICHUAN,
    SYSTEM,
    ZHAOJUE,
    Cast,
)

REGIONS = [SICHUAN, LIANGSHAN, LESHAN, BUTUO, ZHAOJUE, MUCHUAN]
START = date(2026, 11, 26)
PEOPLE = 6
COORDINATOR = Appointment.Role.COORDINATOR
CLERK = Appointment.Role.SCHOOL_CLERK


class Delegation(RuleBasedStateMachine):
    """Six people, one root appointment, and days that pass."""

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = transaction.atomic()
        self.sandbox.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.sandbox.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        self.today = START
        self.cast = Cast(at=self.now)
        places = [ZHAOJUE, ZHAOJUE, BUTUO, BUTUO, MUCHUAN, MUCHUAN]
        self.people = [
            self.cast.member(f"人{number}", place) for number, place in enumerate(places)
        ]
        self.appoint_one(0, SICHUAN, by=SYSTEM, may_delegate=True, may_unmask=True)
        self.appoint_one(1, LIANGSHAN, by=self.fresh(0), may_delegate=True)
        self.appoint_one(2, ZHAOJUE, by=self.fresh(1), may_delegate=True)

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, time(9), tzinfo=BEIJING)

    def fresh(self, number: int) -> Member:
        return Member.objects.get(pk=self.people[number].pk)

    def appoint_one(self, number: int, code: str, *, by: Any, **terms: Any) -> None:
        appoint(
            member=self.fresh(number),
            role=terms.pop("role", COORDINATOR),
            region=Region.objects.get(pk=code),
            from_on=terms.pop("from_on", self.today),
            by=by,
            at=self.now,
            **terms,
        )

    def give(
        self,
        giver: int,
        taker: int,
        code: str,
        days: int | None,
        starts_in: int,
        delegate: bool,
        unmask: bool,
        as_clerk: bool,
    ) -> None:
        starts = self.today + timedelta(days=starts_in)
        terms: dict[str, Any] = {"may_delegate": delegate, "may_unmask": unmask}
        if as_clerk and code[4:] != "00":
            terms = {"role": CLERK, "institution": self.cast.school(code)}
        with contextlib.suppress(Refusal):
            self.appoint_one(
                taker,
                code,
                by=self.fresh(giver),
                from_on=starts,
                to_on=None if days is None else starts + timedelta(days=days),
                **terms,
            )

    def pass_on(self, pick: int, delegate: bool) -> None:
        """As people do: who may, gives on what she has, for as long as she has it."""
        held = (
            Appointment.objects.in_force(self.today)
            .filter(may_delegate=True)
            .select_related("region", "member")
            .order_by("pk")
        )
        taken = set(
            Appointment.objects.filter(withdrawn_at__isnull=True).values_list("member", "region")
        )
        choices = [
            (own, code, number)
            for own in held
            for code in REGIONS
            for number, person in enumerate(self.people)
            if own.region.covers(code)
            and person.pk != own.member_id
            and (person.pk, code) not in taken
        ]
        if choices:
            own, code, number = choices[pick % len(choices)]
            self.appoint_one(
                number,
                code,
                by=Member.objects.get(pk=own.member_id),
                to_on=own.to_on,
                may_delegate=delegate,
            )

    def the_giver_withdraws(self, pick: int, take_over: bool) -> None:
        given = list(
            Appointment.objects.in_force(self.today)
            .filter(appointed_by__isnull=False)
            .order_by("pk")
        )
        if given:
            one = given[pick % len(given)]
            with contextlib.suppress(Refusal):
                withdraw_appointment(
                    appointment=one,
                    by=Member.objects.get(pk=one.appointed_by_id),
                    at=self.now,
                    take_over=take_over,
                )

    def withdraw(self, by: int, place: int, take_over: bool) -> None:
        held = list(Appointment.objects.filter(withdrawn_at__isnull=True).order_by("pk"))
        if not held:
            return
        with contextlib.suppress(Refusal):
            withdraw_appointment(
                appointment=held[place % len(held)],
                by=self.fresh(by),
                at=self.now,
                take_over=take_over,
            )

    def move(self, number: int, code: str) -> None:
        affiliate(
            member=self.fresh(number),
            institution=self.cast.school(code),
            on=self.today,
            by=SYSTEM,
            at=self.now,
        )

    def days_pass(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(
        deed=st.sampled_from(
            ["pass_on", "pass_on", "the_giver_withdraws", "give", "withdraw", "move", "days_pass"]
        ),
        data=st.data(),
    )
    def something_happens(self, deed: str, data: st.DataObject) -> None:
        """One rule, so that every run mixes all deeds."""
        draw = data.draw
        person = st.integers(0, PEOPLE - 1)
        pick = st.integers(0, 9999)
        if deed == "pass_on":
            self.pass_on(draw(pick), draw(st.sampled_from([True, True, False])))
        elif deed == "the_giver_withdraws":
            self.the_giver_withdraws(draw(pick), draw(st.booleans()))
        elif deed == "give":
            self.give(
                giver=draw(person),
                taker=draw(person),
                code=draw(st.sampled_from(REGIONS)),
                days=draw(st.sampled_from([None, 0, 5, 20, 60])),
                starts_in=draw(st.sampled_from([-3, 0, 0, 4])),
                delegate=draw(st.booleans()),
                unmask=draw(st.booleans()),
                as_clerk=draw(st.sampled_from([False, False, True])),
            )
        elif deed == "withdraw":
            self.withdraw(draw(person), draw(pick), draw(st.booleans()))
        elif deed == "move":
            self.move(draw(person), draw(st.sampled_from([ZHAOJUE, BUTUO, MUCHUAN])))
        else:
            self.days_pass(draw(st.sampled_from([1, 4, 10])))

    @invariant()
    def everything_comes_from_the_root(self) -> None:
        if not hasattr(self, "people"):
            return
        for day in (self.today, self.today + timedelta(days=7), self.today + timedelta(days=90)):
            in_force = list(Appointment.objects.in_force(day).select_related("region"))
            derived = [one for one in in_force if one.appointed_by_id is None]
            assert len(derived) <= 1, "only the first one has no giver"
            growing = True
            while growing:
                found = [
                    one
                    for one in in_force
                    if one not in derived and any(contains(giver, one) for giver in derived)
                ]
                derived += found
                growing = bool(found)
            assert {one.pk for one in derived} == {one.pk for one in in_force}

    @invariant()
    def nobody_gave_herself_anything(self) -> None:
        for one in Appointment.objects.filter(withdrawn_at__isnull=True):
            assert one.appointed_by_id != one.member_id


def contains(giver: Appointment, one: Appointment) -> bool:
    """Written anew and not with the product's own rule."""
    return (
        giver.member_id == one.appointed_by_id
        and giver.role == COORDINATOR
        and giver.may_delegate
        and one.region_id.startswith(giver.region.prefix)
        and (giver.may_unmask or not one.may_unmask)
        and (giver.to_on is None or (one.to_on is not None and one.to_on <= giver.to_on))
    )


@pytest.mark.django_db
def test_nobody_ever_holds_what_cannot_be_traced_to_the_root() -> None:
    run_state_machine_as_test(
        Delegation,
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
