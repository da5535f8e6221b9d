"""The county's institutions, majors, plans and agreements, and the classes to be invented."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time

from creditbank.demo import high_school, vocational
from creditbank.demo.agreement_terms import first_terms_row
from creditbank.demo.calendar import adjusted_days
from creditbank.demo.histories import Setting, past_terms
from creditbank.demo.learners import ClassOrder, Rows, class_sizes, equal_parts
from creditbank.demo.majors import (
    ENGINEERING_COLLEGE,
    JINAN_COLLEGE,
    KINDERGARTEN_COLLEGE,
    MAJORS,
    UNIVERSITY,
)
from creditbank.domain.agreements import (
    Agreement,
    EducationLevel,
    HardCondition,
    HardConditionKind,
)
from creditbank.domain.plans import Plan
from creditbank.domain.policies import resolve
from creditbank.store.plans import plan_row
from creditbank.store.policy_files import load_policy_files

VOCATIONAL_LEARNERS = 5_500
GENERAL_LEARNERS = 5_000
CLASS_SIZE_MAX = 50
VOCATIONAL, FIRST_HIGH, SECOND_HIGH, BUREAU = 1, 2, 3, 4
REGISTRAR_ACCOUNTS = {VOCATIONAL: 1, FIRST_HIGH: 2, SECOND_HIGH: 12}
COUNTY_ACCOUNT = 9
"""By school the account that posts, and the bureau's: places in logins.DEMO_LOGINS, from 1."""
COMPLETED = 12
"""Of the cohort before the oldest: left with 结业, and came back for the exam they lacked."""
COLLEGES = {KINDERGARTEN_COLLEGE: 5, JINAN_COLLEGE: 6, ENGINEERING_COLLEGE: 7, UNIVERSITY: 8}
INSTITUTIONS = (
    (VOCATIONAL, "3637012401", "平阴县职业教育中心", "Pingyin Vocational Education Centre",
     "vocational_school", "370124"),
    (FIRST_HIGH, "3137012402", "平阴县第一中学", "Pingyin No. 1 High School",
     "general_high_school", "370124"),
    (SECOND_HIGH, "3137012403", "平阴县实验高级中学", "Pingyin Experimental High School",
     "general_high_school", "370124"),
    (BUREAU, "1137012400", "平阴县教育和体育局", "Pingyin Education and Sports Bureau", "bureau",
     "370124"),
    (5, "4137010005", KINDERGARTEN_COLLEGE, "Jinan Preschool Education College", "college",
     "370100"),
    (6, "4137010006", JINAN_COLLEGE, "Jinan Vocational College", "college", "370100"),
    (7, "4137010007", ENGINEERING_COLLEGE, "Jinan Engineering Vocational Technical College",
     "college", "370100"),
    (8, "4137010008", UNIVERSITY, "University of Jinan", "university", "370100"),
    (9, "9137012409", "平阴县职业技能培训中心", "Pingyin Skills Training Centre",
     "training_provider", "370124"),
)  # fmt: skip
_PAIRED_FROM = date(2026, 1, 1)
"""When 《山东省普通高中和中等职业学校学生互转实施办法》 came into force."""
_UNIFIED_CODES = {9: "52370124MJE0240096"}
"""统一社会信用代码 of who trains beside the schools; the form of GB 32100, plainly made up."""
_POST_NAMES = {
    "460103": "数控技术", "460301": "机电一体化技术", "080803T": "机器人工程",
    "500211": "汽车检测与维修技术", "510201": "计算机应用技术", "570102K": "学前教育",
    "530701": "电子商务",
}  # fmt: skip
_MEDICAL = frozenset({"770101", "720201"})


@dataclass(frozen=True, slots=True)
class County:
    """All that is known before the first learner is invented."""

    anchor: date
    cohorts: tuple[int, ...]
    plans: dict[tuple[int, str], Plan]
    agreements: tuple[Agreement, ...]
    classes: list[ClassOrder]


def lay_out_county(anchor: date, *, seed: int, scale: float) -> County:
    """Plans, agreements and classes for the three cohorts behind the anchor day."""
    cohorts = (anchor.year - 3, anchor.year - 2, anchor.year - 1)
    plans: dict[tuple[int, str], Plan] = {}
    for number, major in enumerate(MAJORS, start=1):
        plans[VOCATIONAL, major.code] = vocational.plan_of(
            major, plan_id=number, institution_id=VOCATIONAL
        )
    for number, school in enumerate((FIRST_HIGH, SECOND_HIGH), start=len(MAJORS) + 1):
        plans[school, high_school.MAJOR_CODE] = high_school.plan_of(
            plan_id=number, institution_id=school
        )
    agreements = _agreements(cohorts)
    county = County(anchor, cohorts, plans, agreements, [])
    _order_classes(county, seed=seed, scale=scale)
    return county


def _agreements(cohorts: tuple[int, ...]) -> tuple[Agreement, ...]:
    found: list[Agreement] = []
    for entry_year in cohorts:
        for major in MAJORS:
            if major.college:
                found.append(_agreement(len(found) + 1, major, entry_year))
    return tuple(found)


def _agreement(agreement_id: int, major: vocational.DemoMajor, entry_year: int) -> Agreement:
    bachelor = major.post_years_tenths == 40  # noqa: PLR2004 (four years)
    kinds = [
        HardCondition(HardConditionKind.IN_CLASS_SINCE_ENTRY),
        HardCondition(HardConditionKind.YEAR_OF_STUDY, "3"),
        HardCondition(HardConditionKind.CREDITS_TO_DATE, "90"),
        HardCondition(HardConditionKind.NO_FAILED_CORE),
        HardCondition(HardConditionKind.CONDUCT),
        HardCondition(HardConditionKind.NO_SANCTION, "3"),
        HardCondition(HardConditionKind.INTERNSHIP, "started"),
        HardCondition(HardConditionKind.CERTIFICATE, "intermediate"),
    ]
    if bachelor:
        kinds.append(HardCondition(HardConditionKind.EXAM_REGISTRATION))
    if major.code in _MEDICAL:
        kinds.append(HardCondition(HardConditionKind.MEDICAL_CHECK))
    years = "3+4" if bachelor else "3+2"
    return Agreement(
        agreement_id=agreement_id,
        school_id=VOCATIONAL,
        college_id=COLLEGES[major.college],
        name=f"{major.name}—{_POST_NAMES[major.post_code]}({years},{entry_year}级)",
        document_no=f"平职合〔{entry_year}〕{agreement_id}号",
        entry_year=entry_year,
        pre_level=EducationLevel.SECONDARY_VOCATIONAL,
        pre_years_tenths=30,
        post_level=EducationLevel.BACHELOR if bachelor else EducationLevel.HIGHER_VOCATIONAL,
        post_years_tenths=major.post_years_tenths,
        pre_major_code=major.code,
        pre_catalogue_year=vocational.CATALOGUE_YEAR,
        post_major_code=major.post_code,
        post_catalogue_year=2021,
        quota=60,
        valid_from=date(entry_year, 9, 1),
        valid_to=date(entry_year + 4, 8, 31),
        hard_conditions=tuple(kinds),
    )


def _order_classes(county: County, *, seed: int, scale: float) -> None:
    first_id = 1
    policies = load_policy_files()
    for cohort_no, entry_year in enumerate(county.cohorts):
        for school, total in _school_totals(cohort_no, scale):
            setting = Setting(
                institution_id=school,
                entry_year=entry_year,
                terms=past_terms(entry_year, county.anchor),
                posted_by=REGISTRAR_ACCOUNTS[school],
                policy=resolve(policies, institution_id=school, as_of=county.anchor),
                until=county.anchor,
            )
            for order in _school_classes(county, setting, total, first_id, seed):
                county.classes.append(order)
                first_id += order.size
    county.classes.append(_completed_class(county, first_id, seed, scale))


def _completed_class(county: County, first_id: int, seed: int, scale: float) -> ClassOrder:
    """Those of the first major who left a year ago without a diploma."""
    oldest = next(order for order in county.classes if order.has_demo_learner)
    entry_year = county.cohorts[0] - 1
    return replace(
        oldest,
        setting=replace(
            oldest.setting, entry_year=entry_year, terms=past_terms(entry_year, county.anchor)
        ),
        name=f"{entry_year}级{oldest.major_name}{oldest.class_no}班",
        size=max(1, round(COMPLETED * scale)),
        first_id=first_id,
        seed=seed,
        agreement=None,
        has_demo_learner=False,
        is_completed=True,
    )


def _school_totals(cohort_no: int, scale: float) -> list[tuple[int, int]]:
    def third(total: int) -> int:
        whole = total // 3 + (cohort_no < total % 3)
        return max(1, round(whole * scale))

    return [
        (VOCATIONAL, max(len(MAJORS), third(VOCATIONAL_LEARNERS))),
        (FIRST_HIGH, third(GENERAL_LEARNERS * 3 // 5)),
        (SECOND_HIGH, third(GENERAL_LEARNERS * 2 // 5)),
    ]


def _school_classes(
    county: County, setting: Setting, total: int, first_id: int, seed: int
) -> list[ClassOrder]:
    names = {major.code: major for major in MAJORS}
    plans = [plan for (school, _), plan in county.plans.items() if school == setting.institution_id]
    orders = []
    for major_no, (plan, share) in enumerate(
        zip(plans, equal_parts(total, len(plans)), strict=True), start=1
    ):
        major = names.get(plan.major_code)
        for class_no, size in enumerate(class_sizes(share, at_most=CLASS_SIZE_MAX), start=1):
            agreement = _agreement_of(county, plan.major_code, setting.entry_year, class_no)
            label = "" if major is None else major.name
            orders.append(
                ClassOrder(
                    setting=setting,
                    plan=plan,
                    name=f"{setting.entry_year}级{label}{class_no}班",
                    major_name=label,
                    major_no=major_no,
                    class_no=class_no,
                    size=size,
                    first_id=first_id,
                    seed=seed,
                    agreement=agreement,
                    has_demo_learner=(plan.major_code, class_no, setting.entry_year)
                    == (MAJORS[0].code, 1, county.cohorts[0]),
                )
            )
            first_id += size
    return orders


def _agreement_of(
    county: County, major_code: str, entry_year: int, class_no: int
) -> Agreement | None:
    """The first class of a major with an agreement is its through-training class."""
    if class_no != 1:
        return None
    for agreement in county.agreements:
        if (agreement.pre_major_code, agreement.entry_year) == (major_code, entry_year):
            return agreement
    return None


def reference_rows(county: County) -> Rows:
    """Rows of everything that is no learner."""
    rows = Rows()
    for number, code, name, name_en, kind, area in INSTITUTIONS:
        rows.add("institutions", institution_id=number, code=code, name=name, name_en=name_en,
                 kind=kind, area_code=area, unified_code=_UNIFIED_CODES.get(number))  # fmt: skip
    for major in MAJORS:
        rows.add("majors", code=major.code, catalogue_year=vocational.CATALOGUE_YEAR,
                 name=major.name, name_en=major.name_en, level="secondary_voc")  # fmt: skip
        if major.college:
            level = "bachelor" if major.post_years_tenths > 20 else "higher_voc"  # noqa: PLR2004
            rows.add("majors", code=major.post_code, catalogue_year=2021,
                     name=_POST_NAMES[major.post_code], name_en="", level=level)  # fmt: skip
    rows.add("majors", code=high_school.MAJOR_CODE, catalogue_year=2020, name="普通高中",
             name_en="General high school", level="general_high")  # fmt: skip
    for year in range(county.cohorts[0] - 1, county.anchor.year + 1):
        rows.add("academic_terms", code=f"{year}-{year + 1}-1", starts_on=date(year, 9, 1),
                 ends_on=date(year + 1, 1, 31))  # fmt: skip
        rows.add("academic_terms", code=f"{year}-{year + 1}-2", starts_on=date(year + 1, 2, 1),
                 ends_on=date(year + 1, 8, 31))  # fmt: skip
    for day, is_worked, name in adjusted_days():
        rows.add("adjusted_days", day=day, is_worked=is_worked, name=name)
    for general in (FIRST_HIGH, SECOND_HIGH):
        rows.add("paired_schools", vocational_id=VOCATIONAL, general_id=general,
                 valid_from=_PAIRED_FROM, valid_until=None, document_no="平教体字〔2025〕30号",
                 decided_by=COUNTY_ACCOUNT,
                 decided_at=datetime.combine(_PAIRED_FROM, time(), UTC))  # fmt: skip
    _course_rows(rows)
    for plan in county.plans.values():
        rows.add("program_plans", **plan_row(plan))
        completed = (county.cohorts[0] - 1,) if plan.major_code == MAJORS[0].code else ()
        for entry_year in (*completed, *county.cohorts):
            rows.add("cohort_plans", institution_id=plan.institution_id, plan_code=plan.code,
                     entry_year=entry_year, plan_id=plan.plan_id)  # fmt: skip
    for agreement in county.agreements:
        row = asdict(agreement)
        row["hard_conditions"] = [
            {"kind": item.kind.value, "threshold": item.threshold}
            for item in agreement.hard_conditions
        ]
        rows.add("articulation_agreements", **row)
        rows.add("agreement_terms", **first_terms_row(agreement, decided_by=COUNTY_ACCOUNT))
    return rows


def _course_rows(rows: Rows) -> None:
    offers = [(VOCATIONAL, vocational.courses_of(major)) for major in MAJORS]
    offers += [(school, high_school.courses()) for school in (FIRST_HIGH, SECOND_HIGH)]
    seen: set[tuple[int, str]] = set()
    for school, courses in offers:
        for course, words in courses:
            if (school, course.course_code) in seen:
                continue
            seen.add((school, course.course_code))
            rows.add(
                "courses", institution_id=school, code=course.course_code, name=course.name,
                name_en=words.name_en, units=course.units, theory_hours=course.theory_hours,
                practice_hours=course.practice_hours, nature=words.nature.value,
            )  # fmt: skip
