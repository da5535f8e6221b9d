"""Rows pasted from a table: previewed with every fault by row and cell, then posted all or none."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from datetime import datetime

from flask import render_template, request, session, url_for
from werkzeug.exceptions import NotFound

from creditbank.domain.access import decide, declares
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import BusyError, CreditbankError, InvalidInputError, Problem
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import clean_text, column_letters
from creditbank.services.commands import BatchReport
from creditbank.services.credits import post_batch
from creditbank.services.pasted_rows import PastedCommands, commands_from_pasted_text
from creditbank.services.pasted_table import PASTED_COLUMNS
from creditbank.store.access_log import record_access
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.credit_forms import KINDS
from creditbank.web.credit_panels import Posted, kind_names, term_choices
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.labels import choices
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, ngettext
from creditbank.web.outcomes import OutcomeTable, is_polled, outcome_table
from creditbank.web.pages import is_fragment, pages
from creditbank.web.visits import actor, now, unit_of_work

EXAMPLES = {
    EntryKind.COURSE: ("2025010101", "王晨", "GG03", "2025-2026-1", "正常", "85", ""),
    EntryKind.COMPETITION: (
        "2025010101", "王晨", "2026年省职业院校技能大赛数控车", "省级", "二等奖", "个人", "",
        "鲁教职字〔2026〕5号", "2026-05-10",
    ),
    EntryKind.INNOVATION: (
        "2025010101", "王晨", "职业技能等级证书", "车工", "1", "中级", "370000123456", "",
        "2026-05-10",
    ),
}  # fmt: skip
_SENT = ("rows", "term", "exam_kind", "idempotency_key")
_ROWS_SHOWN = 200
_UNPROCESSABLE = 422
_SESSION = "pasted"
"""Whose rows were posted last, kept in the server-side session for the table that follows."""


@dataclass(frozen=True, slots=True)
class PreviewCell:
    """One pasted cell."""

    text: str
    is_faulty: bool


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One pasted row, numbered as pasted."""

    number: int
    cells: tuple[PreviewCell, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be posted, or why not."""

    count: int
    learner_count: int
    problems: tuple[Problem, ...]
    rows: tuple[PreviewRow, ...]
    hidden_count: int

    @property
    def is_clean(self) -> bool:
        """Whether it can be posted."""
        return self.count > 0 and not self.problems

    @property
    def problem_text(self) -> str:
        """How much is wrong."""
        count = len(self.problems)
        return ngettext(
            "有 %(num)s 处问题，改正后重新预览；没有入账。",
            "有 %(num)s 处问题，改正后重新预览；没有入账。",
            count,
        )

    @property
    def clean_text(self) -> str:
        """What would be posted."""
        return _(
            "%(count)s 行全部可以入账，涉及 %(learners)s 名学生。",
            count=self.count,
            learners=self.learner_count,
        )

    @property
    def post_text(self) -> str:
        """What the button says."""
        return ngettext("入账 %(num)s 行", "入账 %(num)s 行", self.count)


@pages.get("/paste")
@declares(Action.POST_CREDIT)
def paste() -> str:
    """The empty page for one kind."""
    kind = _kind(request.args.get("kind", EntryKind.COURSE.value))
    with unit_of_work() as uow:
        parts = _parts(uow, kind, Form(kind=kind.value, fields=frozenset(_SENT)))
    return render_template("paste.html", **parts)


@pages.post("/paste/<kind>/preview")
@declares(Action.POST_CREDIT)
def preview_paste(kind: str) -> str:
    """What the rows would do."""
    chosen, form = _kind(kind), _sent()
    with unit_of_work() as uow:
        preview, found = _previewed(uow, chosen, form)
        _note_access(uow, found)
        parts = _parts(uow, chosen, form) | {"preview": preview}
    return render_template(_template(), **parts)


@pages.post("/paste/<kind>")
@declares(Action.POST_CREDIT)
def post_paste(kind: str) -> str | tuple[str, int]:
    """Post all rows, or show why none was posted."""
    chosen, form = _kind(kind), _sent()
    with unit_of_work() as uow:
        preview, found = _previewed(uow, chosen, form)
    if found is None or not preview.is_clean:
        return _refused(chosen, form, preview, found)
    try:
        with unit_of_work() as uow:
            report = post_batch(uow, actor(), found.commands, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        return _refused(chosen, form, preview, found, Posted("bad", _("没有入账"), _texts(error)))
    return _posted(chosen, report)


@pages.get("/paste/outcomes")
@declares(Action.SEE_VERDICTS)
def paste_outcomes() -> str:
    """Where the learners of the last pasted rows stand now."""
    is_polled()
    with unit_of_work() as uow:
        outcomes = _outcomes(uow, request.args.get("round", 0, type=int) + 1)
    return render_template("parts/learner_outcomes.html", outcomes=outcomes)


def _refused(
    kind: EntryKind,
    form: Form,
    preview: Preview,
    found: PastedCommands | None,
    posted: Posted | None = None,
) -> tuple[str, int]:
    with unit_of_work() as uow:
        _note_access(uow, found)
        parts = _parts(uow, kind, form) | {"preview": preview, "posted": posted}
    return render_template(_template(), **parts), _UNPROCESSABLE


def _note_access(uow: UnitOfWork, found: PastedCommands | None) -> None:
    """One line for the answer that shows these rows."""
    mask = decide(actor(), Action.POST_CREDIT).mask
    learner_ids = sorted({command.learner_id for command in found.commands} if found else ())
    record_access(uow.connection, actor(), Action.POST_CREDIT, mask, learner_ids, now())


def _posted(kind: EntryKind, report: BatchReport) -> str:
    learner_ids = sorted({entry.learner_id for entry in report.entries})
    session[_SESSION] = {"learner_ids": learner_ids, "since": now().isoformat()}
    nothing = sum(entry.earns_nothing for entry in report.entries)
    texts = (_("其中 %(count)s 行没有获得学分（未通过或此前已获得）。", count=nothing),)
    posted = Posted(
        "warn" if nothing else "good",
        ngettext("已入账 %(num)s 行", "已入账 %(num)s 行", len(report.entries)),
        texts if nothing else (),
    )
    with unit_of_work() as uow:
        parts = _parts(uow, kind, Form(kind=kind.value, fields=frozenset(_SENT)))
        outcomes = _outcomes(uow, 0)
    return render_template(_template(), **parts, posted=posted, outcomes=outcomes)


def _outcomes(uow: UnitOfWork, round_: int) -> OutcomeTable:
    kept = session.get(_SESSION)
    if not isinstance(kept, dict):
        raise NotFound
    return outcome_table(
        uow,
        kept["learner_ids"],
        since=datetime.fromisoformat(kept["since"]),
        url=url_for("web.paste_outcomes", round=round_),
        round_=round_,
    )


def _previewed(
    uow: UnitOfWork, kind: EntryKind, form: Form
) -> tuple[Preview, PastedCommands | None]:
    try:
        found = commands_from_pasted_text(
            uow,
            actor(),
            form.value("rows"),
            kind,
            now=now(),
            term=_term(form.value("term")),
            exam_kind=ExamKind(form.value("exam_kind")) if form.value("exam_kind") else None,
        )
    except InvalidInputError as error:
        return Preview(0, 0, refusal_problems(error), (), 0), None
    rows = _shown_rows(form.value("rows"), found.problems)
    preview = Preview(
        count=len(found.commands),
        learner_count=len({command.learner_id for command in found.commands}),
        problems=found.problems,
        rows=tuple(rows[:_ROWS_SHOWN]),
        hidden_count=max(0, len(rows) - _ROWS_SHOWN),
    )
    return preview, found


def _shown_rows(text: str, problems: tuple[Problem, ...]) -> list[PreviewRow]:
    """The rows as pasted, with the cells at fault; those at fault first in what is shown."""
    faulty = {(problem.row, problem.field) for problem in problems}
    lines = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    found = [
        PreviewRow(
            number,
            tuple(
                PreviewCell(clean_text(cell), (number, column_letters(at)) in faulty)
                for at, cell in enumerate(line, start=1)
            ),
        )
        for number, line in enumerate(lines, start=1)
        if any(line)
    ]
    return sorted(found, key=lambda row: not any(cell.is_faulty for cell in row.cells))


def _parts(uow: UnitOfWork, kind: EntryKind, form: Form) -> dict[str, object]:
    return {
        "kinds": kind_names(),
        "form": replace(form, kind=kind.value),
        "headings": PASTED_COLUMNS[kind],
        "examples": EXAMPLES[kind],
        "terms": term_choices(uow),
        "exam_kinds": choices(ExamKind),
    }


def _sent() -> Form:
    return Form.sent("", {name: request.form.get(name, "") for name in _SENT})


def _term(code: str) -> Term | None:
    try:
        return Term.parse(code)
    except ValueError:
        return None


def _texts(error: CreditbankError) -> tuple[str, ...]:
    return tuple(in_language(item.message) for item in refusal_problems(error))


def _template() -> str:
    return "parts/paste.html" if is_fragment() else "paste.html"


def _kind(text: str) -> EntryKind:
    for kind in KINDS:
        if kind.value == text:
            return kind
    raise NotFound
