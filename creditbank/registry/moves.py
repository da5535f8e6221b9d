"""What the rules say of a supposed change of major or of school; advice, it decides nothing."""

from __future__ import annotations

from creditbank.domain.errors import Message
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.policies import Policy
from creditbank.registry.major_change_rules import is_within_field


def major_change_words(here: str, there: str, semester: int, policy: Policy) -> Message:
    """TM1, TM2: until when a learner may change from one major code to the other."""
    is_within = is_within_field(here, there)
    last = policy.integer(f"major_change.{'within' if is_within else 'across'}_semester_max")
    kind = ("同一专业大类内", "within the field") if is_within else ("跨专业大类", "across fields")
    return _words(f"{kind[0]}转专业", f"A change of major {kind[1]}", semester, last)


def transfer_words(into: InstitutionKind, semester: int, policy: Policy) -> Message:
    """TR5 and the windows of the transfer between general and vocational schools."""
    if into is InstitutionKind.GENERAL_HIGH_SCHOOL:
        last = policy.integer("transfer.to_general_semester_max")
        return _words("中职转普高", "A transfer to a general school", semester, last)
    last = policy.integer("transfer.to_vocational_semester_max")
    return _words("普高转中职(只限三年制专业)", "A transfer to a three-year major", semester, last)


def _words(zh: str, en: str, semester: int, last: int) -> Message:
    if semester <= last:
        return Message(
            f"{zh}至迟在第{last}学期结束前办理;目前是第{semester}学期,来得及申请。",
            f"{en} is possible until the end of semester {last}; this is semester {semester}.",
        )
    return Message(
        f"{zh}至迟在第{last}学期结束前办理;目前是第{semester}学期,时限已过,这里只作比较。",
        f"{en} was possible until the end of semester {last}; this is semester {semester}: "
        "too late, so this is only a comparison.",
    )
