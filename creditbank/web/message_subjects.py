"""What a message is about, in the reader's words, and the page where it is dealt with."""

from __future__ import annotations

from flask import url_for

from creditbank.domain.messages import MessageKind
from creditbank.domain.permissions import Action
from creditbank.domain.status_changes import ChangeKind
from creditbank.queries.messages import MessageLine
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.pages import learners_text
from creditbank.web.visits import actor, may


def about(line: MessageLine) -> str:
    """The subject, for the list: it names nobody."""
    match line:
        case MessageLine(kind=MessageKind.WARNING) if actor().learner_ids:
            said = _("学业预警")
        case MessageLine(kind=MessageKind.WARNING):
            said = _("学业预警：新增 %(learners)s", learners=learners_text(line.learners))
        case MessageLine(grade_draft_id=int()):
            said = _("成绩录入：%(sheet)s", sheet=line.sheet)
        case MessageLine(claim_id=int()):
            said = _("学分认定申报")
        case MessageLine(change_kind=ChangeKind() as kind):
            number = line.status_change_id
            said = _("第%(number)s号 %(kind)s", number=number, kind=name_of(kind))
        case MessageLine() if line.learners > 1:
            said = _("转段：%(learners)s", learners=learners_text(line.learners))
        case _:
            said = _("转段")
    return str(said)


def place_of(line: MessageLine) -> str:
    """The address where the reader sees it, or does what it asks for."""
    match line:
        case MessageLine(grade_draft_id=int(number)):
            place = url_for("web.grade_draft", grade_draft_id=number)
        case MessageLine(claim_id=int(number)):
            place = _claim(number)
        case MessageLine(change_kind=ChangeKind.TRANSFER_OUT):
            place = url_for("web.transfer", status_change_id=line.status_change_id)
        case MessageLine(kind=MessageKind.WARNING) if may(Action.SEE_ACADEMIC_PROGRESS):
            place = url_for("web.academic_progress", level="warned")
        case MessageLine(kind=MessageKind.WARNING):
            place = _on_record(line, "verdicts")
        case MessageLine(status_change_id=int(number)):
            place = _on_record(line, f"change-{number}")
        case MessageLine() if line.learners > 1:
            place = url_for("web.advance", agreement_id=line.agreement_id)
        case _:
            place = _on_record(line, "advance")
    return place


def _on_record(line: MessageLine, anchor: str) -> str:
    return url_for("web.learner", learner_id=line.learner_id, _anchor=anchor)


def _claim(claim_id: int) -> str:
    """The family goes to the claim, an office to what waits for it by now."""
    if may(Action.REVIEW_CLAIM):
        return url_for("web.claim_reviews")
    if may(Action.CONFIRM_CLAIM):
        return url_for("web.claim_confirmations")
    return url_for("web.claim", claim_id=claim_id)
