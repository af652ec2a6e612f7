"""Pins what a paper used: commit, weight set, every file's digest.

The weights' digests are those that the Hub declares; small files, of which it declares no SHA-256,
are read once. Of a guard's log it pins what that says was loaded. What a lock file looks like is in
`catalog.core.locks`; `catalog.verbs.locked` compares it later.
"""

from typing import TYPE_CHECKING

from catalog.core import digests, journals, manifests
from catalog.core.branches import BranchVerdict
from catalog.core.locks import ALONE, Lock, Locked, made
from catalog.core.manifests import FileEntry, Manifest
from catalog.errors import CheckedBad
from catalog.verbs import choosing

if TYPE_CHECKING:
    from catalog.core.published import RemoteFile
    from catalog.hub.client import Client
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target

__all__ = ["Lock", "Locked", "made", "of_log", "pin"]


def pin(connection: "Reader", branch: "Target", client: "Client") -> Locked:
    """Return what a branch holds that is right; its repository was synced just now.

    Raises:
        CheckedBad: no right weights, nobody can tell whose they are, or a small file is not what
            the Hub declares.
        HubUnavailable: the Hub does not have the branch, or does not answer.
    """
    choice = choosing.choose(connection, choosing.asked(branch), client)
    return choice.pinned(Manifest.of(_entry(choice, file, client) for file in choice.files))


def of_log(text: str, where: str) -> list[Locked]:
    """Return what a guard's log says was loaded, each branch once; it asks nobody.

    Raises:
        BadInput: no log, or one branch was loaded from two commits or as two weight sets.
        CheckedBad: what was loaded is another checkpoint's, was never observed, or has a file
            whose SHA-256 nobody declared.
    """
    return [_loaded(entry) for entry in journals.parse(text, where)]


def _loaded(entry: "journals.Entry") -> Locked:
    if entry.verdict not in (BranchVerdict.OWN, BranchVerdict.EXPECTED_EQUAL):
        raise CheckedBad(
            entry.line or f"{entry.name}: {entry.weight_set} is {entry.verdict}",
            "a lock pins right weights alone; load those, then lock",
        )
    unknown = [file.path for file in entry.files if file.sha256 is None]
    if unknown or not entry.files:
        raise CheckedBad(f"{entry.name}: the log has no SHA-256 of {', '.join(unknown) or 'files'}")
    return Locked(
        ref=entry.name,
        model=entry.model,
        repo_id=entry.repo_id,
        revision=entry.revision,
        commit=entry.commit,
        weight_set=entry.weight_set,
        verdict=entry.verdict,
        published_step=entry.step,
        tokens_seen=entry.tokens_seen,
        folder=ALONE,
        manifest=Manifest.of(
            FileEntry(file.path, file.size_bytes, str(file.sha256), file.git_sha1)
            for file in entry.files
        ),
    )


def _entry(choice: choosing.Choice, file: "RemoteFile", client: "Client") -> FileEntry:
    """Return a file's entry, without a download where the Hub declares its SHA-256."""
    declared = file.declared
    if declared is not None and declared.algorithm == digests.SHA256:
        return FileEntry(file.path, file.size_bytes, declared.hex)
    raw = client.small_file(choice.wanted.repo_id, choice.commit, file.path)
    entry = manifests.entry_of(file.path, raw)
    if declared is None or not entry.agrees(declared):
        raise CheckedBad(f"{file.path} of {choice.wanted.repo_id} is not what the Hub declares")
    return entry
