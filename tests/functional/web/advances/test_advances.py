"""The pages of the advance: steps for a class, scores by file, the college's end, the family's."""

from __future__ import annotations

import io
import re

from openpyxl import load_workbook

from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.permissions import Role
from tests.factories.advance_classes import ClassAt
from tests.factories.advance_desk import AFTER_NOTICE, AGREEMENT, JULY, MARCH, AdvanceDesk
from tests.functional.web.advances.conftest import Come, said
from tests.functional.web.conftest import Reader

PATH = f"/agreements/{AGREEMENT}/advance"
_KEY = re.compile(r'name="idempotency_key"\s+value="([^"]+)"')


def everybody(desk: AdvanceDesk) -> list[str]:
    return [str(number) for number in desk.ids]


def test_a_step_is_shown_before_it_is_taken_and_its_result_lists_both(
    come: Come, desk: AdvanceDesk
) -> None:
    desk.reverse(4)
    approver = come(desk, Role.APPROVER)
    page = said(approver.get(f"{PATH}/qualification"))
    assert "可以办理 4 名学生" in page
    assert "不能办理 1 名学生" in page
    assert "所缺： 职业技能证书" in page.replace("所缺：职业", "所缺： 职业")
    form = {"enrolment_id": everybody(desk)[:4], "document_no": "测1号", "idempotency_key": "q"}
    answer = approver.post(f"{PATH}/qualification", form, part=True)
    assert answer.status_code == 200
    assert "已办理 4 名学生" in said(answer)
    assert "不能办理" in said(answer)
    assert desk.stages() == ["qualified"] * 4 + ["qualification"]


def test_one_who_cannot_go_along_stops_all_and_is_named(come: Come, desk: AdvanceDesk) -> None:
    desk.reverse(4)
    form = {"enrolment_id": everybody(desk), "document_no": "测1号", "idempotency_key": "q"}
    answer = come(desk, Role.APPROVER).post(f"{PATH}/qualification", form, part=True)
    assert answer.status_code == 422
    assert "本次没有办理任何一人" in said(answer)
    assert desk.stages() == ["qualification"] * 5


def test_a_step_without_its_document_is_asked_for_it(come: Come, desk: AdvanceDesk) -> None:
    form = {"enrolment_id": everybody(desk), "idempotency_key": "q"}
    answer = come(desk, Role.APPROVER).post(f"{PATH}/qualification", form, part=True)
    assert answer.status_code == 422
    assert 'id="document_no-fault"' in answer.get_data(as_text=True)
    assert desk.stages() == ["qualification"] * 5


def test_sheets_are_kept_with_what_is_failed_and_why(come: Come, class_at: ClassAt) -> None:
    desk = class_at(Stage.QUALIFIED)
    registrar = come(desk, Role.REGISTRAR)
    dimensions = ("conduct", "study", "practice", "contests", "health", "talent")
    ticks = {
        f"{name}_{number}": "1"
        for name in dimensions
        for number in everybody(desk)
        if (name, number) != ("practice", everybody(desk)[0])
    }
    form = {
        "listed_id": everybody(desk), "enrolment_id": everybody(desk), "document_no": "测2号",
        "idempotency_key": "a", **ticks,
    }  # fmt: skip
    refused = registrar.post(f"{PATH}/assessments", form, part=True)
    assert (refused.status_code, "请填写原因" in said(refused)) == (422, True)
    assert desk.stages() == ["qualified"] * 5
    form |= {f"reason_{everybody(desk)[0]}": "社会实践不足", "idempotency_key": "b"}
    assert registrar.post(f"{PATH}/assessments", form, part=True).status_code == 200
    assert desk.stages() == ["assessment_failed"] + ["assessed"] * 4


def test_the_public_list_shows_what_the_law_allows_and_is_taken_down(
    come: Come, class_at: ClassAt
) -> None:
    desk = class_at(Stage.NOTICE)
    approver = come(desk, Role.APPROVER)
    page = said(approver.get(f"{PATH}/public-list"))
    pupil = desk.school.pupils[0]
    assert pupil.name in page
    assert pupil.student_no not in page
    after = said(come(desk, Role.APPROVER, AFTER_NOTICE).get(f"{PATH}/public-list"))
    assert pupil.name not in after
    assert "名单已撤下" in after


def sheet(reader: Reader, cells: dict[tuple[int, int], str], slug: str = "scores") -> bytes:
    """The template, filled in."""
    book = load_workbook(io.BytesIO(reader.get(f"{PATH}/{slug}/template").data))
    for (row, column), value in cells.items():
        book.worksheets[0].cell(row, column, value)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def sent_file(reader: Reader, slug: str, content: bytes) -> object:
    return reader.post(f"{PATH}/{slug}/file", {"file": (io.BytesIO(content), "x.xlsx")})


def grid(body: str) -> dict[str, object]:
    """What the browser would send of the grid."""
    inputs = re.findall(r'<input type="text"\s+name="([a-z_]+_\d+)"\s+value="([^"]*)"', body)
    numbers = re.findall(r'name="enrolment_id"\s+value="(\d+)"', body)
    hidden = re.findall(r'name="(source|digest|idempotency_key)"\s+value="([^"]*)"', body)
    return {"enrolment_id": numbers, **dict(inputs), **dict(hidden)}


def test_scores_come_from_a_file_with_errors_by_row_and_cell(come: Come, class_at: ClassAt) -> None:
    desk = class_at(Stage.FILED)
    college = come(desk, Role.COLLEGE, AFTER_NOTICE)
    good = {(row, column): "80" for row in range(2, 7) for column in (3, 4, 5)}
    wrong = sent_file(college, "scores", sheet(college, good | {(3, 4): "101", (4, 1): "1999"}))
    body = wrong.get_data(as_text=True)  # type: ignore[attr-defined]
    assert wrong.status_code == 422  # type: ignore[attr-defined]
    assert "第3行 D列（专业技能测试）：应在0至100分之间" in body
    assert "第4行 A列（学号）：这个学号不在本班名单中" in body
    assert desk.stages() == ["filed"] * 5
    right = sent_file(college, "scores", sheet(college, good))
    body = right.get_data(as_text=True)  # type: ignore[attr-defined]
    assert "请核对后登记" in body
    form = grid(body)
    assert college.post(f"{PATH}/scores", form, part=True).status_code == 200
    assert desk.stages() == ["tested"] * 5
    assert desk.rows("SELECT count(DISTINCT source_hash) FROM advance_scores")[0][0] == 1
    assert desk.rows("SELECT min(length(source_hash)) FROM advance_scores")[0][0] == 64


def test_a_value_changed_after_the_upload_is_not_the_files(come: Come, class_at: ClassAt) -> None:
    desk = class_at(Stage.FILED)
    college = come(desk, Role.COLLEGE, AFTER_NOTICE)
    good = {(row, column): "80" for row in range(2, 7) for column in (3, 4, 5)}
    read = sent_file(college, "scores", sheet(college, good))
    form = grid(read.get_data(as_text=True))  # type: ignore[attr-defined]
    form[f"quality_{desk.ids[0]}"] = "81"
    assert college.post(f"{PATH}/scores", form, part=True).status_code == 200
    assert desk.rows("SELECT max(source_hash) FROM advance_scores")[0][0] == ""


def test_who_is_tied_at_the_edge_is_shown_and_a_person_decides(
    come: Come, class_at: ClassAt
) -> None:
    desk = class_at(Stage.FILED)
    points = {number: (90 - at, 80, 80) for at, number in enumerate(desk.ids)}
    desk.score(points | {desk.ids[3]: points[desk.ids[2]]})
    approver = come(desk, Role.APPROVER, AFTER_NOTICE)
    page = said(approver.get(f"{PATH}/ranking"))
    assert "名额边缘有 2 人并列" in page
    assert "还有 1 个名额" in page
    form = {"document_no": "测3号", "idempotency_key": "r"}
    assert approver.post(f"{PATH}/ranking", form, part=True).status_code == 422
    chosen = form | {"chosen": str(desk.ids[3]), "idempotency_key": "s"}
    assert approver.post(f"{PATH}/ranking", chosen, part=True).status_code == 200
    assert desk.stages() == ["proposed", "proposed", "not_passed", "proposed", "not_passed"]


def test_the_college_admits_refuses_and_returns_by_file(come: Come, class_at: ClassAt) -> None:
    desk = class_at(Stage.FILED)
    desk.score({number: (90 - at, 80, 80) for at, number in enumerate(desk.ids)})
    desk.propose()
    college = come(desk, Role.COLLEGE, JULY)
    first, second, third, *_ = everybody(desk)
    form = {
        "enrolment_id": [first, second, third], f"choice_{first}": "admit",
        f"choice_{second}": "refuse", f"choice_{third}": "later", "document_no": "录1号",
        "idempotency_key": "d",
    }  # fmt: skip
    refused = college.post(f"{PATH}/admissions", form, part=True)
    assert (refused.status_code, "请填写原因" in said(refused)) == (422, True)
    form |= {f"reason_{second}": "体检不合格", "idempotency_key": "e"}
    assert "已办理 2 名学生" in said(college.post(f"{PATH}/admissions", form, part=True))
    assert desk.stages(JULY)[:3] == ["advanced", "not_passed", "proposed"]
    cells = {(2, 3): "L20280001", (2, 4): "2028000001", (2, 5): "40.5"}
    read = sent_file(college, "returns", sheet(college, cells, "returns"))
    returned = grid(read.get_data(as_text=True))  # type: ignore[attr-defined]
    assert "已办理 1 名学生" in said(college.post(f"{PATH}/returns", returned, part=True))
    ((number, units),) = desk.rows("SELECT admission_no, recognised_units FROM advance_admissions")
    assert (number, units) == ("L20280001", 4_050)
    file = college.get(f"{PATH}/forms")
    assert (file.content_type, file.data[:4]) == ("application/pdf", b"%PDF")


def test_a_form_is_issued_under_a_number_kept_and_verified(come: Come, class_at: ClassAt) -> None:
    """The same is not numbered twice; once there is more to say it is another paper."""
    desk = class_at(Stage.NOTICE)
    registrar = come(desk, Role.REGISTRAR)
    assert "已确认资格的学生 5 名学生" in said(registrar.get(f"{PATH}/issued-forms"))
    nobody = registrar.post(f"{PATH}/issued-forms", {})
    assert (nobody.status_code, " checked" in nobody.get_data(as_text=True)) == (422, False)
    form = {"enrolment_id": everybody(desk)[:2]}
    first = registrar.post(f"{PATH}/issued-forms", form)
    assert registrar.get(first.location).data[:4] == b"%PDF"
    assert registrar.post(f"{PATH}/issued-forms", form).location == first.location
    desk.many(MoveKind.FILE, now=AFTER_NOTICE)
    later = come(desk, Role.REGISTRAR, AFTER_NOTICE)
    assert later.post(f"{PATH}/issued-forms", form).location != first.location
    papers = desk.rows("SELECT number, token, document FROM issued_papers ORDER BY 1")
    assert [paper.number[-9:-2] for paper in papers] == [f"6-{at:05}" for at in range(1, 5)]
    assert papers[0].document["conclusion"] == "公示"
    assert [item["answer"] for item in papers[2].document["opinions"]] == ["报送对接院校", ""]
    assert papers[0].document["handler"] == "registrar"
    assert "转段资格审核表" in said(later.get(f"/verify/{papers[0].token}"))
    desk = class_at(Stage.QUALIFICATION)
    refused = come(desk, Role.REGISTRAR).post(f"{PATH}/issued-forms", form)
    assert (refused.status_code, "转段资格尚未确认" in said(refused)) == (422, True)


def test_a_class_is_one_message_for_an_office(come: Come, desk: AdvanceDesk) -> None:
    desk.many(MoveKind.QUALIFY)
    registrar = come(desk, Role.REGISTRAR)
    page = registrar.get("/messages")
    assert said(page).count("转段：5 名学生") == 1
    (number,) = re.findall(r'href="/messages/(\d+)"', page.get_data(as_text=True))
    assert registrar.get(f"/messages/{number}").location == PATH


def test_the_college_sees_what_changed_since_its_last_look(come: Come, class_at: ClassAt) -> None:
    desk = class_at(Stage.FILED)
    college = come(desk, Role.COLLEGE, AFTER_NOTICE)
    body = college.get("/agreements").get_data(as_text=True)
    assert "报送对接院校：5 名学生" in body
    form = dict(re.findall(r'name="(up_to|look)" value="([^"]+)"', body))
    assert len(form) == 2
    college.post("/agreements/looks", form)
    assert "上次查看以来没有变化" in said(come(desk, Role.COLLEGE, JULY).get("/agreements"))


def test_what_changed_after_the_confirmation_stands_on_top(come: Come, class_at: ClassAt) -> None:
    desk = class_at(Stage.QUALIFIED)
    desk.reverse(3)
    page = said(come(desk, Role.APPROVER).get(PATH))
    names = [pupil.name for pupil in desk.school.pupils]
    first = min((name for name in names if name in page), key=page.index)
    assert first == names[3]
    assert "确认后情况有变： 职业技能证书" in page
    assert names[0] not in said(come(desk, Role.APPROVER).get(f"{PATH}?stage=flagged"))


def test_what_a_proposal_was_ranked_by_is_named(come: Come, class_at: ClassAt) -> None:
    desk = class_at(Stage.FILED)
    desk.score(dict.fromkeys(desk.ids[:2], (80, 80, 80)))
    desk.propose()
    desk.award(0)  # entered late
    page = said(come(desk, Role.COLLEGE, JULY).get(f"{PATH}?stage=flagged"))
    assert "确认后情况有变： 免测" in page
    assert "排名依据有变，撤回拟录取后重新排名" in page
    page = said(come(desk, Role.COLLEGE, JULY).get(f"{PATH}/admissions"))
    assert "排名所依据的成绩或免测有变" in page
    own = f"/learners/{desk.school.pupils[0].learner_id}/advance"
    assert "排名所依据的免测有变，须重新排名" in said(come(desk, Role.STUDENT, JULY).get(own))


def test_conditions_stand_line_by_line_with_evidence(come: Come, desk: AdvanceDesk) -> None:
    answer = come(desk, Role.REGISTRAR).get(f"{PATH}/conditions/{desk.ids[0]}", part=True)
    page = said(answer)
    assert "条件 标准 实际 达标 证据" in page
    assert "职业技能证书 中级（四级） 中级（四级） 是" in page
    assert "#entry-1" in answer.get_data(as_text=True)
    number = f"Y0001237001{desk.school.pupils[0].learner_id:05d}"
    assert f"数控车工 中级（四级） 编号 {number} 2027年6月1日 发证" in page
    assert "2028年3月6日 没有生效的记过及以上处分" in page
    college = come(desk, Role.COLLEGE, language="en").get(f"{PATH}/conditions/{desk.ids[0]}")
    assert f"数控车工, intermediate, no. {number}, issued on 2027-06-01" in said(college)


def test_the_family_sees_the_next_step_appeals_and_gives_up(come: Come, class_at: ClassAt) -> None:
    desk = class_at(Stage.NOTICE)
    own = f"/learners/{desk.school.pupils[0].learner_id}/advance"
    tomorrow = MARCH.replace(day=7)
    student = come(desk, Role.STUDENT, tomorrow)
    assert "结果正在公示，对结果有异议请在 2028年3月16日 前提出" in said(student.get(own))
    record = said(student.get(own.removesuffix("/advance")))
    assert "转段过程考核结果公示中，有异议可以申诉 1 件 还剩 9 天 2028年3月16日 截止" in record
    form = {"enrolment_id": str(desk.ids[0]), "agreement_id": str(AGREEMENT)}
    appeal = form | {"kind": "appeal", "reason": "社会实践漏登", "idempotency_key": "p"}
    assert student.post(f"{own}/appeals", appeal).status_code == 302
    assert desk.standing(now=tomorrow).is_appealed
    approver = come(desk, Role.APPROVER, tomorrow)
    assert "处理异议" in said(approver.get(own))
    answer = form | {"kind": "dismiss_appeal", "reason": "已核对", "document_no": "测4号"}
    assert approver.post(f"{own}/appeal-answers", answer).status_code == 302
    assert not desk.standing(now=tomorrow).is_appealed
    giving = form | {"kind": "give_up", "idempotency_key": "g"}
    assert come(desk, Role.STUDENT, tomorrow).post(f"{own}/giving-up", giving).status_code == 302
    guardian = come(desk, Role.GUARDIAN, tomorrow)
    assert "学生已签署放弃，另一方签署后生效" in said(guardian.get(own))
    assert guardian.post(f"{own}/giving-up", giving).status_code == 302
    assert desk.standing(now=tomorrow).stage is Stage.GIVEN_UP


def test_a_step_is_taken_back_with_a_reason(come: Come, class_at: ClassAt) -> None:
    desk = class_at(Stage.ASSESSED)
    registrar = come(desk, Role.REGISTRAR)
    own = f"/learners/{desk.school.pupils[0].learner_id}/advance"
    found = re.search(
        r'name="advance_move_id" value="(\d+)"', registrar.get(own).get_data(as_text=True)
    )
    assert found is not None
    form = {"advance_move_id": found[1], "idempotency_key": "w"}
    assert registrar.post(f"{own}/withdrawals", form).status_code == 422
    form |= {"withdrawal_reason": "录入有误", "idempotency_key": "x"}
    assert registrar.post(f"{own}/withdrawals", form).status_code == 302
    assert desk.stages()[0] == "qualified"


def test_another_learners_step_is_not_found(come: Come, class_at: ClassAt) -> None:
    desk = class_at(Stage.NOTICE)
    own = f"/learners/{desk.school.pupils[0].learner_id}/advance"
    form = {
        "enrolment_id": str(desk.ids[1]), "agreement_id": str(AGREEMENT), "kind": "give_up",
        "idempotency_key": "o",
    }  # fmt: skip
    assert come(desk, Role.STUDENT).post(f"{own}/giving-up", form).status_code == 404


def test_the_overview_counts_by_stage(come: Come, desk: AdvanceDesk) -> None:
    desk.up_to(Stage.QUALIFIED, *desk.ids[:2])
    for role in (Role.COUNTY, Role.REGISTRAR, Role.COLLEGE):
        page = said(come(desk, role).get("/agreements/advances"))
        assert "资格初审 3" in page, role
        assert "初审通过 2" in page, role


EMPTY = (
    (Role.APPROVER, ""), (Role.APPROVER, "/qualification"), (Role.APPROVER, "/ranking"),
    (Role.APPROVER, "/public-list"), (Role.REGISTRAR, "/assessments"), (Role.REGISTRAR, "/scores"),
    (Role.REGISTRAR, "/issued-forms"), (Role.COLLEGE, ""), (Role.COLLEGE, "/admissions"),
    (Role.COLLEGE, "/returns"), (Role.COUNTY, "/disqualification"),
)  # fmt: skip


def test_pages_are_english_in_english_and_empty_ones_say_so(come: Come, desk: AdvanceDesk) -> None:
    for role, slug in EMPTY:
        body = come(desk, role, language="en").get(f"{PATH}{slug}").get_data(as_text=True)
        texts = re.findall(
            r"<(?:h2|button|th scope=\"col\"|label|strong|option|summary|small)[^>]*>\s*([^<]+)",
            body,
        )
        chinese = [text for text in texts if re.search("[\u4e00-\u9fff]", text)]
        assert chinese == ["中文"], (role, slug)
        assert re.search(r"<h1>[^<]+</h1>", body), (role, slug)


def test_a_move_of_a_kind_that_no_form_has_is_not_found(come: Come, desk: AdvanceDesk) -> None:
    own = f"/learners/{desk.school.pupils[0].learner_id}/advance"
    form = {
        "enrolment_id": str(desk.ids[0]), "agreement_id": str(AGREEMENT),
        "kind": MoveKind.ADMIT.value,
    }  # fmt: skip
    assert come(desk, Role.STUDENT).post(f"{own}/giving-up", form).status_code == 404
