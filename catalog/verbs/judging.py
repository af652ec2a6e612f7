"""What do the branches really hold? Reads observations and facts, and judges them.

It asks nobody outside: `sync` looks at the Hub, this judges what was seen.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from catalog.core import architectures, branches
from catalog.core.architectures import Shape
from catalog.core.branches import BranchVerdict, Expected, JudgedBranch, Publication, Reasons
from catalog.core.published import Finding, Look, LookStatus, Repository
from catalog.core.refs import MAIN
from catalog.core.stored import Network
from catalog.core.tuples import NamedTuple
from catalog.sql.queries import hub, models

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.core.models import Model
    from catalog.sql.connections import Reader

_SHAPE_KEYS, _CONTEXT = ("layers", "model_dim", "heads", "vocab_size"), "context_tokens"


class Audit(NamedTuple):
    """The judgement on some repositories.

    Args:
        branches: every branch, expected or seen, of what was asked for.
        findings: what that amounts to.
        unobserved: what was asked for by name, and nobody ever looked at.
        unasked: how many published models were never looked at, where nothing was named.
    """

    branches: tuple[JudgedBranch, ...]
    findings: tuple[Finding, ...]
    unobserved: tuple[str, ...]
    unasked: int = 0

    @property
    def is_bad(self) -> bool:
        """Whether something is wrong; a note is not, nor what could not be looked at."""
        return any(
            finding.severity != "note" and finding.rule not in branches.UNCHECKED
            for finding in self.findings
        )

    @property
    def is_partial(self) -> bool:
        """Whether something could not be looked at."""
        closed = any(finding.rule in branches.UNCHECKED for finding in self.findings)
        closed |= bool(self.unobserved)
        return closed or any(branch.verdict is BranchVerdict.UNKNOWN for branch in self.branches)


def judge(connection: "Reader", repo_ids: Collection[str]) -> Audit:
    """Judge the branches of repositories."""
    return judged(connection, repo_ids, hub.observed(connection), published_models(connection))


def judge_some(
    connection: "Reader", repo_ids: Collection[str], choose: "Callable[[Repository], set[str]]"
) -> list[JudgedBranch]:
    """Return some branches of observed repositories, as `judge` judges them.

    Args:
        connection: an open catalog.
        repo_ids: the repositories.
        choose: returns which branches of one; main and the last step come with them.
    """
    observed, known = hub.observed(connection), published_models(connection)
    publications = _compared(connection, repo_ids, observed, known)
    wanted = {
        publication.repo_id: chosen
        for publication in publications
        if publication.repo_id in repo_ids and (chosen := choose(publication.repository))
    }
    if not wanted:
        return []
    return branches.judge(publications, reasons(connection), hub.indexes(connection), wanted)


def published_models(connection: "Reader") -> dict[str, "Model"]:
    """Return the models that have a repository, by its name."""
    return {model.repo_id: model for model in models.models(connection) if model.repo_id}


def judged(
    connection: "Reader",
    asked: Collection[str],
    observed: Collection[str],
    known: dict[str, "Model"],
) -> Audit:
    """Judge some repositories, compared with every one of their families that shares bytes.

    Args:
        connection: an open catalog.
        asked: the repositories.
        observed: those that were looked at, of all.
        known: the published models.
    """
    publications = _compared(connection, asked, observed, known)
    only = dict.fromkeys((repo_id for repo_id in asked if repo_id in observed), ())
    stated, indexes = reasons(connection), hub.indexes(connection)
    wanted = branches.judge(publications, stated, indexes, only)
    chosen = [publication for publication in publications if publication.repo_id in asked]
    findings = branches.findings(chosen, wanted)
    unobserved = [repo_id for repo_id in asked if repo_id not in observed]
    absent = _publications(connection, [_nothing(repo_id) for repo_id in unobserved], known, ())
    wanted += branches.judge(absent, Reasons(), {})
    return Audit(tuple(wanted), tuple(findings), tuple(unobserved))


def _compared(
    connection: "Reader",
    asked: Collection[str],
    observed: Collection[str],
    known: dict[str, "Model"],
) -> list[Publication]:
    """Return repositories as they were seen, and those of their families that share bytes."""
    there = [repo_id for repo_id in asked if repo_id in observed]
    families = {family(repo_id, known) for repo_id in there}
    sharing = observed if len(there) == len(observed) else hub.sharing(connection, there)
    compared = {repo_id for repo_id in sharing if family(repo_id, known) in families} | set(there)
    return _publications(connection, hub.state(connection, compared), known, asked)


def _nothing(repo_id: str) -> Repository:
    """Return the state of a repository that nobody looked at."""
    return Repository(repo_id, Look(None, None, status=LookStatus.GATED))


def family(repo_id: str, known: dict[str, "Model"]) -> str:
    """Return what a repository is compared with: shipped suites, its own suite, or itself."""
    model = known.get(repo_id)
    if model is None:
        return repo_id
    return f"suite {model.suite}" if model.suite_kind == "private" else "released suites"


def _publications(
    connection: "Reader",
    state: Iterable[Repository],
    known: dict[str, "Model"],
    sized: Collection[str],
) -> list[Publication]:
    """Return repositories with what the catalog knows of their models.

    Args:
        connection: an open catalog.
        state: the repositories as they were seen.
        known: the published models.
        sized: those whose sizes will be judged; the others are only what these are compared with.
    """
    publications = []
    for repository in state:
        model = known.get(repository.repo_id)
        measured = model if repository.repo_id in sized else None
        publications.append(
            Publication(
                repository,
                None if model is None else model.name,
                family(repository.repo_id, known),
                () if model is None else _schedule(connection, model),
                None if model is None else model.params_total,
                None if measured is None else _network(connection, measured),
            )
        )
    return publications


def _network(connection: "Reader", model: "Model") -> Network | None:
    """Return what decides the size of a model's files.

    None where its numbers are not known, or contradict its count.
    """
    facts, _ = models.facts(connection, model.id)
    numbers = {fact.key: fact.value for fact in facts}
    sides = [number for key in _SHAPE_KEYS if isinstance(number := numbers.get(key), int)]
    if len(sides) < len(_SHAPE_KEYS):
        return None
    shape, context = Shape(*sides), numbers.get(_CONTEXT)
    counts = architectures.counts(model.architecture, shape)
    if counts is None or counts.total != model.params_total or shape.problem:
        return None
    return Network(model.architecture, shape, context if isinstance(context, int) else None)


def _schedule(connection: "Reader", model: "Model") -> tuple[Expected, ...]:
    """Return the branches that a model should have, in order of training, main last."""
    every = models.checkpoints(connection, model.id)
    published = [(str(saved.revision), saved.published_step) for saved in every if saved.revision]
    if not published:
        return ()
    listed = [Expected(revision, step) for revision, step in published if revision != MAIN]
    return (*listed, Expected(MAIN, published[-1][1]))


def reasons(connection: "Reader") -> Reasons:
    """Return why checkpoints may be equal, from the facts."""
    rates = models.values_of(connection, "first_learning_rate")
    starts = models.values_of(connection, "initialised_as")
    return Reasons.of(
        {model: rate for model, rate in rates if isinstance(rate, int | float)},
        [(model, str(first)) for model, first in starts],
    )
