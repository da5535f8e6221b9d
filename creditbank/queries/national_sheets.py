"""Learners of a school as the national sheet lists them, with what was kept of an earlier sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from creditbank.domain.access import Actor, decide
from creditbank.domain.enrolments import StudyMode
from creditbank.domain.errors import ForbiddenError, Message, NotFoundError, Problem, refused
from creditbank.domain.national_sheets import MODE_NAMES, SEX_NAMES, SheetVersion, years_text
from creditbank.domain.permissions import Action
from creditbank.domain.staged_modes import staged_mode_of, unstaged_mode
from creditbank.store.access_log import record_access
from creditbank.store.exports import latest_details, note_export
from creditbank.store.unit_of_work import UnitOfWork

LEARNERS_MAX = 5_000
_REASON_MAX = 200


@dataclass(frozen=True, slots=True)
class Exported:
    """Whom to list. entry_year 0 and class_name "": all."""

    entry_year: int = 0
    class_name: str = ""


# Of a learner who was in two classes of agreements, the one that is not left speaks.
_LEARNERS = text("""
SELECT e.enrolment_id, e.learner_id, l.name, l.sex, l.born_on, l.citizen_id, e.class_name,
  e.student_no, e.study_mode, e.entered_on, coalesce(m.name, p.name) AS major_name, p.years,
  a.pre_level, a.pre_years_tenths, a.post_level, a.post_years_tenths
FROM enrolments e JOIN learners l USING (learner_id) JOIN program_plans p USING (plan_id)
  LEFT JOIN majors m ON m.code = e.major_code AND m.catalogue_year = e.catalogue_year
  LEFT JOIN LATERAL (SELECT a.* FROM agreement_members s
    JOIN articulation_agreements a USING (agreement_id)
    WHERE s.enrolment_id = e.enrolment_id AND s.left_on IS NULL
    ORDER BY s.joined_on DESC LIMIT 1) a ON true
WHERE e.institution_id = :school AND e.is_open
  AND (:entry_year = 0 OR e.entry_year = :entry_year)
  AND (:class_name = '' OR e.class_name = :class_name)
ORDER BY e.entry_year DESC, e.class_name, e.student_no LIMIT :limit
""")


def national_rows(
    uow: UnitOfWork,
    actor: Actor,
    version: SheetVersion,
    asked: Exported,
    *,
    reason: str,
    now: datetime,
) -> list[dict[str, str]]:
    """Text by heading for each learner of the actor's school who is asked for.

    With whole identity numbers: why is kept with who took them out. Raises ForbiddenError,
    NotFoundError where there is nobody, InvalidInputError without a reason or for too many.
    """
    grant = decide(actor, Action.EXPORT_NATIONAL_SHEET)
    if actor.institution_id is None:
        raise ForbiddenError
    if not 0 < len(reason.strip()) <= _REASON_MAX:
        raise refused(REASON_MISSING)
    filtered_by = {"entry_year": asked.entry_year, "class_name": asked.class_name}
    rows = uow.connection.execute(
        _LEARNERS,
        {"school": actor.institution_id, "limit": LEARNERS_MAX + 1, **filtered_by},
    ).all()
    if not rows:
        raise NotFoundError
    if len(rows) > LEARNERS_MAX:
        raise refused(_TOO_MANY)
    details = latest_details(uow.connection, {row.enrolment_id for row in rows})
    learner_ids = [row.learner_id for row in rows]
    record_access(uow.connection, actor, Action.EXPORT_NATIONAL_SHEET, grant.mask, learner_ids, now)
    note_export(
        uow.connection,
        institution_id=actor.institution_id,
        account_id=actor.account_id,
        name=f"national-{version.version}",
        filtered_by=filtered_by,
        reason=reason.strip(),
        row_count=len(rows),
        now=now,
    )
    return [
        _cells(row, version, details[row.enrolment_id].details if row.enrolment_id in details
               else {})
        for row in rows
    ]  # fmt: skip


def _cells(row: Row[Any], version: SheetVersion, details: Mapping[str, str]) -> dict[str, str]:
    """What is registered goes above what was kept, but for another paper than the identity card."""
    own = {
        "name": row.name,
        "sex": SEX_NAMES.get(row.sex, ""),
        "born_on": f"{row.born_on:{version.day_format}}" if row.born_on else "",
        "id_kind": version.identity_card if row.citizen_id else "",
        "citizen_id": row.citizen_id or "",
        "class_name": row.class_name,
        "student_no": row.student_no,
        "study_mode": MODE_NAMES[StudyMode(row.study_mode)],
        "entered_on": f"{row.entered_on:{version.month_format}}",
        "major_name": row.major_name,
        "years": years_text(row.years),
        "staged_mode": unstaged_mode(row.years)
        if row.pre_level is None
        else staged_mode_of(
            row.pre_level, row.pre_years_tenths, row.post_level, row.post_years_tenths
        ),
    }
    heading_of = version.heading_of
    named = {heading_of[field]: text for field, text in own.items() if field in heading_of}
    return {**details, **{heading: text for heading, text in named.items() if text}}


REASON_MISSING = Problem(
    "reason_missing",
    Message(
        "请写明用途(1-200字):这份表有完整的身份证件号。",
        "Say what it is for (1 to 200 characters): the sheet holds whole identity numbers.",
    ),
    "reason",
)
_TOO_MANY = Problem(
    "too_many",
    Message(
        f"超过{LEARNERS_MAX}人,请按年级或班级导出。",
        f"More than {LEARNERS_MAX} learners; take them out by cohort or class.",
    ),
    "entry_year",
)
