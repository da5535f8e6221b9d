"""What the columns of an upload mean by all that is known: words, a school's answers, its plans.

What belongs here: in which order these are asked. A school whose courses go by terms (语文1 to
语文4) writes 语文 over each of them: what the learners' plans teach in the term of the file
decides, above what the school once said of a file of another term or class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from creditbank.domain.access import Actor
from creditbank.domain.columns import MatchedTable, course_in
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.labels import term_of
from creditbank.domain.sheets import ParsedSheet
from creditbank.domain.uploads import Upload
from creditbank.exchange.columns import Vocabulary, match_table
from creditbank.exchange.grade_sheets import head_parameters
from creditbank.exchange.heading_words import heading_words
from creditbank.exchange.national_sheets import match_national
from creditbank.services.uploads import (
    SchoolCourses,
    earlier_answers,
    school_courses,
    school_of,
)
from creditbank.store.grade_imports import GRADES, NATIONAL_SHEET
from creditbank.store.sheet_learners import planned_courses
from creditbank.store.unit_of_work import UnitOfWork

_LOOKED_AT = 5_000
"""Rows whose learners say which plans a sheet goes by."""


def matched_upload(
    uow: UnitOfWork, actor: Actor, kind: str, upload: Upload
) -> tuple[MatchedTable, SchoolCourses | None]:
    """The table by all that is known, and the school's courses where it is about marks.

    What was said of a file just like this one goes above what was said of others.
    """
    if kind == NATIONAL_SHEET:
        return match_national(upload.mended)[1], None
    courses = school_courses(uow, actor) if kind == GRADES else None
    said = dict(upload.answers)
    answers = earlier_answers(uow, actor, kind) | said
    table = match_table(upload.mended, _vocabulary(kind, answers, courses))
    own = earlier_answers(uow, actor, kind, table.signature) | said
    if courses is not None:
        courses = replace(courses, planned=_planned(uow, actor, upload, table))
        if courses.planned:
            own = _without_planned(upload, own, said, courses) | said
    if own != answers or (courses is not None and courses.planned):
        table = match_table(upload.mended, _vocabulary(kind, own, courses))
    return table, courses


def sheets_with_tables(
    uow: UnitOfWork, actor: Actor, kind: str, upload: Upload
) -> tuple[ParsedSheet, ...]:
    """The sheets of a file in which the kind's table stands, with rows below its heading.

    A grade book has a sheet for each class: none of them is left out for being the second.
    """
    found = []
    for sheet in upload.sheets if len(upload.sheets) > 1 else ():
        try:
            table, _courses = matched_upload(uow, actor, kind, replace(upload, sheets=(sheet,)))
        except InvalidInputError:
            continue
        if not table.missing and any(map(any, sheet.rows[table.first_row - 1 :])):
            found.append(sheet)
    return tuple(found)


def stated_term(upload: Upload, table: MatchedTable) -> Term | None:
    """The term that was chosen beside a grade sheet, or that its head names."""
    chosen = str(upload.chosen.get("term") or "")
    return term_of(chosen or head_parameters(table.sheet, table.header_row)[0])


def _planned(uow: UnitOfWork, actor: Actor, upload: Upload, table: MatchedTable) -> frozenset[str]:
    """What is taught in the sheet's terms to those it lists; nothing where either is not known."""
    identity = next((name for name in heading_words(GRADES).identities if name in table.places), "")
    terms = {stated_term(upload, table)}
    if "term" in table.places:
        terms |= {term_of(text) for text in _texts(table, "term")}
    numbers = _texts(table, identity) if identity else frozenset()
    return frozenset().union(
        *(
            planned_courses(uow.connection, school_of(actor, GRADES), identity, numbers, term)
            for term in terms
            if term is not None and numbers
        )
    )


def _texts(table: MatchedTable, field: str) -> frozenset[str]:
    """What stands in a column, of the rows that are looked at."""
    rows = range(table.first_row, min(len(table.sheet.rows), table.first_row + _LOOKED_AT) + 1)
    return frozenset(table.sheet.text(row, table.places[field]) for row in rows) - {""}


def _without_planned(
    upload: Upload, answers: Mapping[str, str], said: Mapping[str, str], courses: SchoolCourses
) -> dict[str, str]:
    """Earlier answers, but for columns whose course is known without them."""
    others = {key: said for key, said in answers.items() if course_in(said) is None}
    if len(others) == len(answers):
        return others
    table = match_table(upload.mended, _vocabulary(GRADES, others | dict(said), courses))
    known = {column.key for column in table.columns if course_in(column.meaning) is not None}
    return {key: meaning for key, meaning in answers.items() if key not in known}


def _vocabulary(kind: str, answers: Mapping[str, str], courses: SchoolCourses | None) -> Vocabulary:
    words = heading_words(kind)
    if courses is None:
        return Vocabulary(words, answers)
    return Vocabulary(words, answers, course_of=courses.written, guess=courses.guess)
