"""Which records a condition rests on, and why one of them does not count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.agreements import HardConditionKind
from creditbank.domain.verdicts import ConditionResult, Placement, Use
from creditbank.eligibility.condition_evidence import (
    Aside,
    Evidence,
    EvidenceKind,
    with_evidence,
)
from creditbank.eligibility.evidence_words import line_words

TODAY = date(2026, 3, 10)
CERTIFICATE = Evidence(
    kind=EvidenceKind.CERTIFICATE, name="数控车工", level="intermediate", number="Y1",
    issuer="机械行业中心", dated=date(2025, 6, 1), ledger_seq=4,
)  # fmt: skip
CONDUCT = Evidence(kind=EvidenceKind.CONDUCT, name="2025-2026-2", level="良好", result="passed")
SANCTION = Evidence(kind=EvidenceKind.SANCTION, level="3", number="处1号", dated=date(2026, 1, 5))


def asides(kind: HardConditionKind, required: str, *held: Evidence) -> list[Aside | None]:
    result = ConditionResult(kind.value, met=False, required=required, actual="")
    (line,) = with_evidence([result], held, TODAY)
    return [item.aside for item in line.items]


@pytest.mark.parametrize(
    ("fields", "required", "aside"),
    [
        ({}, "intermediate", None),
        ({}, "elementary", None),
        ({}, "advanced", Aside.LEVEL_TOO_LOW),
        ({"level": ""}, "elementary", Aside.LEVEL_TOO_LOW),
        ({"until": TODAY}, "intermediate", None),
        ({"until": date(2026, 3, 9)}, "intermediate", Aside.EXPIRED),
        ({"until": date(2026, 3, 9), "level": "elementary"}, "intermediate", Aside.EXPIRED),
        ({"aside": Aside.REVOKED}, "intermediate", Aside.REVOKED),
        ({"aside": Aside.REVOKED, "until": date(2026, 3, 9)}, "intermediate", Aside.REVOKED),
        ({"aside": Aside.DISPUTED}, "intermediate", Aside.DISPUTED),
    ],
)
def test_a_certificate_counts_or_says_why_not(fields, required, aside):
    found = asides(HardConditionKind.CERTIFICATE, required, replace(CERTIFICATE, **fields))
    assert found == [aside]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, [None]),
        ({"level": "5"}, [None]),
        ({"level": "2"}, [Aside.MILDER]),
        ({"until": date(2026, 3, 11)}, [None]),
        ({"until": TODAY}, [Aside.LIFTED]),
        ({"dated": date(2026, 3, 11)}, []),
    ],
)
def test_a_sanction_stands_against_it_or_says_why_not(fields, found):
    assert asides(HardConditionKind.NO_SANCTION, "3", replace(SANCTION, **fields)) == found


def test_every_condition_has_its_own_records_and_those_that_count_come_first():
    expired = replace(CERTIFICATE, dated=date(2024, 6, 1), until=date(2025, 6, 1), ledger_seq=2)
    results = [
        ConditionResult("certificate", met=True, required="intermediate", actual="intermediate"),
        ConditionResult("no_sanction", met=True, required="3", actual=""),
        ConditionResult("credits_to_date", met=True, required="100", actual="100"),
    ]
    held = (expired, SANCTION, CERTIFICATE)
    placements = [
        Placement(3, "RX", 200, Use.COUNTED), Placement(3, "", 100, Use.SURPLUS),
        Placement(1, "GG", 100, Use.SUBSTITUTED), Placement(5, "", 100, Use.EXPIRED),
    ]  # fmt: skip
    certificate, sanction, credit = with_evidence(results, held, TODAY, placements=placements)
    assert [item.ledger_seq for item in certificate.items] == [4, 2]
    assert certificate.entries == (4,)
    assert [item.kind for item in sanction.items] == [EvidenceKind.SANCTION]
    assert credit.items == ()
    assert credit.entries == (1, 3)


def test_what_leaves_the_school_names_those_sanctions_that_stand_against_it():
    result = ConditionResult("no_sanction", met=True, required="3", actual="")
    lifted = replace(SANCTION, number="处0号", until=TODAY)
    milder = replace(SANCTION, number="处2号", level="2")
    held = (SANCTION, lifted, milder)
    (line,) = with_evidence([result], held, TODAY, concluded_on=date(2026, 1, 4))
    assert [item.number for item in line.items] == ["处1号", "处0号", "处2号"]
    assert [item.number for item in line.outward.items] == ["处1号"]
    (line,) = with_evidence([result], held[1:], TODAY, concluded_on=date(2026, 1, 4))
    assert line_words(line.outward, "zh") == ["2026-01-04 没有生效的记过及以上处分"]
    expired = replace(CERTIFICATE, until=date(2025, 7, 1))
    certificate = ConditionResult("certificate", met=True, required="intermediate", actual="")
    (line,) = with_evidence([certificate], [expired], TODAY)
    assert line.outward == line


@pytest.mark.parametrize(
    ("code", "required", "held", "zh", "en"),
    [
        (
            "certificate", "intermediate", (CERTIFICATE,),
            ["数控车工 机械行业中心 中级(四级) 编号 Y1 2025-06-01 发证"],
            ["数控车工, 机械行业中心, intermediate, no. Y1, issued on 2025-06-01"],
        ),
        (
            "certificate", "advanced", (CERTIFICATE,),
            ["数控车工 机械行业中心 中级(四级) 编号 Y1 2025-06-01 发证(等级不够)"],
            ["数控车工, 机械行业中心, intermediate, no. Y1, issued on 2025-06-01 (level too low)"],
        ),
        (
            "no_sanction", "3", (replace(SANCTION, until=date(2026, 2, 1)),),
            ["记过 文号 处1号 2026-01-05 处分 2026-02-01 解除"],
            ["demerit, document 处1号, decided on 2026-01-05, lifted on 2026-02-01"],
        ),
        (
            "no_sanction", "3", (),
            ["2026-03-10 没有生效的记过及以上处分"], ["no demerit or worse in force on 2026-03-10"],
        ),
        (
            "conduct", "passed", (CONDUCT,),
            ["2025-2026学年第二学期 良好 合格"], ["2025-2026 spring, good, passed"],
        ),
        (
            "conduct", "passed", (replace(CONDUCT, level="合格"),),
            ["2025-2026学年第二学期 合格"], ["2025-2026 spring, passed"],
        ),
        ("medical_check", "passed", (), ["没有记录"], ["nothing on record"]),
        ("credits_to_date", "100", (), ["成绩单"], ["transcript"]),
    ],
)  # fmt: skip
def test_records_are_named_in_one_line_each(code, required, held, zh, en):
    result = ConditionResult(code, met=True, required=required, actual="")
    (line,) = with_evidence([result], held, TODAY)
    assert line_words(line, "zh") == zh
    assert line_words(line, "en") == en


def test_every_condition_but_those_of_the_transcript_names_records():
    held = [Evidence(kind=kind, dated=date(2025, 1, 1), level="3") for kind in EvidenceKind]
    results = [
        ConditionResult(
            kind.value, met=True,
            required={"certificate": "intermediate", "no_sanction": "3"}.get(kind.value, ""),
            actual="",
        )
        for kind in HardConditionKind
    ]  # fmt: skip
    held = [replace(item, level="") if item.kind == "certificate" else item for item in held]
    without = {line.result.code for line in with_evidence(results, held, TODAY) if not line.items}
    assert without == {"credits_to_date", "no_failed_core"}


def test_conduct_is_named_by_its_term_in_words():
    conduct = Evidence(kind=EvidenceKind.CONDUCT, name="2025-2026-1", dated=date(2026, 1, 10))
    result = ConditionResult("conduct", met=True, required="", actual="")
    (line,) = with_evidence([result], [conduct], TODAY)
    assert line_words(line, "zh") == ["2025-2026学年第一学期"]
    assert line_words(line, "en") == ["2025-2026 autumn"]
