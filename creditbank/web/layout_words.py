"""What is said of a layout that does not do, in the reader's language."""

from __future__ import annotations

from creditbank.domain.errors import Message
from creditbank.papers.layouts import TOO_MUCH, LayoutError
from creditbank.web.languages import gettext as _

BUSY_SETTING = Message(
    "正在排版其他文件,请稍候再试。", "Other papers are being set; try again in a moment."
)


def fault_words(error: LayoutError) -> str:
    """The line, and what the compiler says of it; that is in English, as its manual is."""
    if str(error) == TOO_MUCH:
        return _("排版用的时间或内存过多，可能有过大的循环。")
    if error.line:
        return _("第 %(line)s 行：%(fault)s", line=error.line, fault=str(error))
    return _("文件须定义 title 和 body：%(fault)s", fault=str(error))
