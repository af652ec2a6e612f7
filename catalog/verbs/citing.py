"""What to cite for some checkpoints: their suites' works, their weights, and this catalog.

Of a lock what it pins is cited, of a REF the branch as it was last seen. Nobody is asked.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from catalog import __version__
from catalog.core import advisories, suites
from catalog.core.citations import Citation, Cited, Used
from catalog.core.refs import MAIN
from catalog.errors import UnknownName
from catalog.sql.queries import evals, hub, models

if TYPE_CHECKING:
    from catalog.core.facts import Source
    from catalog.core.locks import Lock, Locked
    from catalog.core.models import Model, Suite
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target

_ORDER = ("suite", "data", "software", "scores", "weights", "catalog")
_SHOWN = 4
TITLE = "checkpoint-catalog: metadata catalog and checkpoint registry for language-model suites"
HUB = "https://huggingface.co"


def of_branch(connection: "Reader", branch: "Target") -> Used:
    """Return a branch as what was used, with the commit that was last seen of it."""
    saved, model = branch.checkpoint, branch.model
    revision = branch.revision or MAIN
    return Used(
        name=f"{branch.repo_id if model is None else model.name}@{revision}",
        repo_id=branch.repo_id,
        revision=revision,
        commit=_commit(connection, branch.repo_id, revision),
        step=None if saved is None else saved.published_step,
        tokens_seen=None if saved is None else saved.tokens_seen,
        advisories=_known(None if model is None else model.name, revision),
    )


def of_pinned(locked: "Locked") -> Used:
    """Return what a lock pins as what was used."""
    return Used(
        name=locked.name,
        repo_id=locked.repo_id,
        revision=locked.revision,
        commit=locked.commit,
        step=locked.published_step,
        tokens_seen=locked.tokens_seen,
        weight_set=locked.weight_set,
        digest=locked.manifest.digest,
        advisories=_known(locked.model, locked.revision),
    )


def models_of(connection: "Reader", pinned: Iterable["Locked"]) -> "list[Model]":
    """Return the models that a lock names, those that this catalog knows."""
    names = {locked.model for locked in pinned if locked.model is not None}
    return [model for model in models.models(connection) if model.name in names]


def _known(model: str | None, revision: str) -> tuple[str, ...]:
    known = advisories.about(model, revision) if model else ()
    return tuple(advisory.id for advisory in known)


def _commit(connection: "Reader", repo_id: str | None, revision: str) -> str | None:
    look = None if repo_id is None else hub.latest_look(connection, repo_id)
    refs = () if look is None else look.refs
    return next((ref.commit for ref in refs if ref.revision == revision), None)


def cite(
    connection: "Reader", used: Sequence[Used], named: Sequence["Model"], locks: Sequence["Lock"]
) -> Cited:
    """Return what to cite.

    Args:
        connection: an open catalog.
        used: the checkpoints.
        named: their models, those that the catalog knows.
        locks: that pin them.
    """
    works: dict[str, Citation] = {}
    shipped = suites.citations()
    known = {suite.name: suite for suite in models.suites(connection)}
    private = _own_works(connection)
    scored = _scored(connection, used, named)
    for suite in dict.fromkeys(model.suite for model in named):
        for work in shipped.get(suite) or private.get(suite) or (_of_suite(known[suite]),):
            if work.of != "scores" or scored:
                # Two files may have called different works the same.
                alike = works.get(work.key, work) == work
                key = work.key if alike else f"{work.key}:{suite}"
                works[key] = work._replace(key=key)
    for work in (*scored, *_weights(used)):
        works.setdefault(work.key, work)
    digest = next((lock.digest for lock in locks if lock.digest), None)
    own = _catalog(digest)
    works[own.key] = own
    entries = sorted(works.values(), key=lambda work: _ORDER.index(work.of))
    return Cited(tuple(entries), tuple(used), __version__, digest)


def _own_works(connection: "Reader") -> dict[str, tuple[Citation, ...]]:
    """Return the works that suites of a user's own state, by suite."""
    shared = suites.shared_citations()
    return {
        suite: tuple(shared.get(work["key"]) or _restored(work) for work in works)
        for suite, works in models.works(connection).items()
    }


def _restored(work: "dict[str, Any]") -> Citation:
    return Citation(**work | {"authors": tuple(work["authors"])})


def _of_suite(suite: "Suite") -> Citation:
    """Return a suite that states no work as one."""
    kind = "a suite of the user's own" if suite.kind == "private" else suite.kind
    return Citation(f"suite-{suite.name}", "suite", "misc", suite.title, note=kind)


def _scored(connection: "Reader", used: Sequence[Used], named: Sequence["Model"]) -> list[Citation]:
    """Return the documents that the checkpoints' scores on record come from."""
    by_name = {model.name: model for model in named}
    ids = []
    for each in used:
        model = by_name.get(each.name.rpartition("@")[0])
        if model is not None:
            with suppress(UnknownName):  # a tag, or a pull request
                ids.append(models.located(connection, model, each.revision).checkpoint.id)
    titles = {row.source for row in evals.scores(connection, ids)} - {None}
    sources = {source.title: source for source in suites.shared_sources().values()}
    return [_of_source(sources[title]) for title in sorted(map(str, titles)) if title in sources]


def _of_source(source: "Source") -> Citation:
    return Citation(
        key=f"scores:{source.key}",
        of="scores",
        type="misc",
        title=source.title,
        authors=_owner(source.url),
        url=source.url,
        year=source.dated.year if source.dated else None,
        note=f"commit {source.commit}" if source.commit else None,
    )


def _owner(url: str | None) -> tuple[str, ...]:
    """Return whose repository a document lies in."""
    match = re.match(r"https://github\.com/([^/]+)/", url or "")
    return (match[1],) if match else ()


def _weights(used: Iterable[Used]) -> list[Citation]:
    """Return a work for each repository that weights come from, with the commits that were used."""
    by_repository: dict[str, list[Used]] = {}
    for each in used:
        if each.repo_id is not None:
            by_repository.setdefault(each.repo_id, []).append(each)
    works = []
    for repo_id, every in by_repository.items():
        owner, slash, name = repo_id.rpartition("/")
        said = [_at(each) for each in every[:_SHOWN]]
        more = f", and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
        alone = every[0] if len(every) == 1 and every[0].commit else None
        works.append(
            Citation(
                key=f"weights:{repo_id.replace('/', ':')}",
                of="weights",
                type="misc",
                title=f"{name}: weights on the Hugging Face Hub",
                authors=(owner,) if slash else (),
                url=f"{HUB}/{repo_id}/tree/{alone.commit}" if alone else f"{HUB}/{repo_id}",
                note=f"{', '.join(said)}{more}",
            )
        )
    return works


def _at(each: Used) -> str:
    return f"revision {each.revision}" + (f" (commit {each.commit})" if each.commit else "")


def _catalog(digest: str | None) -> Citation:
    return Citation(
        key="checkpoint-catalog",
        of="catalog",
        type="software",
        title=TITLE,
        authors=("The checkpoint-catalog contributors",),
        version=__version__,
        note=f"lock digest sha256:{digest}" if digest else None,
    )
