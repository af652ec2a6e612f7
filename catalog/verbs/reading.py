"""Observes one checkpoint: its files, whether its weights fit the model, what they compute.

The shared half of `populate`, which records what is observed, and `verify`, which compares it. It
decides nothing about what was expected beyond the model's own shape, and writes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from catalog import forward
from catalog.core import architectures, facts, foreign, witnesses
from catalog.core.counts import count
from catalog.core.digests import Digest
from catalog.core.foreign import ForeignError
from catalog.core.manifests import Manifest
from catalog.core.verdicts import Check, Level, Rule, Seen, Verdict
from catalog.core.weightsets import CONFIG
from catalog.core.witnesses import SetDigests
from catalog.errors import BadInput, CatalogError
from catalog.progress import SILENT, Watcher
from catalog.sql.queries import models
from catalog.verbs.listing import listed
from catalog.verbs.pipeline import Done
from catalog.weights import hashing, outside

if TYPE_CHECKING:
    from catalog.core.models import Model
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target

_SHAPE_KEYS = ("layers", "model_dim", "heads", "vocab_size")
# Beyond these names and shapes fill more memory than weights do.
_SHAPE_LIMITS = (1_024, 1 << 24, 1 << 16, 1 << 28)
# What transformers calls them in config.json.
_CONFIG_KEYS = ("num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a model's weights must look like.

    Args:
        architecture: as in its suite file or config.
        shapes: every parameter's name and shape, None where no formula is known.
        params_total: how many parameters, None where unknown.
        source: who says so: the model's name, or `config.json`.
    """

    architecture: str
    shapes: Mapping[str, tuple[int, ...]] | None
    params_total: int | None
    source: str

    @property
    def says_anything(self) -> bool:
        """Return whether there is something to hold weights against."""
        return self.shapes is not None or self.params_total is not None


@dataclass(frozen=True, slots=True)
class Observed:
    """What reading a checkpoint's files gave.

    Args:
        folder: where weight files and config lie.
        manifest: every file.
        declared: what the Hub declared of them, by path; empty outside its cache.
        sets: the weight sets asked for, by name; empty where tensors were not asked for.
        is_file: a single file was named, so others beside it are not looked at.
        notes: what lies beside the weights that a reader should know of.
    """

    folder: Path
    manifest: Manifest
    declared: Mapping[str, Digest]
    sets: Mapping[str, SetDigests]
    is_file: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """How to look at a target.

    Args:
        level: how deep to look.
        choice: where and how to run the network; needed for level `forward` only.
        exclude: files to pass over, such as the manifest that lies in the folder.
        watcher: hears what is being done, and how far it is.
        workers: how many cores reading may keep busy, None for all.
        ran: what weight sets came to that were run already, by value digest.
    """

    level: Level
    choice: forward.Choice | None = None
    exclude: tuple[Path, ...] = ()
    watcher: Watcher = SILENT
    workers: int | None = None
    ran: Mapping[str, Done[forward.ForwardRun]] = field(default_factory=dict)


def plan_of(connection: "Reader", model: "Model") -> Plan:
    """Return what a model's facts say its weights must look like."""
    stated, sources = models.facts(connection, model.id)
    used = facts.decide(stated, sources)
    numbers = [facts.number(used[key].value) if key in used else None for key in _SHAPE_KEYS]
    return _plan(model.architecture, numbers, model.params_total, model.name)


def plan_from_config(folder: Path) -> Plan | None:
    """Return what `config.json` says of the weights beside it, None where it says nothing."""
    try:
        config = foreign.json_of(outside.read(folder / CONFIG))
    except (CatalogError, ForeignError):
        return None
    if not isinstance(config, dict):
        return None
    numbers = [config.get(key) for key in _CONFIG_KEYS]
    return _plan(str(config.get("model_type", "")), numbers, None, CONFIG)


def _plan(architecture: str, numbers: Sequence[object], total: int | None, source: str) -> Plan:
    shapes = None
    if all(
        isinstance(number, int | float) and 0 < number <= most
        for number, most in zip(numbers, _SHAPE_LIMITS, strict=True)
    ):
        try:
            shape = architectures.Shape(*(int(str(number)) for number in numbers))
            shapes = architectures.tensors(architecture, shape)
        except (BadInput, ValueError):
            shapes = None
    return Plan(architecture, shapes, total, source)


def read(
    target: "Target",
    *,
    tensors: bool,
    architecture: str | None,
    exclude: Iterable[Path] = (),
    watcher: Watcher = SILENT,
    workers: int | None = None,
) -> Observed:
    """Read every file once.

    Args:
        target: with a path.
        tensors: whether to digest tensors too.
        architecture: names canonical names and buffers; None to tell from the tensors' names.
        exclude: files to pass over.
        watcher: hears how far it is.
        workers: how many cores it may keep busy, None for all.

    Raises:
        CheckedBad: a file is broken or hostile, a set is incomplete, there are no weights.
        CouldNotCheck: a file could not be read.
        BadInput: nothing is there, or not the weight set that was asked for.
    """
    listing = listed(target, exclude)
    watcher.expect(listing.size_bytes)
    hashed = hashing.hash_files(
        listing,
        tensors=tensors,
        architecture=architecture,
        progress=watcher.advance,
        workers=workers,
    )
    return Observed(
        folder=listing.path.parent if listing.is_file else listing.path,
        manifest=hashed.manifest,
        declared={
            path: file.declared for path, file in listing.files.items() if file.declared is not None
        },
        sets={name: digests for name, digests in hashed.sets.items() if target.includes(name)},
        is_file=listing.is_file,
        notes=hashed.notes,
    )


def once(target: "Target", plan: Plan | None, options: Options) -> Observed:
    """Read every file once, as deep as the level goes; in any thread. Raises as `read`."""
    options.watcher.report("reading")
    return read(
        target,
        tensors=options.level.includes(Level.WEIGHTS),
        architecture=None if plan is None else plan.architecture,
        exclude=options.exclude,
        watcher=options.watcher,
        workers=options.workers,
    )


def seen(target: "Target", observed: Observed) -> Seen:
    """Return what was read; where it lay on this machine is nobody else's business."""
    name = target.name
    if target.path is not None and target.model is None:
        name = target.path.absolute().name or "a folder"
    sets = tuple(observed.sets.values())
    return Seen(name, observed.manifest, sets, target.repo_id, target.commit)


# Checks that need no record --------------------------------------------------------------------


def declared_check(observed: Observed) -> Check | None:
    """Compare files with what the Hub declared of them; None outside the Hub's cache."""
    if not observed.declared:
        return None
    wrong = undeclared(observed)
    expected = seen_now = f"{count(len(observed.declared), 'file')} as the Hub declared them"
    for path in wrong[:1]:
        entry, digest = observed.manifest.entries[path], observed.declared[path]
        held = f"{digest.algorithm} {entry.digest_like(digest)}"
        seen_now = f"{path} has {held}, the Hub declared {digest.hex}"
    return Check.of(Rule.DECLARED, good=not wrong, expected=expected, observed=seen_now)


def undeclared(observed: Observed) -> list[str]:
    """Return the files of the Hub's cache that are not as the Hub declared them."""
    return [
        path
        for path, digest in observed.declared.items()
        if observed.manifest.entries[path].agrees(digest) is False
    ]


def weight_checks(digests: SetDigests, plan: Plan | None) -> list[Check]:
    """Check that a weight set fits its model and is finite."""
    wanted = "finite weights"
    bad = witnesses.not_finite(digests)
    finite = Check.of(
        Rule.FINITE,
        good=bad is None,
        expected=wanted,
        observed=bad or wanted,
        subject=digests.name,
    )
    return [_shape_check(digests, plan), finite]


def _shape_check(digests: SetDigests, plan: Plan | None) -> Check:
    size = f"{count(len(digests.tensors), 'tensor')}, {count(digests.params_total, 'parameter')}"
    held = f"{size}, {digests.dtype}"
    if plan is None or not plan.says_anything:
        return Check(Rule.SHAPES, Verdict.INCONCLUSIVE, None, held, digests.name)
    problems = witnesses.misfits(digests, plan.shapes, plan.params_total)
    return Check.of(
        Rule.SHAPES,
        good=not problems,
        expected=f"what {plan.source} needs",
        observed="; ".join(problems) or held,
        subject=digests.name,
    )
