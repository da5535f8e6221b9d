"""Rules of the house that no import contract expresses, each as a search through a tree of sources.

A rule is given the root of a tree and names every breach as "path:line: what"; none is an empty
list. So a test can hold the real tree against it, and a copy with a planted breach.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

LINES_MAX = 400
SOURCES = ("creditbank", "schemas", "workers", "migrations", "tests", "bench")
BELOW_SERVICES = (
    "creditbank/domain", "creditbank/eligibility", "creditbank/tables", "creditbank/store",
    "creditbank/services", "creditbank/queries", "creditbank/papers", "creditbank/credentials",
    "schemas",
)  # fmt: skip
_CLOCKS = {
    "datetime.now", "datetime.today", "datetime.utcnow", "date.today", "time.time",
    "time.time_ns", "time.localtime", "time.gmtime", "func.now", "func.current_timestamp",
    "datetime.datetime.now", "datetime.date.today",
}  # fmt: skip
_SQL_CLOCK = re.compile(
    r"\b(now\(\)|current_date\b|current_timestamp\b|clock_timestamp\(|localtimestamp\b)",
    re.IGNORECASE,
)
_SENDING = {"delay", "apply_async", "send_task"}


def python_files(root: Path, *folders: str) -> Iterator[tuple[str, str]]:
    """Path (relative, with slashes) and text of every Python file below the folders of root."""
    for folder in folders:
        for file in sorted((root / folder).rglob("*.py")):
            yield file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")


def long_files(root: Path) -> list[str]:
    """Files that can't be read in one sitting: code, templates, styles and scripts of our own."""
    found = list(python_files(root, *SOURCES))
    for pattern in ("*.html", "*.css", "*.js"):
        files = sorted((root / "creditbank" / "web").rglob(pattern))
        own = (file for file in files if "vendor" not in file.parts)
        found += [(file.relative_to(root).as_posix(), file.read_text("utf-8")) for file in own]
    sizes = ((path, len(text.splitlines())) for path, text in found)
    return [f"{path}:1: {lines} lines" for path, lines in sizes if lines > LINES_MAX]


def commits(root: Path) -> list[str]:
    """Transactions that end outside the unit of work."""
    found = []
    for path, call in _calls(root, "creditbank", "schemas", "workers"):
        ends = isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "begin"}
        if ends and path != "creditbank/store/unit_of_work.py":
            found.append(f"{path}:{call.lineno}: {ast.unparse(call.func)}()")
    return found


def environment_readers(root: Path) -> list[str]:
    """Readers of the environment beside the settings."""
    return [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for path, tree in _trees(root, "creditbank", "schemas", "workers", "migrations")
        for node in ast.walk(tree)
        if isinstance(node, (ast.Attribute, ast.ImportFrom)) and _reads_environment(node)
        if path != "creditbank/settings.py"
    ]


def clocks(root: Path) -> list[str]:
    """Clocks read below the services, in Python or in SQL."""
    found = []
    for path, tree in _trees(root, *BELOW_SERVICES):
        docstrings = set(_docstrings(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in _CLOCKS:
                found.append(f"{path}:{node.lineno}: {ast.unparse(node.func)}()")
            if isinstance(node, ast.Constant) and id(node) not in docstrings:
                in_sql = _SQL_CLOCK.findall(str(node.value))
                found += [f"{path}:{node.lineno}: {clock} in SQL" for clock in in_sql]
    return found


def senders(root: Path) -> list[str]:
    """Messages sent to Celery from the package: only the relay rings."""
    return [
        f"{path}:{call.lineno}: .{call.func.attr}()"
        for path, call in _calls(root, "creditbank", "schemas")
        if isinstance(call.func, ast.Attribute) and call.func.attr in _SENDING
    ]


def foreign_to_domain(root: Path) -> list[str]:
    """Imports of the domain that are not the standard library or the domain itself."""
    return [
        f"{path}:{node.lineno}: {name}"
        for path, tree in _trees(root, "creditbank/domain")
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in _imported(node)
        if name.partition(".")[0] not in sys.stdlib_module_names
        if name != "creditbank.domain" and not name.startswith("creditbank.domain.")
    ]


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if node.module and node.level == 0 else []


def _reads_environment(node: ast.Attribute | ast.ImportFrom) -> bool:
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) in {"os.environ", "os.environb", "os.getenv", "os.putenv"}
    return node.module == "os" and any("env" in alias.name for alias in node.names)


def _docstrings(tree: ast.Module) -> Iterator[int]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node) is not None:
            first = node.body[0]
            if isinstance(first, ast.Expr):
                yield id(first.value)


def _trees(root: Path, *folders: str) -> Iterator[tuple[str, ast.Module]]:
    for path, text in python_files(root, *folders):
        yield path, ast.parse(text, filename=path)


def _calls(root: Path, *folders: str) -> Iterator[tuple[str, ast.Call]]:
    for path, tree in _trees(root, *folders):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield path, node
