"""One statement for each kind of file. Rows are chosen by the scope gate's own query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from community.identity import IdKind
from community.models import Designation, Member, Region
from community.scope import Viewer, prefix_q
from training.exports.dialect import Dialect, dialect_of, literal
from training.models import (
    Attendance,
    Cohort,
    CompletionRecord,
    Enrolment,
    Export,
    Programme,
    Session,
)

_MARK = "CASE WHEN a.state = 'pending' THEN {waiting} WHEN a.is_late THEN {late} ELSE {there} END"


@dataclass(frozen=True)
class ExportQuery:
    """A header and the statement whose rows go below it, all of them text."""

    header: tuple[str, ...]
    sql: str
    params: tuple[Any, ...]
    count_sql: str
    count_params: tuple[Any, ...]
    # Positions of sealed columns, which only an unmasked export opens: {position: purpose}.
    sealed: dict[int, str]


def enrolments_to_export(
    *, viewer: Viewer, programme: Programme, region: Region, cohort: Cohort | None
) -> QuerySet[Enrolment]:
    """Enrolments of ``programme`` whose frozen county lies in ``region``, as far as ``viewer`` may see."""
    rows = Enrolment.objects.visible_to(viewer).filter(
        prefix_q([region.prefix], "county_id"),
        cohort__programme=programme,
        state=Enrolment.State.ACTIVE,
    )
    return rows.filter(cohort=cohort) if cohort is not None else rows


def build_query(
    *,
    kind: str,
    viewer: Viewer,
    programme: Programme,
    region: Region,
    cohort: Cohort | None = None,
    unmasked: bool = False,
    now: datetime,
    using: str,
) -> ExportQuery:
    """The statement for a file of ``kind``; ``now`` decides which half-days are over."""
    dialect = dialect_of(connections[using])
    chosen = enrolments_to_export(viewer=viewer, programme=programme, region=region, cohort=cohort)
    ids_sql, ids_params = chosen.order_by().values("pk").using(using).query.sql_with_params()
    build = {
        Export.Kind.COMPLETIONS: _completions,
        Export.Kind.ATTENDANCE: _attendance,
        Export.Kind.COUNTY: _county,
    }[Export.Kind(kind)]
    return build(dialect, programme, cohort, ids_sql, tuple(ids_params), unmasked, now, using)


def _labels(choices: type) -> dict[str, str]:
    return {str(value): str(label) for value, label in choices.choices}  # type: ignore[attr-defined]


def _modules(programme: Programme, cohort: Cohort | None, using: str) -> list[tuple[str, str]]:
    """(content key, label) of every half-day that the programme's classes hold, in order."""
    rows = Session.objects.using(using).filter(cohort__programme=programme)
    if cohort is not None:
        rows = rows.filter(cohort=cohort)
    found: dict[str, tuple[int, str]] = {}
    for key, position, label, title in (
        rows.order_by("position", "content_key", "label", "title")
        .values_list("content_key", "position", "label", "title")
        .distinct()
    ):
        found.setdefault(key, (position, f"{label} {title}"))
    return [(key, words) for key, (_n, words) in sorted(found.items(), key=lambda item: item[1])]


def _completions(
    d: Dialect,
    programme: Programme,
    cohort: Cohort | None,
    ids: str,
    ids_params: tuple[Any, ...],
    unmasked: bool,
    now: datetime,
    using: str,
) -> ExportQuery:
    """完成记录: one row a person; the register's columns first, in its order (domain.md §h, ruling 25)."""
    modules = _modules(programme, cohort, using)
    credit = (
        d.whole(f"r.hours / {programme.hours_per_credit}") if programme.hours_per_credit else "''"
    )
    columns: list[tuple[str, str]] = [
        (_("培训年度"), d.text("p.year")),
        (_("培训类别"), d.text("p.level")),
        (_("培训项目名称"), "p.title"),
        (_("培训机构名称"), "p.organiser"),
        (_("培训方式"), d.text("p.mode")),
        (_("培训获得学时"), f"coalesce({d.whole('r.hours')}, '0')"),
        (_("培训获得学分"), f"coalesce({credit}, '')"),
        (_("开始日期"), d.day("c.starts_on")),
        (_("结束日期"), d.day("c.ends_on")),
        (_("姓名"), "e.name"),
        (_("证件类型"), d.case("m.id_kind", _labels(IdKind))),
        (_("证件号"), "m.id_sealed" if unmasked else "m.id_masked"),
        (_("实际学时"), f"coalesce({d.decimal('r.hours')}, '0.0')"),
        (_("手机号"), "m.phone_sealed" if unmasked else "m.phone_masked"),
        (_("单位"), "e.institution_name"),
        (_("职务"), "e.post"),
        (_("人员类别"), d.case("e.trainee_type", _labels(Member.TraineeType))),
        (_("市（州）"), "coalesce(city.name, '')"),
        (_("县（市、区）"), "g.name"),
        (_("班次"), "c.name"),
        (_("班次状态"), d.case("c.state", _labels(Cohort.State))),
        (_("结论"), d.case("r.outcome", _labels(CompletionRecord.Outcome), literal(_("未结班")))),
        (_("证书编号"), "coalesce(cert.number, '')"),
    ]
    # Marks are pivoted first, over one column, and joined afterwards: grouping wide rows costs more.
    marks, over, params = [], [], []
    for number, (key, label) in enumerate(modules):
        columns.append((label, f"coalesce(x.k{number}, o.k{number}, '')"))
        marks.append(f"max(CASE WHEN s.content_key = %s THEN {_MARK} END) AS k{number}")
        over.append(f"max(CASE WHEN s.content_key = %s THEN %s END) AS k{number}")
        params.append(key)
    words = {"waiting": _("待核实"), "late": _("迟到"), "there": _("到")}
    mark_words = {name: literal(word) for name, word in words.items()}
    absent = [value for key in params for value in (key, _("缺勤"))]
    pivot = "".join(", " + mark.format(**mark_words) for mark in marks)
    missed = "".join(", " + column for column in over)
    select = ",\n  ".join(sql for _label, sql in columns)
    sql = f"""
WITH chosen AS (SELECT * FROM training_enrolment WHERE id IN ({ids})),
x AS (
  SELECT a.enrolment_id{pivot}
  FROM training_attendance a JOIN training_session s ON s.id = a.session_id
  WHERE a.kind = 'in' AND a.state <> 'void' AND a.enrolment_id IN (SELECT id FROM chosen)
  GROUP BY a.enrolment_id
),
o AS (
  SELECT s.cohort_id{missed} FROM training_session s WHERE s.closes_at < %s GROUP BY s.cohort_id
),
r AS (
  SELECT rec.* FROM training_completionrecord rec
  JOIN training_closing k ON k.id = rec.closing_id AND k.reopened_at IS NULL
  WHERE rec.enrolment_id IN (SELECT id FROM chosen) AND NOT EXISTS (
    SELECT 1 FROM training_completionrecord later WHERE later.supersedes_id = rec.id)
)
SELECT {select}
FROM chosen e
JOIN training_cohort c ON c.id = e.cohort_id
JOIN training_programme p ON p.id = c.programme_id
JOIN community_member m ON m.id = e.member_id
JOIN community_region g ON g.code = e.county_id
LEFT JOIN community_region city ON city.code = g.parent_id
LEFT JOIN r ON r.enrolment_id = e.id
LEFT JOIN training_certificate cert ON cert.enrolment_id = e.id AND cert.state = 'valid'
LEFT JOIN x ON x.enrolment_id = e.id
LEFT JOIN o ON o.cohort_id = e.cohort_id
ORDER BY c.id, e.county_id, e.name_key, e.id
"""
    header = tuple(label for label, _sql in columns)
    sealed = {header.index(_("证件号")): "identity", header.index(_("手机号")): "phone"}
    return ExportQuery(
        header,
        sql,
        (*ids_params, *params, *absent, now),
        f"SELECT count(*), {d.snapshot} FROM training_enrolment WHERE id IN ({ids})",
        ids_params,
        sealed if unmasked else {},
    )


def _attendance(
    d: Dialect,
    programme: Programme,
    cohort: Cohort | None,
    ids: str,
    ids_params: tuple[Any, ...],
    unmasked: bool,
    now: datetime,
    using: str,
) -> ExportQuery:
    """签到明细: one row a mark, withdrawn ones too, with how the person was proved."""
    columns = [
        (_("班次"), "c.name"),
        (_("场次"), "s.label"),
        (_("模块"), "s.title"),
        (_("姓名"), "e.name"),
        (_("单位"), "e.institution_name"),
        (_("县（市、区）"), "g.name"),
        (_("签到或签退"), d.case("a.kind", _labels(Attendance.Kind))),
        (_("时间"), d.clock("a.at")),
        (_("收到时间"), d.clock("a.received_at")),
        (_("方式"), d.case("a.proof", _labels(Attendance.Proof))),
        (_("结果"), d.case("a.state", _labels(Attendance.State))),
        (_("迟到"), f"CASE WHEN a.is_late THEN {literal(_('迟到'))} ELSE '' END"),
        (_("回执"), "a.receipt"),
    ]
    select = ",\n  ".join(sql for _label, sql in columns)
    source = f"""
FROM training_attendance a
JOIN training_enrolment e ON e.id = a.enrolment_id
JOIN training_session s ON s.id = a.session_id
JOIN training_cohort c ON c.id = s.cohort_id
JOIN community_region g ON g.code = e.county_id
WHERE e.id IN ({ids})
"""
    return ExportQuery(
        tuple(label for label, _sql in columns),
        f"SELECT {select} {source} ORDER BY a.id",
        ids_params,
        f"SELECT count(*), {d.snapshot} FROM training_attendance WHERE enrolment_id IN ({ids})",
        ids_params,
        {},
    )


def _county(
    d: Dialect,
    programme: Programme,
    cohort: Cohort | None,
    ids: str,
    ids_params: tuple[Any, ...],
    unmasked: bool,
    now: datetime,
    using: str,
) -> ExportQuery:
    """县级汇总: one row a county, counted from the rows themselves at this instant."""
    areas: Sequence[tuple[str, str]] = ()
    if programme.designation_list:
        areas = list(
            Designation.objects.using(using)
            .filter(list_key=programme.designation_list)
            .order_by("region_id")
            .values_list("region_id", "area")
        )
    area = d.case("y.county_id", dict(areas)) if areas else "''"
    columns = [
        (_("市（州）"), "coalesce(city.name, '')"),
        (_("县（市、区）"), "g.name"),
        (_("代码"), "g.code"),
        (_("片区（2016—2020年）"), area),
        (_("应训人数"), d.text("y.people")),
        (_("应到人次"), d.text("y.expected")),
        (_("实到人次"), d.text("y.present")),
        (_("到场率"), d.share("y.present", "y.expected")),
        (_("迟到人次"), d.text("y.late")),
        (_("结业人数"), d.text("y.passed")),
        (_("待完成人数"), d.text("y.waiting")),
        (_("未结业人数"), d.text("y.failed")),
        (_("完成率"), d.share("y.passed", "y.people")),
        (_("计入学时"), d.decimal("y.hours")),
    ]
    select = ",\n  ".join(sql for _label, sql in columns)
    sql = f"""
WITH chosen AS (SELECT e.id, e.cohort_id, e.county_id FROM training_enrolment e WHERE e.id IN ({ids})),
held AS (SELECT s.cohort_id, count(*) AS sessions FROM training_session s
         WHERE s.closes_at < %s GROUP BY s.cohort_id),
marks AS (
  SELECT a.enrolment_id, count(*) AS present, sum(CASE WHEN a.is_late THEN 1 ELSE 0 END) AS late
  FROM training_attendance a JOIN training_session s ON s.id = a.session_id AND s.closes_at < %s
  WHERE a.kind = 'in' AND a.state = 'counted' AND a.enrolment_id IN (SELECT id FROM chosen)
  GROUP BY a.enrolment_id
),
y AS (
  SELECT chosen.county_id, count(*) AS people, sum(coalesce(held.sessions, 0)) AS expected,
    sum(coalesce(marks.present, 0)) AS present, sum(coalesce(marks.late, 0)) AS late,
    sum(CASE WHEN r.outcome = 'passed' THEN 1 ELSE 0 END) AS passed,
    sum(CASE WHEN r.outcome = 'waiting' THEN 1 ELSE 0 END) AS waiting,
    sum(CASE WHEN r.outcome = 'failed' THEN 1 ELSE 0 END) AS failed,
    sum(coalesce(r.hours, 0)) AS hours
  FROM chosen
  LEFT JOIN held ON held.cohort_id = chosen.cohort_id
  LEFT JOIN marks ON marks.enrolment_id = chosen.id
  LEFT JOIN (
    SELECT rec.enrolment_id, rec.outcome, rec.hours FROM training_completionrecord rec
    JOIN training_closing k ON k.id = rec.closing_id AND k.reopened_at IS NULL
    WHERE NOT EXISTS (SELECT 1 FROM training_completionrecord later WHERE later.supersedes_id = rec.id)
  ) r ON r.enrolment_id = chosen.id
  GROUP BY chosen.county_id
)
SELECT {select} FROM y
JOIN community_region g ON g.code = y.county_id
LEFT JOIN community_region city ON city.code = g.parent_id
ORDER BY g.code
"""
    return ExportQuery(
        tuple(label for label, _sql in columns),
        sql,
        (*ids_params, now, now),
        f"SELECT count(DISTINCT county_id), {d.snapshot} FROM training_enrolment WHERE id IN ({ids})",
        ids_params,
        {},
    )
