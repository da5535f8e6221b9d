"""What is different between two versions, part by part."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from creditbank.domain.plan_differences import differences
from creditbank.domain.plans import Plan
from creditbank.store.plan_documents import read_plan
from tests.factories.plan_documents import POLICY, block, cap, course, plan, text_of


def read(**changes: Any) -> Plan:
    return read_plan(text_of(plan(**changes)), POLICY).plan


def said(before: Plan, after: Plan) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [
        (item.part.value, item.kind.value, item.code, item.field_names)
        for item in differences(before, after)
    ]


def test_a_version_is_no_different_from_itself_under_another_number():
    assert said(read(), replace(read(), plan_id=9, version=4, institution_id=3)) == []


def test_every_part_is_told_apart():
    after = read(
        name="新方案",
        blocks=[block("A", "5"), block("C", "4")],
        courses=[course("A1", "A", "6", semester_no=2), course("C1", "C", "4")],
        caps=[cap("2", kinds=["competition"])],
        conditions=["conduct"],
    )
    assert said(read(), after) == [
        ("plan", "changed", "P", ("name",)),
        ("block", "changed", "A", ("units_min",)),
        ("block", "removed", "B", ()),
        ("block", "added", "C", ()),
        ("course", "changed", "A1", ("semester_no",)),
        ("course", "removed", "B1", ()),
        ("course", "removed", "B2", ()),
        ("course", "removed", "B3", ()),
        ("course", "added", "C1", ()),
        ("cap", "added", "c2", ()),
        ("condition", "added", "conduct", ()),
    ]


def test_the_way_back_is_the_reverse():
    after = read(caps=[cap("2")], conditions=["conduct"])
    kinds = {"added": "removed", "removed": "added", "changed": "changed"}
    forth = {(part, kinds[kind], code, names) for part, kind, code, names in said(read(), after)}
    assert set(said(after, read())) == forth


def test_the_order_of_blocks_is_no_difference():
    turned = read(blocks=[block("B", "4", nature="3"), block("A", "6")])
    assert said(read(), turned) == []
