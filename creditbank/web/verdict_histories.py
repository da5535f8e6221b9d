"""How a learner's verdicts changed, and which entry changed them; the newest first."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from creditbank.domain.access import Action, declares
from creditbank.domain.credits import credits_text
from creditbank.domain.verdicts import Outcome, SubjectKind
from creditbank.queries.verdicts import HistoricVerdict
from creditbank.queries.verdicts import verdict_history as read_history
from creditbank.web.labels import name_of
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.pages import LEARNER, is_fragment, moment, pages
from creditbank.web.stacks import tone_of
from creditbank.web.visits import actor, now, unit_of_work

_ENTRIES = {
    "credit": _l("第 %(seq)s 号账目入账"),
    "reversal": _l("第 %(seq)s 号账目冲销"),
    "substitution": _l("第 %(seq)s 号账目替代"),
}
_OTHERS = {"evidence": _l("证书编号核查"), "day": _l("日期变化"), "seed": _l("首次判定")}
_FACTS = _l("学籍或评价变化")


@dataclass(frozen=True, slots=True)
class Change:
    """One change, in the reader's words."""

    subject: str
    outcome: str
    tone: str
    shortfall: str
    when: str
    cause: str


@pages.get(f"{LEARNER}/history")
@declares(Action.SEE_VERDICTS)
def verdict_history(learner_id: int) -> str:
    """The last fifty changes."""
    with unit_of_work() as uow:
        page = read_history(uow, actor(), learner_id, now=now())
    return render_template(
        "parts/history.html" if is_fragment() else "history.html",
        learner_id=learner_id,
        changes=[_change(item) for item in page.items],
        has_more=bool(page.next_cursor),
    )


def _change(item: HistoricVerdict) -> Change:
    return Change(
        subject=name_of(SubjectKind(item.subject_kind)),
        outcome=name_of(Outcome(item.outcome)),
        tone=tone_of(item.outcome),
        shortfall=credits_text(item.shortfall_units) if item.shortfall_units else "",
        when=moment(item.decided_at),
        cause=_cause(item.cause),
    )


def _cause(cause: str) -> str:
    """What led to it: an entry by its number, or something else by its name."""
    kind, _colon, seq = cause.partition(":")
    if kind in _ENTRIES:
        return str(_ENTRIES[kind]) % {"seq": seq}
    return str(_OTHERS.get(kind, _FACTS))
