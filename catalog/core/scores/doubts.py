"""A score as evidence, and the doubt that scores raise about one checkpoint: values and words."""

from dataclasses import dataclass
from typing import Protocol

from catalog.core.scores import comparing
from catalog.core.scores.comparing import metric_name, task_name


class Row(comparing.Row, Protocol):
    """A score, as far as this needs it; `queries.evals.ScoreRow` is one."""

    @property
    def model(self) -> str:
        """Its model."""

    @property
    def revision(self) -> str | None:
        """Its branch."""

    @property
    def training_step(self) -> int | None:
        """Updates of the optimizer."""

    @property
    def tokens_seen(self) -> int | None:
        """Tokens."""

    @property
    def prompt(self) -> str | None:
        """Which, where a task has several."""

    @property
    def value(self) -> float:
        """The score."""

    @property
    def stderr(self) -> float | None:
        """Its standard error."""

    @property
    def sample_limit(self) -> str | None:
        """None for every document."""

    @property
    def filter(self) -> str | None:
        """What the harness made of the answers, None for nothing."""

    @property
    def backend(self) -> str | None:
        """What ran the network."""

    @property
    def commit(self) -> str | None:
        """The Hub's commit that was measured, None where nobody says."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Statistical evidence against one checkpoint.

    Args:
        kind: `shared`, `jump` or `contradicted`.
        model: its model.
        revision: its branch.
        message: one plain sentence.
        numbers: what it rests on, as JSON holds it.
    """

    kind: str
    model: str
    revision: str
    message: str
    numbers: tuple[dict[str, object], ...]


def measure(row: Row) -> tuple[str, str, str | None, int | None, str | None]:
    """Return what was measured, in the names that hold for every version of the harness."""
    return task_name(row.task), metric_name(row.metric), row.prompt, row.shots, row.sample_limit


def called(row: Row) -> str:
    """Return what was measured, in words."""
    shots = "" if row.shots is None else f", {row.shots} shots"
    return f"{task_name(row.task)} {metric_name(row.metric)}{shots}"


def spelled(row: Row) -> str:
    """Return the score with its error, in words."""
    return f"{row.value:.3g} ± {row.stderr:.2g}"


def numbers(row: Row, **more: object) -> dict[str, object]:
    """Return the score as JSON holds it.

    Args:
        row: the score.
        more: what it was compared with.
    """
    return {
        "task": row.task,
        "metric": row.metric,
        "shots": row.shots,
        "value": row.value,
        "stderr": row.stderr,
        **more,
    }
