"""What was seen of weight sets through a few ranges of their bytes, and how two of them compare.

Ranges may tell that two files hold different weights. They never tell that two files hold the
same: what agrees was "not refuted on N bytes".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from catalog.core.branches.values import JudgedBranch, JudgedSet, Label

AFTER_STEP = 512
"""Before it, norms in 16 bits may not have moved from where every training starts."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What was seen of one tensor.

    Args:
        dtype: its element type.
        shape: its dimensions.
        size_bytes: of it.
        crc32: of its bytes.
        values: CRC-32 of them without the sign of zeros; None where only the archive's was seen.
    """

    dtype: str
    shape: tuple[int, ...]
    size_bytes: int
    crc32: int
    values: int | None = None

    def is_like(self, twin: "Sample") -> bool:
        """Return whether the two can be compared: of one element type and shape."""
        return (self.dtype, self.shape) == (twin.dtype, twin.shape)

    def differs(self, twin: "Sample") -> bool:
        """Return whether the two hold different values, as far as their checksums tell."""
        if self.values is None or twin.values is None:
            return self.crc32 != twin.crc32
        return self.values != twin.values


@dataclass(frozen=True, slots=True)
class Compared:
    """A weight set beside another one.

    Args:
        repo_id: the other's repository.
        revision: its branch.
        weight_set: its name.
        tensors: how many were compared.
        size_bytes: of these.
        differing: names of those that differ.
        by_values: whether the sign of a zero was left out of it.
    """

    repo_id: str
    revision: str
    weight_set: str
    tensors: int
    size_bytes: int
    differing: tuple[str, ...]
    by_values: bool

    @property
    def answer(self) -> str:
        """What that says."""
        if self.differing:
            return "refuted"
        return f"not refuted on {self.size_bytes:,} bytes" if self.tensors else "not comparable"

    @property
    def is_sure(self) -> bool:
        """Whether the values differ, and not just the sign of some zero."""
        return bool(self.differing) and (self.by_values or 2 * len(self.differing) > self.tensors)


@dataclass(frozen=True, slots=True)
class ProbedSet:
    """What was seen of one weight set.

    Args:
        branch: where it is.
        label: that branch as it was seen.
        judged: the set.
        problem: why it is broken, None where its headers are complete.
        unread: why nothing could be told, None where something could.
        parameters: as its headers count them, None where they were not read.
        samples: by canonical name.
        requests: what it cost; 0 where the same files were met before.
        bytes_read: what it cost.
        compared: with which others, and what that said.
    """

    branch: JudgedBranch
    label: Label
    judged: JudgedSet
    problem: str | None
    unread: str | None
    parameters: int | None
    samples: Mapping[str, Sample]
    requests: int
    bytes_read: int
    compared: tuple[Compared, ...] = ()

    @property
    def is_complete(self) -> bool | None:
        """Whether its headers say that everything is there; None where they were not read."""
        return None if self.unread else self.problem is None


def compare(probed: ProbedSet, other: ProbedSet) -> Compared:
    """Return what the samples of two sets say of each other."""
    common = [
        name
        for name, sample in probed.samples.items()
        if (twin := other.samples.get(name)) is not None and sample.is_like(twin)
    ]
    sampled = (*probed.samples.values(), *other.samples.values())
    return Compared(
        other.label.repo_id,
        other.label.ref.revision,
        other.judged.name,
        len(common),
        sum(probed.samples[name].size_bytes for name in common),
        tuple(name for name in common if probed.samples[name].differs(other.samples[name])),
        by_values=all(sample.values is not None for sample in sampled),
    )


def compare_all(sets: Sequence[ProbedSet]) -> list[ProbedSet]:
    """Compare what should be equal, and look for what should not be."""
    answers: dict[int, list[Compared]] = {}
    for probed, other in combinations(sets, 2):
        if not _is_worth_comparing(probed, other):
            continue
        for here, there in ((probed, other), (other, probed)):
            compared = compare(here, there)
            if compared.tensors:
                answers.setdefault(id(here), []).append(compared)
    return [replace(probed, compared=tuple(answers.get(id(probed), ()))) for probed in sets]


def _is_worth_comparing(probed: ProbedSet, other: ProbedSet) -> bool:
    """Return whether two sets' comparison may say what nobody knows yet."""
    if probed.label.repo_id != other.label.repo_id or _same_files(probed, other):
        return False
    if _should_agree(probed, other):
        return True
    return _should_differ(probed, other) and not _differ_somewhere(probed, other)


def _same_files(probed: ProbedSet, other: ProbedSet) -> bool:
    """Return whether metadata has said already that they are equal."""
    return any(label == other.label for label in probed.judged.group) and (
        probed.judged.files == other.judged.files
    )


def _should_agree(probed: ProbedSet, other: ProbedSet) -> bool:
    """Return whether two sets are said to be one checkpoint: of one branch, or main and last."""
    right = probed.judged.verdict.is_true and other.judged.verdict.is_true
    same_branch = probed.label == other.label
    same_layout = probed.judged.layout == other.judged.layout
    both_last = probed.label.final and other.label.final and same_layout
    return right and (same_branch or both_last)


def _should_differ(probed: ProbedSet, other: ProbedSet) -> bool:
    """Return whether two sets are said to be different trained checkpoints."""
    label, twin = probed.label, other.label
    if label.step is None or twin.step is None or label.step == twin.step:
        return False
    return min(label.step, twin.step) > AFTER_STEP and label.claims and twin.claims


def _differ_somewhere(probed: ProbedSet, other: ProbedSet) -> bool:
    """Return whether anything differs, or nothing can be compared; fast where something does."""
    comparable = False
    for name, sample in probed.samples.items():
        twin = other.samples.get(name)
        if twin is not None and sample.is_like(twin):
            comparable = True
            if sample.differs(twin):
                return True
    return not comparable
