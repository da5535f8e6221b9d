"""Sheets that need no walk: large ones, in which nothing but values in plain cells stands.

Walking through the XML of a hundred thousand rows takes longer than reading their values. What is
looked for here is found by searching bytes; whatever is written in any other way than programs
usually write it is walked through (exchange.sheet_xml), so that here nothing is ever believed.
"""

from __future__ import annotations

import re
import zipfile

from creditbank.exchange.limits import COLUMNS_MAX, TableLimits

_BEGINNING = re.compile(
    rb'<\?xml version="1\.0" encoding="(?:UTF|utf)-8"(?: standalone="yes")?\?>\s*'
    rb'<worksheet xmlns="http://schemas\.openxmlformats\.org/spreadsheetml/2006/main"'
)
_UNUSUAL_TAG = re.compile(
    rb'<(?!c r="|/c>|v>|/v>|row r="|/row>|is>|/is>|t>|/t>|t xml:space="preserve">)'
)
_UNUSUAL_PLACE = re.compile(rb'<c r="(?![A-Z][1-9]\d{0,4}"[ />])')
_PLACE = re.compile(rb'<c r="([A-Z]{1,3})([1-9]\d{0,6})"[ />]')
_NOT_VALUES = (b"\t", b"\r", b't="e"', b"t='e'", b" =", b"= ")
"""Errors, and whatever an attribute may look like that says the same in another way."""
_RARE = {b"\n": (b"\n=", b"=\n"), b"&": (b"&#",)}
"""More of these, by the byte that is looked for first: searching one is twenty times as fast."""
_FEW_BYTES = 500_000
"""Below this size a walk takes no time."""


def is_plain(archive: zipfile.ZipFile, member: str, limits: TableLimits) -> bool:
    """Whether all of a sheet is plain values within the limits; False where that is not certain."""
    if member not in archive.namelist() or archive.getinfo(member).file_size < _FEW_BYTES:
        return False
    head, opened, rest = archive.read(member).partition(b"<sheetData>")
    data, closed, tail = rest.partition(b"</sheetData>")
    if not (opened and closed and _BEGINNING.match(head)) or head.count(b"<?") > 1:
        return False
    around = head + tail
    if any(sign in around for sign in (b"<!", b"mergeCell", b"sheetData", b"<c ", b"<row", b":c ")):
        return False
    if _UNUSUAL_TAG.search(data) or any(sign in data for sign in _NOT_VALUES):
        return False
    if any(byte in data and any(sign in data for sign in _RARE[byte]) for byte in _RARE):
        return False
    return data.count(b"<c ") <= limits.cells and _is_within(data, limits)


def _is_within(data: bytes, limits: TableLimits) -> bool:
    """Whether no cell stands beyond the last row or column, and each says where it stands."""
    for unusual in _UNUSUAL_PLACE.finditer(data):
        place = _PLACE.match(data, unusual.start())
        if place is None or int(place[2]) > limits.rows or _column(place[1]) > COLUMNS_MAX:
            return False
    return True


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
