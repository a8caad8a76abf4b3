"""386 people for 凉山场: their roster as a county clerk would type it, and the crowd with its phones."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.e2e.installation import Installation, Stagehand
from tests.e2e.phone import Answer, Phone
from tests.factories import rosters

Found = TypeVar("Found")
PEOPLE = 386
HEADER_ROW = 3
COUNTIES = [
    "西昌市",
    "会理市",
    "木里藏族自治县",
    "盐源县",
    "德昌县",
    "会东县",
    "宁南县",
    "普格县",
    "布拖县",
    "金阳县",
    "昭觉县",
    "喜德县",
    "冕宁县",
    "越西县",
    "甘洛县",
    "美姑县",
    "雷波县",
]
SCHOOLS = {county: f"{county}示例中心小学校" for county in COUNTIES}

# What is wrong, by the place of the person in the file: the column and what was typed there.
ALIKE = dict.fromkeys((10, 27, 44, 61), ("单位", "昭觉县示例中心小学"))
TYPED_WRONG = {
    3: ("手机号", "1360000004"),
    100: ("手机号", "13600000101x"),
    150: ("姓名", ""),
    200: ("证件号", "513431198503122019"),
    250: ("县", "汶川县"),
}
FOR_THE_FILE = dict.fromkeys((300, 320, 340), ("人员类别", "校工"))
FAULTY = {**ALIKE, **TYPED_WRONG, **FOR_THE_FILE}
KEYS = {"手机号": "phone", "姓名": "name", "证件号": "id_number", "县": "county"}
"""How the fields of the page are called."""


def row_of(place: int) -> dict[str, Any]:
    """The person at ``place`` of the file, with nothing wrong."""
    county = COUNTIES[place % len(COUNTIES)]
    return rosters.person(place + 1, 市州="凉山州", 县=county, 单位=SCHOOLS[county])


def line_of(place: int) -> int:
    """The row of the spreadsheet in which that person stands."""
    return HEADER_ROW + 1 + place


def fill_in(template: Path, filled: Path) -> Path:
    """The downloaded template with 386 people, twelve of them with something wrong."""
    book = load_workbook(template)
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    titles = [str(cell.value).rstrip("*") for cell in sheet[HEADER_ROW]]
    for place in range(PEOPLE):
        row = row_of(place)
        if place in FAULTY:
            column, typed = FAULTY[place]
            row[column] = typed
        for number, title in enumerate(titles, start=1):
            sheet.cell(line_of(place), number, row[title])
    book.save(filled)
    return filled


def mend(returned: Path, mended: Path) -> list[str]:
    """Put 教师 where the returned file says that a kind of trainee is unknown; its reasons."""
    book = load_workbook(returned)
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    header = next(row for row in sheet.iter_rows() if any("姓名" in str(c.value) for c in row))
    columns = {str(cell.value).rstrip("*"): cell.column for cell in header}
    reasons = []
    for number in range(header[0].row + 1, sheet.max_row + 1):
        if sheet.cell(number, columns["人员类别"]).value == "校工":
            sheet.cell(number, columns["人员类别"]).value = "教师"
            reasons.append(str(sheet.cell(number, columns["错误说明"]).value))
    book.save(mended)
    return reasons


@dataclass
class Crowd:
    """The people of the roster, each with a phone of her own once she needs one."""

    server: Installation
    stagehand: Stagehand
    session: int
    people: list[dict[str, Any]]
    cookies: dict[str, str] = field(default_factory=dict)

    def know(self, places: Iterable[int]) -> None:
        """Let these be logged in on their phones already, and have agreed long ago."""
        members = [self.people[place]["member_id"] for place in places]
        self.stagehand("consent", members=members)
        self.cookies |= self.stagehand("log_in", members=members)

    def phone(self, place: int | None = None) -> Phone:
        """The phone of somebody; her log-in is on it if it is known."""
        cookie = self.cookie(place) if place is not None else ""
        return Phone(self.server.url, {"sessionid": cookie} if cookie else {})

    def cookie(self, place: int) -> str:
        return self.cookies.get(str(self.people[place]["member_id"]), "")

    def token(self, **wish: Any) -> str:
        return str(self.stagehand("token", **{"session": self.session, **wish}))

    def scan_all(self, places: Iterable[int], times: int = 1) -> list[Answer]:
        """Everybody scans what the screen shows and presses 签到, some at the same moment."""
        answers: list[Answer] = []
        with ThreadPoolExecutor(4) as hands:
            for some in _in_bunches(list(places), 24):
                token = self.token()
                tries = [place for place in some for _ in range(times)]
                answers += hands.map(lambda place, code=token: self._scan(place, code), tries)
        return answers

    def _scan(self, place: int, token: str) -> Answer:
        phone = self.phone(place)
        seen = phone.ask("GET", f"/q/{token}")
        assert seen.status == 200, (place, seen.words())
        if "您已经签过了" in seen.text:
            phone.hang_up()
            return seen
        done = phone.ask("POST", "/sign-in/", {"csrfmiddlewaretoken": seen.csrf})
        phone.hang_up()
        return done

    def code_for(self, number: str, after: int) -> str:
        """The six digits that were sent to ``number`` after the first so many messages."""
        return wait_for(lambda: self._code_for(number, after))

    def _code_for(self, number: str, after: int) -> str:
        for message in self.server.messages()[after:]:
            if message["phone"] == number and (found := re.search(r"\d{6}", message["text"])):
                return found[0]
        return ""


def _in_bunches(items: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def wait_for(look: Callable[[], Found], seconds: float = 90) -> Found:
    """What ``look`` finds as soon as it finds something; a deadline instead of a fixed wait."""
    ends = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        assert time.monotonic() < ends, "nothing came in time"
        time.sleep(0.1)  # between two looks, until the deadline
