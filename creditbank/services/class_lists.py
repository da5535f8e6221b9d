"""Class lists of new learners: previewed with every problem named by cell, registered all or none.

When to use: for files, after creditbank.exchange has read them. A preview registers everybody and
takes it back, so that it says exactly what the registration itself would say. Identity numbers are
kept with a preview until it is registered, or for thirty days, after which previews are forgotten.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import StudyMode
from creditbank.domain.errors import (
    AlreadyRegisteredError,
    ForbiddenError,
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
)
from creditbank.domain.identifiers import clean_identifier
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import ListedRow, ListedTable, column_letters, day_of, problem_at
from creditbank.domain.staged_modes import check_staged_mode, unstaged_mode
from creditbank.domain.uploads import Upload
from creditbank.services.commands import PostedWarning
from creditbank.services.enrolment_checks import check_major, enrolled_plan
from creditbank.services.intakes import late_warnings
from creditbank.services.named_learners import folded
from creditbank.services.registration import register_many
from creditbank.services.registration_commands import (
    NewEnrolment,
    RegisteredLearner,
    RegisterLearner,
)
from creditbank.store.grade_imports import (
    LEARNERS,
    StoredImport,
    find_import,
    keep_preview,
    lock_file,
    note_posted,
    replace_rows,
)
from creditbank.store.registration import (
    EnrolledPerson,
    class_agreement,
    enrolled_by_number,
    major_name,
)
from creditbank.store.unit_of_work import UnitOfWork

LIST_MAX = 500
_PROBLEMS_KEPT = 500
_FILE_NAME_MAX = 120
_SEXES = {"男": "1", "女": "2", "1": "1", "2": "2", "": ""}
_FIELD_OF = {"account_no": "citizen_id", "study_mode": "citizen_id"}
"""Where a problem is shown that has no column of its own: who it is stands in the number."""
_NO_COLUMN = frozenset({"major_code", "entry_year", "entered_on", "agreement_id", "plan_code"})


@dataclass(frozen=True, slots=True)
class ClassListPreview:
    """What an upload would register. problems: if there are any, nobody can be registered.

    learner_ids: of whom was registered; empty before that. warnings: what is to be thought of all.
    booked: rows whose learner is in that class already, just as the row says; they are left out.
    """

    import_id: str
    file_name: str
    rows: tuple[ListedRow, ...]
    problems: tuple[Problem, ...]
    columns: Mapping[str, str]
    posted_at: datetime | None = None
    learner_ids: tuple[int, ...] = ()
    warnings: tuple[PostedWarning, ...] = ()
    booked: frozenset[int] = frozenset()

    @property
    def new_count(self) -> int:
        """How many would be registered."""
        return len(self.rows) - len(self.booked)


def preview_class_list(  # noqa: PLR0913 (a file is its name, its hash and its content)
    uow: UnitOfWork,
    actor: Actor,
    *,
    file_name: str,
    file_hash: str,
    source: Upload | None = None,
    import_id: str = "",
    found: ListedTable,
    enrolment: NewEnrolment,
    now: datetime,
) -> ClassListPreview:
    """Check a list and keep it for registering. enrolment: what all of them have in common.

    source, import_id: the upload as it can be mended, and its key where it is looked at again, see
    services.uploads.
    """
    institution_id = _school_of(actor)
    problems = list(found.problems)
    if len(found.rows) > LIST_MAX:
        problems.append(_too_many(len(found.rows)))
    else:
        new = _without_standing(uow, institution_id, found.rows)
        problems += _tried(uow, actor, new, found.columns, enrolment, now=now)
        problems += _otherwise_staged(uow, institution_id, new, found.columns, enrolment)
        problems += _of_other_majors(uow, new, found.columns, enrolment)
    preview = ClassListPreview(
        import_id=import_id or str(uuid.uuid4()),
        file_name=file_name[-_FILE_NAME_MAX:],
        rows=found.rows,
        problems=tuple(sorted(problems, key=lambda item: item.row or 0)[:_PROBLEMS_KEPT]),
        columns=found.columns,
    )
    keep_preview(
        uow.connection,
        StoredImport(
            import_id=preview.import_id,
            institution_id=institution_id,
            account_id=actor.account_id,
            file_name=preview.file_name,
            file_hash=file_hash,
            rows=[_head(enrolment, found.columns), *map(asdict, found.rows)],
            problems=preview.problems,
            posted_at=None,
            kind=LEARNERS,
            source=source.document if source else None,
        ),
        now=now,
    )
    return preview


def find_class_list(
    uow: UnitOfWork, actor: Actor, import_id: str, *, now: datetime
) -> ClassListPreview:
    """An earlier preview, as it was, with warnings of today as long as nobody is registered.

    Raises ForbiddenError or NotFoundError.
    """
    item = _stored(uow, actor, import_id)
    preview = _preview(item)
    if not preview.rows:
        return preview
    entered_on, on = enrolment_of(item.rows[0]["enrolment"]).entered_on, local_date(now)
    warnings = late_warnings(uow.connection, item.institution_id, entered_on, on=on)
    new = {row.row for row in _without_standing(uow, item.institution_id, preview.rows)}
    booked = frozenset(row.row for row in preview.rows if row.row not in new)
    return replace(preview, warnings=warnings, booked=booked)


def post_class_list(
    uow: UnitOfWork, actor: Actor, import_id: str, *, now: datetime
) -> ClassListPreview:
    """Register everybody on a previewed list, or nobody. A list is registered once.

    Raises ForbiddenError, NotFoundError, or InvalidInputError whose problems name the cells.
    """
    item = _stored(uow, actor, import_id, for_posting=True)
    lock_file(uow.connection, item.institution_id, item.file_hash)
    if item.posted_at is not None:
        return _preview(item)
    preview = _preview(item)
    if item.problems or not preview.rows:
        raise _refusal(item.problems or (_NOBODY,))
    rows = _without_standing(uow, item.institution_id, preview.rows)
    enrolment = enrolment_of(item.rows[0]["enrolment"])
    commands, problems = _commands(rows, preview.columns, enrolment)
    made: list[RegisteredLearner] = []
    if not problems:
        made, found = register_many(uow, actor, commands, now=now)
        problems = _placed(found, rows, preview.columns)
    if problems:
        raise _refusal(problems)
    learner_ids = [person.learner_id for person in made]
    replace_rows(uow.connection, import_id, [{"learner_ids": learner_ids}])
    note_posted(uow.connection, import_id, now=now)
    return replace(preview, rows=(), posted_at=now, learner_ids=tuple(learner_ids))


def _stored(
    uow: UnitOfWork, actor: Actor, import_id: str, *, for_posting: bool = False
) -> StoredImport:
    institution_id = _school_of(actor)
    item = find_import(
        uow.connection, import_id, institution_id, kind=LEARNERS, for_posting=for_posting
    )
    if item is None:
        raise NotFoundError
    return item


def _preview(item: StoredImport) -> ClassListPreview:
    head, *rows = item.rows or [{}]
    return ClassListPreview(
        import_id=item.import_id,
        file_name=item.file_name,
        rows=tuple(ListedRow(row["row"], row["cells"]) for row in rows),
        problems=item.problems,
        columns=head.get("columns", {}),
        posted_at=item.posted_at,
        learner_ids=tuple(head.get("learner_ids", ())),
    )


def _without_standing(
    uow: UnitOfWork, institution_id: int, rows: Sequence[ListedRow]
) -> list[ListedRow]:
    """The rows that say something new: the same list again registers nobody twice."""
    numbers = {row.cells.get("student_no", "") for row in rows}
    standing = enrolled_by_number(uow.connection, institution_id, numbers)
    return [row for row in rows if not _stands(row.cells, standing)]


def _stands(cells: Mapping[str, str], standing: Mapping[str, EnrolledPerson]) -> bool:
    found = standing.get(cells.get("student_no", ""))
    return found is not None and (
        folded(found.name) == folded(cells.get("name", ""))
        and (found.citizen_id or "") == clean_identifier(cells.get("citizen_id", ""))
        and found.class_name == cells.get("class_name", "")
    )


def _tried(
    uow: UnitOfWork,
    actor: Actor,
    rows: Sequence[ListedRow],
    columns: Mapping[str, str],
    enrolment: NewEnrolment,
    *,
    now: datetime,
) -> list[Problem]:
    """What registering would say: it is done and taken back."""
    commands, problems = _commands(rows, columns, enrolment)
    try:
        with uow.undone():
            _, found = register_many(uow, actor, commands, now=now)
    except AlreadyRegisteredError as error:
        found = list(error.problems)
    unread = {problem.row for problem in problems}
    return problems + [
        problem for problem in _placed(found, rows, columns) if problem.row not in unread
    ]


def _otherwise_staged(
    uow: UnitOfWork,
    institution_id: int,
    rows: Sequence[ListedRow],
    columns: Mapping[str, str],
    enrolment: NewEnrolment,
) -> list[Problem]:
    """Cells of 分段培养方式 that say something else than the class that was chosen, or the plan.

    A preview settles it: levels and years of an agreement never change, so registering asks again
    for nothing; a roster goes by the plan of its own day.
    """
    if enrolment.agreement_id is not None:
        agreement = class_agreement(uow.connection, enrolment.agreement_id)
        label = agreement.staged_mode if agreement else None
    else:
        plan = enrolled_plan(uow.connection, institution_id, enrolment)
        label = None if isinstance(plan, Problem) else unstaged_mode(plan.years)
    if label is None:
        return []
    found = ((row, check_staged_mode(row.cells.get("staged_mode", ""), label)) for row in rows)
    return [_at(row, columns, problem) for row, problem in found if problem is not None]


def _of_other_majors(
    uow: UnitOfWork,
    rows: Sequence[ListedRow],
    columns: Mapping[str, str],
    enrolment: NewEnrolment,
) -> list[Problem]:
    """Rows whose 专业 is not the one that was chosen for all: a list of the whole year's intake."""
    code = enrolment.major_code
    name = major_name(uow.connection, code, enrolment.catalogue_year)
    if name is None:
        return []
    said = ((row, row.cells.get("major", "")) for row in rows)
    found = ((row, check_major(text, name)) for row, text in said if text != code)
    return [_at(row, columns, problem) for row, problem in found if problem is not None]


def _commands(
    rows: Sequence[ListedRow], columns: Mapping[str, str], enrolment: NewEnrolment
) -> tuple[list[RegisterLearner], list[Problem]]:
    """A command for each row, and what could not be read; such a row says what it can."""
    problems: list[Problem] = []
    commands = []
    for row in rows:
        cells = row.cells
        born_on, sex = day_of(cells.get("born_on", "")), _SEXES.get(cells.get("sex", ""))
        if born_on is None and cells.get("born_on"):
            problems.append(_at(row, columns, Problem("born_on", _BORN_ON, "born_on")))
        if sex is None:
            problems.append(_at(row, columns, Problem("sex", _SEX, "sex")))
        commands.append(
            RegisterLearner(
                name=cells.get("name", ""),
                citizen_id=cells.get("citizen_id", ""),
                sex=sex or "",
                born_on=born_on,
                enrolment=replace(
                    enrolment,
                    student_no=cells.get("student_no", ""),
                    national_student_no=cells.get("national_student_no", ""),
                    class_name=cells.get("class_name", ""),
                ),
            )
        )
    return commands, problems


def _placed(
    problems: Sequence[Problem], rows: Sequence[ListedRow], columns: Mapping[str, str]
) -> list[Problem]:
    """Problems of commands (rows from 1) as problems of the cells; what all share is said once."""
    placed: list[Problem] = []
    for problem in problems:
        if problem.row is None or problem.field in _NO_COLUMN:
            shared = replace(problem, row=None)
            placed += [] if shared in placed else [shared]
        else:
            placed.append(_at(rows[problem.row - 1], columns, problem))
    return placed


def _at(row: ListedRow, columns: Mapping[str, str], problem: Problem) -> Problem:
    field = _FIELD_OF.get(problem.field, problem.field)
    column = columns.get(field) or columns.get("name") or column_letters(1)
    return problem_at(problem.code, problem.message, row=row.row, column=column)


def _head(enrolment: NewEnrolment, columns: Mapping[str, str]) -> dict[str, Any]:
    return {"enrolment": enrolment_document(enrolment), "columns": dict(columns)}


def enrolment_document(enrolment: NewEnrolment) -> dict[str, Any]:
    """What all of a list have in common, as it is kept."""
    values = asdict(enrolment)
    return values | {
        "entered_on": enrolment.entered_on.isoformat(),
        "study_mode": enrolment.study_mode.value,
    }


def enrolment_of(document: Mapping[str, Any]) -> NewEnrolment:
    """From how it is kept."""
    values = dict(document)
    values["entered_on"] = date.fromisoformat(values["entered_on"])
    values["study_mode"] = StudyMode(values["study_mode"])
    return NewEnrolment(**values)


def _school_of(actor: Actor) -> int:
    decide(actor, Action.REGISTER_LEARNER)
    if actor.institution_id is None:
        raise ForbiddenError
    return actor.institution_id


def _too_many(count: int) -> Problem:
    return Problem(
        "row_count",
        Message(
            f"名单有{count}人,一次最多{LIST_MAX}人,请分成几个文件上传。",
            f"The list has {count} learners, at most {LIST_MAX} at once; upload it in parts.",
        ),
    )


def _refusal(problems: Sequence[Problem]) -> InvalidInputError:
    count = len(problems)
    return InvalidInputError(
        Message(
            f"共有{count}处问题,没有登记任何人;请在表中修改后重新上传。",
            f"{count} problems; nobody was registered. Mend the list and upload it again.",
        ),
        problems=tuple(problems),
    )


_NOBODY = Problem("no_learners", Message("名单中没有学生。", "There is nobody on the list."))
_BORN_ON = Message(
    "出生日期无法识别,请写成 2010-03-15。", "write the date of birth such as 2010-03-15."
)
_SEX = Message("性别请填男或女,或留空。", "the sex is 男 or 女, or left empty.")
