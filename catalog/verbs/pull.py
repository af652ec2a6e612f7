"""Fetches the right weights of a branch into a folder that `from_pretrained` loads as they are.

Which weight set is right is the audit's judgement; which bytes are is the Hub's declaration, and
every one of them is compared. All is done in a folder beside the wanted one, which gets its name
by one rename at the end: an interruption leaves a download to go on with, never half a checkpoint.
"""

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import weightsets
from catalog.core.branches import BranchVerdict, JudgedBranch, JudgedSet
from catalog.core.branches.recipes import PREFERENCE
from catalog.core.published import RemoteFile
from catalog.errors import (
    BadInput,
    CheckedBad,
    CouldNotCheck,
    HubGated,
    HubMissing,
    HubUnavailable,
    HubUnreachable,
    UnknownName,
)
from catalog.hub import downloads
from catalog.progress import SILENT, Watcher
from catalog.verbs import audit
from catalog.weights import files, hashing, headers

if TYPE_CHECKING:
    from catalog.hub.client import Client
    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Target

CONFIG = "config.json"
# What transformers 5.23 reads beside the weights (utils/__init__.py, models/auto, tokenizers).
BESIDE = frozenset(
    {
        CONFIG,
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "vocab.json",
        "vocab.txt",
        "merges.txt",
        "tokenizer.model",
        "spiece.model",
        "chat_template.jinja",
        "chat_template.json",
    }
)
# What a config's `auto_map` names; kept beside it, and never run here.
CODE = ".py"
ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which branch is asked for.

    Args:
        text: as it was given.
        model: its name, None where the catalog knows only the repository.
        repo_id: where it is published.
        revision: the branch.
        weight_set: only this one, None for the best that is right.
    """

    text: str
    model: str | None
    repo_id: str
    revision: str
    weight_set: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """What to fetch.

    Args:
        wanted: what was asked for.
        commit: that the branch points at.
        chosen: the weight set that is right.
        files: with config and tokenizer, as the Hub declares them.
        writes_index: the branch has no index for its shards: one is made from their headers.
    """

    wanted: Wanted
    commit: str
    chosen: JudgedSet
    files: tuple[RemoteFile, ...]
    writes_index: bool


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came of it.

    Args:
        choice: what was fetched.
        folder: where it is.
        status: `pulled`, or `known`: it was there already, and every byte is right.
        refetched: files whose first body was corrupted.
    """

    choice: Choice
    folder: Path
    status: str
    refetched: tuple[str, ...] = ()


def asked(branch: "Target") -> Wanted:
    """Return a branch as what is asked for."""
    return Wanted(
        branch.text,
        None if branch.model is None else branch.model.name,
        str(branch.repo_id),
        branch.revision or audit.MAIN,
        branch.weight_set,
    )


def choose(connection: "Reader", one: Wanted, client: "Client") -> Choice:
    """Return what to fetch; the repository was synced just now.

    Raises:
        CheckedBad: the branch has no right weights, or nobody can tell whose they are.
        HubUnavailable: the Hub does not have the branch, or does not answer.
    """
    branch = _branch(connection, one)
    if branch.label is None:
        raise HubMissing(f"the Hub does not have {one.repo_id}@{one.revision}")
    chosen = _right(branch, one)
    commit = branch.label.ref.commit
    declared = {file.path: file for file in client.tree(one.repo_id, commit)}
    code = {path for path in declared if path.endswith(CODE) and "/" not in path}
    paths = {*chosen.files, *code, *(BESIDE & set(declared))}
    if chosen.name in declared:
        paths.add(chosen.name)
    if absent := sorted(path for path in paths if path not in declared):
        raise CheckedBad(f"{one.repo_id}@{one.revision} no longer has {absent[0]}")
    if CONFIG not in paths:
        raise CheckedBad(f"{one.repo_id}@{one.revision} has no {CONFIG}: nothing could load it")
    listed = tuple(declared[path] for path in sorted(paths))
    made = weightsets.is_index(chosen.name) and chosen.name not in paths
    return Choice(one, commit, chosen, listed, writes_index=made)


def _branch(connection: "Reader", one: Wanted) -> JudgedBranch:
    for branch in audit.judge(connection, [one.repo_id]).branches:
        if branch.revision == one.revision:
            return branch
    raise UnknownName("revision", f"{one.repo_id}@{one.revision}")


def _right(branch: JudgedBranch, one: Wanted) -> JudgedSet:
    """Return the right weight set that was asked for, else the best of them.

    Raises:
        CheckedBad: there is none.
        BadInput: the branch has no set of the name asked for.
    """
    name = f"{one.model or one.repo_id}@{one.revision}"
    sets = branch.weight_sets
    if one.weight_set is not None:
        sets = tuple(each for each in sets if each.name == one.weight_set)
        if not sets:
            there = ", ".join(each.name for each in branch.weight_sets) or "none"
            raise BadInput(f"{name} has no weight set {one.weight_set}", f"it has: {there}")
    right = [each for each in sets if each.verdict.is_true]
    loadable = [each for each in right if each.name in weightsets.TRANSFORMERS_5]
    if loadable:
        return min(loadable, key=lambda each: PREFERENCE.index(each.layout))
    if right:
        raise CheckedBad(
            f"{name}: {right[0].name} is right, but nothing that from_pretrained loads by itself",
            f"download {', '.join(right[0].files)} by hand",
        )
    why = "; ".join(f"{each.name}: {each.reason.rstrip('.')}" for each in sets)
    why = why or branch.reason.rstrip(".")
    if any(each.verdict is BranchVerdict.UNKNOWN for each in sets):
        raise CouldNotCheck(f"{name}: nobody can tell what its weights are. {why}")
    hint = f"`catalog advisories {name}` may name another source" if one.model else ""
    raise CheckedBad(f"{name} has no weights of its own that one could be sure of. {why}", hint)


# Fetching --------------------------------------------------------------------------------------


def destination(folder: Path, choice: Choice) -> Pulled | None:
    """Return what is in a folder already, None if the folder is free to take the checkpoint.

    Raises:
        BadInput: it holds something else.
    """
    if not folder.exists() and not folder.is_symlink():
        return None
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder", "give another name")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if not there:
        return None
    expected = {file.path for file in choice.files}
    made = {choice.chosen.name} if choice.writes_index else set()
    same = there == expected | made
    if not same or any(_difference(folder, file) for file in choice.files):
        raise BadInput(f"{folder} holds something else", "give the name of a new folder")
    if made:
        _check_structure(folder, choice)
    return Pulled(choice, folder, "known")


def fetch(
    choice: Choice,
    folder: Path,
    watcher: Watcher = SILENT,
    *,
    wait: Callable[[float], None] = time.sleep,
) -> Pulled:
    """Download, compare every byte, and only then give the folder its name.

    Args:
        choice: what to fetch.
        folder: must not exist, or be empty; see `destination`.
        watcher: hears what is being done.
        wait: sleeps that many seconds.

    Raises:
        CheckedBad: a file's bytes were wrong twice, or the weights are broken.
        HubUnavailable: the Hub stopped answering; the next run goes on.
        CouldNotCheck: the disk is full, or the place cannot be written.
    """
    work = folder.parent / f".{folder.name}.{choice.commit[:12]}.pulling"
    size = sum(file.size_bytes for file in choice.files)
    watcher.report(f"downloading {len(choice.files)} files, {size:,} bytes")
    try:
        work.mkdir(parents=True, exist_ok=True)
        refetched = tuple(
            file.path for file in choice.files if _fetch_one(choice, file, work, watcher, wait)
        )
        shutil.rmtree(work / ".cache", ignore_errors=True)
        if choice.writes_index:
            _write_index(work, choice)
        _check_structure(work, choice)
        work.rename(folder)
    except OSError as error:
        raise CouldNotCheck(f"cannot write {folder}: {error.strerror or error}") from error
    return Pulled(choice, folder, "pulled", refetched)


def _fetch_one(
    choice: Choice,
    file: RemoteFile,
    work: Path,
    watcher: Watcher,
    wait: Callable[[float], None],
) -> bool:
    """Download one file until its bytes are right; return whether its first body was wrong."""
    repo_id = choice.wanted.repo_id
    wrong = ""
    for again in (False, True):
        _patiently(repo_id, choice.commit, file.path, work, watcher, wait, again=again)
        wrong = _difference(work, file)
        if not wrong:
            return again
        (work / file.path).unlink()
        watcher.report(f"{wrong}; fetching it once more" if not again else wrong)
    raise CheckedBad(f"{wrong}, twice", "try again later; nothing was kept under the final name")


def _patiently(  # noqa: PLR0913 - it only forwards
    repo_id: str,
    commit: str,
    path: str,
    work: Path,
    watcher: Watcher,
    wait: Callable[[float], None],
    *,
    again: bool,
) -> None:
    """Download while the Hub is busy; its client waits for paginated calls only."""
    for attempt in range(ATTEMPTS):
        try:
            downloads.download_file(repo_id, commit, path, work, again=again)
        except (HubMissing, HubGated, HubUnreachable):
            raise
        except HubUnavailable as error:
            if attempt == ATTEMPTS - 1:
                raise
            seconds = 2**attempt
            watcher.report(f"{error.what}; waiting {seconds} s")
            wait(seconds)
        else:
            return


def _difference(folder: Path, file: RemoteFile) -> str:
    """Return how a file differs from what the Hub declares, empty if it does not."""
    (entry,) = hashing.digest_files(files.find(folder / file.path))
    declared, held = (file.sha256, entry.sha256) if file.sha256 else (file.git_sha1, entry.git_sha1)
    if entry.size_bytes == file.size_bytes and declared == held:
        return ""
    return f"{file.path} is not what the Hub declared: {held}, {declared} was expected"


def _write_index(work: Path, choice: Choice) -> None:
    """Write the index that the branch lacks, from the headers of its shards."""
    found = files.find(work)
    placed: dict[str, str] = {}
    total = 0
    for weights in headers.sets_of(found):
        if weights.name != choice.chosen.name:
            continue
        # Without its index the set counts as broken; that is what is being mended.
        whole = replace(weights, problems=(), indexed=True)
        plans = headers.read_plans(found, (whole,))
        for path in whole.files:
            for tensor in plans[path].tensors:
                placed[tensor.name] = Path(path).name
                total += tensor.size_bytes
            placed |= {name: Path(path).name for name, _ in plans[path].tied}
    text = json.dumps({"metadata": {"total_size": total}, "weight_map": placed}, indent=2)
    (work / choice.chosen.name).write_text(text + "\n", encoding="utf-8")


def _check_structure(folder: Path, choice: Choice) -> None:
    """Refuse a folder from which another set, or half of one, would be loaded."""
    found = files.find(folder)
    sets = headers.sets_of(found)
    loaded = weightsets.loaded(sets)
    if len(sets) != 1 or loaded is None or loaded.name != choice.chosen.name:
        names = ", ".join(one.name for one in sets)
        raise CheckedBad(f"{folder} would not load {choice.chosen.name}: it holds {names}")
    headers.read_plans(found, sets)


def entries(pulled: Pulled) -> Sequence[dict[str, object]]:
    """Return the fetched files as JSON holds them; the Hub declares one of both digests."""
    return [
        {
            "path": file.path,
            "size": file.size_bytes,
            "sha256": file.sha256,
            "git_sha1": file.git_sha1,
        }
        for file in pulled.choice.files
    ]
