"""What a user says of score files that do not tell themselves which checkpoint they are of.

`--as REF` speaks of every file of an import, a mapping file (`TEXT<tab>REF`, one a line) of those
whose model or path is that text; `*` matches. What is believed is written down with the score.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from catalog.core.models import Checkpoint
from catalog.core.scores.values import Note
from catalog.errors import BadInput, CatalogError

_FIELDS = 2
_EVERY = "*"


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that a user says.

    Attributes:
        ref: as it was written.
        model: whose scores they are.
        checkpoint: which; None where the file is to tell the step.
        by: where it was said: `--as`, or the mapping file with its line.
        pattern: of which models or paths.
    """

    ref: str
    model: str
    checkpoint: Checkpoint | None
    by: str = "--as"
    pattern: str = _EVERY

    def is_about(self, stated: str | None, path: str) -> bool:
        """Return whether it speaks of a file.

        Args:
            stated: the model as the file calls it.
            path: of the file.
        """
        if self.pattern == _EVERY:
            return True
        return any(text and fnmatchcase(text, self.pattern) for text in (stated, path))

    def note(self, checkpoint: Checkpoint) -> Note:
        """Return the remark under which the checkpoint is recorded."""
        return Note("completed", "checkpoint", named(checkpoint), self.by, "content")


Meant = Callable[[str], tuple[str, Checkpoint | None]]


def mapping(text: str, label: str, meant: Meant) -> tuple[Word, ...]:
    """Return what a mapping file says.

    Args:
        text: its lines; empty ones and those that begin with `#` say nothing.
        label: what to call it.
        meant: finds model and checkpoint of a REF.

    Raises:
        BadInput: a line is wrong; the whole file is refused.
    """
    words = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) != _FIELDS or not all(fields):
            raise BadInput(f"{label}: line {number} is not TEXT<tab>REF")
        try:
            model, checkpoint = meant(fields[1])
        except CatalogError as error:
            raise BadInput(f"{label}: line {number}: {error.what}", error.hint) from error
        words.append(Word(fields[1], model, checkpoint, f"{label}:{number}", fields[0]))
    return tuple(words)


def about(words: Sequence[Word], stated: str | None, path: str) -> Word | None:
    """Return the first word that speaks of a file."""
    return next((word for word in words if word.is_about(stated, path)), None)


def named(checkpoint: Checkpoint) -> str:
    """Return what to call a checkpoint, whether it was published or not."""
    revision = checkpoint.revision or f"training step {checkpoint.training_step}"
    return f"{checkpoint.model}@{revision}"
