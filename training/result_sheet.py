"""A spreadsheet of results, row by row: who is meant, what was decided, what is wrong. Asks no database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from django.utils.translation import gettext as _

from community.identity import IdKind, normalise_id
from community.names import normalise_name
from community.phones import last4, normalise_phone
from community.spreadsheets.limits import Column
from community.spreadsheets.reading import Row, Table, shown
from community.vault import blind_index
from training.models import Enrolment, RequirementResult

COLUMNS: Final = (
    Column("姓名", required=False, aliases=("名字", "学员姓名"), width=12),
    Column("手机号后四位", required=False, aliases=("后四位", "手机号", "手机"), width=14),
    Column("证件号", required=False, aliases=("证件号码", "身份证号", "身份证号码"), width=22),
    Column("结果", required=False, aliases=("审核结果", "考核结果"), width=12),
    Column("分数", required=False, aliases=("成绩", "得分"), width=8),
    Column("说明", required=False, aliases=("备注",), width=30),
)
NAME, PHONE, PAPER, STATE, SCORE, NOTE = range(len(COLUMNS))
_FULL_PHONE: Final = 11
_STATES: Final = {
    "通过": RequirementResult.State.ACCEPTED,
    "合格": RequirementResult.State.ACCEPTED,
    "已通过": RequirementResult.State.ACCEPTED,
    "退回": RequirementResult.State.RETURNED,
    "退回修改": RequirementResult.State.RETURNED,
    "不合格": RequirementResult.State.FAILED,
    "不通过": RequirementResult.State.FAILED,
    "未通过": RequirementResult.State.FAILED,
}


@dataclass(frozen=True)
class RowFault:
    """What is wrong in one row: where, what stands there, and how to put it right."""

    row: int
    column: str
    value: str
    reason: str


class Faulty(Exception):
    """One cell cannot be read."""

    def __init__(self, column: int, reason: str) -> None:
        super().__init__(reason)
        self.column = column


@dataclass(frozen=True)
class Wanted:
    """One row that could be read: for whom, and what."""

    enrolment: Enrolment
    state: str
    score: Decimal | None
    note: str


@dataclass
class People:
    """The class's people that the reader may enter results for, by identity and by name and phone."""

    by_paper: dict[str, Enrolment] = field(default_factory=dict)
    by_name: dict[tuple[str, str], list[Enrolment]] = field(
        default_factory=lambda: defaultdict(list)
    )

    @classmethod
    def of(cls, enrolments: Iterable[Enrolment]) -> People:
        """From enrolments with their members at hand."""
        people = cls()
        for enrolment in enrolments:
            member = enrolment.member
            if member is None:
                continue
            people.by_name[enrolment.name, member.phone_last4].append(enrolment)
            if member.id_index:
                people.by_paper[member.id_index] = enrolment
        return people

    def find(self, cells: list[str]) -> Enrolment:
        """Who a row means: by the paper's number, else by name and the phone's last four digits."""
        name = normalise_name(cells[NAME])
        if cells[PAPER]:
            return self._by_paper(cells[PAPER], name)
        if not name:
            raise Faulty(NAME, _("没有填姓名，也没有填证件号，请补上一项。"))
        phone = normalise_phone(cells[PHONE])
        phone = last4(phone) if len(phone) == _FULL_PHONE else phone
        if len(phone) != 4 or not phone.isdigit():
            raise Faulty(PHONE, _("要填手机号的后四位，或者改填证件号。"))
        found = self.by_name.get((name, phone), [])
        if not found:
            raise Faulty(NAME, _("名单里没有这个姓名和后四位，或者不在您的管辖范围，请核对。"))
        if len(found) > 1:
            raise Faulty(NAME, _("名单里有两个人姓名和后四位都相同，请改填证件号。"))
        return found[0]

    def _by_paper(self, text: str, name: str) -> Enrolment:
        for kind in IdKind:
            index = blind_index(f"{kind.value}:{normalise_id(kind, text)}", purpose="identity")
            if (enrolment := self.by_paper.get(index)) is not None:
                if name and name != enrolment.name:
                    raise Faulty(NAME, _("姓名与这个证件号在名单里的姓名不同，请核对。"))
                return enrolment
        raise Faulty(PAPER, _("名单里没有这个证件号，或者不在您的管辖范围，请核对。"))


def read_rows(table: Table, people: People) -> Iterator[tuple[int, Wanted | RowFault]]:
    """Each row's number with what it wants, or with its first fault; a person named twice is a fault."""
    seen: dict[int, int] = {}
    for row in table:
        cells = [shown(cell).strip() for cell in row.cells]
        try:
            wanted = _read_row(cells, people)
            first = seen.setdefault(wanted.enrolment.pk, row.number)
            if first != row.number:
                raise Faulty(NAME, _("与第%(row)d行是同一个人，请只留一行。") % {"row": first})
        except Faulty as fault:
            yield row.number, _fault(row, cells, fault)
        else:
            yield row.number, wanted


def _fault(row: Row, cells: list[str], fault: Faulty) -> RowFault:
    value = cells[fault.column]
    if fault.column == PAPER and value:
        value = f"{value[:3]}…{value[-2:]}"
    return RowFault(row.number, COLUMNS[fault.column].name, value, str(fault))


def _read_row(cells: list[str], people: People) -> Wanted:
    enrolment = people.find(cells)
    return Wanted(enrolment, _state(cells[STATE]), _score(cells[SCORE]), cells[NOTE][:200])


def _state(text: str) -> str:
    """An empty cell is left to what the requirement asks for."""
    if not text:
        return ""
    state = _STATES.get(text)
    if state is None:
        raise Faulty(STATE, _("只能填“通过”“退回修改”或“不合格”，请改正。"))
    return str(state)


def _score(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        score = Decimal(text.removesuffix("分"))
    except InvalidOperation:
        raise Faulty(SCORE, _("分数要填数字，例如85，请改正。")) from None
    if not (score.is_finite() and 0 <= score <= 100):
        raise Faulty(SCORE, _("分数应在0到100之间，请改正。"))
    return score
