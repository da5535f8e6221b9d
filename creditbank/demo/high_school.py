"""The 144-credit plan of the demo's general high schools: 88 + 42 + 14 (2017/2020 课程方案)."""

from __future__ import annotations

from creditbank.demo.vocational import CourseText
from creditbank.domain.courses import CourseNature
from creditbank.domain.plans import Block, ConditionKind, Plan, PlanCourse, Substitution

MAJOR_CODE = "000000"
UNITS_MIN = 14_400
PASS_EXAMS = (
    "语文", "数学", "外语", "思想政治", "历史", "地理", "物理", "化学", "生物学", "信息技术",
    "通用技术", "音乐", "美术", "体育与健康",
)  # fmt: skip
BLOCKS = (
    Block("BX", "必修", "Required", CourseNature.REQUIRED, 8800),
    Block("XB", "选择性必修", "Selective compulsory", CourseNature.RESTRICTED_ELECTIVE, 4200),
    Block("XK", "选修", "Electives", CourseNature.FREE_ELECTIVE, 1400, Substitution.AUTOMATIC),
)

# code, name, English, credits of each module, first semester
_REQUIRED: tuple[tuple[str, str, str, tuple[int, ...], int], ...] = (
    ("YW", "语文", "Chinese", (2, 2, 2, 2), 1),
    ("SX", "数学", "Mathematics", (2, 2, 2, 2), 1),
    ("WY", "外语", "Foreign language", (2, 2, 2), 1),
    ("ZZ", "思想政治", "Politics", (2, 2, 2), 1),
    ("LS", "历史", "History", (2, 2), 1),
    ("DL", "地理", "Geography", (2, 2), 1),
    ("WL", "物理", "Physics", (2, 2, 2), 1),
    ("HX", "化学", "Chemistry", (2, 2), 1),
    ("SW", "生物学", "Biology", (2, 2), 1),
    ("XX", "信息技术", "Information technology", (2, 1), 1),
    ("TY", "通用技术", "General technology", (2, 1), 2),
    ("YY", "音乐", "Music", (1, 1, 1), 1),
    ("MS", "美术", "Fine arts", (1, 1, 1), 1),
    ("TI", "体育与健康", "Physical education and health", (2, 2, 2, 2, 2, 2), 1),
    ("YJ", "研究性学习", "Research study", (2, 2, 2), 2),
    ("SJ", "社会实践", "Social practice", (2,), 3),
    ("LD", "劳动", "Labour", (2, 2, 2), 2),
)
_CHOSEN = (
    ("YW", "语文", "Chinese", 3), ("SX", "数学", "Mathematics", 3),
    ("WY", "外语", "Foreign language", 4), ("TI", "体育专项", "Sports", 2),
)  # fmt: skip
SUBJECTS = (
    ("ZZ", "思想政治", "Politics"), ("LS", "历史", "History"), ("DL", "地理", "Geography"),
    ("WL", "物理", "Physics"), ("HX", "化学", "Chemistry"), ("SW", "生物学", "Biology"),
)  # fmt: skip
_SCHOOL_COURSES = (
    ("玫瑰文化", "Rose culture"), ("阿胶与中医药", "Traditional medicine"),
    ("程序设计", "Programming"), ("天文观测", "Astronomy"), ("戏剧表演", "Drama"),
    ("英语演讲", "English speaking"), ("职业体验", "Tasting trades"), ("数学建模", "Modelling"),
    ("国学经典", "Classics"), ("新闻写作", "Journalism"),
)  # fmt: skip


def plan_of(*, plan_id: int, institution_id: int) -> Plan:
    """The plan of one general high school."""
    return Plan(
        plan_id=plan_id,
        code="PTGZ-2020",
        version=1,
        name="普通高中课程方案",
        institution_id=institution_id,
        major_code=MAJOR_CODE,
        catalogue_year=2020,
        years=3,
        units_min=UNITS_MIN,
        blocks=BLOCKS,
        courses=tuple(course for course, _ in courses()),
        conditions=(
            ConditionKind.CONDUCT,
            ConditionKind.ACADEMIC_PASS_EXAMS,
            ConditionKind.COMPREHENSIVE_EVALUATION,
        ),
        required_pass_exams=PASS_EXAMS,
    )


def courses() -> list[tuple[PlanCourse, CourseText]]:
    """Every module the schools offer."""
    found: list[tuple[PlanCourse, CourseText]] = []
    for code, name, name_en, modules, first in _REQUIRED:
        found.extend(
            _course(
                f"B{code}{number}", f"{name}必修{number}", f"{name_en} {number}", "BX",
                credit, min(first + number - 1, 6),
            )
            for number, credit in enumerate(modules, start=1)
        )  # fmt: skip
    offers = [(code, name, name_en, count, 2) for code, name, name_en, count in _CHOSEN]
    offers += [(code, name, name_en, 3, 2) for code, name, name_en in SUBJECTS]
    for code, name, name_en, count, before in offers:
        found.extend(
            _course(
                f"X{code}{number}", f"{name}选择性必修{number}",
                f"{name_en}, elective {number}", "XB", 2, min(before + number, 6),
            )
            for number in range(1, count + 1)
        )  # fmt: skip
    found.extend(
        _course(f"K{number:02d}", name, name_en, "XK", 2, 1 + number % 5)
        for number, (name, name_en) in enumerate(_SCHOOL_COURSES, start=1)
    )
    return found


_NATURES = {block.code: block.nature for block in BLOCKS}


def _course(
    code: str, name: str, name_en: str, block: str, credit: int, semester: int
) -> tuple[PlanCourse, CourseText]:
    course = PlanCourse(
        course_code=code,
        name=name,
        block_code=block,
        units=credit * 100,
        theory_hours=credit * 18,
        practice_hours=0,
        semester_no=semester,
        is_required=block == "BX",
        also_counts_in=("XK",) if block == "XB" else (),
    )
    return course, CourseText(name_en, _NATURES[block])
