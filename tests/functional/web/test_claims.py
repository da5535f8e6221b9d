"""Claims on pages: the form that keeps what was sent, the desk, the committee, the notice."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from sqlalchemy import text

from creditbank.api.calls import ENGINE
from creditbank.domain.permissions import Role
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.claim_desk import photo
from tests.factories.county import OTHER, OWN, CountyInSmall
from tests.functional.web.conftest import Reader, Visitor

FORM = {
    "kind": "certificate",
    "title": "车工职业技能等级证书",
    "category": "skill_certificate",
    "certificate_level": "intermediate",
    "certificate_no": "JN-2026-0001",
    "earned_on": "2026-06-01",
}


def sent(reader: Reader, address: str, form: dict[str, str], *files: tuple[str, bytes]):
    found = [(io.BytesIO(content), name) for name, content in files]
    return reader.post(address, {**form, "files": found} if found else form)


def claim_of(address: str) -> int:
    found = re.search(r"/claims/(\d+)", address)
    assert found is not None, address
    return int(found[1])


def hand_in(visitor: Visitor, county: CountyInSmall, **changes: str) -> int:
    address = f"/learners/{county.learners[OWN]}/claims"
    form = {**FORM, "do": "submit", **changes}
    name = form["certificate_no"] or form["title"]
    done = sent(visitor(Role.STUDENT), address, form, ("x.jpg", photo(name)))
    assert done.status_code == 302, done.get_data(as_text=True)
    return claim_of(done.headers["Location"])


def test_the_form_names_its_limits_and_says_what_the_claim_is_worth(visitor, county):
    learner_id = county.learners[OWN]
    student = visitor(Role.STUDENT)
    kinds = student.get(f"/learners/{learner_id}/claims/new").get_data(as_text=True)
    assert kinds.count("claim-icon") == 5
    page = student.get(f"/learners/{learner_id}/claims/new?kind=certificate")
    assert "每个不超过 5 MB" in page.get_data(as_text=True)
    worth = student.post(f"/learners/{learner_id}/claims/value", FORM, part=True)
    assert "<strong>3 学分</strong>" in worth.get_data(as_text=True)
    hours = {"kind": "volunteering", "quantity": "39"}
    worth = student.post(f"/learners/{learner_id}/claims/value", hours, part=True)
    assert "<strong>0.5 学分</strong>" in worth.get_data(as_text=True)


def test_what_was_typed_and_the_files_are_kept_where_something_is_missing(visitor, county):
    student = visitor(Role.STUDENT)
    address = f"/learners/{county.learners[OWN]}/claims"
    form = {**FORM, "certificate_no": "", "do": "submit"}
    refused = sent(student, address, form, ("a.jpg", photo("kept")), ("b.jpg", b"no picture"))
    body = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "certificate_no-fault" not in body or "证书编号" in body
    assert 'id="files-fault"' in body
    assert 'value="车工职业技能等级证书"' in body
    number = claim_of(re.findall(r'action="([^"]+/edit)"', body)[0])
    assert f"/claims/{number}/files/" in body
    form = {**FORM, "certificate_no": "", "do": "submit"}
    refused = student.post(f"/claims/{number}/edit", form).get_data(as_text=True)
    assert "证书类成果须填写证书编号" in refused
    file = re.findall(r'value="(remove:\d+)"', refused)[0]
    assert student.post(f"/claims/{number}/edit", {**FORM, "do": file}).status_code == 302
    page = student.get(f"/claims/{number}/edit").get_data(as_text=True)
    assert "remove:" not in page
    assert student.post(f"/claims/{number}/edit", {"do": "discard"}).status_code == 302
    assert student.get(f"/claims/{number}/edit").status_code == 404


def test_a_claim_goes_from_the_form_over_both_desks_to_the_notice(visitor, county):
    number = hand_in(visitor, county)
    student, registrar = visitor(Role.STUDENT), visitor(Role.REGISTRAR)
    assert "等教务科初审" in student.get(f"/claims/{number}").get_data(as_text=True)
    desk = registrar.get(f"/claims/reviews?claim={number}").get_data(as_text=True)
    assert "JN-2026-0001" in desk
    assert "学分申报待初审" in registrar.get("/").get_data(as_text=True)
    form = {"do": "return", "reason": ""}
    refused = registrar.post(f"/claims/{number}/reviews", form, part=True)
    assert refused.status_code == 422
    assert 'id="reason-fault"' in refused.get_data(as_text=True)
    form = {"do": "accept", "units": "3.5", "reason": ""}
    refused = registrar.post(f"/claims/{number}/reviews", form, part=True)
    assert "最多 3 学分" in refused.get_data(as_text=True)
    done = registrar.post(f"/claims/{number}/reviews", {"do": "accept", "units": "3"}, part=True)
    assert "已办理：待终审" in done.get_data(as_text=True)
    approver = visitor(Role.APPROVER)
    page = approver.get("/claims/confirmations").get_data(as_text=True)
    assert f'value="{number}"' in page
    passed = approver.post("/claims/confirmations", {"claim_id": str(number)})
    assert "公示从今天开始" in passed.get_data(as_text=True)
    notice = visitor(Role.TEACHER).get("/claims/notice").get_data(as_text=True)
    assert "车工职业技能等级证书" in notice
    assert county.names[OWN] not in notice
    objected = visitor(Role.TEACHER).post(f"/claims/{number}/objections", {"reason": "存疑"})
    assert "异议已提交" in objected.get_data(as_text=True)
    page = approver.get("/claims/confirmations").get_data(as_text=True)
    about = re.findall(r'name="about" value="(\d+)"', page)[0]
    form = {"do": "dismiss", "about": about, "reason": "已核对原件"}
    assert approver.post(f"/claims/{number}/rulings", form).status_code == 302
    page = student.get(f"/claims/{number}").get_data(as_text=True)
    assert "异议不成立" in page
    assert "公示到" in page


def test_the_desk_says_what_was_done_without_a_script_too(visitor, county):
    number = hand_in(visitor, county, certificate_no="JN-2026-0077")
    registrar = visitor(Role.REGISTRAR)
    done = registrar.post(f"/claims/{number}/reviews", {"do": "accept", "units": "3"})
    assert done.status_code == 302, done.get_data(as_text=True)
    assert "已办理：待终审" in registrar.get(done.headers["Location"]).get_data(as_text=True)
    assert "已办理" not in registrar.get("/claims/reviews?done=nothing").get_data(as_text=True)


def test_the_same_certificate_is_shown_to_both_without_the_name_at_another_school(
    visitor, county, app
):
    number = hand_in(visitor, county, certificate_no="JN-2026-0002", title="车工证书")
    with UnitOfWork(app.extensions[ENGINE], EVERYWHERE) as uow:
        uow.connection.execute(
            text(
                "INSERT INTO claim_statements SELECT claim_id, revision + 1, institution_id, kind,"
                " title, 'JN-2026-0002', event, earned_on, detail, files, stated_by, stated_at"
                " FROM claim_statements WHERE claim_id = :id ORDER BY revision DESC LIMIT 1"
            ),
            {"id": county.claims.waiting[OTHER]},
        )
        uow.connection.execute(
            text(
                "INSERT INTO claim_moves (claim_id, institution_id, learner_id, kind, revision,"
                " reason, detail, made_on, made_by, made_role, made_at)"
                " SELECT m.claim_id, m.institution_id, m.learner_id, 'submit',"
                " (SELECT max(revision) FROM claim_statements s WHERE s.claim_id = m.claim_id), '',"
                " '{}', made_on, made_by, made_role, made_at FROM claim_moves m"
                " WHERE m.claim_id = :id AND kind = 'submit' LIMIT 1"
            ),
            {"id": county.claims.waiting[OTHER]},
        )
    desk = visitor(Role.REGISTRAR).get(f"/claims/reviews?claim={number}").get_data(as_text=True)
    assert "证书编号相同" in desk
    assert "第2测试职业学校" in desk
    assert f"/claims/{county.claims.waiting[OTHER]}" not in desk
    own = visitor(Role.STUDENT).get(f"/claims/{number}").get_data(as_text=True)
    assert "还有另一份申报或记录" in own
    assert "第2测试职业学校" not in own


def test_the_committee_sends_one_back_and_a_message_leads_to_the_claim(visitor, county):
    number = hand_in(visitor, county, certificate_no="JN-2026-0003", title="钳工证书")
    visitor(Role.REGISTRAR).post(f"/claims/{number}/reviews", {"do": "accept"}, part=True)
    form = {"do": "return", "reason": "缺少证明材料"}
    assert visitor(Role.APPROVER).post(f"/claims/{number}/returns", form).status_code == 302
    student = visitor(Role.STUDENT)
    assert "缺少证明材料" in student.get(f"/claims/{number}/edit").get_data(as_text=True)
    messages = student.get("/messages").get_data(as_text=True)
    assert "学分认定申报" in messages
    opened = student.get(re.findall(r'href="(/messages/\d+)"', messages)[0])
    assert opened.headers["Location"].startswith("/claims/")
    own = visitor(Role.GUARDIAN).get(f"/learners/{county.learners[OWN]}").get_data(as_text=True)
    assert re.search(rf'href="/claims/{number}">\s*<span class="waiting-what">学分申报被退回', own)


def test_evidence_is_handed_out_as_what_cannot_act(visitor, county):
    claim_id, file_id = county.claims.waiting[OWN], county.claims.files[OWN]
    page = visitor(Role.REGISTRAR).get(f"/claims/{claim_id}/files/{file_id}/1")
    assert page.content_type == "image/jpeg"
    assert page.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    wrong = visitor(Role.REGISTRAR).get(f"/claims/{claim_id + 1}/files/{file_id}/1")
    assert wrong.status_code == 404


def test_a_pdf_is_looked_at_as_pictures_and_saved_as_a_file(visitor, county):
    document = io.BytesIO()
    Image.new("RGB", (300, 400), "white").save(document, "PDF", save_all=True)
    address = f"/learners/{county.learners[OWN]}/claims"
    form = {**FORM, "certificate_no": "JN-2026-0009", "title": "焊工证书", "do": "submit"}
    done = sent(visitor(Role.STUDENT), address, form, ("x.pdf", document.getvalue()))
    number = claim_of(done.headers["Location"])
    page = visitor(Role.REGISTRAR).get(f"/claims/{number}").get_data(as_text=True)
    original = re.findall(rf'href="(/claims/{number}/files/\d+)"', page)[0]
    picture = visitor(Role.REGISTRAR).get(f"{original}/1")
    assert picture.content_type == "image/jpeg"
    saved = visitor(Role.REGISTRAR).get(original)
    assert saved.data == document.getvalue()
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert saved.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("role", [Role.STUDENT, Role.REGISTRAR, Role.APPROVER])
def test_the_learners_page_leads_to_the_claims(visitor, county, role):
    page = visitor(role).get(f"/learners/{county.learners[OWN]}").get_data(as_text=True)
    assert 'id="claims"' in page
    assert ("/claims/new" in page) is (role is Role.STUDENT)
