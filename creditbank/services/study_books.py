"""The books of learners of one school, each read at one state under its head's lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.ledger import EntryKind
from creditbank.domain.policies import Policy
from creditbank.domain.verdicts import SubjectKind, Verdict
from creditbank.services.fresh_verdicts import fresh_verdicts
from creditbank.store.grade_points import grade_point_average
from creditbank.store.ledger import entries_of, lock_head, reversed_seqs
from creditbank.store.papers import PaperSubject
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class StudyBooks:
    """All entries of the school that stand, and the graduation verdict on that very state."""

    subject: PaperSubject
    ledger_seq: int
    standing: tuple[Mapping[str, Any], ...]
    gpa: int | None
    graduation: Verdict
    policy: Policy
    as_of: date

    @property
    def earned(self) -> tuple[Mapping[str, Any], ...]:
        """What earned credits here. What was used elsewhere, or in a module, earned nothing new."""
        return tuple(
            row
            for row in self.standing
            if row["units"] > 0 and row["kind"] != EntryKind.SUBSTITUTION
        )

    @property
    def recognised(self) -> list[Mapping[str, Any]]:
        """What was learnt elsewhere and counts here."""
        return [row for row in self.earned if row["kind"] == EntryKind.RECOGNITION]

    def of_kind(self, *kinds: EntryKind) -> list[Mapping[str, Any]]:
        """The entries of some kinds, in their order."""
        return [row for row in self.standing if row["kind"] in kinds]


def read_study_books(
    uow: UnitOfWork, subjects: Sequence[PaperSubject], *, now: datetime
) -> list[StudyBooks]:
    """Of each enrolment, in this order. Heads are locked by learner: nobody posts meanwhile.

    Raises NotFoundError where there is no verdict, EvaluationQuarantinedError.
    """
    heads = {
        learner_id: lock_head(uow.connection, learner_id)
        for learner_id in sorted({subject.learner_id for subject in subjects})
    }
    return [
        _books(uow, subject, heads[subject.learner_id].ledger_seq, now=now) for subject in subjects
    ]


def _books(uow: UnitOfWork, subject: PaperSubject, ledger_seq: int, *, now: datetime) -> StudyBooks:
    as_of = local_date(now)
    of_graduation = [
        item.verdict
        for item in fresh_verdicts(uow, subject.learner_id, as_of=as_of, now=now)
        if item.verdict.enrolment_id == subject.enrolment_id
        and item.verdict.subject_kind is SubjectKind.GRADUATION
    ]
    if not of_graduation:
        raise NotFoundError
    found = entries_of(uow.connection, subject.learner_id)
    rows = [row for row in found if row["institution_id"] == subject.institution_id]
    gone = reversed_seqs(rows)
    standing = tuple(
        row for row in rows if row["ledger_seq"] not in gone and row["kind"] != EntryKind.REVERSAL
    )
    return StudyBooks(
        subject=subject,
        ledger_seq=ledger_seq,
        standing=standing,
        gpa=grade_point_average(uow.connection, rows, gone, as_of=as_of),
        graduation=of_graduation[0],
        policy=policy_for(uow.connection, subject.institution_id, as_of),
        as_of=as_of,
    )
