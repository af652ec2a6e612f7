"""Files, weight sets, records and verifications as plain data."""

from json import loads
from typing import TYPE_CHECKING

from catalog.documents.plain import Document, plain

if TYPE_CHECKING:
    from catalog.core.batches import Tasks
    from catalog.core.fingerprints import Fingerprint
    from catalog.core.manifests import FileEntry
    from catalog.core.published import RemoteFile
    from catalog.core.tensors import TensorDigest
    from catalog.core.verdicts import Check, Verification
    from catalog.core.weightsets import WeightSet
    from catalog.core.witnesses import Recorded, SetDigests
    from catalog.verbs.forget import Forgotten, ForgottenRepository
    from catalog.verbs.hash import Digested
    from catalog.verbs.lock import Lock, Locked
    from catalog.verbs.locked import Compared
    from catalog.verbs.planning import Plan
    from catalog.verbs.populate import Populated
    from catalog.verbs.pull import Pulled


def file(path: str, size_bytes: int, **digests: str | None) -> Document:
    """Return a file; `size` is the older name of `size_bytes`."""
    return {"path": path, "size_bytes": size_bytes, "size": size_bytes, **digests}


def _entry(entry: "FileEntry") -> Document:
    git = {"git_sha1": entry.git_sha1} if entry.git_sha1 else {}
    return file(entry.path, entry.size_bytes, sha256=entry.sha256, **git)


def _remote(remote: "RemoteFile") -> Document:
    """Return a file as the Hub declares it: with one of both digests."""
    return file(remote.path, remote.size_bytes, sha256=remote.sha256, git_sha1=remote.git_sha1)


# Hashing ---------------------------------------------------------------------------------------


def digested(value: "Digested") -> Document:
    """Return what was hashed; the top-level digests are those of the loaded set."""
    hashed = value.hashed
    place = hashed.found.place
    document: Document = {
        "path": str(hashed.found.path),
        "repo_id": place.repo_id if place else None,
        "commit": place.commit if place else None,
        "revisions": list(place.revisions) if place else [],
        "called": str(value.called) if value.called else None,
        "manifest_digest": hashed.manifest.digest,
        "files": [_entry(entry) for entry in hashed.manifest],
        "weight_sets": [
            _hashed_set(weights, hashed.sets.get(weights.name)) for weights in hashed.weight_sets
        ],
        "findings": list(hashed.findings),
        "notes": list(hashed.notes),
    }
    if value.tensors:
        loaded = hashed.loaded
        document |= {
            "tensors": [_tensor(tensor) for tensor in loaded.tensors] if loaded else None,
            "parameter_digest": loaded.parameter_digest if loaded else None,
            "value_digest": loaded.value_digest if loaded else None,
        }
    return document


def manifest_extra(value: "Digested") -> Document:
    """Return what a manifest file says beside its files: who and what it was of."""
    # Where it lay on this machine is nobody else's business.
    private = ("path", "findings", "notes")
    return {key: item for key, item in digested(value).items() if key not in private}


def _hashed_set(weights: "WeightSet", digests: "SetDigests | None") -> Document:
    """Return one weight set without its tensors; `parameters` is older than `params_total`."""
    document: Document = {
        "name": weights.name,
        "layout": weights.layout,
        "files": list(weights.files),
    }
    if digests is None:
        return document
    return document | {
        "params_total": digests.params_total,
        "parameters": digests.params_total,
        "parameter_digest": digests.parameter_digest,
        "value_digest": digests.value_digest,
    }


def _tensor(tensor: "TensorDigest") -> Document:
    return {
        "name": tensor.name,
        "dtype": tensor.dtype,
        "shape": list(tensor.shape),
        "digest": tensor.digest,
        "value_digest": tensor.value_digest,
        "non_finite": tensor.non_finite,
        "is_buffer": tensor.is_buffer,
    }


# Records ---------------------------------------------------------------------------------------


def populated(value: "Populated") -> Document:
    """Return what came of one checkpoint."""
    target = value.target
    return {
        "target": target.text,
        "model": target.model and target.model.name,
        "revision": target.checkpoint and target.checkpoint.revision,
        "commit": target.commit,
        "path": target.path and str(target.path),
        "status": value.status,
        "manifest_digest": value.manifest_digest,
        "weight_sets": [
            _set(digests) | _computed(value.fingerprints.get(name))
            for name, digests in value.sets.items()
        ],
        "problems": list(value.problems),
        "notes": list(value.notes),
        "distance": target.distance,
        "level": value.level.value,
    }


def plan(value: "Plan") -> Document:
    """Return what would be done."""
    return {
        "level": value.level.value,
        "steps": [plain(step) for step in value.steps],
        "read_bytes": value.read_bytes,
        "download_bytes": value.download_bytes,
        "requests": value.requests,
        "unknown": value.unknown,
        "read_seconds": value.read_seconds,
        "network_bytes": value.network_bytes,
        "download": plain(value.download),
        "forward": plain(value.forward),
    }


def tasks(value: "Tasks | None") -> Document:
    """Return what a cluster would be asked for; None where nobody wants one."""
    return {
        "tasks": None if value is None else [plain(batch) for batch in value.batches],
        "sbatch": None if value is None else list(value.sbatch),
    }


def _set(digests: "SetDigests") -> Document:
    return {
        "name": digests.name,
        "layout": digests.layout,
        "dtype": digests.dtype,
        "params_total": digests.params_total,
        "parameter_digest": digests.parameter_digest,
        "value_digest": digests.value_digest,
    }


def _computed(fingerprint: "Fingerprint | None") -> Document:
    """Return what the network made of the probes; nothing where it was not run."""
    if fingerprint is None:
        return {"loss": None, "text_loss": None, "environment": None}
    return {
        "loss": fingerprint.loss,
        "text_loss": fingerprint.text_loss,
        "environment": plain(fingerprint.environment),
    }


def recorded(value: "Recorded") -> Document:
    """Return what `populate` recorded of a checkpoint."""
    return {
        "observed_at": plain(value.observed_at),
        "observer": value.observer,
        "commit": value.commit,
        "manifest_digest": value.manifest.digest,
        "files": [
            file(entry.path, entry.size_bytes, sha256=entry.sha256) for entry in value.manifest
        ],
        "weight_sets": [_set(digests) for digests in value.sets.values()],
    }


def forgotten(value: "Forgotten | ForgottenRepository") -> Document:
    """Return what was taken back of a record, or of a repository."""
    document: Document = plain(value)
    return document


# Verifications ---------------------------------------------------------------------------------


def verification(value: "Verification") -> Document:
    """Return one verification."""
    return {
        "target": value.target,
        "level": value.level.value,
        "verdict": value.verdict.value,
        "checks": [check(made) for made in value.checks],
        "manifest_digest": value.observed,
        "worst_difference": value.worst_difference,
        "tolerance": value.tolerance,
        "environment": None if value.environment is None else loads(value.environment),
        "started_at": plain(value.started_at),
        "duration_s": value.duration_s,
        "notes": list(value.notes),
        "distance": value.distance,
    }


def check(value: "Check") -> Document:
    """Return one comparison; `name` is rule and subject in one."""
    return {
        "name": value.name,
        "rule": value.rule,
        "subject": value.subject,
        "verdict": value.verdict.value,
        "expected": value.expected,
        "observed": value.observed,
    }


def verification_line(value: "Verification") -> Document:
    """Return a verification as the history of a checkpoint lists it."""
    return {
        "started_at": plain(value.started_at),
        "target": value.target,
        "level": value.level.value,
        "verdict": value.verdict.value,
        "observer": value.observer,
    }


# Pulls and locks -------------------------------------------------------------------------------


def pulled(value: "Pulled") -> Document:
    """Return what was fetched."""
    choice = value.choice
    return {
        "ref": choice.wanted.text,
        "model": choice.wanted.model,
        "repo_id": choice.wanted.repo_id,
        "revision": choice.wanted.revision,
        "commit": choice.commit,
        "weight_set": choice.chosen.name,
        "verdict": choice.chosen.verdict.value,
        "reason": choice.chosen.reason,
        "path": str(value.folder),
        "status": value.status,
        "files": [_remote(remote) for remote in choice.files],
        "checked": len(choice.files),
        "refetched": list(value.refetched),
        "index_written": choice.writes_index,
        "distance": choice.wanted.distance,
    }


def lock(value: "Lock") -> Document:
    """Return the lock file's content."""
    document: Document = loads(value.text)
    return document


def compared(value: "Compared") -> Document:
    """Return how a pinned checkpoint compares: a verification, and of what."""
    return verification(value.verification) | {
        "pinned": locked(value.locked),
        "path": None if value.folder is None else str(value.folder),
        "advisories": list(value.advisories),
    }


def locked(value: "Locked") -> Document:
    """Return one pinned checkpoint, in short."""
    return {
        "model": value.model,
        "repo_id": value.repo_id,
        "revision": value.revision,
        "commit": value.commit,
        "weight_set": value.weight_set,
        "verdict": value.verdict,
        "step": value.published_step,
        "tokens_seen": value.tokens_seen,
        "distance": value.distance,
        "files": len(value.manifest),
        "size_bytes": sum(entry.size_bytes for entry in value.manifest),
    }
