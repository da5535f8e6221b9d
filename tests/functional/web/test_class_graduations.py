"""A class graduates on a page: who is ready is ticked, who cannot is told why beside the name."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import Engine, insert

from creditbank.domain.permissions import Role
from creditbank.services.evaluations import drain
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.policies import SchoolPolicyValue
from tests.factories.county import NOW, OWN, SAME, CountyInSmall
from tests.factories.graduates import fulfil, let_awards_fill
from tests.factories.school import CLASS_NAME
from tests.functional.web.conftest import Reader, Visitor

CLASS = {"class_name": CLASS_NAME, "entry_year": "2025"}
ASKED = f"/graduations?class_name={CLASS_NAME}&entry_year=2025"
FORM = CLASS | {"takes_effect_on": "2026-07-01", "document_no": "测毕1号", "idempotency_key": "g1"}


@pytest.fixture
def ready(county: CountyInSmall, owner_engine: Engine, engine: Engine) -> int:
    """A learner with all that is asked, at a school that asks no time of study."""
    school = county.schools[0]
    let_awards_fill(owner_engine, school)
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(
            insert(SchoolPolicyValue).values(
                institution_id=school.institution_id,
                key="duration.years_early_max",
                value={"value": 3},
                effective_from=date(2025, 9, 1),
                reference="测教〔2025〕2号",
            )
        )
    fulfil(owner_engine, engine, school, school.pupils[0], now=NOW, posted="GG01")
    while drain(lambda: UnitOfWork(engine, EVERYWHERE), now=NOW).claimed:
        pass
    return county.learners[OWN]


def ticks(body: str) -> dict[int, bool]:
    """The boxes by learner, and whether each is ticked."""
    boxes = re.findall(r'<input type="checkbox"\s+name="learner_id"\s+value="(\d+)"([^>]*)>', body)
    return {int(number): "checked" in rest for number, rest in boxes}


def sent(reader: Reader, *learner_ids: int, **form: str) -> tuple[int, str]:
    values = FORM | form | {"learner_id": [str(number) for number in learner_ids]}
    answer = reader.post("/graduations", values, part=True)
    return answer.status_code, answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (Role.GUARDIAN, {"completion", "leaving"}),
        (Role.REGISTRAR, {"graduation", "completion", "leaving"}),
    ],
)
def test_the_ends_of_an_enrolment_are_applied_for_like_any_other_change(
    visitor: Visitor, county: CountyInSmall, role: Role, offered: set[str]
) -> None:
    reader, learner = visitor(role), f"/learners/{county.learners[OWN]}"
    body = reader.get(learner).get_data(as_text=True)
    kinds = {"graduation", "completion", "leaving", "exchange"}
    assert kinds & {*re.findall(r"change=(\w+)#", body)} == offered
    form = {"takes_effect_on": "2026-07-01", "idempotency_key": f"end-{role}"}
    for kind, rules in (("completion", ["CO2", "CO3"]), ("leaving", ["LV1", "LV2"])):
        answer = reader.post(f"{learner}/status-changes/{kind}", form, part=True)
        assert answer.status_code == 422
        assert re.findall(r"<code>(\w+)</code>", answer.get_data(as_text=True)) == rules


def test_a_class_is_chosen_and_who_is_ready_graduates(
    visitor: Visitor, county: CountyInSmall, ready: int
) -> None:
    approver, other = visitor(Role.APPROVER), county.learners[SAME]
    assert "class_name=" in approver.get("/graduations").get_data(as_text=True)
    boxes = ticks(approver.get(ASKED).get_data(as_text=True))
    assert (boxes[ready], boxes[other]) == (True, False)
    status, body = sent(approver, ready, other, document_no="")
    assert (status, "批准文号" in body) == (422, True)
    assert ticks(body)[other]
    status, body = sent(approver, ready, other)
    assert status == 200
    assert "已办理毕业 1 名" in body
    assert "1 名未办理，原因见名单" in body
    assert body.count('class="fault"') == 1
    after = ticks(body)
    assert ready not in after
    assert not after[other]
    page = visitor(Role.STUDENT).get(f"/learners/{ready}").get_data(as_text=True)
    assert "在读 → 已毕业" in page


@pytest.mark.parametrize("value", ["x", "1.5", "", "2147483648", "9" * 30])
def test_what_is_no_number_is_nobody(visitor: Visitor, value: str) -> None:
    answer = visitor(Role.APPROVER).post("/graduations", FORM | {"learner_id": value})
    assert answer.status_code == 404


@pytest.mark.parametrize("year", ["x", "9" * 30, "²"])
def test_a_year_that_is_none_shows_no_class(visitor: Visitor, year: str) -> None:
    body = visitor(Role.APPROVER).get(f"/graduations?class_name=A&entry_year={year}")
    assert body.status_code == 200
    assert "class-title" not in body.get_data(as_text=True)


def test_nobody_ticked_is_said(visitor: Visitor) -> None:
    status, body = sent(visitor(Role.APPROVER))
    assert status == 422
    assert "请勾选" in body
