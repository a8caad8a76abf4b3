"""The tables of a class's archive: headers and rows of text, read from frozen snapshots."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from community.wording import clock, clock_seconds, full_date
from community.wording import hours as hours_words
from training.curriculum import Curriculum
from training.facts import Presence
from training.models import Attendance, CompletionRecord, Module, Requirement
from training.unmet import share_words

Row = tuple[str, ...]
Snapshot = dict[str, Any]


class SheetWords:
    """The words that stand in every row, translated once a file and not once a person."""

    def __init__(self) -> None:
        self.presence = {
            Presence.PRESENT.value: _("到"),
            Presence.LATE.value: _("迟到"),
            Presence.PART.value: _("部分学时"),
            Presence.NO_SIGN_OUT.value: _("缺签退"),
            Presence.PENDING.value: _("待核实"),
            Presence.ABSENT.value: _("缺勤"),
            Presence.AHEAD.value: _("未开始"),
        }
        self.proofs = {str(value): str(label) for value, label in Attendance.Proof.choices}
        self.outcomes = {str(o): str(o.label) for o in CompletionRecord.Outcome}


def plan_header() -> Row:
    return (_("序号"), _("模块"), _("形式"), _("学时"), _("内容"))


def plan_rows(curriculum: Curriculum) -> list[Row]:
    """培训方案: the modules that the class froze, and their sum."""
    kinds = {str(value): str(label) for value, label in Module.Kind.choices}
    rows = [
        (
            str(number),
            module.title,
            kinds.get(module.kind, module.kind),
            hours_words(module.hours),
            module.summary,
        )
        for number, module in enumerate(curriculum.modules, start=1)
    ]
    return [*rows, ("", _("合计"), "", hours_words(curriculum.hours), "")]


def rule_header() -> Row:
    return (_("项目"), _("内容"))


def rule_rows(curriculum: Curriculum) -> list[Row]:
    """The rule and the requirements, in words."""
    rule = curriculum.rule
    rows: list[Row] = [
        (_("培训项目"), curriculum.title),
        (_("规则版本"), rule.version),
        (_("现场学时"), hours_words(curriculum.session_hours)),
        (
            _("缺勤"),
            _("缺勤达到现场学时的%(limit)s不能结业") % {"limit": share_words(rule.absence_limit)},
        ),
        (
            _("未结业"),
            _("按已到场学时的%(ratio)s%%计入") % {"ratio": hours_words(rule.fail_ratio * 100)},
        ),
    ]
    for work in curriculum.requirements:
        figures = {"days": work.due_days, "score": work.pass_score}
        if work.kind == Requirement.Kind.SCORE:
            words = _("不低于%(score)d分，结束后%(days)d天内") % figures
        else:
            words = _("通过审核，结束后%(days)d天内") % figures
        rows.append((work.title, words))
    return rows


def timetable_header() -> Row:
    return (
        _("场次"),
        _("日期"),
        _("开始"),
        _("结束"),
        _("内容"),
        _("主讲或说明"),
        _("形式"),
        _("学时"),
        _("地点"),
    )


def timetable_rows(timetable: list[Snapshot]) -> list[Row]:
    """Each half-day, and below it the lines of its agenda."""
    rows: list[Row] = []
    for session in timetable:
        day, start, end = _span(session)
        title, kind, hours = session["title"], session["kind"], hours_words(_figure(session))
        rows.append((session["label"], day, start, end, title, "", kind, hours, session["place"]))
        for item in session["agenda"]:
            day, start, end = _span(item)
            rows.append(("", day, start, end, item["title"], item["note"], "", "", ""))
    return rows


def sign_in_header(session: Snapshot) -> Row:
    """The session's name stands in the last column's head, so that a printed sheet says what it is."""
    day, start, end = _span(session)
    return (
        _("序号"),
        _("姓名"),
        _("单位"),
        _("县"),
        _("研讨组"),
        _("座位"),
        _("签到时间"),
        _("签退时间"),
        _("证实方式"),
        _("结果"),
        _("学时"),
        f"{session['label']} {session['title']} {day} {start}—{end}",
    )


def sign_in_row(number: int, person: Snapshot, session: Snapshot, words: SheetWords) -> Row:
    came, left = session["came"], session["left"]
    return (
        str(number),
        person["name"],
        person["institution"],
        person["county"],
        person["group"],
        person["seat"],
        _mark_words(came),
        _mark_words(left),
        words.proofs.get(came["proof"], "") if _counts(came) else "",
        words.presence[session["presence"]],
        hours_words(_figure(session, "attended")),
        "",
    )


def _counts(mark: Snapshot | None) -> bool:
    return mark is not None and mark["state"] == Attendance.State.COUNTED


def _mark_words(mark: Snapshot | None) -> str:
    return clock_seconds(datetime.fromisoformat(mark["at"])) if mark and _counts(mark) else ""


def result_header() -> Row:
    return (
        _("序号"),
        _("姓名"),
        _("证件号（脱敏）"),
        _("市州"),
        _("县"),
        _("单位"),
        _("职务"),
        _("缺勤学时"),
        _("现场学时"),
        _("结果"),
        _("获得学时"),
        _("未达条件"),
        _("记录校验值"),
    )


def result_row(number: int, record: CompletionRecord, words: SheetWords) -> Row:
    person, absence = record.snapshot["person"], record.snapshot["absence"]
    return (
        str(number),
        person["name"],
        person["id_masked"],
        person["city"],
        person["county"],
        person["institution"],
        person["post"],
        absence["absent"],
        absence["required"],
        words.outcomes[record.outcome],
        hours_words(record.hours),
        "；".join(record.unmet),
        record.snapshot_hash,
    )


def county_header() -> Row:
    return (
        _("行政区划代码"),
        _("县（市、区）"),
        _("人数"),
        _("结业"),
        _("待完成"),
        _("未结业"),
    )


def county_rows(figures: Snapshot) -> list[Row]:
    """县级汇总, and the sum in the last row."""
    columns = ("all", *map(str, CompletionRecord.Outcome))
    rows = [
        (line["code"], line["name"], *(str(line[column]) for column in columns))
        for line in figures["counties"]
    ]
    people = figures["people"]
    return [*rows, ("", _("合计"), *(str(people[column]) for column in columns))]


def _span(line: Snapshot) -> Row:
    starts, ends = (datetime.fromisoformat(line[name]) for name in ("starts_at", "ends_at"))
    return full_date(starts), clock(starts), clock(ends)


def _figure(line: Snapshot, name: str = "hours") -> Decimal:
    return Decimal(line[name])
