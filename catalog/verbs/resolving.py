"""What a study's names mean, and what the branches that they name hold.

Names become models on the day of their file, revisions what the audit's judgement says of their
branches. Nobody outside is asked, and no file is read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from catalog.core import advisories, refs
from catalog.core.branches import BranchVerdict
from catalog.core.mentions import places as rules
from catalog.core.mentions import wording
from catalog.core.mentions.places import Loaded, Place
from catalog.core.mentions.values import Loader, Mention, Named
from catalog.core.refs import MAIN
from catalog.errors import BadInput
from catalog.progress import SILENT
from catalog.sql.queries import hub, models
from catalog.verbs import commits, judging, taking

if TYPE_CHECKING:
    from catalog.core.branches import JudgedBranch
    from catalog.core.models import Model
    from catalog.core.names import Answer, Index
    from catalog.sql.connections import Reader

_ERROR = "error"


class Found(NamedTuple):
    """A mention of one model, in its file."""

    file: str
    mention: Mention
    written: str | None
    named: tuple[Named, ...]


class Resolver:
    """Resolves names and revisions, and knows what their branches hold.

    Args:
        connection: an open catalog.
        index: every name.
    """

    def __init__(self, connection: "Reader", index: "Index") -> None:
        self._connection, self._index = connection, index
        self._models: Mapping[str, Model] = {each.name: each for each in models.models(connection)}
        self._branches: dict[tuple[str, str], JudgedBranch] = {}
        self._orders: dict[int, list[str]] = {}
        self._observed = set(hub.observed(connection))
        self._findings: dict[tuple[str | None, str | None], str] = {}
        self._answers: dict[tuple[str, date | None], Answer] = {}

    def judge(self, found: Iterable[Found]) -> None:
        """Judge every branch that is named, in one go."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for each in found:
            model = self._model(each.written)
            if model is None or model.repo_id not in self._observed:
                continue
            wanted[str(model.repo_id)] |= {self.label(model, named) for named in each.named}
        if not wanted:
            return
        judged = judging.judge_some(
            self._connection, list(wanted), lambda repository: wanted[repository.repo_id]
        )
        self._branches = {(each.publication.repo_id, each.revision): each for each in judged}
        self._findings = {
            (finding.model, finding.revision): finding.message
            for finding in hub.open_findings(self._connection)
            if finding.severity == _ERROR
        }

    def place(self, each: Found, day: date, dated: str) -> Place:
        """Return a place with what it loads."""
        mention, model = each.mention, self._model(each.written)
        meant, name = self._meaning(each.written, day)
        made = Place(
            file=each.file,
            line=mention.line,
            written=each.written,
            meant=meant,
            today=model and model.name,
            revisions=(),
            loaded=(),
            day=day,
            dated=dated,
            name=name,
            mention=mention,
        )
        if model is None:
            return made._replace(said=wording.said(made, ()))
        order = self.order(model)
        revisions = self._revisions(model, each, order)
        if mention.untold is not None and not revisions:
            return made._replace(said=wording.said(made, order))
        loader = mention.loader
        loaded = tuple(self._loaded(model, revision, loader) for revision in revisions or (MAIN,))
        spelled = rules.drawn_together(revisions, order) if revisions else None
        made = made._replace(revisions=revisions, loaded=loaded, spelled=spelled)
        return made._replace(said=wording.said(made, order))

    def _revisions(self, model: "Model", each: Found, order: Sequence[str]) -> tuple[str, ...]:
        """Return the revisions that a mention states: in the order of training, others last."""
        stated = {
            self.label(model, named)
            for named in each.named
            if named.revision is not None or named.ordinal is not None
        }
        rank = {revision: number for number, revision in enumerate(order)}
        return tuple(sorted(stated, key=lambda label: (rank.get(label, len(rank)), label)))

    # Names -------------------------------------------------------------------------------------

    def _model(self, written: str | None) -> "Model | None":
        if written is None:
            return None
        return self._models.get(str(self._answer(written, None).model))

    def _answer(self, written: str, on: date | None) -> "Answer":
        if (written, on) not in self._answers:
            self._answers[written, on] = self._index.resolve(written, on)
        return self._answers[written, on]

    def _meaning(self, written: str | None, day: date) -> tuple[str | None, str | None]:
        """Return what a name meant on a day, and what is to be said of it."""
        if written is None:
            return None, None
        then, today = self._answer(written, day), self._answer(written, None)
        if then.model is None:
            return None, None
        if then.model != today.model:
            return then.model, f"means {then.model} on {day}, and {today.model} today"
        others = [each.model for each in then.candidates if each.model != then.model]
        if then.valid_to is not None and others:
            until = f"until {then.valid_to}"
            return then.model, f"means {then.model} ({until}); other libraries read {others[0]}"
        return then.model, None

    # Revisions ---------------------------------------------------------------------------------

    def order(self, model: "Model") -> list[str]:
        """Return a model's revisions in the order of training."""
        if model.id not in self._orders:
            every = models.checkpoints(self._connection, model.id)
            self._orders[model.id] = [str(each.revision) for each in every if each.revision]
        return self._orders[model.id]

    def order_of(self, name: str | None) -> list[str]:
        """Return the revisions of a model by its name."""
        model = self._models.get(str(name))
        return [] if model is None else self.order(model)

    def label(self, model: "Model", named: Named) -> str:
        """Return the revision that is asked for; TransformerLens counts the checkpoints."""
        if named.ordinal is not None:
            order = self.order(model)
            inside = -len(order) <= named.ordinal < len(order)
            return order[named.ordinal] if inside else f"checkpoint_index={named.ordinal}"
        return named.revision or MAIN

    def _loaded(self, model: "Model", revision: str, loader: Loader | None) -> Loaded:
        """Return what a revision loads today."""
        if model.repo_id is None:
            return Loaded(
                revision, rules.LOADS_NOTHING, None, (), f"{model.name} was never published"
            )
        branch = revision
        if refs.is_commit(revision):
            try:
                asked = refs.CheckpointRef(model.name, revision)
                branch = str(commits.branch_of(self._connection, model, asked, SILENT).revision)
            except BadInput as error:
                return Loaded(revision, rules.UNOBSERVED, None, (), error.what)
        elif (
            branch != MAIN
            and branch not in self.order(model)
            and (model.repo_id, branch) not in self._branches
        ):
            near = self._near(model, branch)
            why = f"{model.repo_id} has no branch {branch}{near}"
            return Loaded(revision, rules.LOADS_NOTHING, None, (), why)
        return self._of_branch(model, revision, branch, loader)

    def _near(self, model: "Model", branch: str) -> str:
        meant = refs.step_label(branch)
        return f"; {meant} is one" if branch.isdigit() and meant in self.order(model) else ""

    def _of_branch(
        self, model: "Model", revision: str, branch: str, loader: Loader | None
    ) -> Loaded:
        ref = f"{model.name}@{branch}"
        judged = self._branches.get((str(model.repo_id), branch))
        taken = taking.taken(judged, loader) if judged is not None else None
        exact = tuple(
            each
            for each in advisories.about(model.name, branch)
            if any(a.revisions for a in each.affected) and taking.concerns(each, judged, taken)
        )
        ids = tuple(each.id for each in exact)
        if judged is not None and (said := taking.judged(judged, taken, loader)) is not None:
            rule, loads, why = said
            return Loaded(revision, rule, loads, ids, why, ref)
        if exact:
            return Loaded(revision, rules.KNOWN_PROBLEM, None, ids, exact[0].problem, ref)
        finding = self._findings.get((model.name, branch))
        if finding is not None and not taking.is_another(judged, taken):
            return Loaded(revision, rules.KNOWN_PROBLEM, None, (), finding, ref)
        told = judged if loader is None else taken
        if told is None or told.verdict is BranchVerdict.UNKNOWN:
            return Loaded(revision, rules.UNOBSERVED, None, (), "nobody looked at it", ref)
        return Loaded(revision, rules.RIGHT, None, (), None, ref)
