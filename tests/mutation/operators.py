"""The small changes that tests must notice, each as an edit of one node of a syntax tree.

Left alone, because no behaviour of the engine hangs on them: docstrings, annotations, decorators,
default arguments, fields of classes, imports, the messages of exceptions, and the `strict` of a
`zip`, which says what cannot be.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.Break: ast.Continue,
    ast.Continue: ast.Break,
}  # fmt: skip
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}


@dataclass(frozen=True, slots=True)
class Edit:
    """One change. Inside `with edit.made():` the tree holds it; afterwards it is as before."""

    words: str
    put: Callable[[ast.AST | list[ast.expr]], None]
    old: ast.AST | list[ast.expr]
    new: ast.AST | list[ast.expr]

    @contextmanager
    def made(self) -> Iterator[None]:
        self.put(self.new)
        try:
            yield
        finally:
            self.put(self.old)


def edits(tree: ast.AST) -> Iterator[Edit]:
    """Every edit of a function or of the value of an assignment, in the order of the text."""
    for field, value in ast.iter_fields(tree):
        if field in {"annotation", "returns", "decorator_list", "defaults", "kw_defaults"}:
            continue
        items = value if isinstance(value, list) else [value]
        for place, node in enumerate(items):
            if not isinstance(node, ast.AST) or _is_left_alone(node):
                continue
            put = _setter(tree, field, place if isinstance(value, list) else None)
            for new in (*_conditions(field, node), *_replacements(node)):
                ast.copy_location(new, node)
                ast.fix_missing_locations(new)
                yield Edit(_words(tree, node, new), put, node, new)
            if not isinstance(node, ast.Raise):
                yield from edits(node)
        if field in {"ifs", "cases", "keywords"} and isinstance(value, list):
            yield from _without_one(tree, field, value)


def _setter(
    parent: ast.AST, field: str, place: int | None
) -> Callable[[ast.AST | list[ast.expr]], None]:
    def put(node: ast.AST | list[ast.expr]) -> None:
        if place is None:
            setattr(parent, field, node)
        else:
            getattr(parent, field)[place] = node

    return put


def _without_one(tree: ast.AST, field: str, items: list[ast.expr]) -> Iterator[Edit]:
    """A filter, a case or a keyword argument left out; a match keeps one case."""
    if field == "cases" and len(items) == 1:
        return
    for place, item in enumerate(items):
        if _is_left_alone(item):
            continue
        rest = [*items[:place], *items[place + 1 :]]
        words = f"without {_text(item)} in {_text(tree)}"
        yield Edit(words, _setter(tree, field, None), items, rest)


def _conditions(field: str, node: ast.AST) -> list[ast.AST]:
    """A condition that always or never holds."""
    if field != "test" or (isinstance(node, ast.Constant)):
        return []
    return [ast.Constant(value=True), ast.Constant(value=False)]


def _replacements(node: ast.AST) -> list[ast.AST]:  # noqa: PLR0911 (one line for each kind of node)
    swap = _SWAPS.get(type(node))
    if swap is not None:
        return [swap()]
    match node:
        case ast.Constant(value=bool(value)):
            return [ast.Constant(value=not value)]
        case ast.Constant(value=int(value)):
            return [ast.Constant(value=value + 1)]
        case ast.Constant(value=str(value)):
            return [ast.Constant(value=f"XX{value}")]
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            return [operand]
        case ast.AugAssign(target=target, value=value):
            return [ast.Assign(targets=[target], value=value)]
        case ast.Name(id=name, ctx=ast.Load()) if name in _NAMES:
            return [ast.Name(id=_NAMES[name], ctx=ast.Load())]
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            return [ast.Return(value=ast.Constant(value=None))]
        case ast.Expr() | ast.Raise():
            return [ast.Pass()]
    return []


def _is_left_alone(node: ast.AST) -> bool:
    """A docstring, of a function or of an attribute, or strict=True."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.keyword(arg="strict"):
            return True
    return False


def _words(parent: ast.AST, node: ast.AST, new: ast.AST) -> str:
    if isinstance(node, ast.operator | ast.cmpop | ast.boolop):
        return f"{_text(parent)}: {type(node).__name__} -> {type(new).__name__}"
    context = "" if isinstance(node, ast.stmt) else f" in {_text(parent)}"
    return f"{_text(node)} -> {_text(new)}{context}"


def _text(node: ast.AST) -> str:
    """The first line of a node, shortened."""
    first, *more = ast.unparse(node).split("\n")
    return f"{first[:100]}…" if more or len(first) > 100 else first
