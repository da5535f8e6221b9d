"""How the demo's suspended learners came to be so: applied for, agreed to by all, carried out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from creditbank.demo.histories import Setting

_OFFICES = ("advisor", "registrar", "principal", "county")
_TERM, _YEAR = 1, 2
"""For how many terms."""
_ACCOUNTS = {"advisor": 6, "registrar": 1, "principal": 7, "county": 9}
"""The logins of demo.logins, by their number."""


def suspended_terms(learner_id: int) -> int:
    """Some for the term, some for a year."""
    return _YEAR if learner_id % 2 else _TERM


def suspension_rows(
    setting: Setting, learner_id: int, *, plan_id: int, class_name: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(table, row) of everything about one suspension, from the first day of the last term."""
    term = setting.study_terms[-1]
    autumn = term.semester == 1
    starts_on = date(term.first_year, 9, 1) if autumn else date(term.first_year + 1, 2, 1)
    half, whole = (date(term.first_year + 1, month, 31) for month in (1, 8))
    later = whole if autumn else half.replace(year=half.year + 1)
    until = later if suspended_terms(learner_id) == _YEAR else half if autumn else whole
    applied = datetime(starts_on.year, starts_on.month, 1, 1, tzinfo=UTC) - timedelta(days=14)
    key = {"status_change_id": learner_id, "institution_id": setting.institution_id}
    yield "status_changes", {
        **key, "learner_id": learner_id, "enrolment_id": learner_id, "kind": "11", "reason": "10",
        "applied_on": applied.date(), "takes_effect_on": starts_on, "until": until,
        "by_school": False, "absent_hours": 0, "absent_days": 0, "ground": "", "note": "",
        "plan_id": None, "major_code": "", "catalogue_year": None, "class_name": "",
        "offices": [*_OFFICES], "applied_as": "registrar", "applied_by": setting.posted_by,
        "applied_at": applied,
    }  # fmt: skip
    for kind, issuer in (("application", ""), ("hospital", "县人民医院")):
        yield "status_change_proofs", {
            **key, "kind": kind, "document_no": f"诊字{learner_id}号" if issuer else "",
            "issued_on": applied.date(), "issuer": issuer,
        }  # fmt: skip
    number = f"学籍〔{applied.year}〕{learner_id}号"
    for at, office in enumerate(_OFFICES, start=1):
        yield "status_change_opinions", {
            **key, "office": office, "agrees": True, "opinion": "",
            "document_no": number if office == _OFFICES[-1] else "",
            "given_by": _ACCOUNTS[office], "given_at": applied + timedelta(days=at),
        }  # fmt: skip
    yield "status_change_executions", {
        **key, "enrolment_id": learner_id, "status_before": "01", "status_after": "02",
        "plan_before": plan_id, "plan_after": plan_id, "class_before": class_name,
        "class_after": class_name, "suspended_semesters": suspended_terms(learner_id),
        "executed_by": None, "executed_at": datetime.combine(starts_on, applied.timetz()),
    }  # fmt: skip
