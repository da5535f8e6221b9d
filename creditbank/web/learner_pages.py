"""A learner's page: who it is, the transcript, the verdicts, and the watch that keeps it current.

The watch is an empty element that asks for news: soon while the workers' verdict is on its way,
seldom afterwards. Only what has changed is sent, so a page at rest names nobody to anybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.errors import EvaluationQuarantinedError
from creditbank.domain.permissions import Action
from creditbank.domain.plans import Plan
from creditbank.domain.term_registrations import TermStanding
from creditbank.domain.verdicts import SubjectKind, Verdict
from creditbank.queries.learners import EnrolmentSummary, LearnerSummary, learner_summary
from creditbank.queries.term_registrations import OwnTerm, own_terms
from creditbank.queries.transcripts import read_transcript
from creditbank.services.fresh_verdicts import FreshVerdict, fresh_verdicts
from creditbank.services.visible_verdicts import visible_to
from creditbank.store.agreements import load_agreements
from creditbank.store.plans import load_plan, load_plans
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, named
from creditbank.web.next_steps import passed_codes
from creditbank.web.own_records import OwnRecord, own_record, school_names
from creditbank.web.timelines import Timeline, timeline
from creditbank.web.transcripts import TranscriptView, transcript_view
from creditbank.web.verdict_cards import VerdictCard, is_last_year, verdict_card
from creditbank.web.visits import actor, may, now, today

_SOON_MS, _LATER_MS, _SELDOM_MS = 300, 3_000, 15_000
_ROUNDS_SOON, _ROUNDS_LATER = 20, 40
"""Workers need a fraction of a second; if they take longer, asking oftener does not help."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What the page has seen, and when it asks again. seen: a fingerprint of all verdicts."""

    learner_id: int
    ledger_seq: int
    seen: str
    is_settled: bool
    round: int = 0

    @property
    def wait_ms(self) -> int:
        """Milliseconds until the page asks again."""
        if self.is_settled:
            return _LATER_MS if self.round < _ROUNDS_LATER else _SELDOM_MS
        return _SOON_MS if self.round < _ROUNDS_SOON else _LATER_MS


@dataclass(frozen=True, slots=True)
class EnrolmentLine:
    """One enrolment as the head of the page shows it. terms: its registrations, in words."""

    school: str
    class_name: str
    major: str
    student_no: str
    status: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LearnerPage:
    """All that the page shows. plan: of the enrolment at the actor's school, else of the first.

    own: what the page of whose record it is shows besides.
    """

    summary: LearnerSummary
    enrolments: tuple[EnrolmentLine, ...]
    transcript: TranscriptView
    cards: tuple[VerdictCard, ...]
    verdicts: tuple[Verdict, ...]
    quarantined: str
    watch: Watch
    plan: Plan | None
    own: OwnRecord | None = None

    @property
    def own_enrolment(self) -> EnrolmentSummary | None:
        """The enrolment at the actor's school, an open one first; None elsewhere."""
        school_id = actor().institution_id
        own = (item for item in self.summary.enrolments if item.institution_id == school_id)
        return next(own, None)

    @property
    def parts(self) -> dict[str, object]:
        """What the templates of the parts look at."""
        return {
            "learner": self.summary,
            "enrolments": self.enrolments,
            "transcript": self.transcript,
            "cards": self.cards,
            "quarantined": self.quarantined,
            "watch": self.watch,
            "is_own": self.own is not None,
            "own": self.own,
        }


@dataclass(frozen=True, slots=True)
class _Verdicts:
    """The verdicts of one learner, or why there are none."""

    found: tuple[FreshVerdict, ...]
    quarantined: str = ""


def read_learner_page(
    uow: UnitOfWork, learner_id: int, *, action: Action = Action.SEE_LEARNER
) -> LearnerPage:
    """The page; one line in the access log. Raises NotFoundError."""
    summary = learner_summary(uow, actor(), learner_id, now=now(), action=action)
    found = read_transcript(uow, learner_id, today=today())
    verdicts, plans = _verdicts(uow, learner_id)
    terms = own_terms(uow, [item.enrolment_id for item in summary.enrolments])
    passed = passed_codes(found)
    school_id = actor().institution_id if may(Action.REVERSE_ENTRY) else None
    return LearnerPage(
        summary=summary,
        enrolments=tuple(_enrolment(item, terms) for item in summary.enrolments),
        transcript=transcript_view(
            found,
            plans=plans.values(),
            verdicts=_graduations(verdicts),
            school_id=school_id,
            may_check=may(Action.CHECK_EVIDENCE),
        ),
        cards=_cards(uow, summary, verdicts, plans, passed),
        verdicts=tuple(item.verdict for item in verdicts.found),
        quarantined=verdicts.quarantined,
        watch=_watch(learner_id, found.ledger_seq, verdicts),
        plan=_plan(uow, summary, plans),
        own=own_record(uow, summary, found, [item.verdict for item in verdicts.found], plans)
        if learner_id in actor().learner_ids
        else None,
    )


def read_timeline(uow: UnitOfWork, learner_id: int, *, before: str) -> tuple[str, Timeline]:
    """The learner's name and an earlier page of the timeline. Raises NotFoundError."""
    summary = learner_summary(uow, actor(), learner_id, now=now())
    found = read_transcript(uow, learner_id, today=today())
    verdicts, plans = _verdicts(uow, learner_id)
    page = timeline(
        found,
        plans=plans.values(),
        verdicts=_graduations(verdicts),
        schools=school_names(summary),
        before=before,
    )
    return summary.name, page


def read_watch(uow: UnitOfWork, learner_id: int) -> Watch:
    """What there is to see now; the caller has decided. Names nobody."""
    verdicts, _plans = _verdicts(uow, learner_id)
    return _watch(learner_id, 0, verdicts)


def changed_keys(page: LearnerPage, before: Collection[str]) -> frozenset[str]:
    """The cards that say something else than before (fingerprints by `card_prints`)."""
    return frozenset(
        card.key
        for card, print_ in zip(page.cards, card_prints(page.verdicts), strict=True)
        if print_ not in before
    )


def card_prints(verdicts: Collection[Verdict]) -> tuple[str, ...]:
    """A fingerprint of what each verdict says, whatever state of the books it was said for."""
    return tuple(
        hashlib.sha256(
            repr((v.subject_kind, v.subject_id, v.outcome, v.counted_units, v.blocks,
                  v.conditions, v.exceptions)).encode()
        ).hexdigest()[:8]
        for v in verdicts
    )  # fmt: skip


def _verdicts(uow: UnitOfWork, learner_id: int) -> tuple[_Verdicts, dict[int, Plan]]:
    """The verdicts that are the actor's to see, and their plans."""
    try:
        found = fresh_verdicts(uow, learner_id, as_of=today(), now=now())
    except EvaluationQuarantinedError as error:
        return _Verdicts((), in_language(error.message)), {}
    plans = load_plans(uow.connection, {item.verdict.plan_id for item in found})
    return _Verdicts(visible_to(actor(), found)), plans


def _watch(learner_id: int, entries_seq: int, verdicts: _Verdicts) -> Watch:
    """entries_seq: of the last entry shown, for a learner on whom nothing is decided."""
    prints = ".".join(card_prints([item.verdict for item in verdicts.found]))
    ledger_seq = max((item.verdict.ledger_seq for item in verdicts.found), default=entries_seq)
    stored = all(item.stored for item in verdicts.found)
    return Watch(
        learner_id=learner_id,
        ledger_seq=ledger_seq,
        seen=f"{ledger_seq}-{'s' if stored else 'c'}-{prints}",
        is_settled=stored,
    )


def _cards(
    uow: UnitOfWork,
    summary: LearnerSummary,
    verdicts: _Verdicts,
    plans: Mapping[int, Plan],
    passed: frozenset[str],
) -> tuple[VerdictCard, ...]:
    agreement_ids = {
        item.verdict.subject_id
        for item in verdicts.found
        if item.verdict.subject_kind is SubjectKind.ARTICULATION
    }
    names = {
        agreement_id: agreement.name
        for agreement_id, agreement in load_agreements(
            uow.connection, agreement_ids, as_of=today()
        ).items()
    }
    entry_years = {item.enrolment_id: item.entry_year for item in summary.enrolments}
    several = len({item.verdict.enrolment_id for item in verdicts.found}) > 1
    return tuple(
        verdict_card(
            item.verdict,
            title=_title(item.verdict, plans[item.verdict.plan_id], names, several=several),
            plan=plans[item.verdict.plan_id],
            passed_codes=passed,
            stored=item.stored,
            is_last_year=item.verdict.enrolment_id in entry_years
            and is_last_year(
                item.verdict,
                plans[item.verdict.plan_id],
                entry_years[item.verdict.enrolment_id],
            ),
        )
        for item in verdicts.found
    )


def _title(verdict: Verdict, plan: Plan, names: dict[int, str], *, several: bool) -> str:
    if verdict.subject_kind is SubjectKind.ARTICULATION:
        return names.get(verdict.subject_id, name_of(SubjectKind.ARTICULATION))
    return _("毕业 · %(plan)s", plan=plan.name) if several else _("毕业")


def _graduations(verdicts: _Verdicts) -> list[Verdict]:
    return [
        item.verdict
        for item in verdicts.found
        if item.verdict.subject_kind is SubjectKind.GRADUATION
    ]


def _enrolment(item: EnrolmentSummary, terms: Collection[OwnTerm]) -> EnrolmentLine:
    return EnrolmentLine(
        school=named(item.institution_name, item.institution_name_en),
        class_name=item.class_name,
        major=item.major_name,
        student_no=item.student_no,
        status=name_of(EnrolmentStatus(item.status)),
        terms=tuple(
            f"{term.term_code} {name_of(TermStanding(term.standing))}"
            for term in terms
            if term.enrolment_id == item.enrolment_id
        ),
    )


def _plan(uow: UnitOfWork, summary: LearnerSummary, known: Mapping[int, Plan]) -> Plan | None:
    own = [item for item in summary.enrolments if item.institution_id == actor().institution_id]
    chosen = (own or list(summary.enrolments))[:1]
    if not chosen:
        return None
    number = chosen[0].plan_id
    return known[number] if number in known else load_plan(uow.connection, number)
