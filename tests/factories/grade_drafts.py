"""Sheets of marks that are being entered, for tests."""

from __future__ import annotations

from sqlalchemy import Engine

from creditbank.services.grade_drafts import OpenDraft, open_draft
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county_changes import NOW
from tests.factories.school import School


def add_grade_draft(owner: Engine, school: School) -> int:
    """The empty sheet of the school's class for its term."""
    command = OpenDraft(class_name=school.class_name, entry_year=2025, term=school.term)
    with UnitOfWork(owner, EVERYWHERE) as uow:
        return open_draft(uow, school.registrar, command, now=NOW)
