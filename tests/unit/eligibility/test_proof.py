"""The proof of a no: smallest, and the same whatever else could have been named."""

from __future__ import annotations

import pytest

from creditbank.eligibility.amounts import Lack
from creditbank.eligibility.model import Double
from creditbank.eligibility.proof import can_be_filled, is_refuted, smallest_cut
from tests.unit.eligibility.models import E, F, model, sort


def _cut(blocks, *conflicts) -> tuple[int, ...]:
    """conflicts: sets of blocks that cannot be filled together."""

    def together(kept: list[int]) -> bool:
        return not any(conflict <= set(kept) for conflict in conflicts)

    return smallest_cut(blocks, together)


@pytest.mark.parametrize(
    ("conflicts", "cut"),
    [
        ([], ()),
        ([{1}], (1,)),
        ([{0, 2}], (0, 2)),
        ([{0, 1, 2, 3}], (0, 1, 2, 3)),
        ([{0, 1}, {2, 3}], (2, 3)),
        ([{0, 1}, {1, 2}], (1, 2)),
        ([{0}, {3}], (3,)),
        ([{0}, {0, 3}], (0,)),
    ],
)
def test_of_blocks_that_exclude_each_other_a_smallest_set_is_named(conflicts, cut):
    assert _cut(range(4), *conflicts) == cut


def test_only_what_asks_is_looked_at():
    assert _cut([], {0}) == ()
    assert _cut([0, 3], {0, 1}, {3}) == (3,)
    assert _cut([2], {2}) == (2,)


@pytest.mark.parametrize(
    ("question", "blocks", "filled"),
    [
        (model((200,), sort(200, (0, E))), [0], True),
        (model((201,), sort(200, (0, E))), [0], False),
        (model((201, 0), sort(200, (0, E))), [1], True),
        (model((200, 200), sort(200, (0, E), (1, E))), [0, 1], False),
        (model((200, 200), sort(200, (0, E), (1, E))), [0], True),
        (model((200, 200), sort(200, (0, E), (1, E))), [1], True),
        # whatever the floors and the total lack
        (model((200,), sort(200, (0, E)), floors=(900,), units_min=900), [0], True),
        # by exactly the right records, which greed does not find
        (model((350, 500), *(sort(u, (0, E), (1, E)) for u in (300, 200, 200, 150))), [0, 1], True),
        (model((360, 500), *(sort(u, (0, E), (1, E)) for u in (300, 200, 200, 150))), [0, 1],
         False),
        (model((350, 500), *(sort(u, (0, E), (1, E)) for u in (300, 200, 200, 150)),
               floors=(900,), units_min=2000), [0, 1], True),
        # with what is counted twice out of a block that is not asked for
        (model((300, 200), sort(300, (0, E), doubles=(0,)), doubles=(Double(0, 1, 200),)), [1],
         True),
        (model((300, 200), sort(300, (0, F), doubles=(0,)), doubles=(Double(0, 1, 200),)), [1],
         True),
        (model((100, 200), sort(300, (0, F), doubles=(0,)), doubles=(Double(0, 1, 200),)), [1],
         False),
    ],
)  # fmt: skip
def test_whether_blocks_can_be_filled_whatever_else_lacks(question, blocks, filled):
    assert can_be_filled(question, blocks) is filled


def test_what_fills_another_block_may_be_shared_into_the_one_that_is_asked_about():
    award = sort(100, (0, F), whole=False, doubles=(0,))
    question = model((100, 100), award, doubles=(Double(0, 1, 100),))
    assert can_be_filled(question, [1])
    assert not can_be_filled(model((100, 101), award, doubles=(Double(0, 1, 200),)), [1])


@pytest.mark.parametrize(
    ("question", "most"),
    [
        # who fills 500 and 300 has 800: nothing else can lack
        (model((500, 300), units_min=800), 0),
        (model((500, 300), units_min=0), 0),
        # what the total asks beyond that may
        (model((500, 300), units_min=900), 100),
        (model((500, 300), units_min=801), 1),
        # and what is counted twice is not in the total
        (model((500, 300), units_min=800, doubles=(Double(0, 1, 30), Double(1, 0, 20))), 50),
        (model((500, 300), units_min=900, floors=(50, 150)), 150),
        (model((500, 300), units_min=900, floors=(50,)), 100),
    ],
)
def test_a_least_lack_beyond_what_total_and_floors_could_lack_refutes(question, most):
    assert is_refuted(question, Lack(most + 1, most + 1, 0)) is True
    assert is_refuted(question, Lack(most, most, 0)) is False
