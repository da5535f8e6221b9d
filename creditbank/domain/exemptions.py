"""免修: which courses may never be exempted, by name and by where the plan puts them.

What proof an exemption needs is asked with the attempt itself, in domain.attempts.
"""

from __future__ import annotations

from creditbank.domain.errors import Message, Problem
from creditbank.domain.plans import Block
from creditbank.domain.policies import Policy

NO_LIMIT = "无"
"""Written in place of a list that names nothing."""


def may_be_exempted(course_name: str, block: Block | None, policy: Policy) -> bool:
    """Whether policy leaves a course open to exemption. block: of the learner's plan, if any.

    The courses tables of schools have no category for 思想政治, 体育 or 实习, so policy names
    words that stand in the name of the course or of its block, and blocks by their code.
    """
    names = course_name if block is None else f"{course_name} {block.name}"
    words = _listed(policy.text("marks.exempt_excluded_names"))
    codes = _listed(policy.text("marks.exempt_excluded_blocks"))
    in_block = block is not None and block.code in codes
    return not in_block and not any(word in names for word in words)


def excluded(course_name: str) -> Problem:
    """Why an exemption is refused whatever the proof."""
    return Problem(
        "exemption_excluded",
        Message(
            f"“{course_name}”按规定不得免修(思想政治、体育、实习等),请安排学生修读。",
            f"“{course_name}” may not be exempted by the rules; the course must be taken.",
        ),
        field="exam_kind",
    )


def _listed(text: str) -> list[str]:
    return [] if text.strip() == NO_LIMIT else text.split()
