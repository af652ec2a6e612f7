"""How many checkpoints become few batches of about the same work, in order.

A batch is a run of neighbours: those of one model follow one another, and a network that was built
for one of them is refilled for the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

A_CHECKPOINT = 100_000_000
"""Opening, checking and recording a checkpoint costs about as much as reading so many bytes."""
A_BATCH = 200_000_000_000
"""So many bytes are a batch where nobody says how many there are: minutes, not seconds."""
MOST = 1_000
"""The largest array that Slurm takes by default has 1,001 tasks."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one task would do.

    Attributes:
        checkpoints: how many.
        work_bytes: to read and to download, None where nobody knows of any of them.
    """

    checkpoints: int
    work_bytes: int | None


@dataclass(frozen=True, slots=True)
class Tasks:
    """What a cluster would be asked for.

    Attributes:
        batches: one a task.
        sbatch: the options that Slurm gets, but for where logs go.
    """

    batches: tuple[Batch, ...]
    sbatch: tuple[str, ...]


def measured(sizes: Sequence[int | None], count: int | None = None) -> tuple[Batch, ...]:
    """Return how much each batch is, as `batched` makes them.

    >>> measured([10**9, 10**9, None], 2)
    (Batch(checkpoints=1, work_bytes=1000000000), Batch(checkpoints=2, work_bytes=1000000000))
    """
    every = batched(sizes, count) if sizes else []
    known = [[size for each in batch if (size := sizes[each]) is not None] for batch in every]
    return tuple(
        Batch(len(batch), sum(stated) if stated else None)
        for batch, stated in zip(every, known, strict=True)
    )


def batched(sizes: Sequence[int | None], count: int | None = None) -> list[list[int]]:
    """Return the positions of each batch, each position once, no batch empty.

    >>> batched([10**9] * 4, 2)
    [[0, 1], [2, 3]]
    >>> batched([8 * 10**9, 10**9, 10**9, 10**9], 2)
    [[0], [1, 2, 3]]
    >>> batched([None, None], 8)
    [[0], [1]]

    Args:
        sizes: bytes to read and to download of each; None where nobody knows: as the others.
        count: at most so many batches; None: as many as there are bytes for.
    """
    work = _work(sizes)
    total = sum(work)
    wanted = min(count or -(-total // A_BATCH), len(work), MOST)
    before, batch_of = 0, []
    for size in work:
        # By the middle of each: a batch then differs from its share by half a checkpoint at most.
        batch_of.append((2 * before + size) * wanted // (2 * total))
        before += size
    every = groupby(range(len(work)), key=batch_of.__getitem__)
    return [list(positions) for _, positions in every]


def _work(sizes: Sequence[int | None]) -> list[int]:
    """Return the work of each, in bytes."""
    known = [size for size in sizes if size is not None]
    usual = sum(known) // len(known) if known else 0
    return [A_CHECKPOINT + (usual if size is None else size) for size in sizes]
