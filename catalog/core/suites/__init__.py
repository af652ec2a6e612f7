"""Suites as data: the form of a suite file, its parser, and the files that ship.

It reads packaged files and text it is given; it knows no database and no Hub.

A suite file is TOML. A private suite needs no more than this::

    [suite]
    name = "mine"
    title = "My own runs"
    kind = "private"                    # released, comparison, unpublished, private
    cites = ["me2025mine", "gao2020pile"]   # declared here, or one that ships with the catalog

    [save_schedule.often]
    steps = [0, 1, 2, "1000..20000/500"]    # both ends belong to it

    [defaults]                          # any key of [[model]] but its name
    architecture = "gpt-neox"
    save_schedule = "often"
    tokens_per_published_step = 524_288
    revision_label = "ckpt-{step}-{gigatokens}B"

    [[model]]
    name = "mine-90m"
    repo_id = "my-lab/mine-90m"         # absent: never published; {name} is replaced
    size = "90M"

    [source.mine-notes]
    kind = "own"                        # one of catalog.facts.PRECEDENCE
    title = "Laboratory notebook, page 12"

    [citation.me2025mine]               # a work that a paper on these models cites
    of = "suite"                        # suite, data, scores, software
    type = "misc"                       # article, inproceedings, software, misc
    title = "Ninety million parameters"
    authors = ["Me, Myself", "My Lab"]  # "Family, Given"; an organisation without a comma
    year = 2025
    url = "https://example.org/mine"

    [[fact]]
    source = "mine-notes"               # declared here, or one that ships with the catalog
    models = ["mine-*"]                 # `*` stands for any text
    values = { layers = 6, learning_rate = 1e-3 }

    [[name]]
    text = "mine-0.1b"
    model = "mine-90m"
    kind = "former"                     # current, former, pre-release, repository, file-label
    valid_to = 2024-05-01               # the first day on which it no longer held

    [[name]]                            # or many names of one kind and period
    kind = "file-label"
    meanings = { "run7" = "mine-90m" }

Steps and tokens. `steps` of a schedule are published steps, the numbers in branch names;
`training_steps` instead are optimizer updates of a run that published no branches. Tokens seen
are step times `tokens_per_published_step`; training steps are tokens over
`tokens_per_training_step`; what is not given stays unknown. Labels may use `{step}`,
`{training_step}`, `{tokens}` and `{gigatokens}` (billions of tokens, rounded up). Instead of a
schedule, a model may list its checkpoints:
`checkpoints = [{ revision = "main", step = 20_000, tokens = 10_485_760_000 }]`.

Names. A model's own `name` and its `repo_id` need no `[[name]]`: they mean it, always. If an
entry gives a model's own name a period, its `repo_id` has the same one. `all_names` is the whole
list, implied ones included.

Citations. `catalog cite` prints the works that `cites` names: of the suites that ship, and of
your own. `title` and `authors` are needed; `of` is the suite and `type` is misc where the file
does not say; `year`, `month`, `container` (journal or proceedings), `series`, `volume`, `pages`,
`publisher`, `version`, `doi`, `eprint` (arXiv), `url` and `note` are left out where no source
states them. Half of something is refused: an article has a year, and a `container` or an
`eprint`; a talk in proceedings has both year and `container`; a month needs a year, pages need a
`container`, a series needs a `volume`. A work that the file declares must be among those that it
cites.

A key of a source or citation means one document, in every file. `sources.toml` holds those that
several shipped files use; any file may refer to them.
"""

from functools import cache
from importlib import resources

from catalog.core.citations import Citation
from catalog.core.facts import Fact, Source
from catalog.core.suites.cited import cited
from catalog.core.suites.parser import parse_suite
from catalog.core.suites.reading import Document
from catalog.core.suites.sources import parse_citations, parse_sources
from catalog.core.suites.values import Checkpoint, Model, Name, Suite

__all__ = [
    "SHIPPED",
    "Checkpoint",
    "Fact",
    "Model",
    "Name",
    "Source",
    "Suite",
    "all_names",
    "citations",
    "parse",
    "shared_citations",
    "shared_sources",
    "shipped",
]

SHIPPED = (
    ("pythia.toml", "pythia-training-configs.toml"),
    ("pythia-v0.toml",),
    ("polypythias.toml",),
    ("pythia-ablations.toml",),
    ("opt.toml",),
    ("bloom.toml",),
    ("gpt-neo.toml",),
)
"""The files of each shipped suite; the second one holds generated facts about the same models."""


def parse(text: str, *, label: str) -> Suite:
    """Read a suite file.

    Args:
        text: the whole file.
        label: what errors call it, usually its path.

    Raises:
        BadInput: "LABEL:LINE: what is wrong"; the file is refused whole.
    """
    return parse_suite(text, label=label, shared=shared_sources(), works=shared_citations())


@cache
def shipped() -> tuple[Suite, ...]:
    """Return the suites that come with the catalog, in the order of `SHIPPED`; read once."""
    return tuple(
        parse("\n".join(_packaged(file) for file in files), label="+".join(files))
        for files in SHIPPED
    )


@cache
def shared_sources() -> dict[str, Source]:
    """Return the sources that every file may use, by key."""
    return parse_sources(_packaged("sources.toml"), label="sources.toml")


@cache
def shared_citations() -> dict[str, Citation]:
    """Return the works that every file may name, by key."""
    return parse_citations(_packaged("sources.toml"), label="sources.toml")


@cache
def citations() -> dict[str, tuple[Citation, ...]]:
    """Return the works that each shipped suite cites, by its name."""
    by_suite = {}
    for first, *_ in SHIPPED:
        head = Document(_packaged(first), first).root().table("suite")
        by_suite[head.needed_text("name")] = cited(head, shared_citations())
    return by_suite


def all_names(suite: Suite) -> tuple[Name, ...]:
    """Return the names of a suite's models: those it lists, and those that go without saying."""
    own = {(name.model, name.text): name for name in suite.names}
    listed = list(suite.names)
    for model in suite.models:
        if (model.name, model.name) not in own:
            listed.append(Name(model.name, model.name, "current"))
        if model.repo_id and (model.name, model.repo_id) not in own:
            period = own.get((model.name, model.name))
            since, until = (period.valid_from, period.valid_to) if period else (None, None)
            listed.append(Name(model.repo_id, model.name, "repository", since, until))
    return tuple(listed)


def _packaged(file: str) -> str:
    return (
        resources.files("catalog").joinpath("shipped", "suites", file).read_text(encoding="utf-8")
    )
