"""The pages of an agreement's terms, the forms that sign and amend, and the advance's year."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine

from creditbank.domain.permissions import Role
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import AGREED
from tests.factories.county_parts import add_account, add_institution
from tests.functional.web.conftest import Reader, Visitor

SCORED = {
    "weight_course_average": "50", "full_course_average": "100",
    "weight_skill_test": "30", "full_skill_test": "100", "pass_skill_test": "60",
    "weight_quality": "20", "full_quality": "100",
    "tie_1": "skill_test", "tie_2": "course_average", "pass_total": "60",
    "exemption_level": "23", "exemption_effect": "full_marks",
    "assesses_conduct": "1", "assesses_study": "1",
    "has_conduct": "1", "has_credits_to_date": "1", "asks_credits_to_date": "90",
    "quota": "40", "valid_from": "2025-09-01", "valid_to": "2032-07-31",
    "attempts_max": "1", "notice_days": "5", "appeal_days": "5",
}  # fmt: skip
AMENDED = SCORED | {
    "in_force_from": "2030-09-01", "document_no": "测合〔2026〕2号", "reason": "院校来函",
    "of_version_no": "0",
}  # fmt: skip


def body(reader: Reader, address: str) -> str:
    answer = reader.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.fixture
def terms(county) -> str:
    return f"/agreements/{county.agreements[AGREED]}/terms"


def test_terms_are_read_by_who_sees_the_agreement_and_only_signers_find_a_form(
    visitor: Visitor, terms: str
) -> None:
    for role in (Role.TEACHER, Role.COLLEGE, Role.AUDITOR):
        shown = body(visitor(role), terms)
        assert "中高职3+2" in shown
        assert "2028 届转段年历" in shown
        assert "惯常日期" in shown
        assert f'href="{terms}/new"' not in shown
    assert f'href="{terms}/new"' in body(visitor(Role.APPROVER), terms)


def test_in_english_stages_are_said_beside_their_national_label(
    visitor: Visitor, terms: str
) -> None:
    reader = visitor(Role.AUDITOR)
    reader.client.set_cookie("language", "en")
    shown = body(reader, terms)
    assert "Secondary vocational, 3 years + Higher vocational, 2 years (中高职3+2)" in shown


def test_a_list_without_agreements_is_not_exported(visitor: Visitor, owner_engine: Engine) -> None:
    link = 'href="/exports/agreements.xlsx"'
    assert link in body(visitor(Role.COLLEGE), "/agreements")
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        college = add_institution(uow.connection, "4137010009", "college")
        account = add_account(uow.connection, "college9", Role.COLLEGE, college)
    assert link not in body(visitor(Role.COLLEGE, account_id=account), "/agreements")


def test_a_version_is_put_in_force_and_compared_with_the_one_before(
    visitor: Visitor, terms: str
) -> None:
    approver = visitor(Role.APPROVER)
    wrong = approver.post(terms, AMENDED | {"weight_quality": "19", "quota": "x"})
    assert wrong.status_code == 422
    shown = wrong.get_data(as_text=True)
    assert "1到2000的整数" in shown
    assert 'value="19"' in shown
    refused = approver.post(terms, AMENDED | {"weight_quality": "19"})
    assert refused.status_code == 422
    assert "权重合计须为100%" in refused.get_data(as_text=True)
    kept = approver.post(terms, AMENDED)
    assert kept.status_code == 303
    shown = body(approver, terms)
    assert "待施行" in shown
    amended = re.sub(r"\s+", " ", body(approver, f"{terms}/new"))
    assert 'name="of_version_no" value="1"' in amended
    assert 'name="weight_skill_test" value="30"' in amended
    more = approver.post(terms, AMENDED | {"of_version_no": "1", "quota": "45"})
    assert more.status_code == 303
    shown = body(approver, terms)
    assert "<del>40 人</del> → <ins>45 人</ins>" in shown
    behind = approver.post(terms, AMENDED | {"of_version_no": "1", "quota": "50"})
    assert "已有新版本" in behind.get_data(as_text=True)


def test_an_agreement_is_signed_from_the_template(visitor: Visitor, owner_engine, county) -> None:
    with owner_engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO majors (code, catalogue_year, name, name_en, level)"
            " VALUES ('080803T', 2021, '机器人工程', '', 'bachelor') ON CONFLICT DO NOTHING"
        )
        university = connection.exec_driver_sql(
            "INSERT INTO institutions (code, name, kind, area_code, name_en) VALUES"
            " ('4137010009', '测试大学', 'university', '370100', '') RETURNING institution_id"
        ).scalar_one()
    bureau = visitor(Role.COUNTY)
    assert 'href="/agreements/new"' in body(bureau, "/agreements")
    blank = re.sub(r"\s+", " ", body(bureau, "/agreements/new?level=bachelor"))
    assert 'name="weight_culture_exam" value="50"' in blank
    assert "鲁教学发〔2015〕3号" in blank
    sent = SCORED | {
        "school_id": str(county.schools[0].institution_id), "college_id": str(university),
        "name": "数控3+4", "document_no": "测合〔2026〕3号", "entry_year": "2027",
        "staged_mode": "中职本科3+4", "pre_major": "660103@2021", "post_major": "080803T@2021",
        "valid_from": "2027-09-01",
    }  # fmt: skip
    refused = bureau.post("/agreements", sent | {"staged_mode": "", "post_major": ""})
    assert refused.status_code == 422
    assert refused.get_data(as_text=True).count("请从列表中选择") == 2
    made = bureau.post("/agreements", sent)
    assert made.status_code == 303
    shown = body(bureau, made.headers["Location"])
    assert "中职本科3+4" in shown
    assert "省级及以上获奖" in shown
    again = bureau.post("/agreements", sent)
    assert "三二连读" in again.get_data(as_text=True)


def test_a_college_s_first_stage_is_signed_without_a_national_label(
    visitor: Visitor, owner_engine, county
) -> None:
    with owner_engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO majors (code, catalogue_year, name, name_en, level)"
            " VALUES ('080804T', 2021, '数控工程', '', 'bachelor'),"
            " ('460104', 2021, '机械制造', '', 'higher_voc')"
        )
        schools = connection.exec_driver_sql(
            "INSERT INTO institutions (code, name, kind, area_code, name_en) VALUES"
            " ('4137010007', '测试高专', 'college', '370100', ''),"
            " ('4137010008', '测试本科', 'university', '370100', '') RETURNING institution_id"
        ).scalars()
        school, university = map(str, schools)
    bureau = visitor(Role.COUNTY)
    label = "高职专科3年 + 本科2年（没有对应的国家标签）"
    assert f'<option value="higher_voc">{label}</option>' in body(bureau, "/agreements/new")
    sent = SCORED | {
        "school_id": school, "college_id": university, "name": "专本3+2", "entry_year": "2027",
        "document_no": "测合〔2026〕4号", "staged_mode": "higher_voc",
        "pre_major": "460104@2021", "post_major": "080804T@2021", "valid_from": "2027-09-01",
    }  # fmt: skip
    made = bureau.post("/agreements", sent)
    assert made.status_code == 303, made.get_data(as_text=True)
    assert label in body(bureau, made.headers["Location"])


def test_the_county_announces_the_days_of_a_year(visitor: Visitor) -> None:
    address = "/advance-calendar?year=2031&level=bachelor"
    assert 'name="tests_from"' not in body(visitor(Role.COLLEGE), address)
    bureau = visitor(Role.COUNTY)
    assert 'name="tests_from"' in body(bureau, address)
    sent = {
        "year": "2031", "level": "bachelor", "document_no": "鲁教学函〔2030〕1号", "reason": "",
        "tests_from": "2031-01-11", "tests_to": "2031-01-12",
    }  # fmt: skip
    wrong = bureau.post("/advance-calendar", sent | {"tests_to": "2031-01-10"})
    assert wrong.status_code == 422
    assert "截止日期不能早于起始日期" in wrong.get_data(as_text=True)
    assert bureau.post("/advance-calendar", sent).status_code == 303
    shown = body(visitor(Role.COLLEGE), address)
    assert "2031年1月11日至2031年1月12日" in shown
    assert "鲁教学函〔2030〕1号" in shown


def test_the_county_announces_the_line_of_a_year(visitor: Visitor) -> None:
    address = "/advance-calendar?year=2025&level=bachelor"
    shown = body(visitor(Role.COLLEGE), address)
    assert "合格线尚未公布" in shown
    assert 'name="line_points"' not in shown
    bureau = visitor(Role.COUNTY)
    sent = {
        "year": "2025", "level": "bachelor", "line_score": "culture_exam", "line_points": "400",
        "line_full_marks": "320", "line_announced_on": "2025-06-25", "line_reason": "",
        "line_document_no": "鲁教学函〔2025〕22号",
    }  # fmt: skip
    wrong = bureau.post("/advance-calendar/pass-lines", sent)
    assert wrong.status_code == 422
    assert "不高于满分" in wrong.get_data(as_text=True)
    assert 'value="400"' in wrong.get_data(as_text=True)
    right = sent | {"line_points": "180"}
    assert bureau.post("/advance-calendar/pass-lines", right).status_code == 303
    shown = body(visitor(Role.COLLEGE), address)
    assert "180 分（满分320）" in shown
    assert "鲁教学函〔2025〕22号" in shown


def test_a_score_may_go_by_the_line_of_the_year(visitor: Visitor) -> None:
    bureau = visitor(Role.COUNTY)
    draft = re.sub(r"\s+", " ", body(bureau, "/agreements/new?level=bachelor"))
    assert re.search(r'name="line_culture_exam" value="1" checked', draft)
    assert not re.search(r'name="line_knowledge_test" value="1" checked', draft)
    assert 'name="line_skill_test"' not in draft
