"""Tables of scores, as `evals show` and `show` print them."""

from collections.abc import Mapping, Sequence
from typing import Any

from . import output
from .tables import Column

Score = Mapping[str, Any]
GROUPS = ("hendrycksTest-", "mmlu_", "blimp_", "crows_pairs_", "num_reasoning_")
MARK = "[!]"
"""Stands behind a score of which there is something to know before it is used."""


def _value(score: Score) -> str:
    limit = f" (limit {score['sample_limit']})" if score["sample_limit"] else ""
    withdrawn = " (withdrawn)" if score["withdrawn"] else ""
    return f"{score['value']:.4f}{limit}{withdrawn}" + (f" {MARK}" if score["mark"] else "")


def print_marks(scores: Sequence[Score]) -> None:
    """Print what the marks mean, one line a reason and model."""
    places: dict[tuple[str, str], list[str]] = {}
    for score in scores:
        place = f"{score['model']}@{score['revision'] or score['training_step']}"
        for text in _reasons(score):
            places.setdefault((score["model"], text), []).append(place)
    for (_, text), named in places.items():
        distinct = list(dict.fromkeys(named))
        more = f" and {len(distinct) - 1} more" if len(distinct) > 1 else ""
        output.line(f"{MARK} {distinct[0]}{more}: {text}")


def _reasons(score: Score) -> list[str]:
    advisories = [
        f"{number} (`catalog advisories {score['model']}`)" for number in score["advisories"]
    ]
    findings = [f"finding {rule} (`catalog audit {score['model']}`)" for rule in score["findings"]]
    return [*advisories, *findings, *score["remarks"]]


def print_weights(scores: Sequence[Score]) -> None:
    """Print which weights scores are of, where that is known: a line each commit."""
    known = (score["weights"] for score in scores if score["weight_set"])
    for words in dict.fromkeys(known):
        output.line(f"measured on {words}")


def _task(score: Score) -> str:
    return f"{score['task']} ({score['prompt']})" if score["prompt"] else str(score["task"])


def _metric(score: Score) -> str:
    filtered = score["filter"] not in (None, "none")
    return f"{score['metric']},{score['filter']}" if filtered else str(score["metric"])


def _stderr(score: Score) -> str | None:
    return None if score["stderr"] is None else f"{score['stderr']:.4f}"


COLUMNS = (
    Column("task", cell=_task),
    Column("metric", cell=_metric),
    Column("value", cell=_value),
    Column("stderr", gives_way=2, cell=_stderr),
    Column("shots", cell=lambda score: None if score["shots"] is None else str(score["shots"])),
    Column("dtype", gives_way=3),
    Column("harness_version", "harness", gives_way=4),
    Column("commit", gives_way=5, cell=lambda score: (score["commit"] or "")[:8] or None),
    Column(
        "evaluated_at", "date", gives_way=6, cell=lambda s: (s["evaluated_at"] or "")[:10] or None
    ),
)
OF_CHECKPOINT = (
    Column("revision", cell=lambda s: s["revision"] or f"training step {s['training_step']}"),
    Column("tokens_seen", "tokens", gives_way=1),
)
OF_MODEL = (Column("model"),)
SEVERAL_METRICS = ("acc", "em")
"""Of a whole model only these are shown, unless more was asked for."""


def columns(scores: Sequence[Score]) -> tuple[Column, ...]:
    """Return the columns of a table: which checkpoint, and which model, where there are several."""
    if len({(score["model"], score["revision"], score["training_step"]) for score in scores}) == 1:
        return COLUMNS
    one_model = len({score["model"] for score in scores}) == 1
    return (*(() if one_model else OF_MODEL), *OF_CHECKPOINT, *COLUMNS)


def print_scores(
    scores: Sequence[Score],
    *,
    whole: bool,
    single: bool,
    every_metric: bool = False,
    more: str = "--task, --all",
    columns: Sequence[Column] = COLUMNS,
) -> None:
    """Print a table; sub-tasks of large groups are counted unless the whole was asked for.

    Args:
        scores: to print.
        whole: print sub-tasks too.
        single: they are all of one checkpoint.
        every_metric: of several too every metric, not only `SEVERAL_METRICS`.
        more: what to type to see the rest.
        columns: of the table.
    """
    grouped = [] if whole else [score for score in scores if score["task"].startswith(GROUPS)]
    shown = [score for score in scores if whole or not score["task"].startswith(GROUPS)]
    if not whole and not single and not every_metric:
        shown = [score for score in shown if score["metric"] in SEVERAL_METRICS]
    output.table(columns, shown)
    print_marks(shown)
    repeated = sum(score["runs"] > 1 for score in shown)
    if repeated:
        output.say(
            f"{repeated} of these were measured more than once: the newest are shown ({more})"
        )
    if grouped:
        tasks = {score["task"] for score in grouped}
        groups = [f"{group}*" for group in GROUPS if any(task.startswith(group) for task in tasks)]
        output.say(f"not shown: {len(grouped):,} scores of {', '.join(sorted(groups))} ({more})")
