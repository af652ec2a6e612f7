"""`catalog hash`: digests of files, weights and whole checkpoints; needs no catalog."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core import refs
from catalog.errors import BadInput, CouldNotCheck, UnknownName, one_line

from . import manifests, output
from .options import JsonOpt
from .several import AsOpt, Progress

if TYPE_CHECKING:
    from catalog.core.digests import FileEntry
    from catalog.core.tensors import TensorDigest
    from catalog.core.weightsets import WeightSet
    from catalog.core.witnesses import SetDigests
    from catalog.weights.hashing import Hashed

BAD = 1


def hash_(
    target: Annotated[
        str,
        typer.Argument(
            metavar="PATH|REF",
            help="A folder, a file, or MODEL@REVISION in the Hub's cache; ./NAME is always a path.",
            show_default=False,
        ),
    ],
    tensors: Annotated[
        bool, typer.Option("--tensors", help="Tensor, parameter and value digests too.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write the manifest to a file.", readable=False
        ),
    ] = None,
    called: AsOpt = None,
    json: JsonOpt = False,
) -> None:
    """Hash every file of a checkpoint, and with --tensors what its weights hold.

    Reads each file once and runs nothing that is in it. Exit 1 where a weight file is broken,
    incomplete or hostile, or holds NaN; then no FILE is written.
    """
    from catalog.weights import files, hashing

    asked = refs.parse(called) if called else None
    if file is not None:
        manifests.refuse_other(file)
    path, weight_set = _located(target, asked)
    found = files.find(path, exclude=() if file is None else (file,))
    with Progress(target, quiet=json) as progress:
        progress.expect(found.size_bytes)
        hashed = hashing.hash_files(
            found, tensors=tensors, weight_set=weight_set, progress=progress.bytes_read
        )
    document = _document(hashed, asked, tensors=tensors)
    if file is not None and not hashed.findings:
        _write(file, hashed, document)
    if json:
        output.emit_json(document)
    else:
        _print(hashed)
    for finding in hashed.findings:
        output.say(f"catalog: {one_line(finding)}")
    if hashed.findings:
        raise typer.Exit(BAD)


def _located(target: str, called: refs.CheckpointRef | None) -> tuple[Path, str | None]:
    """Return where to look, and for which weight set."""
    from catalog.weights import cache, files

    if files.is_path(target):
        return files.path_of(target), None if called is None else called.weight_set
    if called is not None:
        raise BadInput(f"--as says what a folder is, and {target!r} is none", "leave out --as")
    ref = refs.parse(target)
    repository = cache.repository_folder(_repo_id(ref.model))
    snapshot = cache.snapshot(repository, ref.revision) if cache.is_repository(repository) else None
    if snapshot is None:
        raise CouldNotCheck(
            f"{target} is neither a path nor in the Hub's cache", f"run `catalog populate {target}`"
        )
    return snapshot, ref.weight_set


def _repo_id(model: str) -> str:
    """Return a model's repository; old names are understood too."""
    if "/" in model:
        return model
    from catalog.core import names, suites

    entries = []
    for suite in suites.shipped():
        repositories = {each.name: each.repo_id for each in suite.models}
        entries += [
            names.Entry(
                each.text,
                each.model,
                repositories.get(each.model),
                each.kind,
                each.valid_from,
                each.valid_to,
            )
            for each in suites.all_names(suite)
        ]
    answer = names.Index.of(entries).resolve(model)
    if answer.repo_id is None:
        raise UnknownName("model or path", model, answer.nearest)
    return answer.repo_id


def _document(
    hashed: "Hashed", called: refs.CheckpointRef | None, *, tensors: bool
) -> dict[str, Any]:
    """Return what `--json` documents; the top-level digests are those of the loaded set."""
    place = hashed.found.place
    document: dict[str, Any] = {
        "path": str(hashed.found.path),
        "repo_id": place.repo_id if place else None,
        "commit": place.commit if place else None,
        "revisions": place.revisions if place else (),
        "called": str(called) if called else None,
        "manifest_digest": hashed.manifest.digest,
        "files": [_entry(entry.path, hashed) for entry in hashed.manifest],
        "weight_sets": [
            _set(weights, hashed.sets.get(weights.name)) for weights in hashed.weight_sets
        ],
        "findings": hashed.findings,
    }
    if tensors:
        loaded = hashed.loaded
        document |= {
            "tensors": [_tensor(each) for each in loaded.tensors] if loaded else None,
            "parameter_digest": loaded.parameter_digest if loaded else None,
            "value_digest": loaded.value_digest if loaded else None,
        }
    return document


def _entry(path: str, hashed: "Hashed") -> dict[str, Any]:
    """Return one file."""
    entry = hashed.manifest.entries[path]
    found: dict[str, Any] = {"path": path, "size": entry.size_bytes, "sha256": entry.sha256}
    return found | ({"git_sha1": entry.git_sha1} if entry.git_sha1 else {})


def _set(weights: "WeightSet", digests: "SetDigests | None") -> dict[str, Any]:
    """Return one weight set without its tensors."""
    document: dict[str, Any] = {
        "name": weights.name,
        "layout": weights.layout,
        "files": weights.files,
    }
    if digests is None:
        return document
    return document | {
        "parameters": digests.params_total,
        "parameter_digest": digests.parameter_digest,
        "value_digest": digests.value_digest,
    }


def _tensor(tensor: "TensorDigest") -> dict[str, Any]:
    """Return one tensor."""
    return {
        "name": tensor.name,
        "dtype": tensor.dtype,
        "shape": tensor.shape,
        "digest": tensor.digest,
        "value_digest": tensor.value_digest,
        "non_finite": tensor.non_finite,
        "is_buffer": tensor.is_buffer,
    }


def _sum_line(entry: "FileEntry") -> str:
    """Return one line as `sha256sum` prints it: a backslash first where the path has escapes."""
    spelled = entry.path
    for character, escape in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r")):
        spelled = spelled.replace(character, escape)
    return f"{'' if spelled == entry.path else chr(92)}{entry.sha256}  {spelled}"


def _print(hashed: "Hashed") -> None:
    """Print the digests for people: file digests as `sha256sum` does."""
    for entry in hashed.manifest:
        output.line(_sum_line(entry))
    digests: list[tuple[str, object]] = [("manifest", hashed.manifest.digest)]
    for name, weights in hashed.sets.items():
        digests.append((f"parameters of {name}", weights.parameter_digest))
        digests.append((f"values of {name}", weights.value_digest))
    output.line()
    output.pairs(digests)


def _write(file: Path, hashed: "Hashed", document: Mapping[str, Any]) -> None:
    """Write the manifest; who and what it was of goes with it."""
    from catalog.core import digests

    # Where it lay on this machine is nobody else's business.
    extra = {key: value for key, value in document.items() if key not in ("path", "findings")}
    output.write_file(file, digests.print_manifest(hashed.manifest, output.plain(extra)))
