"""Files as LibreOffice itself writes them, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PROGRAM = shutil.which("soffice")


def converted(content: bytes, folder: Path, kind: str, *, options: str = "") -> bytes:
    """A CSV (UTF-8; its first two columns stay text) or a workbook, saved by LibreOffice as kind.

    kind: xlsx, xls, ods or csv. folder: empty, for its files and its profile. options: of a CSV,
    the numbers of separator, quote and encoding; 9,34,76 is what it puts on the clipboard.
    """
    is_workbook = content.startswith(b"PK")
    source = folder / ("class.source.xlsx" if is_workbook else "class.csv")
    source.write_bytes(content)
    # 44,34,76: commas, double quotes, UTF-8; 1/2/2/2: columns 1 and 2 are text.
    filters = [] if is_workbook else ["--infilter=CSV:44,34,76,1,1/2/2/2"]
    subprocess.run(
        [PROGRAM or "soffice", "--headless",
         f"-env:UserInstallation={(folder / 'profile').as_uri()}", *filters,
         "--convert-to", f"{kind}:Text - txt - csv (StarCalc):{options}" if options else kind,
         "--outdir", str(folder / "out"), str(source)],
        check=True, capture_output=True, timeout=100,
    )  # fmt: skip
    return next((folder / "out").glob(f"*.{kind}")).read_bytes()
