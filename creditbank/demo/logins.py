"""One login per role of the demo. The passwords are printed at start: they protect nobody."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from argon2 import PasswordHasher

from creditbank.demo.schools import BUREAU, COLLEGES, FIRST_HIGH, SECOND_HIGH, VOCATIONAL, County

PASSWORD = "pingyin-2020"  # noqa: S105 (printed by `creditbank up`, synthetic county only)


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A login to try a role with. institution_id None: an account of no institution."""

    role: str
    username: str
    who: str
    who_en: str
    institution_id: int | None
    section: str = ""
    password: str = PASSWORD


DEMO_LOGINS = (
    DemoLogin("registrar", "registrar", "职教中心教务员", "Registrar, vocational", VOCATIONAL),
    DemoLogin("registrar", "registrar2", "第一中学教务员", "Registrar, high school", FIRST_HIGH),
    DemoLogin("student", "student", "三年级贯通班学生", "Student, third year", VOCATIONAL),
    DemoLogin("guardian", "guardian", "该生监护人", "That student's guardian", VOCATIONAL),
    DemoLogin("teacher", "teacher", "职教中心教师", "Teacher", VOCATIONAL),
    DemoLogin("advisor", "advisor", "职教中心导师", "Advisor", VOCATIONAL),
    DemoLogin("approver", "approver", "职教中心教学副校长", "Approver", VOCATIONAL),
    DemoLogin("college", "college", "济南职业学院对接人", "Counterpart college",
              COLLEGES["济南职业学院"]),
    DemoLogin("county", "county", "县教育和体育局职教科", "County bureau, vocational", BUREAU,
              "vocational"),
    DemoLogin("auditor", "auditor", "审计员", "Auditor", BUREAU),
    DemoLogin("sysadmin", "sysadmin", "系统管理员(看不到学生数据)", "Administrator", None),
    DemoLogin("registrar", "registrar3", "实验高中教务员", "Registrar, second high school",
              SECOND_HIGH),
    DemoLogin("county", "county2", "县教育和体育局基教科", "County bureau, general", BUREAU,
              "general"),
    DemoLogin("approver", "approver2", "第一中学副校长", "Approver, high school", FIRST_HIGH),
    DemoLogin("approver", "approver3", "实验高中副校长", "Approver, second high school",
              SECOND_HIGH),
)  # fmt: skip
_OWN = frozenset({"student", "guardian"})


@cache
def _hashed(password: str) -> str:
    """One for all who share it: a salt of each one's own would guard a password that is printed."""
    return PasswordHasher().hash(password)


def account_rows(county: County) -> dict[str, list[dict[str, Any]]]:
    """Rows of accounts, and whose record the student's and the guardian's show."""
    demo_learner = next(order.first_id for order in county.classes if order.has_demo_learner)
    accounts = [
        {
            "account_id": number,
            "username": login.username,
            "display_name": login.who,
            "password_hash": _hashed(login.password),
            "role": login.role,
            "institution_id": login.institution_id,
            "section": login.section,
            "is_active": True,
        }
        for number, login in enumerate(DEMO_LOGINS, start=1)
    ]
    linked = [
        {"account_id": number, "learner_id": demo_learner}
        for number, login in enumerate(DEMO_LOGINS, start=1)
        if login.role in _OWN
    ]
    return {"accounts": accounts, "account_learners": linked}
