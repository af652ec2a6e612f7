"""What can be said of a model, who said it, and which of several statements is used.

Pure values and rules. It reads no files: `catalog.core.suites` reads the data files, and
`catalog.neox` turns training configurations into facts.

A fact is one statement of one source. Two sources that differ stay two facts: `conflicts` shows
them, and `decide` picks the one that the catalog works with, by `PRECEDENCE`.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from math import isfinite

from catalog.core.limits import LARGEST
from catalog.core.tuples import NamedTuple

Value = int | float | str | bool | tuple[int | float | str, ...]


class Source(NamedTuple):
    """A document that facts, names or scores come from.

    Attributes:
        key: identifier, the same in every file that refers to the document.
        kind: one of `PRECEDENCE`.
        title: of the document.
        url: where it is.
        commit: 40 hex digits where the document lives in a repository.
        digest: "algorithm:hex" of the document's bytes, where we hold them.
        dated: the day the document (or the version that was read) was published.
    """

    key: str
    kind: str
    title: str
    url: str | None = None
    commit: str | None = None
    digest: str | None = None
    dated: date | None = None


class Fact(NamedTuple):
    """What one source says about one key of one model; `source` is the key of a `Source`.

    Attributes:
        key: what it is about.
        value: as the source has it.
        source: the key of its `Source`.
    """

    key: str
    value: Value
    source: str


class Key(NamedTuple):
    """What a fact key means.

    Attributes:
        kind: "integer", "number", "text", "switch" or "list".
        unit: of a number, empty where it has none.
        meaning: one line.
    """

    kind: str
    unit: str
    meaning: str


class Statement(NamedTuple):
    """One value and every source that gives it, the most trusted source first.

    Attributes:
        value: as these have it.
        sources: who say so.
    """

    value: Value
    sources: tuple[Source, ...]


class Conflict(NamedTuple):
    """A key for which sources about the same run differ; the value that is used comes first.

    Attributes:
        key: what it is about.
        values: each with its sources.
    """

    key: str
    values: tuple[Statement, ...]


PRECEDENCE: dict[str, int] = {
    # What was read off the published weights themselves cannot be a slip of the pen.
    "measurement": 0,
    # The authors looked at a contradiction and said which side is right.
    "correction": 1,
    # What the trainer was given. A key that it leaves out says nothing.
    "training-config": 2,
    # Worked out by a formula that fits every published figure.
    "derivation": 3,
    # Published with the weights, but written by a converter, not by the trainer.
    "model-config": 4,
    # Prose and tables about one model, then about a whole suite, then frozen in print.
    "model-card": 5,
    "readme": 6,
    "paper": 7,
    # Said once, in passing, never maintained.
    "announcement": 8,
    "issue": 9,
    # Deduced from the names and contents of score files.
    "evaluation": 10,
    # Somebody else's description.
    "documentation": 11,
    # The owner of a private suite is the only witness.
    "own": 12,
}
"""Source kind → rank; the lowest wins. Equal ranks: the later document, then the key by name.

`NOT_FROM_CONFIGS` is the one exception.
"""


KEYS: dict[str, Key] = {
    # size
    "layers": Key("integer", "", "transformer layers"),
    "model_dim": Key("integer", "", "width of the residual stream"),
    "heads": Key("integer", "", "attention heads per layer"),
    "head_dim": Key("integer", "", "width of one attention head"),
    "vocab_size": Key("integer", "", "rows of the embedding, padding included"),
    "tokenizer_size": Key("integer", "", "tokens that the tokenizer knows, added ones included"),
    "context_tokens": Key("integer", "tokens", "longest sequence the network attends over"),
    "params_total": Key("integer", "parameters", "all parameters; buffers are not parameters"),
    "params_non_embedding": Key("integer", "parameters", "all but the two embedding matrices"),
    # architecture
    "position_embedding": Key("text", "", "how positions are encoded"),
    "rotary_fraction": Key("number", "", "share of each head's width that is rotated"),
    "parallel_residual": Key("switch", "", "attention and MLP read the same input"),
    "tied_embeddings": Key("switch", "", "one matrix for input and output embedding"),
    "attention_kernel": Key("text", "", "attention implementation used in training"),
    "init_method": Key("text", "", "initialisation of most matrices"),
    "output_init_method": Key("text", "", "initialisation of each block's output matrices"),
    # optimization
    "optimizer": Key("text", "", "optimizer"),
    "learning_rate": Key("number", "", "peak learning rate"),
    "first_learning_rate": Key("number", "", "learning rate of the first update; 0: none at all"),
    "min_learning_rate": Key("number", "", "learning rate at the end of the decay"),
    "learning_rate_schedule": Key("text", "", "shape of the decay"),
    "learning_rate_decay_steps": Key("integer", "training steps", "length of the decay"),
    "warmup_fraction": Key("number", "", "share of the training steps spent warming up"),
    "adam_beta1": Key("number", "", "Adam's first decay rate"),
    "adam_beta2": Key("number", "", "Adam's second decay rate"),
    "adam_epsilon": Key("number", "", "Adam's epsilon"),
    "weight_decay": Key("number", "", "decoupled weight decay"),
    "gradient_clipping": Key("number", "", "largest gradient norm"),
    "hidden_dropout": Key("number", "", "dropout in the residual stream"),
    "attention_dropout": Key("number", "", "dropout of attention weights"),
    "precision": Key("text", "", "arithmetic of the training: fp32, fp16 or bf16"),
    "zero_stage": Key("integer", "", "ZeRO stage of the optimizer states"),
    "model_parallel": Key("integer", "GPUs", "tensor-parallel degree"),
    "pipeline_parallel": Key("integer", "GPUs", "pipeline-parallel degree"),
    # data and length
    "batch_size_tokens": Key("integer", "tokens", "tokens in one optimizer update"),
    "micro_batch_sequences": Key("integer", "sequences", "sequences per GPU and forward pass"),
    "gradient_accumulation_steps": Key("integer", "", "forward passes per optimizer update"),
    "gpus": Key("integer", "GPUs", "GPUs used for the training"),
    "training_steps": Key("integer", "training steps", "optimizer updates in the whole run"),
    "training_tokens": Key("integer", "tokens", "tokens seen in the whole run"),
    "dataset": Key("text", "", "training data"),
    "variant": Key("text", "", "standard or deduped: whether the training data was deduplicated"),
    "stage": Key("text", "", "part of a training that the run is, such as pretraining"),
    "dataset_tokens": Key("integer", "tokens", "tokens in one pass over the data, about"),
    "seed": Key("integer", "", "random seed"),
    "data_seed": Key("integer", "", "seed of the data order alone"),
    "weight_seed": Key("integer", "", "seed of the initialisation alone"),
    "initialised_as": Key("text", "", "model whose initial weights it shares"),
    "save_interval": Key("integer", "training steps", "distance of the regular checkpoints"),
    "extra_save_steps": Key("list", "training steps", "checkpoints beside the regular ones"),
    # terms
    "license": Key("text", "", "SPDX identifier of the licence of the weights"),
    # place among others
    "equivalent": Key("list", "", "models of other suites that the source calls comparable"),
    "replaced": Key("text", "", "when and why an earlier model of that name was replaced"),
}
"""Every fact key there is. A data file that uses another one is refused."""

NOT_FROM_CONFIGS = ("layers", "model_dim", "heads", "head_dim", "vocab_size", "dataset")
"""Keys for which a training configuration ranks behind everything up to the paper.

The shape, because the published weights must fit it: with a wrong number they would not load. (The
configuration of pythia-12b-deduped gives 40 layers of 36 heads for a network of 36 of 40.) The
dataset, because all that a configuration says of it is the name of a folder.
"""

_MULTIPLES = {"k": 1 << 10, "m": 1 << 20}


def fits(value: object, kind: str) -> bool:
    """Tell whether a value is of a key's kind; an integer is also a number."""
    match kind:
        case "switch":
            return isinstance(value, bool)
        case "integer":
            return number(value) is not None and number(value) == int(number(value) or 0)
        case "number":
            return number(value) is not None
        case "list":
            return isinstance(value, list | tuple) and all(
                isinstance(item, str) or number(item) is not None for item in value
            )
        case _:
            return isinstance(value, str)


def number(value: object) -> int | float | None:
    """Return a value as the number that it spells, or None.

    Batch sizes are written in binary multiples: 2M tokens are 1,024 sequences of 2,048.

    >>> number("2M"), number("1e-3"), number("2,097,152"), number("2 MB")
    (2097152, 0.001, 2097152, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip().replace(",", "").replace("_", "").lower()
        multiple = _MULTIPLES.get(text[-1:], 1)
        try:
            spelt = float(text[:-1] if multiple > 1 else text) * multiple
        except ValueError:
            return None
        value = int(spelt) if isfinite(spelt) and spelt == int(spelt) else spelt
    if isinstance(value, int):
        return value if abs(value) <= LARGEST else None
    return value if isinstance(value, float) and isfinite(value) else None


def decide(facts: Iterable[Fact], sources: Mapping[str, Source]) -> dict[str, Fact]:
    """Return the fact that is used for each key, by `PRECEDENCE`.

    Args:
        facts: statements about one model.
        sources: by key; every fact's source must be among them.
    """
    best: dict[str, Fact] = {}
    for fact in sorted(facts, key=lambda fact: _rank(fact.key, sources[fact.source])):
        best.setdefault(fact.key, fact)
    return best


def conflicts(facts: Iterable[Fact], sources: Mapping[str, Source]) -> tuple[Conflict, ...]:
    """Return the keys for which sources about one model differ, by key.

    Numbers are compared as numbers: "2M" is 2097152, 1e-3 is 0.001. Both facts must be about the
    same run, so the caller passes the facts of one model.
    """
    stated: dict[str, dict[Value, list[Fact]]] = {}
    for fact in sorted(facts, key=lambda fact: _rank(fact.key, sources[fact.source])):
        stated.setdefault(fact.key, {}).setdefault(_comparable(fact), []).append(fact)
    return tuple(
        Conflict(key, tuple(_statement(same, sources) for same in stated[key].values()))
        for key in sorted(stated)
        if len(stated[key]) > 1
    )


def _statement(same: list[Fact], sources: Mapping[str, Source]) -> Statement:
    return Statement(same[0].value, tuple(sources[fact.source] for fact in same))


def _comparable(fact: Fact) -> Value:
    kind = KEYS[fact.key].kind if fact.key in KEYS else "text"
    spelt = number(fact.value) if kind in {"integer", "number"} else None
    return fact.value if spelt is None else spelt


def _rank(key: str, source: Source) -> tuple[float, int, str]:
    later_first = -source.dated.toordinal() if source.dated else 0
    rank: float = PRECEDENCE.get(source.kind, len(PRECEDENCE))
    if key in NOT_FROM_CONFIGS and source.kind == "training-config":
        rank = PRECEDENCE["paper"] + 0.5
    return rank, later_first, source.key
