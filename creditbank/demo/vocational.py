"""Majors of the demo's vocational school and their 170-credit plans, block by block.

The template obeys the national numbers: 170 credits, at least 3000 hours of which half practice,
electives a tenth; 56 + 1 credits of general courses by the 2020 standards.
"""

from __future__ import annotations

from dataclasses import dataclass

from creditbank.domain.courses import CourseNature
from creditbank.domain.plans import Block, ConditionKind, Plan, PlanCourse, Substitution

HOURS_PER_CREDIT = 18
UNITS_MIN = 17_000
CATALOGUE_YEAR = 2021


@dataclass(frozen=True, slots=True)
class DemoMajor:
    """A major: its two-letter course prefix, its courses by block, and where it may lead."""

    code: str
    name: str
    name_en: str
    prefix: str
    basics: tuple[str, ...]
    cores: tuple[str, ...]
    trainings: tuple[str, ...]
    electives: tuple[str, ...]
    post_code: str = ""
    college: str = ""
    post_years_tenths: int = 20


BLOCKS = (
    Block("GG", "公共基础必修", "General courses", CourseNature.REQUIRED, 5700),
    Block("ZJ", "专业基础课", "Major foundation", CourseNature.REQUIRED, 2200),
    Block(
        "ZH", "专业核心课", "Major core", CourseNature.REQUIRED, 2700, is_major_core=True
    ),
    Block("SX", "综合实训", "Integrated training", CourseNature.PRACTICE, 1200),
    Block("GS", "岗位实习", "Internship", CourseNature.PRACTICE, 3000),
    Block(
        "XX", "限选课", "Restricted electives", CourseNature.RESTRICTED_ELECTIVE, 900,
        Substitution.APPROVED,
    ),
    Block(
        "RX", "任选课", "Free electives", CourseNature.FREE_ELECTIVE, 800, Substitution.AUTOMATIC
    ),
    Block("HD", "教育活动", "Activities", CourseNature.PRACTICE, 500),
)  # fmt: skip

# name, English, credits by semester from the first, share of practice in percent
_GENERAL: tuple[tuple[str, str, str, tuple[int, ...], int], ...] = (
    ("GG01", "思想政治", "Ideology and politics", (2, 2, 2, 2), 10),
    ("GG02", "语文", "Chinese", (3, 3, 3, 2), 10),
    ("GG03", "数学", "Mathematics", (2, 2, 2, 2), 0),
    ("GG04", "英语", "English", (2, 2, 2, 2), 20),
    ("GG05", "历史", "History", (2, 2), 10),
    ("GG06", "信息技术", "Information technology", (3, 3), 70),
    ("GG07", "体育与健康", "Physical education and health", (2, 2, 2, 2), 90),
    ("GG08", "艺术", "Arts", (1, 1), 50),
    ("GG09", "劳动教育", "Labour education", (1,), 90),
    ("GG10", "职业素养", "Professional conduct", (0, 0, 1), 50),
)
_BASIC = ((4, 1), (4, 1), (4, 2), (4, 2), (3, 3), (3, 3))
_CORE = ((4, 3), (4, 3), (4, 4), (4, 4), (4, 4), (4, 5), (3, 5))
_TRAINING = ((4, 3), (4, 4), (4, 5))
_RESTRICTED = ((3, 3), (3, 4), (3, 4), (3, 5))
_FREE = (
    ("普通话与口语交际", "Mandarin and speaking", 2), ("书法鉴赏", "Calligraphy", 2),
    ("中华优秀传统文化", "Chinese culture", 3), ("心理健康", "Mental health", 3),
    ("创新创业基础", "Innovation and enterprise", 4), ("玫瑰种植与加工", "Rose growing", 4),
    ("应急救护", "First aid", 5), ("短视频制作", "Short video", 5),
)  # fmt: skip
_ACTIVITIES = (
    ("入学教育", "Orientation", 1, 1), ("军训", "Military training", 1, 1),
    ("社会实践", "Social practice", 2, 4), ("毕业教育", "Graduation education", 1, 6),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CourseText:
    """What the courses table holds beyond the plan."""

    name_en: str
    nature: CourseNature


def plan_of(major: DemoMajor, *, plan_id: int, institution_id: int, version: int = 1) -> Plan:
    """The plan of one major."""
    return Plan(
        plan_id=plan_id,
        code=f"{major.code}-{CATALOGUE_YEAR}",
        version=version,
        name=f"{major.name}专业人才培养方案",
        institution_id=institution_id,
        major_code=major.code,
        catalogue_year=CATALOGUE_YEAR,
        years=3,
        units_min=UNITS_MIN,
        blocks=BLOCKS,
        courses=tuple(course for course, _ in courses_of(major)),
        conditions=(ConditionKind.CONDUCT, ConditionKind.INTERNSHIP),
    )


def courses_of(major: DemoMajor) -> list[tuple[PlanCourse, CourseText]]:
    """Every course of a major's plan; general, free and activity courses are the school's own."""
    found = []
    for code, name, name_en, by_semester, practice in _GENERAL:
        several = sum(credit > 0 for credit in by_semester) > 1
        for semester, credit in enumerate(by_semester, start=1):
            if credit:
                number = str(semester) if several else ""
                found.append(
                    _course(
                        f"{code}{number}", f"{name}{number}", f"{name_en} {number}".strip(), "GG",
                        credit, semester, practice,
                    )
                )  # fmt: skip
    for block, names, shape, practice in (
        ("ZJ", major.basics, _BASIC, 40),
        ("ZH", major.cores, _CORE, 60),
        ("SX", major.trainings, _TRAINING, 100),
        ("XX", major.electives, _RESTRICTED, 50),
    ):
        found.extend(
            _course(f"{major.prefix}{block}{place}", name, "", block, credit, semester, practice)
            for place, (name, (credit, semester)) in enumerate(
                zip(names, shape, strict=True), start=1
            )
        )
    found.append(_course(f"{major.prefix}GS1", "岗位实习一", "Internship I", "GS", 12, 5, 100))
    found.append(_course(f"{major.prefix}GS2", "岗位实习二", "Internship II", "GS", 18, 6, 100))
    found.extend(
        _course(f"RX{place:02d}", name, name_en, "RX", 2, semester, 50)
        for place, (name, name_en, semester) in enumerate(_FREE, start=1)
    )
    found.extend(
        _course(f"HD{place:02d}", name, name_en, "HD", credit, semester, 100)
        for place, (name, name_en, credit, semester) in enumerate(_ACTIVITIES, start=1)
    )
    return found


_NATURES = {block.code: block.nature for block in BLOCKS}


def _course(  # noqa: PLR0913, PLR0917 (one row of a table)
    code: str, name: str, name_en: str, block: str, credit: int, semester: int, practice: int
) -> tuple[PlanCourse, CourseText]:
    hours = credit * HOURS_PER_CREDIT
    practical = hours * practice // 100
    elective = block in {"XX", "RX"}
    course = PlanCourse(
        course_code=code,
        name=name,
        block_code=block,
        units=credit * 100,
        theory_hours=hours - practical,
        practice_hours=practical,
        semester_no=semester,
        is_required=not elective,
        also_counts_in=("RX",) if block == "XX" else (),
    )
    return course, CourseText(name_en, _NATURES[block])
