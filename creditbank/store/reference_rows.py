"""Rows of what is no learner: found by what people call them, added where missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, text
from sqlmodel import SQLModel

from creditbank.tables.accounts import Account
from creditbank.tables.agreements import ArticulationAgreement
from creditbank.tables.courses import Course
from creditbank.tables.institutions import Institution
from creditbank.tables.majors import Major
from creditbank.tables.paired_schools import PairedSchool
from creditbank.tables.plans import CohortPlan, ProgramPlan
from creditbank.tables.terms import AcademicTerm, AdjustedDay

_TABLES: Mapping[str, type[SQLModel]] = {
    "institutions": Institution,
    "majors": Major,
    "terms": AcademicTerm,
    "adjusted_days": AdjustedDay,
    "courses": Course,
    "plans": ProgramPlan,
    "cohort_plans": CohortPlan,
    "agreements": ArticulationAgreement,
    "paired_schools": PairedSchool,
    "accounts": Account,
}
NO_PASSWORD = "!"  # noqa: S105 (no hash at all: nobody signs in by it)


class Ensured(NamedTuple):
    """What became of a row: added now, or there before; differs: columns with other values."""

    is_new: bool
    differs: tuple[str, ...] = ()


def ensure(
    connection: Connection,
    noun: str,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    only_new: Mapping[str, Any] | None = None,
) -> Ensured:
    """See that there is a row with this key and these values; what stands is never changed.

    only_new: columns of a new row that are not compared.
    """
    table = _TABLES[noun].__table__  # type: ignore[attr-defined]
    query = select(table).where(*(table.c[name] == value for name, value in key.items()))
    row = connection.execute(query).mappings().first()
    if row is None:
        connection.execute(insert(table).values(**{**key, **values, **(only_new or {})}))
        return Ensured(is_new=True)
    return Ensured(
        is_new=False, differs=tuple(name for name, value in values.items() if row[name] != value)
    )


def institution_ids(connection: Connection) -> dict[str, int]:
    """Every institution by its code."""
    rows = connection.execute(text("SELECT code, institution_id FROM institutions"))
    return {row.code: row.institution_id for row in rows}


def plan_id(connection: Connection, institution_id: int, code: str, version: int) -> int | None:
    """One version of a school's plan."""
    found: int | None = connection.execute(
        text(
            "SELECT plan_id FROM program_plans WHERE institution_id = :id AND code = :code"
            " AND version = :version"
        ),
        {"id": institution_id, "code": code, "version": version},
    ).scalar()
    return found


class AccountState(NamedTuple):
    """An account as the command line finds it."""

    account_id: int
    role: str
    institution_id: int | None
    section: str
    password_hash: str


def account_state(connection: Connection, username: str) -> AccountState | None:
    """The account of this name."""
    row = connection.execute(
        text(
            "SELECT account_id, role, institution_id, section, password_hash FROM accounts"
            " WHERE username = :name FOR UPDATE"
        ),
        {"name": username},
    ).first()
    return None if row is None else AccountState(*row)


def give_password(connection: Connection, account_id: int, password_hash: str) -> None:
    """The first password of an account that has none."""
    connection.execute(
        text("UPDATE accounts SET password_hash = :hash WHERE account_id = :id"),
        {"hash": password_hash, "id": account_id},
    )


def lock_loading(connection: Connection) -> None:
    """Let one file be loaded at a time."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('load', 6))"))
