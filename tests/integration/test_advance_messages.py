"""A message for each step of a class: to whom it concerns, and as long as one of it is shown."""

from __future__ import annotations

from functools import partial

import pytest

from creditbank.domain.access import Actor
from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.permissions import Role
from creditbank.queries.advance_numbers import advance_news
from creditbank.queries.messages import count_unread, list_messages
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.advance_agreement import open_accounts
from tests.factories.advance_classes import AdvanceClasses, ClassAt
from tests.factories.advance_desk import AFTER_NOTICE, AdvanceDesk


@pytest.fixture
def class_at(advance_classes: AdvanceClasses) -> ClassAt:
    """`class_at(Stage.FILED)`: five learners who are filed."""
    return partial(advance_classes.at, pupils=5)


def test_each_step_tells_whom_it_concerns_that_not_what(class_at: ClassAt) -> None:
    desk: AdvanceDesk = class_at(Stage.QUALIFICATION)
    names = {desk.actor(role).account_id: role.value for role in Role}
    others = [  # whom the first stage of another agreement has put at each of the two
        Actor(790, Role.REGISTRAR, desk.college_id),
        Actor(791, Role.APPROVER, desk.college_id),
        Actor(792, Role.COLLEGE, desk.school.institution_id),
    ]
    with UnitOfWork(desk.owner, EVERYWHERE) as uow:
        open_accounts(uow.connection, others)
    names |= {who.account_id: f"{who.role.value} of others" for who in others}
    heard = 0

    def told() -> set[str]:
        nonlocal heard
        found = desk.rows("SELECT account_id, kind, learners FROM messages ORDER BY message_id")
        fresh = [row for row in found[heard:] if row.account_id in names]
        heard = len(found)
        assert {row.kind for row in fresh} <= {"advance"}
        assert len({row.account_id for row in fresh}) == len(fresh)  # one for the class
        family = {Role.STUDENT.value, Role.GUARDIAN.value}
        for row in fresh:
            assert row.learners == (1 if names[row.account_id] in family else 5)
        return {names[row.account_id] for row in fresh}

    desk.many(MoveKind.QUALIFY)
    assert told() == {"student", "guardian", "registrar"}
    desk.assess()
    assert told() == {"student", "guardian", "approver"}
    desk.many(MoveKind.ANNOUNCE)
    told()
    desk.many(MoveKind.FILE, now=AFTER_NOTICE)
    assert told() == {"student", "guardian", "registrar", "college"}
    desk.score({number: (80, 80, 80 + at) for at, number in enumerate(desk.ids)})
    assert told() == {"student", "guardian", "registrar", "approver"}


def test_a_message_of_a_class_stays_until_nobody_of_it_is_shown(class_at: ClassAt) -> None:
    desk = class_at(Stage.NOTICE)
    desk.many(MoveKind.FILE, now=AFTER_NOTICE)
    college = desk.actor(Role.COLLEGE)

    def told() -> list[int]:
        with desk.unit(college, now=AFTER_NOTICE) as uow:
            lines = list_messages(uow, college).items
            news = advance_news(uow, college)
            assert count_unread(uow, college) == len(lines) == len(news)
        return [line.learner_id for line in lines]

    for at, pupil in enumerate(desk.school.pupils):
        assert told() == [pupil.learner_id]
        desk.withdraw_consent(at)
    assert told() == []
