"""Papers on pages: issued and taken back on a learner's page, for a class, verified by anybody."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from creditbank.api import calls
from creditbank.domain.permissions import Role
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.web import visits
from tests.factories.county import OWN, SAME, CountyInSmall
from tests.factories.school import CLASS_NAME
from tests.functional.web.conftest import Reader, Visitor

CLASS = f"/papers?class_name={CLASS_NAME}&entry_year=2025"


def rows(engine: Engine, statement: str, **values: Any) -> list[Any]:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return list(uow.connection.execute(text(statement), values))


def ticks(body: str) -> list[str]:
    return re.findall(r'<input type="checkbox"\s+name="learner_id"\s+value="(\d+)"', body)


def text_of(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def test_the_registrar_issues_and_takes_back(
    visitor: Visitor, county: CountyInSmall, engine: Engine
) -> None:
    reader, learner = visitor(Role.REGISTRAR), f"/learners/{county.learners[SAME]}"
    assert "没有签发过证明或表格" in text_of(reader.get(learner))
    issued = reader.post(f"{learner}/papers", {"idempotency_key": "w1"}, part=True)
    assert "已签发学籍证明" in text_of(issued)
    (made,) = rows(engine, "SELECT * FROM issued_papers WHERE learner_id = :id",
                   id=county.learners[SAME])  # fmt: skip
    assert made.number in text_of(issued)
    opened = reader.get(f"/papers/{made.issued_paper_id}/file")
    assert opened.content_type == "application/pdf"
    assert opened.headers["Content-Disposition"] == f'inline; filename="{made.number}.pdf"'
    assert opened.headers["Cache-Control"] == "no-store"
    path = f"/papers/{made.issued_paper_id}/revocations"
    refused = reader.post(path, {"reason": " "}, part=True)
    assert refused.status_code == 422
    assert "请填写此项" in text_of(refused)
    taken = text_of(reader.post(path, {"reason": "姓名有误"}, part=True))
    assert "已作废" in taken
    assert "作废这一份" not in taken
    assert reader.post(path, {"reason": "姓名有误"}, part=True).status_code == 422


def test_without_scripts_the_page_comes_back(visitor: Visitor, county: CountyInSmall) -> None:
    learner = f"/learners/{county.learners[SAME]}"
    done = visitor(Role.REGISTRAR).post(f"{learner}/papers", {"idempotency_key": "w2"})
    assert (done.status_code, done.location) == (302, learner)


@pytest.mark.parametrize(
    ("role", "lists", "issues"),
    [
        (Role.REGISTRAR, True, True),
        (Role.STUDENT, True, False),
        (Role.GUARDIAN, True, False),
        (Role.COUNTY, True, False),
        (Role.TEACHER, False, False),
        (Role.AUDITOR, False, False),
    ],
)
def test_who_sees_the_panel(
    visitor: Visitor, county: CountyInSmall, role: Role, *, lists: bool, issues: bool
) -> None:
    body = text_of(visitor(role).get(f"/learners/{county.learners[OWN]}"))
    assert ('id="papers"' in body) is lists
    assert (f"/papers/{county.papers[OWN]}/file" in body) is lists
    assert (">签发</button>" in body) is issues
    assert ("作废这一份" in body) is issues


def test_a_form_is_printed_from_the_change(
    visitor: Visitor, county: CountyInSmall, engine: Engine
) -> None:
    reader = visitor(Role.REGISTRAR)
    change = "SELECT learner_id FROM status_changes WHERE status_change_id = :id"
    learner = f"/learners/{rows(engine, change, id=county.changes[OWN])[0].learner_id}"
    assert "打印审批表" in text_of(reader.get(learner))
    path = f"/status-changes/{county.changes[OWN]}/papers"
    answer = reader.post(path, {})
    assert answer.status_code == 302
    assert reader.get(answer.location).data.startswith(b"%PDF-")
    assert "学籍异动审批表" in text_of(reader.get(learner))
    assert "打印审批表" not in text_of(visitor(Role.COUNTY).get(learner))


def test_a_class_gets_its_certificates_in_one_file(visitor: Visitor, engine: Engine) -> None:
    reader = visitor(Role.REGISTRAR)
    assert "按班级签发证明与表格" in text_of(reader.get("/learners"))
    assert CLASS_NAME in text_of(reader.get("/papers"))
    chosen = ticks(text_of(reader.get(CLASS)))
    assert len(chosen) == 7
    form = {"learner_id": chosen}
    answer = reader.post("/papers", form)
    opened = reader.get(answer.location)
    assert opened.content_type == "application/pdf"
    assert reader.post("/papers", form).location == answer.location  # a double click
    wanted = (
        "SELECT count(DISTINCT learner_id) AS n FROM issued_papers WHERE learner_id = ANY (:ids)"
    )
    assert rows(engine, wanted, ids=[int(number) for number in chosen])[0].n == 7


def test_nobody_ticked_is_told(visitor: Visitor) -> None:
    answer = visitor(Role.REGISTRAR).post(
        "/papers", {"class_name": CLASS_NAME, "entry_year": "2025"}
    )
    assert answer.status_code == 422
    assert "请勾选要签发证明的学生" in text_of(answer)


def test_of_a_large_class_as_many_are_ticked_as_may_be_at_once(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("creditbank.web.paper_batches.FILE_MAX", 2)
    reader = visitor(Role.REGISTRAR)
    body = text_of(reader.get(CLASS))
    assert len(re.findall(r"<input type=\"checkbox\"[^>]*checked", body)) == 2
    assert reader.post("/papers", {"learner_id": ticks(body)}).status_code == 422


@pytest.mark.parametrize("ids", ["", "x", "1.x", "0", "99999999999", ".".join(["1"] * 201)])
def test_an_address_of_no_papers_is_not_found(visitor: Visitor, ids: str) -> None:
    assert visitor(Role.REGISTRAR).get(f"/papers/files?ids={ids}").status_code == 404


@pytest.mark.parametrize("site", [calls.site, visits.site])
def test_qr_codes_lead_to_the_public_address(
    app: Flask, monkeypatch: pytest.MonkeyPatch, site: Callable[[], str]
) -> None:
    with app.test_request_context(base_url="http://10.0.0.5:8000"):
        assert site() == "http://10.0.0.5:8000/verify"
        monkeypatch.setitem(app.config, "CREDITBANK_PUBLIC_URL", "https://xuefen.example")
        assert site() == "https://xuefen.example/verify"


class TestVerifying:
    @pytest.fixture
    def kept(self, county: CountyInSmall, engine: Engine) -> Any:
        wanted = "SELECT * FROM issued_papers WHERE issued_paper_id = :id"
        return rows(engine, wanted, id=county.papers[OWN])[0]

    def test_a_qr_code_and_a_number_say_the_same(self, visitor: Visitor, kept: Any) -> None:
        reader = visitor(Role.ANONYMOUS)
        name = kept.document["name"]
        posted = reader.post("/verify", {"number": kept.number, "proof": name})
        for answer in (reader.get(f"/verify/{kept.token}"), posted):
            body = text_of(answer)
            assert answer.status_code == 200
            assert "相符：这份文件由该校签发" in body
            assert kept.document["school"] in body
            assert "2026年7月1日" in body
            assert name not in body
            assert f"{name[0]}*" in body
            for hidden in (kept.document["student_no"], kept.code, "数控"):
                assert hidden not in body

    def test_what_is_no_longer_as_it_says_is_told(
        self, visitor: Visitor, kept: Any, owner_engine: Engine
    ) -> None:
        with owner_engine.begin() as connection:
            connection.execute(
                text("UPDATE enrolments SET class_name = '25数控9班' WHERE enrolment_id = :id"),
                {"id": kept.enrolment_id},
            )
        body = text_of(visitor(Role.ANONYMOUS).get(f"/verify/{kept.token}"))
        assert "已失效" in body
        assert "不再如文件所述" in body
        assert "25数控9班" not in body

    def test_whoever_cannot_sign_in_finds_the_page(self, visitor: Visitor) -> None:
        assert 'href="/verify"' in text_of(visitor(Role.ANONYMOUS).get("/sign-in"))

    def test_nothing_is_kept_or_indexed(self, visitor: Visitor, kept: Any) -> None:
        answer = visitor(Role.ANONYMOUS).get(f"/verify/{kept.token}")
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Cache-Control"] == "no-store"

    def test_no_match_is_said_without_saying_why(self, visitor: Visitor, kept: Any) -> None:
        reader = visitor(Role.ANONYMOUS)
        wrong_name = text_of(reader.post("/verify", {"number": kept.number, "proof": "查无此人"}))
        no_number = text_of(reader.post("/verify", {"number": "1", "proof": "查无此人"}))
        assert "不相符：没有这样的文件" in wrong_name
        assert "不相符：没有这样的文件" in no_number
        assert "查无此人" not in wrong_name

    def test_who_guesses_waits(self, visitor: Visitor, kept: Any) -> None:
        reader = visitor(Role.ANONYMOUS)
        for at in range(10):
            reader.post("/verify", {"number": kept.number, "proof": f"{at:06}"})
        answer = reader.post("/verify", {"number": kept.number, "proof": "000000"})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 601
        assert "尝试次数过多" in text_of(answer)

    def test_in_english(self, visitor: Visitor, kept: Any) -> None:
        reader: Reader = visitor(Role.ANONYMOUS)
        reader.client.set_cookie("language", "en")
        assert "genuine" in text_of(reader.get(f"/verify/{kept.token}"))
