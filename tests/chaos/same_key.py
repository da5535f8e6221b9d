"""R12: the same key a hundred times in parallel: one entry, a hundred equal answers."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from unittest.mock import patch

from creditbank.domain.errors import CreditbankError
from tests.chaos.arena import Arena, arena

TIMES = 100


def run(*, small: bool) -> dict:
    with arena([]) as made:
        found = _attack(made)
    return {**found, "passed": found == {"entries": 1, "answers": TIMES, "different": 1}}


def control(*, small: bool) -> dict:
    """Without the memory of keys most of the hundred are refused."""
    with arena([]) as made, patch("creditbank.services.credits.earlier_answer", return_value=None):
        found = _attack(made)
    return {**found, "went_red": found["answers"] < TIMES or found["entries"] > 1}


def _attack(made: Arena) -> dict:
    key, learner_id = uuid.uuid4().hex, made.learner_ids[3]

    def once(_: int):
        try:
            return made.post(learner_id, "chaos same key", key)
        except CreditbankError:
            return None

    with ThreadPoolExecutor(16) as pool:
        answers = [answer for answer in pool.map(once, range(TIMES)) if answer is not None]
    entries = {(answer.learner_id, answer.ledger_seq) for answer in answers}
    different = {replace(answer, replayed=False) for answer in answers}
    return {"entries": len(entries), "answers": len(answers), "different": len(different)}
