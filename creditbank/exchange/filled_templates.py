"""A school's own .xlsx or .docx with {{姓名}} and the like in it, filled in for learners.

What belongs here: which file is a template, and putting one together again. Values are put into the
file's own XML, so that everything else of the file stays as the school made it. There is no
language in a placeholder: it is a name, and one that is not known is refused when the file is
uploaded.

A row of a sheet or of a table in a document that names something of a learner, or of a course, is
repeated for each of them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from creditbank.exchange import sheet_templates, word_templates
from creditbank.exchange.archives import ZIP_MAGIC, checked_members
from creditbank.exchange.refusals import Refusal, RefusedFileError, refusal
from creditbank.exchange.sheet_references import BOOK, CALCULATIONS
from creditbank.exchange.template_xml import BYTES_MAX, Values

__all__ = ["Template", "Values"]

_EXTERNAL = b'TargetMode="External"'


class Template:
    """An uploaded file. Raises InvalidInputError where it is none that can be filled in."""

    def __init__(self, content: bytes) -> None:
        self._members = _opened(content)
        is_document = "word/document.xml" in self._members
        if not is_document and BOOK not in self._members:
            raise refusal(Refusal.NO_TEMPLATE)
        if any(_EXTERNAL in part for name, part in self._members.items() if _loads(name)):
            raise refusal(Refusal.EXTERNAL)
        module = word_templates if is_document else sheet_templates
        if sum(len(part) for name, part in self._members.items() if module.is_filled(name)) > (
            BYTES_MAX
        ):
            raise refusal(Refusal.UNPACKS_TOO_BIG)
        self.kind = "docx" if is_document else "xlsx"
        self._file = (
            word_templates.WordTemplate(self._members)
            if is_document
            else sheet_templates.SheetTemplate(self._members)
        )

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names in the file, each once, in their order."""
        return tuple(dict.fromkeys(self._file.names()))

    def repeats(self, names: frozenset[str]) -> bool:
        """Whether a row names one of these, and so is repeated."""
        return self._file.repeats(names)

    def filled(self, values: Values, rows: Sequence[Values], of_row: frozenset[str]) -> bytes:
        """The file with these values; rows that name one of of_row once for each of the rows."""
        members = self._members | self._file.filled(values, rows, of_row)
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                if name != CALCULATIONS:
                    archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content)
        return target.getvalue()


def _opened(content: bytes) -> dict[str, bytes]:
    if not content.startswith(ZIP_MAGIC):
        raise refusal(Refusal.NO_TEMPLATE)
    try:
        archive = checked_members(content)
    except RefusedFileError as error:
        raise refusal(error.code, error.place) from error
    return {item.filename: archive.read(item) for item in archive.infolist()}


def _loads(name: str) -> bool:
    """Whether a part says what is fetched when the file is opened; links of the text are not."""
    return name.endswith(("settings.xml.rels", "workbook.xml.rels")) or "externalLink" in name
