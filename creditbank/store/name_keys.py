"""Sort keys and initials of names: the database has no collation for Chinese, so they are stored.

The key orders by pinyin in plain byte order (C.UTF-8), family name first; names that read the same
stay apart by their characters, and what nobody can read comes last.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from creditbank.domain.sheets import clean_text

_SURNAMES = {
    "单": "shan", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "盖": "ge", "缪": "miao",
    "曾": "zeng", "任": "ren", "华": "hua", "朴": "piao", "翟": "zhai", "尉": "wei", "宓": "mi",
    "覃": "qin", "乐": "yue", "黑": "he", "召": "shao", "员": "yun", "冼": "xian", "繁": "po",
    "秘": "bi", "折": "she", "种": "chong", "祭": "zhai", "哈": "ha", "那": "na", "卜": "bu",
    "乜": "nie", "都": "du", "阚": "kan", "么": "yao", "粘": "nian", "薄": "bo", "佴": "nai",
    "句": "gou", "郇": "xun", "隗": "wei", "长": "chang", "洗": "xian", "晟": "cheng",
}  # fmt: skip
"""Family names that are read otherwise than the same character elsewhere."""

_GIVEN = {"晟": "sheng", "隽": "jun", "珩": "heng", "伽": "jia", "婼": "ruo", "长": "chang"}
"""The same for given names."""

_COMPOUND_READINGS = {
    "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai", "乐正": "yue zheng",
    "亓官": "qi guan", "子车": "zi ju",
}  # fmt: skip
_PLAIN_COMPOUNDS = (
    "欧阳司马上官诸葛公孙皇甫夏侯慕容司徒司空东方独孤南宫西门轩辕端木百里呼延赫连闻人申屠太史公冶宗政濮阳"
    "淳于仲孙钟离闾丘司寇拓跋公羊东郭令狐鲜于宇文颛孙梁丘左丘巫马第五纳兰完颜"
)
_COMPOUND = frozenset(_COMPOUND_READINGS) | frozenset(
    _PLAIN_COMPOUNDS[start : start + 2] for start in range(0, len(_PLAIN_COMPOUNDS), 2)
)

_MISSING = {"𠮷": "ji"}
"""Characters of names that the dictionary does not have; 䶮, 𫖯 and the like it has."""

_DOTS = "·•・‧∙⋅.．"  # U+00B7 is the one in identity documents; the others are typed for it
_PARTS = re.compile(rf"[\s{re.escape(_DOTS)}]+")
_ASIDE = re.compile(r"[()\[\]<>,;:!?*]+")  # "王小明(大)": tells two of one name apart
_UNREADABLE = "~"
_KEY_MAX = 200
_INITIALS_MAX = 50
_LONGEST_NAME = 4
_FIRST_HAN = 0x2E80


@dataclass(frozen=True, slots=True)
class NameKeys:
    """sort_key: "wang xiaoming 王小明"; initials: "WXM"."""

    sort_key: str
    initials: str


def name_keys(name: str) -> NameKeys:
    """The keys of a name as it is written.

    Chinese: family name and given name ("ou yang" of 欧阳 is one word). Names in parts, whether
    Latin or joined by a middle dot (阿依古丽·买买提): the parts in their order. At most 200 and
    50 characters.
    """
    text = clean_text(name)
    words = _words(_ASIDE.sub(" ", text))
    spelled = " ".join("".join(syllable or _UNREADABLE for syllable in word) for word in words)
    initials = "".join(syllable[0].upper() for word in words for syllable in word if syllable)
    return NameKeys(f"{spelled} {text}"[:_KEY_MAX].strip(), initials[:_INITIALS_MAX])


def spelled_name(name: str) -> str:
    """A name for a paper in English: 王小明 -> "WANG Xiaoming", 欧阳娜 -> "OUYANG Na".

    Names in parts keep the order of their parts, and none of them is put in capitals. A character
    that nobody can read stays as it is; ü is written yu, as in passports (吕: LYU).
    """
    text = clean_text(name)
    parts = [part for part in _PARTS.split(_ASIDE.sub(" ", text)) if part]
    whole = "".join(parts)
    if _is_latin(whole):
        return text
    han_count = sum(ord(character) >= _FIRST_HAN for character in whole)
    if len(parts) > 1 or han_count > _LONGEST_NAME:
        return " ".join(_spelled(part, map(_reading, part)).capitalize() for part in parts)
    family, given = _family_and_given(whole)
    first = _spelled(whole[: len(family)], family).upper()
    return f"{first} {_spelled(whole[len(family) :], given).capitalize()}".strip()


def _spelled(characters: str, syllables: Iterable[str]) -> str:
    return "".join(
        syllable.replace("v", "yu") or character
        for character, syllable in zip(characters, syllables, strict=True)
    )


def spelled_words(text: str) -> str:
    """A title in pinyin without tones, a syllable for each character: 语文 -> "Yu wen"."""
    spelled = " ".join(lazy_pinyin(text, style=Style.NORMAL))
    spelled = re.sub(r"\s*([（(])\s*(.*?)\s*([)）])", r" (\2)", spelled)
    return spelled[:1].upper() + spelled[1:]


def initials_of(text: str) -> str:
    """The first letters of any text, such as "ztcj" of 粘贴成绩; not for names, see name_keys."""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).casefold()


def _words(text: str) -> list[list[str]]:
    """The syllables of each word of a name; a character that nobody can read is ""."""
    parts = [part for part in _PARTS.split(text) if part]
    if not parts:
        return []
    whole = "".join(parts)
    if _is_latin(whole):
        return [[_plain_letters(part)] for part in parts]
    han_count = sum(ord(character) >= _FIRST_HAN for character in whole)
    if any(dot in text for dot in _DOTS) or han_count > _LONGEST_NAME:
        return [[_reading(character) for character in part] for part in parts]
    return [word for word in _family_and_given(whole) if word]


def _family_and_given(name: str) -> tuple[list[str], list[str]]:
    family = name[:2]
    if len(name) > len(family) and family in _COMPOUND:
        syllables = _COMPOUND_READINGS.get(family)
        read = syllables.split() if syllables else [_reading(character) for character in family]
        return read, _given(name[2:])
    return [_SURNAMES.get(name[0]) or _reading(name[0])], _given(name[1:])


def _given(name: str) -> list[str]:
    return [_GIVEN.get(character) or _reading(character) for character in name]


@lru_cache(maxsize=20_000)
def _reading(character: str) -> str:
    """One character's pinyin without tone; a letter stands for itself; "" if there is none."""
    if character in _MISSING:
        return _MISSING[character]
    reading = lazy_pinyin(character, style=Style.NORMAL)[0].lower()
    letters = _plain_letters(reading)
    return letters if letters.isascii() and letters.isalnum() else ""


def _is_latin(text: str) -> bool:
    return _plain_letters(text).isascii()


def _plain_letters(text: str) -> str:
    """Lower case without accents: "Álvarez" -> "alvarez"."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(mark for mark in apart if not unicodedata.combining(mark)).lower()
