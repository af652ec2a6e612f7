"""Steps of a trained run under other steps' names, as docs/explanation/forward-pass.md says."""

import re
from pathlib import Path

import networks
import pytest
import swaps
import trajectory as training

from catalog import forward
from catalog.core import plausibility
from catalog.forward import reading

DOCUMENTED = Path(__file__).parents[2] / "docs/explanation/forward-pass.md"
ROW = re.compile(
    rf"^\| ([^|]+) \| ({'|'.join(swaps.KNOWN)}) \| ([\d,]+) \| ([\d.]+) % \| ([\d.]+) % "
    r"\| ([\d,]+) \| ([\d.]+) % \| ([\d.]+) % \|$",
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def published(trajectory):
    """Return what each published step of the small run computes."""
    from safetensors.torch import load_file

    environment = forward.environment(forward.choose("cpu", "float32"))
    model = networks.TRAINED.network()
    run = {}
    for step in training.STEPS:
        networks.fill(model, load_file(trajectory / f"step{step}" / networks.WEIGHTS))
        run[step] = reading.fingerprint(model, environment)
    return run


def test_every_swap_is_noticed_where_the_other_step_is_on_record(published):
    """One octave away and more it fails, but where nothing was learnt between both."""
    for step in published:
        run = {other: published[other] for other in published if other != step}
        assert plausibility.judge(published[step], step, run).plausible is True, step
        for other in published:
            if swaps.is_far(step, other) and not swaps.is_equal(published, other, step):
                judged = plausibility.judge(published[other], step, run)
                assert judged.plausible is False, (step, other)


def test_the_documented_table_has_every_row():
    """Each schedule with what was known; what is far apart is noticed, what is honest is not."""
    rows = ROW.findall(DOCUMENTED.read_text())
    assert {row[0] for row in rows} == set(swaps.SCHEDULES)
    noticed = {row[:2]: float(row[3]) + float(row[4]) for row in rows}
    assert all(share > 99.5 for (_, known), share in noticed.items() if known == "all others")
    honest = [int(row[5].replace(",", "")) for row in rows]
    alarms = sum(
        count * (float(row[6]) + float(row[7])) / 100
        for row, count in zip(rows, honest, strict=True)
    )
    assert sum(honest) > 2_000
    assert alarms <= 0.001 * sum(honest)


@pytest.mark.slow
def test_swaps_are_noticed_as_documented():
    """On runs trained anew: what fits is not accused, and what is an octave away is noticed."""
    all_runs = swaps.runs((11, 12, 13))
    swaps.remember()
    documented = {
        row[:2]: float(row[3]) + float(row[4]) for row in ROW.findall(DOCUMENTED.read_text())
    }
    alarms = honest = 0
    for schedule, known, swapped, *shares in swaps.tally(all_runs, 150, seed=1):
        suspect, failed, count, wrong, worse = (float(share.strip(" %")) for share in shares)
        assert suspect + failed >= documented[schedule, known] - 12, (schedule, known, swapped)
        honest += count
        alarms += count * (wrong + worse) / 100
    assert alarms <= 0.005 * honest
