"""Who may do what to whom: one policy table. Deny by default: what is not here is denied.

Every endpoint of api and web names one Action; an endpoint that names none fails the build.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from creditbank.domain.actions import Action, FieldMask, Role, Scope, Section

__all__ = ["PERMISSIONS", "Action", "FieldMask", "Grant", "Role", "Scope", "Section"]


@dataclass(frozen=True, slots=True)
class Grant:
    """The decision: how far the action reaches, and what of a learner it may show."""

    scope: Scope
    mask: FieldMask


_EVERYONE = (
    Role.ANONYMOUS, Role.STUDENT, Role.GUARDIAN, Role.TEACHER, Role.ADVISOR, Role.REGISTRAR,
    Role.APPROVER, Role.COLLEGE, Role.COUNTY, Role.AUDITOR, Role.SYSADMIN,
)  # fmt: skip
_SIGNED_IN = _EVERYONE[1:]
_SCHOOL_STAFF = (Role.TEACHER, Role.ADVISOR, Role.REGISTRAR, Role.APPROVER)


class _Allow:
    """The policy table, row by row: action, roles, scope, mask. What is not here is denied."""

    def __init__(self) -> None:
        self.table: dict[tuple[Action, Role], Grant] = {}

    def __call__(
        self, action: Action, roles: tuple[Role, ...], scope: Scope,
        mask: FieldMask = FieldMask.NONE,
    ) -> None:  # fmt: skip
        for role in roles:
            self.table[action, role] = Grant(scope, mask)


def _rows() -> dict[tuple[Action, Role], Grant]:
    allow = _Allow()
    _allow_records(allow)
    _allow_looks(allow)
    _allow_changes(allow)
    _allow_papers(allow)
    _allow_rules(allow)
    _allow_credentials(allow)
    _allow_log(allow)
    _allow_advances(allow)
    _allow_agreements(allow)
    _allow_colleges(allow)
    _allow_warnings(allow)
    _allow_claims(allow)
    return allow.table


def _allow_records(allow: _Allow) -> None:
    """What is earned and recorded, and the verdicts on it."""
    allow(Action.SIGN_IN, _EVERYONE, Scope.PUBLIC)
    allow(Action.SIGN_OUT, _EVERYONE, Scope.PUBLIC)
    allow(Action.SEE_HEALTH, _EVERYONE, Scope.PUBLIC)
    allow(Action.SEE_DOCS, _EVERYONE, Scope.PUBLIC)
    allow(Action.SEE_HOME, _SIGNED_IN, Scope.OWN)
    for action in (
        Action.SEE_LEARNER, Action.SEE_TRANSCRIPT, Action.SEE_VERDICTS, Action.SEE_FACTS,
        Action.SEE_EXCEPTIONS,
    ):  # fmt: skip
        allow(action, (Role.STUDENT, Role.GUARDIAN), Scope.OWN, FieldMask.RECORD)
        allow(action, _SCHOOL_STAFF, Scope.SCHOOL, FieldMask.RECORD)
        allow(action, (Role.COLLEGE,), Scope.AGREED, FieldMask.RECORD)
        allow(action, (Role.COUNTY, Role.AUDITOR), Scope.COUNTY, FieldMask.RECORD)
    allow(Action.WHAT_IF, (Role.STUDENT, Role.GUARDIAN), Scope.OWN, FieldMask.RECORD)
    allow(Action.WHAT_IF, _SCHOOL_STAFF, Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.FIND_LEARNERS, _SCHOOL_STAFF, Scope.SCHOOL, FieldMask.NAME)
    allow(Action.FIND_LEARNERS, (Role.COUNTY, Role.AUDITOR), Scope.COUNTY, FieldMask.NAME)
    for action in (
        Action.POST_CREDIT, Action.IMPORT_GRADES, Action.REVERSE_ENTRY, Action.REGISTER_LEARNER,
        Action.OPEN_ENROLMENT, Action.RECORD_FACT, Action.ENTER_EXCEPTION,
    ):  # fmt: skip
        allow(action, (Role.REGISTRAR,), Scope.SCHOOL, FieldMask.RECORD)
    registrars = (Role.REGISTRAR,)
    allow(Action.EXPORT_NATIONAL_SHEET, registrars, Scope.SCHOOL, FieldMask.IDENTITY)
    offices = (Role.ADVISOR, Role.REGISTRAR, Role.APPROVER)
    allow(Action.REGISTER_TERM, (Role.REGISTRAR,), Scope.SCHOOL, FieldMask.NAME)
    allow(Action.SEE_TERM_REGISTRATIONS, offices, Scope.SCHOOL, FieldMask.NAME)
    allow(Action.SEE_TERM_NUMBERS, offices, Scope.SCHOOL)
    allow(Action.SEE_TERM_NUMBERS, (Role.COUNTY, Role.AUDITOR), Scope.COUNTY)
    for action in (Action.CHECK_EVIDENCE, Action.SEE_WAITING_EXCEPTIONS):
        allow(action, (Role.REGISTRAR, Role.APPROVER), Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.CHECK_EVIDENCE, (Role.COUNTY,), Scope.COUNTY, FieldMask.RECORD)
    # Marks that one person has entered are posted by a second one where the rules ask for it.
    for action in (Action.SEE_GRADE_DRAFTS, Action.REVIEW_GRADES):
        allow(action, (Role.REGISTRAR, Role.APPROVER), Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.APPROVE_SUBSTITUTION, (Role.APPROVER,), Scope.SCHOOL, FieldMask.RECORD)
    # Why there is an exception may be an illness: no college and no audit needs to read that.
    allow(Action.READ_EXCEPTION_REASONS, (Role.STUDENT, Role.GUARDIAN), Scope.OWN)
    allow(Action.READ_EXCEPTION_REASONS, (Role.REGISTRAR, Role.APPROVER), Scope.SCHOOL)
    allow(Action.READ_EXCEPTION_REASONS, (Role.COUNTY,), Scope.COUNTY)
    for action in (
        Action.APPROVE_GRADUATION, Action.CONFIRM_QUALIFICATION, Action.WITHDRAW_DECISION,
        Action.RULE_ON_EXCEPTION,
    ):  # fmt: skip
        allow(action, (Role.APPROVER,), Scope.SCHOOL, FieldMask.RECORD)
    for action in (Action.SEE_REVIEWS, Action.RESOLVE_REVIEW):
        allow(action, (Role.REGISTRAR,), Scope.SCHOOL, FieldMask.RECORD)
        allow(action, (Role.COUNTY,), Scope.COUNTY, FieldMask.RECORD)


def _allow_looks(allow: _Allow) -> None:
    """Who looked at a record is for whose record it is."""
    allow(Action.SEE_LOOKS, (Role.STUDENT, Role.GUARDIAN), Scope.OWN)


def _allow_changes(allow: _Allow) -> None:
    """学籍异动: for the family and for the offices that answer, as it may tell of an illness."""
    for action in (Action.SEE_STATUS_CHANGES, Action.APPLY_FOR_CHANGE, Action.SEE_TRANSFER):
        allow(action, (Role.STUDENT, Role.GUARDIAN), Scope.OWN, FieldMask.RECORD)
    allow(Action.APPLY_FOR_CHANGE, (Role.REGISTRAR,), Scope.SCHOOL, FieldMask.RECORD)
    for action in (
        Action.SEE_STATUS_CHANGES, Action.SEE_WAITING_CHANGES, Action.SEE_DEADLINES,
        Action.GIVE_OPINION, Action.SEE_TRANSFER,
    ):  # fmt: skip
        allow(action, (Role.ADVISOR, Role.REGISTRAR, Role.APPROVER), Scope.SCHOOL, FieldMask.RECORD)
        allow(action, (Role.COUNTY,), Scope.COUNTY, FieldMask.RECORD)
    told = (
        Role.STUDENT, Role.GUARDIAN, Role.ADVISOR, Role.REGISTRAR, Role.APPROVER, Role.COLLEGE,
        Role.COUNTY,
    )  # fmt: skip
    allow(Action.SEE_MESSAGES, told, Scope.OWN)
    # The receiving school reads the file of a transfer and answers; it sees nothing else of who
    # only wants to come.
    for action in (Action.SEE_TRANSFER, Action.GIVE_OPINION):
        receivers = (Role.REGISTRAR, Role.APPROVER)
        allow(action, receivers, Scope.APPLICANTS, FieldMask.RECORD)
    allow(Action.ASSESS_TRANSFER, (Role.REGISTRAR,), Scope.APPLICANTS, FieldMask.RECORD)
    allow(Action.SEE_TRANSFER_NUMBERS, (Role.COUNTY, Role.AUDITOR), Scope.COUNTY)
    allow(Action.SEE_NOTICES, _EVERYONE, Scope.PUBLIC, FieldMask.NAME)
    allow(Action.SEE_PAIRED_SCHOOLS, _SIGNED_IN, Scope.COUNTY)
    allow(Action.NAME_PAIRED_SCHOOLS, (Role.COUNTY,), Scope.COUNTY)


def _allow_papers(allow: _Allow) -> None:
    """They hold identity numbers in full: for who issues them, for the family and the bureau."""
    allow(Action.VERIFY_PAPER, _EVERYONE, Scope.PUBLIC)
    allow(Action.ISSUE_PAPER, (Role.REGISTRAR,), Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.CHANGE_PAPER_LAYOUT, (Role.REGISTRAR,), Scope.SCHOOL)
    allow(Action.SEE_PAPERS, (Role.STUDENT, Role.GUARDIAN), Scope.OWN, FieldMask.RECORD)
    allow(Action.SEE_PAPERS, (Role.REGISTRAR,), Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.SEE_PAPERS, (Role.COUNTY,), Scope.COUNTY, FieldMask.RECORD)
    # Only the family hands a paper on by a link; whoever has the link opens it, and nobody lists.
    allow(Action.SHARE_PAPER, (Role.STUDENT, Role.GUARDIAN), Scope.OWN, FieldMask.RECORD)
    allow(Action.OPEN_SHARED_PAPER, _EVERYONE, Scope.PUBLIC)


def _allow_rules(allow: _Allow) -> None:
    """Plans, agreements, indicators and the rules themselves."""
    allow(Action.SEE_PLANS, _SIGNED_IN, Scope.COUNTY)
    allow(Action.WRITE_PLAN, (Role.REGISTRAR,), Scope.SCHOOL)
    # Who writes a version does not put it in force; onto one in force the registrar may move a
    # running cohort, for a reason and with a document.
    allow(Action.ASSIGN_PLAN, (Role.APPROVER,), Scope.SCHOOL)
    allow(Action.MIGRATE_COHORT, (Role.REGISTRAR, Role.APPROVER), Scope.SCHOOL)
    allow(Action.SEE_AGREEMENTS, (*_SCHOOL_STAFF,), Scope.SCHOOL)
    allow(Action.SEE_AGREEMENTS, (Role.COLLEGE,), Scope.AGREED)
    allow(Action.SEE_AGREEMENTS, (Role.COUNTY, Role.AUDITOR), Scope.COUNTY)
    allow(Action.SEE_COHORT, (*_SCHOOL_STAFF,), Scope.SCHOOL, FieldMask.NAME)
    allow(Action.SEE_COHORT, (Role.COLLEGE,), Scope.AGREED, FieldMask.NAME)
    allow(Action.SEE_COHORT, (Role.COUNTY, Role.AUDITOR), Scope.COUNTY, FieldMask.NAME)
    allow(Action.SEE_INDICATORS, (Role.COUNTY, Role.AUDITOR), Scope.COUNTY)
    allow(Action.SEE_POLICIES, _SCHOOL_STAFF, Scope.SCHOOL)
    allow(Action.SEE_POLICIES, (Role.COUNTY, Role.AUDITOR), Scope.COUNTY)
    allow(Action.SIMULATE_RULES, (Role.REGISTRAR, Role.APPROVER), Scope.SCHOOL, FieldMask.NAME)
    allow(Action.SIMULATE_RULES, (Role.COUNTY,), Scope.COUNTY, FieldMask.NAME)
    allow(Action.CHANGE_POLICY, (Role.APPROVER,), Scope.SCHOOL)
    allow(Action.CHANGE_POLICY, (Role.COUNTY,), Scope.COUNTY)
    allow(Action.SEE_RECOGNITION_RULES, _SIGNED_IN, Scope.COUNTY)
    allow(Action.CHANGE_RECOGNITION_RULES, (Role.COUNTY,), Scope.COUNTY)


def _allow_credentials(allow: _Allow) -> None:
    """Signed credentials: no identity number stands in them, so a college may ask for its own."""
    allow(Action.SEE_CREDENTIAL_KEYS, _EVERYONE, Scope.PUBLIC)
    for action in (Action.ISSUE_CREDENTIAL, Action.SEE_CREDENTIALS):
        allow(action, (Role.STUDENT, Role.GUARDIAN), Scope.OWN, FieldMask.RECORD)
        allow(action, (Role.REGISTRAR,), Scope.SCHOOL, FieldMask.RECORD)
        allow(action, (Role.COLLEGE,), Scope.AGREED, FieldMask.RECORD)
    allow(Action.SEE_CREDENTIALS, (Role.COUNTY,), Scope.COUNTY, FieldMask.RECORD)
    allow(Action.REVOKE_CREDENTIAL, (Role.REGISTRAR,), Scope.SCHOOL, FieldMask.RECORD)


def _allow_log(allow: _Allow) -> None:
    """Hashes and signatures are for everybody; a proof with its entry for who may see that."""
    allow(Action.SEE_LOG, _EVERYONE, Scope.PUBLIC)
    allow(Action.PROVE_ENTRY, (Role.STUDENT, Role.GUARDIAN), Scope.OWN, FieldMask.RECORD)
    allow(Action.PROVE_ENTRY, _SCHOOL_STAFF, Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.PROVE_ENTRY, (Role.COLLEGE,), Scope.AGREED, FieldMask.RECORD)
    allow(Action.PROVE_ENTRY, (Role.COUNTY, Role.AUDITOR), Scope.COUNTY, FieldMask.RECORD)


def _allow_advances(allow: _Allow) -> None:
    """转段: the school assesses and files, the college tests and admits, the family may give up."""
    family = (Role.STUDENT, Role.GUARDIAN)
    allow(Action.SEE_ADVANCES, family, Scope.OWN, FieldMask.RECORD)
    for action in (Action.SEE_ADVANCES, Action.SEE_ADVANCE_COHORT):
        allow(action, _SCHOOL_STAFF, Scope.SCHOOL, FieldMask.RECORD)
        allow(action, (Role.COLLEGE,), Scope.AGREED, FieldMask.RECORD)
        allow(action, (Role.COUNTY, Role.AUDITOR), Scope.COUNTY, FieldMask.RECORD)
    # 公示: the list of the class for who is in it, and for the offices that answer.
    allow(Action.SEE_ADVANCE_NOTICE, family, Scope.OWN, FieldMask.NAME)
    allow(Action.SEE_ADVANCE_NOTICE, _SCHOOL_STAFF, Scope.SCHOOL, FieldMask.NAME)
    allow(Action.SEE_ADVANCE_NOTICE, (Role.COLLEGE,), Scope.AGREED, FieldMask.NAME)
    allow(Action.SEE_ADVANCE_NOTICE, (Role.COUNTY, Role.AUDITOR), Scope.COUNTY, FieldMask.NAME)
    allow(Action.ASSESS_PROCESS, (Role.REGISTRAR,), Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.ANNOUNCE_ADVANCE, (Role.APPROVER,), Scope.SCHOOL, FieldMask.RECORD)
    for action in (Action.APPEAL_ADVANCE, Action.GIVE_UP_ADVANCE):
        allow(action, family, Scope.OWN, FieldMask.RECORD)
        allow(action, (Role.REGISTRAR,), Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.SCORE_ADVANCE, (Role.REGISTRAR,), Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.RANK_ADVANCE, (Role.APPROVER,), Scope.SCHOOL, FieldMask.RECORD)
    for action in (
        Action.SCORE_ADVANCE, Action.RANK_ADVANCE, Action.ADMIT_ADVANCE, Action.WITHDRAW_ADVANCE,
    ):  # fmt: skip
        allow(action, (Role.COLLEGE,), Scope.AGREED, FieldMask.RECORD)
    allow(Action.DISQUALIFY_ADVANCE, (Role.APPROVER,), Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.WITHDRAW_ADVANCE, (Role.REGISTRAR, Role.APPROVER), Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.WITHDRAW_ADVANCE, family, Scope.OWN, FieldMask.RECORD)
    for action in (Action.DISQUALIFY_ADVANCE, Action.WITHDRAW_ADVANCE):
        allow(action, (Role.COUNTY,), Scope.COUNTY, FieldMask.RECORD)


def _allow_agreements(allow: _Allow) -> None:
    """The bureau answers for agreements; a school's approver signs and amends its own."""
    allow(Action.SIGN_AGREEMENT, (Role.APPROVER,), Scope.SCHOOL)
    allow(Action.SIGN_AGREEMENT, (Role.COUNTY,), Scope.COUNTY)
    allow(Action.ANNOUNCE_ADVANCE_CALENDAR, (Role.COUNTY,), Scope.COUNTY)


def _allow_colleges(allow: _Allow) -> None:
    """What is shared with colleges: who consents, what their computers read, who manages that."""
    for action in (Action.SEE_CONSENTS, Action.GIVE_CONSENT):
        allow(action, (Role.STUDENT, Role.GUARDIAN), Scope.OWN)
    allow(Action.SEE_CONSENTS, (Role.ADVISOR, Role.REGISTRAR, Role.APPROVER), Scope.SCHOOL)
    allow(Action.SEE_CONSENTS, (Role.COUNTY,), Scope.COUNTY)
    allow(Action.FOLLOW_COHORT, (Role.COLLEGE,), Scope.AGREED, FieldMask.NAME)
    for action in (Action.VERIFY_STATUS, Action.SEE_SHARED_TRANSCRIPT):
        allow(action, (Role.COLLEGE,), Scope.AGREED, FieldMask.RECORD)
    for action in (Action.MANAGE_COLLEGE_KEYS, Action.MANAGE_WEBHOOKS):
        allow(action, (Role.COLLEGE,), Scope.AGREED)
        allow(action, (Role.COUNTY,), Scope.COUNTY)


def _allow_warnings(allow: _Allow) -> None:
    """学业预警 is between the family and the offices that talk with it; the bureau has numbers."""
    offices = (Role.ADVISOR, Role.REGISTRAR, Role.APPROVER)
    allow(Action.SEE_ACADEMIC_PROGRESS, offices, Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.SEE_WARNING, offices, Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.SEE_WARNING, (Role.STUDENT, Role.GUARDIAN), Scope.OWN, FieldMask.RECORD)
    noting = (Role.ADVISOR, Role.REGISTRAR)
    allow(Action.NOTE_WARNING_CONTACT, noting, Scope.SCHOOL, FieldMask.RECORD)


def _allow_claims(allow: _Allow) -> None:
    """学分认定申报: the family hands in, two people of the school review, the school objects."""
    family = (Role.STUDENT, Role.GUARDIAN)
    for action in (Action.SEE_CLAIMS, Action.HAND_IN_CLAIM):
        allow(action, family, Scope.OWN, FieldMask.RECORD)
    allow(Action.SEE_CLAIMS, (Role.REGISTRAR, Role.APPROVER), Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.SEE_CLAIMS, (Role.COUNTY,), Scope.COUNTY, FieldMask.RECORD)
    allow(Action.REVIEW_CLAIM, (Role.REGISTRAR,), Scope.SCHOOL, FieldMask.RECORD)
    allow(Action.CONFIRM_CLAIM, (Role.APPROVER,), Scope.SCHOOL, FieldMask.RECORD)
    # 公示 hangs for whoever belongs to the school, whosever the claim is.
    for action in (Action.SEE_CLAIM_NOTICE, Action.OBJECT_TO_CLAIM):
        allow(action, (*family, *_SCHOOL_STAFF), Scope.SCHOOL, FieldMask.NAME)


PERMISSIONS: Mapping[tuple[Action, Role], Grant] = _rows()
