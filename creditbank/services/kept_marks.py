"""Resolved marks as an upload keeps them between preview and posting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.enrolments import Term
from creditbank.services.commands import PostCourseCredit
from creditbank.services.grade_resolution import ResolvedMark


def mark_document(mark: ResolvedMark) -> dict[str, Any]:
    """A mark, with its place in the file."""
    command = mark.command
    return {
        "row": mark.row,
        "column": mark.column,
        "course_name": mark.course_name,
        "learner_id": command.learner_id,
        "course_code": command.course_code,
        "term": command.term.code,
        "exam_kind": command.exam_kind,
        "scale": command.scale,
        "mark": command.mark,
        "proof_no": command.proof_no,
        "earned_on": command.earned_on.isoformat(),
    }


def kept_marks(documents: Sequence[Mapping[str, Any]]) -> list[ResolvedMark]:
    """Marks from their documents; what thousands of them have in common is read once."""
    term_of, day_of = cache(Term.parse), cache(date.fromisoformat)
    kinds, scales = (
        {kind.value: kind for kind in ExamKind},
        {item.value: item for item in GradingScale},
    )
    return [
        ResolvedMark(
            row=document["row"],
            column=document["column"],
            course_name=document["course_name"],
            command=PostCourseCredit(
                learner_id=document["learner_id"],
                course_code=document["course_code"],
                term=term_of(document["term"]),
                exam_kind=kinds[document["exam_kind"]],
                scale=scales[document["scale"]],
                mark=document["mark"],
                proof_no=document.get("proof_no", ""),
                earned_on=day_of(document["earned_on"]),
            ),
        )
        for document in documents
    ]
