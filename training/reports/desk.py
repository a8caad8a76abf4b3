"""What the desk shows: figures from the roll-up, who came last, and what waits for a person."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from community.models import Designation, Member, Region
from training.models import Attendance, Enrolment, Session, SessionTally
from training.models.enrolment import EnrolmentQuerySet

RECENT = 3


@dataclass(frozen=True)
class CountyLine:
    """One county of the hall; ``is_marked`` says that the programme's dated list names it (the 88)."""

    code: str
    name: str
    present: int
    expected: int
    is_marked: bool

    @property
    def share(self) -> float:
        return self.present / self.expected if self.expected else 1.0

    @property
    def is_nearly_full(self) -> bool:
        return self.share >= 0.95

    @property
    def missing(self) -> int:
        return max(0, self.expected - self.present)


@dataclass(frozen=True)
class DeskFigures:
    expected: int
    present: int
    late: int
    pending: int
    left: int
    counties: tuple[CountyLine, ...]

    @property
    def missing(self) -> int:
        """Who has neither a mark that counts nor one that waits."""
        return max(0, self.expected - self.present - self.pending)


@dataclass(frozen=True)
class RecentMark:
    """Somebody who just came, as the big screen may say it: county and seat, never a name."""

    at: datetime
    county: str
    seat: str


@dataclass(frozen=True)
class Cluster:
    """One phone that marked several people: for somebody to look at, and nothing more."""

    browser: str
    marks: tuple[Attendance, ...]

    @property
    def size(self) -> int:
        return len(self.marks)


def county_name(region: Region) -> str:
    """木里县 for 木里藏族自治县: what fits on a screen and is what people say."""
    return f"{region.short_name}县" if region.name.endswith("自治县") else region.name


def desk_figures(session: Session, *, list_key: str = "") -> DeskFigures:
    """The figures of ``session`` by county, those that miss most first. From tallies only; 2 queries.

    ``list_key`` is the designation that the programme uses; its counties carry the mark.
    """
    rows = list(SessionTally.objects.filter(session=session).select_related("county"))
    marked: set[str] = set()
    if list_key and rows:
        marks = Designation.objects.filter(
            list_key=list_key, region__in=[row.county_id for row in rows]
        )
        marked = set(marks.values_list("region_id", flat=True))
    lines = [
        CountyLine(
            code=row.county_id,
            name=county_name(row.county),
            present=row.present,
            expected=row.expected,
            is_marked=row.county_id in marked,
        )
        for row in rows
    ]
    return DeskFigures(
        expected=sum(row.expected for row in rows),
        present=sum(row.present for row in rows),
        late=sum(row.late for row in rows),
        pending=sum(row.pending for row in rows),
        left=sum(row.left for row in rows),
        counties=tuple(sorted(lines, key=lambda line: (line.share, -line.expected, line.code))),
    )


def recent_marks(session: Session, *, kind: str = "in", limit: int = RECENT) -> list[RecentMark]:
    """The last few who signed in (or out), by county and seat. One query."""
    rows = (
        Attendance.objects.counted()
        .filter(session=session, kind=kind, county__isnull=False)
        .select_related("county", "enrolment")
        .only("at", "county__name", "county__level", "enrolment__seat")
        .order_by("-at", "-pk")[:limit]
    )
    return [
        RecentMark(row.at, county_name(row.county), row.enrolment.seat)
        for row in rows
        if row.county is not None
    ]


def late_people(session: Session, *, limit: int = 50) -> list[Attendance]:
    """Who came after the minute, latest first, with name and county. One query."""
    return list(
        Attendance.objects.counted()
        .filter(session=session, kind="in", is_late=True)
        .select_related("enrolment", "county")
        .order_by("-at", "-pk")[:limit]
    )


def waiting_people(session: Session) -> list[Enrolment]:
    """Unproved people of the class (待核实), oldest first, each with ``waiting_marks``. Two queries."""
    return list(
        Enrolment.objects.awaiting()
        .filter(cohort_id=session.cohort_id)
        .select_related("member")
        .prefetch_related("attendances__session")
        .order_by("created_at", "pk")
    )


def waiting_marks(session: Session) -> list[Attendance]:
    """Marks of people on the roster that wait for a person: six digits and scans after a strike."""
    return list(
        Attendance.objects.filter(
            session=session,
            state=Attendance.State.PENDING,
            enrolment__state=Enrolment.State.ACTIVE,
        )
        .select_related("enrolment", "county")
        .order_by("at", "pk")
    )


def not_signed_out(session: Session) -> list[Enrolment]:
    """Who came and did not sign out where that is asked: 待核实, and absent until resolved (ruling 17)."""
    if not session.takes_sign_out:
        return []
    marks = Attendance.objects.filter(session=session).exclude(state=Attendance.State.VOID)
    return list(
        Enrolment.objects.active()
        .filter(cohort_id=session.cohort_id, pk__in=marks.filter(kind="in").values("enrolment"))
        .exclude(pk__in=marks.counted().filter(kind="out").values("enrolment"))
        .select_related("county")
        .order_by("county_id", "name_key", "pk")
    )


def phone_clusters(session: Session) -> list[Cluster]:
    """Phones from which two or more people were signed in (security.md T6). Two queries.

    A hint for human eyes: colleagues do lend their phones.
    """
    marks = (
        Attendance.objects.filter(session=session, kind="in")
        .exclude(browser="")
        .exclude(state=Attendance.State.VOID)
    )
    shared = (
        marks.values("browser")
        .annotate(people=Count("enrolment", distinct=True))
        .filter(people__gte=2)
        .order_by()
        .values_list("browser", flat=True)
    )
    by_browser: dict[str, list[Attendance]] = defaultdict(list)
    rows = marks.filter(browser__in=list(shared)).select_related("enrolment", "county")
    for mark in rows.order_by("at", "pk"):
        by_browser[mark.browser].append(mark)
    found = [Cluster(browser, tuple(these)) for browser, these in by_browser.items()]
    return sorted(found, key=lambda cluster: -cluster.size)


def find_on_roster(session: Session, *, words: str, county: str = "") -> list[Enrolment]:
    """People of the class by name, first letters of it, school or the last four digits of the phone.

    Each comes with ``mark_in`` and ``mark_out`` (a mark or None). Two queries, ordered by name.
    """
    found = search(session, words=words, county=county).select_related("county")
    people = list(found.order_by("name_key", "name", "pk"))
    with_marks(session, people)
    return people


def search(session: Session, *, words: str, county: str = "") -> EnrolmentQuerySet:
    """The rows of a search, without their marks: everybody where neither words nor county are given."""
    rows = Enrolment.objects.active().filter(cohort_id=session.cohort_id)
    if county:
        rows = rows.filter(county_id=county)
    for word in words.split()[:4]:
        rows = rows.filter(_one_word(word[:50]))
    return rows


def _one_word(word: str) -> Q:
    wanted = Q(name__contains=word) | Q(institution_name__contains=word)
    if len(word) == 4 and word.isascii() and word.isdigit():
        wanted |= Q(member__phone_last4=word)
    if word.isascii() and word.isalpha():
        letters = word.lower()
        # hwy for He Wen Yuan, and hewen or heweny as somebody types on: both from the sorting key.
        wanted |= Q(name_key__regex="^" + " ".join(f"{letter}[a-z]*" for letter in letters))
        wanted |= Q(name_key__regex="^" + " ?".join(letters))
    return wanted


def with_marks(session: Session, people: list[Enrolment]) -> None:
    """Give each its ``mark_in`` and ``mark_out`` at ``session``. One query."""
    marks = {
        (mark.enrolment_id, mark.kind): mark
        for mark in Attendance.objects.filter(session=session, enrolment__in=people)
    }
    for person in people:
        vars(person)["mark_in"] = marks.get((person.pk, "in"))
        vars(person)["mark_out"] = marks.get((person.pk, "out"))


def unmarked(session: Session, people: list[Enrolment]) -> list[Enrolment]:
    """Those of ``people`` (from `find_on_roster`) who have no mark of any kind yet."""
    return [person for person in people if vars(person).get("mark_in") is None]


def candidates(session: Session, waiting: Enrolment) -> list[Enrolment]:
    """Who on the roster a waiting person may be: the same phone or the same name. Two queries."""
    rows = Enrolment.objects.active().filter(cohort_id=waiting.cohort_id)
    same = Q(name=waiting.name)
    if waiting.phone_index:
        same |= Q(member__phone_index=waiting.phone_index)
    people = list(rows.filter(same).select_related("county", "member").order_by("pk")[:10])
    with_marks(session, people)
    return people


def known_person(waiting: Enrolment) -> Member | None:
    """A member of the house with this very name and phone who is not on the roster, if there is one."""
    if waiting.member_id is not None:
        return waiting.member
    if not waiting.phone_index:
        return None
    people = Member.objects.filter(phone_index=waiting.phone_index, name=waiting.name)
    enrolled = Enrolment.objects.active().filter(cohort_id=waiting.cohort_id)
    return people.exclude(pk__in=enrolled.values("member")).first()
