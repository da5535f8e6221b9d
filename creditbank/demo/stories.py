"""What several people do over the same days, in the order of the days.

Records then stand in the order in which they came to be, as in a county that lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from heapq import heapify, heappop, heappush

Story = Iterator[date]
"""Yields the day of its next step, and takes the step when it is asked for the day after that."""


def tell_in_order(stories: Iterable[Story]) -> None:
    """Take every step of every story, the earliest first; of one day in the order of the stories.

    A step whose day is before that of the one before it is taken at once.
    """
    waiting = [
        (day, number, story)
        for number, story in enumerate(stories)
        if (day := next(story, None)) is not None
    ]
    heapify(waiting)
    while waiting:
        _, number, story = heappop(waiting)
        following = next(story, None)
        if following is not None:
            heappush(waiting, (following, number, story))
