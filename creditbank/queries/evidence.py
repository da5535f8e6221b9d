"""Who holds the certificate number of an entry, for whoever is to check whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action
from creditbank.store.access_log import record_access
from creditbank.store.evidence_checks import read_disputes
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import evidence_holders, evidence_no_of
from creditbank.store.unit_of_work import UnitOfWork

_NAMES = text("""
SELECT DISTINCT ON (l.learner_id) l.learner_id, l.name, e.student_no, e.class_name,
  i.name AS school, i.name_en AS school_en
FROM learners l JOIN enrolments e USING (learner_id) JOIN institutions i USING (institution_id)
WHERE l.learner_id IN :ids ORDER BY l.learner_id, e.is_open DESC, e.entered_on DESC
""").bindparams(bindparam("ids", expanding=True))


@dataclass(frozen=True, slots=True)
class EvidenceHolder:
    """One learner in whose account the number stands."""

    learner_id: int
    name: str
    student_no: str
    class_name: str
    school: str
    school_en: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """holders: those the actor may see; hidden: how many others there are, at other schools."""

    evidence_no: str
    holders: tuple[EvidenceHolder, ...]
    hidden: int
    is_disputed: bool


def read_dispute(
    uow: UnitOfWork, actor: Actor, learner_id: int, ledger_seq: int, *, now: datetime
) -> Dispute:
    """The holders of an entry's number; one line in the access log for those that are named.

    Raises ForbiddenError, or NotFoundError for a learner or an entry that is not the actor's to
    see, and for an entry without a number.
    """
    grant = decide(actor, Action.CHECK_EVIDENCE, learner_key(
        uow.connection, learner_id, as_of=local_date(now)
    ))  # fmt: skip
    number = evidence_no_of(uow.connection, learner_id, ledger_seq)
    if not number:
        raise NotFoundError
    ids = sorted({holder for holder, _ in evidence_holders(uow.connection, number)})
    rows = uow.connection.execute(_NAMES, {"ids": ids}).all() if ids else ()
    with uow.everywhere():
        disputes = read_disputes(uow.connection, [number])
    holders = tuple(EvidenceHolder(*row) for row in rows)
    record_access(
        uow.connection, actor, Action.CHECK_EVIDENCE, grant.mask,
        [learner_id, *(item.learner_id for item in holders if item.learner_id != learner_id)], now,
    )  # fmt: skip
    return Dispute(
        evidence_no=number,
        holders=holders,
        hidden=len(ids) - len(holders),
        is_disputed=learner_id in disputes.get(number, ()),
    )
