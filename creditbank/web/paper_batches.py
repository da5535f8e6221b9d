"""Papers of a whole class: the classes, whom of one, and issuing part by part with what is done.

A part is issued in a transaction of its own, and who has a paper that says the very same keeps it:
so an interrupted batch goes on where it was, and a second one makes nothing twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import (
    BusyError,
    CreditbankError,
    InvalidInputError,
    Message,
    Problem,
    refused,
)
from creditbank.domain.papers import FILE_MAX, PaperKind
from creditbank.domain.permissions import Action
from creditbank.queries.classes import SchoolClass, school_classes
from creditbank.queries.papers import ClassLearner, class_learners
from creditbank.queries.papers import class_papers as lists_of
from creditbank.services.paper_commands import IssueClassAudit
from creditbank.services.papers import check_count
from creditbank.services.study_papers import issue_class_audit
from creditbank.web.forms import refusal_problems
from creditbank.web.labels import name_of
from creditbank.web.languages import in_language
from creditbank.web.pages import pages
from creditbank.web.paper_panels import PaperView, paper_view
from creditbank.web.papers import ISSUED_KINDS, chosen_kind, chosen_numbers, issue, own_key
from creditbank.web.visits import actor, may, now, site, unit_of_work

PART = 10
_UNPROCESSABLE = 422
_YEAR = re.compile("[0-9]{4}")
_PAGE_KINDS = (*ISSUED_KINDS, PaperKind.CLASS_AUDIT)


@dataclass(frozen=True, slots=True)
class Batch:
    """How far a batch is. done: papers; rest: learners; total: both together."""

    kind: PaperKind
    done: tuple[int, ...]
    rest: tuple[int, ...]
    total: int

    @property
    def ids(self) -> str:
        """The papers as they stand in the file's address."""
        return ".".join(map(str, self.done))


@pages.get("/papers")
@declares(Action.ISSUE_PAPER)
def class_papers() -> str:
    """The classes, and whom of one a paper of the chosen kind can be issued for."""
    return _page(chosen=() if request.args.get("ticks") == "none" else None)


@pages.post("/papers")
@declares(Action.ISSUE_PAPER)
def issue_class_papers() -> Response | tuple[str, int]:
    """Without scripts: all parts in one answer, then the file.

    A second click opens the same papers, or those of other ticks.
    """
    kind = chosen_kind(request.form.get("kind", ""))
    chosen = _ticked()
    made: list[int] = []
    try:
        _check(chosen)
        for at in range(0, len(chosen), PART):
            made += issue(kind, chosen[at : at + PART], own_key()).issued_paper_ids
    except (InvalidInputError, BusyError) as error:
        return _page(chosen=chosen, error=error), _UNPROCESSABLE
    return redirect(url_for("web.paper_files", ids=".".join(map(str, made))))


@pages.post("/papers/parts")
@declares(Action.ISSUE_PAPER)
def issue_part() -> str | tuple[str, int]:
    """Issue the next part, and say how far the batch is; what is drawn asks for the one after."""
    kind = chosen_kind(request.form.get("kind", ""))
    rest = request.form.get("rest", "")
    chosen = chosen_numbers(rest.split(".")) if rest else _ticked()
    done = chosen_numbers([text for text in request.form.get("done", "").split(".") if text])
    batch = Batch(kind, done, chosen, len(done) + len(chosen))
    try:
        _check((*done, *chosen))
        made = issue(kind, chosen[:PART], own_key()).issued_paper_ids
    except (InvalidInputError, BusyError) as error:
        return _progress(batch, error), _UNPROCESSABLE
    return _progress(Batch(kind, (*done, *made), chosen[PART:], batch.total))


@pages.post("/papers/class-audits")
@declares(Action.ISSUE_PAPER)
def issue_class_list() -> Response | tuple[str, int]:
    """Issue the 毕业资格审核汇总表 of a class and open it; a second click opens the same."""
    name, year = request.form.get("class_name", ""), request.form.get("entry_year", "")
    if not name or not _YEAR.fullmatch(year):
        raise NotFound
    command = IssueClassAudit(class_name=name, entry_year=int(year))
    try:
        with unit_of_work() as uow:
            made = issue_class_audit(
                uow, actor(), command, site=site(), idempotency_key=own_key(), now=now()
            )
    except (InvalidInputError, BusyError) as error:
        return _page(error=error), _UNPROCESSABLE
    return redirect(url_for("web.paper_file", issued_paper_id=made.issued_paper_ids[0]))


def _ticked() -> tuple[int, ...]:
    return tuple(dict.fromkeys(chosen_numbers(request.form.getlist("learner_id"))))


def _check(chosen: Sequence[int]) -> None:
    """Raise InvalidInputError for nobody, or more than one file holds."""
    check_count(len(chosen[:1]))
    if len(chosen) > FILE_MAX:
        raise refused(_TOO_MANY)


_TOO_MANY = Problem(
    "too_many",
    Message(
        f"一个文件最多{FILE_MAX}份,请分批签发。",
        f"One file holds {FILE_MAX} papers at most: issue them in parts.",
    ),
    field="learner_id",
)


def _progress(batch: Batch, error: CreditbankError | None = None) -> str:
    return render_template(
        "parts/paper_batch.html",
        batch=batch,
        kind_name=name_of(batch.kind),
        faults=_faults(error),
    )


def _faults(error: CreditbankError | None) -> list[str]:
    return [in_language(item.message) for item in (refusal_problems(error) if error else ())]


def _page(*, chosen: Sequence[int] | None = None, error: CreditbankError | None = None) -> str:
    """chosen: who was ticked; None before anything was sent: then as many as one file holds."""
    values = request.values
    name, year = values.get("class_name", ""), values.get("entry_year", "")
    kind, wanted = _page_kind(values.get("kind", "")), values.get("q", "").strip()[:40]
    is_named = bool(name) and _YEAR.fullmatch(year) is not None
    learners: tuple[ClassLearner, ...] = ()
    lists: list[PaperView] = []
    with unit_of_work() as uow:
        classes = school_classes(uow, actor())
        if is_named:
            learners = class_learners(uow, actor(), name, int(year), kind=kind, now=now())
        if is_named and kind is PaperKind.CLASS_AUDIT:
            found = lists_of(uow, actor(), name, int(year), now=now())
            lists = [paper_view(line) for line in found]
    return render_template(
        "papers.html",
        **_choices(classes, wanted),
        kind=kind.value,
        kind_name=name_of(kind),
        is_list=kind is PaperKind.CLASS_AUDIT,
        class_name=name if is_named else "",
        entry_year=year,
        rows=[
            (item, at < FILE_MAX if chosen is None else item.learner_id in chosen)
            for at, item in enumerate(learners)
        ],
        lists=lists,
        faults=_faults(error),
        may_change=may(Action.CHANGE_PAPER_LAYOUT),
    )


def _page_kind(written: str) -> PaperKind:
    if written not in {"", *_PAGE_KINDS}:
        raise NotFound
    return PaperKind(written) if written else PaperKind.STATUS_CERTIFICATE


def _choices(classes: Sequence[SchoolClass], wanted: str) -> dict[str, Any]:
    """What can be chosen: kinds, and the classes whose name holds what was typed."""
    return {
        "kinds": [(kind.value, name_of(kind)) for kind in _PAGE_KINDS],
        "classes": [item for item in classes if wanted.casefold() in item.class_name.casefold()],
        "has_classes": bool(classes),
        "wanted": wanted,
    }
