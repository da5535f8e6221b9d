"""The child process that sets papers with a school's own layout: a job in, an answer out, as JSON.

`python -m creditbank.papers.child` holds itself to limits before it looks at the layout. A layout
is a program, if a small one: it can read nothing but the files beside it, asks no network (its
packages would come from a folder that is not there, through a proxy that nobody answers at), and
whatever it uses up is this process's own. Nothing else may import it but its tests.
"""

from __future__ import annotations

import base64
import json
import resource
import sys
from pathlib import Path
from typing import Any

MEMORY_BYTES_MAX = 2 * 1024**3
PICTURE_PPI = 110
PICTURES_MAX = 3


def main() -> None:
    """Set one job within the limits: {root, fonts, papers, timestamp, as_pictures}."""
    job: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    _limit_resources(int(job["seconds"]))
    sys.stdout.write(json.dumps(_answer(job)))


def _limit_resources(seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    import typst  # noqa: PLC0415 (within limits)

    root = Path(job["root"])
    nowhere = root / "packages"
    compiler = typst.Compiler(
        input=root / "papers.typ",
        root=root,
        font_paths=typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[job["fonts"]]
        ),
        package_path=nowhere,
        package_cache_path=nowhere,
    )
    how: dict[str, Any] = {"sys_inputs": {"papers": job["papers"]}, "timestamp": job["timestamp"]}
    try:
        pdf, warnings = compiler.compile_with_warnings(format="pdf", pdf_standards=["a-2a"], **how)
        if warnings:
            return {"error": warnings[0].message, "where": warnings[0].diagnostic}
        answer: dict[str, Any] = {"pdf": _texts(pdf)[0]}
        if job["as_pictures"]:
            drawn = compiler.compile(format="png", ppi=PICTURE_PPI, **how)
            answer["pictures"] = _texts(drawn)[:PICTURES_MAX]
    except typst.TypstError as error:
        return {"error": error.message, "where": error.diagnostic}
    return answer


def _texts(made: bytes | list[bytes] | None) -> list[str]:
    """A file, or one for each page."""
    files = made if isinstance(made, list) else [made or b""]
    return [base64.b64encode(file).decode() for file in files]


if __name__ == "__main__":
    main()
