"""Transcripts, statements and audits: all that stands on them, however much or little it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from creditbank.papers.rendering import render
from tests.factories import papers, study_papers
from tests.unit.papers.test_rendering import pages


def test_a_transcript_of_three_years_stands_on_one_page() -> None:
    (text,) = pages(render([papers.paper(study_papers.transcript())]))
    for words in (
        "2024-2025学年第一学期", "2026-2027学年第二学期", "课程属性学时学分成绩考试性质",
        "必修学分", "总学分", "154", "平均学分绩点", "3.12", "替代任选课1.5学分",
        "鲁中精工机械有限公司",
        "2024-2025-1优秀", "五级制", "教务科章", "经办人：李教务",
    ):  # fmt: skip
        assert words in text


def test_eighty_courses_flow_onto_further_pages_with_their_head() -> None:
    made = study_papers.transcript(terms=study_papers.terms(1, 80))
    found = pages(render([papers.paper(made)]))
    assert len(found) > 1
    assert "".join(found).count("数学必修36") == 10
    for text in found[:2]:
        assert "课程属性学时学分成绩考试性质" in text
        assert "学生成绩单" in text


def test_who_has_no_course_gets_a_page_that_says_so() -> None:
    (text,) = pages(render([papers.paper(study_papers.empty()["transcript"])]))
    assert "没有成绩记录" in text
    assert "身份证号" not in text


def test_the_other_language_stands_under_the_first() -> None:
    text = "".join(pages(render([papers.paper(study_papers.bilingual_transcript())])))
    for words in ("WANGYan", "PingyangCountyVocationalSchool", "IdeologyandPolitics", "Resit1",
                  "inpinyin", "以中文为准", "Exempt"):  # fmt: skip
        assert words in text


def test_a_statement_says_what_is_left_to_convert() -> None:
    (text,) = pages(render([papers.paper(study_papers.credit_statement())]))
    text = text.replace("\u200b", "")  # where a long number may be broken
    for words in (
        "账户号",
        "有效期至",
        "2029-06-30",
        "长期",
        "SJ20260018",
        "已转换",
        "可转换",
        "0.5",
    ):
        assert words in text


@pytest.mark.parametrize("conclusion", ["毕业", "结业", "延期"])
def test_an_audit_says_each_module_and_the_conclusion(conclusion: str) -> None:
    made = study_papers.grad_audit(conclusion=conclusion)
    (text,) = pages(render([papers.paper(made)]))
    for words in ("要求已得替代认定差额", "公共基础必修5757000", "思想品德合格", "处分无",
                  f"结论{conclusion}", "分管校长意见", "（公章）"):  # fmt: skip
        assert words in text


def test_a_class_of_fifty_is_listed_with_its_counts() -> None:
    found = pages(render([papers.paper(study_papers.class_audit())]))
    text = "".join(found)
    assert text.count("王䶮") == 25
    assert "毕业48人，延期2人" in text
    assert all("序号学号姓名要求计入差额" in page for page in found[:1])


def test_the_school_names_the_certificate_of_who_has_left() -> None:
    made = study_papers.study_certificate(title="肄业证明")
    (text,) = pages(render([papers.paper(made)]))
    for words in (
        "肄业证明",
        "2026年3月离校（退学）",
        "取得62学分，另取得创新实践3学分（培养方案要求170学分）",
        "数控技术应用专业",
    ):
        assert words in text


def test_a_class_of_fifty_is_one_file_whatever_stands_on_each() -> None:
    """Rare and long names, eighty courses, none at all."""
    short = study_papers.transcript(terms=study_papers.terms(1, 4))
    class_of_fifty = [
        *(replace(short, name=name) for name in (*study_papers.RARE_NAMES, papers.LONG_NAME)),
        replace(short, terms=study_papers.terms(8, 10)),
        study_papers.empty()["transcript"],
        *(replace(short, name=f"学生{at}") for at in range(45)),
    ]
    several = [papers.paper(made, serial=at) for at, made in enumerate(class_of_fifty)]
    found = pages(render(several))
    for paper in several:
        own = [text for text in found if paper.number in text]
        assert own
        assert str(paper.content["name"]) in own[0]
        assert f"第{len(own)}页共{len(own)}页" in own[-1]
    assert len(found) == 50 + len([text for text in found if "共2页" in text]) // 2


def test_a_further_page_says_whose_it_is() -> None:
    listed = study_papers.study_certificate().courses * 4
    papers_of_two = [
        papers.paper(study_papers.study_certificate(courses=listed)),
        papers.paper(study_papers.class_audit()),
    ]
    first, second, third, fourth = pages(render(papers_of_two))
    assert "王䶮2024010101" in second
    assert "24数控1班" in fourth
    assert "王䶮2024010101" not in first
    assert third.count("24数控1班") == 1


@pytest.mark.parametrize("count", range(24, 34))
def test_totals_stand_under_their_names(count: int) -> None:
    made = study_papers.bilingual_transcript(terms=study_papers.terms(1, count, english=True))
    found = pages(render([papers.paper(made)]))
    assert [text for text in found if "总学分" in text] == [
        text for text in found if "3.12" in text
    ]


def test_a_cohort_is_said_once() -> None:
    made = study_papers.study_certificate(class_name="2024级护理1班")
    (text,) = pages(render([papers.paper(made)]))
    assert "专业2024级护理1班学生" in text


def test_a_certificate_from_before_there_were_awards_on_it_is_set_as_it_was() -> None:
    paper = papers.paper(study_papers.study_certificate())
    old = {name: value for name, value in paper.content.items() if name != "awarded"}
    (text,) = pages(render([replace(paper, content=old)]))
    assert "取得62学分（培养方案要求170学分）" in text
