"""The one door: a catalog, and one method for each command, called as the command is.

`catalog.open()` gives a `Catalog`. Each method resolves what names mean, opens and closes the
database itself, does one job and returns frozen values; nothing is printed, and a watcher hears
how far long work is. A mismatch is part of the value that comes back; an exception
(`catalog.errors`) means that there is no answer. Nothing else opens a database or reads the clock.

    >>> import catalog
    >>> from datetime import UTC, datetime
    >>> from pathlib import Path
    >>> c = catalog.open()
    >>> [row.checkpoint.revision for row in c.at("300B", "pythia-70m").rows]
    ['step143000']

Writing methods are one transaction each, `sync` one a commit, so an interruption loses at most what
was in hand.
"""

import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from catalog import __version__
from catalog._door import changed, content, now, path_at, text_of
from catalog._door.attesting import by_identity, by_key, vouching
from catalog._door.exporting import Exporting, bills
from catalog._door.loading import Loading
from catalog._door.pulling import Job
from catalog._door.studying import Studying
from catalog.documents.rows import Rows
from catalog.errors import BadInput, CouldNotCheck
from catalog.progress import SILENT, Watcher

if TYPE_CHECKING:
    from catalog._door.drawing import Drawing
    from catalog._door.turns import Turn
    from catalog.core.attestations.envelopes import Signs
    from catalog.core.batches import Tasks
    from catalog.core.citations import Cited
    from catalog.core.desk import Marked
    from catalog.core.held import HeldRepository
    from catalog.core.locks import Lock
    from catalog.core.mentions.places import Scan
    from catalog.core.models import Checkpoint, Model, Suite
    from catalog.core.published import Synced
    from catalog.core.scores.rows import ScoreRow, TaskRow
    from catalog.core.tokens import Pick
    from catalog.core.verdicts import Verification
    from catalog.errors import CatalogError
    from catalog.verbs.advisories import Problems
    from catalog.verbs.at import Positions
    from catalog.verbs.attesting import Attested
    from catalog.verbs.billing import Printed
    from catalog.verbs.coding import Code
    from catalog.verbs.comparing import WeightComparison
    from catalog.verbs.differing import Difference
    from catalog.verbs.evals import Amended
    from catalog.verbs.evals import Outcome as ImportedFile
    from catalog.verbs.forget import Forgotten, ForgottenRepository
    from catalog.verbs.hash import Digested
    from catalog.verbs.holdings import Holding
    from catalog.verbs.locked import Compared
    from catalog.verbs.log import Entry
    from catalog.verbs.name import Explained
    from catalog.verbs.outcomes import Audited, Copied, Imported, Made, Schema
    from catalog.verbs.planning import Plan
    from catalog.verbs.populate import Populated
    from catalog.verbs.pull import Pulled
    from catalog.verbs.recognising import Recognised
    from catalog.verbs.results import Outcome
    from catalog.verbs.runs import Run
    from catalog.verbs.selecting import Selected
    from catalog.verbs.sharing import Exported, Shared
    from catalog.verbs.show import Known
    from catalog.verbs.sidebyside import Comparison
    from catalog.verbs.suites import Loaded
    from catalog.verbs.tabulating import FactTable, Field
    from catalog.verbs.tracking import Tracked
    from catalog.verbs.watch import Watch

ENVIRONMENT = "CATALOG_DB"
OBSERVER = "CATALOG_OBSERVER"


def open(url: str | None = None, *, watcher: Watcher = SILENT) -> "Catalog":  # noqa: A001 - the word
    """Return a catalog; nothing is opened before it is asked.

    >>> import catalog
    >>> catalog.open("study.db").schema()
    Traceback (most recent call last):
    catalog.errors.NoDatabase: no catalog at study.db; run `catalog init`

    Args:
        url: an SQLite file or an SQLAlchemy URL; None: `$CATALOG_DB`, else the user-data folder.
        watcher: hears remarks and how far long work is.
    """
    from catalog.sql import database

    address = url or os.environ.get(ENVIRONMENT)
    return Catalog(
        database.normalise_url(address) if address else database.default_url(), watcher=watcher
    )


class Catalog(Exporting, Loading, Studying):
    """A catalog: what was recorded, what the Hub declared, what was observed.

    Args:
        url: an SQLAlchemy URL, as `catalog.open` makes it.
        watcher: hears remarks and how far long work is.
    """

    def __enter__(self) -> Self:
        """Keep what several calls share, such as the network that the next checkpoint refills."""
        self._keeps = True
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of it; nothing else is open between two calls."""
        self._keeps, self._networks = False, None

    # The catalog itself ------------------------------------------------------------------------

    def init(self) -> "Made":
        """Create or upgrade the catalog and load the facts that ship. Safe to repeat.

        >>> [(suite.suite, suite.status) for suite in c.init().suites][:2]
        [('pythia', 'known'), ('pythia-v0', 'known')]

        Raises:
            SchemaOutOfDate: the database comes from a later version of the program.
            CouldNotCheck: it cannot be written.
        """
        from catalog.sql import database
        from catalog.verbs import evals, suites
        from catalog.verbs.inventories import shipping
        from catalog.verbs.outcomes import Made

        database.upgrade(self.url)
        moment = now()
        with self._writing() as connection:
            return Made(
                database.shown(self.url),
                tuple(suites.shipped(connection, now=moment)),
                evals.load_shipped(connection, now=moment),
                shipping.load_shipped(connection),
            )

    def upgrade(self) -> "Schema":
        """Bring the schema to this version's, keeping every row.

        >>> c.upgrade().is_current
        True

        Raises:
            SchemaOutOfDate: the database comes from a later version of the program.
        """
        from catalog.sql import database
        from catalog.verbs.outcomes import Schema

        before, after = database.upgrade(self.url)
        return Schema(database.shown(self.url), before, after, database.HEAD)

    def schema(self) -> "Schema":
        """Return which schema the database has.

        >>> schema = c.schema()
        >>> schema.after == schema.wanted
        True

        Raises:
            NoDatabase: there is none.
        """
        from catalog.sql import database
        from catalog.verbs.outcomes import Schema

        current = database.current(self.url)
        return Schema(database.shown(self.url), current, current, database.HEAD)

    def drift(self) -> "Rows[str]":
        """Return the differences between the database and the schema this program declares.

        >>> c.drift()
        []

        Raises:
            NoDatabase: there is none.
            SchemaOutOfDate: it is of another version.
        """
        from catalog.sql import database

        return Rows(database.drift(self.url), "=difference")

    def copy_to(self, target: str, *, force: bool = False) -> "Copied":
        """Copy the whole catalog into another database, from SQLite to PostgreSQL or back.

        One transaction: all rows are there afterwards, or none.

        >>> c.copy_to(c.url)
        Traceback (most recent call last):
        catalog.errors.BadInput: ... cannot be copied to itself; give another target

        Args:
            target: a file or URL, as in `open`; a new one, or one without any row.
            force: replace all that is in it.

        Raises:
            BadInput: there is something in it, or it is this very database.
            CouldNotCheck: it cannot be written to.
            SchemaOutOfDate: it is of another version.
        """
        from catalog.sql import copying, database
        from catalog.verbs.outcomes import Copied

        address = database.normalise_url(target)
        rows = copying.copy(self.url, address, force=force)
        return Copied(database.shown(self.url), database.shown(address), rows)

    # Models, names, tokens ---------------------------------------------------------------------

    def suites(self) -> "Rows[Suite]":
        """Return every suite, in the order it was loaded.

        >>> [suite.name for suite in c.suites()][:3]
        ['pythia', 'pythia-v0', 'polypythias']
        """
        from catalog.sql.queries import models

        with self._reading() as connection:
            return Rows(models.suites(connection), "models:suite")

    def add_suite(self, file: str | os.PathLike[str]) -> "Loaded":
        """Add a suite of your own, or a new version of it. A broken file changes nothing.

        >>> c.add_suite(".cache/trajectory/suite.toml")
        Loaded(suite='topics', status='added', models=1, checkpoints=11)

        Args:
            file: a suite file in TOML (docs/reference/suite-files.md).

        Raises:
            BadInput: it is no suite file (the line is named), or takes a name that is taken.
            CouldNotCheck: it cannot be read.
        """
        from catalog.verbs import suites

        with self._writing() as connection:
            return suites.add(connection, Path(file), now=now())

    def ls(
        self,
        *texts: str,
        suite: str | None = None,
        size: str | None = None,
        where: Sequence[str] = (),
        sort: str | None = None,
        reverse: bool = False,
        tag: str | None = None,
    ) -> "Rows[Model]":
        """Return the models, in suite order.

        >>> [(model.name, model.params_total) for model in c.ls(suite="pythia", size="1B")]
        [('pythia-1b', 1011781632), ('pythia-1b-deduped', 1011781632)]
        >>> [model.name for model in c.ls("pythia", where=["layers=24", "variant=deduped"])]
        ['pythia-410m-deduped', 'pythia-1.4b-deduped']

        Args:
            *texts: only these models and suites; `*` in a name matches names old and new.
            suite: only those of this suite.
            size: only those with this size in their name, as in 70M, 1.4B or 1400M, or 1B..3B.
            where: only those of which these are true: `layers=24`, `learning_rate<3e-4`; of sources
                that differ the preferred one counts (docs/reference/facts.md).
            sort: a fact or field to sort by.
            reverse: the largest first.
            tag: only those that have this tag, or a checkpoint of which has.

        Raises:
            BadInput: `size` is none, or a condition cannot be understood.
            UnknownName: no such model, suite, field or tag, or no model of it has that size.
        """
        from catalog.verbs import models

        wanted = models.Wanted(texts, suite, size, tuple(where), sort, reverse, tag)
        with self._reading() as connection:
            every = models.listed(connection, self._meaning(connection), wanted)
        return Rows(every, "models:model")

    def facts(self, *words: str, suite: str | None = None) -> "FactTable":
        """Return facts and other fields as a table: a row a model, a column a field.

        >>> table = c.facts("layers", "params", "pythia-70m", "pythia-12b")
        >>> [(row.model.name, row.cells["layers"].value) for row in table.rows]
        [('pythia-70m', 6), ('pythia-12b', 36)]

        Args:
            *words: names of fields; then models and suites, none: all models that have one of them.
            suite: only models of this suite.

        Raises:
            UnknownName: no such field, model or suite.
        """
        from catalog.verbs import facts

        with self._reading() as connection:
            table = facts.tabulated(connection, self._meaning(connection), words, suite)
        return table._replace(rows=Rows(table.rows, "desk:fact_row"))

    def fields(self) -> "Rows[Field]":
        """Return what `facts`, and `ls` with `where`, know of models.

        >>> [(field.key, field.kind, field.models) for field in c.fields()][:1]
        [('layers', 'integer', 98)]
        """
        from catalog.verbs import tabulating

        with self._reading() as connection:
            return Rows(tabulating.fields(connection), "desk:field")

    def tag(
        self, ref: str, *tags: str, note: str | None = None, remove: bool = False
    ) -> "Rows[Marked]":
        """Write tags and a note on a model or checkpoint: words of your own, and no facts.

        They stay in this catalog: `export_records` leaves them out.

        >>> [marked.ref for marked in c.tag("pythia-70m@log2", "figure-1", note="the ends")]
        ['pythia-70m@step1', 'pythia-70m@step143000']
        >>> c.tag("pythia-70m@step1", remove=True)[0].tags
        ()

        Args:
            ref: `MODEL`, `MODEL@REVISION`, or a selection of several.
            *tags: to add.
            note: in the place of the one before; an empty one removes that.
            remove: take the tags away instead, all of them where none is named.

        Raises:
            BadInput: it may be no tag or note, or there is no such tag to remove.
            UnknownName: no such model or revision.
        """
        from catalog.verbs import tag

        with self._writing() as connection:
            meaning = self._meaning(connection)
            written = tag.write(connection, meaning, ref, tags, note, removes=remove, now=now())
            return Rows(written, "desk:marked")

    def tags(self, ref: str | None = None) -> "Rows[Marked]":
        """Return what is tagged or noted, models in suite order.

        >>> [(marked.ref, marked.tags, marked.note) for marked in c.tags("pythia-70m@main")]
        [('pythia-70m@step143000', ('figure-1',), 'the ends')]

        Args:
            ref: only this model with its checkpoints, or only this checkpoint.

        Raises:
            UnknownName: no such model or revision.
        """
        from catalog.verbs import desk

        with self._reading() as connection:
            about = None if ref is None else self._meaning(connection).about(ref, sets=False)
            if about is None or about.model is None:
                return Rows(desk.marked(connection), "desk:marked")
            if about.checkpoint is None:
                return Rows(desk.marked(connection, about.model.name), "desk:marked")
            on_it = desk.on(connection, about.name)
            return Rows([] if on_it.at is None else [on_it], "desk:marked")

    def name(self, text: str, *, on: date | None = None) -> "Explained":
        """Return what a model name means today, what it meant on a day, and why.

        An unknown or ambiguous name is an answer too: its `answer.error` says why, with candidates.

        >>> answer = c.name("pythia-350m").answer
        >>> answer.model, str(answer.valid_to)
        ('pythia-410m-v0', '2023-01-20')
        >>> c.name("pythia-70b").answer.error
        "unknown model 'pythia-70b'"

        Args:
            text: as written, perhaps with an owner, a URL or `@REVISION`.
            on: the day of the text it stands in; None is today.
        """
        return next(iter(self.names((text,), on=on)))

    def names(self, texts: Iterable[str], *, on: date | None = None) -> "Iterator[Explained]":
        """Yield what each of many names means, one at a time; `name` says the rest.

        >>> [meant.answer.model for meant in c.names(["pythia-19m", "pythia-1.4b"])]
        ['pythia-70m-v0', 'pythia-1.4b']
        """
        from catalog.verbs import name

        with self._reading() as connection:
            yield from name.explained(connection, texts, on)

    def at(  # noqa: PLR0913 - an option of the command each
        self,
        *words: str,
        pick: "Pick" = "nearest",
        to: str | None = None,
        log: int | None = None,
        linear: int | None = None,
        every: str | None = None,
        scored: bool = False,
        common: bool = False,
        tasks: Sequence[str] = (),
        tag: str | None = None,
    ) -> "Positions":
        """Return the checkpoint of each model that has seen an amount of training.

        >>> [(row.checkpoint.revision, row.distance) for row in c.at("300B", "pythia-70m").rows]
        [('step143000', -107264000)]
        >>> [row.checkpoint.revision for row in c.at("1B", "2B", "4B", "pythia-1.4b").rows]
        ['step512', 'step1000', 'step2000']
        >>> [row.checkpoint.revision for row in c.at("step1..step8", "pythia-70m").rows]
        ['step1', 'step2', 'step4', 'step8']
        >>> [row.checkpoint.revision for row in c.at("pythia-70m", log=5).rows]
        ['step1', 'step16', 'step512', 'step7000', 'step143000']

        Args:
            *words: amounts (`300B`, `2.1e9`, `50%` of a model's final tokens, `step3000`) and
                ranges of them; then names of models or suites, none: all.
            pick: "nearest" (the earlier at a tie), "floor", "ceil" or "exact".
            to: every checkpoint from the first word to this one instead, both included.
            log: instead of amounts, so many, evenly spaced in the logarithm of the tokens.
            linear: so many, evenly spaced in the tokens.
            every: those nearest to the multiples of an amount.
            scored: only checkpoints with scores.
            common: only amounts at which each of the models has a checkpoint.
            tasks: with `scored`: of these tasks; `*` matches.
            tag: only checkpoints that have this tag, or whose model has.

        Raises:
            BadInput: an amount cannot be understood, or the first end of a range is the larger.
            UnknownName: a text is neither a model nor a suite.
        """
        from catalog.core.selections import Spread
        from catalog.verbs import at

        spread = Spread(log, linear, every, scored, common, tuple(tasks), tag)
        if to is not None:
            words = (f"{words[0]}..{to}", *words[1:]) if words else (f"..{to}",)
        with self._reading() as connection:
            positions = at.located(connection, self._meaning(connection), words, spread, pick)
        return positions._replace(rows=Rows(positions.rows, "models:position"))

    def checkpoints(self, model: str) -> "Rows[Checkpoint]":
        """Return a model's checkpoints, by tokens seen.

        >>> saved = c.checkpoints("pythia-70m")
        >>> len(saved), saved[-1].revision, saved[-1].tokens_seen
        (154, 'step143000', 299892736000)

        Raises:
            UnknownName: no such model.
        """
        from catalog.sql.queries import models

        with self._reading() as connection:
            return Rows(
                models.checkpoints(connection, self._meaning(connection).models([model])[0].id),
                "models:checkpoint",
            )

    def known_names(self) -> "Rows[str]":
        """Return every name that a model has or had, each once.

        >>> "pythia-19m" in c.known_names()
        True
        """
        from catalog.sql.queries import models

        with self._reading() as connection:
            return Rows(
                list(dict.fromkeys(entry.text for entry in models.index(connection).entries)),
                "=name",
            )

    def tasks(self) -> "Rows[str]":
        """Return every task on which a checkpoint was scored.

        >>> [task for task in c.tasks() if task.startswith("lambada")]
        ['lambada_openai']
        """
        from catalog.sql.queries import evals

        with self._reading() as connection:
            return Rows(evals.every_task(connection), "=task")

    def show(self, ref: str, *, newest: int | None = None) -> "Known":
        """Return everything known about a model, or with `@REVISION` about a checkpoint.

        >>> known = c.show("pythia-70m@step1000")
        >>> known.model.model.params_total, known.checkpoint.checkpoint.tokens_seen
        (70426624, 2097152000)

        Args:
            ref: `MODEL[@REVISION]`.
            newest: so many of a checkpoint's verifications, the newest; None: every one.

        Raises:
            BadInput: not a reference, or the branch has no weight set of the name after `#`.
            UnknownName: no such model or revision.
        """
        from catalog.verbs import show

        with self._reading() as connection:
            about = self._meaning(connection).about(ref)
            return show.known(connection, about, self._advise(about), newest)

    def code(self, ref: str, library: str = "transformers") -> "Code":
        """Return code that loads the right weights of a checkpoint, pinned to the commit.

        By what was last seen of the branch; nothing is asked of the Hub. A branch that nobody
        looked at is asked for by its name, and the code says so.

        >>> print(c.code("pythia-14m@step1000", "nnsight").text, end="")
        # pythia-14m@step1000, 2,097,152,000 tokens
        # not observed yet: `catalog sync pythia-14m`
        from nnsight import LanguageModel
        <BLANKLINE>
        model = LanguageModel(
            "EleutherAI/pythia-14m",
            revision="step1000",
            dispatch=True,
        )
        >>> c.show("pythia-2.8b@step30000").load_args.of("transformers")["use_safetensors"]
        False

        Args:
            ref: `MODEL[@REVISION]`, or with `#FILE` one weight set of it.
            library: `transformers`, `transformer-lens`, `vllm`, `lm-eval`, `nnsight`, `hf` or
                `catalog`.

        Raises:
            BadInput: no such library, or the model was never published.
            CheckedBad: right weights are nowhere.
            CouldNotCheck: nobody can tell what the weights are.
        """
        from catalog.verbs import coding

        with self._reading() as connection:
            meant = self._meaning(connection).branch(ref)
            self._advise(meant)
            return coding.code(connection, meant, library)

    def advisories(self, ref: str | None = None) -> "Problems":
        """Return known problems of published checkpoints, and open errors of this catalog's audits.

        >>> [advisory.id for advisory in c.advisories("pythia-2.8b@step3000").advisories]
        ['CKPT-2026-0001']

        Args:
            ref: only what concerns this model or checkpoint.

        Raises:
            UnknownName: no such model or revision.
        """
        from catalog.verbs import advisories

        with self._reading() as connection:
            about = None if ref is None else self._meaning(connection).about(ref)
            known = advisories.known(connection, about)
        return known._replace(advisories=Rows(known.advisories, "branches:advisory"))

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

        >>> digested = c.hash(".cache/trajectory/step8", tensors=True)
        >>> [(entry.path, entry.size_bytes) for entry in digested.manifest]
        [('config.json', 778), ('generation_config.json', 195), ('model.safetensors', 369936)]

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
        meant = verb.on_path(target, ref) or self._branch_anywhere(target)
        with self._about(target):
            return verb.digested(
                meant, ref, tensors=tensors, exclude=exclude, watcher=self._watcher
            )

    def compare_weights(
        self, first: str, second: str, *, recorded: bool = False
    ) -> "WeightComparison":
        """Return how the weights of two checkpoints relate, and where they differ.

        Reads both side by side, a block of each tensor at a time, and downloads nothing. A REF that
        is not in the Hub's cache is what is on record of it: digests alone. Formats, shards and
        floating-point types play no part in whether values are equal.

        >>> compared = c.compare_weights(".cache/trajectory/step8", ".cache/trajectory/step16")
        >>> compared.relation.value, compared.is_equal
        ('different', False)
        >>> [group.label for group in compared.kinds if group.unequal]
        ['embedding', 'attention', 'mlp', 'norm', 'head']
        >>> [group.label for group in compared.layers() if group.gap.relative_l2 > 0.05]
        ['embedding', '0', '1', '2', 'head']

        Args:
            first: a folder, a file, or a REF, with `#FILE` one of its weight sets.
            second: the same; distances are relative to the first.
            recorded: take the second from the record, though its files are here.

        Raises:
            CheckedBad: a file is broken or hostile, a set is incomplete, or there are no weights.
            BadInput: nothing is there, or no such weight set.
            CouldNotCheck: a REF that is neither in the cache nor on record, an unreadable file.
        """
        from catalog.verbs import comparing

        asked = (
            self._compared_side(first, recorded=False),
            self._compared_side(second, recorded=recorded),
        )
        with self._about(first):
            return comparing.compared(*asked, watcher=self._watcher)

    def require_manifest(self, file: str | os.PathLike[str], *, force: bool = False) -> None:
        """Refuse to write a manifest or lock over a file that must not be lost.

        Args:
            file: where it is to be written.
            force: whether a manifest or lock that is there may go; nothing else may.

        >>> _ = Path("suite.toml").write_text("[suite]")
        >>> c.require_manifest("not-there-yet.json")
        >>> c.require_manifest("suite.toml")
        Traceback (most recent call last):
        catalog.errors.BadInput: suite.toml exists and is not a manifest; write to another name

        Raises:
            BadInput: something is there.
            CouldNotCheck: what is there cannot be read.
        """
        from catalog.weights import manifest_files

        manifest_files.require_free(Path(file), force=force)

    def select(  # noqa: PLR0913 - an option of the command each
        self,
        *texts: str,
        listed: str | os.PathLike[str] | Iterable[str] | None = None,
        called: str | None = None,
        log: int | None = None,
        linear: int | None = None,
        every: str | None = None,
        scored: bool = False,
        common: bool = False,
        tasks: Sequence[str] = (),
    ) -> "Rows[Selected]":
        """Return the targets that some texts mean, for `populate` and `verify`, each once.

        `MODEL@all`, `MODEL@log14` (so many, evenly spaced in the logarithm of the tokens seen),
        `MODEL@linear9`, `MODEL@every10B`, `MODEL@step1000..step20000` (the saved steps between,
        both included), `MODEL@step1000..`, `MODEL@..step512`, `MODEL@scored`, `SUITE@common`, and
        several with `:` between them; a suite in the place of the model means each of its models.
        In the order of the texts, then of training.

        >>> [target.text for target in c.select("pythia-70m@step1..step4", "pythia-70m@log2")]
        ['pythia-70m@step1', 'pythia-70m@step2', 'pythia-70m@step4', \
'pythia-70m@step143000']
        >>> [target.text for target in c.select("pythia-70m", "pythia-12b", log=2, common=True)][2:]
        ['pythia-12b@step1', 'pythia-12b@step143000']
        >>> c.select(".cache/trajectory/step8", called="topics-183k@{name}")
        [Selected(text='.cache/trajectory/step8', called='topics-183k@step8')]

        Args:
            *texts: REFs, selections and paths.
            listed: a file with more of them, one a line, or its lines; `#` begins a comment.
            called: which checkpoint a folder holds; `{name}` stands for each folder's own name.
            log: so many checkpoints of each model that is named alone, as `@log14`.
            linear: so many, evenly spaced in the tokens seen.
            every: those nearest to the multiples of an amount, `10B` or `step1000`.
            scored: only checkpoints with scores.
            common: only amounts at which each of these models has a checkpoint.
            tasks: with `scored`: of these tasks; `*` matches.

        Raises:
            BadInput: a selection cannot be understood, a folder's name is no step of the model,
                or there is nothing at all.
            UnknownName: a selection means no model, or no checkpoint of it.
        """
        from catalog.core.selections import Spread
        from catalog.verbs import selecting

        spread = Spread(log, linear, every, scored, common, tuple(tasks))
        asked = list(texts)
        if listed is not None:
            asked += selecting.listed(*_lines(listed))
        plain = selecting.as_they_are(asked, called, spread)
        if plain is not None:
            return Rows(plain, "plain:plain:target")
        with self._reading() as connection:
            return Rows(
                selecting.select(connection, self._meaning(connection), asked, called, spread),
                "plain:plain:target",
            )

    def plan(  # noqa: PLR0913 - an option of the command each
        self,
        targets: "Sequence[Selected]",
        *,
        level: str = "forward",
        fetches: bool = True,
        device: str = "auto",
        dtype: str = "auto",
        trust_stat: bool = False,
        offline: bool = False,
    ) -> "Plan":
        """Return what `populate` or `verify` would do, and do nothing of it: no request, no read.

        >>> plan = c.plan(c.select(".cache/trajectory/step8", called="topics-183k@{name}"))
        >>> [(step.target, step.action, step.download_bytes) for step in plan.steps]
        [('topics-183k@step8', 'read', 0)]

        Args:
            targets: from `select`.
            level: how deep: what `metadata` looks at is not read.
            fetches: what is not on this machine is downloaded, as `populate` does.
            device: where the networks would run; `auto`: a card where there is one.
            dtype: in which arithmetic; `auto`: float32.
            trust_stat: as in `populate`.
            offline: as in `populate`.

        Raises:
            BadInput: no such level, device or dtype.
        """
        from catalog import forward
        from catalog.core.verdicts import Level
        from catalog.verbs import planning

        forward.check(device, dtype)
        how = planning.How(Level.of(level), fetches, device, dtype, trust_stat, offline)
        with self._reading() as connection:
            return planning.planned(connection, self._meaning(connection), targets, how)

    def plan_tasks(  # noqa: PLR0913 - an option of the command each
        self,
        plan: "Plan",
        command: str,
        *,
        tasks: int | None = None,
        gpus: int = 0,
        time: str | None = None,
        partition: str | None = None,
        account: str | None = None,
        slurm: Sequence[str] = (),
        records: str = "auto",
    ) -> "Tasks":
        """Return the tasks that `submit` would make of a plan; needs no Slurm, and asks none.

        >>> plan = c.plan(c.select(".cache/trajectory/step8", called="topics-183k@{name}"))
        >>> tasks = c.plan_tasks(plan, "populate", time="1:30:00", partition="gpu")
        >>> [batch.checkpoints for batch in tasks.batches], tasks.sbatch[-2]
        ([1], '--time=90')

        Args:
            plan: from `plan`.
            command: `populate` or `verify`.
            tasks: as in `submit`.
            gpus: as in `submit`.
            time: as in `submit`.
            partition: as in `submit`.
            account: as in `submit`.
            slurm: as in `submit`.
            records: as in `submit`.

        Raises:
            BadInput: an option cannot be understood, or does not go with another.
        """
        from catalog._door import refusing
        from catalog.cluster.options import Slurm
        from catalog.core import batches

        refusing.writes(self.url, records)
        job = Slurm.of(gpus=gpus, time=time, partition=partition, account=account, options=slurm)
        made = batches.measured([step.work_bytes for step in plan.steps], tasks)
        return batches.Tasks(made, job.sbatch(f"catalog-{command}", len(made)))

    def populate(  # noqa: PLR0913 - an option of the command each
        self,
        target: str,
        *,
        level: str = "forward",
        called: str | None = None,
        accept_changes: bool = False,
        trust_stat: bool = False,
        device: str = "auto",
        dtype: str = "auto",
        offline: bool = False,
        record: bool = True,
    ) -> "Populated":
        """Hash weights, check them against their model, run the network, record it all.

        A REF that is not in the Hub's cache is downloaded. Weights that are broken, do not fit
        their model, contradict the record, or are known as another checkpoint's are `refused`,
        and not recorded.

        >>> populated = c.populate(".cache/trajectory/step8", called="topics-183k@step8")
        >>> populated.status, sorted(populated.sets)
        ('recorded', ['model.safetensors'])

        Args:
            target: a REF, or a folder.
            level: how much to record: digests of `files`, of tensors too with `weights`, what the
                network computes too with `forward`; only that needs torch.
            called: which checkpoint the folder holds.
            accept_changes: record files that differ from the record as a newer observation.
            trust_stat: do not read files again that are on record and have size, times and inode
                of the last time.
            device: `auto`, `cpu`, `cuda` or `cuda:N`; several are for `populate_each`.
            dtype: `auto`, `float32`, `bfloat16` or `float16`.
            offline: ask nobody: what is not on this machine is not downloaded.
            record: keep it; else it is only said what would be.

        Raises:
            BadInput: nothing says which checkpoint it is.
            HubUnavailable: the Hub does not answer or does not have it.
            MissingExtra: torch is not installed.
        """
        from catalog import forward
        from catalog.verbs import turns
        from catalog.verbs.selecting import Selected

        wish = turns.Wish(
            turns.depth(level), device, dtype, accept_changes, trust_stat, offline, records=record
        )
        forward.check(device, dtype)
        return self._populated(Selected(target, called), wish)

    def populate_each(  # noqa: PLR0913 - an option of the command each
        self,
        targets: "Sequence[Selected]",
        *,
        level: str = "forward",
        accept_changes: bool = False,
        trust_stat: bool = False,
        device: str = "auto",
        dtype: str = "auto",
        offline: bool = False,
        jobs: int | None = None,
        memory: int | None = None,
        record: bool = True,
    ) -> "Generator[Turn[Populated], None, None]":
        """Populate several, in order: while one is run and recorded, the next ones are read.

        What comes of each is what `populate` would make of one after the other. `result()` of a
        turn finishes and records it; an error of one stops no other. When the iterator is closed,
        what was read ahead is dropped.

        >>> chosen = c.select(".cache/trajectory/step8", called="topics-183k@{name}")
        >>> [turn.result().status for turn in c.populate_each(chosen, level="weights")]
        ['known']

        Args:
            targets: from `select`.
            level: as in `populate`.
            accept_changes: as in `populate`.
            trust_stat: as in `populate`.
            device: as in `populate`, or several (`cuda:0,cuda:1`); `auto` and `cuda` are all cards.
            dtype: as in `populate`.
            offline: as in `populate`.
            jobs: how many are downloaded and read at once; None: one beside a network that runs,
                else as many as there are cores, up to four.
            memory: how many bytes a network may take; one that needs more could not be checked.
            record: as in `populate`.

        Raises:
            BadInput: no such level or device, fewer than one at once, or no memory.
        """
        from catalog import forward
        from catalog.verbs import turns

        wish = turns.Wish(
            turns.depth(level),
            device,
            dtype,
            accept_changes,
            trust_stat,
            offline,
            jobs=jobs,
            memory=memory,
            records=record,
        )
        forward.check(device, dtype)
        return self._populated_each(targets, wish)

    def verify(  # noqa: PLR0913 - an option of the command each
        self,
        target: str,
        *,
        level: str = "files",
        called: str | None = None,
        against: str | os.PathLike[str] | None = None,
        device: str = "auto",
        dtype: str = "auto",
        exclude: Sequence[Path] = (),
        record: bool = True,
        anew: bool = False,
    ) -> "Verification":
        """Compare files, weights and what they compute with what is recorded or declared.

        Never downloads. The verification is recorded, unless it compares with a manifest. Of
        weights that are on record byte for byte, the tensors are not digested a second time.

        >>> good = c.verify(".cache/trajectory/step8", called="topics-183k@step8")
        >>> good.verdict.value, [check.rule.value for check in good.checks]
        ('passed', ['sizes', 'files'])
        >>> bad = c.verify(".cache/trajectory/step16", called="topics-183k@step8", level="weights")
        >>> [check.name for check in bad.checks if check.verdict == "failed"]
        ['files', 'parameters model.safetensors', 'values model.safetensors']

        Args:
            target: a REF that is in the Hub's cache, or a folder or file.
            level: how deep to look: `metadata`, `files`, `weights` or `forward`.
            called: which checkpoint the folder holds.
            against: a manifest file to compare with; needs no catalog.
            device: where to run the network, as in `populate`.
            dtype: in which arithmetic, as in `populate`.
            exclude: files to pass over, such as a report that lies in the folder.
            record: keep it among those of its checkpoint.
            anew: digest the tensors in any case, as for a result that will be signed.

        Raises:
            CouldNotCheck: it is not on this machine, or cannot be read.
            MissingExtra: torch is not installed.
        """
        from catalog import forward
        from catalog.core.verdicts import Level
        from catalog.verbs.selecting import Selected
        from catalog.verbs.turns import Wish

        manifest = None if against is None else Path(against)
        wish = Wish(
            Level.of(level),
            device,
            dtype,
            against=manifest,
            exclude=tuple(exclude),
            records=record,
            anew=anew,
        )
        if wish.runs:
            forward.check(device, dtype)
        return self._verified(Selected(target, called), wish)

    def verify_each(  # noqa: PLR0913 - an option of the command each
        self,
        targets: "Sequence[Selected]",
        *,
        level: str = "files",
        against: str | os.PathLike[str] | None = None,
        device: str = "auto",
        dtype: str = "auto",
        exclude: Sequence[Path] = (),
        jobs: int | None = None,
        memory: int | None = None,
        record: bool = True,
        anew: bool = False,
    ) -> "Generator[Turn[Verification], None, None]":
        """Verify several, in order: while one is run and compared, the next ones are read.

        >>> chosen = c.select(".cache/trajectory/step8", called="topics-183k@{name}")
        >>> [turn.result().verdict.value for turn in c.verify_each(chosen)]
        ['passed']

        Args:
            targets: from `select`.
            level: as in `verify`.
            against: as in `verify`.
            device: as in `populate`.
            dtype: as in `populate`.
            exclude: as in `verify`.
            jobs: how many are read at once, as in `populate_each`.
            memory: as in `populate_each`.
            record: as in `verify`.
            anew: as in `verify`.

        Raises:
            BadInput: no such level or device, fewer than one at once, or no memory.
        """
        from catalog import forward
        from catalog.core.verdicts import Level
        from catalog.verbs.turns import Wish

        manifest = None if against is None else Path(against)
        wish = Wish(
            Level.of(level),
            device,
            dtype,
            against=manifest,
            exclude=tuple(exclude),
            jobs=jobs,
            memory=memory,
            records=record,
            anew=anew,
        )
        if wish.runs:
            forward.check(device, dtype)
        return self._verified_each(targets, wish)

    def signer(
        self,
        key: str | os.PathLike[str] | None = None,
        *,
        password: "Callable[[], str | None] | None" = None,
    ) -> "Signs":
        """Return what signs attestations: a private key, or without one this machine's identity.

        Args:
            key: a PEM file: Ed25519, or ECDSA on P-256; None asks sigstore for a signature in the
                name of the identity that a CI job has.
            password: returns the key's password; called only if it has one.

        >>> from cryptography.hazmat.primitives import serialization
        >>> from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        >>> made, pem = Ed25519PrivateKey.generate(), serialization.Encoding.PEM
        >>> form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        >>> _ = Path("key.pem").write_bytes(made.private_bytes(pem, form, none))
        >>> form = serialization.PublicFormat.SubjectPublicKeyInfo
        >>> _ = Path("key.pub").write_bytes(made.public_key().public_bytes(pem, form))
        >>> c.signer("key.pem").line(b"{}").startswith('{"payloadType":')
        True

        Raises:
            BadInput: it is no private key, of another kind, or that is not its password; this
                machine has no identity.
            CouldNotCheck: it cannot be read, or sigstore does not answer.
            MissingExtra: cryptography or sigstore is not installed.
        """
        made: Signs
        if key is None:
            made = by_identity().signer()
        else:
            secret = password or (lambda: None)
            made = by_key().signer(content(Path(key)), str(key), secret)
        return made

    def attest(
        self,
        *made: "Verification | Populated",
        signer: "Signs | None" = None,
        lock: str | os.PathLike[str] | None = None,
    ) -> str:
        """Return what was found as in-toto statements, one a line, for others to check.

        Each says which level was really checked, by what, on which digests; of `populate` also what
        became of the record. What read no file has none.

        >>> step8 = c.verify(".cache/trajectory/step8", called="topics-183k@step8")
        >>> signed = c.attest(step8, signer=c.signer("key.pem"))
        >>> Path("step8.intoto.jsonl").write_text(signed) > 1_000
        True

        Args:
            *made: from `verify` or `populate`, or of what `verify_lock` yields.
            signer: from `signer`; None writes bare statements, which anybody could have written.
            lock: the lock that they compared with.

        Raises:
            BadInput: the name of a file cannot stand in a statement.
            CouldNotCheck: the lock cannot be read.
        """
        from catalog.core import digests
        from catalog.verbs import attesting

        pinned = None
        if lock is not None:
            pinned = Path(lock).name, digests.sha256(content(Path(lock)))
        return attesting.attested(made, version=__version__, signer=signer, lock=pinned)

    def check_attestations(
        self,
        file: str | os.PathLike[str],
        *targets: str,
        key: str | os.PathLike[str] | None = None,
        identity: str | None = None,
        issuer: str | None = None,
        allow_unsigned: bool = False,
    ) -> "Attested":
        """Return who vouches for attestations, what they say, and whether it is still so.

        Their digests are compared with the files of each target, with what is on record of the
        checkpoint that it is said to be, and with what was last seen of it on the Hub. With no
        target, these two are asked of each checkpoint that is attested. Records nothing.

        >>> file, key = "step8.intoto.jsonl", "key.pub"
        >>> checked = c.check_attestations(file, ".cache/trajectory/step8", key=key)
        >>> checked.verdict.value, [match.seen for match in checked.attestations[0].matches]
        ('passed', ['3 files as attested', '3 files as attested'])

        Args:
            file: what `attest` wrote, or an in-toto bundle with test results of another program.
            *targets: REFs and paths that it must speak of.
            key: the public key of who signed it, a PEM file.
            identity: who signed it by sigstore: an e-mail address, or a workflow's address.
            issuer: who vouches for that identity.
            allow_unsigned: take unsigned statements, and signed ones without a key, as they are.

        Raises:
            BadInput: neither a key nor an identity nor `allow_unsigned`; or the file is broken,
                or the key.
            CouldNotCheck: a target is not on this machine, or a file cannot be read.
            MissingExtra: cryptography or sigstore is not installed.
        """
        from catalog.verbs import attesting

        verifier = vouching(key, identity, issuer)
        if verifier is None and not allow_unsigned:
            raise BadInput("nothing says who signed it", "give --key PUBLIC, or --allow-unsigned")
        made = attesting.read(Path(file), verifier, allow_unsigned=allow_unsigned)
        stated = [each.statement for each in made.attestations if each.statement is not None]
        if not stated:
            return made
        if targets:
            exclude = (Path(file),)
            return self._held_against(made, [self._asked(text, exclude) for text in targets])
        return attesting.compared(made, self._attested({each.name for each in stated}))

    def fingerprint(self, model: object) -> "Recognised":
        """Return which recorded checkpoints a network in memory may be.

        Runs it on the fixed probes where it is, in its own arithmetic; float32 tells best. It is
        left as it was.

        >>> import torch
        >>> from transformers import GPTNeoXForCausalLM
        >>> folder = ".cache/trajectory/step8"
        >>> network = GPTNeoXForCausalLM.from_pretrained(folder, dtype=torch.float32)
        >>> [(answer.refs, answer.agrees) for answer in c.fingerprint(network).answers]
        [(('topics-183k@step8',), True)]

        Args:
            model: a causal language model of transformers, or its fingerprint.

        Raises:
            BadInput: it is neither, on the meta device, or in an arithmetic that no record is in.
            CouldNotCheck: it cannot be run, or its output is not finite.
            MissingExtra: torch is not installed.
        """
        from catalog import forward
        from catalog.core.fingerprints import Fingerprint
        from catalog.verbs import recognising

        seen = model if isinstance(model, Fingerprint) else forward.in_memory(model)
        with self._reading() as connection:
            return recognising.recognise(connection, seen)

    def forget(
        self, ref: str, *, by: str | None = None, own: bool = False
    ) -> "Forgotten | ForgottenRepository":
        """Take back what `populate` recorded of a checkpoint, or what was observed of a repository.

        Of a checkpoint, what was observed on the Hub stays, and so does every verification that was
        made. Of a repository, every look at one endpoint goes: that which is asked now, if it was
        ever looked at there.

        >>> taken = c.forget("topics-183k@step8")
        >>> taken.revision, taken.observations
        ('step8', 1)

        Args:
            ref: `MODEL@REVISION`; or a model or repository alone.
            by: only what this observer said of the checkpoint, verifications too: see
                `import_records`.
            own: only what the keeper of this catalog recorded of it.

        Raises:
            BadInput: a model that was never published; `by` or `own` of no checkpoint, or both.
            CouldNotCheck: nothing is on record of it.
            UnknownName: no such model or revision, nor a repository that was ever observed.
        """
        from catalog.verbs import forget

        with self._writing() as connection:
            about = self._meaning(connection).known(ref)
            if by is not None or own:
                if by is not None and own:
                    raise BadInput("one observer at a time", "give by, or own")
                return forget.words_of(connection, about, by)
            if about.checkpoint is None:
                return forget.repository(connection, about)
            return forget.record_of(connection, about)

    def pinned(self, file: str | os.PathLike[str]) -> "Rows[str]":
        """Return the names of the checkpoints that a lock pins.

        >>> _ = Path("paper.lock").write_text(c.lock("topics-183k@step64").text)
        >>> c.pinned("paper.lock")
        ['topics-183k@step64']

        Raises:
            BadInput: it is no lock, or was changed by hand.
            CouldNotCheck: it cannot be read.
        """
        from catalog.verbs import locked

        return Rows([pinned.name for pinned in locked.read(Path(file)).checkpoints], "=ref")

    def is_lock(self, path: str) -> bool:
        """Return whether a path leads to a lock; needs no catalog.

        >>> c.is_lock("paper.lock"), c.is_lock("topics-183k@step64")
        (True, False)

        Args:
            path: a file, or anything else that was typed.
        """
        from catalog.weights import manifest_files

        return manifest_files.kind_of(path) is manifest_files.Kind.LOCK

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

        >>> _ = c.pull("topics-183k@step64", "pinned")
        >>> [str(pinned.verification.verdict) for pinned in c.verify_lock("paper.lock", "pinned")]
        ['passed']

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
            network = self._choice(device, dtype)
        top = None if folder is None else path_at(folder)
        options = locked.Options(str(file), depth, network, self._pinned, self._watcher)
        return (
            changed(compared, advisories=self._advised(compared.locked))
            for compared in locked.compare(lock, top, options, now=now())
        )

    # Clusters ----------------------------------------------------------------------------------

    def submit(  # noqa: PLR0913 - an option of the command each
        self,
        command: str,
        targets: "Sequence[Selected]",
        *,
        tasks: int | None = None,
        gpus: int = 0,
        time: str | None = None,
        partition: str | None = None,
        account: str | None = None,
        slurm: Sequence[str] = (),
        logs: str | os.PathLike[str] | None = None,
        records: str = "auto",
        **options: object,
    ) -> "Run":
        """Let tasks on a Slurm cluster populate or verify; return at once. `collect` waits.

        Said again it submits only what is neither done nor in a task's hands.

        >>> step8 = c.select(".cache/trajectory/step8", called="topics-183k@{name}")
        >>> c.submit("populate", step8, time="soon")
        Traceback (most recent call last):
        catalog.errors.BadInput: 'soon' is not a time of Slurm's; write MINUTES, MINUTES:SECONDS, \
HOURS:MINUTES:SECONDS or DAYS-HOURS[:MINUTES[:SECONDS]]

        Args:
            command: `populate` or `verify`.
            targets: from `select`.
            tasks: at most so many; None: as many as there are bytes for.
            gpus: GPUs a task.
            time: how long a task may run, as Slurm writes it; what is left then is queued again.
                None: an hour.
            partition: where they run; None: Slurm's default.
            account: who pays; None: Slurm's default.
            slurm: further options of sbatch, each as `KEY=VALUE`.
            logs: a folder that every node sees, for logs and results; None: the user's state.
            records: `database`, tasks write to PostgreSQL themselves; `files`, they hand in files
                that `collect` records; `auto`, by the kind of the database.
            **options: as `populate_each` or `verify_each` takes them.

        Raises:
            BadInput: an option cannot be understood, or does not go with another.
            CouldNotCheck: there is no Slurm here, or it takes no such job.
            MissingExtra: submitit is not installed.
        """
        from catalog import cluster
        from catalog._door import distributing, refusing

        job = cluster.Slurm.of(
            gpus=gpus, time=time, partition=partition, account=account, options=slurm
        )
        writes = refusing.writes(self.url, records)
        refusing.require(command, targets, tasks)
        chosen = refusing.chosen(getattr(self, f"{command}_each"), options)
        cluster.require()
        here = distributing.Distributed(self)
        folder = None if logs is None else Path(logs)
        run = here.begun(command, targets, folder, chosen, writes=writes)
        return here.submitted(run, job, tasks)

    def jobs(self, logs: str | os.PathLike[str] | None = None) -> "Rows[Tracked]":
        """Return what runs, or ran, on a cluster: every command that `submit` began.

        Read from the folders of runs, whoever submitted; Slurm is asked once.

        >>> c.jobs()
        []

        Args:
            logs: the folder that `submit` was given; None: the user's state.

        Raises:
            BadInput: there is no such folder.
            CouldNotCheck: it cannot be read.
        """
        from catalog.verbs import tracking

        return Rows(tracking.tracked(None if logs is None else Path(logs)), "jobs:tracked")

    def collect(self, folder: str | os.PathLike[str]) -> "Iterator[Outcome]":
        """Wait for what was submitted, record it, and yield what came of each target, in order.

        An interruption loses nothing: what was handed in stays until everything is recorded.

        >>> list(c.collect("nowhere"))
        Traceback (most recent call last):
        catalog.errors.BadInput: nothing was submitted in nowhere; see `catalog populate --help`

        Args:
            folder: of the run that `submit` returned.

        Raises:
            BadInput: nothing was submitted there.
        """
        from catalog._door import distributing

        yield from distributing.Distributed(self).collected(Path(folder))

    # The Hub -----------------------------------------------------------------------------------

    def sync(self, *texts: str, accept: bool = False) -> "Iterator[Synced]":
        """Read what branches point at and which files they hold; yield each repository.

        Each commit is read once and kept at once; an unchanged repository costs one request.

        >>> [(synced.status, synced.branches) for synced in c.sync("topics-183k")]
        [('unchanged', 2)]

        Args:
            *texts: names of models, suites or repositories; none: every model of the released
                suites.
            accept: what changed since the branches were first seen is right; audits no longer
                tell it.

        Raises:
            BadInput: no endpoint ever had a repository of the name, nor has this one.
            HubUnavailable: no answer; what was read so far is kept.
        """
        stop = threading.Event()
        client = self._client(stop)
        for repo_id in self.repositories(*texts):
            yield self._look(repo_id, client, stop, accept=accept)

    def diff(self, first: str, second: str, *texts: str) -> "Iterator[Difference]":
        """Compare what two endpoints hold, a mirror and the Hub say; yield each repository.

        Both are looked at anew, and the looks are kept, each as its endpoint's.

        >>> from huggingface_hub.constants import ENDPOINT as here
        >>> [(len(found.branches), found.is_equal) for found in c.diff(here, here, "topics-183k")]
        [(2, True)]

        Args:
            first: an address, as in `https://huggingface.co`.
            second: the other one.
            *texts: names of models, suites or repositories; none: every observed repository.

        Raises:
            BadInput: an address is none, or neither has a repository of the name.
            HubUnavailable: one of them does not answer, or is closed to this user.
        """
        from catalog.verbs import differing

        ends = differing.endpoints(first, second)
        stop = threading.Event()
        clients = [self._client(stop, at=end) for end in ends]
        for repo_id in self.repositories(*texts, observed=True):
            looks = [self._look_at(repo_id, client, stop) for client in clients]
            with self._reading(filled=False) as connection:
                yield differing.difference(connection, repo_id, ends, looks)

    def repositories(self, *texts: str, observed: bool = False) -> "Rows[str]":
        """Return the repositories that names mean; for none, those of the released suites.

        >>> c.repositories("pythia-70m", "bloom-560m")
        ['EleutherAI/pythia-70m', 'bigscience/bloom-560m']

        Args:
            *texts: names of models, suites or repositories.
            observed: no name at all means every repository that was ever observed instead.

        Raises:
            BadInput: a model was never published.
            CouldNotCheck: none was ever observed.
            UnknownName: neither a model nor a suite, and not a repository's full name.
        """
        from catalog.sql.queries import hub, models

        named = bool(texts) and all("/" in text for text in texts)
        with self._reading(filled=not named) as connection:
            if texts:
                return Rows(self._meaning(connection).repositories(texts), "=repo_id")
            if observed:
                return Rows(hub.observed(connection) or _nothing_observed(), "=repo_id")
            every = models.models(connection)
            return Rows(
                [m.repo_id for m in every if m.repo_id and m.suite_kind == "released"], "=repo_id"
            )

    def import_inventory(
        self,
        file: str | os.PathLike[str],
        *,
        observed_at: datetime | None = None,
        source: str | None = None,
        partial: bool = False,
        accept: bool = False,
    ) -> "Imported":
        """Record what an inventory in CSV says of repositories, as `sync` does for the Hub.

        >>> seen = f"EleutherAI/pythia-70m,step1,{'c' * 40},model.safetensors,1000,{'d' * 64}"
        >>> with Path("seen.csv").open("w") as file:
        ...     print("repo,revision,commit,file,bytes,sha256", file=file)
        ...     print(seen, file=file)
        >>> when = datetime(2026, 9, 1, tzinfo=UTC)
        >>> [look.status for look in c.import_inventory("seen.csv", observed_at=when).synced]
        ['read']

        Args:
            file: one line a file of a branch: repo, revision, commit, file, bytes, sha256.
            observed_at: when it was taken, None where nobody knows.
            source: who took it; by default the file's digest.
            partial: it names some branches, and says nothing of the others.
            accept: what changed since the branches were first seen is right; audits no longer
                tell it.

        Raises:
            BadInput: a line is wrong, or the time is yet to come; the file is refused whole.
            CheckedBad: it contradicts what is on record of a commit.
        """
        from catalog.verbs import inventories
        from catalog.verbs.outcomes import Imported

        inventories.require_past(observed_at, now())
        listing = content(Path(file))
        with self._writing() as connection:
            synced = inventories.sync(
                connection,
                listing,
                label=str(file),
                observed_at=observed_at,
                source=source,
                partial=partial,
            )
            if accept:
                synced = inventories.accepted(connection, synced, now())
            undated = inventories.behind(connection, synced) if observed_at is None else ()
        return Imported(tuple(synced), tuple(undated))

    # What others observed ----------------------------------------------------------------------

    def export_records(self, *, by: str | None = None) -> "Exported":
        """Return looks, digests, fingerprints and verifications as one file for others.

        >>> exported = c.export_records(by="Example Lab")
        >>> sorted(exported.counts)
        ['fingerprint', 'look', 'observation', 'verification']

        Args:
            by: who observed what nobody else did; None: `$CATALOG_OBSERVER`.

        Raises:
            BadInput: nobody is named, or it is no name.
        """
        from catalog.verbs import sharing

        with self._reading(filled=False) as connection:
            return sharing.export(connection, by or os.environ.get(OBSERVER))

    def import_records(self, file: str | os.PathLike[str]) -> "Shared":
        """Take in what others observed, beside what is on record here; nothing is taken twice.

        >>> _ = Path("records.xz").write_bytes(c.export_records(by="Example Lab").content)
        >>> c.import_records("records.xz").new["observation"]
        0

        Args:
            file: what `export_records` returned, written down.

        Raises:
            BadInput: it is no such file, or of a later version.
            CheckedBad: it is damaged, or contradicts what is on record of a commit.
            CouldNotCheck: it cannot be read.
        """
        from catalog.core import packs
        from catalog.verbs import sharing
        from catalog.weights import outside

        pack = packs.unpacked(outside.read(Path(file), packs.MOST_PACKED), str(file))
        with self._writing() as connection:
            return sharing.put(connection, pack)

    # Judgement ---------------------------------------------------------------------------------

    def audit(self, *texts: str, probe: bool = False) -> "Audited":
        """Judge what branches hold, from what was observed; write the findings down.

        >>> audited = c.audit("pythia-2.8b").audit
        >>> [branch.verdict.value for branch in audited.branches if branch.revision == "step3000"]
        ['same-as']
        >>> [finding.rule for finding in audited.findings if finding.revision == "step3000"]
        ['same-as']

        Args:
            *texts: names of models, suites or repositories; none: every observed repository.
            probe: look into the files too, by ranges of their bytes.

        Raises:
            CouldNotCheck: no repository was ever observed.
            UnknownName: a text is none of these.
        """
        from catalog.sql.queries import hub
        from catalog.verbs import audit
        from catalog.verbs.outcomes import Audited

        with self._reading() as connection:
            meaning = self._meaning(connection)
            asked = meaning.repositories(texts, observed=True) if texts else None
            audited = audit.audit(connection, asked)
            indexes = hub.indexes(connection) if probe else {}
            settled = not probe and audit.is_settled(connection, audited)
        if not audited.branches and not texts:
            _nothing_observed()
        probes = None
        if probe:
            from catalog.verbs import probing

            stop = threading.Event()
            with self._about("audit"):
                client = self._client(stop)
                probed = probing.probe(audited, indexes, client, stop, self._watcher)
            audited, probes = probed.audit, probed.sets
        audited = audited._replace(
            branches=Rows(audited.branches, "branches:branch"),
            findings=Rows(audited.findings, "branches:audit_finding"),
        )
        if settled:
            return Audited(audited, probes, 0, 0, None)
        opened, closed, unsettled = self._settle(audited, probed=probe)
        return Audited(audited, probes, opened, closed, unsettled)

    def watch(self, *texts: str) -> "Watch":
        """Look at repositories as `sync` does, then judge them all as `audit` does.

        >>> watched = c.watch("topics-183k")
        >>> [(each.repo_id, each.synced.status, each.changes) for each in watched.repositories]
        [('example/topics-183k', 'unchanged', ())]

        Args:
            *texts: names of models, suites or repositories; none: every repository that was looked
                at before, at the endpoint that is asked now.

        Raises:
            BadInput: the only repository was never seen anywhere.
            CouldNotCheck: no repository was ever observed, or none at this endpoint.
            HubUnavailable: nothing answers, or the only repository does not; what was read is kept.
            UnknownName: a text is none of these.
        """
        from catalog.verbs import watch

        stop = threading.Event()
        client = self._client(stop)
        repo_ids = self.repositories(*texts) if texts else self._looked_at(client.endpoint)
        looks = dict(self._look_in_turn(repo_ids, client, stop))
        with self._reading(filled=False) as connection:
            seen = watch.seen(connection, looks)
        audited = self.audit(*seen)
        with self._reading(filled=False) as connection:
            return watch.watch(connection, looks, audited, now())

    def which(self, what: str) -> "Rows[Holding]":
        """Return every branch and weight set that was seen to hold certain bytes.

        >>> sha256 = "ab496f1c3fd79e3c749a9d5414136a2c8e4224f94eecb261970315cdb0f813fe"
        >>> [holding.revision for holding in c.which(sha256)][:2]
        ['main', 'step0']

        Args:
            what: a SHA-256, a git blob id, or a file to take them of.

        Raises:
            BadInput: neither a digest nor a file.
            CouldNotCheck: the file cannot be read.
        """
        from catalog.verbs import which

        digests = which.digests(what)
        with self._reading() as connection:
            return Rows(which.holdings(connection, digests), "branches:holding")

    def log(self, ref: str | None = None) -> "Rows[Entry]":
        """Return every look at a repository, oldest first, with what had changed since the last.

        Of all repositories together, those looks that found something changed.

        >>> [(str(look.observed_at.date()), look.branches) for look in c.log("pythia-2.8b")]
        [('2026-08-23', 155)]

        Args:
            ref: a model or repository; with `@REVISION` only what concerns that branch; None is
                every observed repository.

        Raises:
            CouldNotCheck: nobody ever looked at it.
            UnknownName: no such model or revision.
        """
        from catalog.verbs import log

        with self._reading() as connection:
            if ref is None:
                return Rows(log.everywhere(connection), "branches:look")
            return Rows(
                log.entries(connection, *self._meaning(connection).looked_at(ref)), "branches:look"
            )

    def pull(self, ref: str, to: str | os.PathLike[str], *, commit: str | None = None) -> "Pulled":
        """Download the right weights of a branch into a new folder, every byte checked.

        The folder says what it is: `populate`, `verify` and `load` of it need no `called`.

        >>> pulled = c.pull("topics-183k@step64", "step64")
        >>> pulled.status, sorted(path.name for path in pulled.folder.iterdir())
        ('pulled', ['.catalog.json', 'config.json', 'model.safetensors'])
        >>> c.verify("step64").verdict.value
        'passed'

        Args:
            ref: `MODEL[@REVISION]`, or with `#FILE` one weight set of it.
            to: the folder; `from_pretrained` loads it.
            commit: refuse a branch that is not at this commit any more.

        Raises:
            CheckedBad: the branch has no right weights, or a file's bytes were wrong twice; or it
                has moved.
            HubUnavailable: the Hub stopped answering; the next call goes on.
        """
        branches = self._branches([ref])
        (order,) = self._orders(branches, commit)
        return self._pulled(Job(ref, path_at(to).absolute(), order.choose), None)

    def pull_each(
        self, targets: "Sequence[Selected]", to: str | os.PathLike[str], *, jobs: int | None = None
    ) -> "Generator[Turn[Pulled], None, None]":
        """Download the right weights of several, each into a folder of its own, side by side.

        The folders are called as a lock of the same checkpoints calls them. An error of one stops
        no other. What an interruption broke off, the next call goes on with.

        >>> chosen = c.select("topics-183k@step8", "topics-183k@step64")
        >>> [turn.result().folder.name for turn in c.pull_each(chosen, "run")]
        ['topics-183k@step8', 'topics-183k@step64']

        Args:
            targets: from `select`; no paths.
            to: the folder that holds them.
            jobs: how many files come at once, None for four.

        Raises:
            BadInput: a path, or a checkpoint that was never published.
            UnknownName: no such model or revision.
        """
        folder = path_at(to).absolute()
        return self._pulled_each(self._jobs(targets, folder), jobs)

    def pull_lock(
        self, file: str | os.PathLike[str], to: str | os.PathLike[str], *, jobs: int | None = None
    ) -> "Generator[Turn[Pulled], None, None]":
        """Download what a lock pins: these commits, these bytes; needs no catalog.

        A lock of one checkpoint fills the folder itself, one of several a folder each within it.

        >>> _ = Path("paper.lock").write_text(c.lock("topics-183k@step64").text)
        >>> [turn.result().status for turn in c.pull_lock("paper.lock", "used")]
        ['pulled']
        >>> [str(pinned.verification.verdict) for pinned in c.verify_lock("paper.lock", "used")]
        ['passed']

        Args:
            file: what `lock` wrote, or the `.catalog.json` of a pulled folder.
            to: the folder.
            jobs: how many files come at once, None for four.

        Raises:
            BadInput: it is no lock, or was changed by hand.
            CouldNotCheck: it cannot be read.
        """
        from catalog.verbs import locked

        lock = locked.read(Path(file))
        self._warn([(each.model, each.revision) for each in lock.checkpoints if each.model])
        return self._pulled_each(self._jobs_of(lock, path_at(to).absolute()), jobs)

    def load(
        self,
        ref: str,
        *,
        tokens: str | int | None = None,
        commit: str | None = None,
        dtype: object = "auto",
        device: object = None,
    ) -> Any:  # noqa: ANN401 - a model of transformers, which is untyped
        """Return a checkpoint as a model of transformers: its own weights, or an error.

        The right weights are taken from the Hub's cache, each file compared with what the Hub
        declared, and downloaded where they are not there. A tensor that the files lack, or have
        too many, is an error too, and no code of a checkpoint runs.

        >>> model = c.load("topics-183k@step64", dtype="float32")
        >>> type(model).__name__, model.num_parameters()
        ('GPTNeoXForCausalLM', 182848)
        >>> c.load("step64").name_or_path
        'example/topics-183k'

        Args:
            ref: `MODEL[@REVISION]`, with `#FILE` one weight set of it; or a pulled folder.
            tokens: an amount of training (`10B`, `50%`) in the place of the revision: the nearest
                checkpoint; a Python warning says so where it has not seen exactly that.
            commit: refuse a branch that is not at this commit any more.
            dtype: `auto`, as the weights are stored; or a dtype of torch, or its name.
            device: one of torch's, or its name; `auto`: the first CUDA device, if there is any;
                None: the CPU.

        Raises:
            BadInput: no such dtype or device, or `tokens` with a revision.
            CheckedBad: right weights are nowhere, or the files are not what they are said to be.
            CouldNotCheck: nobody can tell what a folder holds; or the device is not there.
            HubUnavailable: the weights are not here, and the Hub does not answer.
            MissingExtra: torch is not installed.
        """
        from catalog import forward
        from catalog.core import refs
        from catalog.weights import paths

        forward.require_installed()
        how = {"dtype": dtype, "device": device}
        if paths.is_path(ref):
            if tokens is not None or commit is not None:
                raise BadInput(f"{ref} is a folder", "leave out tokens and commit")
            return self._loaded_from(ref, how)
        if tokens is not None:
            parsed = refs.parse(ref)
            if parsed.revision is not None:
                raise BadInput(f"{ref} names one checkpoint already", "leave out tokens")
            amount = f"{tokens} tokens" if isinstance(tokens, int) else tokens
            ref = str(parsed._replace(revision=amount))
        return self._loaded(ref, commit, how)

    def lock(
        self,
        *refs: str,
        log: int | None = None,
        linear: int | None = None,
        every: str | None = None,
        scored: bool = False,
        common: bool = False,
        from_log: str | os.PathLike[str] | None = None,
    ) -> "Lock":
        """Pin commit, weight set, tokens and the digest of every file of checkpoints.

        Downloads no weights. `lock.text` is what to keep in a file.

        >>> lock = c.lock("topics-183k@step64")
        >>> [(pin.revision, pin.weight_set, pin.tokens_seen) for pin in lock.checkpoints]
        [('step64', 'model.safetensors', 65536)]

        Args:
            *refs: `MODEL[@REVISION]`, or with `#FILE` one weight set of it; selections too.
            log: as in `select`.
            linear: as in `select`.
            every: as in `select`.
            scored: as in `select`.
            common: as in `select`.
            from_log: what a guard noted (`$CATALOG_GUARD_LOG`), instead of refs: what was loaded is
                pinned as it was, and nobody is asked.

        Raises:
            BadInput: a selection cannot be understood; a log that is none, or refs beside it.
            CheckedBad: a branch has no right weights, or the log has others.
            HubUnavailable: the Hub does not answer.
        """
        from catalog.core import selections
        from catalog.core.refs import MAIN
        from catalog.verbs import lock, selecting

        if bool(refs) is (from_log is not None):
            raise BadInput("lock pins either REFs or what a log has", "name one of them")
        if from_log is not None:
            file = Path(from_log)
            return lock.made(lock.of_log(text_of(file), str(file)), now=now())
        spread = selections.Spread(log, linear, every, scored, common)
        with self._reading() as connection:
            meaning = self._meaning(connection)
            texts: Sequence[str] = refs
            if spread.parts or any(selections.parse(ref) for ref in refs):
                chosen = selecting.select(connection, meaning, refs, None, spread)
                texts = [each.text for each in chosen]
            branches = [meaning.branch(text) for text in texts]
        self._warn([(b.model.name, b.revision) for b in branches if b.model is not None])
        client = self._client()
        for repo_id in dict.fromkeys(str(branch.repo_id) for branch in branches):
            self._look_again(repo_id, client, {branch.revision or MAIN for branch in branches})
        with self._reading() as connection:
            return lock.made(
                [lock.pin(connection, branch, client) for branch in branches], now=now()
            )

    def cite(self, *targets: str) -> "Cited":
        """Return what to cite for checkpoints: their suites' works, their weights, this catalog.

        >>> cited = c.cite("pythia-2.8b@step3000")
        >>> [(work.key, work.of) for work in cited.entries][:2]
        [('biderman2023pythia', 'suite'), ('gao2020pile', 'data')]
        >>> cited.footnote.partition(";")[0]
        'pythia-2.8b@step3000 (32f13dfd)'

        `bibtex`, `csl_json` and `text` are bibliographies, `paragraph` and `footnote` a paper's own
        words, all as text.

        Args:
            *targets: `MODEL[@REVISION]`, selections, or paths of locks.

        Raises:
            BadInput: a lock was changed by hand, or is none, or a selection is of nothing.
            UnknownName: no such model or revision.
        """
        from catalog.documents import citations
        from catalog.verbs import citing, locked, selecting
        from catalog.weights import paths

        locks = [locked.read(paths.path_of(text)) for text in targets if paths.is_path(text)]
        with self._reading() as connection:
            meaning = self._meaning(connection)
            named = [text for text in targets if not paths.is_path(text)]
            branches = [meaning.branch(text) for text in selecting.refs(connection, meaning, named)]
            pinned = [each for lock in locks for each in lock.checkpoints]
            used = [citing.of_branch(connection, branch) for branch in branches]
            used += [citing.of_pinned(each) for each in pinned]
            models = [branch.model for branch in branches if branch.model is not None]
            models += citing.models_of(connection, pinned)
            self._warn([(b.model.name, b.revision) for b in branches if b.model is not None])
            once = list({each.name: each for each in used}.values())
            return citations.printed(citing.cite(connection, once, models, locks))

    def scan(self, *paths: str | os.PathLike[str], on: date | None = None) -> "Scan":
        """Find the models and revisions that a study's files name, and what each loads today.

        Nothing that is read is run, and nobody is asked: what branches hold is judged by what was
        observed. `place.said` says it in words, `place.is_affected` whether something is wrong.

        >>> Path("analysis.py").write_text('load("EleutherAI/pythia-2.8b", revision="step1000")')
        51
        >>> [(place.line, place.words, place.said) for place in c.scan("analysis.py").places]
        [(1, 'EleutherAI/pythia-2.8b @ step1000', 'loads main (transformers 5)')]

        Args:
            *paths: files and folders; of a git repository the files that it does not ignore.
            on: the day of the study; None takes each file's last commit, or today.

        Raises:
            BadInput: a path does not exist, or is of a kind that is not read.
            CouldNotCheck: a folder cannot be read.
        """
        from catalog.verbs import scanning

        with self._reading() as connection:
            texts = [os.fspath(path) for path in paths]
            scan = scanning.scan(connection, texts, on, now().date())
        return scan._replace(places=Rows(scan.places, "studies:place"))

    def lock_scan(self, scan: "Scan") -> "tuple[Lock, list[tuple[str, CatalogError]]]":
        """Pin what a study names; return the lock, and why each other checkpoint is not in it.

        >>> Path("trained.py").write_text('load("topics-183k", revision="step64")')
        38
        >>> lock, refused = c.lock_scan(c.scan("trained.py"))
        >>> [pin.revision for pin in lock.checkpoints], refused
        (['step64'], [])

        Args:
            scan: what `scan` found.

        Raises:
            CheckedBad: nothing in it can be pinned.
            HubUnavailable: the Hub does not answer.
        """
        if not scan.refs:
            raise BadInput("the study names no checkpoint", "see `catalog scan --help`")
        return self._lock_each(scan.refs)

    def sbom(self, target: str) -> "Printed":
        """Return a bill of materials as CycloneDX 1.6: files, commit, licence, known problems.

        Of a REF the files are those that were last seen of its branch; of a lock, what it pins.
        Nothing is asked of the Hub. Two are equal where $SOURCE_DATE_EPOCH gives one time.

        >>> import json
        >>> bill = json.loads(c.sbom("pythia-2.8b@step3000").json)
        >>> bill["specVersion"], bill["components"][0]["licenses"][0]["license"]["id"]
        ('1.6', 'Apache-2.0')
        >>> [(known["id"], known["analysis"]["state"]) for known in bill["vulnerabilities"]]
        [('CKPT-2026-0001', 'exploitable')]

        Args:
            target: a REF, or a lock file.

        Raises:
            BadInput: a file that is no lock, or no lock any more; or one weight set was named.
            CheckedBad: what is on record contradicts what was last seen of the branch.
            CouldNotCheck: nobody ever saw which files the branch has.
            MissingExtra: the library of CycloneDX is not installed.
        """
        from catalog.verbs.billing import Printed

        room = bills()
        bill = self._bill(target, __version__)
        return Printed(bill, *room.printed(bill))

    # Loads -------------------------------------------------------------------------------------

    def loads(self, repo_id: str, *, named: bool = False) -> "HeldRepository | None":
        """Return what the branches of a repository hold, as `catalog.guard` asks.

        None where nobody ever looked at it, or for a repository of another owner.

        >>> known = c.loads("EleutherAI/pythia-2.8b")
        >>> branch = next(each for each in known.branches if each.revision == "step1000")
        >>> [(held.name, held.verdict, held.holds) for held in branch.sets][0]
        ('model.safetensors', 'same-as', 'step143000')
        >>> branch.best
        'model.safetensors.index.json'
        >>> c.loads("somebody/pythia-2.8b") is None
        True

        Args:
            repo_id: as a loader has it, `OWNER/NAME`; a former name too.
            named: also every name under which a loader may ask for it.
        """
        from catalog.verbs import guarding

        with self._reading() as connection:
            home = guarding.home(connection, repo_id)
            return None if home is None else guarding.known(connection, home, named=named)

    def guarded(
        self, environment: Mapping[str, str], *, mode: str | None = None, log: str | None = None
    ) -> dict[str, str]:
        """Return an environment in which every Python that starts is guarded, for a process.

        >>> c.guarded({"LANG": "C"}, mode="error")["CATALOG_GUARD"]
        'error'

        Args:
            environment: as it is, usually `os.environ`; it is not changed.
            mode: how to guard: warn, strict, error, fix or off; None leaves what it says.
            log: the file in which loads are noted.

        Raises:
            BadInput: no such mode.
        """
        from catalog.verbs import guarding

        return guarding.environment(environment, url=self.url, mode=mode, log=log)

    # Scores ------------------------------------------------------------------------------------

    def scored_tasks(self, *texts: str, tasks: Sequence[str] = ()) -> "Rows[TaskRow]":
        """Return the tasks on which checkpoints were scored: metrics, shots, how many.

        >>> listed = c.scored_tasks("opt", tasks=["piqa"])
        >>> [(row.task, row.metrics, row.checkpoints) for row in listed]
        [('piqa', ('acc', 'acc_norm'), 8)]

        Args:
            *texts: models, suites, REFs and selections; none: everything on record.
            tasks: only these; `*` matches.

        Raises:
            CouldNotCheck: none is recorded.
            UnknownName: no such model, suite, revision or task.
        """
        from catalog.verbs import tasks as verb

        with self._reading() as connection:
            meaning = self._meaning(connection)
            return Rows(verb.tasks(connection, meaning, texts, tasks), "scores:task")

    def scores(  # noqa: PLR0913 - an option of the command each
        self,
        *texts: str,
        tasks: Sequence[str] = (),
        metrics: Sequence[str] = (),
        shots: int | None = None,
        harness: str | None = None,
        dtype: str | None = None,
        like_with_like: bool = False,
        clean: bool = False,
        log: int | None = None,
        linear: int | None = None,
        stride: str | None = None,
        scored: bool = False,
        common: bool = False,
        every: bool = False,
    ) -> "Rows[ScoreRow]":
        """Return the scores of checkpoints, or of every scored checkpoint of models and suites.

        >>> scores = c.scores("pythia-70m@step1000", tasks=["piqa"], metrics=["acc"])
        >>> [(score.value, score.stderr) for score in scores]
        [(0.5603917301414582, 0.011580417248656579)]
        >>> scores.to_pandas()[["task", "value", "stderr"]].shape
        (1, 3)

        Args:
            *texts: `MODEL[@REVISION]`, suites, and selections as in `select`.
            tasks: only these; `*` matches.
            metrics: only these.
            shots: only this number of shots.
            harness: only this version of the harness; "unknown": where none is stated.
            dtype: only this type of arithmetic; "unknown": where none is stated.
            like_with_like: of each task and metric only the scores made under the conditions that
                most share; the watcher hears how the others differ.
            clean: leave out scores with a mark: under an advisory, an open finding or a remark.
            log: of models and suites named alone so many checkpoints, as in `select`.
            linear: as in `select`.
            stride: those nearest to the multiples of an amount, `10B` or `step1000`.
            scored: as in `select`.
            common: as in `select`.
            every: also older runs and withdrawn scores.

        Raises:
            BadInput: none has so many shots, that harness or that type.
            CouldNotCheck: none is recorded, or none is left.
            UnknownName: no such model, revision, task or metric.
        """
        from catalog.core.selections import Spread
        from catalog.verbs import scores

        spread = Spread(log, linear, stride, scored, common, tuple(tasks) if scored else ())
        wanted = scores.Wanted(
            tuple(tasks),
            tuple(metrics),
            shots,
            harness,
            dtype,
            like_with_like,
            clean,
            every,
            spread,
        )
        with self._reading() as connection:
            shown = scores.shown(connection, self._meaning(connection), texts, wanted)
        self._warn(dict.fromkeys((row.model, row.revision) for row in shown.rows if row.advisories))
        for text in shown.remarks:
            self._watcher.remark(text)
        return Rows(shown.rows, "scores:score")

    def compare(  # noqa: PLR0913 - an option of the command each
        self,
        *texts: str,
        tasks: Sequence[str] = (),
        metric: str = "acc",
        shots: int = 0,
        harness: str | None = None,
        dtype: str | None = None,
        like_with_like: bool = False,
        clean: bool = False,
        log: int | None = None,
        linear: int | None = None,
        stride: str | None = None,
        scored: bool = False,
        common: bool = False,
    ) -> "Comparison":
        """Put scores of checkpoints, sizes and suites side by side, like with like.

        >>> comparison = c.compare("pythia-70m", "pythia-160m", tasks=["piqa"])
        >>> [(row.ref, round(row.scores["piqa"].score.value, 3)) for row in comparison.rows]
        [('pythia-70m', 0.595), ('pythia-160m', 0.627)]

        Args:
            *texts: `MODEL[@REVISION]`, selections, or a suite for the last step of each model.
            tasks: only these; `*` matches. By default nine headline tasks.
            metric: the metric to compare.
            shots: preferred number of shots.
            harness: as in `scores`.
            dtype: as in `scores`.
            like_with_like: leave out what was made under other conditions than the rest.
            clean: as in `scores`.
            log: as in `scores`, and so the next ones.
            linear: as in `select`.
            stride: as in `scores`.
            scored: as in `select`.
            common: as in `select`.

        Raises:
            BadInput: none has that harness or that type.
            CouldNotCheck: nothing to compare is recorded.
            UnknownName: no such model, suite, revision, task or metric.
        """
        from catalog.core.selections import Spread
        from catalog.verbs import scores, sidebyside

        spread = Spread(log, linear, stride, scored, common, tuple(tasks) if scored else ())
        wanted = scores.Wanted(
            tuple(tasks), (metric,), shots, harness, dtype, like_with_like, clean, spread=spread
        )
        with self._reading() as connection:
            meaning = self._meaning(connection)
            comparison = sidebyside.compared(connection, meaning, texts, wanted)
        places = [(row.checkpoint.model, row.checkpoint.revision) for row in comparison.rows]
        self._warn(place for place in places if place[1] is not None)
        for text in comparison.remarks:
            self._watcher.remark(text)
        return changed(comparison, rows=Rows(comparison.rows, "scores:compared"))

    def plot(  # noqa: PLR0913 - an option of the command each
        self,
        *texts: str,
        tasks: Sequence[str] = (),
        metrics: Sequence[str] = (),
        over: str = "tokens",
        references: Sequence[str] = (),
        log_axis: bool = True,
        shots: int | None = None,
        harness: str | None = None,
        dtype: str | None = None,
        clean: bool = False,
        log: int | None = None,
        linear: int | None = None,
        stride: str | None = None,
        scored: bool = False,
        common: bool = False,
    ) -> "Drawing":
        """Return a picture of scores: `save` writes it, `text` prints it, a notebook shows it.

        A line never mixes conditions: of each task those that most scores share are taken, and the
        watcher hears what was left out.

        >>> drawing = c.plot("pythia-1.4b", tasks=["piqa"], log=6, scored=True)
        >>> [point.ref for point in drawing.picture.panels[0].lines[0].points][-2:]
        ['pythia-1.4b@step13000', 'pythia-1.4b@step143000']
        >>> drawing.save("piqa.svg")

        Args:
            *texts: models, suites, REFs and selections.
            tasks: only these; `*` matches. By default nine headline tasks, a panel each.
            metrics: only these; by default `acc`.
            over: "tokens", "steps", or "params": one line a suite, of each model the checkpoint
                that was named, else the last.
            references: models and suites to compare with, as dashed lines.
            log_axis: whether the horizontal axis is logarithmic.
            shots: as in `scores`, and so the next ones.
            harness: as in `scores`.
            dtype: as in `scores`.
            clean: leave marked points out, which are hollow otherwise.
            log: as in `scores`.
            linear: as in `scores`.
            stride: as in `scores`.
            scored: as in `scores`.
            common: as in `scores`.

        Raises:
            BadInput: no such axis, too much for one picture, or no such condition.
            CouldNotCheck: there is nothing to draw.
            UnknownName: no such model, suite, revision, task or metric.
        """
        from catalog._door.drawing import Drawing
        from catalog.core.selections import Spread
        from catalog.verbs import plotting, scores

        spread = Spread(log, linear, stride, scored, common, tuple(tasks) if scored else ())
        wanted = scores.Wanted(
            tuple(tasks), tuple(metrics), shots, harness, dtype, clean=clean, spread=spread
        )
        with self._reading() as connection:
            plotted = plotting.plotted(
                connection,
                self._meaning(connection),
                texts,
                wanted,
                axis=over,
                references=references,
            )
        for text in plotted.remarks:
            self._watcher.remark(text)
        return Drawing(plotted.picture, log=log_axis)

    def plot_audit(self, audited: "Audited") -> "Drawing":
        """Return a picture of an audit: the verdict of each branch, a row a model.

        >>> drawing = c.plot_audit(c.audit("pythia-2.8b"))
        >>> drawing.picture.models, len(drawing.picture.steps)
        (('pythia-2.8b',), 155)

        Args:
            audited: from `audit`.

        Raises:
            CouldNotCheck: none of its repositories was ever observed.
        """
        from catalog._door.drawing import Drawing
        from catalog.sql.queries import models
        from catalog.verbs import grid

        with self._reading(filled=False) as connection:
            order = [model.name for model in models.models(connection)]
        return Drawing(grid.grid(audited.audit, order))

    def import_scores(
        self,
        *paths: str | os.PathLike[str],
        withdrawn: str | None = None,
        called: str | None = None,
        models: str | os.PathLike[str] | None = None,
    ) -> "Rows[ImportedFile]":
        """Import result files of lm-evaluation-harness and score tables. Safe to repeat.

        >>> with Path("scores.csv").open("w") as file:
        ...     print("model,checkpoint,task,fewshot,acc,acc_stderr", file=file)
        ...     print("EleutherAI/pythia-70m,1000,piqa,0,0.5,0.01", file=file)
        >>> [(file.status, file.evaluations[0].scores) for file in c.import_scores("scores.csv")]
        [('imported', 1)]

        Args:
            *paths: files, folders or tar archives.
            withdrawn: why their authors took these scores back; recorded with each, also with
                those on record.
            called: the REF that all files are scores of, where they do not tell.
            models: a file that says so of each model or path: `TEXT<tab>REF`, one a line.

        Raises:
            BadInput: a path does not exist, or `models` has a wrong line.
            UnknownName: no such model or revision.
        """
        from catalog.verbs import evals

        places = [Path(path) for path in paths]
        with self._writing() as connection:
            words = self._words(connection, called, models)
            imported = evals.import_files(
                connection, places, now=now(), withdrawn=withdrawn, words=words
            )
            return Rows(imported, "scores:outcome")

    def remove_scores(self, *files: str) -> "Rows[Amended]":
        """Remove score files of your own, with their scores.

        >>> c.remove_scores()
        []

        Args:
            *files: files with the same bytes, digests, or paths as they are on record.

        Raises:
            BadInput: none is on record so, or it ships with the program.
        """
        from catalog.verbs import evals

        with self._writing() as connection:
            return Rows(evals.removed(connection, files), "plain:plain:amended")

    def move_scores(self, *files: str, to: str, source: str | None = None) -> "Rows[Amended]":
        """Give scores on record another checkpoint; a note says that a user did.

        >>> with Path("mine.csv").open("w") as file:
        ...     print("model,checkpoint,task,acc", file=file)
        ...     print("EleutherAI/pythia-70m,1000,piqa,0.4", file=file)
        >>> imported = c.import_scores("mine.csv")
        >>> [file.after for file in c.move_scores("mine.csv", to="pythia-70m@step2000")]
        ['pythia-70m@step2000']
        >>> [(file.scores, file.before) for file in c.remove_scores("mine.csv")]
        [(1, ('pythia-70m@step2000',))]

        Args:
            *files: as in `remove_scores`.
            to: the checkpoint that was really scored: `MODEL@REVISION`.
            source: move only what is on record as this one's.

        Raises:
            BadInput: none is on record so, or a file has several checkpoints.
            UnknownName: no such model or revision.
        """
        from catalog.verbs import evals

        with self._writing() as connection:
            meaning = self._meaning(connection)
            after = meaning.labelled(to)[1]
            before = None if source is None else meaning.labelled(source)[1]
            return Rows(evals.moved(connection, files, after, before), "plain:plain:amended")

    def pack_scores(self, *archives: str | os.PathLike[str]) -> bytes:
        """Return the packed evaluation figures as they ship (for maintainers).

        >>> c.pack_scores()
        Traceback (most recent call last):
        catalog.errors.BadInput: 2 archives are packed, 0 given

        Args:
            *archives: one for each shipped source, in order.
        """
        from catalog.verbs import evals

        with self._reading() as connection:
            return evals.pack(connection, [Path(archive) for archive in archives])


def _lines(listed: str | os.PathLike[str] | Iterable[str]) -> tuple[Iterable[str], str]:
    """Return the lines of a list of targets, and what to call it."""
    if isinstance(listed, str | os.PathLike):
        return text_of(Path(listed)).splitlines(), str(listed)
    return listed, "the list"


def _nothing_observed() -> NoReturn:
    raise CouldNotCheck("no repository was ever observed", "see `catalog sync --help`")
