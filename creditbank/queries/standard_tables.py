"""A school's records by the fields of JY/T 1005, and its learners' outcomes for the credit bank.

Reads only; the names of the columns are the standard's. Units (XF) are hundredths of a credit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import ForbiddenError, Message, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.store.access_log import record_access
from creditbank.store.exports import note_export
from creditbank.store.unit_of_work import UnitOfWork

_REASON_MAX = 200
_ROWS_MAX = 100_000
_CHOSEN = """
WHERE e.institution_id = :school AND (:entry_year = 0 OR e.entry_year = :entry_year)
"""
_OF_TERM = """
split_part(r.term_code, '-', 1) || '-' || split_part(r.term_code, '-', 2) AS "XN",
  split_part(r.term_code, '-', 3) AS "XQM"
"""
_TABLES: Mapping[str, str] = {
    "ZZXS0101": """
SELECT e.student_no AS "XH", l.name AS "XM", l.sort_key AS "XMPY",
  CASE WHEN l.citizen_id IS NOT NULL THEN '1' END AS "SFZJLXM", l.citizen_id AS "SFZJH",
  l.sex AS "XBM", l.born_on AS "CSRQ", d.details ->> '民族' AS "MZM",
  d.details ->> '政治面貌' AS "ZZMMM",
  CASE WHEN l.citizen_id IS NOT NULL THEN 'CHN' END AS "GJDQM",
  l.national_student_no AS "XJH", to_char(e.entered_on, 'YYYYMM') AS "RXNY",
  e.major_code AS "ZYDM", e.class_name AS "BJMC", e.status AS "XSDQZTM"
FROM enrolments e JOIN learners l USING (learner_id)
  LEFT JOIN LATERAL (SELECT details FROM enrolment_details x
    WHERE x.enrolment_id = e.enrolment_id ORDER BY x.enrolment_detail_id DESC LIMIT 1) d ON true
<chosen> ORDER BY e.entry_year, e.class_name, e.student_no""",
    "ZZXS06": """
SELECT e.student_no AS "XH", r.course_code AS "KCH", r.detail ->> 'title' AS "KCMC",
  r.units AS "XF", <of term>, r.term_code AS "XQMC",
  CASE WHEN r.mark ~ '^[0-9.]+$' THEN r.mark::numeric END AS "CJ",
  CASE WHEN r.mark !~ '^[0-9.]+$' THEN r.mark END AS "DJCJ", r.exam_kind AS "KSXZ",
  (r.recorded_at AT TIME ZONE 'Asia/Shanghai')::date AS "CJLRRQ"
FROM enrolments e JOIN ledger_entries r USING (institution_id, learner_id)
<chosen> AND r.kind = 'course' AND NOT EXISTS (SELECT FROM ledger_entries t
    WHERE t.institution_id = r.institution_id AND t.learner_id = r.learner_id
      AND t.kind = 'reversal' AND t.source_seq = r.ledger_seq)
ORDER BY e.student_no, r.term_code, r.course_code, r.ledger_seq""",
    "ZZXS0702": """
SELECT e.student_no AS "XH", c.kind AS "YDLBM", c.takes_effect_on AS "YDRQ", c.reason AS "YDYYM",
  (x.executed_at AT TIME ZONE 'Asia/Shanghai')::date AS "SPRQ",
  (SELECT max(o.document_no) FROM status_change_opinions o
    WHERE o.status_change_id = c.status_change_id) AS "SPWH", i.code AS "YDLYXXM",
  t.code AS "YDQXXXM", p.major_code AS "YZYM", q.major_code AS "XZYM",
  nullif(c.class_name, '') AS "XBH"
FROM enrolments e JOIN status_changes c ON c.enrolment_id = e.enrolment_id
  JOIN status_change_executions x USING (status_change_id)
  JOIN institutions i ON i.institution_id = c.institution_id
  LEFT JOIN institutions t ON t.institution_id = c.to_institution_id
  LEFT JOIN program_plans p ON p.plan_id = x.plan_before
  LEFT JOIN program_plans q ON q.plan_id = x.plan_after
<chosen> ORDER BY c.status_change_id""",
    "ZZXS0703": """
SELECT e.student_no AS "XH", <of term>, r.state AS "ZCZKM",
  r.day AS "ZCRQ", nullif(r.reason, '') AS "WZCYY",
  CASE WHEN r.on_leave THEN '1' ELSE '0' END AS "SFQJ"
FROM enrolments e JOIN standing_term_registrations r USING (enrolment_id)
<chosen> ORDER BY r.term_code, e.student_no""",
    "ZZXS1101": """
SELECT e.student_no AS "XH", d.decided_on AS "SHRQ", d.document_no AS "SPWH",
  to_char(c.takes_effect_on, 'YYYYMM') AS "JSXYNY", x.status_after AS "JSXYM"
FROM enrolments e JOIN status_changes c ON c.enrolment_id = e.enrolment_id
  JOIN status_change_executions x USING (status_change_id)
  LEFT JOIN decisions d ON d.decision_id = x.decision_id
<chosen> AND x.status_after IN ('07', '08', '09') ORDER BY c.status_change_id""",
    "ZZJX0101": """
SELECT p.major_code AS "ZYDM", max(coalesce(m.name, p.name)) AS "ZYMC", max(p.years) AS "XZ",
  max(p.units_min) / 100.0 AS "ZXF"
FROM program_plans p
  LEFT JOIN majors m ON m.code = p.major_code AND m.catalogue_year = p.catalogue_year
WHERE p.institution_id = :school AND :entry_year >= 0 GROUP BY p.major_code ORDER BY 1""",
    "ZZJX0102": """
SELECT code AS "KCH", name AS "KCMC", units AS "XF", theory_hours + practice_hours AS "ZXS",
  theory_hours AS "LLXS", practice_hours AS "SJXS", nature AS "KCSXM"
FROM courses WHERE institution_id = :school AND :entry_year >= 0 ORDER BY code""",
    "ZZJX0301": """
SELECT p.code || '-' || p.version AS "JHBH", p.name AS "JHMC", c.entry_year::text AS "JHNJ",
  p.major_code AS "ZYDM", p.units_min / 100.0 AS "ZXFYQ"
FROM cohort_plans c JOIN program_plans p USING (plan_id)
WHERE c.institution_id = :school AND (:entry_year = 0 OR c.entry_year = :entry_year)
ORDER BY c.entry_year, 1""",
    "ZZJX0302": """
SELECT DISTINCT p.code || '-' || p.version AS "JHBH", b ->> 'code' AS "KCFLM",
  b ->> 'name' AS "KCFLMC", (b ->> 'credits_min')::numeric AS "XFYQ"
FROM cohort_plans c JOIN program_plans p USING (plan_id),
  jsonb_array_elements(p.document -> 'blocks') b
WHERE c.institution_id = :school AND (:entry_year = 0 OR c.entry_year = :entry_year)
ORDER BY 1, 2""",
    "ZZJX0303": """
SELECT DISTINCT p.code || '-' || p.version AS "JHBH", k ->> 'course_code' AS "KCH",
  k ->> 'name' AS "KCMC", ((k ->> 'credits')::numeric * 100)::int AS "XF",
  b ->> 'nature' AS "KCSXM",
  CASE WHEN (b ->> 'is_major_core')::boolean THEN '1' ELSE '0' END AS "SFHXKC",
  (k ->> 'semester_no')::int AS "ZXXQ", (k ->> 'theory_hours')::int AS "LLXS",
  (k ->> 'practice_hours')::int AS "SJXS"
FROM cohort_plans c JOIN program_plans p USING (plan_id),
  jsonb_array_elements(p.document -> 'courses') k
  JOIN LATERAL jsonb_array_elements(p.document -> 'blocks') b
    ON b ->> 'code' = k ->> 'block_code'
WHERE c.institution_id = :school AND (:entry_year = 0 OR c.entry_year = :entry_year)
ORDER BY 1, 2""",
    "XSJL": """
SELECT e.student_no AS "XH", r.detail ->> 'event' AS "JLMC", r.detail ->> 'level' AS "JB",
  r.detail ->> 'rank' AS "JLDJ", '9' AS "XSHJLB",
  CASE WHEN r.detail ->> 'team_role' = 'individual' THEN '3' ELSE '1' END AS "JLLX",
  r.detail ->> 'document_no' AS "WH", r.detail ->> 'issuer' AS "BJDW",
  to_char(r.earned_on, 'YYYYMM') AS "JLNY", r.evidence_no AS "ZSBH"
FROM enrolments e JOIN ledger_entries r USING (institution_id, learner_id)
<chosen> AND r.kind = 'competition' AND NOT EXISTS (SELECT FROM ledger_entries t
    WHERE t.institution_id = r.institution_id AND t.learner_id = r.learner_id
      AND t.kind = 'reversal' AND t.source_seq = r.ledger_seq)
ORDER BY e.student_no, r.ledger_seq""",
}
_WHOM = text(f"SELECT DISTINCT e.learner_id FROM enrolments e {_CHOSEN}")  # noqa: S608 (our own)
_OUTCOMES = text(f"""
SELECT l.account_no, l.name, r.kind, r.detail, r.earned_on, r.units, r.evidence_no, r.course_code,
  r.entry_hash, i.name AS institution_name
FROM enrolments e JOIN learners l USING (learner_id)
  JOIN ledger_entries r USING (institution_id, learner_id)
  JOIN institutions i USING (institution_id)
{_CHOSEN} AND r.units > 0 AND r.kind IN ('course', 'competition', 'innovation', 'recognition')
  AND NOT EXISTS (SELECT FROM ledger_entries t
    WHERE t.institution_id = r.institution_id AND t.learner_id = r.learner_id
      AND t.kind = 'reversal' AND t.source_seq = r.ledger_seq)
ORDER BY l.account_no, r.ledger_seq LIMIT :limit
""")  # noqa: S608 (put together from our own constants)


def standard_rows(
    uow: UnitOfWork, actor: Actor, entry_year: int, *, reason: str, now: datetime
) -> dict[str, list[dict[str, Any]]]:
    """Every table of the actor's school; entry_year: of one cohort, 0 for all.

    With whole identity numbers: why is kept. Raises ForbiddenError, InvalidInputError without a
    reason or for too many rows.
    """
    asked = _noted(uow, actor, entry_year, "jyt1005", reason, now=now)
    found = {}
    for code, query in _TABLES.items():
        whole = query.replace("<chosen>", _CHOSEN).replace("<of term>", _OF_TERM)
        limited = text(f"SELECT * FROM ({whole}) found LIMIT :limit")  # noqa: S608 (our own)
        rows = uow.connection.execute(limited, asked | {"limit": _ROWS_MAX + 1}).mappings()
        found[code] = list(map(dict, rows))
        if len(found[code]) > _ROWS_MAX:
            raise refused(_TOO_MANY)
    return found


def outcome_rows(
    uow: UnitOfWork, actor: Actor, entry_year: int, *, reason: str, now: datetime
) -> list[dict[str, Any]]:
    """What the learners of the actor's school have earned and what stands; as standard_rows."""
    asked = _noted(uow, actor, entry_year, "credit-bank-outcomes", reason, now=now)
    rows = uow.connection.execute(_OUTCOMES, asked | {"limit": _ROWS_MAX + 1}).mappings()
    found = list(map(dict, rows))
    if len(found) > _ROWS_MAX:
        raise refused(_TOO_MANY)
    return found


def _noted(
    uow: UnitOfWork, actor: Actor, entry_year: int, name: str, reason: str, *, now: datetime
) -> dict[str, Any]:
    grant = decide(actor, Action.EXPORT_NATIONAL_SHEET)
    if actor.institution_id is None:
        raise ForbiddenError
    if not 0 < len(reason.strip()) <= _REASON_MAX:
        raise refused(_REASON)
    asked = {"school": actor.institution_id, "entry_year": entry_year}
    learner_ids = list(uow.connection.execute(_WHOM, asked).scalars())
    record_access(uow.connection, actor, Action.EXPORT_NATIONAL_SHEET, grant.mask, learner_ids, now)
    note_export(
        uow.connection,
        institution_id=actor.institution_id,
        account_id=actor.account_id,
        name=name,
        filtered_by={"entry_year": entry_year},
        reason=reason.strip(),
        row_count=len(learner_ids),
        now=now,
    )
    return asked


_REASON = Problem(
    "reason_missing",
    Message(
        "请写明用途(1-200字):文件中有学生的个人信息。",
        "Say what it is for (1 to 200 characters): the file holds personal data.",
    ),
    "reason",
)
_TOO_MANY = Problem(
    "too_many",
    Message(
        f"有的表超过{_ROWS_MAX}行,请按年级导出。",
        f"A table has more than {_ROWS_MAX} rows; take it out by cohort.",
    ),
    "entry_year",
)
