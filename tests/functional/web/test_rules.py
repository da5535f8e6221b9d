"""The pages of rules: what is in force, a value tried out, the Excel file, and putting in force."""

from __future__ import annotations

import io

import openpyxl
import pytest
from sqlalchemy import Engine, text

from creditbank.domain.causes import Cause, CauseKind
from creditbank.domain.permissions import Role
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.web.verdict_histories import cause_line
from tests.factories.county import OTHER, OWN
from tests.functional.web.conftest import Reader, Visitor

CAP = "substitution.cap_units"
_PLAN = """
format: creditbank-plan/1
code: SHORT
name: 短
major_code: '660103'
catalogue_year: 2021
years: 3
credits_min: 8
blocks:
- {code: GG, name: 必修, name_en: Required, nature: '1', credits_min: 8}
courses:
- {course_code: GG01, name: 思想政治, block_code: GG, credits: 8, theory_hours: 144,
   practice_hours: 0, semester_no: 1, is_required: true}
conditions: []
"""
TRIAL = f"/rules/{CAP}/simulation"


def body(reader: Reader, address: str, **how) -> str:
    answer = reader.get(address, **how)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_list_has_every_value_with_its_unit_and_reference(visitor: Visitor) -> None:
    shown = body(visitor(Role.COUNTY), "/rules")
    for word in (
        "至多替代的学分",
        "8 学分",
        "50%",
        "国家级一等奖",
        "补考次数上限",
        "1 年",
        "平政字",
    ):
        assert word in shown
    assert "试算培养方案" in shown
    assert "试算培养方案" not in body(visitor(Role.TEACHER), "/rules")


def test_in_english_only_documents_are_cited_in_chinese(visitor: Visitor) -> None:
    reader = visitor(Role.COUNTY)
    reader.client.set_cookie("language", "en")
    shown = body(reader, "/rules")
    assert "5 s, 1 min, 5 min, 30 min, 2 hours" in shown
    assert "Default of this program; schools may change it" in shown
    assert "（创新实践学分替代选修课学分）; the cap is a default" in shown
    assert "National · First prize" in shown
    assert "项目默认值" not in shown


def test_a_trial_shows_figures_bars_and_names(visitor: Visitor) -> None:
    reader = visitor(Role.COUNTY)
    shown = body(reader, f"{TRIAL}?value=0.5", part=True)
    assert "<html" not in shown
    for word in ("由8 学分改为0.5 学分", "受损", "按学校", "按专业", "按模块", "任选课", "<svg"):
        assert word in shown
    assert reader.county.names[OWN] in shown
    assert f"/learners/{reader.county.learners[OTHER]}" in shown
    assert 'name="reference"' in shown
    whole = body(reader, f"{TRIAL}?value=0.5")
    assert "<html" in whole
    assert "历次规定" in whole
    of_one = body(reader, f"{TRIAL}?value=0.5&school=2", part=True)
    assert f'/learners/{reader.county.learners[OWN]}"' not in of_one
    assert f'/learners/{reader.county.learners[OTHER]}"' in of_one


def test_a_school_sees_its_own_learners_and_only_an_approver_may_decide(visitor: Visitor) -> None:
    registrar = visitor(Role.REGISTRAR)
    shown = body(registrar, f"{TRIAL}?value=0.5", part=True)
    assert f"/learners/{registrar.county.learners[OWN]}" in shown
    assert f'/learners/{registrar.county.learners[OTHER]}"' not in shown
    assert 'name="reference"' not in shown
    assert 'name="reference"' in body(visitor(Role.APPROVER), f"{TRIAL}?value=0.5", part=True)


def test_a_value_that_changes_nothing_says_so(visitor: Visitor) -> None:
    assert "没有人的结论会因此改变" in body(visitor(Role.COUNTY), f"{TRIAL}?value=9", part=True)


@pytest.mark.parametrize("value", ["", "viel", "-1", "1.234", "101"])
def test_a_wrong_value_is_told_at_its_field(visitor: Visitor, value: str) -> None:
    answer = visitor(Role.COUNTY).get(f"{TRIAL}?value={value}", part=True)
    assert answer.status_code == 422
    assert 'id="value-fault"' in answer.get_data(as_text=True)


def test_what_posting_reads_says_that_entries_keep_what_they_earned(visitor: Visitor) -> None:
    shown = body(visitor(Role.COUNTY), "/rules/competition.value.23.2")
    assert "已入账的记录保持原有学分" in shown
    assert 'id="trial-title"' not in shown
    assert visitor(Role.COUNTY).get("/rules/no.such.key").status_code == 404


def test_the_excel_file_has_sums_and_names_as_text(visitor: Visitor) -> None:
    reader = visitor(Role.COUNTY)
    answer = reader.get(f"{TRIAL}.xlsx?value=0.5")
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.get_data()))
    sums, names = book.worksheets
    assert "试算" in str(sums["A1"].value)
    assert names.freeze_panes == "A2"
    rows = list(names.iter_rows(values_only=True))
    assert rows[0][:3] == ("学号", "姓名", "学校")
    row = next(row for row in rows if row[0] == reader.county.numbers[OWN] and row[5] == "毕业")
    assert row[1] == reader.county.names[OWN]
    assert isinstance(row[0], str)
    assert float(str(row[10])) - float(str(row[8])) == 0.5
    assert "任选课多缺 0.5" in str(row[11])
    assert all(cell.data_type != "f" for line in names.iter_rows() for cell in line)


def test_another_plan_is_tried_on_a_cohort(visitor: Visitor) -> None:
    reader = visitor(Role.APPROVER)
    shown = body(reader, "/rules/plans")
    assert "1:2025:SK" in shown
    assert "2:2025:SK" not in shown
    asked = {"cohort": "1:2025:SK", "document": _PLAN}
    tried = reader.post("/rules/plans/simulation", asked, part=True).get_data(as_text=True)
    assert f'/learners/{reader.county.learners[OWN]}"' in tried
    sheet = reader.post("/rules/plans/simulation.xlsx", asked)
    assert openpyxl.load_workbook(io.BytesIO(sheet.get_data())).worksheets[1].max_row > 6
    wrong = reader.post(
        "/rules/plans/simulation", {"cohort": "1:2025:SK", "document": "blocks: ["}, part=True
    )
    assert wrong.status_code == 422
    assert 'id="document-fault"' in wrong.get_data(as_text=True)
    nobody = reader.post("/rules/plans/simulation", {"cohort": "", "plan_id": "1"}, part=True)
    assert nobody.status_code == 422


def test_what_the_county_alone_sets_says_so_and_offers_a_school_no_form(visitor: Visitor) -> None:
    approver, bureau = visitor(Role.APPROVER), visitor(Role.COUNTY)
    assert "由县规定" in body(approver, "/rules")
    for key in ("transfer.notice_days", "change.offices.transfer_across"):
        assert "学校不能另定" in body(approver, f"/rules/{key}")
        assert 'name="reference"' not in body(approver, f"/rules/{key}")
        assert 'name="reference"' in body(bureau, f"/rules/{key}")
    assert 'name="reference"' in body(approver, f"/rules/{CAP}")


def test_a_value_is_put_in_force_from_the_page(visitor: Visitor, owner_engine: Engine) -> None:
    reader = visitor(Role.COUNTY)
    form = {"value": "0.5", "effective_from": "2026-09-01", "reference": "", "reason": ""}
    refused = reader.post(f"/rules/{CAP}/changes", form)
    assert refused.status_code == 422
    assert 'id="reference-fault"' in refused.get_data(as_text=True)
    done = reader.post(f"/rules/{CAP}/changes", form | {"reference": "平教字〔2026〕8号"})
    assert done.status_code == 303
    shown = body(reader, done.headers["Location"])
    assert "已登记：2026年9月1日起为0.5 学分" in shown
    assert "平教字〔2026〕8号" in shown
    assert "待施行" in shown
    assert "2026年9月1日起为0.5 学分" in body(reader, "/rules")
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        made = uow.connection.execute(text("SELECT decided_by FROM policy_changes")).scalar_one()
    assert made == reader.county.account_ids[Role.COUNTY]


def test_a_history_names_the_rule_that_changed(app, visitor: Visitor) -> None:
    with app.test_request_context("/"):
        line = cause_line(Cause(CauseKind.POLICY, CAP), learner_id=1)
        unnamed = cause_line(Cause(CauseKind.POLICY, "0123456789abcdef"), learner_id=1)
    assert line.text == "规定变化：至多替代的学分"
    assert line.url == ""
    assert unnamed.text == "政策规定变化"
