"""The last signed head of the tree, kept beside the database: what a restored backup forgets.

Whoever signs two trees that do not continue each other is caught by anybody who holds a checkpoint
of the first. A database that was restored from a backup does not know what it has signed since; the
folder of this installation does, as long as it is not restored with it.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = "signed-heads"
_BEGUN = ".begun"


class SignedHeads:
    """One file for each log, named by the key of its first checkpoint: the last signed note."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def last(self, log_id: str) -> str | None:
        """The note that was signed last; None where nothing is known."""
        try:
            return self.file(log_id).read_text("utf-8")
        except FileNotFoundError:
            return None

    def keep(self, log_id: str, note: str) -> None:
        """Write a note that is about to be shown, so that it survives a loss of power."""
        self._folder.mkdir(parents=True, exist_ok=True)
        begun = self.file(log_id).with_suffix(_BEGUN)
        with begun.open("w", encoding="utf-8") as opened:
            opened.write(note)
            opened.flush()
            os.fsync(opened.fileno())
        begun.replace(self.file(log_id))
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def file(self, log_id: str) -> Path:
        """Where the note of a log stands."""
        return self._folder / f"{log_id}.txt"
