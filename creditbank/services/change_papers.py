"""The paper of a status change: 审批表, of a transfer 转学申请表 and 学分认定表."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from creditbank.domain import labels
from creditbank.domain.access import Actor
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import Message, Problem, refused
from creditbank.domain.paper_parts import Opinion
from creditbank.domain.papers import (
    ChangeForm,
    Guardian,
    PaperContent,
    Place,
    RecognisedCourse,
    RecognitionForm,
    TransferForm,
)
from creditbank.domain.recognition_rules import Relation
from creditbank.domain.status_changes import Office
from creditbank.eligibility.recognition import NotRecognised
from creditbank.services.paper_contents import (
    about,
    change_form,
    opinion_box,
    proof_line,
    reason_line,
)
from creditbank.store.papers import (
    GivenOpinion,
    PaperSubject,
    opinions_on,
    plan_name,
    subjects_of,
)
from creditbank.store.status_changes import KeptChange
from creditbank.store.transfers import (
    PresentedCourse,
    RecognisedPair,
    applicant_of,
    arrival_of,
    guardians_of,
    latest_plan,
    presented_courses,
    recognised_pairs,
)
from creditbank.store.unit_of_work import UnitOfWork

# In each box the last office of a side that has answered.
_BOXES = (
    ("转出校", (Office.PRINCIPAL, Office.REGISTRAR, Office.ADVISOR)),
    ("转入校", (Office.RECEIVING_PRINCIPAL, Office.RECEIVING_REGISTRAR)),
    ("转出主管部门", (Office.AUTHORITY_OUT, Office.COUNTY)),
    ("转入主管部门", (Office.AUTHORITY_IN, Office.COUNTY)),
)


def paper_of_change(
    uow: UnitOfWork, change: KeptChange, actor: Actor
) -> tuple[PaperSubject, PaperContent]:
    """The paper that the actor's school prints of a change, and whom it is about.

    Raises InvalidInputError where a learner has not arrived yet.
    """
    handler = actor.display_name
    if change.ends.to_institution_id is None:
        subject = _subject(uow, change, change.enrolment_id)
        return subject, _change_form(uow, change, subject, handler)
    if actor.institution_id == change.institution_id:
        subject = _subject(uow, change, change.enrolment_id)
        return subject, _transfer_form(uow, change, subject, handler)
    arrival = arrival_of(uow.connection, change.status_change_id)
    plan = latest_plan(uow.connection, change.status_change_id)
    if arrival is None or plan is None:
        raise refused(_NOT_ARRIVED)
    subject = _subject(uow, change, arrival.enrolment_id)
    return subject, _recognition_form(
        uow, change, subject, (*plan.declined, *arrival.left), handler
    )


def _subject(uow: UnitOfWork, change: KeptChange, enrolment_id: int) -> PaperSubject:
    found = subjects_of(uow.connection, [enrolment_id], change.status_change_id)
    return found[enrolment_id]


def _change_form(
    uow: UnitOfWork, change: KeptChange, subject: PaperSubject, handler: str
) -> ChangeForm:
    plan_id = change.what.plan_id
    return change_form(
        subject,
        change,
        opinions_on(uow.connection, change.status_change_id),
        handler=handler,
        plan_name="" if plan_id is None else plan_name(uow.connection, plan_id),
    )


def _transfer_form(
    uow: UnitOfWork, change: KeptChange, subject: PaperSubject, handler: str
) -> TransferForm:
    """With a box for each of the four who decide."""
    connection, number = uow.connection, change.status_change_id
    applicant, plan = applicant_of(connection, number), latest_plan(connection, number)
    opinions = opinions_on(connection, number)
    grade = f"{subject.entry_year}级"
    return TransferForm(
        **about(subject, handler),
        born_on=applicant.born_on,
        origin=Place(
            school=subject.school, major=subject.major, grade=grade, class_name=subject.class_name
        ),
        target=Place(
            school=applicant.to_institution_name,
            major=applicant.to_plan_name,
            grade=f"{applicant.grade_year}级",
            class_name=plan.class_name if plan else "",
        ),
        reason="：".join(filter(None, (reason_line(change.what.reason), change.what.note))),
        guardians=tuple(
            Guardian(name=name) for name in guardians_of(connection, change.learner_id)
        ),
        attachments=tuple(map(proof_line, change.what.proofs)),
        opinions=tuple(_box(name, offices, opinions) for name, offices in _BOXES),
    )


def _box(name: str, offices: Sequence[Office], opinions: Mapping[Office, GivenOpinion]) -> Opinion:
    given = next((opinions[office] for office in offices if office in opinions), None)
    return opinion_box(name, given)


def _recognition_form(
    uow: UnitOfWork,
    change: KeptChange,
    subject: PaperSubject,
    left: Sequence[NotRecognised],
    handler: str,
) -> RecognitionForm:
    """What the school has recognised and what not, as its books have it.

    left: what it has not.
    """
    connection, number = uow.connection, change.status_change_id
    pairs = recognised_pairs(connection, number, change.learner_id)
    opinions = opinions_on(connection, number)
    seqs = {pair.source_seq for pair in pairs} | {item.source.ledger_seq for item in left}
    with uow.everywhere():
        found = presented_courses(connection, change.learner_id, seqs)
        origin = applicant_of(connection, number).institution_name
    courses = {course.ledger_seq: course for course in found}
    return RecognitionForm(
        **about(subject, handler),
        student_no=subject.student_no,
        major=subject.major,
        class_name=subject.class_name,
        courses=(
            *(_recognised(pair, courses, origin) for pair in pairs),
            *_declined(left, courses, origin),
        ),
        total=credits_text(sum(pair.units for pair in pairs)),
        documents=tuple(dict.fromkeys(pair.document_no for pair in pairs)),
        opinions=(
            Opinion(office="学生"),
            Opinion(office="导师"),
            opinion_box("教务科", opinions.get(Office.RECEIVING_REGISTRAR)),
            opinion_box("分管校长", opinions.get(Office.RECEIVING_PRINCIPAL)),
        ),
    )


def _recognised(
    pair: RecognisedPair, courses: Mapping[int, PresentedCourse], origin: str
) -> RecognisedCourse:
    source = courses[pair.source_seq]
    return RecognisedCourse(
        name=source.title,
        unit=origin,
        hours=source.hours,
        credits=credits_text(source.units),
        mark=source.mark,
        target=pair.title,
        target_credits=credits_text(pair.units),
        relation=labels.RELATIONS[Relation(pair.relation)][0],
        basis=pair.line,
    )


def _declined(
    declined: Iterable[NotRecognised], courses: Mapping[int, PresentedCourse], origin: str
) -> Iterator[RecognisedCourse]:
    for item in declined:
        found = courses.get(item.source.ledger_seq)
        yield RecognisedCourse(
            name=item.source.title,
            unit=origin,
            hours=found.hours if found else 0,
            credits=credits_text(item.source.units),
            mark=found.mark if found else "",
            target="",
            target_credits="",
            relation="不认定",
            basis=item.message.zh,
        )


_NOT_ARRIVED = Problem(
    "not_arrived",
    Message(
        "转入办结后才能打印学分认定表。",
        "The form of what was recognised is printed once the learner has arrived.",
    ),
)
