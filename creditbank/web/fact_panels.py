"""The panel where a registrar records facts: what there is to choose from, and what is on record.

The caller has decided that the actor may, and has noted the access.
"""

from __future__ import annotations

from dataclasses import dataclass

from creditbank.domain.enrolments import Term
from creditbank.domain.snapshots import Appraisal, AttestationKind, SanctionLevel
from creditbank.queries.facts import Fact, facts_of
from creditbank.queries.registration import school_agreements
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.credit_panels import term_choices
from creditbank.web.fact_forms import ATTESTATION, FIELDS, LIFTING, empty_fact_form
from creditbank.web.forms import Form
from creditbank.web.labels import choices, name_of
from creditbank.web.languages import gettext as _
from creditbank.web.learner_pages import LearnerPage
from creditbank.web.pages import day
from creditbank.web.transcripts import term_label
from creditbank.web.visits import actor, today


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact as the panel lists it. tone: of its badge; note: why it no longer speaks."""

    kind: str
    what: str
    result: str
    tone: str
    days: str
    document_no: str
    note: str


def fact_kinds() -> list[tuple[str, str]]:
    """(kind, name) in the order of the tabs."""
    return [
        ("conduct", _("思想品德")),
        ("internship", _("实习鉴定")),
        ("sanction", _("处分")),
        ("lifting", _("解除处分")),
        ("attestation", _("合格考等")),
        ("membership", _("贯通班")),
    ]


def fact_parts(
    uow: UnitOfWork, page: LearnerPage, kind: str, form: Form | None = None
) -> dict[str, object]:
    """What the panel's template looks at; form: one that came back, else an empty one."""
    found = facts_of(uow, page.summary.learner_id, today=today())
    chosen = kind if kind in FIELDS else "conduct"
    return {
        "fact_kinds": fact_kinds(),
        "fact_form": form or empty_fact_form(chosen, _first(chosen)),
        "fact_lines": [_line(item) for item in found],
        "fact_terms": term_choices(uow),
        "appraisals": choices(Appraisal),
        "sanction_levels": choices(SanctionLevel),
        "attestation_kinds": choices(AttestationKind),
        "pass_exams": page.plan.required_pass_exams if page.plan else (),
        "standing_attestations": _standing_attestations(found) if chosen == ATTESTATION else [],
        "open_sanctions": _open_sanctions(found) if chosen == LIFTING else [],
        "class_agreements": [
            (str(item.agreement_id), item.name) for item in school_agreements(uow, actor())
        ]
        if chosen == "membership"
        else [],
    }


def _first(kind: str) -> dict[str, str]:
    """What is likely: this term, passed, today."""
    days = dict.fromkeys(
        ("decided_on", "lifted_on", "attested_on", "joined_on"), today().isoformat()
    )
    first = {"term": Term.containing(today()).code, "result": Appraisal.PASSED.value, **days}
    return {name: value for name, value in first.items() if name in FIELDS[kind]}


def _open_sanctions(found: tuple[Fact, ...]) -> list[tuple[str, str]]:
    return [
        (str(item.fact_id), f"{name_of(SanctionLevel(item.what))} {item.document_no}")
        for item in found
        if item.kind == "sanction" and item.stands and item.ended_on is None
    ]


def _standing_attestations(found: tuple[Fact, ...]) -> list[tuple[str, str]]:
    return [
        (str(item.fact_id), f"{_what(item)} {name_of(Appraisal(item.result))}")
        for item in found
        if item.kind == ATTESTATION and item.stands
    ]


def _line(item: Fact) -> FactLine:
    kinds = dict(fact_kinds())
    what = _what(item)
    stands = _("仍有效") if item.stands else _("已解除")
    result = stands if item.kind == "sanction" else name_of(Appraisal(item.result))
    bad = item.result == Appraisal.FAILED or (item.kind == "sanction" and item.stands)
    tone = "neutral" if not item.stands else "bad" if bad else "good"
    if item.stands and item.result == Appraisal.PENDING:
        tone = "progress"
    return FactLine(
        kind=kinds[item.kind],
        what=what,
        result=result,
        tone=tone,
        days=" – ".join(day(found) for found in (item.happened_on, item.ended_on) if found),
        document_no=item.document_no,
        note="" if item.stands or item.kind == "sanction" else _("以后来的登记为准"),
    )


def _what(item: Fact) -> str:
    match item.kind:
        case "conduct":
            said = (term_label(item.what), item.text)
        case "sanction":
            said = (name_of(SanctionLevel(item.what)), "")
        case "attestation":
            said = (name_of(AttestationKind(item.what)), item.text)
        case _:
            said = (item.text, "")
    return " ".join(part for part in said if part)
