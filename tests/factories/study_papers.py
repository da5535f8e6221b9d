"""Papers made from the books: as usual, with as much on them as there can be, and with nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from creditbank.domain.paper_parts import Opinion
from creditbank.domain.papers import PaperContent
from creditbank.domain.study_papers import (
    AuditedBlock,
    AuditedCondition,
    AuditedLearner,
    BilingualTranscript,
    BookedOutcome,
    ClassAudit,
    CreditStatement,
    GradAudit,
    MarkedCourse,
    MarkedTerm,
    OutcomeTotal,
    StudiedCourse,
    StudyCertificate,
    Subtotal,
    Transcript,
)

RARE_NAMES = ("王䶮", "曾𫖯")
ABOUT: dict[str, Any] = {
    "school": "平阳县职业中等专业学校", "handler": "李教务", "name": "王䶮", "sex": "男",
    "citizen_id": "370124********3456", "national_student_no": "G370124200905123456",
    "student_no": "2024010101", "major": "数控技术应用", "class_name": "24数控1班",
}  # fmt: skip
_COURSES = (
    ("思想政治", "Ideology and Politics", "必修", 36, "2"),
    ("语文", "Chinese", "必修", 54, "3"),
    ("数学", "Mathematics", "必修", 36, "2"),
    ("英语", "English", "必修", 36, "2"),
    ("体育与健康", "Physical Education and Health", "必修", 36, "2"),
    ("机械制图与计算机辅助设计", "Engineering Drawing and CAD", "必修", 72, "4"),
    ("数控车削编程与加工技术训练", "Shukong chexiao biancheng yu jiagong", "实践", 90, "5"),
    ("中华优秀传统文化", "Traditional Culture", "限选", 18, "1"),
)
_MARKS = ("86", "91.5", "60", "良好", "78", "合格", "免修", "95")
_EXAMS = ("正常", "正常", "补考一", "正常", "正常", "正常", "免修", "重修")
_EN = {
    "必修": "Required", "实践": "Practice", "限选": "Restr. elective", "良好": "Good",
    "合格": "Pass", "免修": "Exempt", "正常": "Regular", "补考一": "Resit 1", "重修": "Retake",
}  # fmt: skip
_LEGEND = (
    (
        "百分制 0-100，60 分及格；五级制 优秀90-100 良好80-89 中等70-79 及格60-69 不及格60以下；"
        "二级制 合格、不合格；等级 A、B、C、D 及格，E 不及格；操行 优秀、良好、合格、不合格"
    ),
    "绩点：60 分及以上为（分数－50）÷10，不及格为 0；补考及格按 1.0 计；免修、无成绩的不计入",
)


def terms(count: int, each: int, *, english: bool = False) -> tuple[MarkedTerm, ...]:
    """Semesters of so many courses."""
    return tuple(
        MarkedTerm(
            label=f"{2024 + at // 2}-{2025 + at // 2}学年第{'一二'[at % 2]}学期",
            label_en=f"{2024 + at // 2}-{2025 + at // 2}, semester {at % 2 + 1}" * english,
            courses=tuple(_course(at * each + number, english=english) for number in range(each)),
        )
        for at in range(count)
    )


def _course(at: int, *, english: bool) -> MarkedCourse:
    name, name_en, nature, hours, earned = _COURSES[at % len(_COURSES)]
    mark, exam = _MARKS[at % len(_MARKS)], _EXAMS[at % len(_EXAMS)]
    return MarkedCourse(
        name=name, nature=nature, hours=hours, credits=earned, mark=mark, exam=exam,
        name_en=name_en * english, nature_en=_EN[nature] * english,
        mark_en=_EN.get(mark, "") * english, exam_en=_EN[exam] * english,
    )  # fmt: skip


def transcript(**fields: Any) -> Transcript:
    given: dict[str, Any] = {
        **ABOUT, "years": 3, "entered": "2024年9月", "terms": terms(6, 8),
        "subtotals": (
            Subtotal(name="必修", credits="92"), Subtotal(name="限选", credits="9"),
            Subtotal(name="实践", credits="47"), Subtotal(name="创新实践", credits="6"),
        ),
        "total": "154", "gpa": "3.12",
        "innovations": (
            "全市职业院校技能大赛数控车加工赛项 市级二等奖 2026年5月 1.5学分",
            "替代任选课 1.5 学分",
        ),
        "internship": "鲁中精工机械有限公司 2026年9月至2027年2月 合格",
        "conduct": "2024-2025-1 优秀；2024-2025-2 良好；2025-2026-1 优秀",
        "legend": _LEGEND,
    }  # fmt: skip
    return Transcript(**given | fields)


def bilingual_transcript(**fields: Any) -> BilingualTranscript:
    chinese = {name: getattr(transcript(), name) for name in Transcript.__dataclass_fields__}
    given = chinese | {
        "terms": terms(6, 8, english=True),
        "subtotals": (
            Subtotal(name="必修", credits="92", name_en="Required"),
            Subtotal(name="实践", credits="47", name_en="Practice"),
            Subtotal(name="创新实践", credits="6", name_en="Innovation"),
        ),
        "name_en": "WANG Yan", "school_en": "Pingyang County Vocational School",
        "major_en": "Numerical Control Technology", "sex_en": "male", "entered_en": "09/2024",
        "innovations_en": (
            "Quan shi zhi ye yuan xiao ji neng da sai, city second prize, 05/2026, 1.5 credits",
            "1.5 credits used for Free electives",
        ),
        "internship_en": "passed", "conduct_en": "good",
        "legend_en": (
            (
                "Percentage 0-100, pass mark 60; five levels: excellent 90-100, good 80-89, medium"
                " 70-79, pass 60-69, fail below 60; pass/fail; letters A to D pass, E fails"
            ),
        ),
        "uses_pinyin": True,
    }  # fmt: skip
    return BilingualTranscript(**given | fields)


def credit_statement(**fields: Any) -> CreditStatement:
    given: dict[str, Any] = {
        **ABOUT, "account_no": "370124000000123",
        "outcomes": (
            _outcome("学历课程", "语文", "2025-01-15", "3", "", ""),
            _outcome("竞赛", "全市技能大赛数控车加工", "2026-05-20", "1.5", "", "SJ20260018"),
            _outcome("职业技能等级", "数控车铣加工 1+X 证书（中级）", "2026-06-30", "3",
                     "2029-06-30", "Y000137010100195000001"),
        ),
        "totals": (
            OutcomeTotal(kind="学历课程", count=48, booked="148", converted="148", convertible="0"),
            OutcomeTotal(kind="竞赛", count=1, booked="1.5", converted="1", convertible="0.5"),
            OutcomeTotal(kind="职业技能等级", count=1, booked="3", converted="3", convertible="0"),
        ),
        "total": OutcomeTotal(
            kind="合计", count=50, booked="152.5", converted="152", convertible="0.5"
        ),
    }  # fmt: skip
    return CreditStatement(**given | fields)


def _outcome(kind: str, name: str, day: str, earned: str, until: str, number: str) -> BookedOutcome:
    return BookedOutcome(
        kind=kind, name=name, unit="平阳县职业中等专业学校", day=day, credits=earned,
        valid_until=until, recognition_no=number,
    )  # fmt: skip


def grad_audit(**fields: Any) -> GradAudit:
    given: dict[str, Any] = {
        **ABOUT, "entry_year": 2024, "years": 3, "plan": "数控技术应用 2024 版",
        "blocks": tuple(
            AuditedBlock(name=name, required=required, earned=required, substituted="0",
                         recognised="0", missing="0")
            for name, required in (
                ("公共基础必修", "57"), ("专业基础课", "22"), ("专业核心课", "27"),
                ("综合实训", "12"), ("岗位实习", "30"), ("限选课", "9"), ("任选课", "8"),
            )
        ),
        "required": "170", "counted": "170", "missing": "0",
        "conditions": (
            AuditedCondition(name="思想品德评价", required="合格", actual="合格", met=True),
            AuditedCondition(name="岗位实习", required="合格", actual="合格", met=True),
        ),
        "conduct": "合格", "internship": "合格", "sanctions": "无", "exceptions": (),
        "outcome": "eligible", "conclusion": "毕业",
        "opinions": tuple(Opinion(office=name) for name in ("班主任", "教务科", "分管校长")),
    }  # fmt: skip
    return GradAudit(**given | fields)


def audited(at: int, **fields: Any) -> AuditedLearner:
    given: dict[str, Any] = {
        "student_no": f"20240101{at:02}", "name": RARE_NAMES[at % 2], "required": "170",
        "counted": "170", "missing": "0", "conduct": "合格", "internship": "合格",
        "sanctions": "无", "outcome": "eligible", "conclusion": "毕业",
    }  # fmt: skip
    return AuditedLearner(**given | fields)


def class_audit(**fields: Any) -> ClassAudit:
    given: dict[str, Any] = {
        **{name: ABOUT[name] for name in ("school", "handler", "major", "class_name")},
        "entry_year": 2024,
        "learners": tuple(audited(at) for at in range(50)),
        "counts": (("毕业", 48), ("延期", 2)),
        "opinions": tuple(Opinion(office=name) for name in ("教务科", "分管校长")),
    }
    return ClassAudit(**given | fields)


def study_certificate(**fields: Any) -> StudyCertificate:
    given: dict[str, Any] = {
        **ABOUT, "title": "写实性学习证明", "entry_year": 2024, "years": 3, "begun": "2024年9月",
        "ended": "2026年3月", "left": "退学", "total": "62", "awarded": "3", "required": "170",
        "courses": tuple(
            StudiedCourse(name=name, hours=hours, credits=earned, mark=mark)
            for (name, _, _, hours, earned), mark in zip(_COURSES * 3, _MARKS * 3, strict=True)
        ),
    }  # fmt: skip
    return StudyCertificate(**given | fields)


def usual() -> dict[str, PaperContent]:
    """One of each."""
    return {
        "transcript": transcript(),
        "bilingual transcript": bilingual_transcript(),
        "credit statement": credit_statement(),
        "graduation audit": grad_audit(),
        "class audit": class_audit(),
        "study certificate": study_certificate(),
    }


def empty() -> dict[str, PaperContent]:
    """Of somebody who has nothing in the books and no numbers."""
    nothing = OutcomeTotal(kind="合计", count=0, booked="0", converted="0", convertible="0")
    bare = {"citizen_id": "", "national_student_no": ""}
    none = {"terms": (), "subtotals": (), "total": "0", "gpa": "", "innovations": (),
            "internship": "", "conduct": ""}  # fmt: skip
    return {
        "transcript": transcript(**bare, **none),
        "bilingual transcript": bilingual_transcript(
            **bare, **none, innovations_en=(), internship_en="", conduct_en=""
        ),
        "credit statement": credit_statement(**bare, outcomes=(), totals=(), total=nothing),
        "graduation audit": grad_audit(**bare, blocks=(), conditions=()),
        "class audit": class_audit(learners=(), counts=()),
        "study certificate": study_certificate(**bare, courses=(), total="0", awarded=""),
    }


def extreme(about: dict[str, Any], long_class: dict[str, Any]) -> dict[str, PaperContent]:
    """About whom: the longest names there can be; eighty courses, a full class."""
    whom = about | long_class
    word, block, condition = about["name"], grad_audit().blocks[0], grad_audit().conditions[0]
    six = ("必修", "限选", "任选", "实践", "认定", "创新实践")
    much = {
        "subtotals": tuple(Subtotal(name=name, credits="1000.5") for name in six),
        "innovations": (f"{word}{'W' * 60}",) * 12,
        "internship": about["school"], "conduct": "2024-2025-1 优秀；" * 8,
    }  # fmt: skip
    long_terms = tuple(
        replace(term, courses=tuple(
            replace(course, name=f"{course.name}{word}", name_en="W" * 60)
            for course in term.courses
        ))
        for term in terms(8, 10, english=True)
    )  # fmt: skip
    outcome = _outcome(
        "职业技能等级", f"{word}{'W' * 40}", "2026-06-30", "100.5", "2029-06-30", "9" * 60
    )
    return {
        "transcript": transcript(**whom, **much, terms=terms(8, 10)),
        "bilingual transcript": bilingual_transcript(
            **whom, **much, terms=long_terms, name_en=word[:40], school_en="W" * 90,
            major_en="W" * 90, conduct_en="",
        ),
        "credit statement": credit_statement(
            **whom, outcomes=(replace(outcome, unit=about["school"]),) * 60
        ),
        "graduation audit": grad_audit(
            **whom, plan=whom["major"], sanctions="严重警告（2026年3月2日）；" * 6,
            blocks=(replace(block, name=f"模块{'W' * 50}", required="1000.55"),) * 20,
            conditions=(replace(condition, name="W" * 60, actual=word, met=False),) * 14,
            exceptions=(word,) * 6,
            opinions=tuple(Opinion(office=word, answer="同意", words=word * 3) for _ in range(3)),
        ),
        "class audit": class_audit(
            **{name: whom[name] for name in ("school", "handler", "major", "class_name")},
            learners=tuple(
                audited(at, name=word, student_no="20240101010000000001", required="1000.55",
                        conclusion="未达到毕业条件，需人工复核")
                for at in range(60)
            ),
        ),
        "study certificate": study_certificate(
            **whom, courses=(StudiedCourse(name=f"{word}{'W' * 40}", hours=9999, credits="100.5",
                                           mark="不合格"),) * 81
        ),
    }  # fmt: skip
