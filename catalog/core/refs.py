"""References to a checkpoint, or to one weight set of it: `MODEL[@REVISION][#WEIGHT_SET]`.

Splits and prints; whether the model and the revision exist is the catalog's business.
"""

import re
from typing import NamedTuple

from catalog.errors import BadInput

# What may stand in a text that is more than a name: an address, a folder of the Hub's cache, code.
_MORE = (
    r"[:=?&()\[\]\"'`\\;%]|--|/.*/|/$|/step|#step|,step|[.,]$|[^\x00-\x7f]|\.[a-z]{2,12}$"
    r"| steps?\b|checkpoint|ckpt|revision|tokens"
)
_MORE_WORDS = ("--", "checkpoint", "ckpt", "revision", "tokens")
LONGEST = 1000
"""No name of a model takes more characters, nor does what stands around it."""
_HOW = "write MODEL, MODEL@REVISION or MODEL@REVISION#FILE, as in pythia-70m@step3000"
MAIN = "main"
"""The branch that a repository is read from by default: the last step of a run."""
COMMIT = re.compile(r"[0-9a-f]{40}")
_ABBREVIATED = range(7, 40)
STEP = re.compile(r"step(\d{1,18})")
"""The label of a published step, as suites name their branches."""
SPELT_STEP = re.compile(r"step[\s_-]?(\d+)", re.IGNORECASE | re.ASCII)
"""A published step as people write it."""
_TRAILING_STEP = rf"[\s@_-]+{SPELT_STEP.pattern}$"
LONGEST_REPOSITORY = 96
"""So many characters the Hub takes."""
PULL_REQUEST = "refs/pr/"
"""What the revision of a pull request on the Hub begins with."""
PATH_STARTS = ("/", "./", "../", "~")
"""What a path begins with where it shall be told from a name."""


class CheckpointRef(NamedTuple):
    """A model name as written, with the revision and the weight set asked for, if any.

    Attributes:
        model: as written.
        revision: branch, step or commit, None where none was asked for.
        weight_set: name after `#`, None for all.
    """

    model: str
    revision: str | None = None
    weight_set: str | None = None

    def __str__(self) -> str:
        """Return the text that parses to this ref again."""
        revision = f"@{self.revision}" if self.revision is not None else ""
        weight_set = f"#{self.weight_set}" if self.weight_set is not None else ""
        return f"{self.model}{revision}{weight_set}"


def is_commit(text: str) -> bool:
    """Return whether a text is a commit, whole or abbreviated as git and the catalog do.

    >>> [is_commit(text) for text in ("cc81f94e", "2097152000", "1e100000", "step1000")]
    [True, False, False, False]
    """
    if text.strip("0123456789abcdef"):
        return False
    # What has no other letter than `e` may be a number.
    is_short = len(text) in _ABBREVIATED and bool(text.strip("0123456789e"))
    return is_short or bool(COMMIT.fullmatch(text))


def parse(text: str) -> CheckpointRef:
    """Return the parts of a reference.

    >>> parse("org/mine@step3000#model.safetensors")
    CheckpointRef(model='org/mine', revision='step3000', weight_set='model.safetensors')
    >>> parse("https://huggingface.co/EleutherAI/pythia-70m/tree/step1000").revision
    'step1000'

    Raises:
        BadInput: a part is empty, or it is a path, a file or an address of no model.
    """
    written = text.strip()
    if is_path_like(written) or _is_more(written):
        from catalog.core import written as places  # noqa: PLC0415 - few texts are more than names

        written = places.as_reference(written)
    before, hash_sign, weight_set = written.partition("#")
    model, at_sign, revision = before.partition("@")
    for sign, part in (("model", model), (at_sign, revision), (hash_sign, weight_set)):
        if sign and not part.strip(" /"):
            raise BadInput(
                f"not a checkpoint reference: {text!r}",
                _HOW,
            )
    return CheckpointRef(
        model.strip().strip("/"),
        revision.strip() if at_sign else None,
        weight_set.strip() if hash_sign else None,
    )


def _is_more(text: str) -> bool:
    """Return whether a text is more than a name with what may follow it.

    Most are letters and digits with `-`, `@` and the point of a size between them: for those the
    pattern, which takes half a millisecond to compile, has five words only.
    """
    plain = text.replace("-", "").replace("@", "").replace(".", "")
    if plain.isascii() and plain.isalnum() and not text.rpartition(".")[2].isalpha():
        lower = text.lower()
        return text.endswith(".") or any(word in lower for word in _MORE_WORDS)
    return re.search(_MORE, text, re.IGNORECASE | re.DOTALL) is not None


def require_repository(name: str) -> None:
    """Refuse what the Hub takes as no repository's name, before it is asked.

    >>> require_repository("EleutherAI/pythia-70m")

    Raises:
        BadInput: it is not OWNER/NAME.
    """
    if name.count("/") != 1 or not is_repository(name):
        hint = "write OWNER/NAME, as in EleutherAI/pythia-70m"
        raise BadInput(f"{name!r} is no repository's name", hint)


def is_repository(name: str) -> bool:
    """Return whether the Hub takes a name as a repository's; its oldest have no owner.

    >>> [is_repository(name) for name in ("gpt2", "lab/mine", "lab/..", "a/b/c")]
    [True, True, False, False]
    """
    parts = name.split("/")
    return len(parts) <= 2 and len(name) <= LONGEST_REPOSITORY and all(map(_is_plain, parts))  # noqa: PLR2004 - see text


def _is_plain(part: str) -> bool:
    letters = part.replace("-", "").replace("_", "").replace(".", "")
    if not letters.isascii() or not letters.isalnum() or part[0] in "-." or part[-1] in "-.":
        return False
    return "--" not in part and ".." not in part


def is_path_like(text: str) -> bool:
    """Return whether a text is spelled as a path, whatever there may be."""
    return text.startswith(PATH_STARTS) or text in (".", "..")


def step_apart(name: str) -> tuple[str, str | None]:
    """Return a name without the step at its end, and that step as a revision.

    >>> step_apart("Pythia 70M step 3000")
    ('Pythia 70M', 'step3000')
    """
    if len(name) > LONGEST:
        return name, None
    match = re.search(_TRAILING_STEP, name, re.IGNORECASE)
    return (name[: match.start()], step_label(match[1])) if match else (name, None)


def split_revision(text: str) -> tuple[str, str | None]:
    """Return the model's part and the revision of a written reference.

    >>> split_revision("EleutherAI/pythia-160m-seed3@step1000")
    ('EleutherAI/pythia-160m-seed3', 'step1000')
    >>> split_revision("Pythia 70M step 3000")
    ('Pythia 70M', 'step3000')
    """
    ref = parse(text)
    return step_apart(ref.model) if ref.revision is None else (ref.model, ref.revision)


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
