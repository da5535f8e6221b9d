"""Whom a row means: the student number decides, and the name must agree, so that no row shifts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from creditbank.services.written_marks import RefusedCellError
from creditbank.store.grade_imports import EnrolledLearner

NUMBER, NAME = "学号", "姓名"
_SPACES_AND_DOTS = re.compile(r"[\s·•・‧.]")


def folded(name: str) -> str:
    """Names are compared without the spaces that align them and whatever dot divides them."""
    return _SPACES_AND_DOTS.sub("", name).casefold()


def named_learner(
    learners: Mapping[str, EnrolledLearner], student_no: str, name: str
) -> EnrolledLearner:
    """The learner of a row, of learners by number; RefusedCellError with field 学号 or 姓名."""
    learner = learners.get(student_no)
    if learner is None:
        raise RefusedCellError(
            code="unknown_learner",
            zh="本校没有这个学号,请核对。",
            en="your school has no learner with this number; check it.",
            field=NUMBER,
        )
    if folded(name) != folded(learner.name):
        raise RefusedCellError(
            code="name_differs",
            zh="姓名与该学号在册的姓名不一致(可能串行),请核对。",
            en="the name is not the one on record for this number (a shifted row?); check it.",
            field=NAME,
        )
    return learner
