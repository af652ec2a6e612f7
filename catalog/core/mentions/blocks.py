"""Configurations by lines: YAML and TOML, and JSON that is too large to parse.

A revision belongs to a name if it stands in the same entry: in keys of the same indentation with
nothing less indented between. Scalars and lists of scalars are read; anchors, templates and
includes are not followed.
"""

import re
from collections.abc import Iterator, Sequence

from catalog.core.mentions import loading, shell, workflows
from catalog.core.mentions.lines import Entries, Entry
from catalog.core.mentions.names import Recogniser
from catalog.core.mentions.text import in_command
from catalog.core.mentions.values import Loader, Mention, Named, Way

FARTHEST = 400
"""Lines between a name and what stands in the same entry, or the key of its list."""
REVISIONS = frozenset(
    ("revision", "revisions", "model_revision", "revision_of_model", "hf_revision", "branch",
     "step", "steps",
     "checkpoint", "checkpoints", "checkpoint_step", "checkpoint_steps", "checkpoint_value",
     "ckpt", "ckpt_step",
     "pythia_step", "training_step", "training_steps_at")
)  # fmt: skip
"""Keys whose value is a revision where it is a step, `main` or a commit."""
EXACT = frozenset(
    ("revision", "revisions", "model_revision", "revision_of_model", "hf_revision", "branch")
)
"""Those whose value is a revision whatever it is."""
SKIPPED = frozenset(
    ("output", "output_dir", "output_path", "cache_dir", "results", "results_dir", "save_path",
     "run_name", "title", "label", "description", "help", "tokenizer", "tokenizer_name", "project",
     "log_dir", "wandb_name", "model_name_sanitized", "caption", "comment", "notes", "tags",
     "tokenizer_name_or_path", "filename", "legend")
)  # fmt: skip
"""Keys whose value names no weights to be loaded."""
_REFERENCE = re.compile(r"\$\{\.(?P<key>\w+)\}")
_HOLDING = frozenset(("value", "values", "choices"))
"""Keys that hold the values of the key above them."""
_REVISION = re.compile(r"(?:step)?\d{1,7}|main|[0-9a-f]{40}|step[-_]\d{1,7}", re.IGNORECASE)


def revision_of(key: str, value: object) -> str | None:
    """Return the revision that a value is under a key, None where it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int) or key not in REVISIONS:
        return None
    text = str(value).strip()
    if key in EXACT:
        return text or None
    if not _REVISION.fullmatch(text):
        return None
    return f"step{int(text)}" if text.isdigit() else text


def mentions(text: str, names: Recogniser, *, first: int = 1) -> Iterator[Mention]:
    """Yield what the entries of a configuration name, and the scripts within it."""
    entries = Entries(text, first)
    naming = {first + line for line in names.lines(text)}
    if not naming:
        return
    known, used = workflows.variables(text), set[str]()
    for script in workflows.scripts(text):
        start = first + script.first
        within = list(shell.mentions(script.text, names, first=start, given=known))
        yield from within
        naming -= set(range(start, start + script.lines))
        used |= {name for name in known if within and re.search(rf"\$\{{?{name}\b", script.text)}
    for place, (number, _) in enumerate(entries.lines):
        if number not in naming or entries[place].key in used:
            continue
        values = [_filled(entries, place, value) for value in entries[place].values]
        said = [value for value in values if names.may_mention(value.encode(errors="replace"))]
        if said and _own_key(entries, place) not in SKIPPED:
            for value in said:
                yield from _of_value(entries, place, value, names)


def _of_value(
    entries: Sequence[Entry], place: int, value: str, names: Recogniser
) -> Iterator[Mention]:
    """Yield what one value names: it is a name, or a command or an entry in braces that has one."""
    number = entries[place].number
    alone = names.alone(value)
    if value.startswith("{"):
        yield from _of_flow(value, number, names)
    elif alone is None:
        if _is_command(value):
            yield from _of_command(entries, place, value, names)
    elif alone.step:
        yield Mention(number, (Named(alone.text, f"step{alone.step}"),), Way.PATTERN)
    else:
        revisions, untold = _beside(entries, place)
        named = tuple(Named(alone.text, revision) for revision in revisions or (None,))
        loader = _loader_beside(entries, place)
        yield Mention(number, named, Way.PATTERN, untold, loader=loader)


def _of_command(
    entries: Sequence[Entry], place: int, value: str, names: Recogniser
) -> Iterator[Mention]:
    """Yield what a command names; what it leaves open, the entries beside it may say."""
    loader = _loader_beside(entries, place)
    revisions, untold = _beside(entries, place)
    for mention in in_command(value, entries[place].number, names):
        named = mention.named
        if mention.untold is None and all(each.revision is None for each in named):
            named = tuple(n._replace(revision=r) for n in named for r in revisions or (None,))
            mention = mention._replace(named=named, untold=untold)  # noqa: PLW2901 - as the entry has it
        yield mention._replace(loader=mention.loader or loader)


def _of_flow(value: str, number: int, names: Recogniser) -> Iterator[Mention]:
    """Yield what an entry in braces names: `{model: …, revision: …}`."""
    parts = [part.partition(":" if ":" in part else "=") for part in value.strip("{}").split(",")]
    keyed = {key.strip().strip("\"'").lower(): said.strip().strip("\"'") for key, _, said in parts}
    revisions = [r for key, said in keyed.items() if (r := revision_of(key, said))]
    for key, said in keyed.items():
        if key not in SKIPPED and key not in REVISIONS and (alone := names.alone(said)):
            named = tuple(Named(alone.text, revision) for revision in revisions or (None,))
            yield Mention(number, named, Way.PATTERN)


def _is_command(value: str) -> bool:
    return any(
        sign in value
        for sign in ("pretrained=", "--", "@", "://", "huggingface.co", "{", "revision")
    )


def _own_key(entries: Sequence[Entry], place: int) -> str | None:
    """Return the key of an entry; of an item of a list, that of the list."""
    entry = entries[place]
    if entry.key is not None:
        return entry.key.lower()
    for before in (entries[number] for number in range(place - 1, max(place - FARTHEST, -1), -1)):
        if before.key is not None and before.indent <= entry.indent and not before.values:
            return before.key.lower()
    return None


def _beside(entries: Sequence[Entry], place: int) -> tuple[list[str], str | None]:
    """Return the revisions that stand in the same entry as a name, or why they cannot be told."""
    place = _keyed(entries, place)
    revisions: list[str] = []
    for number in _siblings(entries, place, entries[place].indent):
        other = entries[number]
        key = (other.key or "").lower()
        if key not in REVISIONS:
            continue
        stated = other.values or _items(entries, number) or _inner(entries, number)
        values = [_filled(entries, number, value) for value in stated]
        if any(re.search(r"[${]", value) for value in values):
            return [], f"the revision comes from {values[0]}"
        revisions += [r for value in values if (r := revision_of(key, value))]
    return list(dict.fromkeys(revisions)), None


def _filled(entries: Sequence[Entry], place: int, value: str) -> str:
    """Return a value with what its own entry has for its references: `pythia-${.size}`."""
    if "${." not in value:
        return value
    place = _keyed(entries, place)
    beside = {
        entries[n].key: entries[n].values[0]
        for n in _siblings(entries, place, entries[place].indent)
        if len(entries[n].values) == 1
    }
    return _REFERENCE.sub(lambda match: beside.get(match["key"], match[0]), value)


def _keyed(entries: Sequence[Entry], place: int) -> int:
    """Return the place whose neighbours speak of a name: of an item of a list, that of the list.

    Of `model: {values: […]}`, as sweeps have it, it is that of `model`.
    """
    above = range(place - 1, max(place - FARTHEST, -1), -1)
    if entries[place].key is None:
        place = next((n for n in above if entries[n].key is not None), place)
        above = range(place - 1, max(place - FARTHEST, -1), -1)
    if entries[place].key not in _HOLDING:
        return place
    indent = entries[place].indent
    return next(
        (n for n in above if entries[n].key is not None and entries[n].indent < indent), place
    )


def _loader_beside(entries: Sequence[Entry], place: int) -> Loader | None:
    """Return the loader that stands in the same entry as a name, None where none does."""
    place = _keyed(entries, place)
    for number in _siblings(entries, place, entries[place].indent):
        other = entries[number]
        for value in other.values[:1]:
            if said := loading.of_setting((other.key or "").lower(), value):
                return said
    return None


def _siblings(entries: Sequence[Entry], place: int, indent: int) -> Iterator[int]:
    """Yield the entries of the same block: both ways, until something less indented."""
    if not entries[place].is_item or entries[place].key is None:
        for number in range(place - 1, max(place - FARTHEST, -1), -1):
            if entries[number].indent < indent:
                break
            if entries[number].indent == indent:
                yield number
                if entries[number].is_item:
                    break
    for number in range(place + 1, min(place + FARTHEST, len(entries))):
        starts = entries[number].is_item and entries[number].key is not None
        if entries[number].indent < indent or (starts and entries[number].indent <= indent):
            break
        if entries[number].indent == indent:
            yield number


def _inner(entries: Sequence[Entry], place: int) -> tuple[str, ...]:
    """Return the values below a key: `revision: {values: […]}`, `checkpoint: {revision: …}`."""
    indent = entries[place].indent
    for number in range(place + 1, min(place + FARTHEST, len(entries))):
        entry = entries[number]
        if entry.indent <= indent:
            break
        if entry.key in _HOLDING or entry.key in REVISIONS:
            return entry.values or _items(entries, number)
    return ()


def _items(entries: Sequence[Entry], place: int) -> tuple[str, ...]:
    """Return the items of the list that a key begins."""
    values: list[str] = []
    for entry in entries[place + 1 : place + FARTHEST]:
        if entry.key is not None or not entry.is_item:
            break
        values += [value for value in entry.values if not value.startswith("{")]
    return tuple(values)
