"""Words that belong to one machine or one registry and must not be committed.

Run as `python -m tests.architecture.foreign_words`: names every place, ends with 1 if there is one.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# Put together here, so that this file does not hold the words itself.
HOSTS = tuple(
    ".".join(labels)
    for labels in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmmirror", "com"),
        ("docker", "io"),
        ("tuna", "tsinghua"),
        ("mirrors", "aliyun"),
    )
)
SOURCES = (
    "creditbank",
    "schemas",
    "workers",
    "migrations",
    "tests",
    "bench",
    "docs",
)  # without git
MACHINE = tuple(f"/{folder}/" for folder in ("work", "root", "opt", "home"))
_FOREIGN = re.compile(
    "|".join((*map(re.escape, HOSTS), *(rf"(?<![\w.>}}]){folder}" for folder in MACHINE)))
)
_IN_REQUIREMENTS = re.compile(r"https?:|file:|^-|^\s*--(?!hash=)", re.MULTILINE)


def foreign_words(root: Path) -> list[str]:
    """Every place in a committed (or new) text file below root, as "path:line: word"."""
    found = []
    for path in _files(root):
        text = _text(root / path)
        pattern = _IN_REQUIREMENTS if _is_requirements(path) else _FOREIGN
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{path}:{line}: {match.group()}")
    return found


def _is_requirements(path: str) -> bool:
    return path.startswith("requirements/") and path.endswith(".txt")


def _files(root: Path) -> list[str]:
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return [path for path in done.stdout.splitlines() if "/vendor/" not in path]
    folders = (folder for folder in SOURCES if (root / folder).is_dir())
    return [
        file.relative_to(root).as_posix()
        for folder in folders
        for file in (root / folder).rglob("*")
        if file.is_file() and "vendor" not in file.parts and file.suffix != ".pyc"
    ]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError):  # a picture, or deleted and not yet committed
        return ""


if __name__ == "__main__":
    places = foreign_words(Path(__file__).parents[2])
    print(*places, sep="\n")
    sys.exit(bool(places))
