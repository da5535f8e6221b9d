"""Files that mean harm, or came to harm. Small to store, made when asked for."""

from __future__ import annotations

import io
import zipfile

import xlsxwriter

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_ODS_SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
    for prefix in ("office", "table", "text")
)
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def archive_of(members: dict[str, str | bytes]) -> bytes:
    """A zip archive of these members, packed."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def xlsx_from_xml(sheet_data: str, *, prologue: str = "", shared: str = "") -> bytes:
    """A workbook whose one sheet has this <sheetData> content, written by hand."""
    return archive_of(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship '
            f'Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="成绩" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
            "</Relationships>",
            "xl/sharedStrings.xml": f"<sst {_MAIN}><si><t>{shared}</t></si></sst>",
            "xl/worksheets/sheet1.xml": f"{prologue}<worksheet {_MAIN}><sheetData>{sheet_data}"
            "</sheetData></worksheet>",
        }
    )


def ods_from_xml(rows: str) -> bytes:
    """An OpenDocument sheet with these table rows, written by hand."""
    return archive_of(
        {
            "mimetype": ODS_TYPE,
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": f"<office:document-content {_ODS_SPACES}><office:body>"
            f'<office:spreadsheet><table:table table:name="S">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def far_cell() -> bytes:
    """A workbook of 5 KB with something in its very last cell."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("S")
        sheet.write("A1", "学号")
        sheet.write("XFD1048576", 1)
    return target.getvalue()


def far_ods_cell() -> bytes:
    """The same in OpenDocument, by repetition."""
    value = '<table:table-cell office:value-type="float" office:value="1"/>'
    return ods_from_xml(
        f'<table:table-row table:number-rows-repeated="1048575">{value}</table:table-row>'
    )


def repeated_text() -> bytes:
    """A workbook of 0.5 MB that shows one text of 30,000 characters 200,000 times."""
    cells = "".join(
        f'<row r="{row}">' + '<c t="s"><v>0</v></c>' * 100 + "</row>" for row in range(1, 2_001)
    )
    return xlsx_from_xml(cells, shared="长" * 30_000)


def billion_laughs() -> bytes:
    """A sheet whose document type multiplies an entity."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return xlsx_from_xml(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row>',
        prologue=f'<!DOCTYPE worksheet [<!ENTITY l0 "laugh">{entities}]>',
    )


def lying_sizes(content: bytes) -> bytes:
    """The archive with its central directory saying that each member unpacks to one byte."""
    altered = bytearray(content)
    at = altered.find(b"PK\x01\x02")
    while at != -1:
        altered[at + 24 : at + 28] = (1).to_bytes(4, "little")
        at = altered.find(b"PK\x01\x02", at + 4)
    return bytes(altered)


def wide_bomb() -> bytes:
    """Many members of a harmless size each."""
    member = bytes(9 * 1024 * 1024)
    return archive_of({"xl/workbook.xml": "<w/>", **{f"xl/m{n}.bin": member for n in range(12)}})
