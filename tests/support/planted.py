"""Plants the known kinds of defect into a published training run, and says what must be found.

A run is the small trained trajectory as a Hub repository: a branch a step, and main. Every kind is
one that happened (EleutherAI/pythia issues 94, 195, 202, 205; allenai/OLMo issue 915;
stanford-crfm/mistral issue 182) or the like of it. Which branch, which layout and which donor are
drawn from a seeded generator. Nothing here knows how the audit judges.
"""

import io
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import torch
import trajectory
from hub_repository import Repository
from safetensors.torch import load_file, save

REPO, SIBLING = trajectory.REPO_ID, f"{trajectory.REPO_ID}-seed2"
LAST = trajectory.STEPS[-1]
# Steps that nothing excuses: neither the pair at the beginning nor the last.
INNER = [step for step in trajectory.STEPS if 1 < step < LAST]
SINGLE, BIN, INDEX = "model.safetensors", "pytorch_model.bin", "model.safetensors.index.json"
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
LAYOUTS = {
    "single": ("single",),
    "shards": ("shards",),
    "bin": ("bin",),
    "single + bin": ("single", "bin"),
    "single + shards": ("single", "shards"),
    "shards + bin": ("shards", "bin"),
}

Files = dict[str, bytes]


@cache
def state(run: str, step: int) -> Mapping[str, torch.Tensor]:
    """Return the tensors of a step; the sibling is the same training, mirrored."""
    tensors = load_file(trajectory.cached() / f"step{step}" / SINGLE)
    return tensors if run == REPO else {name: -one for name, one in tensors.items()}


@cache
def copy_of(run: str, step: int, form: str) -> Mapping[str, bytes]:
    """Return the files of one weight set of a step."""
    tensors = dict(state(run, step))
    if form == "single":
        return {SINGLE: save(tensors, {"format": "pt"})}
    if form == "bin":
        buffer = io.BytesIO()
        torch.save(tensors, buffer)
        return {BIN: buffer.getvalue()}
    names = sorted(tensors)
    halves = names[: len(names) // 2], names[len(names) // 2 :]
    files = {}
    for shard, half in zip(SHARDS, halves, strict=True):
        files[shard] = save({name: tensors[name] for name in half}, {"format": "pt"})
    placed = {name: shard for shard, half in zip(SHARDS, halves, strict=True) for name in half}
    files[INDEX] = json.dumps({"metadata": {}, "weight_map": placed}).encode()
    return files


@dataclass
class Run:
    """A published run in the making.

    Args:
        draw: the seeded generator.
        forms: which weight sets each branch holds.
        branches: files by branch, of both repositories: (repository, branch).
        aliases: branch → branch of REPO whose commit it points at.
    """

    draw: random.Random
    forms: tuple[str, ...]
    branches: dict[tuple[str, str], Files] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    def put(self, step: int, of: int, *, forms: tuple[str, ...] = (), run: str = REPO) -> None:
        """Let a step's branch hold another step's weights, in these or all forms."""
        for form in forms or self.forms:
            self.branches[REPO, f"step{step}"] |= copy_of(run, of, form)

    def files(self, step: int) -> Files:
        """Return the files of a step's branch, to change."""
        return self.branches[REPO, f"step{step}"]

    def publish(self, repositories: Mapping[str, Repository]) -> None:
        """Commit every branch."""
        for (repo_id, branch), files in self.branches.items():
            if repo_id != REPO or branch not in self.aliases:
                repositories[repo_id].commit(branch, files)
        for branch, of in self.aliases.items():
            repositories[REPO].branches[branch] = repositories[REPO].branches[of]


def clean(draw: random.Random, forms: tuple[str, ...]) -> Run:
    """Return a run that has nothing wrong, with what is odd and right in published ones."""
    run = Run(draw, forms)
    small = {"config.json": b"{}", "README.md": b"# model"}
    for repo_id in (REPO, SIBLING):
        for step in trajectory.STEPS:
            files: Files = dict(small)
            for form in forms:
                files |= copy_of(repo_id, step, form)
            if draw.random() < 0.2:
                files["optimizer.pt"] = b"%d" % draw.getrandbits(64)
            run.branches[repo_id, f"step{step}"] = files
        run.branches[repo_id, "main"] = run.branches[repo_id, f"step{LAST}"] | {"note.txt": b"x"}
    if draw.random() < 0.5 and "single" in forms:  # main also stores a buffer: other bytes
        tensors = state(REPO, LAST) | {"gpt_neox.layers.0.attention.bias": torch.ones(1)}
        run.branches[REPO, "main"] |= {SINGLE: save(tensors, {"format": "pt"})}
    return run


@dataclass(frozen=True)
class Planted:
    """One defect, and what an audit must say.

    Args:
        branches: which branches are wrong.
        verdicts: what each of them must be called, any of these.
        rule: a finding that must be made, where the branch's own verdict is not the point.
    """

    branches: tuple[str, ...]
    verdicts: tuple[str, ...]
    rule: str | None = None


def named(*steps: int) -> tuple[str, ...]:
    """Return branch names."""
    return tuple(f"step{step}" for step in steps)


def last_everywhere(run: Run) -> Planted:
    """The last step's weights in every format, in a commit of its own."""
    step = run.draw.choice(INNER)
    run.put(step, LAST)
    return Planted(named(step), ("same-as",))


def default_replaced(run: Run) -> Planted:
    """The file that loads by default is the last step's; the branch's own lie beside it."""
    step = run.draw.choice(INNER)
    run.put(step, LAST, forms=("single",))
    return Planted(named(step), ("same-as",))


def default_of_many(run: Run) -> Planted:
    """The last step's default file on several branches at once."""
    steps = run.draw.sample(INNER, 4)
    for step in steps:
        run.put(step, LAST)
    return Planted(named(*steps), ("same-as",))


def alias(run: Run) -> Planted:
    """A branch that points at main's commit."""
    step = run.draw.choice(INNER)
    run.aliases[f"step{step}"] = "main"
    return Planted(named(step), ("alias",))


def neighbour(run: Run) -> Planted:
    """A step that holds another inner step's weights: which is right cannot be told."""
    step, other = run.draw.sample(INNER, 2)
    run.put(step, other)
    return Planted(named(step, other), ("same-as",))


def triple(run: Run) -> Planted:
    """Three inner steps, far apart, with the same weights."""
    steps = run.draw.sample(INNER, 3)
    for step in steps[1:]:
        run.put(step, steps[0])
    return Planted(named(*steps), ("same-as",))


def never_trained(run: Run) -> Planted:
    """Step 2 still holds the initialisation: one equal step more than the first update excuses."""
    run.put(2, 0)
    return Planted(named(2), ("same-as",))


def from_sibling(run: Run) -> Planted:
    """The weights of another run at the same step."""
    step = run.draw.choice(INNER)
    run.put(step, step, run=SIBLING)
    return Planted(named(step), ("same-as",))


def wrong_parent(run: Run) -> Planted:
    """Step 1 is another run's: it did not start from its own initialisation."""
    run.put(1, 1, run=SIBLING)
    return Planted(named(1), ("same-as",))


def spliced_with_last(run: Run) -> Planted:
    """One shard is the last step's."""
    step, shard = run.draw.choice(INNER), run.draw.choice(SHARDS)
    run.files(step)[shard] = copy_of(REPO, LAST, "shards")[shard]
    return Planted(named(step), ("spliced",))


def spliced_inside(run: Run) -> Planted:
    """One shard is another inner step's: metadata accuses both."""
    (step, other), shard = run.draw.sample(INNER, 2), run.draw.choice(SHARDS)
    run.files(step)[shard] = copy_of(REPO, other, "shards")[shard]
    return Planted(named(step, other), ("spliced",))


def shard_absent(run: Run) -> Planted:
    """The index names a shard that was never uploaded."""
    step = run.draw.choice(INNER)
    del run.files(step)[run.draw.choice(SHARDS)]
    return Planted(named(step), ("incomplete",))


def index_absent(run: Run) -> Planted:
    """Shards without their index, which no loader takes by itself."""
    step = run.draw.choice(INNER)
    del run.files(step)[INDEX]
    return Planted(named(step), ("missing", "incomplete"))


def truncated(run: Run) -> Planted:
    """A file that ends early."""
    step = run.draw.choice(INNER)
    name = run.draw.choice([name for name in run.files(step) if name in (SINGLE, BIN)])
    run.files(step)[name] = run.files(step)[name][: run.draw.randrange(1000, 300_000)]
    return Planted(named(step), ("incomplete",))


def branch_absent(run: Run) -> Planted:
    """A step of the save schedule that has no branch."""
    step = run.draw.choice(INNER)
    del run.branches[REPO, f"step{step}"]
    return Planted(named(step), ("missing",))


def weights_absent(run: Run) -> Planted:
    """A branch that holds everything but weights."""
    step = run.draw.choice(INNER)
    files = run.files(step)
    for name in [name for name in files if name.startswith(("model", "pytorch_model"))]:
        del files[name]
    return Planted(named(step), ("missing",))


def other_format_stale(run: Run) -> Planted:
    """The default file is right, and the `.bin` beside it the last step's."""
    step = run.draw.choice(INNER)
    run.put(step, LAST, forms=("bin",))
    return Planted(named(step), ("own",), rule="other-set")


def main_stale(run: Run) -> Planted:
    """Main serves an early step: the steps were sorted as text."""
    step = run.draw.choice(INNER)
    files = run.branches[REPO, "main"]
    for form in run.forms:
        files |= copy_of(REPO, step, form)
    return Planted(("main",), ("same-as",))


Plant = Callable[[Run], Planted]
EVERY = tuple(LAYOUTS)
WITH_SHARDS_FIRST = ("shards", "shards + bin")
# Each kind, and the layouts in which it can happen so.
KINDS: dict[Plant, tuple[str, ...]] = {
    last_everywhere: EVERY,
    default_replaced: ("single", "single + bin", "single + shards"),
    default_of_many: EVERY,
    alias: EVERY,
    neighbour: EVERY,
    triple: EVERY,
    never_trained: EVERY,
    from_sibling: EVERY,
    wrong_parent: EVERY,
    spliced_with_last: WITH_SHARDS_FIRST,
    spliced_inside: WITH_SHARDS_FIRST,
    shard_absent: WITH_SHARDS_FIRST,
    index_absent: ("shards",),
    truncated: ("single", "bin"),
    branch_absent: EVERY,
    weights_absent: EVERY,
    other_format_stale: ("single + bin",),
    main_stale: EVERY,
}


def suite_file(folder: Path) -> Path:
    """Write the suite of both runs."""
    text = (trajectory.cached() / "suite.toml").read_text()
    model = f'[[model]]\nname = "{trajectory.MODEL}"'
    start = text.index(model)
    end = text.index("[[fact]]", start)
    second = text[start:end].replace(trajectory.MODEL, f"{trajectory.MODEL}-seed2")
    facts = text[end:].replace(f'"{trajectory.MODEL}"', f'"{trajectory.MODEL}*"')
    file = folder / "suite.toml"
    file.write_text(text[:end] + second + facts)
    return file
