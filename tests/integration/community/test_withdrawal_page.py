"""撤回授权: what falls is seen before power is taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from community.models import Appointment, AuditEntry
from tests.factories.cast import SICHUAN, SYSTEM, ZHAOJUE
from tests.factories.powers import CITY, COUNTY, give, logged_in, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(cast: Any) -> dict[str, Appointment]:
    """The city gave to 昭觉's, who gave to two; one of these has a right the city does not hold."""
    middle = cast.member("沙马以则")
    given = give(cast, middle, ZHAOJUE, by=cast.liangshan, may_delegate=True)
    below = give(cast, cast.member("王芳"), ZHAOJUE, by=middle, may_delegate=True)
    last = give(cast, cast.member("李明"), ZHAOJUE, by=below.member)
    return {"middle": given, "below": below, "last": last}


def test_what_falls_is_shown_before_it_falls(cast: Any, chain: dict[str, Appointment]) -> None:
    client = logged_in(cast.liangshan)

    page = shown(client, f"{CITY}{chain['middle'].pk}/withdraw/")

    assert "还有2项授权靠它" in page
    assert "王芳" in page
    assert "李明" in page
    assert page.count("可以由您接手") == 2, "who hangs on a link that is taken over stays, too"


@pytest.mark.parametrize(("hand_over", "left"), [("", set()), ("1", {"王芳", "李明"})])
def test_the_rest_ends_or_is_taken_over(
    cast: Any, chain: dict[str, Appointment], hand_over: str, left: set[str]
) -> None:
    client = logged_in(cast.liangshan)
    falls = ",".join(str(chain[key].pk) for key in ("below", "last"))

    response = client.post(
        f"{CITY}{chain['middle'].pk}/withdraw/",
        {"reason": "工作调整", "hand_over": hand_over, "seen": falls},
    )

    assert response["Location"] == CITY
    live = Appointment.objects.filter(
        pk__in=[one.pk for one in chain.values()], withdrawn_at__isnull=True
    )
    assert {one.member.name for one in live} == left
    line = AuditEntry.objects.get(
        action="appointment.withdrawn", subject_id=str(chain["middle"].pk)
    )
    assert line.details["reason"] == "工作调整"
    assert "工作调整" in chain["middle"].member.notifications.get(key__contains="withdrawn").note
    assert "沙马以则" in shown(client, f"{CITY}?state=ended")


def test_what_came_between_is_shown_again(cast: Any, chain: dict[str, Appointment]) -> None:
    client = logged_in(cast.liangshan)
    address = f"{CITY}{chain['middle'].pk}/withdraw/"

    response = client.post(address, {"reason": "换人", "seen": str(chain["below"].pk)})

    assert response.status_code == 422
    page = response.content.decode()
    assert "刚才有人改过授权" in page
    assert f'value="{chain["below"].pk},{chain["last"].pk}"' in page
    assert Appointment.objects.filter(pk=chain["middle"].pk, withdrawn_at__isnull=True).exists()


def test_looking_changes_nothing_and_a_reason_is_wanted(
    cast: Any, chain: dict[str, Appointment]
) -> None:
    client = logged_in(cast.liangshan)
    address = f"{CITY}{chain['last'].pk}/withdraw/"
    assert "没有别的授权靠它" in shown(client, address)

    assert client.post(address, {"reason": ""}).status_code == 422

    assert not AuditEntry.objects.filter(action__startswith="appointment.withdrawn").exists()


def test_what_has_ended_is_not_withdrawn_again(cast: Any) -> None:
    held = give(cast, cast.member("沙马以则"), ZHAOJUE, by=SYSTEM)
    Appointment.objects.filter(pk=held.pk).update(to_on=timezone.localdate() - timedelta(days=1))
    client = logged_in(cast.liangshan)

    assert client.get(f"{CITY}{held.pk}/withdraw/").status_code == 404
    assert "沙马以则" in shown(client, f"{CITY}?state=ended")


def test_a_county_sees_nothing_of_its_neighbours_and_of_those_above(cast: Any) -> None:
    neighbour = cast.butuo.appointments.get()
    client = logged_in(cast.zhaojue)

    assert client.get(f"{COUNTY}{neighbour.pk}/withdraw/").status_code == 404
    assert client.get(f"/areas/{SICHUAN}/appointments/").status_code == 403


@pytest.mark.parametrize("many", [1, 10, 50])
def test_looking_ahead_asks_as_many_questions_for_one_as_for_fifty(cast: Any, many: int) -> None:
    middle = cast.member("沙马以则")
    given = give(cast, middle, ZHAOJUE, by=cast.liangshan, may_delegate=True)
    for number in range(many):
        member = cast.member(f"何{'甲乙丙丁戊己庚辛壬癸'[number % 10]}", password=False)
        give(cast, member, ZHAOJUE, by=middle)
    client = logged_in(cast.liangshan)
    address = f"{CITY}{given.pk}/withdraw/"
    shown(client, address)

    with CaptureQueriesContext(connection) as queries:
        page = shown(client, address)

    assert f"还有{many}项授权靠它" in page
    assert len(queries) <= 16
