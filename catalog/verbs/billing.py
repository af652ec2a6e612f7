"""Bills of materials: what checkpoints consist of, under which licence, with which known problems.

For a REF the files are those that were last seen of its branch, and what is on record fills in
digests that the Hub does not declare; for a lock they are what it pins. Nothing is asked of the
Hub, and nothing is guessed: what nobody states is left out. `catalog.documents.bills` prints them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from catalog.core import advisories, facts
from catalog.core.advisories import Advisory
from catalog.core.manifests import FileEntry, Manifest
from catalog.errors import BadInput, CheckedBad, CouldNotCheck
from catalog.sql.queries import models
from catalog.sql.queries import weights as records
from catalog.verbs import declaring

if TYPE_CHECKING:
    from catalog.core.locks import Locked
    from catalog.core.models import Checkpoint, Model
    from catalog.sql.connections import Reader
    from catalog.verbs.declaring import Declared
    from catalog.verbs.target import Target

LICENSE = "license"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a checkpoint.

    Attributes:
        path: relative, POSIX.
        size_bytes: its size.
        sha256: hex, None where nobody took it.
        git_sha1: git's blob id, None of a large file.
    """

    path: str
    size_bytes: int
    sha256: str | None
    git_sha1: str | None = None


@dataclass(frozen=True, slots=True)
class License:
    """Under which licence weights are published.

    Attributes:
        spdx: its identifier.
        source: title of the document that says so.
        url: of that document, None where it has none.
    """

    spdx: str
    source: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A known problem of the checkpoint's branch.

    Attributes:
        advisory: it.
        concerned: whether the weights that are listed here are among those with the problem.
    """

    advisory: Advisory
    concerned: bool


@dataclass(frozen=True, slots=True)
class Billed:
    """One checkpoint and what it consists of.

    Attributes:
        name: `MODEL@REVISION`.
        repo_id: where it is published, None where it was not.
        model: its name, None of a repository of no known model.
        revision: its branch.
        commit: the Hub's, None where nobody knows.
        parts: its files.
        source: who says that these are its files.
        license: of the weights, None where nobody states one.
        properties: what is known of it, by name.
        problems: known problems, the newest first.
    """

    name: str
    repo_id: str | None
    model: str | None
    revision: str | None
    commit: str | None
    parts: tuple[Part, ...]
    source: str
    license: License | None
    properties: Mapping[str, str]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill of materials.

    Attributes:
        subject: what it is of: a REF, or the name of a lock file.
        checkpoints: what it lists.
        version: of the program.
        made_at: when.
        lock_sha256: of the lock file, None of a REF.
    """

    subject: str
    checkpoints: tuple[Billed, ...]
    version: str
    made_at: datetime
    lock_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Printed:
    """A bill of materials as CycloneDX 1.6.

    Attributes:
        bill: what it says.
        json: as JSON.
        xml: the same as XML.
    """

    bill: Bill
    json: str
    xml: str


# A branch --------------------------------------------------------------------------------------


def of_branch(connection: "Reader", branch: "Target") -> Billed:
    """Return what a branch consists of.

    Raises:
        BadInput: one weight set was named.
        CheckedBad: what is on record contradicts what was last seen of the branch.
        CouldNotCheck: nobody ever saw its files.
    """
    if branch.weight_set is not None:
        hint = "pin it with `catalog lock`, and export the lock's"
        raise BadInput(f"{branch.text} names one weight set, not a branch", hint)
    commit, parts, source = _files(connection, branch)
    saved, model = branch.checkpoint, branch.model
    stated = {} if saved is None else _at(saved)
    return Billed(
        name=branch.branch,
        repo_id=branch.repo_id,
        model=None if model is None else model.name,
        revision=branch.revision,
        commit=commit,
        parts=parts,
        source=source,
        license=None if model is None else _license(connection, model),
        properties=stated | _of_model(model),
        problems=_problems(
            None if model is None else model.name, None if saved is None else saved.revision, parts
        ),
    )


def _files(connection: "Reader", branch: "Target") -> tuple[str | None, tuple[Part, ...], str]:
    """Return a commit of a branch, its files, and who says so: the newest look, else the record."""
    seen = declaring.declared(connection, str(branch.repo_id), str(branch.revision))
    saved = branch.checkpoint
    commit = None if seen is None else seen.commit
    known = None if saved is None else records.recorded(connection, saved.id, commit)
    if seen is not None:
        held = None if known is None or known.commit != commit else known.manifest
        partly = "" if seen.whole else "; of its files the weights alone were seen"
        return commit, _declared(seen, held), seen.source + partly
    if known is not None:
        return known.commit, _recorded(known.manifest), f"recorded {known.day}"
    fetch = f"`catalog sync {branch.repo_id}` looks"
    raise CouldNotCheck(f"nobody ever saw which files {branch.name} has", fetch)


def _declared(seen: "Declared", held: Manifest | None) -> tuple[Part, ...]:
    """Return declared files, small ones with the SHA-256 that is on record of the same bytes."""
    parts = []
    for path, file in sorted(seen.files.items()):
        entry = None if held is None else held.entries.get(path)
        if entry is not None and file.declared and entry.agrees(file.declared) is False:
            what = f"what is on record of {path} contradicts {seen.source}"
            raise CheckedBad(f"{what}; `catalog audit` says more")
        sha256 = file.sha256 or (None if entry is None else entry.sha256)
        parts.append(Part(path, file.size_bytes, sha256, file.git_sha1))
    return tuple(parts)


def _recorded(entries: Iterable[FileEntry]) -> tuple[Part, ...]:
    return tuple(
        Part(entry.path, entry.size_bytes, entry.sha256, entry.git_sha1) for entry in entries
    )


# A lock ----------------------------------------------------------------------------------------


def of_lock(pinned: "Locked", model: "Model | None", license_: License | None) -> Billed:
    """Return what a pinned checkpoint consists of.

    Args:
        pinned: what a lock says of it.
        model: what the catalog knows of its model, None where it knows nothing.
        license_: of its weights, None where the catalog states none.
    """
    parts = _recorded(pinned.manifest)
    return Billed(
        name=pinned.name,
        repo_id=pinned.repo_id,
        model=pinned.model,
        revision=pinned.revision,
        commit=pinned.commit,
        parts=parts,
        source="the lock",
        license=license_,
        properties={"weight_set": pinned.weight_set, "verdict": pinned.verdict}
        | _at(pinned)
        | _of_model(model),
        problems=_problems(pinned.model, pinned.revision, parts),
    )


def of_pinned_model(
    connection: "Reader", pinned: "Locked"
) -> "tuple[Model | None, License | None]":
    """Return what the catalog knows of a pinned checkpoint's model; a name may be another's here.

    Raises:
        UnknownName: it knows no such model.
    """
    if pinned.model is None:
        return None, None
    model = models.named(connection, pinned.model)
    if model.repo_id != pinned.repo_id:
        return None, None
    return model, _license(connection, model)


# What is known of it ---------------------------------------------------------------------------


def _license(connection: "Reader", model: "Model") -> License | None:
    """Return the licence that the most trusted source states."""
    stated, sources = models.facts(connection, model.id)
    fact = facts.decide(stated, sources).get(LICENSE)
    if fact is None:
        return None
    source = sources[fact.source]
    return License(str(fact.value), source.title, source.url)


def _at(saved: "Checkpoint | Locked") -> dict[str, str]:
    return _known(published_step=saved.published_step, tokens_seen=saved.tokens_seen)


def _of_model(model: "Model | None") -> dict[str, str]:
    if model is None:
        return {}
    return _known(
        suite=model.suite,
        architecture=model.architecture,
        params_total=model.params_total,
        params_non_embedding=model.params_non_embedding,
    )


def _known(**stated: object) -> dict[str, str]:
    return {key: str(value) for key, value in stated.items() if value is not None}


def _problems(
    model: str | None, revision: str | None, parts: Sequence[Part]
) -> tuple[Problem, ...]:
    """Return the advisories on a checkpoint, and whether the weights listed are concerned."""
    if model is None:
        return ()
    paths = {part.path for part in parts}
    return tuple(
        Problem(advisory, not advisory.weight_sets or not paths.isdisjoint(advisory.weight_sets))
        for advisory in advisories.about(model, revision)
    )
