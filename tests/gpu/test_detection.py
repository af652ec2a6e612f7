"""What the forward pass sees of damages, as docs/explanation/forward-pass.md says it."""

import re
from pathlib import Path

import damages
import networks
import pytest

from catalog import forward

DOCUMENTED = Path(__file__).parents[2] / "docs/explanation/forward-pass.md"
ROW = re.compile(r"^\| ([^|]+) \| (\d+) \| ([\d.]+) % \| ([\d.]+) % \| ([\d.]+) % \|", re.MULTILINE)
POINTS = 12  # two samples of 200 rarely lie further apart


def test_the_table_has_every_kind():
    """Each kind of damage is in the table, planted 200 times at least."""
    rows = ROW.findall(DOCUMENTED.read_text())
    assert [row[0] for row in rows] == list(damages.KINDS)
    assert all(int(row[1]) >= 200 for row in rows)


@pytest.mark.slow
def test_damages_are_seen_as_documented():
    """Planted anew, on a run trained anew, each level sees the share that the table says."""
    checkpoints = [tensors for _, tensors in networks.trained(200)]
    here = forward.environment(forward.choose("cpu", "float32"))
    bench = damages.Bench(networks.TRAINED, checkpoints, here)
    for kind, _, *shares in ROW.findall(DOCUMENTED.read_text()):
        tally = bench.plant(kind, 200, seed=1)
        seen = (tally.digests, tally.same_device, tally.any_device)
        for share, count in zip(map(float, shares), seen, strict=True):
            assert abs(100 * count / tally.planted - share) <= POINTS, kind
