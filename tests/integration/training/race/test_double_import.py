"""The same roster sent or imported at the same moment: one batch, each person once, nobody gets an error.

Each race is first run without what keeps the promise, where it must go wrong: only then does the other
run say anything (anchors.md §5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Count, QuerySet

from community.models import AuditEntry, Member
from tests.factories.attended import second_class
from tests.factories.cast import LIANGSHAN, ZHAOJUE, Cast
from tests.factories.rosters import csv_bytes, person
from tests.integration.training.race.conftest import Phone, at_once, without_indexes
from training.models import Cohort, Enrolment, RosterBatch
from training.operations import roster_import

pytestmark = pytest.mark.postgres

Phones = Callable[[Any], Phone]
AT_ONCE = 8
PEOPLE = 40


def until_doubled(race: Callable[[int], Any]) -> int:
    """Race until two transactions overlapped: a few tries on a busy machine."""
    for attempt in range(6):
        race(attempt * 1_000)
        if doubled():
            break
    return doubled()


def people(first: int, last: int) -> list[dict[str, Any]]:
    """Rows without a number of the person: no constraint knows who is who, only the import does."""
    return [person(n, 证件类型="", 证件号="") for n in range(first, last)]


@pytest.fixture
def ready(cast: Cast) -> Cast:
    cast.school(ZHAOJUE)
    assert cast.cohort
    assert cast.zhaojue
    assert cast.liangshan
    return cast


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No lock on the class and none on the import, in the live server too: it is this process.

    The constraint on live enrolments only keeps one person from standing twice; here one person
    becomes two.
    """
    monkeypatch.setattr(QuerySet, "select_for_update", lambda queryset, **_how: queryset)
    monkeypatch.setattr(roster_import, "one_import_at_a_time", lambda: None)


def send(phone: Phone, area: str, cohort: Cohort, name: str, content: bytes) -> Any:
    return phone.upload(f"/areas/{area}/rosters/{cohort.pk}/", name, content)


def bring_in(phone: Phone, area: str, batch: RosterBatch) -> int:
    return phone.post(f"/areas/{area}/rosters/batches/{batch.pk}/import/").status_code


def doubled() -> int:
    """How many telephones two people have now."""
    same = Member.objects.values("phone_index").annotate(people=Count("pk"))
    return same.filter(people__gt=1).count()


# The same file, sent eight times at once.


def race_to_send(cast: Cast, phone_at: Phones) -> Counter[tuple[int, str, int]]:
    content, phone = csv_bytes(people(0, 5)), phone_at(cast.zhaojue)

    def deed(_number: int) -> tuple[int, str, int]:
        answer = send(phone, ZHAOJUE, cast.cohort, "名单.csv", content)
        address = answer.headers.get("Location", "")
        return answer.status_code, address, phone.get(address).status_code if address else 0

    return Counter(at_once(AT_ONCE, deed))


def test_without_the_constraint_the_same_file_becomes_several_uploads(
    ready: Cast, phone_at: Phones
) -> None:
    with without_indexes("one_batch_per_file"):
        race_to_send(ready, phone_at)

        assert RosterBatch.objects.count() > 1


def test_the_same_file_at_once_is_one_upload_to_which_everybody_is_led(
    ready: Cast, phone_at: Phones
) -> None:
    answers = race_to_send(ready, phone_at)

    batch = RosterBatch.objects.get()
    # Who is led there while the first is still being checked finds a page too.
    assert answers == {(302, f"/areas/{ZHAOJUE}/rosters/batches/{batch.pk}/", 200): AT_ONCE}
    assert batch.good_count == 5


# One upload, imported eight times at once.


def race_to_import(cast: Cast, phone_at: Phones, *, first: int = 0) -> Counter[int]:
    phone = phone_at(cast.zhaojue)
    content = csv_bytes(people(first, first + PEOPLE))
    assert send(phone, ZHAOJUE, cast.cohort, "名单.csv", content).status_code == 302
    batch = RosterBatch.objects.latest("pk")
    return Counter(at_once(AT_ONCE, lambda _number: bring_in(phone, ZHAOJUE, batch)))


def test_without_the_locks_one_button_pressed_eight_times_doubles_people(
    ready: Cast, phone_at: Phones, unguarded: None
) -> None:
    assert until_doubled(lambda first: race_to_import(ready, phone_at, first=first)) > 0


def test_one_button_pressed_eight_times_imports_once(ready: Cast, phone_at: Phones) -> None:
    statuses = race_to_import(ready, phone_at)

    assert statuses == {302: AT_ONCE}
    assert doubled() == 0
    assert Enrolment.objects.count() == PEOPLE
    deeds = AuditEntry.objects.filter(action="roster.imported").values_list("details", flat=True)
    entered = [each["deeds"]["member_created"] for each in deeds if each["deeds"]]
    assert entered == [PEOPLE]


# Two coordinators, whose files name some of the same people, at once.


def race_of_two(
    cast: Cast, phone_at: Phones, *, classes: list[Cohort], first: int = 0
) -> Counter[int]:
    phones = [(phone_at(cast.zhaojue), ZHAOJUE), (phone_at(cast.liangshan), LIANGSHAN)]
    middle, last = first + PEOPLE // 2, first + PEOPLE
    rows = [people(first, last), people(middle, last + PEOPLE // 2)]
    batches = []
    for (phone, area), cohort, sent in zip(phones, classes, rows, strict=True):
        answer = send(phone, area, cohort, f"{area}.csv", csv_bytes(sent))
        assert answer.status_code == 302
        batches.append(RosterBatch.objects.latest("pk"))
    return Counter(at_once(2, lambda number: bring_in(*phones[number], batches[number])))


@pytest.mark.parametrize("kind", ["one class", "two classes"])
def test_without_the_locks_two_files_make_two_people_of_one(
    ready: Cast, phone_at: Phones, unguarded: None, kind: str
) -> None:
    second = ready.cohort if kind == "one class" else second_class(ready)
    classes = [ready.cohort, second]

    assert until_doubled(lambda n: race_of_two(ready, phone_at, classes=classes, first=n)) > 0


@pytest.mark.parametrize("kind", ["one class", "two classes"])
def test_two_files_at_once_know_the_same_people(ready: Cast, phone_at: Phones, kind: str) -> None:
    before = Member.objects.count()
    second = ready.cohort if kind == "one class" else second_class(ready)

    statuses = race_of_two(ready, phone_at, classes=[ready.cohort, second])

    assert statuses == {302: 2}
    assert doubled() == 0
    assert Member.objects.count() == before + PEOPLE + PEOPLE // 2
    enrolled = PEOPLE + PEOPLE // 2 if kind == "one class" else PEOPLE * 2
    assert Enrolment.objects.active().count() == enrolled
