"""Links to papers made from the books: any that certifies something, as it was issued."""

from __future__ import annotations

from datetime import UTC, datetime

import pypdfium2
import pytest
from sqlalchemy import Engine

from creditbank.domain.access import ANONYMOUS, Actor
from creditbank.domain.errors import NotFoundError
from creditbank.domain.papers import FAMILY_KINDS, PaperKind, PaperState
from creditbank.domain.permissions import Role
from creditbank.papers.layouts import standard_layout
from creditbank.papers.rendering import render
from creditbank.services.paper_shares import OpenedShare, SharePaper, open_share, share_paper
from creditbank.store.unit_of_work import UnitOfWork
from tests.databases import Database
from tests.factories.change_desk import make_change_desk
from tests.factories.graduates import course
from tests.factories.paper_desk import PaperDesk

MARCH = datetime(2026, 3, 2, 2, tzinfo=UTC)
_FROM_BOOKS = sorted(FAMILY_KINDS - {PaperKind.STATUS_CERTIFICATE, PaperKind.STUDY_CERTIFICATE})


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> PaperDesk:
    made = PaperDesk(make_change_desk(owner_engine, engine))
    made.post(course(made.learner_ids[0], "GG02"), MARCH)
    made.changes.drain(MARCH)
    return made


def shared(desk: PaperDesk, number: int) -> str:
    """The token of a link of the first pupil's family."""
    family = Actor(1, Role.STUDENT, learner_ids=frozenset(desk.learner_ids[:1]))
    command = SharePaper(learner_id=desk.learner_ids[0], issued_paper_id=number, days=7)
    with UnitOfWork(desk.changes.engine, str(desk.changes.school.institution_id)) as uow:
        return share_paper(uow, family, command, idempotency_key=f"s{number}", now=MARCH).token


def opened(desk: PaperDesk, token: str) -> OpenedShare:
    with UnitOfWork(desk.changes.engine, "") as uow:
        found = open_share(uow, ANONYMOUS, token, address="10.0.0.1", is_file=True, now=MARCH)
    assert isinstance(found, OpenedShare)
    return found


@pytest.mark.parametrize("kind", _FROM_BOOKS)
def test_what_a_family_has_it_hands_on(desk: PaperDesk, kind: PaperKind) -> None:
    found = opened(desk, shared(desk, desk.study(kind, now=MARCH)[0]))
    assert (found.kind, found.state) == (kind, PaperState.VALID)


def test_what_is_the_schools_own_is_not_handed_on(desk: PaperDesk) -> None:
    with pytest.raises(NotFoundError):
        shared(desk, desk.study(PaperKind.GRAD_AUDIT, now=MARCH)[0])


def test_a_link_shows_the_layout_that_the_paper_was_issued_with(desk: PaperDesk) -> None:
    own = standard_layout(PaperKind.TRANSCRIPT).replace("学生成绩单", "学业成绩证明")
    desk.lay_out(PaperKind.TRANSCRIPT, own, MARCH.date())
    paper = opened(desk, shared(desk, desk.study(PaperKind.TRANSCRIPT, now=MARCH)[0])).paper
    assert paper is not None
    page = pypdfium2.PdfDocument(render([paper]))[0]
    assert "学业成绩证明" in page.get_textpage().get_text_bounded()


def test_a_link_says_that_something_on_the_paper_was_taken_back(desk: PaperDesk) -> None:
    token = shared(desk, desk.study(PaperKind.TRANSCRIPT, now=MARCH)[0])
    desk.take_back(1, MARCH)
    assert opened(desk, token).state is PaperState.CORRECTED
