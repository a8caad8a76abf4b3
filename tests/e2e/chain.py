"""The acts of the whole chain as fixtures, each on the stage that the one before has left.

Where a person would sit before a browser there is Chromium, and where a hall of phones would be there
are phones. A test asks for the act that it looks at.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import acts, staff_acts
from tests.e2e.hall import PEOPLE, SCHOOLS, Crowd, wait_for
from tests.e2e.installation import Installation, Stagehand
from tests.e2e.phone import Phone
from tests.e2e.watching import Watch, watched

DAY = 24 * 60


@pytest.fixture(scope="module")
def stagehand(empty: Installation) -> Iterator[Stagehand]:
    found = Stagehand(empty)
    yield found
    found.leave()


@pytest.fixture(scope="module")
def stage(empty: Installation, stagehand: Stagehand) -> SimpleNamespace:
    """An open class of the prefecture, its schools, its coordinator, and who helps at the door."""
    return SimpleNamespace(url=empty.url, **stagehand("set_hall", schools=SCHOOLS))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chain")


def somebody(browser: Browser, stage: SimpleNamespace, role: str, width: int) -> Iterator[Page]:
    """A browser in which somebody has logged in with her password, and nothing was complained of."""
    watch: Watch = watched(browser, stage.url, width=width)
    page = watch.page()
    acts.log_in(page, stage, role)
    yield page
    watch.context.close()
    assert watch.troubles == []


@pytest.fixture(scope="module")
def coordinator(browser: Browser, stage: SimpleNamespace) -> Iterator[Page]:
    yield from somebody(browser, stage, "coordinator", 1280)


@pytest.fixture(scope="module")
def clerk(browser: Browser, stage: SimpleNamespace) -> Iterator[Page]:
    yield from somebody(browser, stage, "clerk", 390)


@pytest.fixture(scope="module")
def screen(browser: Browser, stage: SimpleNamespace) -> Iterator[Page]:
    """The big screen in front of the hall."""
    yield from somebody(browser, stage, "teacher", 1280)


@pytest.fixture(scope="module")
def trainee(browser: Browser, stage: SimpleNamespace) -> Iterator[Page]:
    """The telephone of somebody in the hall who has never been here."""
    watch = watched(browser, stage.url, width=390)
    yield watch.page()
    watch.context.close()
    assert watch.troubles == []


@pytest.fixture(scope="module")
def roster(
    stage: SimpleNamespace, coordinator: Page, stagehand: Stagehand, folder: Path
) -> SimpleNamespace:
    """Filled in, checked, mended on the page and in the file, imported."""
    checked = acts.upload_roster(coordinator, stage.cohort, folder)
    before = stagehand("people_of", cohort=stage.cohort)
    mended, returned = acts.mend_and_import(coordinator, folder)
    reasons = acts.send_the_rest(coordinator, stage.cohort, returned, folder)
    rows = stagehand("people_of", cohort=stage.cohort)
    by_name = {row["name"]: row for row in rows}
    people = [by_name[acts.name_of(place)] for place in range(PEOPLE)]
    return SimpleNamespace(**locals())


@pytest.fixture(scope="module")
def signed_in(
    empty: Installation,
    stage: SimpleNamespace,
    roster: SimpleNamespace,
    stagehand: Stagehand,
    screen: Page,
    clerk: Page,
    trainee: Page,
) -> SimpleNamespace:
    """The first half-day: 300 scans and more, what is refused, six digits, and the staff's marks."""
    session, elsewhere = stage.sessions[0], stage.sessions[3]
    stagehand("move_session", session=elsewhere, start_minutes=2 * DAY)
    stagehand("move_session", session=session, start_minutes=30)
    crowd = Crowd(empty, stagehand, session, roster.people)
    crowd.know([*acts.IN_TIME, *acts.LATE, *acts.SIX_DIGITS, 300, 301])
    screen.goto(f"/sessions/{session}/desk/")
    digits = screen.inner_text(".desk__code").replace(" ", "")
    in_time = crowd.scan_all(acts.IN_TIME)
    after = [acts.scan_then_log_in(crowd, place) for place in acts.LOGS_IN_AFTER]
    thumb, *others = acts.FIRST_TIME
    axe = acts.scan_in_a_browser(trainee, crowd, thumb)
    first = [acts.scan_the_first_time(crowd, place) for place in others]
    expect(screen.locator("[data-part=came]")).to_have_text(f"250 / {PEOPLE}")
    refused = acts.refused_scans(crowd, elsewhere)
    copied = acts.copied_claim(crowd)
    stagehand("move_session", session=session, start_minutes=-20)
    late = crowd.scan_all(acts.LATE)
    twice = crowd.scan_all(acts.TWICE)
    thumb, *others = acts.SIX_DIGITS
    borrowed = {"name": "sessionid", "value": crowd.cookie(thumb), "url": stage.url}
    trainee.context.add_cookies([borrowed])  # type: ignore[list-item]
    axe += acts.type_six_digits_in_a_browser(trainee, digits)
    kept = [acts.type_six_digits(crowd, place, digits) for place in others]
    acts.leave_a_name(crowd, acts.name_of(acts.WRONG_PHONE), "13888880001")
    acts.leave_a_name(crowd, "阿牛木呷", "13888880002")
    scanned = stagehand("marks", session=session)
    for place in acts.BY_HAND:
        staff_acts.mark_by_hand(clerk, session, acts.name_of(place))
    acts.press(clerk, "撤销", "已撤销")
    staff_acts.mark_by_hand(clerk, session, acts.name_of(acts.BY_HAND[-1]))
    staff_acts.confirm_six_digits(clerk, session, len(acts.SIX_DIGITS))
    staff_acts.match(clerk, session, acts.name_of(acts.WRONG_PHONE))
    staff_acts.strike(clerk, session, "阿牛木呷")
    expect(screen.locator("[data-part=came]")).to_have_text(f"{len(acts.CAME)} / {PEOPLE}")
    return SimpleNamespace(**locals(), marks=stagehand("marks", session=session))


@pytest.fixture(scope="module")
def closed(
    signed_in: SimpleNamespace,
    stage: SimpleNamespace,
    coordinator: Page,
    stagehand: Stagehand,
    folder: Path,
) -> SimpleNamespace:
    """The other half-days are over, most of the work is accepted; 结班, and every certificate issued."""
    ids = [row["id"] for row in signed_in.roster.people]
    came = list(acts.CAME)
    stagehand("move_class", cohort=stage.cohort, starts_on=str(date.today() - timedelta(days=6)))
    for number, session in enumerate(stage.sessions):
        stagehand("move_session", session=session, start_minutes=-6 * DAY + number * 300)
        there = [p for p in came if number != 2 or p not in acts.MISS_THE_THIRD] if number else []
        stagehand("attend", session=session, enrolments=[ids[place] for place in there])
    done = [ids[place] for place in came if place not in acts.OWE_THEIR_WORK]
    stagehand("accept_work", cohort=stage.cohort, enrolments=done)
    passed = len(came) - len(acts.MISS_THE_THIRD) - len(acts.OWE_THEIR_WORK)
    said = acts.close(coordinator, stage.cohort)
    acts.press(coordinator, f"签发{passed}份", f"已签发{passed}份")
    papers = wait_for(lambda: acts.all_drawn(stagehand("certificates")), seconds=240)
    return SimpleNamespace(**locals(), ledger=stagehand("ledger"), balance=stagehand("balance"))


@pytest.fixture(scope="module")
def reopened(closed: SimpleNamespace, stagehand: Stagehand) -> SimpleNamespace:
    page, cohort = closed.coordinator, closed.stage.cohort
    page.goto(f"/cohorts/{cohort}/closing/")
    page.locator("summary", has_text="取消结班").click()
    page.fill("[name=reason]", "第一天上午有一条签到要更正")
    acts.press(page, "取消结班", "已取消结班")
    checked = Phone(closed.stage.url).get(f"/v/{acts.paper_of(closed, 30)['number']}")
    return SimpleNamespace(
        ledger=stagehand("ledger"),
        balance=stagehand("balance"),
        papers=stagehand("certificates"),
        checked=checked.words(),
    )


@pytest.fixture(scope="module")
def closed_again(
    closed: SimpleNamespace, reopened: SimpleNamespace, clerk: Page, stagehand: Stagehand
) -> SimpleNamespace:
    """One mark is taken back, everything else is as it was; 结班 once more."""
    session, page = closed.signed_in.session, closed.coordinator
    staff_acts.withdraw_mark(clerk, session, acts.name_of(acts.STRUCK_LATER), "代签，本人未到")
    said = acts.close(page, closed.stage.cohort)
    return SimpleNamespace(
        said=said,
        ledger=stagehand("ledger"),
        balance=stagehand("balance"),
        papers=stagehand("certificates"),
    )
