"""Loading a county file: what is missing is added, what stands is left, what differs is a fault.

When to use: `creditbank load`, by who runs the installation. All of a file or nothing of it; the
same file twice changes nothing. Nothing that stands is changed: a file is no editor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection

from creditbank.domain.county_files import (
    AccountLine,
    AdjustedDayLine,
    AgreementLine,
    CohortPlanLine,
    CountyFile,
    CourseLine,
    InstitutionLine,
    MajorLine,
    PairedSchoolsLine,
    PlanLine,
    TermLine,
)
from creditbank.domain.errors import Fault, Message, Path
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.plans import Plan
from creditbank.domain.staged_modes import Stages
from creditbank.services import loading_checks as checks
from creditbank.store import reference_rows as rows
from creditbank.store.documents import DocumentError
from creditbank.store.paired_schools import pairable_schools
from creditbank.store.plans import plan_row
from creditbank.store.unit_of_work import UnitOfWork

_PAIR_OF = (InstitutionKind.VOCATIONAL_SCHOOL, InstitutionKind.GENERAL_HIGH_SCHOOL)
_BY_FILE = 0
"""In place of the account that decided: who runs the installation has none."""


@dataclass(slots=True)
class LoadReport:
    """How many lines of each kind were added, and how many stood already."""

    added: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Load:
    connection: Connection
    plans: Mapping[str, Plan]
    now: datetime
    report: LoadReport = field(default_factory=LoadReport)
    faults: list[Fault] = field(default_factory=list)
    institutions: dict[str, int] = field(default_factory=dict)

    def refuse(self, path: Path, code: str, message: Message) -> None:
        self.faults.append(Fault(path, code, message))

    def institution(self, path: Path, name: str, code: str) -> int | None:
        """The institution of a code; a fault at this field where there is none."""
        found = self.institutions.get(code)
        if found is None:
            self.refuse((*path, name), "unknown_institution", checks.unknown_institution(code))
        return found

    def ensure(
        self,
        path: Path,
        key: dict[str, Any],
        values: dict[str, Any],
        *,
        only_new: Mapping[str, Any] | None = None,
        noun: str = "",
    ) -> None:
        noun = noun or str(path[0])
        found = rows.ensure(self.connection, noun, key, values, only_new=only_new)
        if found.differs:
            self.refuse(path, "differs", checks.differs(found.differs))
            return
        counts = self.report.added if found.is_new else self.report.unchanged
        counts[noun] = counts.get(noun, 0) + 1


def load_county(
    uow: UnitOfWork, county: CountyFile, plans: Mapping[str, Plan], *, now: datetime
) -> LoadReport:
    """Write a county. plans: the plan documents by the name of their file.

    Raises DocumentError with every fault; the caller lets the unit of work end with it.
    """
    rows.lock_loading(uow.connection)
    load = _Load(uow.connection, plans, now)
    load.institutions = rows.institution_ids(uow.connection)
    for noun, write in _WRITERS.items():
        for at, line in enumerate(getattr(county, noun)):
            path = (noun, at)
            found = list(checks.line_faults(path, line))
            load.faults += found
            if not found:
                write(load, path, line)
        if noun == "institutions":
            load.institutions = rows.institution_ids(uow.connection)
    if load.faults:
        raise DocumentError(load.faults)
    return load.report


def _institution(load: _Load, path: Path, line: InstitutionLine) -> None:
    values = asdict(line) | {"kind": line.kind.value, "unified_code": line.unified_code or None}
    load.ensure(path, {"code": values.pop("code")}, values)


def _major(load: _Load, path: Path, line: MajorLine) -> None:
    key = {"code": line.code, "catalogue_year": line.catalogue_year}
    values = {"name": line.name, "name_en": line.name_en, "level": line.level.value}
    load.ensure(path, key, values)


def _term(load: _Load, path: Path, line: TermLine) -> None:
    values = {"starts_on": line.starts_on, "ends_on": line.ends_on}
    load.ensure(path, {"code": line.code}, values)


def _adjusted_day(load: _Load, path: Path, line: AdjustedDayLine) -> None:
    load.ensure(path, {"day": line.day}, {"is_worked": line.is_worked, "name": line.name})


def _course(load: _Load, path: Path, line: CourseLine) -> None:
    institution_id = load.institution(path, "institution", line.institution)
    if institution_id is None:
        return
    values = asdict(line) | {"nature": line.nature.value}
    del values["institution"]
    key = {"institution_id": institution_id, "code": values.pop("code")}
    load.ensure(path, key, values, noun="courses")


def _plan(load: _Load, path: Path, line: PlanLine) -> None:
    institution_id = load.institution(path, "institution", line.institution)
    if institution_id is None:
        return
    plan = load.plans[line.file]
    values = plan_row(plan) | {"version": line.version, "institution_id": institution_id}
    del values["plan_id"]
    key = {name: values.pop(name) for name in ("institution_id", "code", "version")}
    load.ensure(path, key, values)
    if not line.teaches_courses:
        return
    natures = {block.code: block.nature for block in plan.blocks}
    for course in plan.courses:
        taught = CourseLine(
            institution=line.institution,
            code=course.course_code,
            name=course.name,
            units=course.units,
            nature=natures[course.block_code],
            theory_hours=course.theory_hours,
            practice_hours=course.practice_hours,
        )
        _course(load, (*path, "teaches_courses"), taught)


def _cohort_plan(load: _Load, path: Path, line: CohortPlanLine) -> None:
    institution_id = load.institution(path, "institution", line.institution)
    if institution_id is None:
        return
    plan_id = rows.plan_id(load.connection, institution_id, line.plan, line.version)
    if plan_id is None:
        load.refuse((*path, "plan"), "unknown_plan", checks.UNKNOWN_PLAN)
        return
    key = {
        "institution_id": institution_id,
        "plan_code": line.plan,
        "entry_year": line.entry_year,
    }
    load.ensure(path, key, {"plan_id": plan_id})


def _agreement(load: _Load, path: Path, line: AgreementLine) -> None:
    school_id = load.institution(path, "school", line.school)
    college_id = load.institution(path, "college", line.college)
    if school_id is None or college_id is None:
        return
    # A line without sound stages was refused by its checks.
    stages = cast("Stages", checks.line_stages(line))
    values = asdict(line) | {
        "college_id": college_id,
        **{name: getattr(value, "value", value) for name, value in asdict(stages).items()},
        "hard_conditions": [
            {"kind": item.kind.value, "threshold": item.threshold} for item in line.hard_conditions
        ],
    }
    del values["school"], values["college"], values["staged_mode"]
    names = ("pre_major_code", "pre_catalogue_year", "entry_year")
    key = {"school_id": school_id} | {name: values.pop(name) for name in names}
    load.ensure(path, key, values)


def _paired_schools(load: _Load, path: Path, line: PairedSchoolsLine) -> None:
    vocational_id = load.institution(path, "vocational", line.vocational)
    general_id = load.institution(path, "general", line.general)
    if vocational_id is None or general_id is None:
        return
    kinds = {item.institution_id: item.kind for item in pairable_schools(load.connection).values()}
    if (kinds.get(vocational_id), kinds.get(general_id)) != _PAIR_OF:
        load.refuse((*path, "general"), "pair", checks.PAIR)
        return
    key = {"vocational_id": vocational_id, "general_id": general_id, "valid_from": line.valid_from}
    values = {"valid_until": line.valid_until, "document_no": line.document_no}
    load.ensure(path, key, values, only_new={"decided_by": _BY_FILE, "decided_at": load.now})


def _account(load: _Load, path: Path, line: AccountLine) -> None:
    institution_id = None
    if line.institution:
        institution_id = load.institution(path, "institution", line.institution)
        if institution_id is None:
            return
    values = {
        "display_name": line.display_name,
        "role": line.role.value,
        "institution_id": institution_id,
        "section": line.section or "",
        **({"email": line.email} if line.email else {}),
    }
    new = {"password_hash": rows.NO_PASSWORD, "is_active": True}
    load.ensure(path, {"username": line.username}, values, only_new=new)


_WRITERS: Mapping[str, Callable[[_Load, Path, Any], None]] = {
    "institutions": _institution,
    "majors": _major,
    "terms": _term,
    "adjusted_days": _adjusted_day,
    "courses": _course,
    "plans": _plan,
    "cohort_plans": _cohort_plan,
    "agreements": _agreement,
    "paired_schools": _paired_schools,
    "accounts": _account,
}
