"""The values that a score document turns into. Plain data: no parsing, no rules."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Numbering = Literal["published", "training"]
"""How a step counts: the number in a branch name, or the trainer's own optimizer steps."""

Place = Literal["content", "name", "folder"]
"""Where a statement stands: in the file, in its name, or in the names of its folders."""
NoteKind = Literal["contradiction", "completed", "doubt"]
LabelKind = Literal["repository", "trainer", "text", "path"]
"""What a label is: a repository of the Hub, the folder of a GPT-NeoX trainer, a model's name as
people write it in tables, or a place on a disk, which names no model whatever it is called."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured: a task in one version, with one prompt, metric and answer filter.

    An empty text means "not stated".
    """

    task: str
    metric: str
    version: str = ""
    prompt: str = ""
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """One figure.

    Attributes:
        stderr: standard error, None where the document gives none (absent, NaN or "N/A").
        samples: how many documents were scored, None where not stated.
        higher_is_better: None where not stated.
    """

    measure: Measure
    value: float
    stderr: float | None = None
    samples: int | None = None
    higher_is_better: bool | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """What one place says about the checkpoint and the conditions; None where it is silent.

    Attributes:
        label: the model as written there (`EleutherAI/pythia-v1.1-70m`, `350M_dedup`).
        generation: 0 or 1 where the place itself tells the first from the second generation.
        run: a marker of a derived run (`intervene_7`) that stands apart from the label.
        step: a number; `numbering` says how it counts, None where the place does not tell.
        revision: the Hub's name of the state, where stated.
        shots: number of few-shot examples.
        at: when the evaluation ran.
        nickname: the label is a mere heading, which may leave out what run it was.
        kind: what the label is.
        commit: the 40 hex digits by which the weights were asked for.
        loads_main: where neither step nor revision is stated, `main` was loaded.
    """

    label: str | None = None
    generation: int | None = None
    run: str | None = None
    step: int | None = None
    numbering: Numbering | None = None
    revision: str | None = None
    shots: int | None = None
    at: datetime | None = None
    nickname: bool = False
    kind: LabelKind = "path"
    commit: str | None = None
    loads_main: bool = False


@dataclass(frozen=True, slots=True)
class Conditions:
    """How the figures were made; None is unknown and stays unknown.

    Attributes:
        commit: the 40 hex digits of the weights, None where they are not bound to any.
        dtype: the type the weights were evaluated in (`float16`).
        backend: what ran the network (`hf-causal`, `neox`); `backend_version` names its version.
        limit: number or share of the documents scored, where it was cut.
    """

    harness_version: str | None = None
    backend: str | None = None
    backend_version: str | None = None
    dtype: str | None = None
    commit: str | None = None
    limit: str | None = None
    batch_size: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores of one checkpoint with one number of shots, and what the content says about it."""

    stated: Statement
    scores: tuple[Score, ...]
    conditions: Conditions = Conditions()


@dataclass(frozen=True, slots=True)
class Document:
    """One score document.

    Attributes:
        form: its shape: `lm-eval-0.3`, `lm-eval-prompts`, `table`, `lm-eval-0.4` or `csv`.
        unread: keys and figures that were not understood; nothing is lost in silence.
        doubts: where the content disagrees with itself.
        remarks: conditions that other scores do not share, or that are not understood.
        unknown: arguments that may have changed the weights: only a user's word places it.
        shape: numbers of the network that ran, by their keys as facts of a model.
    """

    form: str
    evaluations: tuple[Evaluation, ...]
    unread: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    shape: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on how an evaluation was read.

    Attributes:
        kind: `contradiction` (the content was believed, not the place), `completed` (the content
            is silent, the place was believed) or `doubt` (the content disagrees with itself).
        field: `model`, `step`, `shots`, `generation`, `date`; `revision` where `main` is what the
            harness loads by default; `commit`; `checkpoint` on a user's word; `conditions`.
        used: what was recorded.
        other: what the place says, for a contradiction; for a user's word, where it was given.
        place: `name`, `folder` or `content`.
    """

    kind: NoteKind
    field: str
    used: str
    other: str | None
    place: Place


class NotScoresError(ValueError):
    """The document is whole but holds no scores: a configuration, a table of something else."""

    exit_code = 0


class RefusedScoresError(NotScoresError):
    """It holds scores, but none of a checkpoint, or in no form that is known here."""

    exit_code = 2
