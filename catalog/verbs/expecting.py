"""What a target is expected to be, and who says so: the record, its neighbours, or a manifest file.

A witness is a value; holding what is observed now against it is `catalog.verbs.verify`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import manifests
from catalog.core.curves import FEWEST
from catalog.core.declared import Declaration, Standing
from catalog.core.fingerprints import Fingerprint
from catalog.core.manifests import Manifest
from catalog.core.observers import NOBODY, Words
from catalog.core.tensors import TensorDigest
from catalog.core.verdicts import Level
from catalog.core.witnesses import Recorded
from catalog.errors import BadInput
from catalog.sql.queries import models
from catalog.sql.queries import weights as queries
from catalog.verbs import disagreeing, reading, target, witnessing
from catalog.weights import manifest_files, paths

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from catalog.core.models import Model
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target


Ask = Callable[[Manifest], Standing]
"""Asks every other witness how files stand to the name."""


def nobody(_: Manifest) -> Standing:
    """Return what is known without a catalog: nothing."""
    return Standing()


@dataclass(frozen=True, slots=True)
class Witness:
    """What a target is compared with.

    Args:
        expected: the files it should have, None where nobody says.
        source: who says so: the record with its date, or a manifest file.
        recorded: the catalog's record, None where there is none.
        held: the tensors of its weight sets, by name, for `implied`; none where somebody else read
            these files, or all is to be digested anew.
        plan: what its weights must look like, None where nothing says.
        fingerprints: on record, by weight set.
        run: recorded fingerprints of the same run, by training step.
        siblings: those of other runs of its shape and schedule, where the checkpoint has none.
        declared: what was observed of the checkpoint on the Hub.
        ask: asks all of them but the record, once the files were read.
        words: what several observers say of it.
    """

    expected: Manifest | None = None
    source: str = ""
    recorded: Recorded | None = None
    held: Mapping[str, Sequence[TensorDigest]] = field(default_factory=dict)
    plan: reading.Plan | None = None
    fingerprints: Mapping[str, Sequence[Fingerprint]] = field(default_factory=dict)
    run: Mapping[int, Fingerprint] = field(default_factory=dict)
    siblings: Sequence[Mapping[int, Fingerprint]] = ()
    declared: tuple[Declaration, ...] = ()
    ask: Ask = nobody
    words: Words = NOBODY

    def by(self, manifest: Manifest, source: str) -> "Witness":
        """Return a manifest as the witness; what weights must look like stays known."""
        return Witness(manifest, source, plan=self.plan)


def asking(reading: "Callable[[], AbstractContextManager[Reader]]", target: "Target") -> Ask:
    """Return what asks every witness of a target, in a transaction of its own.

    Reading a checkpoint takes minutes: until its files were read no catalog is held open.

    Args:
        reading: opens the catalog.
        target: which checkpoint.
    """

    def ask(manifest: Manifest) -> Standing:
        with reading() as connection:
            return witnessing.standing(connection, target, manifest)

    return ask


def on_record(
    connection: "Reader", target: "Target", level: Level, ask: Ask = nobody, *, anew: bool = False
) -> Witness:
    """Return what the catalog knows of a target, as far as the level needs it.

    Args:
        connection: an open catalog.
        target: what to verify.
        level: how deep.
        ask: asks the other witnesses, when the files were read and the catalog is closed.
        anew: nothing that is on record of tensors is taken for theirs.
    """
    if target.model is None:
        return Witness(ask=ask)
    saved = target.checkpoint
    recorded = None if saved is None else queries.recorded(connection, saved.id, target.commit)
    deep = level.includes(Level.FORWARD)
    run = queries.run(connection, target.model.id) if deep else {}
    ids = {} if recorded is None or not deep else recorded.set_ids
    fingerprints = {name: queries.fingerprints(connection, row) for name, row in ids.items()}
    # Many records to read, and of no account where the checkpoint has its own.
    asks = len(run) < FEWEST or not fingerprints or not all(fingerprints.values())
    holds = level.includes(Level.WEIGHTS) and not anew
    return Witness(
        expected=None if recorded is None else recorded.manifest,
        source="" if recorded is None else f"recorded {recorded.day}",
        recorded=recorded,
        held=queries.tensors(connection, recorded) if recorded and holds else {},
        plan=reading.plan_of(connection, target.model),
        fingerprints=fingerprints,
        run=run,
        siblings=_siblings(connection, target.model) if deep and asks else (),
        declared=witnessing.declarations(connection, target) if level is Level.METADATA else (),
        ask=ask,
        words=NOBODY if saved is None else disagreeing.words(connection, saved.id),
    )


def _siblings(connection: "Reader", model: "Model") -> tuple[Mapping[int, Fingerprint], ...]:
    """Return what is on record of other runs of a model's size, architecture and batch."""
    others = (
        queries.run(connection, other.id)
        for other in models.models(connection)
        if other.id != model.id and _shape(other) == _shape(model)
    )
    return tuple(run for run in others if run)


def _shape(model: "Model") -> tuple[object, ...]:
    return model.size, model.architecture, model.tokens_per_training_step


def manifest_at(file: Path) -> tuple[Manifest, str]:
    """Return a manifest file's manifest, and what to call it.

    Raises:
        BadInput: there is none, or it is no manifest.
        CouldNotCheck: it cannot be read.
    """
    text = manifest_files.read(file, "write it with `catalog hash -o`")
    return manifests.parse_manifest(text, str(file)), str(file)


def by_manifest(text: str, manifest: Manifest, source: str) -> "tuple[Target, Witness]":
    """Return a path as the target and a manifest as its only witness; needs no catalog.

    Raises:
        BadInput: the text is no path.
    """
    if not paths.is_path(text):
        raise BadInput(f"{text!r} is not a path", "--against compares a folder or file")
    return target.on_disk(text), Witness(manifest, source)
