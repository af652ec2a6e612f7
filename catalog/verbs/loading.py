"""A checkpoint's right weights as a folder to load: from the Hub's cache, compared first.

What lies in the cache is not believed to be what it is called: each file's bytes are compared with
what the Hub declared, and a wrong one is fetched again. A branch may hold several weight sets; the
folder has links to one alone. What loads the folder is `catalog.forward.pretrained`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import loadargs, loaders
from catalog.core.counts import count
from catalog.core.digests import SHA256
from catalog.core.published import RemoteFile, Scope
from catalog.core.verdicts import Verdict
from catalog.core.weightsets import CONFIG, is_index
from catalog.errors import CheckedBad, CouldNotCheck
from catalog.forward import links
from catalog.hub import downloads
from catalog.verbs import assembling, choosing, judging
from catalog.verbs.choosing import Choice
from catalog.verbs.downloading import difference
from catalog.weights import cache, files, headers, impostors

if TYPE_CHECKING:
    from catalog.core.published import Commit
    from catalog.core.verdicts import Verification
    from catalog.hub.client import Client
    from catalog.progress import Watcher
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target


# What is here already --------------------------------------------------------------------------


def here(
    connection: "Reader", branch: "Target", client: "Client", commit: str | None
) -> Choice | None:
    """Return what to load of a branch where all of it is in the Hub's cache: nobody is asked.

    Args:
        connection: an open catalog.
        branch: as it was last seen.
        client: of the Hub; not used for a branch.
        commit: where the branch must be, None for wherever it was.
    """
    wanted = choosing.asked(branch)
    judged = judging.judge(connection, [wanted.repo_id])
    if wanted.repo_id in judged.unobserved:
        return None
    seen = next((each for each in judged.branches if each.revision == wanted.revision), None)
    if seen is None or seen.label is None:
        return None
    try:
        right = choosing.right(connection, wanted, client, judged.branches)
    except (CheckedBad, CouldNotCheck):
        return None  # it may have been mended since
    held = seen.publication.repository.commits[right.commit]
    folder = cache.snapshot(cache.repository_folder(wanted.repo_id), right.commit)
    if folder is None or not right.commit.startswith(commit or ""):
        return None
    return _cached(right, held, folder)


def _cached(right: choosing.Right, commit: "Commit", folder: Path) -> Choice | None:
    """Return what to load of a snapshot, None where something of it is not there.

    Of what was never seen declared, the cache itself says what the Hub declared: blobs are called
    so.
    """
    known = {file.path: file for file in commit.files}
    listing = files.find(folder)
    there = {
        path: RemoteFile(path, file.size_bytes, **_digest(file))
        for path, file in listing.files.items()
    } | {path: file for path, file in known.items() if path in listing.files}
    paths = known if commit.scope is Scope.ALL else there
    wanted = loadargs.with_others(right.chosen.name, right.chosen.files, paths)
    if CONFIG not in wanted or not wanted <= there.keys():
        return None
    chosen = tuple(there[path] for path in sorted(wanted))
    if any(file.declared is None for file in chosen):
        return None
    name = right.chosen.name
    return Choice(
        right.wanted, right.commit, right.chosen, chosen, is_index(name) and name not in wanted
    )


def _digest(file: files.FoundFile) -> dict[str, str]:
    """Return what the cache declares of a file, as `RemoteFile` has it."""
    if file.declared is None:
        return {}
    key = "sha256" if file.declared.algorithm == SHA256 else "git_sha1"
    return {key: file.declared.hex}


# Bringing it -----------------------------------------------------------------------------------


def brought(choice: Choice, watcher: "Watcher") -> Path:
    """Return the snapshot with what is to be loaded, each file's bytes compared.

    Raises:
        CheckedBad: a file's bytes were wrong twice.
        HubUnavailable: the Hub does not answer, or files are missing and it may not be asked.
        CouldNotCheck: the disk is full, or the cache cannot be written.
    """
    repo_id, top = choice.wanted.repo_id, cache.cache_folder()
    folder = cache.repository_folder(repo_id) / "snapshots" / choice.commit
    for again in (False, True):
        missing = [file for file in choice.files if not (folder / file.path).is_file()]
        if missing:
            size = sum(file.size_bytes for file in missing)
            watcher.report(f"downloading {count(len(missing), 'file')}, {size:,} bytes")
            watcher.expect(size)
            paths = [file.path for file in missing]
            downloads.download(
                repo_id, choice.commit, paths, top, size=size, progress=watcher.advance
            )
        wrong = {file.path: text for file in choice.files if (text := difference(folder, file))}
        if not wrong:
            return folder
        if again:
            break
        watcher.report(f"{next(iter(wrong.values()))}; fetching it once more")
        for path in wrong:
            (folder / path).resolve().unlink()
            (folder / path).unlink(missing_ok=True)
    raise CheckedBad(f"{next(iter(wrong.values()))}, twice", "try again later")


@contextmanager
def alone(folder: Path, choice: Choice) -> Iterator[Path]:
    """Yield a folder with links to the chosen files, and with the index that the branch lacks."""
    with _linked({file.path: folder / file.path for file in choice.files}) as own:
        if choice.writes_index:
            assembling.write_index(own, choice)
        assembling.check_structure(own, choice.chosen.name)
        yield own


# A folder --------------------------------------------------------------------------------------


def require_passed(verification: "Verification") -> None:
    """Refuse a folder of which nobody can say that it is what it is said to be.

    Raises:
        CheckedBad: it is not.
        CouldNotCheck: nobody can tell.
    """
    if verification.verdict is Verdict.PASSED:
        return
    bad = [check for check in verification.checks if check.verdict is verification.verdict]
    why = "; ".join(f"{check.name}: {check.observed}" for check in bad[:2])
    if verification.verdict is Verdict.FAILED:
        hint = f"`catalog verify {verification.target}` says more"
        raise CheckedBad(f"{verification.target} is not what it is said to be: {why}", hint)
    hint = "`catalog sync MODEL` looks at its repository, `catalog pull` brings a checked copy"
    raise CouldNotCheck(f"nobody can tell what {verification.target} is: {why}", hint)


@contextmanager
def one_set(folder: Path) -> Iterator[Path]:
    """Yield a folder with links to the weight set that loads by default, and what belongs to it.

    Raises:
        CheckedBad: there is none, or it is broken or hostile.
    """
    listing = files.find(folder)
    if pointer := impostors.pointer(listing):
        raise pointer
    chosen = loaders.loaded(headers.sets_of(listing))
    if chosen is None:
        raise CheckedBad(f"{folder} holds no weights that from_pretrained loads")
    headers.read_plans(listing, (chosen,))
    paths = loadargs.with_others(chosen.name, chosen.all_files, listing.files)
    with _linked({path: listing.files[path].where for path in paths}) as own:
        yield own


@contextmanager
def _linked(places: Mapping[str, Path]) -> Iterator[Path]:
    """Yield a folder with a link to each file, by its path there; it goes when it is left."""
    with links.folder() as own:
        for path, place in places.items():
            (own / path).parent.mkdir(parents=True, exist_ok=True)
            (own / path).symlink_to(place.resolve())
        yield own
