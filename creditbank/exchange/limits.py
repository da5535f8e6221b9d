"""How much of an uploaded file is read. Generous for a school's tables, far below what hurts."""

from __future__ import annotations

FILE_BYTES_MAX = 10 * 1024 * 1024
UNPACKED_BYTES_MAX = 100 * 1024 * 1024
MEMBERS_MAX = 2_000
PACKING_RATIO_MAX = 150
PACKING_RATIO_CHECKED_FROM_BYTES = 10 * 1024 * 1024
"""Below this size a high ratio can't hurt, and empty formatted cells pack very well."""

SHEETS_MAX = 50
ROWS_MAX = 20_000
COLUMNS_MAX = 200
CELLS_MAX = 400_000
TEXT_BYTES_MAX = 20 * 1024 * 1024
"""All cells together, as they leave the child process."""

READING_SECONDS_MAX = 10
READING_MEMORY_BYTES_MAX = 1024 * 1024 * 1024
READERS_AT_ONCE = 2
"""Each may take the memory above; further uploads wait their turn."""
