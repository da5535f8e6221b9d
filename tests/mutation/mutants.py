"""Mutants of a module, and how one is put into the running process.

A function gets the code of its mutant in place, so whoever imported it, whatever decorates it and
every table that holds it runs the mutant. A constant is bound anew wherever its name was imported.
"""

from __future__ import annotations

import ast
import functools
import gc
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from tests.mutation.operators import Edit, edits

PACKAGE = "creditbank.eligibility"
FOLDER = Path(__file__).parents[2] / "creditbank" / "eligibility"
_FLAGS = ast.parse("from __future__ import annotations").body


@dataclass(frozen=True, slots=True)
class Mutant:
    """key: what is kept of it; it changes with the source. owner: the function or constant."""

    key: str
    module: str
    owner: str
    edit: Edit
    statement: ast.stmt
    line: int

    @property
    def name(self) -> str:
        """How people name it."""
        return f"{self.module}.{self.owner}: {self.edit.words}"

    @property
    def is_function(self) -> bool:
        """Whether the owner is called; otherwise it is a constant."""
        return not isinstance(self.statement, ast.Assign | ast.AnnAssign)

    def put(self) -> None:
        """Change the running process for good: meant for a forked child."""
        with self.edit.made():
            body = ast.Module([*_FLAGS, self.statement], [])
            code = compile(body, str(FOLDER / f"{self.module}.py"), "exec")
        if not self.is_function:
            _bind_anew(sys.modules[f"{PACKAGE}.{self.module}"], code, self.owner)
        else:
            _replace_code(code, f"{PACKAGE}.{self.module}", self.owner, self.line)
        clear_caches()


def mutants_of(module: str) -> Iterator[Mutant]:
    """Every mutant of a module, named by its file."""
    text = (FOLDER / f"{module}.py").read_text("utf-8")
    for owner, statement, node in _owners(ast.parse(text)):
        source = ast.unparse(node)
        for number, edit in enumerate(edits(node)):
            told = f"{module}.{owner}\n{source}\n{edit.words}\n{number}"
            key = hashlib.sha256(told.encode()).hexdigest()[:16]
            line = min([node.lineno, *(item.lineno for item in _decorators(node))])
            yield Mutant(key, module, owner, edit, statement, line)


def _owners(tree: ast.Module) -> Iterator[tuple[str, ast.stmt, ast.stmt]]:
    """Name, statement of the module, and what of it is changed."""
    for statement in tree.body:
        match statement:
            case ast.FunctionDef(name=name):
                yield name, statement, statement
            case ast.ClassDef(name=name, body=body):
                for method in body:
                    if isinstance(method, ast.FunctionDef):
                        yield f"{name}.{method.name}", statement, method
            case ast.Assign(value=ast.Subscript() | ast.Call(func=ast.Name(id="TypeVar"))):
                pass  # a type, which says nothing at run time
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                pass  # for readers
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name, statement, statement


def _decorators(node: ast.stmt) -> list[ast.expr]:
    return node.decorator_list if isinstance(node, ast.FunctionDef) else []


def _replace_code(code: CodeType, module: str, owner: str, line: int) -> None:
    new = next(found for found in _codes(code) if found.co_qualname == owner)
    for function in live_functions():
        found = (function.__module__, function.__qualname__, function.__code__.co_firstlineno)
        if found == (module, owner, line):
            function.__code__ = new


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for item in code.co_consts:
        if isinstance(item, CodeType):
            yield from _codes(item)


def _bind_anew(module: ModuleType, code: CodeType, name: str) -> None:
    old = getattr(module, name)
    exec(code, vars(module))  # noqa: S102 (a mutant of our own source)
    for other in list(sys.modules.values()):
        if getattr(other, "__dict__", {}).get(name) is old:
            setattr(other, name, getattr(module, name))


@functools.cache
def live_functions() -> list[FunctionType]:
    """The package's functions, as they are in this process."""
    return [
        found
        for found in gc.get_objects()
        if isinstance(found, FunctionType) and str(found.__module__).startswith(PACKAGE)
    ]


@functools.cache
def _live_caches() -> list[functools._lru_cache_wrapper[object]]:
    return [
        found
        for found in gc.get_objects()
        if isinstance(found, functools._lru_cache_wrapper)
        and str(found.__module__).startswith("creditbank.")
    ]


def clear_caches() -> None:
    """What the package remembers of the calls before."""
    for found in _live_caches():
        found.cache_clear()
