"""What a credential says of a learner on the day on which it is signed, from books and verdicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from creditbank.credentials import documents as made
from creditbank.domain import labels
from creditbank.domain.advance_words import STAGE_NAMES
from creditbank.domain.awards import AwardLevel, AwardRank
from creditbank.domain.credentials import CredentialKind
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.ledger import EntryKind
from creditbank.domain.verdicts import Outcome, SubjectKind, Use, Verdict
from creditbank.services.credential_verdicts import stated, stated_with_records
from creditbank.services.fresh_verdicts import FreshVerdict, fresh_verdicts
from creditbank.store.advance_standings import standing_under
from creditbank.store.checkpoints import latest_checkpoint
from creditbank.store.credentials import StatedEnrolment, stated_agreement
from creditbank.store.grade_points import grade_point_average
from creditbank.store.ledger import entries_of, reversed_seqs, shown_fields
from creditbank.store.papers import subjects_of
from creditbank.store.unit_of_work import UnitOfWork

Build = Callable[[made.Envelope, made.Subject], dict[str, Any]]
_AWARDS = frozenset({EntryKind.COMPETITION, EntryKind.INNOVATION})
_NO_OUTCOMES = frozenset({EntryKind.COURSE, EntryKind.SUBSTITUTION})
_GRADUATES = frozenset({Outcome.ELIGIBLE, Outcome.ELIGIBLE_EARLY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One credential before it has a number and a signature.

    entry_seqs, outcome, subject_id, stage, attempt: what has to hold for it to stay true;
    is_status: it is good for some days only.
    """

    kind: CredentialKind
    build: Build
    entry_seqs: tuple[int, ...] = ()
    outcome: str = ""
    subject_id: int = 0
    stage: str = ""
    attempt: int = 1
    is_status: bool = False


@dataclass(frozen=True, slots=True)
class Books:
    """All that credentials of one enrolment can say, read at once under the head's lock.

    as_of: the day of that.
    """

    as_of: date
    enrolment: StatedEnrolment
    subject: made.Subject
    rows: tuple[Mapping[str, Any], ...]
    gone: frozenset[int]
    graduation: FreshVerdict
    advances: tuple[FreshVerdict, ...]
    checkpoint: str
    gpa: int | None

    @property
    def standing(self) -> tuple[Mapping[str, Any], ...]:
        """The entries that stand, in their order."""
        return tuple(
            row
            for row in self.rows
            if row["ledger_seq"] not in self.gone and row["kind"] != EntryKind.REVERSAL
        )

    @property
    def stated(self) -> tuple[Mapping[str, Any], ...]:
        """The same without the halves that leave for another school: they took nothing away."""
        return tuple(
            row
            for row in self.standing
            if row["units"] >= 0 or row["kind"] != EntryKind.RECOGNITION
        )

    def state(self, verdict: Verdict, input_hash: str) -> made.LedgerState:
        """The books and rules of a verdict."""
        return made.LedgerState(
            ledger_seq=verdict.ledger_seq,
            plan=self.enrolment.plan_code,
            plan_version=self.enrolment.plan_version,
            policy_version=verdict.policy_version,
            engine_version=verdict.engine_version,
            as_of=verdict.as_of,
            input_hash=input_hash,
            checkpoint=self.checkpoint,
        )

    @property
    def own_state(self) -> made.LedgerState:
        """That of the graduation verdict, for what is no verdict itself."""
        return self.state(self.graduation.verdict, self.graduation.input_hash)


def read_books(
    uow: UnitOfWork, learner_id: int, enrolment: StatedEnrolment, *, subject_id: str, now: datetime,
    as_of: date,
) -> Books:  # fmt: skip
    """Everything about an enrolment. Raises NotFoundError, EvaluationQuarantinedError."""
    found = [
        item
        for item in fresh_verdicts(uow, learner_id, as_of=as_of, now=now)
        if item.verdict.enrolment_id == enrolment.enrolment_id
    ]
    of_graduation = [item for item in found if item.verdict.subject_kind is SubjectKind.GRADUATION]
    if not of_graduation:
        raise NotFoundError
    rows = entries_of(uow.connection, learner_id)
    rows = [row for row in rows if row["institution_id"] == enrolment.institution_id]
    about = subjects_of(uow.connection, [enrolment.enrolment_id])[enrolment.enrolment_id]
    gone = reversed_seqs(rows)
    checkpoint = latest_checkpoint(uow.connection)
    return Books(
        as_of=as_of,
        enrolment=enrolment,
        subject=made.Subject(
            subject_id=subject_id,
            name=about.name,
            school=about.school,
            major=about.major,
            class_name=about.class_name,
            entry_year=about.entry_year,
        ),
        rows=tuple(rows),
        gone=gone,
        graduation=of_graduation[0],
        advances=tuple(
            item for item in found if item.verdict.subject_kind is SubjectKind.ARTICULATION
        ),
        checkpoint=checkpoint.note if checkpoint else "",
        gpa=grade_point_average(uow.connection, rows, gone, as_of=as_of),
    )


def content_of(
    uow: UnitOfWork,
    books: Books,
    kind: CredentialKind,
    *,
    agreement_ids: Container[int] | None,
    ledger_seq: int | None,
) -> Content:
    """What is to be signed. Raises InvalidInputError for what the books do not say.

    agreement_ids: those that a status may be about; None for any.
    """
    if kind is CredentialKind.GRADUATION_ELIGIBILITY:
        return _graduation(books)
    if kind is CredentialKind.ARTICULATION_STATUS:
        return _advance(uow, books, agreement_ids)
    if kind is CredentialKind.ACHIEVEMENT:
        return _achievement(books, ledger_seq)
    if kind is CredentialKind.CREDIT_STATEMENT:
        return _statement(books)
    return _transcript(books)


def all_contents(uow: UnitOfWork, books: Books) -> list[Content]:
    """The parts of a learner record: all that can be signed about the enrolment."""
    found = [_transcript(books), _statement(books)]
    if books.graduation.verdict.outcome in _GRADUATES:
        found.append(_graduation(books))
    found += [_advance(uow, books, {item.verdict.subject_id}) for item in books.advances]
    disputed = _disputed(books)
    found += [
        _achievement(books, row["ledger_seq"])
        for row in books.standing
        if row["kind"] in _AWARDS and row["ledger_seq"] not in disputed
    ]
    return found


def _transcript(books: Books) -> Content:
    records = [_record(row) for row in books.stated]

    def build(envelope: made.Envelope, subject: made.Subject) -> dict[str, Any]:
        return made.transcript(envelope, subject, books.own_state, records, gpa=books.gpa)

    return Content(kind=CredentialKind.TRANSCRIPT, build=build, entry_seqs=_seqs(books.standing))


def _statement(books: Books) -> Content:
    outcomes = [row for row in books.stated if row["kind"] not in _NO_OUTCOMES]
    balances = _balances(books)

    def build(envelope: made.Envelope, subject: made.Subject) -> dict[str, Any]:
        records = [_record(row) for row in outcomes]
        return made.credit_statement(envelope, subject, books.own_state, records, balances)

    return Content(
        kind=CredentialKind.CREDIT_STATEMENT, build=build, entry_seqs=_seqs(books.standing)
    )


def _graduation(books: Books) -> Content:
    verdict = books.graduation.verdict
    if verdict.outcome not in _GRADUATES:
        raise refused(_NOT_ELIGIBLE)

    def build(envelope: made.Envelope, subject: made.Subject) -> dict[str, Any]:
        return made.graduation_eligibility(envelope, subject, books.own_state, stated(verdict))

    return Content(
        kind=CredentialKind.GRADUATION_ELIGIBILITY, build=build, is_status=True,
        outcome=verdict.outcome.value, subject_id=verdict.subject_id,
    )  # fmt: skip


def _advance(uow: UnitOfWork, books: Books, agreement_ids: Container[int] | None) -> Content:
    found = [
        item
        for item in books.advances
        if agreement_ids is None or item.verdict.subject_id in agreement_ids
    ]
    if not found:
        raise refused(_NO_AGREEMENT)
    if len(found) > 1:
        raise refused(_WHICH_AGREEMENT)
    verdict, input_hash = found[0].verdict, found[0].input_hash
    with uow.everywhere():
        agreement = stated_agreement(uow.connection, verdict.subject_id, as_of=books.as_of)
        stands = standing_under(uow, verdict, as_of=books.as_of)
    standing = stated_with_records(uow, verdict)
    advance = made.Advance(
        agreement=agreement.name,
        document_no=agreement.document_no,
        college=agreement.college,
        college_major=agreement.major,
        stage=stands.stage.value if stands else "",
        stage_name=STAGE_NAMES[stands.stage].zh if stands else "",
        attempt=stands.attempt if stands else 1,
    )

    def build(envelope: made.Envelope, subject: made.Subject) -> dict[str, Any]:
        state = books.state(verdict, input_hash)
        return made.articulation_status(envelope, subject, state, standing, advance)

    return Content(
        kind=CredentialKind.ARTICULATION_STATUS, build=build, is_status=True,
        outcome=verdict.outcome.value, subject_id=verdict.subject_id, stage=advance.stage,
        attempt=advance.attempt,
        entry_seqs=tuple(
            record.ledger_seq
            for records in standing.rests_on.values()
            for record in records
            if record.ledger_seq is not None
        ),
    )  # fmt: skip


def _achievement(books: Books, ledger_seq: int | None) -> Content:
    found = [
        row for row in books.standing if row["ledger_seq"] == ledger_seq and row["kind"] in _AWARDS
    ]
    if not found:
        raise refused(_NO_AWARD)
    row = found[0]
    if row["ledger_seq"] in _disputed(books):
        raise refused(_DISPUTED)

    def build(envelope: made.Envelope, subject: made.Subject) -> dict[str, Any]:
        record = _record(row)
        return made.achievement(envelope, subject, books.own_state, record, _criteria(row))

    return Content(kind=CredentialKind.ACHIEVEMENT, build=build, entry_seqs=(row["ledger_seq"],))


def _criteria(row: Mapping[str, Any]) -> str:
    """What an award was given for, as far as the ledger says: level, rank, document."""
    detail = row["detail"]
    words = [
        labels.AWARD_LEVELS[AwardLevel(detail["level"])][0] if detail.get("level") else "",
        labels.AWARD_RANKS[AwardRank(detail["rank"])][0] if detail.get("rank") else "",
        f"证书编号 {row['evidence_no']}" if row["evidence_no"] else "",
    ]
    return " ".join(word for word in words if word) or "经学校审核认定并记入学分账本"


def _record(row: Mapping[str, Any]) -> made.CreditRecord:
    """As the transcript says it: the recorded mark, never the one a resit was written with."""
    said = shown_fields(row)
    del said["raw_mark"]
    return made.CreditRecord(entry_kind=said.pop("kind"), **said)


def _balances(books: Books) -> list[made.KindBalance]:
    """By kind of entry: what is booked, and what of it the graduation verdict uses."""
    kinds = {row["ledger_seq"]: row["kind"] for row in books.stated}
    booked: dict[str, int] = defaultdict(int)
    counted: dict[str, int] = defaultdict(int)
    surplus: dict[str, int] = defaultdict(int)
    for row in books.stated:
        booked[row["kind"]] += row["units"]
    for placement in books.graduation.verdict.placements:
        kind = kinds.get(placement.ledger_seq, "")
        if placement.use in {Use.COUNTED, Use.SUBSTITUTED}:
            counted[kind] += placement.units
        elif placement.use is Use.SURPLUS:
            surplus[kind] += placement.units
    return [
        made.KindBalance(
            entry_kind=kind, booked=booked[kind], counted=counted[kind], surplus=surplus[kind]
        )
        for kind in sorted(booked)
    ]


def _disputed(books: Books) -> frozenset[int]:
    placements = books.graduation.verdict.placements
    return frozenset(item.ledger_seq for item in placements if item.use is Use.DISPUTED)


def _seqs(rows: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
    return tuple(row["ledger_seq"] for row in rows)


_NOT_ELIGIBLE = Problem(
    "not_eligible",
    Message(
        "该生目前未达到毕业条件,不能签发毕业资格证明;可签发成绩单或对账单。",
        "The learner is not eligible to graduate now: no such credential can be signed. A"
        " transcript or a credit statement can.",
    ),
    field="kind",
)
_NO_AGREEMENT = Problem(
    "no_agreement",
    Message(
        "该生不在这一贯通培养协议的班级中。",
        "The learner is in no class of that agreement.",
    ),
    field="agreement_id",
)
_WHICH_AGREEMENT = Problem(
    "which_agreement",
    Message(
        "该生在多个协议的班级中,请指明协议。",
        "The learner is in classes of several agreements: name one.",
    ),
    field="agreement_id",
)
_NO_AWARD = Problem(
    "no_award",
    Message(
        "账本中没有这条有效的竞赛或创新成果,请核对序号。",
        "No standing competition or innovation entry has this number; check it.",
    ),
    field="ledger_seq",
)
_DISPUTED = Problem(
    "disputed",
    Message(
        "证书编号重复,核查之前不能签发。",
        "The certificate number is in dispute: nothing is signed until it has been checked.",
    ),
    field="ledger_seq",
)
