"""Where among a run's records weights lie, by how far they are from each record's."""

import random
from dataclasses import replace

import pytest

from catalog.core import order
from catalog.core.fingerprints import Environment, Fingerprint, WeightReading

HERE = Environment("cpu", "a processor", "float32", "2.13.0", "5.23.0")
SCHEDULE = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
GRAIN = 1e-3


@pytest.fixture(scope="module")
def walk():
    """Return fingerprints of a run whose weights only stray: each update goes anywhere."""
    chance = random.Random(7)  # noqa: S311 - no secret
    weights = [[chance.gauss(0, 0.02) for _ in range(64)] for _ in range(6)]
    run = {}
    for step in range(SCHEDULE[-1] + 1):
        read = tuple(
            WeightReading(f"tensor {n}", 0.02, tuple(row)) for n, row in enumerate(weights)
        )
        if step in SCHEDULE:
            run[step] = Fingerprint("bytes", 256, 64, 0.02, 508, (), HERE, read)
        for row in weights:
            row[:] = [value + chance.gauss(0, 0.002) for value in row]
    return run


def records(run, *missing):
    """Return the records of a run but some."""
    return {step: record for step, record in run.items() if step not in missing}


@pytest.mark.parametrize("step", SCHEDULE)
@pytest.mark.parametrize("other", SCHEDULE)
def test_weights_lie_in_the_order_of_steps(walk, step, other):
    """No honest step is contradicted, whatever else is missing; another is, where records tell.

    Nothing tells two steps apart that lie between the same records, or on the same side of all, nor
    the first step from the last one: each is far from everything.
    """
    known = records(walk, step, other)
    assert not order.contradicts(walk[step], known, step, GRAIN)
    ends = {step, other} == {SCHEDULE[0], SCHEDULE[-1]}
    told = not ends and any(min(step, other) < near < max(step, other) for near in known)
    assert ends or order.contradicts(walk[other], known, step, GRAIN) is told


def test_what_hardly_moved_says_nothing(walk):
    """Below the grain a distance is none: half precision's, or what ran the networks."""
    known = records(walk, 2, 128)
    assert order.contradicts(walk[128], known, 2, GRAIN)
    assert not order.contradicts(walk[128], known, 2, 100.0)


def test_without_weights_there_is_no_order(walk):
    """Records of version 1 have none; where others have them, those are asked."""
    bare = {step: replace(record, weights=()) for step, record in walk.items()}
    assert not order.contradicts(bare[256], records(bare, 2, 256), 2, GRAIN)
    assert not order.contradicts(walk[256], records(bare, 2, 256), 2, GRAIN)
    assert not order.contradicts(walk[256], {}, 2, GRAIN)
    mixed = records(walk, 2, 256) | {64: bare[64]}
    assert order.contradicts(walk[256], mixed, 2, GRAIN)
