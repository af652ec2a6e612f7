"""Checkpoints become batches of about the same work: neighbours, each once, none empty."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.core.batches import A_BATCH, A_CHECKPOINT, MOST, batched

SIZES = st.lists(st.one_of(st.none(), st.integers(0, 10**12)), min_size=1, max_size=60)


@given(SIZES, st.integers(1, 80))
def test_each_position_once_and_in_order(sizes, count):
    """However the sizes are, nothing is left out, done twice, or out of order."""
    batches = batched(sizes, count)
    assert [position for batch in batches for position in batch] == list(range(len(sizes)))
    assert all(batches)
    assert len(batches) <= min(count, len(sizes))


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=60), st.integers(1, 20))
def test_a_batch_has_about_its_share(sizes, count):
    """No batch has more than its share and one checkpoint, by half at each end."""
    work = [size + A_CHECKPOINT for size in sizes]
    share = sum(work) / min(count, len(sizes))
    for batch in batched(sizes, count):
        assert sum(work[position] for position in batch) <= share + max(work) + 1


def test_how_many_where_nobody_says():
    """By bytes: small runs are one task, and no array is larger than Slurm takes."""
    assert len(batched([10**9] * 150)) == 1
    assert len(batched([A_BATCH] * 3)) == 3
    assert len(batched([A_BATCH] * 5_000)) == MOST
    assert len(batched([A_BATCH] * 5_000, 7_000)) == MOST


@pytest.mark.parametrize("sizes", [[None] * 4, [0] * 4, [None, 0, None, 0]])
def test_sizes_that_nobody_knows(sizes):
    """What nobody knows is taken for as much as the others are."""
    assert batched(sizes, 2) == [[0, 1], [2, 3]]
    assert batched([None, *[10**9] * 3], 2) == [[0, 1], [2, 3]]
