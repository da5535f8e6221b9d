"""What registration says of persons, numbers and enrolments that are known already."""

from __future__ import annotations

from creditbank.domain.errors import Message, Problem

DUPLICATES = frozenset(
    {"known_person", "known_number", "same_person", "student_no_taken", "national_no_taken",
     "enrolled_already"}
)  # fmt: skip
"""Codes of problems that say: there already."""

KNOWN_NUMBER = Problem(
    "known_number",
    Message(
        "县内已有账户使用这个身份证号,但姓名不同;请核对号码和姓名,仍不一致时联系县教育和体育局。",
        "An account in the county has this identity number under another name; check both, and "
        "ask the bureau if they are right.",
    ),
    "citizen_id",
)
STUDENT_NO_TAKEN = Problem(
    "student_no_taken",
    Message(
        "本校已有学生使用这个学号,请核对。",
        "A learner of your school has this student number already; check it.",
    ),
    "student_no",
)
NATIONAL_NO_TAKEN = Problem(
    "national_no_taken",
    Message(
        "县内已有他人使用这个学籍号,请核对。",
        "Somebody else in the county has this national student number; check it.",
    ),
    "national_student_no",
)
ENROLLED_ALREADY = Problem(
    "enrolled_already",
    Message(
        "该生已有一个全日制学籍尚未结束,不能有双重学籍;请先办理转出或退学。",
        "This person has an open full-time enrolment already; that one must end first.",
    ),
    "study_mode",
)

DIED = Problem(
    "died",
    Message(
        "该生已登记死亡,不能再办理入学;如登记有误,请联系主管部门。",
        "This person's death is on record, so no enrolment is opened; if that is wrong, ask the"
        " bureau.",
    ),
)


def known_person(account_no: str, learner_id: int) -> Problem:
    """Somebody of this name and identity number has an account, which is to be used."""
    return Problem(
        "known_person",
        Message(
            f"该生已有学习账户 {account_no}(编号{learner_id}),一人只有一个账户;"
            "请填写此账号,在该账户下建立学籍。",
            f"This person has the account {account_no} (id {learner_id}), and one person has one "
            "account; give that account and enrol under it.",
        ),
        "account_no",
    )


def same_person(account_no: str) -> Problem:
    """Somebody of this name and birthday, without an identity number on file, has an account."""
    return Problem(
        "same_person",
        Message(
            f"县内已有同名同生日且未登记身份证号的账户 {account_no},很可能是同一人;"
            "请填写身份证号,或在该账户下建立学籍。",
            f"The account {account_no} has this name and birthday and no identity number, likely "
            "the same person; give the identity number, or enrol under that account.",
        ),
        "account_no",
    )
