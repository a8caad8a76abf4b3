"""The floors of the exports: the same columns of the same rows, asked for in the plainest way."""

from __future__ import annotations

from community.identity import IdKind
from community.models import Member
from training.models import Attendance, Cohort, CompletionRecord, Programme, Session


def _words(column: str, choices: type, otherwise: str = "''") -> str:
    parts = " ".join(f"WHEN '{value}' THEN '{label}'" for value, label in choices.choices)  # type: ignore[attr-defined]
    return f"CASE {column} {parts} ELSE {otherwise} END"


def completions_pivot(programme: Programme) -> str:
    """完成记录: one row a person, one column a half-day."""
    keys = list(
        Session.objects.filter(cohort__programme=programme)
        .order_by("position")
        .values_list("content_key", flat=True)
        .distinct()
    )
    marks = ", ".join(
        "coalesce(max(CASE WHEN a.state = 'pending' THEN '待核实' WHEN a.is_late THEN '迟到' ELSE '到' END)"
        f" FILTER (WHERE s.content_key = '{key}'), '缺勤') AS k{at}"
        for at, key in enumerate(dict.fromkeys(keys))
    )
    columns = ", ".join(f"coalesce(x.k{at}, '缺勤')" for at in range(len(dict.fromkeys(keys))))
    return f"""
SELECT p.year::text, p.level::text, p.title, p.organiser, p.mode::text, trunc(r.hours)::int::text, '',
  to_char(c.starts_on, 'YYYY-MM-DD'), to_char(c.ends_on, 'YYYY-MM-DD'), e.name,
  {_words("m.id_kind", IdKind)}, m.id_masked, to_char(r.hours, 'FM999990.0'), m.phone_masked,
  e.institution_name, e.post, {_words("e.trainee_type", Member.TraineeType)}, city.name, g.name, c.name,
  {_words("c.state", Cohort.State)}, {_words("r.outcome", CompletionRecord.Outcome)}, coalesce(t.number, ''),
  {columns}
FROM training_enrolment e
JOIN training_cohort c ON c.id = e.cohort_id AND c.programme_id = {programme.pk}
JOIN training_programme p ON p.id = c.programme_id
JOIN community_member m ON m.id = e.member_id
JOIN community_region g ON g.code = e.county_id
JOIN community_region city ON city.code = g.parent_id
JOIN training_completionrecord r ON r.enrolment_id = e.id
LEFT JOIN training_certificate t ON t.enrolment_id = e.id
LEFT JOIN (
  SELECT a.enrolment_id, {marks} FROM training_attendance a JOIN training_session s ON s.id = a.session_id
  WHERE a.kind = 'in' AND a.state <> 'void'
    AND s.cohort_id IN (SELECT id FROM training_cohort WHERE programme_id = {programme.pk})
  GROUP BY a.enrolment_id
) x ON x.enrolment_id = e.id
ORDER BY c.id, e.county_id, e.name_key, e.id
"""


def attendance_join(programme: Programme) -> str:
    """签到明细: one row a mark."""

    def clock(column: str) -> str:
        return f"to_char({column} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS')"

    return f"""
SELECT c.name, s.label, s.title, e.name, e.institution_name, g.name, {_words("a.kind", Attendance.Kind)},
  {clock("a.at")}, {clock("a.received_at")}, {_words("a.proof", Attendance.Proof)},
  {_words("a.state", Attendance.State)}, CASE WHEN a.is_late THEN '迟到' ELSE '' END, a.receipt
FROM training_attendance a
JOIN training_enrolment e ON e.id = a.enrolment_id
JOIN training_session s ON s.id = a.session_id
JOIN training_cohort c ON c.id = s.cohort_id AND c.programme_id = {programme.pk}
JOIN community_region g ON g.code = e.county_id
"""
