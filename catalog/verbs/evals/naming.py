"""Which model a label in a score file means; most labels mean none.

A repository is that repository and no other. The folders of Pythia's own trainers have labels of
their own. A path on a disk, a bare size, and what a folder of results is called name nothing.
"""

from datetime import date
from typing import TYPE_CHECKING

from catalog.core import names, refs
from catalog.core.scores import labels
from catalog.core.scores.settle import Settled
from catalog.core.scores.values import LabelKind, Note
from catalog.errors import BadInput
from catalog.sql.queries import models

if TYPE_CHECKING:
    from catalog.sql.connections import Reader

SAY_WHICH = "say which it is with --as REF or --models FILE.tsv"


class Namer:
    """Finds models by labels; remembers answers, which do not change during an import."""

    def __init__(self, connection: "Reader") -> None:
        self._index = models.index(connection)
        self.repositories = {entry.model: entry.repo_id for entry in self._index.entries}
        self._texts = {entry.text.lower() for entry in self._index.entries}
        self._texts |= {repo.lower() for repo in self.repositories.values() if repo}
        self._owners = {repo.partition("/")[0] for repo in self.repositories.values() if repo}
        self._answers: dict[tuple[str, date | None], names.Answer] = {}

    @property
    def families(self) -> set[str]:
        """The first words of all models' names."""
        return {word for name in self.repositories for word in labels.read(name).words[:1]}

    def model(self, settled: Settled) -> tuple[str, list[Note]]:
        """Return the model meant, and how it was completed.

        Raises:
            BadInput: nothing names one that the catalog knows.
        """
        for text, where, kind in settled.labels:
            if where != "content" and kind != "repository":
                continue  # what a folder is called names no model
            if settled.run and kind == "trainer" and not labels.read(text).derived:
                return self._of_run(settled.run, text)
            model, notes = self._of_label(text, kind, settled)
            if where == "content":
                return model, notes
            return model, [Note("completed", "model", model, None, where), *notes]
        raise BadInput(f"the content names no repository of the Hub: {SAY_WHICH}")

    def today(self, size: str) -> str:
        """Return the size that a size in an old name is called today."""
        model = self._resolve(f"pythia-{size}", None).model
        return (labels.read(model).size if model else None) or size

    def _of_run(self, run: str, text: str) -> tuple[str, list[Note]]:
        """Return the derived run that a folder and a label name together."""
        bare = text.rpartition("/")[2]
        model = self._resolve(f"{run} {bare}", None).model
        if model is None:
            raise BadInput(f"the catalog knows no run {run} of {bare}")
        return model, [Note("completed", "model", model, None, "folder")]

    def _of_label(self, text: str, kind: LabelKind, settled: Settled) -> tuple[str, list[Note]]:
        """Return the model of one label, and notes."""
        if kind == "path":
            what = "a place on a disk, which" if refs.is_path_like(text) else "no repository, and"
            raise BadInput(f"{text} is {what} names no checkpoint: {SAY_WHICH}")
        if kind != "repository":
            return self._of_spellings(text, kind, settled)
        day = settled.at.date() if settled.at else None
        owner, slash, bare = text.rpartition("/")
        if not slash and text not in self.repositories.values():
            raise BadInput(f"{text} is a folder on a disk, no repository of the Hub: {SAY_WHICH}")
        answer = self._resolve(text, day)
        if answer.model is None:
            raise BadInput(f"{text}: {answer.error or answer.explanation}; {SAY_WHICH}")
        if slash and not self._owns(owner, answer.model):
            raise BadInput(f"{text} is another repository than {self.repositories[answer.model]}")
        if not {text.lower(), bare.lower()} & self._texts:
            raise BadInput(f"{text} is no repository of {answer.model}: {SAY_WHICH}")
        return answer.model, []

    def _of_spellings(self, text: str, kind: LabelKind, settled: Settled) -> tuple[str, list[Note]]:
        """Return the model that a trainer's folder, or a name in a table, means."""
        why = ""
        for spelling in labels.spellings(text) if kind == "trainer" else (text,):
            answer = self._resolve(spelling, None)
            if answer.model is None:
                why = why or answer.error or answer.explanation
                continue
            if kind == "text":
                _require_step(text, settled)
            if settled.generation == 0 and labels.read(answer.model).generation is None:
                first = self._resolve(f"{spelling}-v0", None)
                if first.model and labels.read(text).generation is None:
                    return first.model, [Note("completed", "generation", "v0", None, "folder")]
            return answer.model, []
        raise BadInput(f"{text}: {why}")

    def _resolve(self, text: str, day: date | None) -> names.Answer:
        if (text, day) not in self._answers:
            answer = self._index.resolve_name(text, day)
            if answer.model is None and day is not None:
                answer = self._index.resolve_name(text)
            self._answers[text, day] = answer
        return self._answers[text, day]

    def _owns(self, owner: str, model: str) -> bool:
        repo = self.repositories.get(model)
        owners = [repo.partition("/")[0]] if repo else self._owners
        return owner.lower() in {known.lower() for known in owners}


def _require_step(text: str, settled: Settled) -> None:
    """Refuse a name that says a step beside which another one stands.

    Raises:
        BadInput: with both.
    """
    said = refs.step_apart(text)[1]
    stated = settled.revision or (None if settled.step is None else refs.step_label(settled.step))
    if said is not None and stated not in (None, said):
        raise BadInput(f"{text} says {said}, and {stated} stands beside it")
