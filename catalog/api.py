"""The one door: a catalog, and one method for each command, called as the command is.

`catalog.open()` gives a `Catalog`. Each method resolves what names mean, opens and closes the
database itself, does one job and returns frozen values; nothing is printed, and a watcher hears
how far long work is. A mismatch is part of the value that comes back; an exception
(`catalog.errors`) means that there is no answer. Nothing else opens a database or reads the clock.

    >>> import catalog
    >>> c = catalog.open()
    >>> [row.checkpoint.revision for row in c.at("300B", "pythia-70m").rows]
    ['step143000']

Writing methods are one transaction each, `sync` one a commit, so an interruption loses at most what
was in hand.
"""

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from catalog._door import Door, choice, content, now
from catalog.errors import CouldNotCheck
from catalog.progress import SILENT, Watcher

if TYPE_CHECKING:
    from catalog.core.branches.samples import ProbedSet
    from catalog.core.models import Checkpoint, Model, Suite
    from catalog.core.published import Synced
    from catalog.core.scores.rows import ScoreRow
    from catalog.core.tokens import Pick
    from catalog.core.verdicts import Verification
    from catalog.verbs.advisories import Problems
    from catalog.verbs.at import Positions
    from catalog.verbs.evals import Outcome
    from catalog.verbs.evals import Shipped as ShippedScores
    from catalog.verbs.hash import Digested
    from catalog.verbs.holdings import Holding
    from catalog.verbs.inventories.shipping import Shipped as ShippedObservations
    from catalog.verbs.judging import Audit
    from catalog.verbs.lock import Lock
    from catalog.verbs.locked import Compared
    from catalog.verbs.log import Entry
    from catalog.verbs.name import Explained
    from catalog.verbs.populate import Populated
    from catalog.verbs.pull import Pulled
    from catalog.verbs.scores import Comparison
    from catalog.verbs.show import Known
    from catalog.verbs.suites import Loaded

ENVIRONMENT = "CATALOG_DB"


# The values that are of no verb alone ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Made:
    """What `init` did.

    Attributes:
        database: where the catalog is, without a password.
        suites: what became of each suite that ships.
        scores: what became of the evaluation figures that ship.
        observations: what became of the observations of the Hub that ship.
    """

    database: str
    suites: "tuple[Loaded, ...]"
    scores: "ShippedScores"
    observations: "ShippedObservations"


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of the database.

    Attributes:
        database: where the catalog is, without a password.
        before: its revision, None where it had no catalog.
        after: its revision now.
        wanted: the revision that this program was written for.
    """

    database: str
    before: str | None
    after: str | None
    wanted: str

    @property
    def is_current(self) -> bool:
        """Whether it is the one that this program was written for."""
        return self.after == self.wanted


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found.

    Attributes:
        audit: the judgement on every branch, and the findings.
        probes: what was seen of each weight set by ranges of bytes; None where nobody probed.
        opened: how many findings are new since the last audit.
        closed: how many no longer hold.
        unsettled: why the findings were not written down, None where they were.
    """

    audit: "Audit"
    probes: "tuple[ProbedSet, ...] | None"
    opened: int
    closed: int
    unsettled: str | None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an inventory brought.

    Attributes:
        synced: what became of each repository.
        undated: repositories whose looks with a date still count as newer than this one without.
    """

    synced: "tuple[Synced, ...]"
    undated: tuple[str, ...]


def open(url: str | None = None, *, watcher: Watcher = SILENT) -> "Catalog":  # noqa: A001 - the word
    """Return a catalog; nothing is opened before it is asked.

    Args:
        url: an SQLite file or an SQLAlchemy URL; None: `$CATALOG_DB`, else the user-data folder.
        watcher: hears remarks and how far long work is.
    """
    from catalog.sql import database

    address = url or os.environ.get(ENVIRONMENT)
    return Catalog(
        database.normalise_url(address) if address else database.default_url(), watcher=watcher
    )


class Catalog(Door):
    """A catalog: what was recorded, what the Hub declared, what was observed.

    Args:
        url: an SQLAlchemy URL, as `catalog.open` makes it.
        watcher: hears remarks and how far long work is.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave; there is nothing to close between two calls."""

    # The catalog itself ------------------------------------------------------------------------

    def init(self) -> Made:
        """Create or upgrade the catalog and load the facts that ship. Safe to repeat.

        Raises:
            SchemaOutOfDate: the database comes from a later version of the program.
            CouldNotCheck: it cannot be written.
        """
        from catalog.sql import database
        from catalog.verbs import evals, suites
        from catalog.verbs.inventories import shipping

        database.upgrade(self.url)
        moment = now()
        with self._writing() as connection:
            return Made(
                database.shown(self.url),
                tuple(suites.shipped(connection, now=moment)),
                evals.load_shipped(connection, now=moment),
                shipping.load_shipped(connection),
            )

    def upgrade(self) -> Schema:
        """Bring the schema to this version's, keeping every row.

        Raises:
            SchemaOutOfDate: the database comes from a later version of the program.
        """
        from catalog.sql import database

        before, after = database.upgrade(self.url)
        return Schema(database.shown(self.url), before, after, database.HEAD)

    def schema(self) -> Schema:
        """Return which schema the database has.

        Raises:
            NoDatabase: there is none.
        """
        from catalog.sql import database

        current = database.current(self.url)
        return Schema(database.shown(self.url), current, current, database.HEAD)

    def drift(self) -> tuple[str, ...]:
        """Return the differences between the database and the schema this program declares.

        Raises:
            NoDatabase: there is none.
            SchemaOutOfDate: it is of another version.
        """
        from catalog.sql import database

        return tuple(database.drift(self.url))

    # Models, names, tokens ---------------------------------------------------------------------

    def suites(self) -> "list[Suite]":
        """Return every suite, in the order it was loaded."""
        from catalog.sql.queries import models

        with self._reading() as connection:
            return models.suites(connection)

    def add_suite(self, file: str | os.PathLike[str]) -> "Loaded":
        """Add a suite of your own, or a new version of it. A broken file changes nothing.

        Args:
            file: a suite file in TOML (docs/reference/suite-files.md).

        Raises:
            BadInput: it is no suite file (the line is named), or takes a name that is taken.
            CouldNotCheck: it cannot be read.
        """
        from catalog.verbs import suites

        with self._writing() as connection:
            return suites.add(connection, Path(file), now=now())

    def ls(self, *, suite: str | None = None, size: str | None = None) -> "list[Model]":
        """Return the models, in suite order.

        Args:
            suite: only those of this suite.
            size: only those with this size in their name, as in 70M or 1.4B.

        Raises:
            UnknownName: no such suite.
        """
        from catalog.sql.queries import models

        with self._reading() as connection:
            return models.models(connection, in_suite=suite, size=size)

    def name(self, text: str, *, on: date | None = None) -> "Explained":
        """Return what a model name means today, what it meant on a day, and why.

        An unknown or ambiguous name is an answer too: its `answer.error` says why, with candidates.

        Args:
            text: as written, perhaps with an owner, a URL or `@REVISION`.
            on: the day of the text it stands in; None is today.

        Raises:
            BadInput: the text is not even a reference.
        """
        return next(iter(self.names((text,), on=on)))

    def names(self, texts: Iterable[str], *, on: date | None = None) -> "Iterator[Explained]":
        """Yield what each of many names means, one at a time; `name` says the rest."""
        from catalog.verbs import name

        with self._reading() as connection:
            yield from name.explained(connection, texts, on)

    def at(
        self,
        amount: str,
        *texts: str,
        pick: "Pick" = "nearest",
        to: str | None = None,
    ) -> "Positions":
        """Return the checkpoint of each model that has seen an amount of training.

        Args:
            amount: `300B`, `2.1e9`, `50%` of a model's final tokens, or `step3000`.
            *texts: names of models or suites; none: all.
            pick: "nearest" (the earlier at a tie), "floor", "ceil" or "exact".
            to: every checkpoint from `amount` to this one instead, both included.

        Raises:
            BadInput: an amount cannot be understood, or the first is larger than `to`.
            UnknownName: a text is neither a model nor a suite.
        """
        from catalog.verbs import at

        amounts = (amount,) if to is None else (amount, to)
        with self._reading() as connection:
            positions = at.located(
                connection, amounts, self._meaning(connection).models(texts), pick
            )
        places = [(row.checkpoint.model, row.checkpoint.revision) for row in positions.rows]
        self._warn(places)
        return positions

    def checkpoints(self, model: str) -> "list[Checkpoint]":
        """Return a model's checkpoints, by tokens seen.

        Raises:
            UnknownName: no such model.
        """
        from catalog.sql.queries import models

        with self._reading() as connection:
            return models.checkpoints(connection, self._meaning(connection).models([model])[0].id)

    def known_names(self) -> list[str]:
        """Return every name that a model has or had, each once."""
        from catalog.sql.queries import models

        with self._reading() as connection:
            return list(dict.fromkeys(entry.text for entry in models.index(connection).entries))

    def tasks(self) -> list[str]:
        """Return every task on which a checkpoint was scored."""
        from catalog.sql.queries import evals

        with self._reading() as connection:
            return evals.every_task(connection)

    def show(self, ref: str) -> "Known":
        """Return everything known about a model, or with `@REVISION` about a checkpoint.

        Raises:
            BadInput: not a reference, or the branch has no weight set of the name after `#`.
            UnknownName: no such model or revision.
        """
        from catalog.verbs import show

        with self._reading() as connection:
            about = self._meaning(connection).about(ref)
            return show.known(connection, about, self._advise(about))

    def advisories(self, ref: str | None = None) -> "Problems":
        """Return known problems of published checkpoints, and open errors of this catalog's audits.

        Args:
            ref: only what concerns this model or checkpoint.

        Raises:
            UnknownName: no such model or revision.
        """
        from catalog.verbs import advisories

        with self._reading() as connection:
            about = None if ref is None else self._meaning(connection).about(ref)
            return advisories.known(connection, about)

    # Weights -----------------------------------------------------------------------------------

    def hash(
        self,
        target: str,
        *,
        tensors: bool = False,
        called: str | None = None,
        exclude: Sequence[Path] = (),
    ) -> "Digested":
        """Return the digest of every file of a checkpoint, and of what its weights hold.

        Reads each file once, runs nothing that is in it, and needs no catalog for a path.

        Args:
            target: a folder, a file, or a REF that is in the Hub's cache.
            tensors: tensor, parameter and value digests too.
            called: which checkpoint a path is; kept beside the digests.
            exclude: files to pass over.

        Raises:
            BadInput: nothing is there, or `called` with a REF.
            CouldNotCheck: a REF that is not in the cache, a file that cannot be read.
        """
        from catalog.verbs import hash as verb

        ref = verb.called(target, called)
        place = None if verb.is_path(target) else self._branch_anywhere(target)
        with self._about(target):
            return verb.digested(
                target, place, ref, tensors=tensors, exclude=exclude, watcher=self._watcher
            )

    def require_manifest(self, file: str | os.PathLike[str], *, force: bool = False) -> None:
        """Refuse to write a manifest or lock over a file that must not be lost.

        Args:
            file: where it is to be written.
            force: whether a manifest or lock that is there may go; nothing else may.

        Raises:
            BadInput: something is there.
            CouldNotCheck: what is there cannot be read.
        """
        from catalog.weights import manifests

        manifests.require_free(Path(file), force=force)

    def populate(
        self,
        target: str,
        *,
        called: str | None = None,
        accept_changes: bool = False,
        device: str = "auto",
        dtype: str = "auto",
    ) -> "Populated":
        """Hash weights, check them against their model, run the network, record it all.

        A REF that is not in the Hub's cache is downloaded. Weights that are broken, do not fit
        their model or contradict the record are `refused`, and not recorded.

        Args:
            target: a REF, or a folder.
            called: which checkpoint the folder holds.
            accept_changes: record files that differ from the record as a newer observation.
            device: `auto`, `cpu`, `cuda` or `cuda:N`.
            dtype: `auto`, `float32`, `bfloat16` or `float16`.

        Raises:
            BadInput: nothing says which checkpoint it is.
            HubUnavailable: the Hub does not answer or does not have it.
            MissingExtra: torch is not installed.
        """
        from catalog import forward
        from catalog.verbs import populate
        from catalog.weights import manifests

        manifests.refuse(target)
        forward.check(device, dtype)
        with self._about(target):
            with self._reading() as connection:
                meant = self._meaning(connection).target(target, called)
                self._advise(meant)
                populate.known(connection, meant)  # refuses before torch, and before a download
            network = choice(device, dtype)
            meant = populate.fetch(meant, self._watcher)
            with self._reading() as connection:
                before = populate.known(connection, meant)
            options = populate.Options(network, accept_changes, self._watcher)
            populated = populate.look(meant, before, options)
        if populated.status == "recorded":
            with self._writing() as connection:
                populate.record(connection, populated, now=now())
        return populated

    def verify(
        self,
        target: str,
        *,
        level: str = "files",
        called: str | None = None,
        against: str | os.PathLike[str] | None = None,
        device: str = "auto",
        dtype: str = "auto",
    ) -> "Verification":
        """Compare files, weights and what they compute with what is recorded or declared.

        Never downloads. The verification is recorded, unless it compares with a manifest.

        Args:
            target: a REF that is in the Hub's cache, or a folder or file.
            level: how deep to look: `metadata`, `files`, `weights` or `forward`.
            called: which checkpoint the folder holds.
            against: a manifest file to compare with; needs no catalog.
            device: where to run the network, as in `populate`.
            dtype: in which arithmetic, as in `populate`.

        Raises:
            CouldNotCheck: it is not on this machine, or cannot be read.
            MissingExtra: torch is not installed.
        """
        from catalog import forward
        from catalog.core.verdicts import Level
        from catalog.verbs import verify
        from catalog.weights import manifests

        manifests.refuse(target)
        depth = Level(level)
        if depth is Level.FORWARD:
            forward.check(device, dtype)
        with self._about(target):
            manifest = None if against is None else verify.manifest_at(Path(against))
            meant, witness = self._witness(target, depth, called, manifest)
            network = choice(device, dtype) if depth is Level.FORWARD else None
            exclude = () if against is None else (Path(against),)
            options = verify.Options(depth, network, exclude, self._watcher)
            verification = verify.look(meant, witness, options, now=now())
        return verification if against is not None else self._recorded(verification, meant)

    def pinned(self, file: str | os.PathLike[str]) -> list[str]:
        """Return the names of the checkpoints that a lock pins.

        Raises:
            BadInput: it is no lock, or was changed by hand.
            CouldNotCheck: it cannot be read.
        """
        from catalog.verbs import locked

        return [pinned.name for pinned in locked.read(Path(file)).checkpoints]

    def is_lock(self, path: str) -> bool:
        """Return whether a path leads to a lock; needs no catalog."""
        from catalog.weights import manifests

        return manifests.kind_of(path) is manifests.Kind.LOCK

    def verify_lock(
        self,
        file: str | os.PathLike[str],
        folder: str | os.PathLike[str] | None = None,
        *,
        level: str = "files",
        device: str = "auto",
        dtype: str = "auto",
    ) -> "Iterator[Compared]":
        """Compare what a lock pins with what is there, a checkpoint at a time.

        Needs no catalog, and records nothing.

        Args:
            file: what `lock` wrote.
            folder: holds what is pinned, in folders of any name; None: the Hub's cache.
            level: how deep to look: `files`, `weights` or `forward`.
            device: where to run the network, as in `populate`.
            dtype: in which arithmetic, as in `populate`.

        Raises:
            BadInput: it is no lock, or was changed by hand; or there is no such folder.
            MissingExtra: torch is not installed.
        """
        from catalog import forward
        from catalog.verbs import locked

        depth, network = locked.depth(level), None
        if depth == "forward":
            forward.check(device, dtype)
        lock = locked.read(Path(file))
        if depth == "forward":
            network = choice(device, dtype)
        top = None if folder is None else Path(folder).expanduser()
        options = locked.Options(str(file), depth, network, self._pinned, self._watcher)
        return (
            replace(compared, advisories=self._advised(compared.locked))
            for compared in locked.compare(lock, top, options, now=now())
        )

    # The Hub -----------------------------------------------------------------------------------

    def sync(self, *texts: str) -> "Iterator[Synced]":
        """Read what branches point at and which files they hold; yield each repository.

        Each commit is read once and kept at once; an unchanged repository costs one request.

        Args:
            *texts: names of models, suites or repositories; none: every model of the released
                suites.

        Raises:
            HubUnavailable: no answer; what was read so far is kept.
        """
        stop = threading.Event()
        client = self._client(stop)
        for repo_id in self.repositories(*texts):
            yield self._look(repo_id, client, stop)

    def repositories(self, *texts: str) -> list[str]:
        """Return the repositories that names mean; for none, those of the released suites.

        Raises:
            BadInput: a model was never published.
            UnknownName: neither a model nor a suite, and not a repository's full name.
        """
        from catalog.sql.queries import models

        named = bool(texts) and all("/" in text for text in texts)
        with self._reading(filled=not named) as connection:
            if texts:
                return self._meaning(connection).repositories(texts)
            every = models.models(connection)
            return [m.repo_id for m in every if m.repo_id and m.suite_kind == "released"]

    def import_inventory(
        self,
        file: str | os.PathLike[str],
        *,
        observed_at: datetime | None = None,
        source: str | None = None,
    ) -> Imported:
        """Record what an inventory in CSV says of repositories, as `sync` does for the Hub.

        Args:
            file: one line a file of a branch: repo, revision, commit, file, bytes, sha256.
            observed_at: when it was taken, None where nobody knows.
            source: who took it; by default the file's digest.

        Raises:
            BadInput: a line is wrong; the file is refused whole.
            CheckedBad: it contradicts what is on record of a commit.
        """
        from catalog.verbs import inventories

        told = content(Path(file))
        with self._writing() as connection:
            synced = inventories.sync(
                connection, told, label=str(file), observed_at=observed_at, source=source
            )
            undated = inventories.behind(connection, synced) if observed_at is None else ()
        return Imported(tuple(synced), tuple(undated))

    def audit(self, *texts: str, probe: bool = False) -> Audited:
        """Judge what branches hold, from what was observed; write the findings down.

        Args:
            *texts: names of models, suites or repositories; none: every observed repository.
            probe: look into the files too, by ranges of their bytes.

        Raises:
            CouldNotCheck: no repository was ever observed.
            UnknownName: a text is none of these.
        """
        from catalog.sql.queries import hub
        from catalog.verbs import audit

        with self._reading() as connection:
            meaning = self._meaning(connection)
            meaning.require_known(texts)
            asked = meaning.repositories(texts) if texts else None
            audited = audit.audit(connection, asked)
            indexes = hub.indexes(connection) if probe else {}
            settled = not probe and audit.is_settled(connection, audited)
        if not audited.branches and not texts:
            raise CouldNotCheck("no repository was ever observed", "see `catalog sync --help`")
        probes = None
        if probe:
            from catalog.verbs import probing

            with self._about("audit"):
                probed = probing.probe(audited, indexes, self._client(), self._watcher)
            audited, probes = probed.audit, probed.sets
        if settled:
            return Audited(audited, probes, 0, 0, None)
        opened, closed, unsettled = self._settle(audited, probed=probe)
        return Audited(audited, probes, opened, closed, unsettled)

    def which(self, what: str) -> "list[Holding]":
        """Return every branch and weight set that was seen to hold certain bytes.

        Args:
            what: a SHA-256, a git blob id, or a file to take them of.

        Raises:
            BadInput: neither a digest nor a file.
            CouldNotCheck: the file cannot be read.
        """
        from catalog.verbs import which

        digests = which.digests(what)
        with self._reading() as connection:
            return which.holdings(connection, digests)

    def log(self, ref: str) -> "list[Entry]":
        """Return every look at a repository, oldest first, with what had changed since the last.

        Args:
            ref: a model or repository; with `@REVISION` only what concerns that branch.

        Raises:
            CouldNotCheck: nobody ever looked at it.
            UnknownName: no such model or revision.
        """
        from catalog.core import refs
        from catalog.verbs import log

        with self._reading() as connection:
            meaning, asked = self._meaning(connection), refs.parse(ref)
            branch = meaning.branch(ref)
            meaning.require_known([asked.model])
            revision = asked.revision and branch.revision
            return log.entries(connection, str(branch.repo_id), revision)

    def pull(self, ref: str, to: str | os.PathLike[str]) -> "Pulled":
        """Download the right weights of a branch into a new folder, every byte checked.

        Args:
            ref: `MODEL[@REVISION]`, or with `#FILE` one weight set of it.
            to: the folder; `from_pretrained` loads it.

        Raises:
            CheckedBad: the branch has no right weights, or a file's bytes were wrong twice.
            HubUnavailable: the Hub stopped answering; the next call goes on.
        """
        from catalog.verbs import pull

        with self._reading() as connection:
            branch = self._meaning(connection).branch(ref)
        self._advise(branch)
        client = self._client()
        self._look_again(str(branch.repo_id), client)
        with self._reading() as connection:
            choice = pull.choose(connection, pull.asked(branch), client)
        folder = Path(to).expanduser().absolute()
        there = pull.destination(folder, choice)
        if there is not None:
            return there
        with self._about(ref):
            return pull.fetch(choice, folder, self._watcher)

    def lock(self, *refs: str) -> "Lock":
        """Pin commit, weight set, tokens and the digest of every file of checkpoints.

        Downloads no weights. `lock.text` is what to keep in a file.

        Args:
            *refs: `MODEL[@REVISION]`, or with `#FILE` one weight set of it.

        Raises:
            CheckedBad: a branch has no right weights.
            HubUnavailable: the Hub does not answer.
        """
        from catalog.verbs import lock, pull

        with self._reading() as connection:
            meaning = self._meaning(connection)
            branches = [meaning.branch(ref) for ref in refs]
        self._warn([(b.model.name, b.revision) for b in branches if b.model is not None])
        client = self._client()
        for repo_id in dict.fromkeys(str(branch.repo_id) for branch in branches):
            self._look_again(repo_id, client)
        with self._reading() as connection:
            return lock.made(
                [lock.pin(connection, pull.asked(branch), client) for branch in branches], now=now()
            )

    # Scores ------------------------------------------------------------------------------------

    def scores(
        self,
        ref: str,
        *,
        tasks: Sequence[str] = (),
        metrics: Sequence[str] = (),
        shots: int | None = None,
        every: bool = False,
    ) -> "list[ScoreRow]":
        """Return the scores of a checkpoint, or of every scored checkpoint of a model.

        Args:
            ref: `MODEL[@REVISION]`.
            tasks: only these; `*` matches.
            metrics: only these.
            shots: only this number of shots.
            every: also older runs and withdrawn scores.

        Raises:
            CouldNotCheck: none is recorded.
            UnknownName: no such model, revision or task.
        """
        from catalog.verbs import scores

        wanted = scores.Wanted(tuple(tasks), tuple(metrics), shots, every)
        with self._reading() as connection:
            return scores.shown(connection, self._meaning(connection).about(ref), wanted)

    def compare(
        self,
        *texts: str,
        tasks: Sequence[str] = (),
        metric: str = "acc",
        shots: int = 0,
    ) -> "Comparison":
        """Put scores of checkpoints, sizes and suites side by side, like with like.

        Args:
            *texts: `MODEL[@REVISION]`, or a suite for the last step of each of its models.
            tasks: only these; `*` matches. By default nine headline tasks.
            metric: the metric to compare.
            shots: preferred number of shots.

        Raises:
            CouldNotCheck: nothing to compare is recorded.
            UnknownName: no such model, suite, revision or task.
        """
        from catalog.verbs import scores

        wanted = scores.Wanted(tuple(tasks), (metric,), shots)
        with self._reading() as connection:
            return scores.compared(connection, self._meaning(connection), texts, wanted)

    def import_scores(
        self, *paths: str | os.PathLike[str], withdrawn: str | None = None
    ) -> "list[Outcome]":
        """Import result files of lm-evaluation-harness and score tables. Safe to repeat.

        Args:
            *paths: files, folders or tar archives.
            withdrawn: why their authors took these scores back; recorded with each.

        Raises:
            BadInput: a path does not exist.
        """
        from catalog.verbs import evals

        places = [Path(path) for path in paths]
        with self._writing() as connection:
            return list(evals.import_files(connection, places, now=now(), withdrawn=withdrawn))

    def pack_scores(self, *archives: str | os.PathLike[str]) -> bytes:
        """Return the packed evaluation figures as they ship (for maintainers).

        Args:
            *archives: one for each shipped source, in order.
        """
        from catalog.verbs import evals

        with self._reading() as connection:
            return evals.pack(connection, [Path(archive) for archive in archives])
