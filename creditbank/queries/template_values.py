"""What the placeholders of a school's templates stand for: of the file, a learner, a course."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.errors import ForbiddenError, NotFoundError, refused
from creditbank.domain.labels import EXAM_KINDS, STATUSES, code_of
from creditbank.domain.ledger import EntryKind
from creditbank.domain.national_sheets import SEX_NAMES, years_text
from creditbank.domain.permissions import Action
from creditbank.queries.national_sheets import REASON_MISSING
from creditbank.queries.transcripts import read_transcript, standing_entries
from creditbank.store.access_log import record_access
from creditbank.store.exports import note_export
from creditbank.store.unit_of_work import UnitOfWork

Value = str | int | Decimal

OF_FILE = ("学校", "班级名称", "年级", "人数", "日期")
OF_LEARNER = (
    "序号", "姓名", "性别", "出生日期", "身份证号", "学籍号", "学号", "账号", "班级", "专业",
    "专业代码", "学制", "入学年月", "学籍状态", "已得学分", "平均学分绩点",
)  # fmt: skip
OF_COURSE = ("课程", "课程代码", "学期", "考试性质", "成绩", "学分", "学时", "取得日期")
_LEARNERS_MAX = 500
_REASON_MAX = 200


@dataclass(frozen=True, slots=True)
class LearnerValues:
    """One learner's values, and those of each entry of the transcript that stands."""

    own: Mapping[str, Value]
    courses: tuple[Mapping[str, Value], ...]


@dataclass(frozen=True, slots=True)
class TemplateValues:
    """What a template is filled with."""

    of_file: Mapping[str, Value]
    learners: tuple[LearnerValues, ...]


_LEARNERS = text("""
SELECT e.learner_id, l.name, l.sex, l.born_on, l.citizen_id, l.national_student_no, l.account_no,
  e.student_no, e.class_name, e.entry_year, e.entered_on, e.status, e.major_code,
  coalesce(m.name, p.name) AS major_name, p.years, i.name AS institution_name
FROM enrolments e JOIN learners l USING (learner_id) JOIN program_plans p USING (plan_id)
  JOIN institutions i ON i.institution_id = e.institution_id
  LEFT JOIN majors m ON m.code = e.major_code AND m.catalogue_year = e.catalogue_year
WHERE e.institution_id = :school AND e.is_open
  AND (:student_no = '' OR e.student_no = :student_no)
  AND (:class_name = '' OR (e.class_name = :class_name AND e.entry_year = :entry_year))
ORDER BY e.student_no LIMIT :limit
""")


def template_values(  # noqa: PLR0913 (a class by name and year, or one learner by number)
    uow: UnitOfWork,
    actor: Actor,
    *,
    template_name: str,
    class_name: str = "",
    entry_year: int = 0,
    student_no: str = "",
    reason: str,
    now: datetime,
) -> TemplateValues:
    """Values for a class of the actor's school or for one learner of it, whose access is noted.

    With whole identity numbers: why is kept. Raises ForbiddenError, NotFoundError for nobody, or
    InvalidInputError without a reason.
    """
    grant = decide(actor, Action.EXPORT_NATIONAL_SHEET)
    if actor.institution_id is None:
        raise ForbiddenError
    if not 0 < len(reason.strip()) <= _REASON_MAX:
        raise refused(REASON_MISSING)
    if not (class_name or student_no):
        raise NotFoundError
    asked = {"class_name": class_name, "entry_year": entry_year, "student_no": student_no}
    rows = uow.connection.execute(
        _LEARNERS, {"school": actor.institution_id, "limit": _LEARNERS_MAX, **asked}
    ).all()
    if not rows:
        raise NotFoundError
    today = local_date(now)
    learner_ids = [row.learner_id for row in rows]
    record_access(uow.connection, actor, Action.EXPORT_NATIONAL_SHEET, grant.mask, learner_ids, now)
    note_export(
        uow.connection,
        institution_id=actor.institution_id,
        account_id=actor.account_id,
        name="template",
        filtered_by={"template": template_name, "class_name": class_name,
                     "entry_year": entry_year},
        reason=reason.strip(),
        row_count=len(rows),
        now=now,
    )  # fmt: skip
    first = rows[0]
    return TemplateValues(
        of_file={
            "学校": first.institution_name,
            "班级名称": first.class_name,
            "年级": str(first.entry_year),
            "人数": len(rows),
            "日期": _day(today),
        },
        learners=tuple(
            _values(uow, row, number, today) for number, row in enumerate(rows, start=1)
        ),
    )


def _values(uow: UnitOfWork, row: Row[Any], number: int, today: date) -> LearnerValues:
    found = read_transcript(uow, row.learner_id, today=today)
    own: dict[str, Value] = {
        "序号": number,
        "姓名": row.name,
        "性别": SEX_NAMES.get(row.sex, ""),
        "出生日期": _day(row.born_on) if row.born_on else "",
        "身份证号": row.citizen_id or "",
        "学籍号": row.national_student_no or "",
        "学号": row.student_no,
        "账号": row.account_no,
        "班级": row.class_name,
        "专业": row.major_name,
        "专业代码": row.major_code,
        "学制": years_text(row.years),
        "入学年月": f"{row.entered_on:%Y年%m月}",
        "学籍状态": STATUSES[EnrolmentStatus(row.status)][0],
        "已得学分": Decimal(found.earned_units) / 100,
        "平均学分绩点": "" if found.gpa is None else Decimal(found.gpa) / 100,
    }
    courses: list[dict[str, Value]] = [
        {
            "课程": entry.title,
            "课程代码": entry.course_code,
            "学期": term.label_zh,
            "考试性质": _exam_kind(entry.exam_kind),
            "成绩": entry.mark,
            "学分": Decimal(entry.units) / 100,
            "学时": entry.hours,
            "取得日期": _day(entry.earned_on),
        }
        for term in found.terms
        for entry in standing_entries(term.entries)
        if entry.kind != EntryKind.SUBSTITUTION
    ]
    return LearnerValues(own, tuple(courses))


def _exam_kind(code: str) -> str:
    kind = code_of(EXAM_KINDS, code) if code else None
    return EXAM_KINDS[kind][0] if kind else ""


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
