"""How much of an uploaded file is read. Generous for a school's tables, far below what hurts."""

from __future__ import annotations

from dataclasses import dataclass

FILE_BYTES_MAX = 10 * 1024 * 1024
UNPACKED_BYTES_MAX = 100 * 1024 * 1024
MEMBERS_MAX = 2_000
PACKING_RATIO_MAX = 150
PACKING_RATIO_CHECKED_FROM_BYTES = 10 * 1024 * 1024
"""Below this size a high ratio can't hurt, and empty formatted cells pack very well."""

SHEETS_MAX = 50
COLUMNS_MAX = 200


@dataclass(frozen=True, slots=True)
class TableLimits:
    """How large a table may be. text_bytes: all cells together, each written out."""

    rows: int
    cells: int
    text_bytes: int


ANSWERED = TableLimits(rows=20_000, cells=400_000, text_bytes=20 * 1024 * 1024)
"""What is read while somebody waits for a page."""
LARGE = TableLimits(rows=100_020, cells=1_600_000, text_bytes=60 * 1024 * 1024)
"""What is read in the background: a hundred thousand marks and the headings above them."""

READING_SECONDS_MAX = 10
READING_WALL_SECONDS_MAX = 60
"""In the background, of a reader that shares its processor with others; its own work stays at ten
seconds."""
READING_MEMORY_BYTES_MAX = 1024 * 1024 * 1024
READERS_AT_ONCE = 2
"""Each may take the memory above; further uploads wait their turn."""
