"""转段测试成绩: typed into a grid or read from a file, previewed by cell, recorded together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import Response

from creditbank.domain.access import declares
from creditbank.domain.agreement_terms import AgreementTerms, ScoreKind
from creditbank.domain.credits import credits_text, units_from_text
from creditbank.domain.errors import Message
from creditbank.domain.permissions import Action
from creditbank.queries.advance_previews import ScoreSheet, score_sheet
from creditbank.services.advance_commands import RecordScores, ScoreLine, TakenSteps
from creditbank.services.advance_scores import record_scores
from creditbank.web.advance_grids import (
    Column,
    Grid,
    Values,
    recorded,
    show,
    template_file,
    uploaded,
)
from creditbank.web.advance_steps import sent_form
from creditbank.web.advance_views import ADVANCE
from creditbank.web.forms import Form
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.pages import pages
from creditbank.web.visits import actor, now, unit_of_work

_HEADINGS: Mapping[ScoreKind, str] = {
    ScoreKind.CULTURE_EXAM: "文化基础",
    ScoreKind.KNOWLEDGE_TEST: "专业基础知识",
    ScoreKind.SKILL_TEST: "专业技能测试",
    ScoreKind.QUALITY: "综合素质",
}
"""Of the file; files are in Chinese for everybody."""


@pages.get(f"{ADVANCE}/scores")
@declares(Action.SCORE_ADVANCE)
def advance_scores(agreement_id: int) -> str:
    """The grid of who has been filed, with what stands."""
    return show(_grid(agreement_id))


@pages.get(f"{ADVANCE}/scores/template")
@declares(Action.SCORE_ADVANCE)
def advance_score_template(agreement_id: int) -> Response:
    """The same as a file to be filled in."""
    return template_file(_grid(agreement_id))


@pages.post(f"{ADVANCE}/scores/file")
@declares(Action.SCORE_ADVANCE)
def upload_advance_scores(agreement_id: int) -> str | tuple[str, int]:
    """Read a file into the grid, with what is wrong by row and cell; nothing is recorded yet."""
    return uploaded(_grid(agreement_id))


@pages.post(f"{ADVANCE}/scores")
@declares(Action.SCORE_ADVANCE)
def record_advance_scores(agreement_id: int) -> str | tuple[str, int]:
    """Record all that is new in the grid, or nothing."""
    form = sent_form("source", "digest")

    def record(new: Values, source: str) -> TakenSteps:
        scores = {
            number: {ScoreKind(key): units_from_text(text) for key, text in cells.items() if text}
            for number, cells in new.items()
        }
        lines = tuple(ScoreLine(enrolment_id=item, scores=parts) for item, parts in scores.items())
        command = RecordScores(agreement_id=agreement_id, lines=lines, source_hash=source)
        with unit_of_work() as uow:
            return record_scores(uow, actor(), command, idempotency_key=form.key, now=now())

    return recorded(lambda: _grid(agreement_id), form, record)


def _grid(agreement_id: int) -> Grid:
    with unit_of_work() as uow:
        sheet = score_sheet(uow, actor(), agreement_id, now=now())
    return Grid(
        kind="score",
        template="advance_scores.html",
        sheet="转段测试成绩",
        preview=sheet.preview,
        columns=_columns(sheet),
        known={
            number: {part.value: credits_text(units) for part, units in scores.items()}
            for number, scores in sheet.recorded.items()
        },
        check=partial(_wrong, sheet.preview.terms),
        form=Form(kind="scores", fields=frozenset({"source", "digest"})),
        extras={"is_averaged": len(sheet.parts) < len(sheet.preview.terms.scores)},
    )


def _columns(sheet: ScoreSheet) -> list[Column]:
    found = []
    for part in sheet.parts:
        hint = _(
            "满分 %(full)s，占 %(weight)s%%", full=credits_text(part.full_marks), weight=part.weight
        )
        if part.by_announced_line:
            hint += _("，合格线以当年公布为准")
        elif part.pass_mark:
            hint += _("，合格 %(mark)s", mark=credits_text(part.pass_mark))
        found.append(Column(part.kind.value, name_of(part.kind), _HEADINGS[part.kind], hint))
    return found


def _wrong(terms: AgreementTerms, key: str, text: str) -> Message | None:
    part = terms.part(ScoreKind(key))
    try:
        units = units_from_text(text)
    except ValueError:
        return _NUMBER
    if part is None or 0 <= units <= part.full_marks:
        return None
    full = credits_text(part.full_marks)
    return Message(f"应在0至{full}分之间。", f"This is from 0 to {full} points.")


_NUMBER = Message(
    "请填分数,最多两位小数,如 85.5。", "A score with at most two decimals, such as 85.5."
)
