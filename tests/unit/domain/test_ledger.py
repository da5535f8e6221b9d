"""The chain of hashes and the natural keys that let the database refuse the same evidence twice."""

from __future__ import annotations

import hashlib
from datetime import date

from creditbank.domain.awards import AwardLevel, InnovationCategory
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.evidence import (
    competition_evidence_key,
    course_evidence_key,
    event_key,
    innovation_evidence_key,
    revision_of,
)
from creditbank.domain.ledger import GENESIS_HASH, content_hash

MAY = date(2025, 5, 1)

CONTENT: dict[str, str | int | bool | None] = {
    "units": 400,
    "title": "数学",
    "passed": True,
    "evidence_no": None,
}


def test_the_hash_can_be_derived_by_anybody():
    text = '{"evidence_no":null,"passed":true,"title":"数学","units":400}'
    expected = hashlib.sha256(bytes(32) + text.encode()).digest()
    assert content_hash(GENESIS_HASH, CONTENT) == expected


def test_the_hash_does_not_depend_on_the_order_of_the_fields():
    turned = dict(reversed(CONTENT.items()))
    assert content_hash(GENESIS_HASH, turned) == content_hash(GENESIS_HASH, CONTENT)


def test_every_change_changes_the_hash_and_all_that_follow():
    first = content_hash(GENESIS_HASH, CONTENT)
    changed = content_hash(GENESIS_HASH, {**CONTENT, "units": 401})
    assert first != changed
    assert content_hash(first, CONTENT) != content_hash(changed, CONTENT)


def test_the_same_attempt_has_the_same_key_and_another_has_another():
    def key(kind: ExamKind = ExamKind.NORMAL, semester: int = 1, course: str = "GG03") -> str:
        return course_evidence_key(course, Term(2025, semester), kind, 0)

    others = {key(ExamKind.FIRST_RESIT), key(semester=2), key(course="GG04")}
    assert key() == key()
    assert key() not in others
    assert len(others) == 3


def test_a_better_rank_at_the_same_level_is_the_same_award():
    city = competition_evidence_key("2025年市赛", AwardLevel.CITY, MAY, 0)
    assert city == competition_evidence_key("2025年市赛", AwardLevel.CITY, MAY, 0)
    assert city != competition_evidence_key("2025年市赛", AwardLevel.PROVINCE, MAY, 0)


def test_what_accumulates_is_told_apart_by_its_date():
    practice, patent = InnovationCategory.SOCIAL_PRACTICE, InnovationCategory.PATENT_UTILITY
    july, august = "2026-07-01", "2026-08-01"

    def key(category: InnovationCategory, day: str, number: str = "") -> str:
        return innovation_evidence_key(category, "同名", number, day, 0)

    assert key(practice, july) != key(practice, august)
    assert key(patent, july) == key(patent, august)
    assert key(patent, july, "ZL1") != key(patent, july, "ZL2")


def test_a_corrected_mark_gets_the_next_revision():
    key = course_evidence_key("GG03", Term(2025, 1), ExamKind.NORMAL, 0)
    rows = [
        {"evidence_key": key, "ledger_seq": 1},
        {"evidence_key": "reversal|1", "ledger_seq": 2},
        {"evidence_key": key.replace("r0", "r1"), "ledger_seq": 3},
    ]
    assert revision_of(rows, key, frozenset()) == 0
    assert revision_of(rows, key, frozenset({1})) == 1
    assert revision_of(rows, key, frozenset({1, 3})) == 2


def test_entries_of_one_event_project_or_certificate_belong_together():
    assert event_key("competition", {"event": "2025年市赛"}, "JS1", MAY) == "event|市赛|2025"
    patent = {"category": "patent_utility", "title": "夹具"}
    assert event_key("innovation", patent, None, MAY) == "project|夹具"
    assert event_key("innovation", patent, "ZL1", MAY) == "certificate|ZL1"
    assert event_key("innovation", {"category": "volunteering", "title": "志愿"}, None, MAY) == ""
    assert event_key("course", {}, None, MAY) == ""
