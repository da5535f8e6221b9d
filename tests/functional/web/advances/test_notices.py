"""公示名单 for families: of their own class, while it runs, and only what may stand there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import text

from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.permissions import Role
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.advance_classes import ClassAt
from tests.factories.advance_desk import AFTER_NOTICE, AGREEMENT, MARCH, AdvanceDesk
from tests.functional.web.advances.conftest import Come, said

LIST = f"/agreements/{AGREEMENT}/advance/public-list"
FIRST_DAY = datetime(2028, 3, 6, 16, 30, tzinfo=UTC)
"""Half past midnight of the day after MARCH, where the county is."""
LAST_DAY = datetime(2028, 3, 13, 15, 30, tzinfo=UTC)
FAMILY = (Role.STUDENT, Role.GUARDIAN)


@pytest.fixture
def on_notice(class_at: ClassAt) -> AdvanceDesk:
    """Announced on MARCH, the second one as failed."""
    desk = class_at(Stage.QUALIFIED)
    desk.assess(failed=desk.ids[1:2])
    desk.many(MoveKind.ANNOUNCE)
    return desk


@pytest.mark.parametrize("role", FAMILY)
def test_a_family_reads_the_list_of_the_class_while_it_runs(
    come: Come, on_notice: AdvanceDesk, role: Role
) -> None:
    pupils = on_notice.school.pupils
    own = f"/learners/{pupils[0].learner_id}/advance"
    for at in (FIRST_DAY, LAST_DAY):
        reader = come(on_notice, role, at)
        assert f'href="{LIST}"' in reader.get(own).get_data(as_text=True)
        answer = reader.get(LIST)
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        page = said(answer)
        assert page.count("不合格") == 1
        assert f"{pupils[1].name} 第1测试职业学校 2025级 25数控1班 不合格" in page
        assert all(pupil.name in page for pupil in pupils)
        assert not any(pupil.student_no in page for pupil in pupils)


def test_who_is_announced_again_is_on_a_list_of_its_own_days(
    come: Come, on_notice: AdvanceDesk
) -> None:
    desk, (again, *others) = on_notice, on_notice.school.pupils
    desk.one(MoveKind.APPEAL, Role.STUDENT, reason="实践材料漏计", now=FIRST_DAY)
    desk.one(
        MoveKind.GRANT_APPEAL, Role.APPROVER, reason="补交材料属实", document_no="复1号",
        now=FIRST_DAY,
    )  # fmt: skip
    desk.assess(desk.ids[0], now=FIRST_DAY)
    desk.many(MoveKind.ANNOUNCE, desk.ids[0], now=FIRST_DAY)
    for role in (*FAMILY, Role.APPROVER):
        page = said(come(desk, role, LAST_DAY).get(LIST))
        first, second = page.split("公示期：")[1:]
        assert first.startswith(
            "2028年3月7日 至 2028年3月13日；异议请于 2028年3月16日 前向学校书面提出。"
        )
        assert second.startswith(
            "2028年3月8日 至 2028年3月14日；异议请于 2028年3月17日 前向学校书面提出。"
        )
        assert all(pupil.name in first and pupil.name not in second for pupil in others)
        assert again.name in second
        assert again.name not in first


@pytest.mark.parametrize(
    ("at", "said_then"), [(MARCH, "现在没有公示"), (AFTER_NOTICE, "名单已撤下")]
)
def test_there_is_no_list_before_its_first_day_and_after_its_last(
    come: Come, on_notice: AdvanceDesk, at: datetime, said_then: str
) -> None:
    pupils = on_notice.school.pupils
    reader = come(on_notice, Role.GUARDIAN, at)
    page = said(reader.get(LIST))
    assert said_then in page
    assert not any(pupil.name in page for pupil in pupils)
    assert LIST not in reader.get(f"/learners/{pupils[0].learner_id}/advance").get_data(
        as_text=True
    )


def test_it_is_for_the_families_of_the_class_alone(
    come: Come, on_notice: AdvanceDesk, app: Flask
) -> None:
    assert come(on_notice, Role.STUDENT, FIRST_DAY).get(LIST).status_code == 200
    assert app.test_client().get(LIST).status_code == 302
    with UnitOfWork(on_notice.owner, EVERYWHERE) as uow:
        uow.connection.execute(
            text("UPDATE agreement_members SET left_on = '2028-03-06' WHERE enrolment_id = :id"),
            {"id": on_notice.ids[0]},
        )
    assert come(on_notice, Role.STUDENT, FIRST_DAY).get(LIST).status_code == 404
