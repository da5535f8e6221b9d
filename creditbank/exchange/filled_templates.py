"""A school's own .xlsx or .docx with {{姓名}} and the like in it, filled in for learners.

What belongs here: finding the placeholders and putting values in their place, in the file's own
XML, so that everything else of the file stays as the school made it. There is no language in a
placeholder: it is a name, and one that is not known is refused when the file is uploaded.

A row of a sheet or of a table in a document that names something of a learner, or of a course, is
repeated for each of them.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape, unescape

from creditbank.exchange.archives import ZIP_MAGIC, checked_members
from creditbank.exchange.refusals import Refusal, RefusedFileError, refusal

Value = str | int | Decimal
Values = Mapping[str, Value]

_TAG = r"<[^<>]*>"
_PLACEHOLDER = re.compile(rf"\{{(?:{_TAG})*\{{((?:[^{{}}<>]|{_TAG})*)\}}(?:{_TAG})*\}}")
_TAGS = re.compile(_TAG)
_CELL = re.compile(r'<c r="([A-Z]+)(\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_ROW = re.compile(r'<row r="(\d+)"([^>]*?)(?:/>|>(.*?)</row>)', re.DOTALL)
_TABLE_ROW = re.compile(r"<w:tr[ >](?:(?!<w:tr[ >]).)*?</w:tr>", re.DOTALL)
_STRING = re.compile(r"<si>(.*?)</si>|<si/>", re.DOTALL)
_INLINE = re.compile(r"<is>(.*?)</is>", re.DOTALL)
_TEXT = re.compile(r"<t(?: [^>]*)?>(.*?)</t>", re.DOTALL)
_PHONETIC = re.compile(r"<rPh .*?</rPh>", re.DOTALL)
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)")
_REFERENCES = re.compile(r'( (?:ref|sqref)=")([^"]*)(")')
_SHEET = re.compile(r"xl/worksheets/sheet\d+\.xml")
_PARTS = re.compile(r"word/(?:document|header\d*|footer\d*)\.xml")
_EXTERNAL = b'TargetMode="External"'
_STRINGS = "xl/sharedStrings.xml"
_NUMBERED = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
_DECLARED = re.compile(r"""^(<\?xml[^>]*encoding=["'])[^"']*(["'])""")
_ASCII_LAST = 0x7F


def _spelled_out(name: str, part: bytes) -> bytes:
    """The XML of a part that is filled in, as UTF-8 without numbers for letters.

    Some programs write every letter outside ASCII as its number: &#23398; for 学.
    """
    if not (_SHEET.fullmatch(name) or _PARTS.fullmatch(name) or name == _STRINGS):
        return part
    try:
        text = part.decode()
    except UnicodeDecodeError as error:
        raise refusal(Refusal.NO_TEMPLATE) from error
    return _NUMBERED.sub(_letter, _DECLARED.sub(r"\1UTF-8\2", text, count=1)).encode()


def _letter(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else int(match[2])
    is_letter = number > _ASCII_LAST and number <= sys.maxunicode and chr(number).isprintable()
    return chr(number) if is_letter else match[0]


class Template:
    """An uploaded file. Raises InvalidInputError where it is none that can be filled in."""

    def __init__(self, content: bytes) -> None:
        if not content.startswith(ZIP_MAGIC):
            raise refusal(Refusal.NO_TEMPLATE)
        try:
            archive = checked_members(content)
        except RefusedFileError as error:
            raise refusal(error.code, error.place) from error
        self._members = {
            item.filename: _spelled_out(item.filename, archive.read(item))
            for item in archive.infolist()
        }
        names = self._members.keys()
        self.kind = "docx" if "word/document.xml" in names else "xlsx"
        if self.kind == "xlsx" and "xl/workbook.xml" not in names:
            raise refusal(Refusal.NO_TEMPLATE)
        if any(_EXTERNAL in part for name, part in self._members.items() if _loads(name)):
            raise refusal(Refusal.EXTERNAL)
        found = self._members.get(_STRINGS, b"").decode()
        self._strings = [_string(match[1] or "") for match in _STRING.finditer(found)]

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names in the file, each once, in their order."""
        found = [_name(match) for text in self._texts() for match in _PLACEHOLDER.finditer(text)]
        return tuple(dict.fromkeys(found))

    def repeats(self, names: frozenset[str]) -> bool:
        """Whether a row names one of these, and so is repeated."""
        if self.kind == "docx":
            rows = [
                row for part in self._parts(_PARTS).values() for row in _TABLE_ROW.findall(part)
            ]
            return any(names & _names(row) for row in rows)
        return any(names & _names(text) for text in self._texts())

    def filled(self, values: Values, rows: Sequence[Values], of_row: frozenset[str]) -> bytes:
        """The file with these values; rows that name one of of_row once for each of the rows."""
        members = dict(self._members)
        if self.kind == "docx":
            for name, part in self._parts(_PARTS).items():
                members[name] = _document(part, values, rows, of_row).encode()
        else:
            for name, part in self._parts(_SHEET).items():
                members[name] = self._sheet(part, values, rows, of_row).encode()
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content)
        return target.getvalue()

    def _parts(self, pattern: re.Pattern[str]) -> dict[str, str]:
        return {
            name: part.decode() for name, part in self._members.items() if pattern.fullmatch(name)
        }

    def _texts(self) -> list[str]:
        """Whatever may hold a name: of a workbook its texts, shared or in their cells."""
        if self.kind == "docx":
            return list(self._parts(_PARTS).values())
        sheets = self._parts(_SHEET).values()
        return self._strings + [
            _string(text) for sheet in sheets for text in _INLINE.findall(sheet)
        ]

    def _sheet(
        self, part: str, values: Values, rows: Sequence[Values], of_row: frozenset[str]
    ) -> str:
        """A worksheet: rows repeated, those below moved down, and what refers to them with them."""
        added: list[tuple[int, int]] = []
        made: list[str] = []
        for match in _ROW.finditer(part):
            number, shift = int(match[1]), sum(more for _, more in added)
            is_repeated = bool(of_row & self._names_in(match[3] or ""))
            fills = [{**values, **row} for row in rows] if is_repeated else [values]
            made += [self._row(match, number + shift + at, fill) for at, fill in enumerate(fills)]
            if len(fills) != 1:
                added.append((number, len(fills) - 1))
        if not made:
            return part
        start = part.index("<row ")
        end = max(match.end() for match in _ROW.finditer(part))
        return _moved(part[:start], added) + "".join(made) + _moved(part[end:], added)

    def _names_in(self, cells: str) -> frozenset[str]:
        texts = (self._text(match[3] + (match[4] or "")) for match in _CELL.finditer(cells))
        return frozenset(name for text in texts if text for name in _names(text))

    def _text(self, cell: str) -> str | None:
        """The text of a cell, shared or its own; None for numbers and formulas."""
        inline = _INLINE.search(cell)
        if inline is not None:
            return _string(inline[1])
        number = re.search(r"<v>(\d+)</v>", cell)
        return self._strings[int(number[1])] if ' t="s"' in cell and number else None

    def _row(self, match: re.Match[str], number: int, values: Values) -> str:
        def cell(found: re.Match[str]) -> str:
            place, style = f"{found[1]}{number}", re.sub(r' t="\w+"', "", found[3])
            text = self._text(found[3] + (found[4] or ""))
            if text is None or not _PLACEHOLDER.search(text):
                rest = f">{found[4]}</c>" if found[4] is not None else "/>"
                return f'<c r="{place}"{found[3]}{rest}'
            return _filled_cell(place, style, text, values)

        return f'<row r="{number}"{match[2]}>{_CELL.sub(cell, match[3] or "")}</row>'


def _loads(name: str) -> bool:
    """Whether a part says what is fetched when the file is opened; links of the text are not."""
    return name.endswith(("settings.xml.rels", "workbook.xml.rels")) or "externalLink" in name


def _string(item: str) -> str:
    return unescape("".join(_TEXT.findall(_PHONETIC.sub("", item))))


def _name(match: re.Match[str]) -> str:
    return "".join(_TAGS.sub("", match[1]).split())


def _names(text: str) -> frozenset[str]:
    return frozenset(_name(match) for match in _PLACEHOLDER.finditer(text))


def _filled_cell(place: str, style: str, text: str, values: Values) -> str:
    """A number where nothing but a number stands in the cell; all else is text, never a formula."""
    whole = _PLACEHOLDER.fullmatch(text.strip())
    value = values.get(_name(whole), "") if whole else ""
    if isinstance(value, int | Decimal):
        return f'<c r="{place}"{style}><v>{value}</v></c>'
    said = _PLACEHOLDER.sub(lambda match: str(values.get(_name(match), "")), text)
    kept = f'<is><t xml:space="preserve">{escape(said)}</t></is>'
    return f'<c r="{place}"{style} t="inlineStr">{kept}</c>'


def _document(part: str, values: Values, rows: Sequence[Values], of_row: frozenset[str]) -> str:
    def row(match: re.Match[str]) -> str:
        if not of_row & _names(match[0]):
            return match[0]
        return "".join(_in_text(match[0], {**values, **own}) for own in rows)

    return _in_text(_TABLE_ROW.sub(row, part), values)


def _in_text(part: str, values: Values) -> str:
    """Values in place of names that Word may have cut into runs: the tags between are kept."""

    def put(match: re.Match[str]) -> str:
        tags = "".join(_TAGS.findall(match[0]))
        return escape(str(values.get(_name(match), ""))) + tags

    return _PLACEHOLDER.sub(put, part)


def _moved(part: str, added: Sequence[tuple[int, int]]) -> str:
    """References to cells below repeated rows moved down with them."""

    def row_of(row: int, *, is_end: bool) -> int:
        return row + sum(more for at, more in added if row > at or (is_end and row == at))

    def area(text: str) -> str:
        first, _, last = text.partition(":")
        return ":".join(
            _AREA.sub(_at(row_of, is_end=is_end), end)
            for end, is_end in ((first, False), (last, True))
            if end
        )

    return _REFERENCES.sub(
        lambda found: found[1] + " ".join(map(area, found[2].split(" "))) + found[3], part
    )


def _at(row_of: Callable[..., int], *, is_end: bool) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{found[1]}{row_of(int(found[2]), is_end=is_end)}"
