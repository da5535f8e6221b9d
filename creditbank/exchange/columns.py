"""Where the heading of a table stands, of one row or several, and which column is which.

What belongs here: titles above, merged cells, rows of heading under each other, empty columns. What
a heading may be called is data (exchange.heading_words); what a school has answered goes above it,
and what is a course is asked of whoever knows the school's courses.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from creditbank.domain.columns import IGNORED, Column, MatchedTable, course_in, course_meaning
from creditbank.domain.sheets import ParsedSheet
from creditbank.exchange.heading_words import (
    HeadingWords,
    mark_words,
    plain_heading,
    without_hints,
)
from creditbank.exchange.refusals import Refusal, refusal

HEADER_WITHIN_ROWS = 20
_HEADER_ROWS_MAX = 3
_PAIR, _NEAR = 2, 0.7
"""One word that is known may stand anywhere; two of them are a heading."""
_CODE = re.compile(r"[A-Za-z0-9-]{2,20}")
_DATA = re.compile(r"[0-9]{4,}[0-9Xx]*|\d+(?:\.\d+)?")

CourseOf = Callable[[str], str | None]
"""What to write for the course that a heading means; None where it means none."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What headings may mean here. answers: of this school, by key of the heading."""

    words: HeadingWords
    answers: Mapping[str, str]
    course_of: CourseOf = lambda _text: None
    guess: CourseOf = lambda _text: None
    """The course that a heading may well mean."""


def match_table(sheets: Sequence[ParsedSheet], vocabulary: Vocabulary) -> MatchedTable:
    """The table among the sheets of a file, its heading found and every column looked at.

    Of all sheets the one whose heading is understood best. Raises InvalidInputError where no row
    looks like a heading.
    """
    if not any(text for sheet in sheets for row in sheet.rows for text in row):
        raise refusal(Refusal.EMPTY_FILE)
    bands = [found for sheet in sheets for found in _bands(sheet, vocabulary)]
    if not bands:
        raise refusal(Refusal.NO_HEADING)
    best = max(bands, key=lambda band: band.score)
    return _asked(best.table, vocabulary)


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows that may be a heading."""

    table: MatchedTable
    score: tuple[int, int, bool, int, int]


def _bands(sheet: ParsedSheet, vocabulary: Vocabulary) -> Iterator[_Band]:
    width = max(map(len, sheet.rows), default=0)
    for row in range(1, min(len(sheet.rows), HEADER_WITHIN_ROWS) + 1):
        for height in range(1, _HEADER_ROWS_MAX + 1):
            found = _band(sheet, row, height, width, vocabulary)
            if found is not None:
                yield found


def _band(
    sheet: ParsedSheet, row: int, height: int, width: int, vocabulary: Vocabulary
) -> _Band | None:
    last = row + height - 1
    if last > len(sheet.rows) or not any(sheet.rows[row - 1]):
        return None
    if height > 1 and not _goes_on(sheet, row, last):
        return None
    columns = tuple(_columns(sheet, row, last, width, vocabulary))
    meanings = {column.meaning for column in columns}
    fields = meanings & vocabulary.words.fields.keys()
    is_about = bool(fields & set(vocabulary.words.identities))
    headed = [column for column in columns if column.heading]
    found = len(fields) + sum(course_in(meaning) is not None for meaning in meanings)
    if (not is_about and found < _PAIR) or len(headed) < _PAIR:
        return None
    missing = sum(not fields & set(group) for group in vocabulary.words.needed)
    table = MatchedTable(sheet, row, last + 1, columns)
    return _Band(table, (-missing, found, _names_somebody(sheet, row, vocabulary), height, -row))


def _names_somebody(sheet: ParsedSheet, row: int, vocabulary: Vocabulary) -> bool:
    """Whether a row by itself says where the learner stands: a title does not."""
    words = vocabulary.words
    sought = {field for group in words.needed for field in group}
    return any(words.by_word.get(plain_heading(text)) in sought for text in sheet.rows[row - 1])


def _goes_on(sheet: ParsedSheet, row: int, last: int) -> bool:
    """Whether the rows below the first still are heading: no numbers, and nothing stands alone."""
    below = [
        (text, column)
        for under in range(row + 1, last + 1)
        for column, text in enumerate(sheet.rows[under - 1], start=1)
        if text
    ]
    if not below or not any(sheet.rows[last - 1]):
        return False
    first = sheet.rows[row - 1]
    are_codes = not _starts_alike(sheet, row, last) and all(
        _CODE.fullmatch(text) and column <= len(first) and _over(sheet, row, column)
        for text, column in below
    )
    return are_codes or not any(_DATA.fullmatch(text) for text, _column in below)


def _starts_alike(sheet: ParsedSheet, row: int, last: int) -> bool:
    """Whether the first column goes on below: then a learner begins there."""
    first = next((at for at, text in enumerate(sheet.rows[row - 1], start=1) if text), 1)
    return any(sheet.text(under, first) for under in range(row + 1, last + 1))


def _over(sheet: ParsedSheet, row: int, column: int) -> str:
    """What stands over a column in a row of heading: its own text, or of the cells it is under."""
    text = sheet.text(row, column)
    if text:
        return text
    for area in sheet.merged:
        if area.first_row <= row <= area.last_row and (
            area.first_column <= column <= area.last_column
        ):
            return sheet.text(area.first_row, area.first_column)
    return ""


def _columns(
    sheet: ParsedSheet, row: int, last: int, width: int, vocabulary: Vocabulary
) -> Iterator[Column]:
    has_totals = _courses_with_totals(sheet, row, last, width, vocabulary)
    taken: set[str] = set()
    for number in range(1, width + 1):
        parts = _parts(sheet, row, last, number)
        if not parts and not _has_data(sheet, last + 1, number):
            continue
        key = "|".join(map(plain_heading, parts))
        meaning = _meaning(parts, key, vocabulary, has_totals)
        if meaning in vocabulary.words.fields and meaning in taken:
            meaning = ""  # one of two is right, and only the school knows which
        taken.add(meaning)
        yield Column(number, "/".join(parts), key, meaning)


def _parts(sheet: ParsedSheet, row: int, last: int, column: int) -> tuple[str, ...]:
    """The texts over a column from above, each once. An upper row goes on to the right.

    In a file without merged cells (CSV) an upper text counts for the empty cells right of it that
    have a heading of their own below.
    """
    texts = [_over(sheet, at, column) for at in range(row, last + 1)]
    lower = next((text for text in reversed(texts) if text), "")
    for at, text in enumerate(texts[:-1]):
        if not text and lower and not sheet.merged:
            texts[at] = _left_of(sheet, row + at, column, last)
    return tuple(dict.fromkeys(text for text in texts if text))


def _left_of(sheet: ParsedSheet, row: int, column: int, last: int) -> str:
    for at in range(column - 1, 0, -1):
        text = sheet.text(row, at)
        if text:
            under = any(sheet.text(below, at) for below in range(row + 1, last + 1))
            return text if under else ""
    return ""


def _has_data(sheet: ParsedSheet, first_row: int, column: int) -> bool:
    return any(sheet.text(row, column) for row in range(first_row, len(sheet.rows) + 1))


def _courses_with_totals(
    sheet: ParsedSheet, row: int, last: int, width: int, vocabulary: Vocabulary
) -> frozenset[str]:
    """Courses under which one column is the total; "" where a total stands by itself."""
    found = set()
    for number in range(1, width + 1):
        parts = _parts(sheet, row, last, number)
        if parts and plain_heading(parts[-1]) in mark_words().totals:
            found.add(_course(parts[:-1], vocabulary) or "")
    return frozenset(found)


def _course(parts: Sequence[str], vocabulary: Vocabulary) -> str | None:
    if not vocabulary.words.has_courses:
        return None
    return next((course for text in parts if (course := _course_of(text, vocabulary))), None)


def _course_of(text: str, vocabulary: Vocabulary) -> str | None:
    """The course of a heading, also where 成绩 or the like is said after it."""
    found = vocabulary.course_of(text)
    if found is not None:
        return found
    bare = plain_heading(without_hints(text))
    for ending in mark_words().endings:
        if bare.endswith(ending) and bare != ending:
            found = vocabulary.course_of(bare.removesuffix(ending))
            if found is not None:
                return found
    return vocabulary.course_of(bare) if bare else None


def _meaning(
    parts: Sequence[str], key: str, vocabulary: Vocabulary, has_totals: frozenset[str]
) -> str:
    if key in vocabulary.answers or not parts:
        return vocabulary.answers.get(key, "")
    course = _course(parts[:-1], vocabulary)
    if course is not None:
        return _part_of_course(course, parts, vocabulary, has_totals)
    words = vocabulary.words
    said = {plain_heading(parts[-1]), plain_heading(without_hints(parts[-1]))}
    field = next((words.by_word[word] for word in said if word in words.by_word), "")
    own = _course(parts[-1:], vocabulary)
    if field or own:
        return field or course_meaning(own or "")
    is_part = words.has_courses and "" in has_totals and said & mark_words().components
    return IGNORED if is_part or said & words.ignored else ""


def _part_of_course(
    course: str, parts: Sequence[str], vocabulary: Vocabulary, has_totals: frozenset[str]
) -> str:
    """A column under a course: its total, its code, or a part of the mark."""
    said = plain_heading(parts[-1])
    if said in mark_words().totals:
        return course_meaning(course)
    if said in mark_words().components:
        return IGNORED if course in has_totals else ""
    coded = vocabulary.course_of(f"{parts[-2]}({parts[-1]})")
    return course_meaning(coded) if coded else ""


def _asked(table: MatchedTable, vocabulary: Vocabulary) -> MatchedTable:
    """The table with what is missing, and with a guess for each column that nobody knows.

    A mark whose course no column names is of one course, which has to be said; beside courses it
    sums them up.
    """
    found = {column.meaning for column in table.columns}
    courses = [meaning for meaning in found if course_in(meaning) is not None]
    is_unnamed = "mark" in found and "course" not in found
    columns = tuple(
        replace(column, meaning=IGNORED if courses else "")
        if is_unnamed and column.meaning == "mark"
        else column
        for column in table.columns
    )
    titles = [text for row in table.sheet.rows[: table.header_row - 1] for text in row if text]
    columns = tuple(
        column
        if column.meaning
        else replace(column, suggested=_guess(column, titles, found, vocabulary))
        for column in columns
    )
    missing = tuple(group for group in vocabulary.words.needed if not found.intersection(group))
    is_asked = any(not column.meaning for column in columns)
    if vocabulary.words.has_courses and not courses and "mark" not in found and not is_asked:
        missing += (("mark",),)
    return replace(table, columns=columns, missing=missing)


def _guess(
    column: Column, titles: Sequence[str], taken: Collection[str], vocabulary: Vocabulary
) -> str:
    if not column.heading:
        return IGNORED
    said = plain_heading(column.heading.rpartition("/")[2])
    near = difflib.get_close_matches(said, vocabulary.words.by_word, n=1, cutoff=_NEAR)
    field = vocabulary.words.by_word[near[0]] if near else ""
    if field and field not in taken:
        return field
    if not vocabulary.words.has_courses:
        return ""
    of_total = said in mark_words().totals | mark_words().components
    for text in [column.heading.partition("/")[0], *(titles if of_total else ())]:
        found = vocabulary.guess(text)
        if found is not None:
            return course_meaning(found)
    return ""
