"""接口与通知 in a browser: keys and endpoints of a college; the family's consent."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Role
from creditbank.services.webhook_events import announce_changes
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from tests.factories.county import AGREED, NOW, OWN, CountyInSmall
from tests.factories.county_parts import join
from tests.factories.signing import Signer, sent
from tests.functional.web.conftest import Reader, Visitor

PAGE = "/college-access"
KEY = {"label": "招生系统", "valid_days": "90", "scopes": "cohort:read"}
HOOK = {"url": "https://college.example/hook", "kinds": "status.changed"}
CLASS_HOOK = {"url": "https://college.example/since", "kinds": "cohort.changed"}
_SECRET = re.compile(r'id="shown".*?<code>([^<]+)</code>', re.DOTALL)


def body(answer) -> str:
    page: str = answer.get_data(as_text=True)
    return page


def secret_of(page: str) -> str:
    found = _SECRET.search(page)
    assert found is not None
    return found[1]


def test_a_key_is_made_shown_once_renewed_and_ended(visitor: Visitor, client) -> None:
    college = visitor(Role.COLLEGE)
    for field, wrong, said in (
        ("label", " ", "请填写此项"), ("valid_days", "9999", "1到1096"),
        ("scopes", "all", "一项权限"),
    ):  # fmt: skip
        answer = college.post(f"{PAGE}/keys", KEY | {field: wrong})
        assert (answer.status_code, said in body(answer)) == (422, True), field
        is_kept = re.search(r'value="cohort:read"\s+checked', body(answer)) is not None
        assert is_kept is (field != "scopes")
    made = body(college.post(f"{PAGE}/keys", KEY))
    key_id = re.findall(r"cck_[0-9a-f]{16}", made)[0]
    secret = secret_of(made)
    target = "/api/v1/college/agreements"

    def call(with_secret: str) -> int:
        answer = client.open(target, **sent(Signer(key_id, with_secret), "GET", target))
        return int(answer.status_code)

    assert call(secret) == 200
    listed = body(college.get(PAGE))
    assert re.search(r'muted">\s*读取班级名单和转段进度 · 有效至', listed)
    assert "招生系统" in listed
    assert secret not in listed
    renewed = secret_of(body(college.post(f"{PAGE}/keys/{key_id}/secrets", {})))
    assert [call(secret), call(renewed)] == [200, 200]
    assert college.post(f"{PAGE}/keys/{key_id}/revocation", {}).status_code == 303
    assert [call(secret), call(renewed)] == [401, 401]
    assert "已吊销" in body(college.get(PAGE))


def test_an_endpoint_is_added_tried_switched_and_removed(visitor: Visitor) -> None:
    college = visitor(Role.COLLEGE)
    for url in ("http://college.example/hook", "https://college.example:8443/hook"):
        wrong = college.post(f"{PAGE}/webhooks", HOOK | {"url": url})
        assert wrong.status_code == 422
        assert "端口 443" in body(wrong)
        assert f'value="{url}"' in body(wrong)
    made = body(college.post(f"{PAGE}/webhooks", HOOK))
    assert secret_of(made).startswith("whsec_")
    numbers = map(int, re.findall(rf"{PAGE}/webhooks/(\d+)/deliveries", made))
    hook = f"{PAGE}/webhooks/{max(numbers)}"
    assert "还没有发送过通知" in body(college.get(f"{hook}/deliveries"))
    assert college.post(f"{hook}/replays", {}).status_code == 303
    tried = body(college.get(f"{hook}/deliveries"))
    assert "待发送" in tried
    assert "测试通知<br />" in re.sub(r"\s+<br", "<br", tried)
    message_id = re.findall(r"msg_[0-9a-f]{32}", tried)[0]
    college.post(f"{hook}/replays", {"message_id": message_id})
    assert body(college.get(f"{hook}/deliveries")).count(f"{message_id}</small>") == 2
    assert college.post(f"{hook}/state", {"state": "gone"}).status_code == 400
    college.post(f"{hook}/state", {"state": "disabled"})
    assert "停用" in body(college.get(PAGE))
    assert "请先启用" in body(college.post(f"{hook}/replays", {}))
    college.post(f"{hook}/state", {"state": "removed"})
    assert f"{hook}/deliveries" not in body(college.get(PAGE))


def test_everything_since_a_day_is_sent_again(visitor: Visitor, engine: Engine) -> None:
    college = visitor(Role.COLLEGE)
    made = body(college.post(f"{PAGE}/webhooks", CLASS_HOOK))
    number = max(map(int, re.findall(rf"{PAGE}/webhooks/(\d+)/deliveries", made)))
    hook = f"{PAGE}/webhooks/{number}"

    def again(since: str) -> str:
        answer = college.post(f"{hook}/replays", {"since": since})
        assert answer.status_code == 303
        return body(college.get(answer.headers["Location"]))

    today = local_date(NOW)
    for wrong, why in (
        ("", "请填写此项"), ("x", "日期无法识别"), ("1900-01-01", "不晚于今天"),
        ((today + timedelta(days=1)).isoformat(), "不晚于今天"),
    ):  # fmt: skip
        answer = college.post(f"{hook}/replays", {"since": wrong})
        assert (answer.status_code, why in body(answer)) == (422, True), wrong
    assert "没有可重发的通知" in again(today.isoformat())
    announce_changes(lambda: UnitOfWork(engine, EVERYWHERE, EVERYBODY), now=NOW)
    ids = set(re.findall(r"msg_[0-9a-f]{32}", body(college.get(f"{hook}/deliveries"))))
    assert ids
    shown = again(today.isoformat())
    assert f"将重发 {len(ids)} 条通知" in shown
    assert all(shown.count(f"{message_id}</small>") == 2 for message_id in ids)
    college.post(f"{hook}/state", {"state": "disabled"})
    off = college.post(f"{hook}/replays", {"since": today.isoformat()})
    assert (off.status_code, "请先启用" in body(off)) == (422, True)


def test_the_bureau_chooses_a_college_and_makes_its_key(
    visitor: Visitor, county: CountyInSmall
) -> None:
    bureau, other = visitor(Role.COUNTY), county.other_college.institution_id
    page = body(bureau.get(f"{PAGE}?college_id={other}"))
    assert re.search(rf'college_id={other}"\s+aria-current="page"', page)
    assert "招生系统" not in page
    made = body(bureau.post(f"{PAGE}/keys?college_id={other}", KEY | {"label": "县里代办"}))
    assert secret_of(made)
    assert "县里代办" in body(bureau.get(f"{PAGE}?college_id={other}"))
    assert "县里代办" not in body(visitor(Role.COLLEGE).get(PAGE))


@pytest.fixture
def learner(county: CountyInSmall, owner_engine: Engine) -> str:
    """The page of the student who has accounts, in the class since today."""
    pupil = county.schools[0].pupils[0]
    assert pupil.learner_id == county.learners[OWN]
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        join(uow.connection, county.agreements[AGREED], pupil.enrolment_id)
    return f"/learners/{pupil.learner_id}"


def section(reader: Reader, learner: str) -> str:
    found = re.search(r'<section id="sharing".*?</section>', body(reader.get(learner)), re.DOTALL)
    return found[0] if found else ""


def test_the_family_ends_and_gives_consent_and_the_college_sees_by_it(
    visitor: Visitor, county: CountyInSmall, owner_engine: Engine, learner: str
) -> None:
    student, guardian = visitor(Role.STUDENT), visitor(Role.GUARDIAN)
    college, agreement = visitor(Role.COLLEGE), county.agreements[AGREED]

    def say(reader: Reader, key: str, *, is_given: str) -> None:
        form = {"agreement_id": str(agreement), "is_given": is_given, "idempotency_key": key}
        answer = reader.post(f"{learner}/consents", form)
        assert answer.headers["Location"] == f"{learner}#sharing"

    shown = section(student, learner)
    assert ("高校可见" in shown, "进班时签订的贯通培养协议中已同意" in shown) == (True, True)
    assert college.get(learner).status_code == 200
    say(student, "one", is_given="false")
    shown = section(guardian, learner)
    assert ("高校不可见" in shown, "撤回" in shown, "同意提供" in shown) == (True, True, True)
    assert college.get(learner).status_code == 404
    say(guardian, "two", is_given="true")
    say(student, "one", is_given="false")  # sent again, it says nothing new
    assert college.get(learner).status_code == 200
    assert "监护人于" in section(student, learner)
    assert student.post(f"{learner}/consents", {"agreement_id": "x"}).status_code == 400
    assert section(visitor(Role.REGISTRAR), learner) == ""  # it is not the school's to give
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(_ENDED, {"agreement": agreement})
    assert "高校不可见" in section(student, learner)  # by the terms in force: signed until 2032
    assert college.get(learner).status_code == 404


_ENDED = text("""
INSERT INTO agreement_terms (agreement_id, version_no, in_force_from, document_no, reason, quota,
  valid_from, valid_to, hard_conditions, scores, pass_total, tie_breaks, exemption_effect,
  assessment_dimensions, notice_days, appeal_days, attempts_max, allows_parallel_exam, decided_by,
  decided_at)
SELECT a.agreement_id, 1, '2026-06-01', '测〔2026〕9号', '停办', a.quota, a.valid_from,
  '2026-06-30', a.hard_conditions, '[]', 0, '{}', 'spread', '{}', 5, 3, 1, true, 1,
  '2026-06-01 02:00Z' FROM articulation_agreements a WHERE a.agreement_id = :agreement
""")
