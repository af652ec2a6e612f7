"""Which columns the rows of each kind have as a table, and of which type each column is.

A column's type is that of its name, for one word means one thing in every document. So a table
without rows, or a column without values, has the same columns and types as any other. A name that
is not listed here takes the type of what it holds. Makes no table (`frames` does).
"""

_WORDS = {
    "integer": (
        "step training_step published_step tokens_seen distance shots samples runs "
        "params_total "
        "params_non_embedding tokens_per_published_step tokens_per_training_step sequence_tokens "
        "sequences_per_training_step dataset_tokens size_bytes models checkpoints scores branches "
        "evaluations requests left unsubmitted"
    ),
    "number": "value stderr sample_limit",
    "truth": ("higher_is_better comparable shipped expected reference after_gap over is_default"),
    "time": "evaluated_at observed_at loaded_at opened_at at",
    "list": (
        "advisories findings remarks reasons differs metrics harnesses tags changes conflicts "
        "revisions logs before"
    ),
    "category": (
        "model suite suite_kind kind size architecture task metric filter task_version dtype "
        "harness_version backend backend_version loader source verdict severity status rule"
    ),
}
TYPES = {name: word for word, names in _WORDS.items() for name in names.split()}
"""The type of each column that has one in every document; others are what they hold."""

_SCORE = (
    "task prompt metric filter value stderr samples higher_is_better task_version shots "
    "harness_version backend backend_version dtype sample_limit commit evaluated_at withdrawn path "
    "digest source runs distance advisories findings remarks loader weight_set weights mark reasons"
)
_PROBLEM = (
    "from id title dated status affected weight_sets:list problem instead evidence sources:list"
)
COLUMNS = {
    "models:suite": "name title kind shipped digest loaded_at models checkpoints",
    "models:model": (
        "model repo_id suite suite_kind size architecture params_total params_non_embedding "
        "tokens_per_published_step tokens_per_training_step sequence_tokens "
        "sequences_per_training_step dataset_tokens derived_from note tags"
    ),
    "models:checkpoint": "model repo_id revision published_step training_step tokens_seen",
    "models:position": (
        "model repo_id revision step training_step tokens_seen distance note asked"
    ),
    "branches:advisory": _PROBLEM,
    "branches:audit_finding": _PROBLEM,
    "branches:branch": (
        "model repo_id revision commit observed_at expected verdict weight_sets "
        "loads.transformers-5 loads.transformers-bin loads.vllm loads.shards-first recipe"
    ),
    "branches:holding": (
        "model repo_id revision commit weight_set file verdict witness observed_at observer"
    ),
    "branches:look": (
        "repo_id observed_at source digest requests status branches commit changes renamed_to"
    ),
    "scores:task": "task metrics shots:integers harnesses models checkpoints scores",
    "scores:score": f"model revision training_step tokens_seen {_SCORE}",
    "scores:compared": (
        f"ref model revision tokens_seen training_step {_SCORE} comparable differs"
    ),
    "desk:marked": "target tags note at",
    "desk:field": "key kind unit meaning models",
    "jobs:tracked": "folder command over checkpoints left unsubmitted tasks logs",
    "studies:place": (
        "file line cell written meant model revision revisions rule affected said advisories "
        "loader loaded untold is_default day dated way"
    ),
    "plain:plain:target": "text called",
    "plain:plain:amended": "path digest evaluations scores before after",
}
"""The columns of each kind of rows, in order; of others they are those that a row has. A type
behind a name is for a word that means several things there."""


def of(kind: str) -> dict[str, str]:
    """Return columns and their types of a kind of rows, as `Rows` calls it; none if that depends.

    >>> of("=task"), of("desk:marked")["tags"], of("pictures:rows")
    ({'task': 'category'}, 'list', {})
    """
    words = [kind[1:]] if kind.startswith("=") else COLUMNS.get(kind, "").split()
    parts = (word.partition(":") for word in words)
    return {name: stated or TYPES.get(name, "text") for name, _, stated in parts}
