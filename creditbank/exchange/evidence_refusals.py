"""Why a piece of evidence is not taken, in the learner's words and what to do about it."""

from __future__ import annotations

from enum import StrEnum

from creditbank.domain.claim_files import FILE_BYTES_MAX, PAGES_MAX
from creditbank.domain.errors import InvalidInputError, Message, Problem


class EvidenceRefusal(StrEnum):
    """Codes of files that are not taken."""

    EMPTY = "file_empty"
    TOO_BIG = "file_too_big"
    TOO_LARGE = "picture_too_large"
    TOO_SLOW = "file_too_slow"
    TOO_MANY_PAGES = "too_many_pages"
    UNKNOWN_TYPE = "file_type_unknown"
    HEIC = "file_heic"
    LOCKED = "file_locked"
    DAMAGED = "file_damaged"


class RefusedEvidenceError(Exception):
    """Raised while reading, in the child process."""

    def __init__(self, code: EvidenceRefusal) -> None:
        super().__init__(code)
        self.code = code


_HEIC_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"}
)
_BRANDS_WITHIN = 32
"""Of the first box: its brand, its version, and what else it is compatible with."""


def is_heic(content: bytes) -> bool:
    """Whether this is a photo as iPhones take it (ISO/IEC 23008-12, the box "ftyp")."""
    brands = {content[at : at + 4] for at in range(8, _BRANDS_WITHIN, 4)}
    return content[4:8] == b"ftyp" and not brands.isdisjoint(_HEIC_BRANDS)


_MEGABYTES = FILE_BYTES_MAX // 1024 // 1024
_WORDS = {
    EvidenceRefusal.EMPTY: Message(
        "文件是空的,请重新选择照片或 PDF。", "The file is empty; choose the photo or PDF again."
    ),
    EvidenceRefusal.TOO_BIG: Message(
        f"文件超过 {_MEGABYTES} MB,请缩小照片或另存为较小的 PDF 后再上传。",
        f"The file exceeds {_MEGABYTES} MB; make the photo or the PDF smaller.",
    ),
    EvidenceRefusal.TOO_LARGE: Message(
        "图片尺寸过大,无法处理;请用手机相机重新拍摄,或缩小后再上传。",
        "The picture has too many pixels; take it again with the phone's camera, or shrink it.",
    ),
    EvidenceRefusal.TOO_SLOW: Message(
        "文件太复杂,没能在规定时间内读完;请改为拍照上传。",
        "The file took too long to read; take a photo of the document instead.",
    ),
    EvidenceRefusal.TOO_MANY_PAGES: Message(
        f"PDF 须为1至{PAGES_MAX}页,请只保留证明所在的页。",
        f"A PDF has 1 to {PAGES_MAX} pages; keep only those that prove it.",
    ),
    EvidenceRefusal.UNKNOWN_TYPE: Message(
        "只能上传 JPEG、PNG、WebP 图片或 PDF,请换一个文件。",
        "Only JPEG, PNG and WebP pictures or a PDF are taken; choose another file.",
    ),
    EvidenceRefusal.HEIC: Message(
        "苹果手机的 HEIC 照片无法读取:请在“设置 > 相机 > 格式”中选“兼容性最佳”后重新拍照,"
        "或上传这张照片的截图。",
        "HEIC photos of iPhones can't be read: choose Settings > Camera > Formats > Most"
        " Compatible and take the photo again, or send a screenshot of it.",
    ),
    EvidenceRefusal.LOCKED: Message(
        "PDF 设有密码,无法打开;请取消密码后再上传。",
        "The PDF is protected by a password; take that away first.",
    ),
    EvidenceRefusal.DAMAGED: Message(
        "文件已损坏或不完整,请重新拍摄或重新导出。",
        "The file is damaged or incomplete; take the photo again, or export it anew.",
    ),
}


def refusal_message(code: EvidenceRefusal) -> Message:
    """What is said of such a file."""
    return _WORDS[code]


def evidence_refusal(code: EvidenceRefusal) -> InvalidInputError:
    """The refusal of a file as a whole, for the field "files"."""
    message = refusal_message(code)
    return InvalidInputError(message, problems=(Problem(code.value, message, field="files"),))
