"""Plants what witnesses say of one folder under one name, and says whether they contradict.

The weights are the small trained run's, or such with one bit flipped, which are nobody's. What is
right is worked out here from what was planted alone; nothing here knows how the catalog decides.
"""

import hashlib
import random
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import trajectory

WEIGHTS = "model.safetensors"
STEPS = (8, 32, 64, 128, 512)
LAST, NOBODY = STEPS[-1], -1
"""Neither step0 nor step1: these are equal for a reason."""


@cache
def raw(content: int) -> bytes:
    """Return the weight file of a step, or one that no step has."""
    held = bytearray((trajectory.cached() / f"step{abs(content)}" / WEIGHTS).read_bytes())
    held[-1] ^= content < 0
    return bytes(held)


@cache
def sha256(content: int) -> str:
    """Return its digest."""
    return hashlib.sha256(raw(content)).hexdigest()


@dataclass(frozen=True)
class Plant:
    """What each witness says.

    Args:
        folder: what the weights in the folder are: a step's, or `NOBODY`.
        name: the step that the folder is said to be.
        observed: what each branch was seen to hold, by step; empty where nobody looked.
        recorded: what is on record of each step.
        cached: the branch under which a Hub cache keeps the folder, None outside one.
    """

    folder: int
    name: int
    observed: Mapping[int, int] = field(default_factory=dict)
    recorded: Mapping[int, int] = field(default_factory=dict)
    cached: int | None = None

    @property
    def is_vouched(self) -> bool:
        """Whether the Hub declared these bytes for this name, and for no other owner."""
        if self.observed.get(self.name) != self.folder:
            return False
        return self.name == LAST or self.folder not in self._elsewhere(self.observed, self.name)

    @property
    def is_contradicted(self) -> bool:
        """Whether some witness says that the folder is not the step that its name says."""
        if self.recorded.get(self.name, self.folder) != self.folder:
            return True
        if self.is_vouched:
            return False
        # A snapshot is of a commit that was never observed, and the branch may have moved.
        if self.name in self.observed and self.cached is None:
            return True
        if self.observed.get(self.name) == self.folder:
            return True
        elsewhere = {*self._elsewhere(self.observed, self.name)}
        elsewhere |= {*self._elsewhere(self.recorded, self.name)}
        return self.folder in elsewhere or self.cached not in (None, self.name)

    @property
    def has_a_witness(self) -> bool:
        """Whether anything vouches for the folder under its name."""
        return (self.is_vouched and self.cached is None) or self.name in self.recorded

    @property
    def false_records(self) -> list[int]:
        """Return the steps whose record is not what was observed."""
        return [
            step
            for step, content in self.recorded.items()
            if self.observed.get(step, content) != content
            or (step not in self.observed and content in self.observed.values())
            or self._is_copy(step, content)
        ]

    def _is_copy(self, step: int, content: int) -> bool:
        """Return whether a branch's own content is the last step's."""
        return step != LAST and self.observed.get(step) == content == self.observed.get(LAST)

    @staticmethod
    def _elsewhere(said: Mapping[int, int], name: int) -> list[int]:
        return [content for step, content in said.items() if step != name]


def drawn(draw: random.Random) -> Plant:
    """Return one plant; most have a contradiction, some have none."""
    name = draw.choice(STEPS)
    folder = draw.choice((name, name, draw.choice(STEPS), NOBODY * draw.choice(STEPS)))
    observed: dict[int, int] = {}
    if draw.random() < 0.7:
        observed = {step: step for step in STEPS if draw.random() < 0.8}
        for step in list(observed):
            if draw.random() < 0.15:
                observed[step] = draw.choice((*STEPS, NOBODY * step))
    recorded = {
        step: draw.choice((step, step, draw.choice(STEPS))) for step in STEPS if draw.random() < 0.3
    }
    cached = draw.choice((None, None, None, name, draw.choice(STEPS)))
    return Plant(folder, name, observed, recorded, cached)


def inventory(plant: Plant) -> str:
    """Return what was observed, as an inventory."""
    lines = ["repo,revision,commit,file,bytes,sha256"]
    for step, content in plant.observed.items():
        commit = hashlib.sha256(f"{step} {content}".encode()).hexdigest()[:40]
        size = len(raw(content))
        branches = [f"step{step}", *(["main"] if step == LAST else [])]
        lines += [
            f"{trajectory.REPO_ID},{branch},{commit},{WEIGHTS},{size},{sha256(content)}"
            for branch in branches
        ]
    return "\n".join(lines) + "\n"


def folder_of(plant: Plant, top: Path) -> Path:
    """Write the folder, in a Hub cache where the plant says so, and return it."""
    folder = top / "plain"
    if plant.cached is not None:
        home = top / f"models--{trajectory.REPO_ID.replace('/', '--')}"
        commit = hashlib.sha256(f"cached {plant}".encode()).hexdigest()[:40]
        folder = home / "snapshots" / commit
        (home / "refs").mkdir(parents=True, exist_ok=True)
        (home / "refs" / f"step{plant.cached}").write_text(commit)
    folder.mkdir(parents=True)
    (folder / WEIGHTS).write_bytes(raw(plant.folder))
    shutil.copy(trajectory.cached() / "step64" / "config.json", folder)
    return folder
