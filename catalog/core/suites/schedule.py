"""From a save schedule, or a list of checkpoints, to the checkpoints of one model.

Only arithmetic and its contradictions; what the numbers mean is in `values.Checkpoint`.
"""

import re
from collections.abc import Callable, Iterator
from typing import NoReturn

from catalog.core import foreign
from catalog.core.limits import LARGEST
from catalog.core.suites.reading import Table
from catalog.core.suites.values import Checkpoint

_RANGE = re.compile(r"(\d+)\.\.(\d+)/(\d+)")
_FIELD = re.compile(r"\{(\w*)\}")
_FIELDS = ("step", "training_step", "tokens", "gigatokens")
MOST_STEPS = 20_000
"""Checkpoints of one model: those that were saved most often have 1,000."""

CHECKPOINT_KEYS = ("revision", "step", "training_step", "tokens")
SCHEDULE_KEYS = ("steps", "training_steps")


def steps(schedule: Table, key: str) -> tuple[int, ...]:
    """Return the steps of a schedule: integers and ranges "FIRST..LAST/EVERY", both ends in."""
    numbers: list[int] = []
    for item in schedule.items(key):
        for step in _expanded(schedule, key, item):
            if numbers and step <= numbers[-1]:
                schedule.fail(f"bad schedule, {step} after {numbers[-1]}", key, word=str(item))
            if len(numbers) == MOST_STEPS:
                schedule.fail(f"bad schedule, more than {MOST_STEPS:,} steps", key, word=str(item))
            numbers.append(step)
    if not numbers:
        schedule.fail(f"bad schedule, {key} has no steps", key)
    return tuple(numbers)


def _expanded(schedule: Table, key: str, item: object) -> range:
    def refuse(why: str) -> NoReturn:
        schedule.fail(f"bad schedule, {item!r} {why}", key, word=str(item))

    if isinstance(item, int) and not isinstance(item, bool):
        if not 0 <= item <= LARGEST:
            refuse("is not a step")
        return range(item, item + 1)
    match = _RANGE.fullmatch(item.replace("_", "")) if isinstance(item, str) else None
    if match is None:
        refuse('is neither a step nor a range such as "1000..143000/1000"')
    first, last, every = (int(number) for number in match.groups())
    if every < 1 or last < first or last > LARGEST or (last - first) % every:
        refuse("does not end on its last step")
    return range(first, last + 1, every)


def checkpoints(model: Table, schedule: Table | None) -> tuple[Checkpoint, ...]:
    """Return a model's checkpoints, in the order of its file.

    Args:
        model: with `checkpoints`, or with rates (tokens per step) and a revision label.
        schedule: the schedule that it names, None if it lists its checkpoints or has none.
    """
    if len(model.items("checkpoints")) > MOST_STEPS:
        model.fail(f"more than {MOST_STEPS:,} checkpoints", "checkpoints")
    listed = [_listed(model, row) for row in model.tables("checkpoints")]
    if listed and schedule is not None:
        model.fail("has both checkpoints and a save_schedule", "checkpoints")
    grid = listed if schedule is None else list(_scheduled(model, schedule))
    _refuse_twins(model, grid, "checkpoints" if schedule is None else "save_schedule")
    return tuple(grid)


def _scheduled(model: Table, schedule: Table) -> Iterator[Checkpoint]:
    schedule.only(SCHEDULE_KEYS, "a save schedule")
    kinds = [key for key in SCHEDULE_KEYS if key in schedule.values]
    if len(kinds) != 1:
        schedule.fail("needs either steps or training_steps")
    published = kinds == ["steps"]
    label = _labeller(model)
    for number in steps(schedule, kinds[0]):
        numbers = (number, None) if published else (None, number)
        bare = _completed(model, "save_schedule", Checkpoint(*numbers))
        yield Checkpoint(bare.published_step, bare.training_step, bare.tokens_seen, label(bare))


def _listed(model: Table, row: Table) -> Checkpoint:
    row.only(CHECKPOINT_KEYS, "a checkpoint")
    stated = Checkpoint(
        row.whole("step", least=0),
        row.whole("training_step", least=0),
        row.whole("tokens", least=0),
        _branch(row, "revision", row.text("revision", longest=120)),
    )
    if stated == Checkpoint():
        row.fail("an empty checkpoint")
    return _completed(model, "checkpoints", stated, row)


def _completed(model: Table, key: str, stated: Checkpoint, row: Table | None = None) -> Checkpoint:
    """Work out what the rates imply, and refuse numbers that do not fit each other."""
    per_published = model.whole("tokens_per_published_step")
    per_training = model.whole("tokens_per_training_step")
    tokens = stated.tokens_seen
    for step, rate in (
        (stated.published_step, per_published),
        (stated.training_step, per_training),
    ):
        if step is None or rate is None:
            continue
        if tokens is not None and tokens != step * rate:
            message = f"tokens do not fit, {step} steps of {rate} are {step * rate}, not {tokens}"
            row.fail(message, "tokens") if row else model.fail(message, key)
        tokens = step * rate
    training = stated.training_step
    if tokens is not None and per_training and training is None:
        training, rest = divmod(tokens, per_training)
        if rest:
            message = f"tokens do not fit, {tokens} are no whole steps of {per_training}"
            (row or model).fail(message, None if row else key)
    if tokens is not None and tokens > LARGEST:
        (row or model).fail("tokens do not fit into 64 bits", None if row else key)
    return Checkpoint(stated.published_step, training, tokens, stated.revision)


def _branch(table: Table, key: str, text: str | None) -> str | None:
    """Return the name of a branch, which may become that of a folder; refuse what git would not."""
    try:
        return None if text is None else foreign.revision(text)
    except foreign.ForeignError as error:
        table.fail(f"{key}: {error}", key)


def _labeller(model: Table) -> Callable[[Checkpoint], str | None]:
    """Return the function that writes the revision label of a checkpoint."""
    template = model.text("revision_label", longest=100)
    if template is None:
        return lambda _: None
    wanted = _FIELD.findall(template)
    if set(wanted) - set(_FIELDS) or _FIELD.sub("", template).strip("{}") != _FIELD.sub(
        "", template
    ):
        known = ", ".join(f"{{{name}}}" for name in _FIELDS)
        model.fail(f"revision_label may use {known}", "revision_label")
    _branch(model, "revision_label", _FIELD.sub("0", template))

    def label(at: Checkpoint) -> str:
        tokens = at.tokens_seen
        billions = None if tokens is None else -(-tokens // 10**9)
        numbers = dict(
            zip(_FIELDS, (at.published_step, at.training_step, tokens, billions), strict=True)
        )
        unknown = [name for name in wanted if numbers[name] is None]
        if unknown:
            model.fail(f"revision_label needs {{{unknown[0]}}}, not known here", "revision_label")
        return _FIELD.sub(lambda match: str(numbers[match[1]]), template)

    return label


def _refuse_twins(model: Table, grid: list[Checkpoint], key: str) -> None:
    for attribute in ("revision", "published_step", "training_step", "tokens_seen"):
        seen: set[object] = set()
        for checkpoint in grid:
            value = getattr(checkpoint, attribute)
            if value is not None and value in seen:
                where = (
                    "revision_label" if attribute == "revision" and key != "checkpoints" else key
                )
                model.fail(f"two checkpoints with {attribute} {value!r}", where, word=str(value))
            seen.add(value)
