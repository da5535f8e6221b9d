"""Sort keys and initials of names: the database has no collation for Chinese, so they are stored.

The key orders by pinyin in plain byte order; equal readings stay apart by the characters.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

_SURNAMES = {
    "单": "shan", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "盖": "ge", "缪": "miao",
    "曾": "zeng", "任": "ren", "华": "hua", "朴": "piao", "翟": "zhai", "尉": "wei", "宓": "mi",
    "覃": "qin", "乐": "yue", "黑": "he", "召": "shao", "员": "yun", "冼": "xian", "繁": "po",
    "秘": "bi", "折": "she", "种": "chong", "祭": "zhai", "哈": "ha", "那": "na",
}  # fmt: skip
_COMPOUND = {
    "尉迟": ("yu", "chi"), "万俟": ("mo", "qi"), "长孙": ("zhang", "sun"), "单于": ("chan", "yu"),
    "澹台": ("tan", "tai"), "令狐": ("ling", "hu"), "宇文": ("yu", "wen"), "鲜于": ("xian", "yu"),
}  # fmt: skip
_RARE = {"䶮": "yan", "𬍡": "gong", "𫖯": "fu", "㛃": "jie", "䲟": "yin", "𬱖": "di", "𠅤": "tu"}
_KEY_MAX = 200
_INITIALS_MAX = 50


@dataclass(frozen=True, slots=True)
class NameKeys:
    """sort_key: "wang xiaoming 王小明"; initials: "WXM"."""

    sort_key: str
    initials: str


def name_keys(name: str) -> NameKeys:
    """The keys of a name as it is written, whether Chinese, Latin or joined by a middle dot."""
    text = unicodedata.normalize("NFKC", name).strip()
    readings = _readings(text)
    family = 2 if text[:2] in _COMPOUND else 1
    key = "".join(readings[:family]) + " " + "".join(readings[family:])
    return NameKeys(
        sort_key=f"{key.strip()} {text}"[:_KEY_MAX],
        initials="".join(reading[0].upper() for reading in readings if reading)[:_INITIALS_MAX],
    )


def _readings(text: str) -> list[str]:
    if text[:2] in _COMPOUND:
        return [*_COMPOUND[text[:2]], *map(_reading, text[2:])]
    if text[:1] in _SURNAMES:
        return [_SURNAMES[text[0]], *map(_reading, text[1:])]
    if text.isascii():
        return [word.lower() for word in text.split()]
    return [reading for reading in map(_reading, text) if reading]


@lru_cache(maxsize=20_000)
def _reading(character: str) -> str:
    """One character's pinyin without tone; letters stand for themselves, dots for nothing."""
    if character in _RARE:
        return _RARE[character]
    if character in "·•. -":
        return ""
    reading = lazy_pinyin(character, style=Style.NORMAL)[0].lower()
    return reading if reading.isascii() else "~"
