"""Entries of lists and dicts that put a model and its revision side by side.

`{"model": "…", "revision": "…"}`, `("…", "step1000")`, and `["--model", "…", "--revision", "…"]`.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from catalog.core.mentions import loading
from catalog.core.mentions.blocks import REVISIONS, SKIPPED, revision_of
from catalog.core.mentions.names import Recogniser
from catalog.core.mentions.syntax.quiet import text_of
from catalog.core.mentions.syntax.values import Evaluator, May, Untold, together
from catalog.core.mentions.text import in_command
from catalog.core.mentions.values import Loader, Mention, Named, Way, gathered

_ROW = 6
"""Words of a row that has a model, a revision, and what was measured."""
_MOST_COMMANDS = 4_000
"""What one list of words may become with the values of its variables."""
Found = tuple[Mention, frozenset[int]]


def of(
    node: ast.Dict | ast.List | ast.Tuple, evaluator: Evaluator, names: Recogniser, taken: set[int]
) -> Iterator[Found]:
    """Yield what one entry names, with the constants that it is made of."""
    if isinstance(node, ast.Dict):
        yield from _of_dict(node, evaluator, names, taken)
    elif any(_is_flag(part) for part in node.elts):
        yield from _of_command(node, evaluator, names)
    else:
        yield from _of_pair(node, evaluator, names, taken)


def _of_dict(
    node: ast.Dict, evaluator: Evaluator, names: Recogniser, taken: set[int]
) -> Iterator[Found]:
    yield from _of_keys(node, evaluator, names)
    keyed = {text_of(k): v for k, v in zip(node.keys, node.values, strict=True) if text_of(k)}
    for key, value in keyed.items():
        if key.lower() in SKIPPED or key.lower() in REVISIONS:
            continue
        models = [may for may in _known(evaluator, value) if _is_free(may, names, taken)]
        if not models:
            continue
        beside = next(((k, v) for k, v in keyed.items() if k.lower() in REVISIONS), None)
        if beside is None:
            continue
        named, origins, untold = _joined(evaluator, models, beside[0].lower(), beside[1], names)
        if named:
            loader = _loader_beside(keyed)
            yield Mention(value.lineno, tuple(named), Way.SYNTAX, untold, loader=loader), origins


def _of_keys(node: ast.Dict, evaluator: Evaluator, names: Recogniser) -> Iterator[Found]:
    """Yield what names keys that have their revisions as values: `{"…": ["step1000", …]}`."""
    for key, value in zip(node.keys, node.values, strict=True):
        alone = names.alone(text_of(key)) if key is not None else None
        if key is None or alone is None or isinstance(value, ast.Dict):
            continue
        is_list = isinstance(value, ast.List | ast.Tuple | ast.Set | ast.ListComp)
        said = _listed(evaluator, value) if is_list else _known(evaluator, value)
        branches = _branches(said)
        if branches and len(branches) == len(said):
            named = tuple(Named(alone.text, branch) for branch in branches)
            yield Mention(key.lineno, named, Way.SYNTAX), frozenset({id(key)})


def _loader_beside(keyed: Mapping[str, ast.expr]) -> Loader | None:
    """Return the loader that an entry says beside a model's name, None where it says none."""
    for key, value in keyed.items():
        said = value.id if isinstance(value, ast.Name) else getattr(value, "value", None)
        if (loader := loading.of_setting(key.lower(), str(said))) is not None:
            return loader
    return None


def _joined(
    evaluator: Evaluator, models: Sequence[May], key: str, value: ast.expr, names: Recogniser
) -> tuple[dict[Named, None], frozenset[int], str | None]:
    """Return models with the revisions beside them: one, or a list of them."""
    origins = frozenset[int]().union(*(may.origins for may in models))
    untold = None
    try:
        may_be = (
            evaluator.items(value)
            if isinstance(value, ast.List | ast.Tuple | ast.ListComp)
            else evaluator.may_be(value)
        )
    except Untold as why:
        may_be, untold = [], f"the revision: {why}"
    named: dict[Named, None] = {}
    for model in models:
        alone = names.alone(model.value)
        if alone is None:
            continue
        attached = alone.step and f"step{int(alone.step)}"
        pairs = [
            Named(alone.text, revision_of(key, each.value))
            for each in may_be
            if together(model, each) is not None
        ]
        named |= dict.fromkeys(pairs or [Named(alone.text, attached)])
    return named, origins, untold


def _of_command(
    node: ast.List | ast.Tuple, evaluator: Evaluator, names: Recogniser
) -> Iterator[Found]:
    """Yield what a command names that is written as a list of its words."""
    made = [May("")]
    for part in node.elts:
        try:
            may_be = evaluator.may_be(part)
        except Untold:
            may_be = [May(f"${{{ast.unparse(part)[:40]}}}")]
        pairs = (together(before, after) for before in made for after in may_be)
        joined = (pair._replace(value=" ".join(map(str, pair.value))) for pair in pairs if pair)
        made = list(islice(joined, _MOST_COMMANDS))
    mentions: list[Mention] = []
    origins: frozenset[int] = frozenset()
    line = made[0].sites[0].lineno if made and made[0].sites else node.lineno
    for may in made:
        said = [m._replace(way=Way.SYNTAX) for m in in_command(may.value, line, names)]
        mentions += said
        origins |= may.origins if said else frozenset()
    for mention in gathered(mentions):
        yield mention, origins


def _of_pair(
    node: ast.List | ast.Tuple, evaluator: Evaluator, names: Recogniser, taken: set[int]
) -> Iterator[Found]:
    """Yield a name and a step that stand side by side: one of each, and few words more."""
    if not 1 < len(node.elts) <= _ROW or isinstance(node.elts[0], ast.List):
        return
    lists = [part for part in node.elts if isinstance(part, ast.List | ast.Tuple)]
    said = [may for part in node.elts if part not in lists for may in _known(evaluator, part)[:1]]
    models = [may for may in said if _is_free(may, names, taken)]
    revisions = _branches(may for may in said if may not in models)
    if len(models) != 1 or len(revisions) > 1:
        return
    if not revisions and len(lists) == 1:
        revisions = _branches(_listed(evaluator, lists[0]))
    alone = names.alone(models[0].value)
    if alone and revisions:
        named = tuple(Named(alone.text, revision) for revision in revisions)
        files = [may.value for may in said if loading.WEIGHTS.search(str(may.value))]
        loader = loading.of_file(files[0]) if files else None
        yield Mention(node.lineno, named, Way.SYNTAX, loader=loader), models[0].origins


def _branches(mays: Iterable[May]) -> list[str]:
    """Return those of some values that are a branch's name: `step1000`, and no bare number."""
    texts = [may.value for may in mays if isinstance(may.value, str) and not may.value.isdigit()]
    return [branch for text in texts if (branch := revision_of("checkpoint", text))]


def _listed(evaluator: Evaluator, node: ast.expr) -> list[May]:
    try:
        return evaluator.items(node)
    except Untold:
        return []


def _known(evaluator: Evaluator, node: ast.expr) -> list[May]:
    try:
        return evaluator.may_be(node)
    except Untold:
        return []


def _is_free(may: May, names: Recogniser, taken: set[int]) -> bool:
    is_taken = bool(may.origins) and may.origins <= taken
    return isinstance(may.value, str) and not is_taken and names.is_model(may.value)


def _is_flag(node: ast.expr) -> bool:
    return text_of(node).startswith("--")
