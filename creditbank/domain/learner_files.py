"""A learner as a file describes one, for whoever evaluates data that stands in no database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.plan_exceptions import PlanException
from creditbank.domain.snapshots import Appraisal, Attestation, Record, Sanction, Snapshot


@dataclass(frozen=True, slots=True)
class LearnerFile:
    """learner: how the file calls the learner; it is given back and looked at by nothing else.

    records: those without a ledger_seq are numbered in their order. entry_year 0: the year of
    entered_on.
    """

    learner: str
    entered_on: date
    records: tuple[Record, ...]
    status: EnrolmentStatus = EnrolmentStatus.STUDYING
    entry_year: int = 0
    suspended_semesters: int = 0
    conduct: Appraisal = Appraisal.PENDING
    internship: Appraisal = Appraisal.PENDING
    sanctions: tuple[Sanction, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    exceptions: tuple[PlanException, ...] = ()

    def snapshot(self) -> Snapshot:
        """Everything that a verdict looks at. ValueError when two records have one number."""
        records = tuple(
            record if record.ledger_seq else replace(record, ledger_seq=at)
            for at, record in enumerate(self.records, start=1)
        )
        numbers = [record.ledger_seq for record in records]
        if len(set(numbers)) != len(numbers):
            message = "two records have the same ledger_seq"
            raise ValueError(message)
        return Snapshot(
            learner_id=0,
            enrolment_id=0,
            institution_id=0,
            ledger_seq=max(numbers, default=0),
            facts_seq=0,
            status=self.status,
            entered_on=self.entered_on,
            entry_year=self.entry_year or self.entered_on.year,
            suspended_semesters=self.suspended_semesters,
            records=records,
            conduct=self.conduct,
            internship=self.internship,
            internship_started=self.internship is not Appraisal.PENDING,
            sanctions=self.sanctions,
            attestations=self.attestations,
            exceptions=self.exceptions,
        )
