"""The one road by which a verdict is read: never an old one as current."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from creditbank.domain.errors import EvaluationQuarantinedError, Message
from creditbank.domain.verdicts import Verdict
from creditbank.eligibility import ENGINE_VERSION, verdict_from_dict
from creditbank.services.evaluations import evaluate_learners
from creditbank.store.evaluations import is_quarantined
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import UnitOfWork

_STANDING = text("""
SELECT v.findings, v.institution_id, v.verdict_id, v.input_hash, h.ledger_seq, h.facts_seq, h.as_of,
  h.policy_version, h.engine_version, h.evaluated_at, e.is_open
FROM verdict_heads h JOIN verdicts v USING (verdict_id)
  JOIN enrolments e ON e.enrolment_id = h.enrolment_id
WHERE h.learner_id = :learner_id ORDER BY h.enrolment_id, h.subject_kind DESC, h.subject_id
""")
_BOOKS = text("SELECT ledger_seq, facts_seq FROM learner_heads WHERE learner_id = :learner_id")


@dataclass(frozen=True, slots=True)
class FreshVerdict:
    """A verdict at the head of the books.

    stored: it is the one the workers wrote (verdict_id names its row); otherwise it was computed
    for this answer because the stored one was behind, and the workers' own will follow.
    institution_id: the school whose enrolment it is about. input_hash: of what it looked at.
    """

    verdict: Verdict
    institution_id: int
    stored: bool
    evaluated_at: datetime
    input_hash: str
    verdict_id: int | None = None


def fresh_verdicts(
    uow: UnitOfWork, learner_id: int, *, as_of: date, now: datetime
) -> tuple[FreshVerdict, ...]:
    """All verdicts of one learner, graduation first, each at the head of the ledger and the facts.

    The caller has decided that the actor may see this learner. Raises EvaluationQuarantinedError
    when the learner cannot be evaluated.
    """
    with uow.everywhere():
        books = uow.connection.execute(_BOOKS, {"learner_id": learner_id}).first()
        rows = uow.connection.execute(_STANDING, {"learner_id": learner_id}).all()
        if rows and all(_is_current(uow, row, books, as_of) for row in rows):
            return tuple(_stored(row) for row in rows)
        return _computed(uow, learner_id, as_of=as_of, now=now)


def _is_current(uow: UnitOfWork, row: Any, books: Any, as_of: date) -> bool:  # noqa: ANN401 (rows)
    """Whether a head speaks of today's books, rules and engine; a closed enrolment has no today."""
    return (
        books is not None
        and (row.ledger_seq, row.facts_seq) == (books.ledger_seq, books.facts_seq)
        and (row.as_of == as_of or not row.is_open)
        and row.engine_version == ENGINE_VERSION
        and row.policy_version == policy_for(uow.connection, row.institution_id, row.as_of).version
    )


def _stored(row: Any) -> FreshVerdict:  # noqa: ANN401 (a row)
    return FreshVerdict(
        # The findings did not change since the row was written; the state they hold for did.
        verdict=replace(
            verdict_from_dict(row.findings),
            ledger_seq=row.ledger_seq,
            facts_seq=row.facts_seq,
            policy_version=row.policy_version,
            as_of=row.as_of,
        ),
        institution_id=row.institution_id,
        stored=True,
        evaluated_at=row.evaluated_at,
        input_hash=row.input_hash,
        verdict_id=row.verdict_id,
    )


def _computed(
    uow: UnitOfWork, learner_id: int, *, as_of: date, now: datetime
) -> tuple[FreshVerdict, ...]:
    try:
        found = evaluate_learners(uow, [learner_id], as_of=as_of)
    except Exception as error:
        if is_quarantined(uow.connection, learner_id):
            raise _quarantined() from error
        raise
    return tuple(
        FreshVerdict(
            verdict,
            inputs.snapshot.institution_id,
            stored=False,
            evaluated_at=now,
            input_hash=inputs.hash(as_of),
        )
        for verdict, inputs in found
    )


def _quarantined() -> EvaluationQuarantinedError:
    return EvaluationQuarantinedError(
        Message(
            "该学生的毕业与转段结论暂时无法计算,已通知管理员;请勿使用旧结论。",
            "This learner's verdict cannot be computed for now; the administrators have been told; "
            "do not rely on an older one.",
        )
    )
