"""References to a checkpoint, or to one weight set of it: `MODEL[@REVISION][#WEIGHT_SET]`.

Splits and prints; whether the model and the revision exist is the catalog's business.
"""

import re
from dataclasses import dataclass

from catalog.errors import BadInput

_HUB = re.compile(r"^(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/", re.IGNORECASE)
_TREE = re.compile(r"/(?:tree|blob|resolve|commits?)/(?P<revision>[^/@#]+).*$")
MAIN = "main"
"""The branch that a repository is read from by default: the last step of a run."""
COMMIT = re.compile(r"[0-9a-f]{40}")
STEP = re.compile(r"step(\d{1,18})")
"""The label of a published step, as suites name their branches."""
SPELT_STEP = re.compile(r"step[\s_-]?(\d+)", re.IGNORECASE | re.ASCII)
"""A published step as people write it."""
SAVED_STEP = re.compile(r"(?:global[_-]?)?step[_-]?(\d{1,18})(?!\d)", re.IGNORECASE)
"""A step as trainers name the folder of a save."""


@dataclass(frozen=True, slots=True)
class CheckpointRef:
    """A model name as written, with the revision and the weight set asked for, if any."""

    model: str
    revision: str | None = None
    weight_set: str | None = None

    def __str__(self) -> str:
        """Return the text that parses to this ref again."""
        revision = f"@{self.revision}" if self.revision is not None else ""
        weight_set = f"#{self.weight_set}" if self.weight_set is not None else ""
        return f"{self.model}{revision}{weight_set}"


def parse(text: str) -> CheckpointRef:
    """Return the parts of a reference.

    >>> parse("org/mine@step3000#model.safetensors")
    CheckpointRef(model='org/mine', revision='step3000', weight_set='model.safetensors')
    >>> parse("https://huggingface.co/EleutherAI/pythia-70m/tree/step1000").revision
    'step1000'

    Raises:
        BadInput: a part is empty.
    """
    written = _HUB.sub("", text.strip())
    if match := _TREE.search(written):
        written = written[: match.start()] + "@" + match["revision"]
    before, hash_sign, weight_set = written.partition("#")
    model, at_sign, revision = before.partition("@")
    for sign, part in (("model", model), (at_sign, revision), (hash_sign, weight_set)):
        if sign and not part.strip(" /"):
            raise BadInput(
                f"not a checkpoint reference: {text!r}",
                "write MODEL, MODEL@REVISION or MODEL@REVISION#FILE, as in pythia-70m@step3000",
            )
    return CheckpointRef(
        model.strip().strip("/"),
        revision.strip() if at_sign else None,
        weight_set.strip() if hash_sign else None,
    )


def step_label(step: int | str) -> str:
    """Return the label of a published step: `labelled_step` is its inverse."""
    return f"step{step}"


def labelled_step(label: str) -> int | None:
    """Return the step that a label is that of, None where it is another label.

    >>> labelled_step("step3000"), labelled_step("main")
    (3000, None)
    """
    match = STEP.fullmatch(label)
    return None if match is None else int(match[1])
