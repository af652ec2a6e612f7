"""Whose bytes are these? Asks every witness of a checkpoint, and says what a disagreement becomes.

The one place where what the Hub declared, what was recorded of other checkpoints, and a folder's
place in the Hub's cache are held against a name; docs/explanation/witnesses.md has the order. It
reads the catalog only: who asks it has read the files.
"""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from catalog.core import loaders
from catalog.core.branches import BranchVerdict, Label
from catalog.core.branches.labels import step_of
from catalog.core.declared import (
    Compared,
    Declaration,
    Standing,
    compare,
    dated,
    listed,
    weight_files,
)
from catalog.core.filenames import CLAIM
from catalog.core.published import Ref
from catalog.core.refs import MAIN
from catalog.verbs.holdings import OBSERVED, Holding
from catalog.verbs.target import Target
from catalog.verbs.testimony import Testimony, holders, recorders
from catalog.weights import cache

if TYPE_CHECKING:
    from catalog.core.branches import JudgedBranch, JudgedSet
    from catalog.core.manifests import FileEntry, Manifest
    from catalog.core.witnesses import Recorded
    from catalog.sql.connections import Reader

NAMED = 3
"""A sentence names this many checkpoints."""
_NOT_OWN = frozenset(
    {BranchVerdict.SAME_AS, BranchVerdict.ALIAS, BranchVerdict.SPLICED, BranchVerdict.INCOMPLETE}
)


def standing(
    connection: "Reader",
    target: Target,
    manifest: "Manifest",
    branches: "Iterable[JudgedBranch] | None" = None,
) -> Standing:
    """Return how files stand to the checkpoint that they are said to be.

    Args:
        connection: an open catalog.
        target: which checkpoint; its commit and path are witnesses too, where it has them.
        manifest: the files.
        branches: the judgement on its repository, where it was made already.
    """
    only = target.path is not None and target.path.is_file()
    paths = weight_files(manifest.entries, target.weight_set, only=only)
    entries = [manifest.entries[path] for path in paths]
    if target.model is None or target.checkpoint is None:
        return Standing(notes=tuple(_whose(connection, entries)))
    known = Testimony(connection, target, target.model, target.checkpoint, branches)
    whole = not only and target.weight_set is None
    declaration, compared = _likest(known.declarations, manifest, paths, whole=whole)
    said = _Said(known, declaration, compared)
    # What is as declared was judged already: nobody but the records is left to ask.
    judged = compared.same if declaration is not None and declaration.branch is not None else ()
    by_path = recorders(connection, [entry for entry in entries if entry.path in judged])
    by_path |= holders(connection, [entry for entry in entries if entry.path not in judged])
    for entry in entries:
        said.file(entry, by_path[entry.path])
    said.rest()
    return said.standing(manifest)


def declarations(connection: "Reader", target: Target) -> tuple[Declaration, ...]:
    """Return what was observed of a checkpoint: of its branch, and of main for the last step."""
    if target.model is None or target.checkpoint is None:
        return ()
    return Testimony(connection, target, target.model, target.checkpoint).declarations


def foretold(connection: "Reader", target: Target) -> str | None:
    """Return why what would be downloaded of a branch is not its checkpoint's, None if it may be.

    Args:
        connection: an open catalog.
        target: a published branch that is not on this machine.
    """
    for declared in declarations(connection, target):
        branch = declared.branch if declared.revision == target.revision else None
        if branch is None:
            continue
        name = target.weight_set or (branch.loads or {}).get(loaders.DEFAULT)
        judged = next((each for each in branch.weight_sets if each.name == name), None)
        if judged is not None and judged.verdict in _NOT_OWN:
            return f"{judged.name}: {judged.reason} ({declared.source})"
    return None


def of_record(
    connection: "Reader",
    target: Target,
    record: "Recorded",
    branches: "Iterable[JudgedBranch] | None" = None,
) -> Standing:
    """Return how what was recorded of a checkpoint stands to the other witnesses."""
    held = target._replace(path=None, commit=record.commit, weight_set=None)
    return standing(connection, held, record.manifest, branches)


def way_out(target: Target) -> str:
    """Return what to do about a record that is wrong."""
    return f"`catalog forget {target.name}` takes the record back"


def _likest(
    declared: Sequence[Declaration], manifest: "Manifest", paths: Sequence[str], *, whole: bool
) -> tuple[Declaration | None, Compared]:
    """Return the declaration that files are most like, and how they differ from it."""
    held = [(each, compare(each.files, manifest, paths, whole=whole)) for each in declared]
    if not held:
        return None, Compared(unseen=tuple(paths))
    return max(held, key=lambda pair: pair[1].likeness)


# Whose bytes -----------------------------------------------------------------------------------


def _whose(connection: "Reader", entries: "Sequence[FileEntry]") -> Iterator[str]:
    """Yield whose bytes some files are, where nothing says which checkpoint they should be."""
    for path, known in holders(connection, entries).items():
        recorded = [each for each in known if each.witness != OBSERVED]
        if own := [each for each in known if each.verdict.is_true] or recorded:
            yield f"{path}: these are {_named(own)}; say so with --as"


def _named(known: Iterable[Holding]) -> str:
    """Return whose bytes they are and who says so, those first whose own they are."""
    order = sorted(known, key=lambda each: (not each.verdict.is_true, each.revision == MAIN))
    # Main is the last step under another name, and goes without saying beside it.
    steps = [each.label for each in order if each.label is not None and not each.label.is_main]
    lasts = {label.repo_id for label in steps if label.final}
    named = [each for each in order if each.revision != MAIN or each.repo_id not in lasts]
    names = listed(dict.fromkeys(holder.name for holder in named), NAMED)
    by = f" by {order[0].observer}" if order[0].observer else ""
    return f"{names}'s bytes, {dated(order[0].witness, order[0].observed_at)}{by}"


class _Said:
    """What the witnesses say of some files, while it is put together.

    Args:
        known: the checkpoint's witnesses.
        declaration: the one that the files are held against.
        compared: how they differ from it.
    """

    def __init__(
        self, known: Testimony, declaration: Declaration | None, compared: Compared
    ) -> None:
        self.known, self.declaration, self.compared = known, declaration, compared
        self.vouched = True
        # Sentences, with the files that each is about.
        self.contradictions: dict[str, list[str]] = {}
        self.doubts: dict[str, list[str]] = {}
        self.notes: dict[str, list[str]] = {}

    def file(self, entry: "FileEntry", held_by: Sequence[Holding]) -> None:
        """Say what speaks for or against one weight file."""
        path = entry.path
        mine = [each for each in held_by if each.witness == OBSERVED and self.known.is_mine(each)]
        others = self.known.others(held_by)
        observed = [other for other in others if other.witness == OBSERVED]
        judged = self._judged(path, mine)
        declared_here = judged is not None or path in self.compared.same + self.compared.other
        if judged is not None:
            self._judgement(path, judged)
        elif observed:
            self._contradicted(path, f"these are {_named(observed)}")
        elif path in self.compared.other:
            # Another family's bytes are no contradiction, but here they are worth a name.
            theirs = [holder for holder in held_by if not self.known.is_mine(holder)]
            named = f"; these are {_named(theirs)}" if theirs else ""
            self._contradicted(path, f"other bytes than {self._declares(path)}{named}")
        else:
            self.vouched &= path in self.compared.same
        if records := [other for other in others if other.witness != OBSERVED]:
            # What the Hub declared for this checkpoint outweighs what was recorded of another.
            self._recorded_too(path, records, certain=declared_here)

    def _judged(self, path: str, mine: Sequence[Holding]) -> "JudgedSet | None":
        """Return the judged set of its own branches that has these bytes."""
        if self.declaration is not None and path in self.compared.same:
            now = self.declaration.branch is not None
            return self.known.judged_set(self.declaration.revision, path) if now else None
        sets = [self.known.judged_set(each.revision, each.file) for each in mine]
        return next((judged for judged in sets if judged is not None), None)

    def _judgement(self, path: str, judged: "JudgedSet") -> None:
        """Say what the audit says of the set whose bytes these are."""
        if judged.verdict is BranchVerdict.SUSPECT:
            self.notes.setdefault(judged.reason, []).append(path)
        elif judged.verdict in _NOT_OWN:
            owner = judged.owner
            if owner is None or owner.ref.revision in self.known.revisions:
                self.vouched = False
                self.doubts.setdefault(judged.reason, []).append(path)
            else:
                name = f"{owner.model}@{owner.ref.revision}"
                self._contradicted(path, f"these are {name}'s bytes, {self._day}: {judged.reason}")

    def _declares(self, path: str) -> str:
        """Return which bytes the commit has at a path."""
        if self.declaration is None:
            return "nobody declared"
        remote = self.declaration.files[path]
        return f"{self.declaration.source}, declares ({remote.size_bytes:,} bytes, {remote.digest})"

    @property
    def _day(self) -> str:
        return dated(OBSERVED, None if self.declaration is None else self.declaration.observed_at)

    def _contradicted(self, path: str, why: str) -> None:
        self.vouched = False
        self.contradictions.setdefault(why, []).append(path)

    def _recorded_too(self, path: str, records: Sequence[Holding], *, certain: bool) -> None:
        """Say that the same bytes are on record as another checkpoint's."""
        name, observer = records[0].name, records[0].observer
        words = f"{name} --by {shlex.quote(observer)}" if observer else name
        text = f"these are {_named(records)}; `catalog forget {words}` takes that record back"
        (self.notes if certain else self.doubts).setdefault(text, []).append(path)

    def rest(self) -> None:
        """Say what is missing, and what the files' place in the Hub's cache says."""
        if self.compared.missing and self.declaration is not None:
            text = f"not here, and {self.declaration.source}, has it"
            for path in self.compared.missing:
                self._contradicted(path, text)
        claimed = self.known.target.claim is not None and self.declaration is None
        if claimed and self.known.commit is not None and self.known.own_branches:
            text = f"{CLAIM} says commit {self.known.commit[:8]}, which was never observed here"
            self.doubts.setdefault(text, []).append(self.known.name)
        elsewhere = self._elsewhere()
        if elsewhere and not self.vouched:
            text = f"the Hub's cache has this commit as {listed(elsewhere)}"
            self._contradicted(self.known.name, text)

    @property
    def _place(self) -> cache.Place | None:
        """Where in the Hub's cache the files lie, if they lie in that of their repository."""
        path = self.known.target.path
        place = None if path is None else cache.identify(path)
        return place if place is not None and place.repo_id == self.known.model.repo_id else None

    def _elsewhere(self) -> tuple[str, ...]:
        """Return the other branches that the Hub's cache has the files' commit as."""
        place = self._place
        if place is None or set(place.revisions) & set(self.known.revisions):
            return ()
        mine, repo_id = self.known.label, place.repo_id
        labels = [
            Label(repo_id, mine.model, Ref(name, place.commit), step_of(name), False, True)  # noqa: FBT003
            for name in place.revisions
        ]
        return () if self.known.reasons.covering([mine, *labels]) else place.revisions

    def standing(self, manifest: "Manifest") -> Standing:
        """Return what it all amounts to."""
        place, declaration = self._place, self.declaration
        return Standing(
            source=None if declaration is None else declaration.source,
            vouched=self.vouched and declaration is not None,
            placed=place is not None and bool(set(place.revisions) & set(self.known.revisions)),
            contradictions=_sentences(self.contradictions),
            doubts=_sentences(self.doubts),
            beside=self.compared.beside,
            seen=self._seen(manifest),
            notes=(*self.known.notes, *_sentences(self.notes)),
        )

    def _seen(self, manifest: "Manifest") -> str:
        """Return what of the files was held against the declaration."""
        if self.declaration is None:
            return "nothing was observed of it"
        if self.compared.unseen and not self.vouched:
            return f"{listed(self.compared.unseen)} not among the files that were observed"
        return f"{self.compared.alike} of {len(manifest)} files as they were declared"


def _sentences(about: "dict[str, list[str]]") -> tuple[str, ...]:
    return tuple(f"{listed(paths)}: {text}" for text, paths in about.items())
