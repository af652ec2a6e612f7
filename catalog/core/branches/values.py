"""Values of the judgement: labels, what is published, verdicts on weight sets and branches."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from catalog.core import loaders
from catalog.core.published import LookStatus, Ref, Repository
from catalog.core.refs import MAIN
from catalog.core.stored import Network, Sum
from catalog.core.weightsets import WeightSet


class BranchVerdict(StrEnum):
    """What a branch, or one of its weight sets, holds."""

    OWN = "own"
    SAME_AS = "same-as"
    ALIAS = "alias"
    EXPECTED_EQUAL = "expected-equal"
    SPLICED = "spliced"
    INCOMPLETE = "incomplete"
    MISSING = "missing"
    SUSPECT = "suspect"
    UNKNOWN = "unknown"

    @property
    def is_true(self) -> bool:
        """Whether the weights are those that the name promises, as far as one can tell."""
        return self in (BranchVerdict.OWN, BranchVerdict.EXPECTED_EQUAL)


class Evidence(StrEnum):
    """What a verdict rests on, cheapest first."""

    DOCUMENTS = "documents"
    REFS = "refs"
    METADATA = "metadata"
    HEADER = "header"
    RANGE = "range"
    DIGEST = "digest"
    FORWARD = "forward"
    SCORES = "scores"


class Expected(NamedTuple):
    """A branch that the shipped facts say there is.

    Args:
        revision: its name.
        step: the number that is published.
    """

    revision: str
    step: int | None


class Publication(NamedTuple):
    """A repository and what is known of the model in it.

    Args:
        repository: what was seen of it.
        model: the model, None where the catalog knows none.
        family: repositories of one family are compared with one another.
        expected: the save schedule in order of training, `main` last; empty if nobody says.
        params_total: number of parameters, None where unknown.
        network: what decides how large its files can be, None where unknown.
    """

    repository: Repository
    model: str | None = None
    family: str = ""
    expected: tuple[Expected, ...] = ()
    params_total: int | None = None
    network: Network | None = None

    @property
    def repo_id(self) -> str:
        """The repository's name."""
        return self.repository.repo_id

    @property
    def is_read(self) -> bool:
        """Whether its refs were ever read."""
        look = self.repository.look
        return bool(look.refs) or look.status in (LookStatus.READ, LookStatus.UNCHANGED)


class Label(NamedTuple):
    """One branch as the judgement sees it.

    Args:
        repo_id: its repository.
        model: the model in it, or the repository's name where it is no known one.
        ref: name, commit and kind.
        step: published step; that of the last for main; None where the name has none.
        final: main, or the last step.
        claims: the name promises a checkpoint; a branch `backup` promises nothing.
    """

    repo_id: str
    model: str
    ref: Ref
    step: int | None
    final: bool
    claims: bool

    @property
    def is_main(self) -> bool:
        """Whether it is the branch main."""
        return self.ref.revision == MAIN

    def seen_from(self, repo_id: str) -> str:
        """Return its name, with the repository where that is another one."""
        return self.ref.revision if self.repo_id == repo_id else str(self)

    def __str__(self) -> str:
        """Return repository and branch."""
        return f"{self.repo_id}@{self.ref.revision}"


class Misfit(NamedTuple):
    """A set whose bytes are no sum of its network's tensors.

    Args:
        size_bytes: that it has.
        due: the way of storing that the other checkpoints have, else the nearest one.
    """

    size_bytes: int
    due: Sum

    @property
    def difference(self) -> int:
        """How many bytes it has beyond parameters and masks; below 0: how many it lacks."""
        return self.size_bytes - self.due.content

    def __str__(self) -> str:
        """Return it as a sentence."""
        word = "short of" if self.difference < 0 else "more than"
        return (
            f"Its {self.size_bytes:,} bytes are no sum of the network's tensors: "
            f"{abs(self.difference):,} {word} the {self.due.content:,} of {self.due}."
        )


class JudgedSet(NamedTuple):
    """A weight set of one branch, with its verdict.

    Args:
        weights: which set; its `name`, `layout` and `files` are the judged set's too.
        size_bytes: of all its files.
        verdict: what it holds.
        group: every branch whose set has these bytes, this one included; shared by all of them.
        owner: the branch that the bytes belong to, None where that cannot be told or is moot.
        reason: one plain sentence.
        evidence_level: what that rests on.
        differs_from: main, or the last step, whose set of this name has other bytes though both
            are that step's own; None where there is nothing of the kind.
        stored: precision and buffers that its size tells, None where it does not.
        misfit: why its size cannot be, None where it can.
    """

    weights: WeightSet
    size_bytes: int
    verdict: BranchVerdict
    group: tuple[Label, ...]
    owner: Label | None
    reason: str
    evidence_level: Evidence
    differs_from: str | None = None
    stored: Sum | None = None
    misfit: Misfit | None = None

    @property
    def name(self) -> str:
        """Its index or single file."""
        return self.weights.name

    @property
    def layout(self) -> str:
        """How its files are laid out: a constant of `catalog.core.weightsets`."""
        return self.weights.layout

    @property
    def files(self) -> tuple[str, ...]:
        """Its weight files."""
        return self.weights.files


class JudgedBranch(NamedTuple):
    """A branch, expected or seen, with its verdict.

    Args:
        publication: its repository.
        revision: its name.
        label: None where it was not seen.
        expected: whether the save schedule has it; None where there is none.
        verdict: that of the set which transformers 5 loads, or `missing` or `unknown`.
        reason: one plain sentence.
        weight_sets: every set in it.
        loads: name of the set that each loader takes, by the loader's key.
        recipe: how to load the right weights, None where there are none or nobody can tell.
    """

    publication: Publication
    revision: str
    label: Label | None
    expected: bool | None
    verdict: BranchVerdict
    reason: str
    weight_sets: tuple[JudgedSet, ...] = ()
    loads: Mapping[str, str | None] | None = None
    recipe: str | None = None

    @property
    def claims(self) -> bool:
        """Whether its name promises a checkpoint."""
        return self.label is None or self.label.claims

    @property
    def loaded(self) -> JudgedSet | None:
        """The set that the default loader takes, None where it takes none."""
        name = (self.loads or {}).get(loaders.DEFAULT)
        return next((judged for judged in self.weight_sets if judged.name == name), None)

    def same_as(self, judged: JudgedSet) -> list[str]:
        """Return the other branches that have a set's bytes, as this branch calls them."""
        home = self.publication.repo_id
        return [label.seen_from(home) for label in judged.group if label != self.label]
