"""排名 within the quota: who is in, who is tied at its edge, who lacks what; and the proposal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request

from creditbank.domain.access import declares
from creditbank.domain.advances import MoveKind
from creditbank.domain.agreement_terms import AgreementTerms, ScoreKind
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.eligibility.ranking import Place
from creditbank.queries.advance_previews import preview_step
from creditbank.services.advance_commands import ProposeByRanking, TakenStep
from creditbank.services.advance_rankings import RankedLearner, propose_by_ranking, see_ranking
from creditbank.services.grounds import DOCUMENT_MAX
from creditbank.web.advance_labels import PLACE_TONES
from creditbank.web.advance_steps import Came, done_rows, goer_rows, sent_form, told_apart
from creditbank.web.advance_views import ADVANCE, UNPROCESSABLE, chosen_numbers, head_of
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.pages import is_fragment, pages
from creditbank.web.visits import actor, now, unit_of_work


@dataclass(frozen=True, slots=True)
class RankedRow:
    """One learner of the ranking in the reader's language. scores: by part, "" where missing."""

    enrolment_id: int
    name: str
    student_no: str
    rank: str
    total: str
    scores: tuple[str, ...]
    place: str
    tone: str
    is_tied: bool
    is_edge: bool
    is_exempt: bool
    is_chosen: bool
    is_left_out: bool
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sent:
    chosen: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()


@pages.get(f"{ADVANCE}/ranking")
@declares(Action.RANK_ADVANCE)
def advance_ranking(agreement_id: int) -> str:
    """The ranking as it is now."""
    return _page(agreement_id, _form(), _Sent())


@pages.post(f"{ADVANCE}/ranking")
@declares(Action.RANK_ADVANCE)
def propose_by_advance_ranking(agreement_id: int) -> str | tuple[str, int]:
    """拟录取 of those within the quota, 未通过 of the others, or nothing."""
    form = sent_form("document_no")
    sent = _Sent(
        chosen_numbers(request.form.getlist("chosen")),
        chosen_numbers(request.form.getlist("left_out")),
    )
    with unit_of_work() as uow:
        _terms, ranking = see_ranking(uow, actor(), agreement_id, now=now())
    lines = [item.known.seat.enrolment_id for item in ranking.items]
    try:
        reading = Reading(form)
        document_no = reading.text("document_no", length_max=DOCUMENT_MAX)
        reading.done()
        command = ProposeByRanking(
            agreement_id=agreement_id,
            document_no=document_no,
            left_out=sent.left_out,
            chosen=sent.chosen,
        )
        with unit_of_work() as uow:
            found = propose_by_ranking(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        refused, by_line = told_apart(form, refusal_problems(error), lines)
        return _page(agreement_id, refused, sent, problems=by_line), UNPROCESSABLE
    return _page(agreement_id, _form(), _Sent(), found.steps)


def _form() -> Form:
    return Form(kind="ranking", fields=frozenset({"document_no"}))


def _page(
    agreement_id: int,
    form: Form,
    sent: _Sent,
    steps: Sequence[TakenStep] = (),
    problems: dict[int, tuple[str, ...]] | None = None,
) -> str:
    with unit_of_work() as uow:
        preview = preview_step(uow, actor(), agreement_id, MoveKind.PROPOSE, now=now())
        terms, ranking = see_ranking(uow, actor(), agreement_id, now=now())
    _going, refused = goer_rows(preview.goers, Came(steps))
    rows = _rows(terms, ranking.items, sent)
    template = "parts/advance_ranking.html" if is_fragment() else "advance_ranking.html"
    return render_template(
        template,
        head=head_of(preview.agreement, terms.quota),
        kind="propose",
        form=form,
        parts=[(name_of(part.kind), part.weight) for part in terms.scores],
        tie_breaks=[name_of(item) for item in terms.tie_breaks],
        pass_total=credits_text(terms.pass_total) if terms.pass_total else "",
        rows=rows,
        places=ranking.places,
        tied=len(ranking.tied),
        places_for_tied=ranking.places_for_tied,
        within=ranking.within,
        refused=refused,
        problems=problems or {},
        done=done_rows(preview, steps),
    )


def _rows(terms: AgreementTerms, items: Sequence[RankedLearner], sent: _Sent) -> list[RankedRow]:
    rows: list[RankedRow] = []
    before: Place | None = None
    shared = [item.ranked.rank for item in items if item.ranked.rank is not None]
    for item in items:
        ranked, seat = item.ranked, item.known.seat
        rows.append(
            RankedRow(
                enrolment_id=seat.enrolment_id,
                name=seat.row["name"],
                student_no=seat.row["student_no"],
                rank=_rank_text(ranked.rank, shared),
                total=_hundredths(ranked.total) if ranked.total is not None else "",
                scores=tuple(
                    _SCORE_TEXTS.get(part.kind, credits_text)(item.scores[part.kind])
                    if part.kind in item.scores
                    else ""
                    for part in terms.scores
                ),
                place=name_of(ranked.place),
                tone=PLACE_TONES[ranked.place],
                is_tied=ranked.place is Place.TIED_AT_QUOTA,
                is_edge=before is not None and before is not ranked.place,
                is_exempt=item.award is not None,
                is_chosen=seat.enrolment_id in sent.chosen,
                is_left_out=seat.enrolment_id in sent.left_out,
                lacks=tuple(
                    f"{name_of(lack)}{_of(name_of(kind)) if kind else ''}"
                    for lack, kind in ranked.lacks
                ),
            )
        )
        before = ranked.place
    return rows


def _hundredths(units: int) -> str:
    """With both places, so that points stand below each other."""
    return f"{units // 100}.{units % 100:02}"


_SCORE_TEXTS = {ScoreKind.COURSE_AVERAGE: _hundredths}


def _rank_text(rank: int | None, shared: Sequence[int]) -> str:
    if rank is None:
        return "—"
    return _("并列 %(rank)s", rank=rank) if shared.count(rank) > 1 else str(rank)


def _of(name: str) -> str:
    return _("（%(note)s）", note=name)
