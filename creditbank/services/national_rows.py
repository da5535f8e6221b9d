"""Rows of the national sheet against one school: who is new, who is there, what is wrong.

Reads only: services.national_sheets registers and keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from creditbank.domain.access import Actor
from creditbank.domain.enrolments import StudyMode
from creditbank.domain.errors import Message, Problem
from creditbank.domain.identifiers import clean_identifier
from creditbank.domain.national_sheets import SEXES, STUDY_MODES, SheetVersion, years_text
from creditbank.domain.sheets import ListedRow, ListedTable, column_letters, day_of, problem_at
from creditbank.domain.staged_modes import check_staged_mode, unstaged_mode
from creditbank.services.named_learners import folded
from creditbank.services.registration_commands import NewEnrolment, RegisterLearner
from creditbank.services.uploads import school_of
from creditbank.store.exports import latest_details
from creditbank.store.grade_imports import NATIONAL_SHEET
from creditbank.store.registration import (
    CohortMajor,
    EnrolledPerson,
    SchoolAgreement,
    cohort_majors,
    enrolled_by_number,
    school_agreements,
)
from creditbank.store.unit_of_work import UnitOfWork

SHEET_MAX = 1_000
_FIELD_OF = {
    "account_no": "citizen_id", "major_code": "major_name", "entry_year": "entered_on",
    "agreement_id": "staged_mode", "plan_code": "major_name", "national_student_no": "citizen_id",
    "catalogue_year": "major_name",
}  # fmt: skip
"""Where a problem of a registration stands in this sheet."""


@dataclass(frozen=True, slots=True)
class NewLearner:
    """A row that registers somebody."""

    row: ListedRow
    command: RegisterLearner
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChangedDetails:
    """A row of somebody who is there, which says something else besides."""

    enrolment_id: int
    learner_id: int
    details: Mapping[str, str]


@dataclass(slots=True)
class NationalRows:
    """What the rows of a sheet say."""

    columns: Mapping[str, str]
    new: list[NewLearner]
    changed: list[ChangedDetails]
    same_count: int
    problems: list[Problem]


def read_national_rows(
    uow: UnitOfWork, actor: Actor, version: SheetVersion, found: ListedTable
) -> NationalRows:
    """Every row of a sheet: whom it registers, whose details it changes, what is wrong."""
    read = NationalRows(found.columns, [], [], 0, [])
    if len(found.rows) > SHEET_MAX:
        read.problems.append(_too_many(len(found.rows)))
        return read
    school = _School.of(uow, actor, found)
    kept = latest_details(
        uow.connection, {person.enrolment_id for person in school.standing.values()}
    )
    for row in found.rows:
        faults = [
            *_not_in_lists(row, version), *_unread(row, version)
        ]  # fmt: skip
        person = school.standing.get(row.cells.get("student_no", ""))
        details = _details(row, version)
        if not faults and person is not None and _is(person, row.cells, version):
            before = kept.get(person.enrolment_id)
            if before is not None and dict(before.details) == dict(details):
                read.same_count += 1
            else:
                read.changed.append(ChangedDetails(person.enrolment_id, person.learner_id, details))
            continue
        command = None if faults else school.command(row, version, faults)
        if command is not None:
            read.new.append(NewLearner(row, command, details))
        read.problems += [placed_at(row, found.columns, fault) for fault in faults]
    return read


@dataclass(frozen=True, slots=True)
class _School:
    """The cohorts, classes of agreements and learners of one school that a sheet speaks of."""

    cohorts: tuple[CohortMajor, ...]
    agreements: tuple[SchoolAgreement, ...]
    standing: Mapping[str, EnrolledPerson]

    @classmethod
    def of(cls, uow: UnitOfWork, actor: Actor, found: ListedTable) -> _School:
        institution_id = school_of(actor, NATIONAL_SHEET)
        numbers = {row.cells.get("student_no", "") for row in found.rows}
        return cls(
            cohort_majors(uow.connection, institution_id),
            school_agreements(uow.connection, institution_id),
            enrolled_by_number(uow.connection, institution_id, numbers),
        )

    def command(
        self, row: ListedRow, version: SheetVersion, faults: list[Problem]
    ) -> RegisterLearner | None:
        """The registration of a row; None with what is wrong put to the faults."""
        cells = row.cells
        month = version.month(cells.get("entered_on", ""))
        cohort = self._cohort(cells, month)
        if month is None or isinstance(cohort, Problem):
            faults.append(cohort if isinstance(cohort, Problem) else _MONTH)
            return None
        agreement_id = self._agreement(cells.get("staged_mode", ""), cohort)
        if isinstance(agreement_id, Problem):
            faults.append(agreement_id)
            return None
        return RegisterLearner(
            name=cells.get("name", ""),
            citizen_id=cells.get("citizen_id", "") if _is_card(cells, version) else "",
            sex=SEXES.get(cells.get("sex", ""), ""),
            born_on=day_of(cells.get("born_on", "")),
            enrolment=NewEnrolment(
                student_no=cells.get("student_no", ""),
                class_name=cells.get("class_name", ""),
                major_code=cohort.major_code,
                catalogue_year=cohort.catalogue_year,
                entry_year=cohort.entry_year,
                entered_on=month,
                study_mode=STUDY_MODES.get(cells.get("study_mode", ""), StudyMode.FULL_TIME),
                plan_code=cohort.plan_code,
                agreement_id=agreement_id,
            ),
        )

    def _cohort(self, cells: Mapping[str, str], month: date | None) -> CohortMajor | Problem:
        """By major and year; in spring the cohort of the autumn before may be meant."""
        if month is None:
            return _MONTH
        major, years = cells.get("major_name", ""), cells.get("years", "")
        named = [item for item in self.cohorts if folded(major) in {
            folded(item.major_name), item.major_code
        }]  # fmt: skip
        if not named:
            return _NO_MAJOR
        of_year = [item for item in named if item.entry_year == month.year] or [
            item for item in named if item.entry_year == month.year - 1
        ]
        found = [item for item in of_year if years in {"", years_text(item.years)}]
        if not of_year:
            return _NO_COHORT
        if not found:
            return _OTHER_YEARS
        return found[0] if len(found) == 1 else _SEVERAL

    def _agreement(self, label: str, cohort: CohortMajor) -> int | Problem | None:
        """The class that a label of 分段培养方式 means; None for none."""
        unknown = check_staged_mode(label, label)
        if unknown is not None:
            return unknown
        if not label or label == unstaged_mode(cohort.years):
            return None
        found = [
            item.agreement_id
            for item in self.agreements
            if (item.major_code, item.entry_year) == (cohort.major_code, cohort.entry_year)
            and item.staged_mode == label
        ]
        return found[0] if len(found) == 1 else _NO_AGREEMENT


def _not_in_lists(row: ListedRow, version: SheetVersion) -> list[Problem]:
    """Cells that hold none of the words of their column."""
    problems = []
    for heading, words in version.lists.items():
        field = version.fields.get(heading, heading)
        text = row.cells.get(field, "")
        if text and text not in words and field != "staged_mode":
            names = "、".join(words)
            message = Message(f"应为:{names}。", f"it is one of {names}.")
            problems.append(Problem("not_in_list", message, field=field))
    return problems


def _unread(row: ListedRow, version: SheetVersion) -> list[Problem]:
    cells = row.cells
    problems = []
    if cells.get("born_on") and day_of(cells["born_on"]) is None:
        problems.append(Problem("born_on", _BORN_ON, "born_on"))
    if cells.get("sex") and cells["sex"] not in SEXES:
        problems.append(Problem("sex", _SEX, "sex"))
    if version.month(cells.get("entered_on", "")) is None:
        problems.append(_MONTH)
    return problems


def _is_card(cells: Mapping[str, str], version: SheetVersion) -> bool:
    return cells.get("id_kind", "") in {"", version.identity_card}


def _details(row: ListedRow, version: SheetVersion) -> dict[str, str]:
    """What creditbank does not keep itself, by heading; papers other than the identity card too."""
    heading_of = version.heading_of
    own = set(version.fields.values())
    if not _is_card(row.cells, version):
        own -= {"id_kind", "citizen_id"}
    return {
        heading_of.get(field, field): text
        for field, text in sorted(row.cells.items())
        if text and field not in own
    }


def _is(person: EnrolledPerson, cells: Mapping[str, str], version: SheetVersion) -> bool:
    number = clean_identifier(cells.get("citizen_id", "")) if _is_card(cells, version) else ""
    return (
        folded(person.name) == folded(cells.get("name", ""))
        and (person.citizen_id or "") == number
        and person.class_name == cells.get("class_name", "")
    )


def placed_at(row: ListedRow, columns: Mapping[str, str], problem: Problem) -> Problem:
    """A problem with its cell; one of a field that the sheet does not have stands at the name."""
    field = _FIELD_OF.get(problem.field, problem.field)
    column = columns.get(field) or columns.get("name") or column_letters(1)
    return problem_at(problem.code, problem.message, row=row.row, column=column)


def _too_many(count: int) -> Problem:
    return Problem(
        "row_count",
        Message(
            f"表中有{count}人,一次最多{SHEET_MAX}人,请分成几个文件上传。",
            f"The sheet has {count} learners, at most {SHEET_MAX} at once; upload it in parts.",
        ),
    )


_MONTH = Problem(
    "entered_on",
    Message("入学年月请写成 202509。", "write the month of entry such as 202509."),
    "entered_on",
)
_BORN_ON = Message("出生日期请写成 20100315。", "write the date of birth such as 20100315.")
_SEX = Message("性别请填男或女。", "the sex is 男 or 女.")
_NO_MAJOR = Problem(
    "no_cohort_plan",
    Message(
        "本校没有这个专业的培养方案,请核对专业简称,或先确定方案。",
        "your school has no plan for this major; check its name, or choose a plan first.",
    ),
    "major_name",
)
_NO_COHORT = Problem(
    "no_cohort_plan",
    Message(
        "本校该年级没有这个专业的培养方案,请核对入学年月。",
        "your school has no plan of this major for this cohort; check the month of entry.",
    ),
    "entered_on",
)
_OTHER_YEARS = Problem(
    "other_years",
    Message("与该年级培养方案的学制不一致,请核对。", "the plan of the cohort has other years."),
    "years",
)
_SEVERAL = Problem(
    "several_plans",
    Message(
        "该年级该专业有多个培养方案,请用“上传新生名单”并选择方案。",
        "this cohort of the major has several plans; upload a class list and choose the plan.",
    ),
    "major_name",
)
_NO_AGREEMENT = Problem(
    "unknown_agreement",
    Message(
        "本校该年级该专业没有这种分段培养的协议,或有多份,请核对。",
        "your school has no agreement of this kind for the cohort and major, or several.",
    ),
    "staged_mode",
)
