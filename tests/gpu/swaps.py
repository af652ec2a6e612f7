"""Plants one step of a training run under another's name, and counts what is noticed.

    python tests/gpu/swaps.py [--seeds 21 22 23] [--recipe usual] [--trials 150]

trains a small run once a seed (a minute each), reads the fingerprint of every step, and prints a
column of the table in docs/explanation/forward-pass.md. The step in question is never on record
itself. What else is on record is drawn anew for every trial: see `SCHEDULES` and `KNOWN`.

The rules were chosen on `CHOSEN_ON`, whose figures prove nothing; no other runs were looked at
while they were.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import networks
import trajectory

from catalog import forward
from catalog.core import plausibility
from catalog.core.fingerprints import Agreement, Comparison, Fingerprint, compare
from catalog.forward import reading

LAST = trajectory.STEPS[-1]
Run = dict[int, Fingerprint]
SCHEDULES: dict[str, Callable[[random.Random], Sequence[int]]] = {
    "powers of two, then every 32nd": lambda _: [0, 1, 2, 4, 8, 16, 32, *range(64, LAST + 1, 32)],
    "two an octave": lambda _: sorted({0, 1, *(round(2 ** (n / 2)) for n in range(1, 19))}),
    "one an octave": lambda _: trajectory.STEPS,
    "6 to 39 by chance": lambda chance: sorted(
        chance.sample(range(LAST + 1), chance.randrange(7, 41))
    ),
    "200 evenly": lambda _: sorted({round(number * LAST / 199) for number in range(200)}),
}
"""Which steps of a run are published."""
OFTEN = {"one an octave": 2, "200 evenly": 0.25}
"""How many trials there are, to those of others: it is quick with few records, slow with many."""
MANY = 100  # records of a run; of so many in each sibling nothing new is learnt
CHOSEN_ON = {"usual": (1, 2, 3, 4, 5, 6), "slow": (1, 2, 3, 4), "slower": (31, 32, 33)}
"""Seeds by recipe; the first two trained on another text, `pydoc_data.topics` of Python 3.11.7."""
HELD_OUT = {"usual": (21, 22, 23), "another": (41, 42, 43)}
"""Those that no rule was chosen on."""
KNOWN = (
    *("all others", "all but both", "all but both and siblings"),
    *("siblings", "siblings and step 0"),
)
"""What is on record: all other steps; not the planted one either; other seeds too, or alone."""


def runs(seeds: Sequence[int], recipe: str = "usual") -> list[Run]:
    """Train a run a seed and return what each step computes."""
    environment = forward.environment(forward.choose("cpu", "float32"))
    model = networks.TRAINED.network()

    def read(tensors: dict[str, Any]) -> Fingerprint:
        networks.fill(model, tensors)
        return reading.fingerprint(model, environment)

    how = networks.RECIPES[recipe]
    return [
        {step: read(tensors) for step, tensors in networks.steps(range(LAST + 1), seed, how)}
        for seed in seeds
    ]


def remember() -> None:
    """Compare each pair of fingerprints once: most trials ask for pairs that others asked for."""
    known: dict[tuple[int, int], Comparison] = {}

    def compared(expected: Fingerprint, observed: Fingerprint) -> Comparison:
        pair = id(expected), id(observed)
        if pair not in known:
            known[pair] = compare(expected, observed)
        return known[pair]

    plausibility.compare = compared


def is_far(step: int, other: int) -> bool:
    """Return whether steps lie an octave apart at least; nothing separates 0 from 1."""
    return max(step, other) >= max(2, 2 * min(step, other))


def trials(
    all_runs: Sequence[Run], schedule: str, count: int, seed: int = 0
) -> Iterator[tuple[str, bool, bool | None]]:
    """Yield what was known, whether a swap was planted, and what was judged; no case twice."""
    met = set()
    chance = random.Random(f"{schedule} {seed}")  # noqa: S311 - no secret
    for number in range(int(count * OFTEN.get(schedule, 1))):
        own = all_runs[number % len(all_runs)]
        others = [run for run in all_runs if run is not own]
        steps = [step for step in SCHEDULES[schedule](chance) if step in own]
        step = chance.choice(steps)
        planted = chance.choice([other for other in steps if is_far(step, other)] or [LAST - step])
        for known in KNOWN:
            run, siblings = on_record(known, own, others, steps, (step, planted))
            for of in (step, planted):
                out = planted if known.startswith("all but") else None
                case = (known, id(own), tuple(steps), step, of, out)
                if run is None or case in met or is_equal(own, of, step):
                    continue
                met.add(case)
                judged = plausibility.judge(own[of], step, run, siblings)
                yield known, of != step, judged.plausible


def is_equal(own: Run, of: int, step: int) -> bool:
    """Return whether a swap changes nothing: the first update has learning rate 0."""
    return of != step and compare(own[of], own[step]).agreement is Agreement.AGREE


def on_record(
    known: str, own: Run, others: Sequence[Run], steps: Sequence[int], out: tuple[int, int]
) -> tuple[Run | None, Sequence[Run]]:
    """Return the records of the run and of its siblings; None where there are none such."""
    if known == "all others":
        return {each: own[each] for each in steps if each != out[0]}, ()
    if known == "all but both":
        return {each: own[each] for each in steps if each not in out}, ()
    if len(others) <= 1 or len(steps) > MANY:
        return None, ()
    siblings = [{each: run[each] for each in steps} for run in others]
    if known == "all but both and siblings":
        return {each: own[each] for each in steps if each not in out}, siblings
    if known == "siblings":
        return {}, siblings
    return ({0: own[0]} if 0 in steps and 0 not in out else None), siblings


Tally = dict[tuple[str, str], tuple[int, int, int, int]]
"""By schedule and what was known: swaps, those noticed; honest cases, those accused."""


def tally(all_runs: Sequence[Run], count: int, seed: int = 0) -> Tally:
    """Count what was noticed, and what was accused, for each schedule and what was known."""
    counted = {}
    for schedule in SCHEDULES:
        seen = Counter(trials(all_runs, schedule, count, seed))
        for known in KNOWN:
            honest, swapped = (
                [seen[known, planted, judged] for judged in (True, None, False)]
                for planted in (False, True)
            )
            if sum(honest) and sum(swapped):
                noticed = (sum(swapped), sum(swapped[1:]), sum(honest), sum(honest[1:]))
                counted[schedule, known] = noticed
    return counted


def main(words: Sequence[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=HELD_OUT["usual"])
    parser.add_argument("--recipe", choices=networks.RECIPES, default="usual")
    parser.add_argument("--trials", type=int, default=150, help="of each schedule")
    options = parser.parse_args(words)
    forward.require()
    all_runs = runs(options.seeds, options.recipe)
    remember()
    sys.stdout.write("| records | known | noticed | accused |\n| --- | --- | --- | --- |\n")
    for (schedule, known), row in tally(all_runs, options.trials).items():
        swaps, noticed, honest, accused = row
        shown = f"{100 * noticed / swaps:.1f} % of {swaps:,} | {accused} of {honest:,}"
        sys.stdout.write(f"| {schedule} | {known} | {shown} |\n")


if __name__ == "__main__":
    main(sys.argv[1:])
