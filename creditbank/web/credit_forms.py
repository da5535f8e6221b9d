"""The forms of the three kinds of credit: their fields, their first values, their commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.courses import ExamKind
from creditbank.domain.ledger import NUMBER_MAX, QUANTITY_MAX, TAGS_MAX, TITLE_MAX, EntryKind
from creditbank.services.commands import (
    PostCompetitionCredit,
    PostCourseCredit,
    PostCredit,
    PostInnovationCredit,
)
from creditbank.services.written_marks import RefusedCellError, WrittenAttempt, attempt_of
from creditbank.web.forms import Form, Reading

KINDS = (EntryKind.COURSE, EntryKind.COMPETITION, EntryKind.INNOVATION)
_MARK_MAX = 10

FIELDS: Mapping[EntryKind, frozenset[str]] = {
    EntryKind.COURSE: frozenset(
        {"course_code", "term", "exam_kind", "mark", "proof_no", "earned_on"}
    ),
    EntryKind.COMPETITION: frozenset(
        {
            "event", "level", "rank", "team_role", "certificate_no", "document_no", "issuer",
            "tags", "earned_on",
        }
    ),
    EntryKind.INNOVATION: frozenset(
        {
            "category", "title", "quantity", "certificate_level", "certificate_no", "valid_until",
            "issuer", "tags", "earned_on",
        }
    ),
}  # fmt: skip
NAMES: Mapping[EntryKind, Mapping[str, str]] = {
    EntryKind.COURSE: {},
    EntryKind.COMPETITION: {"title": "event"},
    EntryKind.INNOVATION: {},
}
"""Where a service's problem is shown when the form calls the field otherwise."""

_FIRST: Mapping[EntryKind, Mapping[str, str]] = {
    EntryKind.COURSE: {"exam_kind": ExamKind.NORMAL.value},
    EntryKind.COMPETITION: {
        "level": AwardLevel.PROVINCE.value,
        "rank": AwardRank.FIRST.value,
        "team_role": TeamRole.INDIVIDUAL.value,
    },
    EntryKind.INNOVATION: {"category": InnovationCategory.SKILL_CERTIFICATE.value, "quantity": "1"},
}


def empty_form(kind: EntryKind, values: Mapping[str, str]) -> Form:
    """A form to be filled in; values: what is likely, such as term and day."""
    return Form(kind=kind.value, values={**_FIRST[kind], **values}, fields=FIELDS[kind])


def sent_form(kind: EntryKind, values: Mapping[str, str]) -> Form:
    """The form that came in; other fields than its own are not looked at."""
    known = FIELDS[kind] | {"idempotency_key"}
    kept = {name: value for name, value in values.items() if name in known}
    form = Form.sent(kind.value, kept)
    return Form(kind=form.kind, values=form.values, fields=FIELDS[kind], key=form.key)


def command_of(kind: EntryKind, form: Form, learner_id: int) -> PostCredit:
    """The command that a form stands for. InvalidInputError names every field that is wrong."""
    reading = Reading(form)
    command = _READERS[kind](reading, learner_id)
    reading.done()
    return command


def _course(reading: Reading, learner_id: int) -> PostCredit:
    """The scale is read off the mark, as in sheets: 85.5, 良好, 合格, B."""
    attempt = _attempt(reading)
    return PostCourseCredit(
        learner_id=learner_id,
        course_code=reading.text("course_code", length_max=20),
        term=reading.term("term"),
        exam_kind=attempt.exam_kind,
        scale=attempt.scale,
        mark=attempt.mark,
        proof_no=attempt.proof_no
        or reading.text("proof_no", length_max=NUMBER_MAX, required=False),
        earned_on=reading.day("earned_on"),
    )


def _attempt(reading: Reading) -> WrittenAttempt:
    mark = reading.text("mark", length_max=_MARK_MAX, required=False)
    kind = reading.code("exam_kind", ExamKind)
    try:
        return attempt_of(mark, kind)
    except RefusedCellError as error:
        reading.refuse("mark", error.message)
        return attempt_of("0", ExamKind.NORMAL)


def _competition(reading: Reading, learner_id: int) -> PostCredit:
    return PostCompetitionCredit(
        learner_id=learner_id,
        event=reading.text("event", length_max=TITLE_MAX),
        level=reading.code("level", AwardLevel),
        rank=reading.code("rank", AwardRank),
        team_role=reading.code("team_role", TeamRole),
        certificate_no=reading.text("certificate_no", length_max=NUMBER_MAX, required=False),
        document_no=reading.text("document_no", length_max=NUMBER_MAX, required=False),
        issuer=reading.text("issuer", length_max=NUMBER_MAX, required=False),
        tags=reading.text("tags", length_max=TAGS_MAX, required=False),
        earned_on=reading.day("earned_on"),
    )


def _innovation(reading: Reading, learner_id: int) -> PostCredit:
    return PostInnovationCredit(
        learner_id=learner_id,
        category=reading.code("category", InnovationCategory),
        title=reading.text("title", length_max=TITLE_MAX),
        quantity=reading.whole("quantity", most=QUANTITY_MAX),
        certificate_level=reading.code("certificate_level", CertificateLevel),
        certificate_no=reading.text("certificate_no", length_max=NUMBER_MAX, required=False),
        valid_until=reading.day_or_none("valid_until"),
        issuer=reading.text("issuer", length_max=NUMBER_MAX, required=False),
        tags=reading.text("tags", length_max=TAGS_MAX, required=False),
        earned_on=reading.day("earned_on"),
    )


_READERS: Mapping[EntryKind, Callable[[Reading, int], PostCredit]] = {
    EntryKind.COURSE: _course,
    EntryKind.COMPETITION: _competition,
    EntryKind.INNOVATION: _innovation,
}
