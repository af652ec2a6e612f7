"""Which weight sets the branches hold, and which of them have equal bytes: dicts, no comparisons.

A set's content is the tuple of its files' digests in the order of their names: two legal layouts
of one model are two contents. Branches whose files have the same names and indexes share one
analysis, so that the work grows with the number of files.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from catalog.core import loaders, weightsets
from catalog.core.branches.labels import labels
from catalog.core.branches.values import Label, Publication
from catalog.core.published import Commit, Scope
from catalog.core.weightsets import WeightSet

Content = tuple[str, ...]
Indexes = Mapping[str, Mapping[str, str] | None]


class Held(NamedTuple):
    """One weight set of a commit.

    Args:
        weights: its files and what is wrong with them.
        content: their digests, in the order of their names.
        size_bytes: of all of them.
    """

    weights: WeightSet
    content: Content
    size_bytes: int


class Files(NamedTuple):
    """What names and indexes alone say: the sets, and what each loader takes."""

    sets: tuple[WeightSet, ...]
    loads: Mapping[str, str | None]


class Shelf:
    """The weight sets of commits; commits whose files are called alike share one analysis.

    Args:
        indexes: what index files say, by their digest; None where one cannot be read.
    """

    def __init__(self, indexes: Indexes) -> None:
        self._indexes = indexes
        self._known: dict[tuple[object, ...], Files] = {}

    def files(self, commit: Commit) -> Files:
        """Return the weight sets of a commit and what loaders take from it."""
        indexes = {
            file.path: file.digest for file in commit.files if weightsets.is_index(file.path)
        }
        paths = tuple(file.path for file in commit.files)
        key = (paths, tuple(indexes.values()), commit.scope)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._analysed(paths, indexes, commit.scope)
        return known

    def _analysed(self, paths: Iterable[str], indexes: Mapping[str, str], scope: Scope) -> Files:
        sets = weightsets.find_sets(
            list(paths), lambda path: self._index(indexes[path]), assume=scope is Scope.WEIGHTS
        )
        return Files(sets, loaders.choices(sets))

    def _index(self, digest: str) -> Mapping[str, str] | str | None:
        """Return what is known of an index."""
        if digest not in self._indexes:
            return None
        known = self._indexes[digest]
        return "is broken: it is no index" if known is None else known

    def held(self, commit: Commit) -> tuple[Held, ...]:
        """Return the weight sets of a commit with their content."""
        by_path = {file.path: file for file in commit.files}
        held = []
        for weights in self.files(commit).sets:
            files = [by_path[path] for path in weights.files]
            content = tuple([file.digest for file in files])
            held.append(Held(weights, content, sum([file.size_bytes for file in files])))
        return tuple(held)


class Family(NamedTuple):
    """Everything that is compared with one another.

    Args:
        labels: the branches of each repository, in order of training.
        held: the weight sets of each commit, by repository and commit.
        by_content: the branches that have a content, each once.
        by_commit: the branches at a commit of a repository.
        by_shard: the contents of complete sharded sets that have a file.
    """

    labels: Mapping[str, tuple[Label, ...]]
    held: Mapping[tuple[str, str], tuple[Held, ...]]
    by_content: Mapping[Content, tuple[Label, ...]]
    by_commit: Mapping[tuple[str, str], tuple[Label, ...]]
    by_shard: Mapping[str, tuple[Content, ...]]


def family(publications: Sequence[Publication], shelf: Shelf) -> Family:
    """Return what the branches of some repositories hold, grouped."""
    named = {publication.repo_id: labels(publication) for publication in publications}
    held = {
        (publication.repo_id, sha): shelf.held(commit)
        for publication in publications
        for sha, commit in publication.repository.commits.items()
        if not commit.gone
    }
    by_commit: dict[tuple[str, str], list[Label]] = defaultdict(list)
    by_content: dict[Content, dict[Label, None]] = defaultdict(dict)
    by_shard: dict[str, dict[Content, None]] = defaultdict(dict)
    for label in chain.from_iterable(named.values()):
        place = (label.repo_id, label.ref.commit)
        by_commit[place].append(label)
        for holding in held.get(place, ()):
            if not holding.weights.complete:
                continue  # what is left of a set says nothing of who owns it
            by_content[holding.content][label] = None
            if len(holding.content) > 1:
                for digest in holding.content:
                    by_shard[digest][holding.content] = None
    return Family(
        named,
        held,
        {content: tuple(holders) for content, holders in by_content.items()},
        {place: tuple(mates) for place, mates in by_commit.items()},
        {digest: tuple(contents) for digest, contents in by_shard.items()},
    )
