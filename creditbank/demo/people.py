"""Invented people: plainly made up, with identity numbers that are valid in form only."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from creditbank.domain.identifiers import check_character
from creditbank.store.name_keys import NameKeys, name_keys

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴"
    "夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文单解仇查"
)
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "尉迟", "公孙")
GIVEN = (
    "子涵梓轩雨桐浩然欣怡思远佳琪俊杰嘉懿博文诗雅泽宇晨曦若兰天佑梦瑶志强静怡明哲雪莹家豪晓彤宏伟丽娜建国秀英"
    "海涛文静立新春燕永康玉珍小龙青松婷婷磊鑫淼晶琳玥珂瑾瑜璇琦峰岩川林森沐阳熙然芷若亦凡可欣一诺语嫣睿渊"
)
RARE = ("王䶮", "李𬍡", "阿依古丽·买买提", "迪丽努尔·艾合买提")
_AREAS = ("370124", "370113", "370181", "370923")


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person."""

    name: str
    keys: NameKeys
    sex: str
    born_on: date
    citizen_id: str


def make_person(generator: random.Random, entry_year: int, serial: int) -> Person:
    """A person who turned fifteen in the school year of entry; serial makes the number unique."""
    sex = "1" if generator.random() < 0.5 else "2"  # noqa: PLR2004 (one half)
    born = date(entry_year - 16, 9, 1) + timedelta(days=generator.randrange(365))
    # Area, date and sequence together are unique as long as serial is below 500 x 4 x 365.
    area = _AREAS[serial % len(_AREAS)]
    born = born.replace(day=1) + timedelta(days=serial // 4 % 28)
    sequence = (serial // 112 % 499) * 2 + (1 if sex == "1" else 2)
    stem = f"{area}{born:%Y%m%d}{sequence:03d}"
    name = _name(generator)
    return Person(name, name_keys(name), sex, born, stem + check_character(stem))


def _name(generator: random.Random) -> str:
    draw = generator.random()
    if draw < 0.001:  # noqa: PLR2004 (one in a thousand)
        return generator.choice(RARE)
    surname = generator.choice(COMPOUND) if draw < 0.01 else generator.choice(SURNAMES)  # noqa: PLR2004
    given = generator.choice(GIVEN)
    if generator.random() < 0.8:  # noqa: PLR2004 (four in five)
        given += generator.choice(GIVEN)
    return surname + given
