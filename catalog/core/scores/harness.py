"""Result documents of lm-evaluation-harness: 0.3 (2022-23), its prompted fork, 0.4.

Four shapes of JSON turn into one `Document`. It believes nothing but the content; what name and
folder add is the business of `settle`.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from catalog.core.scores import arguments
from catalog.core.scores.figures import Task, Unread, distinct, number, scores_of
from catalog.core.scores.values import (
    Conditions,
    Document,
    Evaluation,
    NotScoresError,
    Score,
    Statement,
)
from catalog.errors import CheckedBad

_CONFIG = frozenset(
    [
        "model",
        "model_args",
        "num_fewshot",
        "batch_size",
        "batch_sizes",
        "device",
        "no_cache",
        "limit",
        "bootstrap_iters",
        "description_dict",
        "use_cache",
        "gen_kwargs",
        "random_seed",
        "numpy_seed",
        "torch_seed",
        "fewshot_seed",
        "model_num_parameters",
        "model_dtype",
        "model_revision",
        "model_sha",
    ]
)
_TOP = frozenset(["config", "results", "versions", "table_results", "model_args"])
_TOP_04 = _TOP | frozenset(
    [
        "chat_template",
        "chat_template_sha",
        "configs",
        "date",
        "end_time",
        "start_time",
        "eot_token_id",
        "fewshot_as_multiturn",
        "git_hash",
        "group_subtasks",
        "groups",
        "higher_is_better",
        "lm_eval_version",
        "max_length",
        "model_name",
        "model_name_sanitized",
        "model_source",
        "n-samples",
        "n-shot",
        "pretty_env_info",
        "system_instruction",
        "system_instruction_sha",
        "task_hashes",
        "tokenizer_bos_token",
        "tokenizer_eos_token",
        "tokenizer_pad_token",
        "total_evaluation_time_seconds",
        "transformers_version",
        "upper_git_hash",
        "samples",
    ]
)
# Words of the prompted fork beside its figures.
_PROMPTED = frozenset(
    [
        "task_name",
        "prompt_name",
        "fixed_answer_choice_list",
        "dataset_path",
        "dataset_name",
        "subset",
        "prompt_id",
        "prompt_jinja",
        "prompt_original_task",
        "comment",
    ]
)

_FAR_FUTURE = 1e11  # seconds; a date in milliseconds is no date in seconds

Json = Mapping[str, object]


def document(content: Json) -> Document:
    """Read a parsed JSON object.

    Raises:
        NotScoresError: it holds no scores.
        CheckedBad: it is a harness's document without its results.
    """
    results = content.get("results")
    if isinstance(results, Mapping) and results:
        modern = "configs" in content or "n-shot" in content or _has_filters(results)
        return _modern(content, results) if modern else _classic(content, results)
    if isinstance(results, list) and results:
        return _prompted(content, results)
    table = content.get("table_results")
    if isinstance(table, Mapping) and table:
        return _prompted(content, list(table.values()))
    if "results" not in content and {"config", "versions"} <= content.keys():
        raise CheckedBad("damaged: a harness's config and versions, but no results")
    raise NotScoresError("not a score file")


def _has_filters(results: Json) -> bool:
    return any(
        "," in key for value in results.values() if isinstance(value, Mapping) for key in value
    )


def _classic(content: Json, results: Json) -> Document:
    """Harness 0.2 and 0.3: `acc`, `acc_stderr`, one number of shots for the file."""
    unread = Unread()
    unread.keys("", content, _TOP)
    versions = _mapping(content.get("versions"))
    scores: list[Score] = []
    for task, figures in results.items():
        if isinstance(figures, Mapping):
            scores += scores_of(Task(task, _version(versions.get(task))), figures, unread)
        else:
            unread.note(f"results.{task}")
    return _of_one_kind("lm-eval-0.3", content, scores, unread)


def _prompted(content: Json, rows: list[object]) -> Document:
    """The fork with prompts: rows of task, prompt and figures, with or without a config."""
    unread = Unread()
    unread.keys("", content, _TOP)
    versions = _mapping(content.get("versions"))
    scores: list[Score] = []
    for row in rows:
        if not isinstance(row, Mapping) or "task_name" not in row:
            unread.note(f"results: {str(row)[:80]}")
            continue
        task, prompt = str(row["task_name"]), str(row.get("prompt_name") or "")
        version = _version(versions.get(f"{task}+{prompt}", versions.get(task)))
        scores += scores_of(Task(task, version, prompt), row, unread, beside=_PROMPTED)
    form = "lm-eval-prompts" if "results" in content else "table"
    return _of_one_kind(form, content, scores, unread)


def _of_one_kind(form: str, content: Json, scores: list[Score], unread: Unread) -> Document:
    """Build a document whose scores share one number of shots."""
    scores = distinct(scores, unread)
    if not scores:
        raise NotScoresError("not a score file")
    stated, conditions, doubts = _config(content, unread)
    shots = _mapping(content.get("config")).get("num_fewshot")
    stated = replace(stated, shots=_whole(shots))
    evaluation = Evaluation(stated, tuple(scores), conditions)
    return Document(form, (evaluation,), tuple(unread.found), doubts)


def _modern(content: Json, results: Json) -> Document:
    """Harness 0.4: `metric,filter` keys; each task has its own shots, version and samples."""
    unread = Unread()
    unread.keys("", content, _TOP_04)
    by_shots: defaultdict[int | None, list[Score]] = defaultdict(list)
    for task, figures in results.items():
        if isinstance(figures, Mapping):
            by_shots[_shots(content, task)] += scores_of(
                _task(content, task, figures), figures, unread
            )
        else:
            unread.note(f"results.{task}")
    stated, conditions, doubts = _config(content, unread)
    stated = replace(stated, at=_moment(content.get("date")))
    evaluations = tuple(
        Evaluation(replace(stated, shots=shots), tuple(distinct(scores, unread)), conditions)
        for shots, scores in sorted(
            by_shots.items(), key=lambda item: (item[0] is None, item[0] or 0)
        )
        if scores
    )
    if not evaluations:
        raise NotScoresError("not a score file")
    return Document("lm-eval-0.4", evaluations, tuple(unread.found), doubts)


def _task(content: Json, name: str, figures: Json) -> Task:
    counts = _mapping(_mapping(content.get("n-samples")).get(name))
    samples = _whole(counts.get("effective", figures.get("sample_len")))
    return Task(
        name,
        _version(_mapping(content.get("versions")).get(name)),
        samples=samples,
        higher_is_better=_mapping(_mapping(content.get("higher_is_better")).get(name)),
    )


def _shots(content: Json, task: str) -> int | None:
    stated = _whole(_mapping(content.get("n-shot")).get(task))
    if stated is not None:
        return stated
    configured = _mapping(_mapping(content.get("configs")).get(task)).get("num_fewshot")
    return _whole(
        configured if configured is not None else _mapping(content.get("config")).get("num_fewshot")
    )


def _config(content: Json, unread: Unread) -> tuple[Statement, Conditions, tuple[str, ...]]:
    """Return what `config` and `model_args` say, and where they disagree with each other."""
    config = _mapping(content.get("config"))
    unread.keys("config.", config, _CONFIG)
    raw = config.get("model_args", content.get("model_args"))
    given = arguments.split(raw) if isinstance(raw, str) else _mapping(raw)
    conditions = _conditions(content, config, given)
    if arguments.is_trainer(given):
        stated = arguments.of_trainer(given)
        return stated, conditions, arguments.doubts(given, stated.label)
    stated, commit = arguments.of_hub_model(given, unread)
    revision = stated.revision or _text(config.get("model_revision"))
    doubts = _revision_doubt(stated.revision, _text(config.get("model_revision")))
    label = stated.label or _text(content.get("model_name"))
    stated = replace(stated, label=label, revision=None if stated.step is not None else revision)
    return stated, replace(conditions, commit=conditions.commit or commit), doubts


def _revision_doubt(argument: str | None, config: str | None) -> tuple[str, ...]:
    if argument and config and argument != config:
        return (f"model_args has revision {argument}, config has {config}",)
    return ()


def _conditions(content: Json, config: Json, given: Json) -> Conditions:
    backend = _text(config.get("model"))
    version = None
    if _text(content.get("transformers_version")):
        version = f"transformers {content['transformers_version']}"
    elif _text(given.get("git_hash")):
        version = f"gpt-neox {given['git_hash']}"
    types = (config.get("model_dtype"), given.get("dtype"), given.get("precision"))
    return Conditions(
        harness_version=_text(content.get("lm_eval_version")),
        backend=backend,
        backend_version=version,
        dtype=next((plain for text in types if (plain := arguments.dtype(text))), None),
        commit=_text(config.get("model_sha")),
        limit=_text(config.get("limit")),
        batch_size=_text(config.get("batch_size")),
        device=_text(config.get("device")),
    )


def _moment(value: object) -> datetime | None:
    seconds = number(value)
    if seconds is None or not 0 < seconds < _FAR_FUTURE:
        return None
    return datetime.fromtimestamp(round(seconds), tz=UTC)


def _version(value: object) -> str:
    return "" if value in (None, "N/A", "Yaml") else str(value)


def _mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _whole(value: object) -> int | None:
    """Return a whole number, None for what is none or more than every database holds."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) < 10**18 else None


def _text(value: object) -> str | None:
    return None if value in (None, "", "N/A") else str(value)
