"""Links to papers: made once, opened by anybody, over or withdrawn without a difference."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
import time_machine
from sqlalchemy import Engine, text

from creditbank.domain.permissions import Role
from creditbank.services.paper_shares import MISSES_MAX
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import NOW, OTHER, OWN, SAME, CountyInSmall
from tests.functional.web.conftest import Reader, Visitor

_LINK = re.compile(r'value="http://localhost(/shared/[\w-]{43})"')


def text_of(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def rows(engine: Engine, statement: str) -> list[Any]:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return list(uow.connection.execute(text(statement)))


def make(reader: Reader, shown: str, days: int = 7, **more: str) -> Any:
    learner = reader.county.learners[OWN]
    form = {"shown": shown, "days": str(days), **more}
    return reader.post(f"/learners/{learner}/shares", form, part=True)


def certificate(county: CountyInSmall) -> str:
    return f"paper-{county.papers[OWN]}"


def link_of(answer: Any) -> str:
    found = _LINK.search(text_of(answer))
    assert found is not None
    return found[1]


def opened(visitor: Visitor, address: str) -> Any:
    return visitor(Role.ANONYMOUS).get(address)


def test_the_link_is_shown_once_and_kept_as_a_hash(
    visitor: Visitor, county: CountyInSmall, engine: Engine
):
    student = visitor(Role.STUDENT)
    before = len(rows(engine, "SELECT * FROM paper_shares"))
    answer = make(student, certificate(county), idempotency_key="s1")
    token = link_of(answer).rpartition("/")[2]
    assert token not in text_of(make(student, certificate(county), idempotency_key="s1"))
    assert token not in text_of(student.get(f"/learners/{county.learners[OWN]}/shares"))
    kept = rows(engine, "SELECT * FROM paper_shares")
    assert len(kept) == before + 1
    assert token not in str(kept)
    assert token not in str(rows(engine, "SELECT response FROM idempotency_keys"))


def test_who_has_the_link_sees_the_paper(visitor: Visitor, county: CountyInSmall):
    address = link_of(make(visitor(Role.STUDENT), certificate(county)))
    page = opened(visitor, address)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert page.headers["Cache-Control"] == "no-store"
    assert county.names[OWN] in text_of(page)
    (paper,) = pypdfium2.PdfDocument(opened(visitor, f"{address}/file").data)
    assert county.names[OWN] in paper.get_textpage().get_text_bounded()


def test_a_credential_is_handed_on_with_its_signed_file(visitor: Visitor, county: CountyInSmall):
    address = link_of(make(visitor(Role.GUARDIAN), f"credential-{county.credentials[OWN]}"))
    assert opened(visitor, f"{address}/file").content_type == "application/pdf"
    assert opened(visitor, f"{address}/document").get_json(force=True)["proof"]["proofValue"]


def test_a_wrong_a_withdrawn_and_an_old_link_answer_the_same(
    visitor: Visitor, county: CountyInSmall, engine: Engine
):
    student = visitor(Role.STUDENT)
    address = link_of(make(student, certificate(county)))
    (found,) = rows(engine, "SELECT max(paper_share_id) FROM paper_shares")
    wrong = text_of(opened(visitor, f"/shared/{'y' * 43}"))
    assert opened(visitor, address).status_code == 200
    with time_machine.travel(NOW + timedelta(days=7, hours=1), tick=True):
        old = opened(visitor, address)
    gone = f"/shares/{found[0]}/withdrawals"
    assert "已收回" in text_of(student.post(gone, {}, part=True))
    assert "已收回" in text_of(student.post(gone, {}, part=True))
    taken = opened(visitor, address)
    for answer in (old, taken, opened(visitor, f"{address}/file")):
        assert answer.status_code == 404
    without = re.compile(r'value="[^"]*"|X-CSRFToken": "[^"]*"')
    assert (
        without.sub("", text_of(taken)) == without.sub("", wrong) == without.sub("", text_of(old))
    )


def test_openings_are_counted_for_the_family(visitor: Visitor, county: CountyInSmall):
    student = visitor(Role.STUDENT)
    address = link_of(make(student, certificate(county)))
    for part in ("", "", "/file"):
        opened(visitor, f"{address}{part}")
    page = text_of(student.get(f"/learners/{county.learners[OWN]}/shares"))
    assert "打开 2 次，看文件 1 次" in page


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"days": "91"}, 422),
        ({"days": "0"}, 422),
        ({"shown": "paper-0x"}, 422),
        ({"shows_numbers": "true"}, 422),
        ({"shown": "theirs"}, 404),
        ({"shown": "nobody's"}, 404),
    ],
)
def test_what_is_not_the_familys_to_share_is_refused(
    visitor: Visitor, county: CountyInSmall, change: dict[str, str], status: int
):
    form = {"shown": certificate(county), "days": "7", **change}
    form["shown"] = {
        "theirs": f"paper-{county.papers[OTHER]}",
        "nobody's": "credential-999999999",
    }.get(form["shown"], form["shown"])
    learner = county.learners[OWN]
    answer = visitor(Role.STUDENT).post(f"/learners/{learner}/shares", form, part=True)
    assert answer.status_code == status


def test_whatever_the_form_offers_can_be_shared(visitor: Visitor, county: CountyInSmall):
    learner = county.learners[OWN]
    form = {"kind": "transcript", "learner_id": str(learner)}
    assert visitor(Role.REGISTRAR).post("/papers", form).status_code == 302
    student = visitor(Role.STUDENT)
    page = text_of(student.get(f"/learners/{learner}/shares"))
    offered = re.findall(r'<option value="((?:paper|credential)-\d+)"', page)
    assert certificate(county) in offered
    assert {make(student, shown).status_code for shown in offered} == {200}


def test_a_schoolmates_link_is_nobodys_to_withdraw(
    visitor: Visitor, county: CountyInSmall, owner_engine: Engine, engine: Engine
):
    made = link_of(make(visitor(Role.STUDENT), certificate(county)))
    (found,) = rows(engine, "SELECT max(paper_share_id) FROM paper_shares")
    other = county.learners[SAME]
    move = "UPDATE account_learners SET learner_id = {} WHERE account_id = {}"
    guardian = county.account_ids[Role.GUARDIAN]
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(text(move.format(other, guardian)))
    answer = visitor(Role.GUARDIAN).post(f"/shares/{found[0]}/withdrawals", {})
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(text(move.format(county.learners[OWN], guardian)))
    assert answer.status_code == 404
    assert opened(visitor, made).status_code == 200


def test_a_paper_that_was_taken_back_is_said_to_be_and_not_shown(
    visitor: Visitor, county: CountyInSmall
):
    address = link_of(make(visitor(Role.STUDENT), certificate(county)))
    path = f"/papers/{county.papers[OWN]}/revocations"
    visitor(Role.REGISTRAR).post(path, {"reason": "姓名有误"}, part=True)
    assert "已作废" in text_of(opened(visitor, address))
    assert opened(visitor, f"{address}/file").status_code == 404


def test_who_tries_links_is_slowed_down(visitor: Visitor):
    reader = visitor(Role.ANONYMOUS)
    with time_machine.travel(NOW + timedelta(days=30), tick=True):
        found = [reader.get(f"/shared/{at:043}").status_code for at in range(MISSES_MAX + 1)]
    assert set(found[:-1]) == {404}
    assert found[-1] == 429
