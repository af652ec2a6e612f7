"""Which weights a score was measured on: the set that the loader of its day took from its commit.

Most scores do not say enough, and then this says what is missing. Judges from what was seen of the
repository; it asks nobody and runs nothing.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from catalog.core import eras, loaders
from catalog.core.tuples import NamedTuple
from catalog.sql.queries import models
from catalog.verbs import judging

if TYPE_CHECKING:
    from catalog.core.branches import JudgedBranch
    from catalog.core.published import Repository
    from catalog.core.scores.rows import ScoreRow
    from catalog.sql.connections import Reader

_TRANSFORMERS = ("hf", "hf-auto", "hf-causal", "hf-causal-experimental", "huggingface", "gpt2")
_TRAINERS = ("neox",)


class Bound(NamedTuple):
    """What a score is bound to.

    Attributes:
        loader: key of the profile that loaded it, None where that is not known.
        weight_set: what that takes from the commit, None where that is not known.
        words: the two in words, or what is not known and why.
        doubt: why the set is not that checkpoint's, None where nothing says so.
    """

    loader: str | None
    weight_set: str | None
    words: str
    doubt: str | None = None


def bound(connection: "Reader", scores: "Iterable[ScoreRow]") -> dict[int, Bound]:
    """Return what each evaluation of some scores is bound to, by its row."""
    one_each = {score.evaluation_id: score for score in scores}
    commits = {score.commit for score in one_each.values() if score.commit}
    seen = _seen(connection, {s.model for s in one_each.values() if s.commit}, commits)
    return {row: _bound(score, seen) for row, score in one_each.items()}


_Seen = Mapping[tuple[str, str], "list[JudgedBranch]"]


def _seen(connection: "Reader", names: set[str], commits: set[str]) -> _Seen:
    """Return the branches that point at some commits, by model and commit."""
    if not commits:
        return {}
    places = {m.repo_id: m.name for m in models.models(connection) if m.name in names and m.repo_id}

    def pointing(repository: "Repository") -> set[str]:
        return {ref.revision for ref in repository.look.refs if ref.commit in commits}

    seen: dict[tuple[str, str], list[JudgedBranch]] = {}
    for branch in judging.judge_some(connection, list(places), pointing):
        repository = branch.publication.repository
        for ref in repository.look.refs:
            if ref.revision == branch.revision and ref.commit in commits:
                seen.setdefault((places[repository.repo_id], ref.commit), []).append(branch)
    return seen


def _bound(score: "ScoreRow", seen: _Seen) -> Bound:
    if score.backend in _TRAINERS:
        by = score.backend_version or score.backend
        return Bound(None, None, f"the trainer's own files, by {by}; none of the Hub's")
    loader, why = _loader(score)
    if score.commit is None:
        return Bound(loader, None, "not known: no commit is stated")
    branches = seen.get((score.model, score.commit))
    if not branches:
        return Bound(loader, None, f"not known: commit {score.commit[:8]} was not seen")
    own = [branch for branch in branches if branch.revision == score.revision]
    return _taken(score, (own or branches)[0], loader, why)


def _taken(score: "ScoreRow", branch: "JudgedBranch", loader: str | None, why: str) -> Bound:
    """Return what was taken from a branch that was seen at the score's commit."""
    choices = branch.loads or {}
    if loader is None:
        possible = {choices.get(key) for key in ("transformers-5", "transformers-bin")}
        if len(possible) > 1 or "unknown" in why:
            return Bound(None, None, f"not known: {why}")
        (name,) = possible
    else:
        name = choices.get(loader)
    if name is None:
        return Bound(loader, None, "not known: the commit holds no weights that it would take")
    chosen = next(each for each in branch.weight_sets if each.name == name)
    words = f"{name} of commit {str(score.commit)[:8]}: {why}"
    doubt = None if chosen.verdict.is_true else f"measured on {name}: {chosen.reason}"
    return Bound(loader, name, words, doubt)


def _loader(score: "ScoreRow") -> tuple[str | None, str]:
    """Return the profile that loaded the weights, and why it is that one."""
    if score.backend in loaders.profiles():
        return score.backend, f"{score.backend} loaded it"
    if score.backend not in _TRANSFORMERS:
        return None, f"its loader is unknown ({score.backend or 'not stated'})"
    program, _, version = (score.backend_version or "").partition(" ")
    era = eras.of_version(version) if program == "transformers" else None
    if era is not None:
        return era.loader, f"{era.why}, and it states {version}"
    if score.evaluated_at is None:
        return None, "neither version nor day are stated, so its loader is unknown"
    era = eras.of_day(score.evaluated_at.date())
    return era.loader, f"{era.why}, the newest on its day"
