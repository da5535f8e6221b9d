"""What a college has new in its classes since its account's last look."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.exc import DBAPIError

from creditbank.domain.awards import InnovationCategory
from creditbank.domain.permissions import Role
from creditbank.services.commands import PostInnovationCredit
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import drain
from creditbank.store.cohort_changes import last_position
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from creditbank.tables.cohort_changes import CohortLook
from tests.factories.county import AGREED, NOW, OTHER, OWN, CountyInSmall
from tests.factories.county_parts import join
from tests.functional.web.conftest import Reader, Visitor

_TAGS = re.compile(r"<[^>]+>")
_LOOK = re.compile(r'name="look" value="([^"]+)"')
NOTHING = "上次查看以来没有变化"


def said(page: str) -> str:
    return " ".join(_TAGS.sub(" ", page).split())


def body(reader: Reader, address: str) -> str:
    answer = reader.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def looked(reader: Reader, address: str, back: str = "") -> str:
    """Mark as seen what a page shows; the page that this leads to."""
    form = {"look": _LOOK.findall(body(reader, address)), "back": back}
    answer = reader.post("/agreements/looks", form)
    assert answer.status_code == 303
    return said(body(reader, answer.headers["Location"]))


def marked(page: str) -> list[int]:
    """Who of the list is marked as changed."""
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return [int(re.findall(r"/learners/(\d+)", row)[0]) for row in rows if ">有变动<" in row]


def evaluate(engine: Engine) -> None:
    while drain(lambda: UnitOfWork(engine, EVERYWHERE, EVERYBODY), now=NOW).claimed:
        pass


@pytest.fixture
def path(county: CountyInSmall, owner_engine: Engine, engine: Engine) -> str:
    """The page of a class of three, of whom the first has a student's account."""
    pupils = county.schools[0].pupils
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        for pupil in (pupils[0], pupils[1]):
            join(uow.connection, county.agreements[AGREED], pupil.enrolment_id)
    evaluate(engine)
    return f"/agreements/{county.agreements[AGREED]}"


def test_a_college_sees_what_changed_since_its_last_look_and_ends_it(
    visitor: Visitor, county: CountyInSmall, engine: Engine, path: str
) -> None:
    college, pupils = visitor(Role.COLLEGE), county.schools[0].pupils
    shown = said(body(college, "/agreements"))
    assert all(words in shown for words in ("3 名学生", "还没有看过"))
    assert "人有变动" not in shown  # before the first look everybody is new, and nothing changed
    assert f'href="{path}"' in body(college, "/agreements")
    assert "outcome=changed" not in body(college, "/agreements")  # nobody could be shown there
    assert marked(body(college, path)) == []
    assert NOTHING in looked(college, "/agreements")
    assert marked(body(college, path)) == []
    command = PostInnovationCredit(
        learner_id=pupils[1].learner_id, category=InnovationCategory.VOLUNTEERING,
        title="志愿服务", quantity=20, earned_on=date(2026, 6, 1),
    )  # fmt: skip
    with UnitOfWork(engine, "1") as uow:
        post_credit(uow, county.schools[0].registrar, command, idempotency_key="news", now=NOW)
    page = body(college, path)
    assert "1 人有变动" in said(page)
    assert "结论或步骤有变" not in said(page)  # no verdict yet: nothing is filed, nobody was told
    assert marked(page) == [pupils[1].learner_id]
    evaluate(engine)
    listed = body(college, "/agreements")
    assert "1 人有变动；1 人的结论或步骤有变" in said(listed)
    assert f'href="{path}?outcome=changed"' in listed
    chosen = body(college, f"{path}?outcome=changed")
    assert set(map(int, re.findall(r'/learners/(\d+)"', chosen))) == {pupils[1].learner_id}
    assert NOTHING in looked(college, path, back="cohort")
    assert "有变动 0" in said(body(college, path))
    assert "没有符合条件的学生" in said(body(college, f"{path}?outcome=changed"))


def test_who_leaves_is_counted_and_not_named(
    visitor: Visitor, county: CountyInSmall, path: str
) -> None:
    college, pupil = visitor(Role.COLLEGE), county.schools[0].pupils[0]
    looked(college, path)
    assert pupil.learner_id == county.learners[OWN]
    form = {"agreement_id": path.split("/")[2], "is_given": "false", "idempotency_key": "left"}
    visitor(Role.STUDENT).post(f"/learners/{pupil.learner_id}/consents", form)
    for address in ("/agreements", path, f"{path}?outcome=changed"):
        page = body(college, address)
        assert "人有变动" not in said(page)
        assert pupil.name not in page
    assert "1 人离开" in said(body(college, path))
    assert NOTHING in looked(college, "/agreements")


def test_nobody_else_is_told_and_no_look_is_anothers(
    visitor: Visitor, county: CountyInSmall, path: str
) -> None:
    college, ours, theirs = visitor(Role.COLLEGE), county.agreements[AGREED], OTHER
    for role in (Role.REGISTRAR, Role.COUNTY):
        page = said(body(visitor(role), path))
        assert (NOTHING in page, "有变动" in page) == (False, False)
        assert visitor(role).post("/agreements/looks", {"look": f"{ours}:1"}).status_code == 403
    both = {"look": [f"{ours}:1", f"{county.agreements[theirs]}:1"]}
    assert college.post("/agreements/looks", both).status_code == 404
    for wrong in ("", "1", "x:1", f"{ours}:-1", f"{ours}:1:1"):
        assert college.post("/agreements/looks", {"look": wrong}).status_code == 400
    looked(college, "/agreements")
    far = college.post("/agreements/looks", {"look": f"{ours}:999999999999"})
    assert far.status_code == 303  # what was never given is no look
    assert NOTHING in said(body(college, path))


@pytest.mark.parametrize(
    ("role", "account", "ahead", "why"),
    [
        (Role.COLLEGE, "own", 1, "looks at what there is"),
        (Role.COUNTY, "own", 0, "who looks is of the college"),
        (Role.COLLEGE, "", 0, "row-level security"),
    ],
)
def test_the_database_takes_no_other_look(
    visitor: Visitor, engine: Engine, path: str, role: Role, account: str, ahead: int, why: str
) -> None:
    college = visitor(Role.COLLEGE)
    looked(college, path)
    number, agreement = college.county.account_ids[role], int(path.split("/")[2])
    with UnitOfWork(engine, EVERYWHERE) as uow:
        position = last_position(uow.connection, agreement) + ahead
    look = {"account_id": number, "agreement_id": agreement, "looked_at": NOW}
    with (
        pytest.raises(DBAPIError, match=why),
        UnitOfWork(engine, EVERYWHERE, number if account else "") as uow,
    ):
        uow.connection.execute(insert(CohortLook).values(look | {"position": position}))


@pytest.mark.parametrize(
    "statement", ["UPDATE cohort_looks SET position = 1", "DELETE FROM cohort_looks"]
)
def test_a_look_stays(visitor: Visitor, owner_engine: Engine, path: str, statement: str) -> None:
    looked(visitor(Role.COLLEGE), path)
    with (
        pytest.raises(DBAPIError, match="takes inserts only"),
        owner_engine.begin() as connection,
    ):
        connection.exec_driver_sql(statement)
