"""Keys of names: family names with readings of their own, rare characters, names in parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.store.name_keys import NameKeys, name_keys


@pytest.mark.parametrize(
    ("name", "spelled", "initials"),
    [
        ("王小明", "wang xiaoming", "WXM"),
        ("单田芳", "shan tianfang", "STF"),
        ("曾国强", "zeng guoqiang", "ZGQ"),
        ("解晓东", "xie xiaodong", "XXD"),
        ("仇英", "qiu ying", "QY"),
        ("区志强", "ou zhiqiang", "OZQ"),
        ("查良玉", "zha liangyu", "ZLY"),
        ("盖丽丽", "ge lili", "GLL"),
        ("缪小红", "miao xiaohong", "MXH"),
        ("任重", "ren zhong", "RZ"),
        ("朴正", "piao zheng", "PZ"),
        ("翟天宇", "zhai tianyu", "ZTY"),
        ("卜凡", "bu fan", "BF"),
        ("阚清", "kan qing", "KQ"),
        ("王单", "wang dan", "WD"),
        ("李晟", "li sheng", "LS"),
        ("张长青", "zhang changqing", "ZCQ"),
        ("吕布", "lv bu", "LB"),
    ],
)
def test_family_and_given_names_are_read_each_in_its_way(name, spelled, initials):
    assert name_keys(name) == NameKeys(f"{spelled} {name}", initials)


@pytest.mark.parametrize(
    ("name", "spelled", "initials"),
    [
        ("尉迟恭", "yuchi gong", "YCG"),
        ("欧阳娜娜", "ouyang nana", "OYNN"),
        ("长孙无忌", "zhangsun wuji", "ZSWJ"),
        ("万俟小雪", "moqi xiaoxue", "MQXX"),
        ("澹台明", "tantai ming", "TTM"),
        ("诸葛亮", "zhuge liang", "ZGL"),
        ("司马", "si ma", "SM"),
        ("单于飞", "shan yufei", "SYF"),
    ],
)
def test_compound_family_names_are_one_word(name, spelled, initials):
    assert name_keys(name) == NameKeys(f"{spelled} {name}", initials)


@pytest.mark.parametrize(
    ("name", "spelled", "initials"),
    [
        ("王䶮", "wang yan", "WY"),
        ("曾𫖯", "zeng fu", "ZF"),
        ("李𬍡", "li dang", "LD"),
        ("𠮷野", "ji ye", "JY"),
        ("王\U000323af明", "wang ~ming", "WM"),
    ],
)
def test_rare_characters_are_read_or_sorted_last(name, spelled, initials):
    assert name_keys(name) == NameKeys(f"{spelled} {name}", initials)


@pytest.mark.parametrize(
    ("name", "spelled", "initials"),
    [
        ("阿依古丽·买买提", "ayiguli maimaiti", "AYGLMMT"),
        ("阿依古丽•买买提", "ayiguli maimaiti", "AYGLMMT"),
        ("迪丽努尔·艾合买提", "dilinuer aihemaiti", "DLNEAHMT"),
        ("买买提江艾合买提", "maimaitijiangaihemaiti", "MMTJAHMT"),
        ("John Smith", "john smith", "JS"),
        ("José Álvarez", "jose alvarez", "JA"),
        ("黄Lily", "huang lily", "HLILY"),
    ],
)
def test_names_in_parts_keep_their_order(name, spelled, initials):
    assert name_keys(name) == NameKeys(f"{spelled} {name}", initials)


def test_what_was_typed_around_a_name_is_no_matter():
    assert name_keys(" 王小明 ").sort_key == name_keys("王小明").sort_key
    assert name_keys("王 小 明").initials == "WXM"
    assert name_keys("王小明(大)").sort_key == "wang xiaomingda 王小明(大)"
    assert name_keys("") == NameKeys("", "")


def test_plain_byte_order_is_by_pinyin_then_by_characters():
    names = ["张伟", "曾伟", "王伟", "王小明", "王晓明", "单伟", "安宁", "欧阳伟", "李\U000323af"]
    ordered = sorted(names, key=lambda name: name_keys(name).sort_key.encode())
    assert ordered == [
        "安宁", "李\U000323af", "欧阳伟", "单伟", "王伟", "王小明", "王晓明", "曾伟", "张伟",
    ]  # fmt: skip


@given(st.text(max_size=80))
def test_any_text_has_keys_that_fit_their_columns(name):
    keys = name_keys(name)
    assert len(keys.sort_key) <= 200
    assert len(keys.initials) <= 50
    assert keys == name_keys(name)
