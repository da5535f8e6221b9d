"""The cheapest way in words; every award that is offered has a name in both languages."""

from __future__ import annotations

from dataclasses import replace

from creditbank.domain.snapshots import Appraisal
from creditbank.eligibility import gap_program
from creditbank.eligibility.gap import gap_of, offers_for
from creditbank.eligibility.gap_words import gap_sentences, offer_name
from tests.unit.eligibility.test_gap import DAY, PLAN, POLICY, RX, XX, learner


def test_one_course_is_named_with_what_could_be_taken_instead():
    gap = gap_of(learner(PLAN, *RX[3:], XX[3]), PLAN, POLICY, DAY)
    zh, en = gap_sentences(gap, "zh"), gap_sentences(gap, "en")
    assert zh[0] == (
        "最省的补法:《心理健康》(也可换成《创新创业基础》、《玫瑰种植与加工》、《应急救护》等),"
        "共 2 学分,约 36 学时。"
    )
    assert zh[2] == "也可以:初级(五级)职业技能证书,共 2 学分,约 60 学时。"
    assert en[0].startswith("The least you need: 心理健康 (or instead ")
    assert len(zh) == len(en) == 3


def test_a_long_way_is_said_in_short():
    gap = gap_of(learner(PLAN, *(item.course_code for item in PLAN.courses)), PLAN, POLICY, DAY)
    first = gap_sentences(gap, "zh")[0]
    assert "项,共 170 学分" in first
    assert len(first) < 160


def test_nothing_is_said_where_nothing_is_missing():
    assert gap_sentences(gap_of(learner(PLAN), PLAN, POLICY, DAY), "zh") == []


def test_what_is_out_of_reach_leads_to_the_registrar():
    short = replace(PLAN, courses=tuple(c for c in PLAN.courses if c.course_code != "SKZH3"))
    gap = gap_of(learner(short, conduct=Appraisal.FAILED), short, POLICY, DAY)
    assert "教务科" in gap_sentences(gap, "zh")[0]


def test_a_bound_that_was_hit_is_said(monkeypatch):
    monkeypatch.setattr(gap_program, "NODES_MAX", 0)
    gap = gap_of(learner(PLAN, "SKZH3", *RX[2:], *XX[2:]), PLAN, POLICY, DAY)
    assert gap_sentences(gap, "en") == [
        "There are too many ways to find the cheapest; ask the registrar."
    ]


def test_everything_on_offer_has_a_name():
    for offer in offers_for(learner(PLAN, *RX), PLAN, POLICY, DAY):
        assert offer_name(offer, "zh")
        assert "." not in offer_name(offer, "en")
