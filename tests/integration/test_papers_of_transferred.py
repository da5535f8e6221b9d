"""Papers, pages and credentials of who changed the school: what was earned there stays earned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from creditbank.domain.papers import PaperKind
from creditbank.queries.balances import balances
from creditbank.queries.papers import open_papers
from creditbank.queries.template_values import template_values
from creditbank.queries.transcripts import transcript
from creditbank.services.credential_contents import Books
from creditbank.services.paper_commands import IssueStudyPapers
from creditbank.services.study_papers import issue_study_papers
from creditbank.store.unit_of_work import UnitOfWork
from tests.databases import Database
from tests.factories.paper_desk import SITE
from tests.factories.school import Pupil, School
from tests.factories.transfer_desk import NOW, SECOND, TransferDesk, make_transfer_desk

LATER = NOW + timedelta(days=20)
BACK = datetime(2026, 8, 5, 2, tzinfo=UTC)


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> TransferDesk:
    """The first pupil of the vocational school went to the general one, with two courses."""
    made = make_transfer_desk(owner_engine, engine)
    pupil, here = made.vocational.pupils[0], made.vocational
    made.post(here, pupil.learner_id, "GG02", "ZY02")
    made.transfer(pupil, here, made.general)
    return made


def document(desk: TransferDesk, school: School, pupil: Pupil, kind: PaperKind) -> dict[str, Any]:
    command = IssueStudyPapers(kind=kind, learner_ids=(pupil.learner_id,))
    with UnitOfWork(desk.engine, str(school.institution_id)) as uow:
        made = issue_study_papers(
            uow,
            school.registrar,
            command,
            site=SITE,
            idempotency_key=f"k{kind.value}{school.institution_id}",
            now=BACK,
        )
        (kept,) = open_papers(uow, school.registrar, made.issued_paper_ids, now=BACK)
    return dict(kept.document)


def test_the_school_that_was_left_certifies_all_that_was_earned_there(desk: TransferDesk) -> None:
    pupil, here = desk.vocational.pupils[0], desk.vocational
    said = document(desk, here, pupil, PaperKind.TRANSCRIPT)
    assert (said["total"], [of["credits"] for of in said["subtotals"]]) == ("17", ["17"])
    left = document(desk, here, pupil, PaperKind.STUDY_CERTIFICATE)
    assert (left["total"], left["awarded"]) == ("17", "")
    statement = document(desk, here, pupil, PaperKind.CREDIT_STATEMENT)
    assert statement["total"]["booked"] == "17"


def test_the_school_that_was_entered_names_what_it_recognised(desk: TransferDesk) -> None:
    pupil, there = desk.vocational.pupils[0], desk.general
    (term,) = document(desk, there, pupil, PaperKind.TRANSCRIPT_BILINGUAL)["terms"]
    assert [(of["name"], of["credits"], of["mark"]) for of in term["courses"]] == [
        ("语文", "11", "认定"), ("任选课（数控编程）", "6", "认定"),
    ]  # fmt: skip
    assert [of["name_en"] for of in term["courses"]] == ["Yu wen", "Shu kong bian cheng"]
    lines = document(desk, there, pupil, PaperKind.CREDIT_STATEMENT)["outcomes"]
    assert [of["name"] for of in lines] == ["语文（语文）", "任选课（数控编程）"]
    assert all(len(of["recognition_no"]) < 10 for of in lines), "the line of the table, no sentence"


def test_who_comes_back_has_both(desk: TransferDesk) -> None:
    pupil, here, there = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(there, pupil.learner_id, "GG04", term=SECOND, now=BACK)
    desk.transfer(pupil, there, here, now=BACK)
    said = document(desk, here, pupil, PaperKind.TRANSCRIPT)
    assert [(of["name"], of["credits"]) for of in said["subtotals"]] == [
        ("必修", "17"), ("转入认定", "8"),
    ]  # fmt: skip
    assert said["total"] == "25"
    with UnitOfWork(desk.engine, str(here.institution_id)) as uow:
        found = template_values(
            uow, here.registrar, template_name="表", class_name=here.class_name, entry_year=2025,
            reason="归档", now=BACK + timedelta(days=20),
        )  # fmt: skip
    (own,) = [of for of in found.learners if of.courses]
    assert sorted(of["学分"] for of in own.courses) == [6, 8, 11]
    assert own.own["已得学分"] == 25


def test_each_reader_reads_a_balance_that_is_none_below_what_was_earned(
    desk: TransferDesk,
) -> None:
    pupil = desk.vocational.pupils[0]
    readers = (desk.vocational.registrar, desk.general.registrar, desk.family(pupil.learner_id))
    for reader in readers:
        found = desk.read(transcript, reader, pupil.learner_id, now=LATER)
        assert found.earned_units == 1700
        assert sum(of.booked for of in balances(found, ())) == 1700
        assert min(term.earned_units for term in found.terms) >= 0


def test_a_credential_states_no_half_that_leaves() -> None:
    rows = tuple(
        {"ledger_seq": seq, "kind": kind, "units": units}
        for seq, kind, units in (
            (1, "course", 1100), (2, "recognition", -1100), (4, "substitution", -100),
            (5, "substitution", 100), (6, "recognition", 800),
        )
    )  # fmt: skip
    books = object.__new__(Books)
    object.__setattr__(books, "rows", rows)
    object.__setattr__(books, "gone", frozenset())
    assert [row["ledger_seq"] for row in books.stated] == [1, 4, 5, 6]
