"""The JSON-LD contexts of credentials: three published ones, and that of our own words. Pure.

No term of a credential is left undefined: a processor that drops unknown terms drops nothing.
"""

from __future__ import annotations

from typing import Any

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES_V3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
LEARNER_RECORDS_V2 = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
"""Of the Comprehensive Learner Record 2.0, which wants it second and Open Badges third."""
PUBLISHED = frozenset({OPEN_BADGES_V3, LEARNER_RECORDS_V2})
"""What may stand between the first context and ours."""
_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
_BOOLEAN = "http://www.w3.org/2001/XMLSchema#boolean"
_DATE = "http://www.w3.org/2001/XMLSchema#date"
_MOMENT = "http://www.w3.org/2001/XMLSchema#dateTime"
_WORDS = {
    "affiliation": "",
    "agreement": "",
    "asOf": _DATE,
    "attempt": _INTEGER,
    "balances": "set",
    "blockCode": "",
    "blocks": "set",
    "booked": "",
    "catalogueYear": _INTEGER,
    "certificateLevel": "",
    "checkpoint": "",
    "className": "",
    "code": "",
    "college": "",
    "collegeMajor": "",
    "conditions": "set",
    "counted": "",
    "courseCode": "",
    "credits": "",
    "documentNumber": "",
    "earnedOn": _DATE,
    "engineVersion": "",
    "entryHash": "",
    "entryYear": _INTEGER,
    "entryKind": "",
    "examKind": "",
    "gradePointAverage": "",
    "hours": _INTEGER,
    "inputHash": "",
    "issuedTo": "",
    "ledgerSeq": _INTEGER,
    "major": "",
    "mark": "",
    "met": _BOOLEAN,
    "missing": "",
    "outcome": "",
    "outcomeName": "",
    "passed": _BOOLEAN,
    "plan": "",
    "planVersion": _INTEGER,
    "policyVersion": "",
    "records": "set",
    "required": "",
    "restsOn": "set",
    "scale": "",
    "shortfall": "",
    "stage": "",
    "stageName": "",
    "surplus": "",
    "termCode": "",
    "totalCredits": "",
    "usedFrom": _MOMENT,
    "usedUntil": _MOMENT,
}
"""Each word of our own: "" for text or a thing of its own, "set" for a list, else its type."""
_TYPES = (
    "ArticulationStatusCredential",
    "Balance",
    "BlockResult",
    "ConditionResult",
    "CreditRecord",
    "CreditStatementCredential",
    "GraduationEligibilityCredential",
    "Learner",
    "LedgerState",
    "RecordReference",
    "School",
    "SchoolKeys",
    "TranscriptCredential",
)


def extension_url(site: str) -> str:
    """Where the context of our own words stands at an installation. site: its address."""
    return f"{site}/contexts/credentials/v1"


def extension_context(site: str) -> dict[str, Any]:
    """The context of our own words; each leads to this very address."""
    here = f"{extension_url(site)}#"
    terms: dict[str, Any] = {"@version": 1.1, "@protected": True}
    terms |= {word: _term(here + word, kind) for word, kind in _WORDS.items()}
    terms |= {name: here + name for name in _TYPES}
    return {"@context": terms}


def _term(address: str, kind: str) -> Any:  # noqa: ANN401 (JSON)
    if kind == "set":
        return {"@id": address, "@container": "@set"}
    return {"@id": address, "@type": kind} if kind else address
