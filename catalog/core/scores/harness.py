"""Result documents of lm-evaluation-harness: 0.3 (2022-23), its prompted fork, 0.4.

Four shapes of JSON turn into one `Document`. It believes nothing but the content; what name and
folder add is the business of `settle`.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from catalog.core.refs import COMMIT
from catalog.core.scores import alterations, arguments, forms
from catalog.core.scores.figures import Task, Unread, distinct, number, scores_of
from catalog.core.scores.reading import mapping, whole, words
from catalog.core.scores.shots import groups_of, of_task
from catalog.core.scores.values import (
    Conditions,
    Document,
    Evaluation,
    NotScoresError,
    Score,
    Statement,
)
from catalog.errors import CheckedBad

_CONFIG = words(
    """
    model model_args num_fewshot batch_size batch_sizes device no_cache limit bootstrap_iters
    description_dict use_cache gen_kwargs random_seed numpy_seed torch_seed fewshot_seed
    model_num_parameters model_dtype model_revision model_sha peft_revision peft_sha delta_weights
    """
)
_TOP = frozenset(["config", "results", "versions", "table_results", "model_args"])
_TOP_04 = _TOP | words(
    """
    chat_template chat_template_sha configs date end_time start_time eot_token_id
    fewshot_as_multiturn git_hash group_subtasks groups higher_is_better lm_eval_version max_length
    model_name model_name_sanitized model_source n-samples n-shot pretty_env_info samples
    system_instruction system_instruction_sha task_hashes tokenizer_bos_token tokenizer_eos_token
    tokenizer_pad_token total_evaluation_time_seconds transformers_version upper_git_hash
    """
)
# Other prompts, or other ways to choose what is written, give other figures of the same weights.
_PROMPTING = ("chat_template", "system_instruction", "fewshot_as_multiturn")
# Words of the prompted fork beside its figures.
_PROMPTED = words(
    """
    task_name prompt_name fixed_answer_choice_list dataset_path dataset_name subset prompt_id
    prompt_jinja prompt_original_task comment
    """
)

_FAR_FUTURE = 1e11  # seconds; a date in milliseconds is no date in seconds

Json = Mapping[str, object]


def document(content: Json) -> Document:
    """Read a parsed JSON object.

    Raises:
        NotScoresError: it holds no scores.
        RefusedScoresError: it holds scores in a form that is not known, or of other weights.
        CheckedBad: it is a harness's document without its results.
    """
    forms.refuse_foreign(content)
    results = content.get("results")
    if isinstance(results, Mapping) and results:
        modern = "configs" in content or "n-shot" in content or _has_filters(results)
        if not modern:
            forms.require_classic(content)
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
    versions = mapping(content.get("versions"))
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
    versions = mapping(content.get("versions"))
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
    said = _config(content, unread)
    shots = mapping(content.get("config")).get("num_fewshot")
    evaluation = Evaluation(
        replace(said.stated, shots=whole(shots)), tuple(scores), said.conditions
    )
    return said.document(form, (evaluation,), unread)


def _modern(content: Json, results: Json) -> Document:
    """Harness 0.4: `metric,filter` keys; each task has its own shots, version and samples."""
    unread = Unread()
    unread.keys("", content, _TOP_04)
    by_shots: defaultdict[int | None, list[Score]] = defaultdict(list)
    groups = groups_of(content)
    for task, figures in results.items():
        if isinstance(figures, Mapping):
            by_shots[of_task(content, task, groups)] += scores_of(
                _task(content, task, figures), figures, unread
            )
        else:
            unread.note(f"results.{task}")
    said = _config(content, unread)
    stated = replace(said.stated, at=_moment(content.get("date")))
    evaluations = tuple(
        Evaluation(replace(stated, shots=shots), tuple(distinct(scores, unread)), said.conditions)
        for shots, scores in sorted(
            by_shots.items(), key=lambda item: (item[0] is None, item[0] or 0)
        )
        if scores
    )
    if not evaluations:
        raise NotScoresError("not a score file")
    return said.document("lm-eval-0.4", evaluations, unread)


def _task(content: Json, name: str, figures: Json) -> Task:
    counts = mapping(mapping(content.get("n-samples")).get(name))
    samples = whole(counts.get("effective", figures.get("sample_len")))
    return Task(
        name,
        _version(mapping(content.get("versions")).get(name)),
        samples=samples,
        higher_is_better=mapping(mapping(content.get("higher_is_better")).get(name)),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What `config` and `model_args` say, with what speaks against it."""

    stated: Statement
    conditions: Conditions
    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    shape: tuple[tuple[str, int], ...] = ()

    def document(self, form: str, evaluations: tuple[Evaluation, ...], unread: Unread) -> Document:
        unread_ = tuple(unread.found)
        remarks = (self.remarks, self.unknown, self.shape)
        return Document(form, evaluations, unread_, self.doubts, *remarks)


def _config(content: Json, unread: Unread) -> _Said:
    """Return what `config` and `model_args` say, and where they disagree with each other."""
    config = mapping(content.get("config"))
    unread.keys("config.", config, _CONFIG)
    remarks = _remarks(content, config)
    raw = config.get("model_args", content.get("model_args"))
    given = arguments.split(raw) if isinstance(raw, str) else mapping(raw)
    conditions = _conditions(content, config, given)
    if arguments.is_trainer(given):
        stated = arguments.of_trainer(given)
        doubts = arguments.doubts(given, stated.label)
        return _Said(stated, conditions, doubts, remarks, shape=arguments.shape(given))
    alterations.refuse_other_weights({**_kept_apart(config), **given}, conditions.backend)
    stated = _of_hub_model(content, config, given)
    doubts = arguments.disagreements(
        given, {**config, "model_name": content.get("model_name")}, stated
    )
    shape = arguments.size(config)
    remarks += alterations.of_note(given)
    unknown = alterations.unknown(given, conditions.backend)
    conditions = replace(conditions, commit=conditions.commit or stated.commit)
    return _Said(stated, conditions, doubts, remarks, unknown, shape)


def _of_hub_model(content: Json, config: Json, given: Json) -> Statement:
    stated = arguments.of_hub_model(given)
    if stated.label is None and (name := _text(content.get("model_name"))):
        own = arguments.of_model(name)
        # Without its arguments a file does not tell that none of them was a revision.
        stated = replace(own, step=stated.step, numbering=stated.numbering, loads_main=False)
    if stated.step is not None or stated.commit is not None:
        return replace(stated, revision=None)
    revision = _text(given.get("revision")) or _text(config.get("model_revision"))
    if revision and COMMIT.fullmatch(revision):
        return replace(stated, revision=None, commit=revision)
    return replace(stated, revision=revision)


def _kept_apart(config: Json) -> Json:
    """Return what harness 0.4 keeps beside the arguments of an adapter, a delta, or a type."""
    names = ("peft_revision", "peft_sha", "delta_weights", "model_dtype")
    return {name: config[name] for name in names if name in config}


def _remarks(content: Json, config: Json) -> tuple[str, ...]:
    """Return the conditions that other scores do not share, and those nobody here knows."""
    remarks = [f"config.{key} is not understood" for key in config if key not in _CONFIG]
    remarks += ["with gen_kwargs"] if config.get("gen_kwargs") else []
    return (*remarks, *(f"with a {key}" for key in _PROMPTING if content.get(key)))


def _conditions(content: Json, config: Json, given: Json) -> Conditions:
    backend = _text(config.get("model")) or _text(content.get("model_source"))
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
        limit=_limit(content, config),
        batch_size=_text(config.get("batch_size")),
        device=_text(config.get("device")),
    )


def _limit(content: Json, config: Json) -> str | None:
    """Return the limit; runs on chosen samples have none, but count fewer than there are."""
    stated = _text(config.get("limit"))
    if stated is not None:
        return stated
    counts = [mapping(count) for count in mapping(content.get("n-samples")).values()]
    cut = [
        effective
        for count in counts
        if (effective := whole(count.get("effective"))) is not None
        and effective < (whole(count.get("original")) or 0)
    ]
    return str(max(cut)) if cut else None


def _moment(value: object) -> datetime | None:
    seconds = number(value)
    if seconds is None or not 0 < seconds < _FAR_FUTURE:
        return None
    return datetime.fromtimestamp(round(seconds), tz=UTC)


def _version(value: object) -> str:
    return "" if value in (None, "N/A", "Yaml") else str(value)


def _text(value: object) -> str | None:
    return None if value in (None, "", "N/A") else str(value)
