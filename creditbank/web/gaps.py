"""The cheapest way to fill what is missing: a part that verdict cards ask for by themselves.

The verdict is shown at once; the advice comes a moment later, when it has been computed.
"""

from __future__ import annotations

from flask import render_template, request

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action
from creditbank.eligibility.gap import Gap
from creditbank.eligibility.gap_words import gap_sentences
from creditbank.services.gaps import visible_gaps
from creditbank.web.languages import language, typeset
from creditbank.web.pages import LEARNER, is_fragment, pages
from creditbank.web.visits import actor, may, now, unit_of_work


@pages.get(f"{LEARNER}/gap")
@declares(Action.SEE_VERDICTS)
def gap(learner_id: int) -> str:
    """What is to be earned, in words; of one enrolment if it is named, else of all open ones."""
    wanted = request.args.get("enrolment", 0, type=int)
    with unit_of_work() as uow:
        found = visible_gaps(uow, actor(), learner_id, now=now())
    lines = [
        line for item in found if wanted in {0, item.enrolment_id} for line in gap_lines(item.gap)
    ]
    return render_template(
        "parts/gap.html" if is_fragment() else "gap.html",
        learner_id=learner_id,
        lines=lines,
        may_suppose=may(Action.WHAT_IF),
    )


def gap_lines(found: Gap) -> list[str]:
    """The sentences of a gap in the reader's language, the cheapest way first."""
    return [typeset(sentence) for sentence in gap_sentences(found, language())]
