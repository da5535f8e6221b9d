"""Rows of the database, one file per noun. Only store and queries read them.

Importing this package registers every table with the metadata, which migrations compare against.
"""

from creditbank.tables.academic_warnings import AcademicWarning, ProgressCount, WarningContact
from creditbank.tables.access_log import AccessLogEntry
from creditbank.tables.accounts import (
    Account,
    AccountLearner,
    AccountSession,
    ApiKey,
    SignInAttempt,
)
from creditbank.tables.advances import (
    AdvanceAdmission,
    AdvanceMove,
    AdvanceScore,
    ProcessAssessment,
)
from creditbank.tables.agreement_terms import (
    AdvanceCalendarDay,
    AdvancePassLine,
    AgreementTermsRow,
)
from creditbank.tables.agreements import AgreementMember, ArticulationAgreement
from creditbank.tables.checkpoints import CheckpointRow
from creditbank.tables.claims import (
    ClaimFile,
    ClaimMoveRow,
    ClaimPage,
    ClaimRow,
    ClaimStatement,
)
from creditbank.tables.cohort_changes import CohortHead, CohortLine, CohortLook, CohortMark
from creditbank.tables.college_keys import (
    CollegeKey,
    CollegeKeyRevocation,
    CollegeKeySecret,
    CollegeNonce,
)
from creditbank.tables.courses import Course
from creditbank.tables.credentials import CredentialEnding, IssuedCredential, StatusList
from creditbank.tables.decisions import DecisionRow, ReviewCase, ReviewResolution
from creditbank.tables.enrolments import Enrolment
from creditbank.tables.evaluations import Heartbeat, PendingEvaluation, QuarantinedLearner
from creditbank.tables.evidence_checks import EvidenceCheckRow
from creditbank.tables.exports import DocumentTemplate, EnrolmentDetail, FileExport
from creditbank.tables.facts import (
    AttestationRecord,
    ConductEvaluation,
    InternshipAppraisal,
    SanctionLifting,
    SanctionRecord,
)
from creditbank.tables.grade_drafts import GradeDraft, GradeDraftCell, GradeDraftStep
from creditbank.tables.idempotency import IdempotencyKey
from creditbank.tables.imports import ColumnAnswer, GradeImport
from creditbank.tables.institutions import Institution
from creditbank.tables.jobs import Job, JobProgress
from creditbank.tables.learners import Learner
from creditbank.tables.ledger import LearnerHead, LedgerEntry
from creditbank.tables.majors import Major
from creditbank.tables.messages import Message, MessageMail, MessageRead
from creditbank.tables.paired_schools import PairedSchool
from creditbank.tables.paper_shares import (
    PaperShare,
    PaperShareOpening,
    PaperShareWithdrawal,
)
from creditbank.tables.papers import (
    IssuedPaper,
    PaperLayout,
    PaperLayoutStart,
    PaperRevocation,
    PaperSource,
)
from creditbank.tables.pinned_documents import PinnedDocument
from creditbank.tables.plan_exceptions import ExceptionRuling, PlanExceptionRow
from creditbank.tables.plans import CohortPlan, PlanEvent, ProgramPlan
from creditbank.tables.policies import SchoolPolicyValue
from creditbank.tables.policy_changes import PolicyChange
from creditbank.tables.recognition_rules import RecognitionRuleRow
from creditbank.tables.sharing_consents import SharingConsent
from creditbank.tables.signing_keys import SigningKeyEnding, SigningKeyRow
from creditbank.tables.status_changes import (
    StatusChange,
    StatusChangeExecution,
    StatusChangeOpinion,
    StatusChangeProof,
    StatusChangeWithdrawal,
)
from creditbank.tables.term_registrations import TermRegistration, TermRegistrationWithdrawal
from creditbank.tables.terms import AcademicTerm, AdjustedDay
from creditbank.tables.transfers import (
    MakeupCourse,
    PublicNotice,
    RecognitionPlan,
    TransferArrival,
)
from creditbank.tables.tree import TreeLeaf, TreeMark, TreeNode, VerdictSeal
from creditbank.tables.verdicts import VerdictHead, VerdictRow
from creditbank.tables.webhooks import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEndpointState,
    WebhookEvent,
    WebhookSecret,
)

__all__ = [
    "AcademicTerm",
    "AcademicWarning",
    "AccessLogEntry",
    "Account",
    "AccountLearner",
    "AccountSession",
    "AdjustedDay",
    "AdvanceAdmission",
    "AdvanceCalendarDay",
    "AdvanceMove",
    "AdvancePassLine",
    "AdvanceScore",
    "AgreementMember",
    "AgreementTermsRow",
    "ApiKey",
    "ArticulationAgreement",
    "AttestationRecord",
    "CheckpointRow",
    "ClaimFile",
    "ClaimMoveRow",
    "ClaimPage",
    "ClaimRow",
    "ClaimStatement",
    "CohortHead",
    "CohortLine",
    "CohortLook",
    "CohortMark",
    "CohortPlan",
    "CollegeKey",
    "CollegeKeyRevocation",
    "CollegeKeySecret",
    "CollegeNonce",
    "ColumnAnswer",
    "ConductEvaluation",
    "Course",
    "CredentialEnding",
    "DecisionRow",
    "DocumentTemplate",
    "Enrolment",
    "EnrolmentDetail",
    "EvidenceCheckRow",
    "ExceptionRuling",
    "FileExport",
    "GradeDraft",
    "GradeDraftCell",
    "GradeDraftStep",
    "GradeImport",
    "Heartbeat",
    "IdempotencyKey",
    "Institution",
    "InternshipAppraisal",
    "IssuedCredential",
    "IssuedPaper",
    "Job",
    "JobProgress",
    "Learner",
    "LearnerHead",
    "LedgerEntry",
    "Major",
    "MakeupCourse",
    "Message",
    "MessageMail",
    "MessageRead",
    "PairedSchool",
    "PaperLayout",
    "PaperLayoutStart",
    "PaperRevocation",
    "PaperShare",
    "PaperShareOpening",
    "PaperShareWithdrawal",
    "PaperSource",
    "PendingEvaluation",
    "PinnedDocument",
    "PlanEvent",
    "PlanExceptionRow",
    "PolicyChange",
    "ProcessAssessment",
    "ProgramPlan",
    "ProgressCount",
    "PublicNotice",
    "QuarantinedLearner",
    "RecognitionPlan",
    "RecognitionRuleRow",
    "ReviewCase",
    "ReviewResolution",
    "SanctionLifting",
    "SanctionRecord",
    "SchoolPolicyValue",
    "SharingConsent",
    "SignInAttempt",
    "SigningKeyEnding",
    "SigningKeyRow",
    "StatusChange",
    "StatusChangeExecution",
    "StatusChangeOpinion",
    "StatusChangeProof",
    "StatusChangeWithdrawal",
    "StatusList",
    "TermRegistration",
    "TermRegistrationWithdrawal",
    "TransferArrival",
    "TreeLeaf",
    "TreeMark",
    "TreeNode",
    "VerdictHead",
    "VerdictRow",
    "VerdictSeal",
    "WarningContact",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEndpointState",
    "WebhookEvent",
    "WebhookSecret",
]
