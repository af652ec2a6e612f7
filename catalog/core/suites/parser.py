"""From the text of a suite file to a `Suite`; the file is taken whole or refused whole.

The form of the file is described in `catalog.core.suites`. This module checks meaning (who refers
to whom, what may stand together); `reading` checks types, `schedule` does the arithmetic.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from catalog.core.facts import KEYS, Fact, Source, Value
from catalog.core.spelling import fold
from catalog.core.suites import bounds
from catalog.core.suites.cited import read_cited
from catalog.core.suites.reading import Document, Table
from catalog.core.suites.schedule import checkpoints
from catalog.core.suites.sources import read_sources
from catalog.core.suites.values import Model, Name, Suite
from catalog.errors import BadInput

if TYPE_CHECKING:
    from catalog.core.citations import Citation

SUITE_KINDS = ("released", "comparison", "unpublished", "private")
NAME_KINDS = ("current", "former", "pre-release", "repository", "file-label")

_TOP = ("suite", "source", "citation", "save_schedule", "defaults", "model", "fact", "name")
_MODEL = (
    *("name", "repo_id", "size", "architecture", "save_schedule", "checkpoints"),
    *("tokens_per_published_step", "tokens_per_training_step", "sequence_tokens"),
    *("sequences_per_training_step", "dataset_tokens", "revision_label", "derived_from", "note"),
)
_NAME = ("text", "model", "meanings", "kind", "valid_from", "valid_to", "source", "note")
_INT32 = 2**31 - 1
_LONGEST_NAME = 200
# A model's name stands in refs, NAME@REVISION#WEIGHTS, and in a repository's address.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?")


def parse_suite(
    text: str,
    *,
    label: str,
    shared: Mapping[str, Source],
    works: "Mapping[str, Citation] | None" = None,
) -> Suite:
    """Read a suite file.

    Args:
        text: the whole file.
        label: what errors call it, usually its path.
        shared: sources that the file may use without declaring them.
        works: citations that it may name without declaring them.

    Raises:
        BadInput: "LABEL:LINE: what is wrong".
    """
    root = Document(text, label).root()
    root.only(_TOP, "a suite file")
    known = {**shared, **read_sources(root, shared)}
    used: dict[str, Source] = {}
    models = _models(root)
    bounds.require_few(root, models)
    facts = _facts(root, models, known, used)
    names = _names(root, models, known, used)
    head = _head(root)
    citations = read_cited(root, head, works or {})
    if not models:
        root.fail("has no [[model]]", "suite")
    return Suite(
        name=head.needed_text("name", longest=120),
        title=head.needed_text("title"),
        kind=head.one_of("kind", SUITE_KINDS),
        digest=_digest(text, [source for key, source in used.items() if shared.get(key) == source]),
        sources=tuple(used.values()),
        models=tuple(
            bounds.counted(
                root,
                (_model(root, table, tuple(facts[name])) for name, table in models.items()),
            )
        ),
        names=names,
        citations=citations,
    )


def _digest(text: str, borrowed: list[Source]) -> str:
    """Hash the file, and the sources that it borrows: a change in either must be noticed."""
    content = text + "".join(f"\n{source}" for source in borrowed)
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()


def _head(root: Table) -> Table:
    if "suite" not in root.values:
        root.fail("missing table [suite]")
    head = root.table("suite")
    head.only(("name", "title", "kind", "cites"), "[suite]")
    if not _PLAIN.fullmatch(head.needed_text("name")):
        head.fail("the suite's name may have letters, digits, '.', '_' and '-'", "name")
    return head


def _models(root: Table) -> dict[str, Table]:
    defaults = root.table("defaults")
    defaults.only([key for key in _MODEL if key != "name"], "[defaults]")
    by_name: dict[str, Table] = {}
    read_alike: set[str] = set()
    repositories: set[str] = set()
    for table in root.tables("model", defaults):
        table.only(_MODEL, "a model")
        name = table.needed_text("name", longest=_LONGEST_NAME)
        if not _PLAIN.fullmatch(name):
            table.fail("a model's name may have letters, digits, '.', '_' and '-'", "name")
        if fold(name) in read_alike:
            table.fail(f"duplicate model {name!r}", "name")
        read_alike.add(fold(name))
        repository = _repo_id(table, name)
        if repository and repository.lower() in repositories:
            table.fail(f"duplicate repository {repository!r}", "repo_id")
        repositories.add((repository or "").lower())
        by_name[name] = table
    return by_name


def _repo_id(table: Table, name: str) -> str | None:
    stated = table.text("repo_id", longest=_LONGEST_NAME)
    if stated is None:
        return None
    repository = stated.replace("{name}", name)
    if not _REPO.fullmatch(repository):
        table.fail(f"{repository!r} is not a repository such as 'owner/name'", "repo_id")
    return repository


def _model(root: Table, table: Table, facts: tuple[Fact, ...]) -> Model:
    return Model(
        name=(name := table.needed_text("name")),
        repo_id=_repo_id(table, name),
        size=table.text("size", longest=20),
        architecture=table.needed_text("architecture", longest=60),
        tokens_per_published_step=table.whole("tokens_per_published_step"),
        tokens_per_training_step=_per_training_step(table),
        sequence_tokens=table.whole("sequence_tokens", most=_INT32),
        sequences_per_training_step=table.whole("sequences_per_training_step", most=_INT32),
        dataset_tokens=table.whole("dataset_tokens"),
        derived_from=table.text("derived_from", longest=_LONGEST_NAME),
        note=table.text("note"),
        facts=facts,
        checkpoints=checkpoints(table, _schedule(root, table)),
    )


def _per_training_step(table: Table) -> int | None:
    tokens = table.whole("tokens_per_training_step")
    sequences = table.whole("sequences_per_training_step", most=_INT32)
    length = table.whole("sequence_tokens", most=_INT32)
    # Trainers that store one token more than they predict count a sequence as length - 1.
    if (
        tokens
        and sequences
        and length
        and tokens not in {sequences * length, sequences * (length - 1)}
    ):
        table.fail(
            f"tokens do not fit, {sequences} sequences of {length} are not {tokens}",
            "tokens_per_training_step",
        )
    return tokens


def _schedule(root: Table, table: Table) -> Table | None:
    name = table.text("save_schedule")
    if name is None:
        return None
    schedules = root.table("save_schedule")
    if name not in schedules.values:
        table.fail(f"unknown save_schedule {name!r}", "save_schedule")
    return schedules.table(name)


def _facts(
    root: Table, models: Mapping[str, Table], known: Mapping[str, Source], used: dict[str, Source]
) -> dict[str, list[Fact]]:
    facts: dict[str, list[Fact]] = {name: [] for name in models}
    for table in root.tables("fact"):
        table.only(("source", "models", "values"), "a fact")
        source = _use(table, known, used)
        values = dict(_values(table))
        for name in _meant(table, models):
            for key, value in values.items():
                fact = Fact(key, value, source)
                if any(other.key == key and other.source == source for other in facts[name]):
                    table.fail(f"{source!r} already gives {key} of {name!r}", "values", key)
                facts[name].append(fact)
    return facts


def _values(table: Table) -> Iterator[tuple[str, Value]]:
    given = table.table("values")
    if not given.values:
        table.fail("a fact without values", "values" if "values" in table.values else None)
    for key, value in given.values.items():
        if key not in KEYS:
            given.fail(f"unknown fact key {key!r}", key, key)
        if why := bounds.misfit(key, value):
            given.fail(f"{key} {why}", key, key)
        yield key, _value(value)


def _value(value: object) -> Value:
    if isinstance(value, list):
        return tuple(item for item in value if isinstance(item, int | float | str))
    if not isinstance(value, int | float | str):
        raise BadInput("not a value")
    return value


def _meant(table: Table, models: Mapping[str, Table]) -> Iterator[str]:
    """Yield the names of the models that a fact is about; `*` stands for any text."""
    patterns = table.items("models")
    if not patterns:
        table.fail("missing key 'models'", "models" if "models" in table.values else None)
    done: set[str] = set()
    for pattern in patterns:
        if not isinstance(pattern, str):
            table.fail("models must be a list of names", "models")
        fresh = [name for name in models if fnmatchcase(name, pattern) and name not in done]
        if not any(fnmatchcase(name, pattern) for name in models):
            table.fail(f"fact for an unknown model {pattern!r}", "models", f'"{pattern}"')
        done.update(fresh)
        yield from fresh


def _use(table: Table, known: Mapping[str, Source], used: dict[str, Source]) -> str:
    key = table.needed_text("source")
    if key not in known:
        table.fail(f"unknown source {key!r}", "source")
    used[key] = known[key]
    return key


def _names(
    root: Table, models: Mapping[str, Table], known: Mapping[str, Source], used: dict[str, Source]
) -> tuple[Name, ...]:
    tables = list(root.tables("name"))
    given = {model for table in tables for *_, text, model in _meanings(table) if text == model}
    # A model's own name needs no entry: without one it holds for ever.
    taken = {fold(model): [Name(model, model, "current")] for model in models if model not in given}
    names: list[Name] = []
    for table in tables:
        table.only(_NAME, "a name")
        kind = table.one_of("kind", NAME_KINDS)
        since, until = table.day("valid_from"), table.day("valid_to")
        if since and until and since >= until:
            table.fail("valid_to is not after valid_from", "valid_to")
        source = _use(table, known, used) if "source" in table.values else None
        for holder, key, text, model in _meanings(table):
            if model not in models:
                holder.fail(f"name for an unknown model {model!r}", key, model)
            name = Name(text, model, kind, since, until, source, table.text("note"))
            alike = taken.setdefault(fold(text), [])
            _refuse_overlap(holder, key, name, alike)
            alike.append(name)
            names.append(name)
    return tuple(names)


def _meanings(table: Table) -> Iterator[tuple[Table, str, str, str]]:
    """Yield holder, key, text and model of each name: one of its own, or many of one period."""
    if "meanings" not in table.values:
        text = table.needed_text("text", longest=_LONGEST_NAME)
        yield table, "model", text, table.needed_text("model")
        return
    if "text" in table.values or "model" in table.values:
        table.fail("has meanings as well as a text of its own", "meanings")
    meanings = table.table("meanings")
    for text in meanings.values:
        if not text.strip() or len(text) > _LONGEST_NAME or not text.isprintable():
            meanings.fail("a name has 1 to 200 printable characters", text)
        yield meanings, text, text, meanings.needed_text(text)


def _refuse_overlap(holder: Table, key: str, name: Name, alike: list[Name]) -> None:
    begin, end = _period(name)
    for other in alike:
        first, last = _period(other)
        # A model's own name with its owner before it says nothing new, and nothing false.
        own = other.text == other.model == name.model != name.text
        if begin < last and first < end and not own:
            where = "text" if key == "model" else key
            holder.fail(f"overlapping periods of the name {name.text!r}", where)


def _period(name: Name) -> tuple[date, date]:
    return name.valid_from or date.min, name.valid_to or date.max
