"""Links to papers: as the paper was issued, and to no other than what a form offers."""

from __future__ import annotations

from datetime import UTC, datetime

import pypdfium2
import pytest
from sqlalchemy import Engine

from creditbank.domain.access import ANONYMOUS, Actor
from creditbank.domain.errors import NotFoundError
from creditbank.domain.papers import PaperKind
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


def test_a_link_shows_the_layout_that_the_paper_was_issued_with(desk: PaperDesk) -> None:
    kind = PaperKind.STATUS_CERTIFICATE
    own = standard_layout(kind).replace('"学籍证明"', '"在籍证明书"')
    desk.lay_out(kind, own, MARCH.date())
    paper = opened(desk, shared(desk, desk.certify(now=MARCH)[0])).paper
    assert paper is not None
    page = pypdfium2.PdfDocument(render([paper]))[0]
    assert "在籍证明书" in page.get_textpage().get_text_bounded()


@pytest.mark.parametrize("kind", [PaperKind.TRANSCRIPT, PaperKind.GRAD_AUDIT])
def test_marks_are_handed_on_by_a_credential_alone(desk: PaperDesk, kind: PaperKind) -> None:
    with pytest.raises(NotFoundError):
        shared(desk, desk.study(kind, now=MARCH)[0])
