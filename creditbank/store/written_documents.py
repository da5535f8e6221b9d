"""YAML and JSON as people write it: plain values, and the line and column of each of them.

A number is kept as it was written: 2.5 is the text "2.5" and 0101 stays a course code, so that
nothing ever passes through a float. JSON is read by the same reader.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

import yaml

from creditbank.domain.errors import Fault, Message, Path
from creditbank.store.documents import DocumentError

BYTES_MAX = 2_000_000


class _Reader(yaml.SafeLoader):
    """Only null, true and false are more than text."""


_Reader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag in {"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"}
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Written:
    """A document as read: its value, and its nodes for finding a place again."""

    value: Any
    root: yaml.Node

    def place(self, path: Path) -> tuple[int, int]:
        """Line and column, both from 1, of the deepest part of a path that is there."""
        node, mark = self.root, self.root.start_mark
        for part in path:
            found = _child(node, part)
            if found is None:
                break
            node, mark = found
        return mark.line + 1, mark.column + 1


def read_written(text: str) -> Written:
    """Read one YAML or JSON document. DocumentError, with its place, for what is neither."""
    if len(text.encode()) > BYTES_MAX:
        raise _refused(
            code="too_long", zh="文件超过2MB,请拆分。", en="The file exceeds 2 MB; split it."
        )
    reader = None
    try:
        reader = _Reader(text)
        root = reader.get_single_node()
        if root is None:
            raise _refused(code="empty", zh="文件是空的。", en="The file is empty.")
        _refuse_repetitions(root, ())
        _refuse_signs(root, ())
        return Written(reader.construct_document(root), root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _refused(
            code="not_yaml",
            zh="不是有效的YAML,请检查缩进、冒号和引号。",
            en=f"This is not YAML: {error.problem}; check indentation.",
            at=(line, column),
        ) from None
    except yaml.YAMLError:
        raise _refused(
            code="not_text",
            zh="文件含有不能识别的字符。",
            en="The file holds characters of no text.",
        ) from None
    finally:
        if reader is not None:
            reader.dispose()


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node, yaml.Mark] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value, key.start_mark
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark
    return None


def _refuse_repetitions(node: yaml.Node, path: Path) -> None:
    """A field given twice would silently lose one of its values."""
    if isinstance(node, yaml.SequenceNode):
        for at, item in enumerate(node.value):
            _refuse_repetitions(item, (*path, at))
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                raise _refused(
                    code="repeated",
                    zh=f"字段 {key.value} 重复,请只保留一个。",
                    en=f"{key.value} is given twice; keep one.",
                    path=(*path, str(key.value)),
                    at=(key.start_mark.line + 1, key.start_mark.column + 1),
                )
            seen.add(key.value)
            _refuse_repetitions(value, (*path, str(key.value)))


def _refuse_signs(node: yaml.Node, path: Path) -> None:
    """Signs that no text has could be neither shown nor kept."""
    if isinstance(node, yaml.SequenceNode):
        for at, item in enumerate(node.value):
            _refuse_signs(item, (*path, at))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _refuse_signs(key, path)
            _refuse_signs(value, (*path, str(key.value)))
    elif any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in node.value):
        raise _refused(
            code="not_text",
            zh="含有不能识别的字符或换行,请删除。",
            en="This holds characters of no text, or a line break; remove them.",
            path=path,
            at=(node.start_mark.line + 1, node.start_mark.column + 1),
        )


def _refused(
    *, code: str, zh: str, en: str, path: Path = (), at: tuple[int, int] = (1, 1)
) -> DocumentError:
    line, column = at
    return DocumentError([Fault(path, code, Message(zh, en), line=line, column=column)])
