"""Messages on pages: the bell, the list, the way to the change, the mail address."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from creditbank.domain.permissions import Role
from creditbank.web.visits import SENDS_MAILS
from tests.factories.county import COMES, OTHER, OWN, TURNED, CountyInSmall
from tests.functional.web.conftest import Reader, Visitor
from tests.functional.web.test_status_changes import apply, newest

ROW = re.compile(
    r'<tr(?: class="(unread)")?>\s*<th scope="row">.*?/messages/(\d+)">([^<]+)</a>', re.DOTALL
)


def bell(reader: Reader, address: str = "/messages") -> str:
    """What a screen reader says of it."""
    page = reader.get(address).get_data(as_text=True)
    found = re.search(r'class="bell".*?<span class="visually-hidden">([^<]+)<', page, re.DOTALL)
    assert found is not None
    return found[1]


def rows(reader: Reader, query: str = "") -> list[tuple[str, ...]]:
    """(unread or "", number, what about) of each line."""
    page = reader.get(f"/messages{query}").get_data(as_text=True)
    return [found.groups("") for found in ROW.finditer(page)]


def test_the_family_sees_the_bell_ring_and_opens_the_message(
    visitor: Visitor, county: CountyInSmall
) -> None:
    guardian, learner_id = visitor(Role.GUARDIAN), county.learners[OWN]
    guardian.post("/messages/reads", {"up_to": "2000000000"})
    assert bell(guardian) == "办理消息"
    number = newest(apply(visitor(Role.STUDENT), learner_id))
    assert bell(guardian, f"/learners/{learner_id}") == "办理消息，1 条未读"
    ((state, message_id, about),) = rows(guardian, "?state=unread")
    assert (state, about) == ("unread", f"第{number}号 休学")
    page = guardian.get("/messages").get_data(as_text=True)
    assert "已提交申请" in page
    answer = guardian.get(f"/messages/{message_id}")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/learners/{learner_id}#change-{number}"
    assert f'id="change-{number}"' in guardian.get(f"/learners/{learner_id}").get_data(as_text=True)
    assert bell(guardian) == "办理消息"
    assert rows(guardian)[0][0] == ""
    assert "没有未读消息" in guardian.get("/messages?state=unread").get_data(as_text=True)


def test_one_message_is_marked_or_all_that_were_seen(
    visitor: Visitor, county: CountyInSmall
) -> None:
    apply(visitor(Role.STUDENT), county.learners[OWN])
    advisor = visitor(Role.ADVISOR)
    unread = rows(advisor, "?state=unread")
    assert len(unread) > 1
    form = {"message_id": unread[0][1], "state": "unread"}
    answer = advisor.post("/messages/reads", form)
    assert answer.headers["Location"] == "/messages?state=unread"
    assert rows(advisor, "?state=unread") == unread[1:]
    advisor.post("/messages/reads", {"up_to": unread[0][1]})
    assert rows(advisor, "?state=unread") == []
    assert "全部标为已读" not in advisor.get("/messages").get_data(as_text=True)


def test_a_message_of_another_is_not_found_and_stays_unread(
    visitor: Visitor, county: CountyInSmall
) -> None:
    apply(visitor(Role.REGISTRAR), county.learners[OTHER])
    student = visitor(Role.STUDENT)
    foreign = rows(visitor(Role.REGISTRAR))[0][1]
    assert student.get(f"/messages/{foreign}").status_code == 404
    unread = rows(visitor(Role.REGISTRAR), "?state=unread")
    student.post("/messages/reads", {"message_id": foreign})
    assert rows(visitor(Role.REGISTRAR), "?state=unread") == unread


def test_the_receiving_school_keeps_a_message_whose_file_is_closed_to_it(
    visitor: Visitor, county: CountyInSmall
) -> None:
    """The application of TURNED was taken back: its registrar was told, and reads no file."""
    number = county.transfers[TURNED]
    registrar = visitor(Role.REGISTRAR)
    (message_id,) = {
        message_id for _, message_id, about in rows(registrar) if about.startswith(f"第{number}号")
    }
    answer = registrar.get(f"/messages/{message_id}")
    assert answer.headers["Location"] == f"/transfers/{number}"
    assert registrar.get(answer.headers["Location"]).status_code == 404
    assert registrar.get(f"/transfers/{county.transfers[COMES]}").status_code == 200


def test_who_is_never_told_has_no_bell(visitor: Visitor, county: CountyInSmall) -> None:
    for role in (Role.TEACHER, Role.AUDITOR, Role.SYSADMIN):
        page = visitor(role).client.get("/", follow_redirects=True).get_data(as_text=True)
        assert 'class="bell"' not in page


@pytest.mark.parametrize("sent", ["", "-1", "x", "9" * 40, "١"])
def test_what_is_no_number_marks_nothing(
    visitor: Visitor, county: CountyInSmall, sent: str
) -> None:
    county_reader = visitor(Role.APPROVER)
    before = rows(county_reader, "?state=unread")
    assert county_reader.post("/messages/reads", {"up_to": sent}).status_code == 302
    assert rows(county_reader, "?state=unread") == before


def test_the_reader_says_where_mails_go(
    visitor: Visitor, county: CountyInSmall, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = visitor(Role.STUDENT)
    assert "邮件提醒" not in student.get("/messages").get_data(as_text=True)
    monkeypatch.setitem(app.config, SENDS_MAILS, value=True)
    wrong = student.post("/messages/address", {"email": "nobody"})
    assert wrong.status_code == 422
    assert "邮箱地址不对" in wrong.get_data(as_text=True)
    assert 'value="nobody"' in wrong.get_data(as_text=True)
    assert student.post("/messages/address", {"email": "x@mail.example"}).status_code == 302
    assert 'value="x@mail.example"' in student.get("/messages").get_data(as_text=True)
    assert 'value="x@mail.example"' not in visitor(Role.GUARDIAN).get("/messages").get_data(
        as_text=True
    )
    student.post("/messages/address", {"email": ""})
    assert "x@mail.example" not in student.get("/messages").get_data(as_text=True)
