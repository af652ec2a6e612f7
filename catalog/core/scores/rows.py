"""Scores as the catalog has them on record."""

from datetime import datetime

from catalog.core.tuples import NamedTuple


class ScoreRow(NamedTuple):
    """One score with the conditions that decide what it may be compared with.

    Attributes:
        checkpoint_id: row of its checkpoint.
        model: whose it is.
        revision: published revision, None: never published.
        training_step: step of the optimizer.
        tokens_seen: training tokens.
        task: as the harness names it.
        prompt: of a task with several.
        metric: as `acc`.
        filter: of the answers.
        value: the score.
        stderr: its standard error.
        samples: documents scored.
        higher_is_better: as the file says.
        task_version: as the file says.
        shots: examples in the prompt.
        harness_version: None: unknown.
        backend: the harness' model type.
        backend_version: its version.
        dtype: of the evaluation, None: unknown.
        sample_limit: None: every document.
        commit: of the weights, None: not bound to any.
        evaluated_at: None: not stated.
        withdrawn: why its authors took it back.
        path: the file that it came from.
        digest: SHA-256 of that file, hex.
        source: title of the source, None for a file of the user's own.
        evaluation_id: row of the evaluation.
        runs: how many runs of this checkpoint measured the same thing in the same way; this row is
            the newest of them.
        distance: of the checkpoint from the tokens asked for, as `Target` has it.
        advisories: ids of those that concern the checkpoint.
        findings: codes of open findings about it.
        remarks: how it was placed, where the file alone did not tell, unusual conditions, and
            weights that are not the checkpoint's.
        loader: profile of the loader that ran it (docs/explanation/branch-verdicts.md), None where
            nobody can tell.
        weight_set: what that loader takes from the commit, None where nobody can tell.
        weights: the two in words, or what is not known.
    """

    checkpoint_id: int
    model: str
    revision: str | None
    training_step: int | None
    tokens_seen: int | None
    task: str
    prompt: str | None
    metric: str
    filter: str | None
    value: float
    stderr: float | None
    samples: int | None
    higher_is_better: bool | None
    task_version: str | None
    shots: int | None
    harness_version: str | None
    backend: str | None
    backend_version: str | None
    dtype: str | None
    sample_limit: str | None
    commit: str | None
    evaluated_at: datetime | None
    withdrawn: str | None
    path: str
    digest: str
    source: str | None
    evaluation_id: int
    runs: int = 1
    distance: int | None = None
    advisories: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    loader: str | None = None
    weight_set: str | None = None
    weights: str | None = None

    @property
    def is_marked(self) -> bool:
        """Whether there is something to know before the score is used."""
        return bool(self.advisories or self.findings or self.remarks)


class TaskRow(NamedTuple):
    """A task, and what is on record of it.

    Attributes:
        task: as the harness names it.
        metrics: as it names them.
        shots: numbers of examples in the prompt, where they are known.
        harnesses: its versions, where they are known.
        models: how many were scored on it.
        checkpoints: how many were.
        scores: how many there are, those that were withdrawn left out.
    """

    task: str
    metrics: tuple[str, ...]
    shots: tuple[int, ...]
    harnesses: tuple[str, ...]
    models: int
    checkpoints: int
    scores: int
