"""Which loader a call is, where its name, its module or its arguments say so."""

import ast
from collections.abc import Iterator

from catalog.core.mentions import loading
from catalog.core.mentions.syntax.scopes import Names, called_name, full_name
from catalog.core.mentions.syntax.values import Evaluator, Untold
from catalog.core.mentions.values import Loader

_OF_A_FILE = frozenset(
    ("hf_hub_download", "hf_hub_url", "cached_file", "cached_path", "try_to_load_from_cache")
)
_OF_FILES = frozenset(("snapshot_download",))
_ENGINES = frozenset(("LLM", "AsyncLLM", "EngineArgs", "AsyncEngineArgs", "LLMEngine"))
_LENSES = ("HookedTransformer", "HookedSAETransformer", "TransformerBridge")
_TORCH_FORMATS = frozenset(("pt", "bin", "npcache"))


def of(node: ast.Call, evaluator: Evaluator) -> Loader | None:
    """Return the loader that a call says, None where it says none.

    Raises:
        loading.NoWeights: it asks for a file that holds none.
    """
    name = called_name(node)
    if name in _OF_A_FILE:
        return _of_a_file(node, evaluator)
    if name in _OF_FILES:
        allowed = (*_texts(node, evaluator, "allow_patterns"), *_texts(node, evaluator, "filename"))
        return loading.of_patterns(allowed, _texts(node, evaluator, "ignore_patterns"))
    if _value(node, evaluator, "use_safetensors") is False:
        return loading.NO_SAFETENSORS
    if _is_of_vllm(node, name, evaluator):
        says = _value(node, evaluator, "load_format")
        if says in _TORCH_FORMATS:
            return Loader("transformers-bin", f"vLLM, load_format={says}")
        return loading.VLLM
    whole = full_name(node.func)
    return loading.LENS if any(lens in whole for lens in _LENSES) else None


def around(node: ast.AST, names: Names, evaluator: Evaluator) -> Loader | None:
    """Return the loader that a call says beside an argument: `model="vllm", model_args=…`."""
    holder = names.parent.get(node)
    call = names.parent.get(holder) if isinstance(holder, ast.keyword) else holder
    if not isinstance(call, ast.Call):
        return None
    for each in call.keywords:
        if each.arg and each.value is not node:
            said = loading.of_setting(each.arg, str(_only(each.value, evaluator)))
            if said is not None:
                return said
    return None


def _is_of_vllm(node: ast.Call, name: str, evaluator: Evaluator) -> bool:
    imported = evaluator.names.imported
    if name not in _ENGINES:
        return False
    first = full_name(node.func).partition(".")[0]
    module = imported.get(first, "")
    return module.partition(".")[0] == "vllm" or (first == name and "vllm" in imported.values())


def _of_a_file(node: ast.Call, evaluator: Evaluator) -> Loader | None:
    """Return what reads the file that a call asks for; one that nobody can tell may be any."""
    given = next((k.value for k in node.keywords if k.arg in ("filename", "file")), None)
    if given is None and len(node.args) > 1:
        given = node.args[1]
    files = list(_known(given, evaluator)) if given is not None else []
    weights = [file for file in files if loading.WEIGHTS.search(file)]
    if files and not weights:
        raise loading.NoWeights
    return loading.of_file(weights[0]) if weights else None


def _texts(node: ast.Call, evaluator: Evaluator, keyword: str) -> tuple[str, ...]:
    given = next((k.value for k in node.keywords if k.arg == keyword), None)
    return tuple(_known(given, evaluator)) if given is not None else ()


def _known(node: ast.expr, evaluator: Evaluator) -> Iterator[str]:
    """Yield the texts that an expression may be, or holds."""
    try:
        may_be = evaluator.may_be(node)
    except Untold:
        return
    for may in may_be:
        values = may.value if isinstance(may.value, tuple) else (may.value,)
        yield from (value for value in values if isinstance(value, str))


def _value(node: ast.Call, evaluator: Evaluator, keyword: str) -> object:
    """Return what a keyword is, in the call or in a dict that it is given; None for unknown."""
    for each in node.keywords:
        if each.arg == keyword:
            return _only(each.value, evaluator)
        if each.arg is None or each.arg == "model_kwargs":
            held = _only(each.value, evaluator)
            if isinstance(held, dict) and keyword in held:
                return held[keyword]
    return None


def _only(node: ast.expr, evaluator: Evaluator) -> object:
    """Return the one value that an expression has, None where it has several or nobody knows."""
    try:
        values = [may.value for may in evaluator.may_be(node)]
    except Untold:
        return None
    return values[0] if len({repr(value) for value in values}) == 1 else None
