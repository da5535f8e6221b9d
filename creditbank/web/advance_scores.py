"""转段测试成绩: typed into a grid or read from a file, previewed by cell, recorded together."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, render_template

from creditbank.domain.access import declares
from creditbank.domain.agreement_terms import ScoreKind
from creditbank.domain.credits import credits_text, units_from_text
from creditbank.domain.errors import BusyError, InvalidInputError, Message
from creditbank.domain.permissions import Action
from creditbank.queries.advance_previews import ScoreSheet, score_sheet
from creditbank.services.advance_commands import RecordScores, ScoreLine, TakenSteps
from creditbank.services.advance_scores import record_scores
from creditbank.web.advance_grids import (
    Column,
    SentGrid,
    Values,
    checked,
    digest_of,
    grid_lines,
    refused_cells,
    sent_cells,
    template_file,
    uploaded,
)
from creditbank.web.advance_steps import Came, done_rows, goer_rows, sent_form
from creditbank.web.advance_views import ADVANCE, UNPROCESSABLE, head_of
from creditbank.web.forms import Form
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.pages import is_fragment, pages
from creditbank.web.visits import actor, now, unit_of_work

_SHEET = "转段测试成绩"
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
    return _page(agreement_id, _form())


@pages.get(f"{ADVANCE}/scores/template")
@declares(Action.SCORE_ADVANCE)
def advance_score_template(agreement_id: int) -> Response:
    """The same as a file to be filled in."""
    with unit_of_work() as uow:
        sheet = score_sheet(uow, actor(), agreement_id, now=now())
    return template_file(_SHEET, _columns(sheet), sheet.preview.goers, _known(sheet))


@pages.post(f"{ADVANCE}/scores/file")
@declares(Action.SCORE_ADVANCE)
def upload_advance_scores(agreement_id: int) -> str | tuple[str, int]:
    """Read a file into the grid, with what is wrong by row and cell; nothing is recorded yet."""
    with unit_of_work() as uow:
        sheet = score_sheet(uow, actor(), agreement_id, now=now())
    return uploaded(
        sheet.preview.goers,
        _columns(sheet),
        lambda key, text: _wrong(sheet, key, text),
        _form(),
        lambda form, sent: _page(agreement_id, form, sent=sent, is_preview=sent is not None),
    )


@pages.post(f"{ADVANCE}/scores")
@declares(Action.SCORE_ADVANCE)
def record_advance_scores(agreement_id: int) -> str | tuple[str, int]:
    """Record all that is new in the grid, or nothing."""
    form = sent_form("source", "digest")
    with unit_of_work() as uow:
        sheet = score_sheet(uow, actor(), agreement_id, now=now())
    values = sent_cells(_columns(sheet))
    faults = checked(values, lambda key, text: _wrong(sheet, key, text))
    if faults:
        return _page(agreement_id, form, sent=SentGrid(values, faults)), UNPROCESSABLE
    lines = _lines(sheet, values)
    is_file = bool(form.value("source")) and form.value("digest") == digest_of(values)
    command = RecordScores(
        agreement_id=agreement_id,
        lines=lines,
        source_hash=form.value("source")[:64] if is_file else "",
    )
    try:
        with unit_of_work() as uow:
            found = record_scores(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        numbers = [line.enrolment_id for line in lines]
        refused, faults = refused_cells(form, error, numbers, set(ScoreKind))
        return _page(agreement_id, refused, sent=SentGrid(values, faults)), UNPROCESSABLE
    return _page(agreement_id, _form(), taken=found)


def _form() -> Form:
    return Form(kind="scores", fields=frozenset({"source", "digest"}))


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


def _known(sheet: ScoreSheet) -> Values:
    """What stands."""
    return {
        number: {part.value: credits_text(units) for part, units in scores.items()}
        for number, scores in sheet.recorded.items()
    }


def _wrong(sheet: ScoreSheet, key: str, text: str) -> Message | None:
    part = sheet.preview.terms.part(ScoreKind(key))
    try:
        units = units_from_text(text)
    except ValueError:
        return _NUMBER
    if part is None or 0 <= units <= part.full_marks:
        return None
    full = credits_text(part.full_marks)
    return Message(f"应在0至{full}分之间。", f"This is from 0 to {full} points.")


def _lines(sheet: ScoreSheet, values: Values) -> tuple[ScoreLine, ...]:
    """Lines that say something else than what stands."""
    found = []
    for number, cells in values.items():
        scores = {ScoreKind(key): units_from_text(text) for key, text in cells.items() if text}
        if not sheet.parts or scores != sheet.recorded.get(number, {}):
            found.append(ScoreLine(enrolment_id=number, scores=scores))
    return tuple(found)


def _page(
    agreement_id: int,
    form: Form,
    *,
    sent: SentGrid | None = None,
    taken: TakenSteps | None = None,
    is_preview: bool = False,
) -> str:
    with unit_of_work() as uow:
        sheet = score_sheet(uow, actor(), agreement_id, now=now())
    preview = sheet.preview
    columns = _columns(sheet)
    shown = sent or SentGrid(_known(sheet))
    _going, refused = goer_rows(preview.goers, Came())
    template = "parts/advance_scores.html" if is_fragment() else "advance_scores.html"
    return render_template(
        template,
        head=head_of(preview.agreement, preview.terms.quota),
        kind="score",
        form=form,
        columns=columns,
        is_averaged=len(sheet.parts) < len(preview.terms.scores),
        lines=grid_lines(preview.goers, columns, shown),
        sent=shown,
        is_preview=is_preview,
        refused=refused,
        problems={},
        replayed=taken.replayed if taken else False,
        done=done_rows(preview, taken.steps) if taken else [],
    )


_NUMBER = Message("请填分数,最多两位小数,如 85.5。", "A score with at most two decimals, as 85.5.")
