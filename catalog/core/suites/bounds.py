"""How much a suite file may say, so that reading and loading it stays a matter of seconds.

Each bound is far above every suite that was released; see docs/explanation/hostile-input.md.
"""

from collections.abc import Iterable, Iterator, Sized

from catalog.core.architectures import MOST_LAYERS
from catalog.core.facts import KEYS, fits, number
from catalog.core.foreign import fault_of
from catalog.core.suites.reading import LONGEST_TEXT, Table
from catalog.core.suites.values import Model

MOST_BYTES = 512 << 10
"""Of a suite file; the largest that ships has 25 kB."""
MOST_CHECKPOINTS = 100_000
"""Of all models of a suite: PolyPythias have 8,000."""
MOST_FACTS = 200_000
"""Values of facts times the models that they may be about: Pythia's have 30,000."""

_COUNTS = ("layers", "model_dim", "heads", "head_dim", "vocab_size", "context_tokens")
"""Facts of which every network has one at least."""


def require_few(root: Table, models: Sized) -> None:
    """Refuse a document whose facts could be about more than `MOST_FACTS` values."""
    count = sum(
        max(1, len(table.items("models"))) * max(1, len(table.table("values").values))
        for table in root.tables("fact")
    )
    if count * len(models) > MOST_FACTS:
        root.fail(f"more facts than {MOST_FACTS:,}, for {len(models):,} models", "fact")


def counted(root: Table, models: Iterable[Model]) -> Iterator[Model]:
    """Yield models, and refuse the document once they have more than `MOST_CHECKPOINTS`."""
    count = 0
    for model in models:
        count += len(model.checkpoints)
        if count > MOST_CHECKPOINTS:
            root.fail(f"more than {MOST_CHECKPOINTS:,} checkpoints in all", "model")
        yield model


def misfit(key: str, value: object) -> str | None:
    """Return what is wrong with a fact's value, None where nothing is."""
    if not fits(value, KEYS[key].kind):
        return f"is not of the kind {KEYS[key].kind!r}"
    least = int(key in _COUNTS)
    if KEYS[key].kind in ("integer", "number") and (number(value) or 0) < least:
        return f"is less than {least}"
    if key == "layers" and (number(value) or 0) > MOST_LAYERS:
        return f"is more than {MOST_LAYERS:,}, and no network is as deep"
    texts = value if isinstance(value, list) else [value]
    faults = (fault_of(text, LONGEST_TEXT) for text in texts if isinstance(text, str))
    return next((f"holds {fault}" for fault in faults if fault), None)
