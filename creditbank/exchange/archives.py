"""Zipped workbooks (.xlsx, .ods), judged before anything in them is opened.

Runs in the child process of creditbank.exchange.reading, and for templates. Only sizes, names and
first bytes are looked at here; what stands in the sheets is read elsewhere.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from creditbank.exchange.limits import (
    MEMBERS_MAX,
    PACKING_RATIO_CHECKED_FROM_BYTES,
    PACKING_RATIO_MAX,
    UNPACKED_BYTES_MAX,
)
from creditbank.exchange.refusals import Refusal, RefusedFileError

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_NESTED_MAGICS = (ZIP_MAGIC, OLE_MAGIC, b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b\x08")


def checked_archive(content: bytes) -> tuple[zipfile.ZipFile, str]:
    """The opened archive and its kind, "xlsx" or "ods". RefusedFileError says why not."""
    archive = checked_members(content, _kind)
    return archive, _kind(archive)


def checked_members(
    content: bytes, kind_of: Callable[[zipfile.ZipFile], str] = lambda _archive: ""
) -> zipfile.ZipFile:
    """The opened archive, every member of which was judged and read to its end.

    kind_of: refuses what it does not know, before the members are opened.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
        _check_sizes(members)
        kind_of(archive)
        for member in members:
            _check_member(archive, member)
        # Reads every member to its end: sizes that lie, cut files and bad sums come to light here.
        if archive.testzip() is not None:
            raise RefusedFileError(Refusal.DAMAGED)
    except (
        zipfile.BadZipFile,
        EOFError,
        KeyError,
        NotImplementedError,
        OSError,
        ValueError,
    ) as error:
        raise RefusedFileError(Refusal.DAMAGED) from error
    return archive


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    code = Refusal.UNPACKS_TOO_BIG
    if len(members) > MEMBERS_MAX or sum(item.file_size for item in members) > UNPACKED_BYTES_MAX:
        raise RefusedFileError(code)
    for item in members:
        is_large = item.file_size > PACKING_RATIO_CHECKED_FROM_BYTES
        if is_large and item.file_size > PACKING_RATIO_MAX * max(item.compress_size, 1):
            raise RefusedFileError(code)


def _kind(archive: zipfile.ZipFile) -> str:
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise RefusedFileError(Refusal.BINARY_WORKBOOK)
    if "mimetype" not in names or archive.read("mimetype").strip() != _ODS_TYPE:
        raise RefusedFileError(Refusal.NOT_A_TABLE)
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise RefusedFileError(Refusal.ENCRYPTED)
    return "ods"


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    name = member.filename.lower()
    if member.flag_bits & 1:
        raise RefusedFileError(Refusal.ENCRYPTED)
    if name.endswith("vbaproject.bin") or name.startswith(("basic/", "scripts/")):
        raise RefusedFileError(Refusal.MACROS)
    if member.is_dir():
        return
    with archive.open(member) as stream:
        first = stream.read(8)
    if first.startswith(_NESTED_MAGICS):
        raise RefusedFileError(Refusal.NESTED)
