"""Evidence is known by its content and drawn anew; what is hostile is refused within limits."""

from __future__ import annotations

import io
import zlib
from struct import pack

import pytest
from PIL import Image

from creditbank.domain.claim_files import FILE_BYTES_MAX, PAGES_MAX, SIDE_MAX, MediaType
from creditbank.domain.errors import InvalidInputError
from creditbank.exchange.evidence_files import read_evidence_file

LATITUDE = b"36.2889"


def written(picture: Image.Image, kind: str, **options: object) -> bytes:
    found = io.BytesIO()
    picture.save(found, kind, **options)
    return found.getvalue()


def plain(size: tuple[int, int] = (640, 480)) -> Image.Image:
    return Image.new("RGB", size, "#336699")


def photo() -> bytes:
    """Taken with the phone held upright, at a place that it notes."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[29] = LATITUDE.decode()
    exif[0x010E] = LATITUDE.decode()
    return written(plain(), "JPEG", exif=exif)


def bomb() -> bytes:
    """A PNG that says it has ten thousand million pixels, in a few bytes."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return pack(">I", len(content)) + name + content + pack(">I", zlib.crc32(name + content))

    head = pack(">IIBBBBB", 100_000, 100_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


def pdf(pages: int) -> bytes:
    return written(plain(), "PDF", save_all=True, append_images=[plain()] * (pages - 1))


def test_a_photo_is_drawn_upright_and_says_no_more_where_it_was_taken():
    content = photo()
    assert LATITUDE in content
    found = read_evidence_file(content)
    (page,) = found.pages
    assert (found.media_type, page.width, page.height) == (MediaType.JPEG, 480, 640)
    assert LATITUDE not in page.picture
    assert not Image.open(io.BytesIO(page.picture)).getexif()
    assert found.original == b""


def test_a_large_photo_is_kept_no_larger_than_it_is_looked_at():
    (page,) = read_evidence_file(written(plain((6_000, 4_000)), "JPEG")).pages
    assert max(page.width, page.height) == SIDE_MAX


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_pictures_of_other_kinds_come_out_as_jpeg_on_white(kind):
    content = written(Image.new("RGBA", (60, 40), (255, 0, 0, 0)), kind)
    found = read_evidence_file(content)
    drawn = Image.open(io.BytesIO(found.pages[0].picture))
    assert (found.media_type.value, drawn.format) == (f"image/{kind.lower()}", "JPEG")
    assert drawn.getpixel((5, 5)) == (255, 255, 255)


def test_every_page_of_a_pdf_is_a_picture_and_the_document_is_kept():
    content = pdf(3)
    found = read_evidence_file(content)
    assert (found.media_type, len(found.pages)) == (MediaType.PDF, 3)
    assert found.original == content
    assert all(page.picture.startswith(b"\xff\xd8\xff") for page in found.pages)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xff\xd8\xff" + b"0" * FILE_BYTES_MAX, "file_too_big"),
        (bomb(), "picture_too_large"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
         "file_type_unknown"),
        (b"MZ\x90\x00 photo.jpg", "file_type_unknown"),
        (b"GIF89a\x01\x00\x01\x00", "file_type_unknown"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "file_heic"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00mif1heix", "file_heic"),
        (b"\x00\x00\x00\x18ftypheix" + bytes(FILE_BYTES_MAX), "file_heic"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00mp41avc1", "file_type_unknown"),
        (photo()[:700], "file_damaged"),
        (b"%PDF-1.7\n1 0 obj <</Type/Catalog", "file_damaged"),
        (pdf(PAGES_MAX + 1), "too_many_pages"),
    ],
)  # fmt: skip
def test_what_is_no_evidence_is_refused_with_its_reason(content, code):
    with pytest.raises(InvalidInputError) as error:
        read_evidence_file(content)
    assert [problem.code for problem in error.value.problems] == [code]
    assert error.value.problems[0].field == "files"
