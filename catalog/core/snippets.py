"""Code that loads the right weights of a checkpoint, ready to be copied: one text a library.

Each is what the library itself documents, in the version that is named beside it; the tests run it.
What is called with what is decided in `catalog.core.loadargs`. Nothing here runs anything.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from catalog.core import loadargs
from catalog.core.loadargs import LIBRARIES, LoadArgs
from catalog.errors import BadInput, one_line

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_")
_TASK = "lambada_openai"
"""Every task would do; this one is in the papers of most suites."""
_WIDTH = 80
IN_A_SHELL = "in a shell, first: "


def code(args: LoadArgs, library: str) -> str:
    """Return the code, its lines ended.

    Raises:
        BadInput: no such library.
    """
    if library not in _BODIES:
        raise BadInput(f"no code for {library!r}", f"one of {', '.join(LIBRARIES)}")
    lines = [f"# {_title(args)}", *_comment(args.source.note or "")]
    if not args.is_observed and args.source.note is None:
        model = args.source.name.rpartition("@")[0]
        lines.append(f"# not observed yet: `catalog sync {model}`")
    if first := before(args, library):
        # A shell runs it; Python is told of it.
        lines.append(first if library in _IN_SHELL else f"# {IN_A_SHELL}{first}")
    body = _BODIES[library](args)
    return "\n".join([*map(one_line, lines), *body]) + "\n"


def before(args: LoadArgs, library: str) -> str | None:
    """Return what is to be typed in a shell first, None where nothing is."""
    return pull(args) if args.needs_folder(library) else None


def pull(args: LoadArgs) -> str:
    """Return the command that leaves the right weights in a folder."""
    pinned = [] if args.source.commit is None else ["--commit", args.source.commit]
    return _words(["catalog", "pull", args.ref, *pinned, "--to", args.folder])


def _comment(text: str) -> list[str]:
    """Return a remark as lines of code."""
    import textwrap  # noqa: PLC0415 - for code alone

    return [f"# {line}" for line in textwrap.wrap(one_line(text), _WIDTH - 2)]


def _title(args: LoadArgs) -> str:
    source = args.source
    seen = "" if source.tokens_seen is None else f", {source.tokens_seen:,} tokens"
    held = "" if source.weight_set is None else f": {source.weight_set}"
    return f"{source.name}{seen}{held}"


# Python ----------------------------------------------------------------------------------------


class _Variable(str):
    """A value that the code itself has a name for."""

    __slots__ = ()


def _call(target: str, function: str, given: Mapping[str, Any], *, branch: str = "") -> list[str]:
    """Return a call, an argument a line where one line is too long; the first by its place."""
    first, *rest = given.items()
    listed = [_python(first[1]), *(f"{key}={_python(value)}" for key, value in rest)]
    alone = f"{target} = {function}({', '.join(listed)})"
    if len(alone) <= _WIDTH:
        return [alone]
    named = [f"    {key}={_python(value)},{_named(key, value, branch)}" for key, value in rest]
    return [f"{target} = {function}(", f"    {_python(first[1])},", *named, ")"]


def _named(key: str, value: object, branch: str) -> str:
    """Return a remark that says which branch a commit was."""
    return f"  # {branch}" if key in ("revision", "commit") and branch and value != branch else ""


def _python(value: object) -> str:
    if isinstance(value, _Variable):
        return str(value)
    return json.dumps(value, ensure_ascii=True) if isinstance(value, str) else repr(value)


def _network(args: LoadArgs, library: str, target: str) -> list[str]:
    given = args.of(library)
    branch = one_line(args.source.branch)
    tokenizer = {key: value for key, value in given.items() if key != "use_safetensors"}
    return [
        "from transformers import AutoModelForCausalLM, AutoTokenizer",
        "",
        *_call(target, "AutoModelForCausalLM.from_pretrained", given, branch=branch),
        *_call("tokenizer", "AutoTokenizer.from_pretrained", tokenizer, branch=branch),
    ]


def _transformers(args: LoadArgs) -> list[str]:
    """Library transformers 5.24."""
    return _network(args, loadargs.TRANSFORMERS, "model")


def _transformer_lens(args: LoadArgs) -> list[str]:
    """TransformerLens 4.3, and 3 with it.

    Never `checkpoint_value`: with it, up to version 3 `HookedTransformer` loads the branch itself
    and drops the network that it was given.
    """
    given = {
        "name": args.of(loadargs.LENS)["pretrained_model_name_or_path"],
        "hf_model": _Variable("hf_model"),
        "tokenizer": _Variable("tokenizer"),
    }
    return [
        "from transformer_lens.model_bridge import TransformerBridge",
        *_network(args, loadargs.LENS, "hf_model"),
        *_call("model", "TransformerBridge.boot_transformers", given),
    ]


def _vllm(args: LoadArgs) -> list[str]:
    """vLLM, as its `LLM` and `EngineArgs` take it."""
    branch = one_line(args.source.branch)
    call = _call("llm", "LLM", args.of(loadargs.VLLM), branch=branch)
    return ["from vllm import LLM", "", *call]


def _nnsight(args: LoadArgs) -> list[str]:
    """Library nnsight 0.8."""
    given = args.of(loadargs.NNSIGHT) | {"dispatch": True}
    branch = one_line(args.source.branch)
    return [
        "from nnsight import LanguageModel",
        "",
        *_call("model", "LanguageModel", given, branch=branch),
    ]


def _catalog(args: LoadArgs) -> list[str]:
    """This catalog: what is loaded is compared first."""
    return ["import catalog", "", *_call("model", "catalog.load", args.of(loadargs.CATALOG))]


# A shell ---------------------------------------------------------------------------------------


def _words(words: list[str]) -> str:
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """Return a word as a shell reads it; `shlex` costs a question at the prompt too much."""
    if word and _PLAIN.issuperset(word):
        return word
    return "'" + word.replace("'", "'\"'\"'") + "'"


def _lm_eval(args: LoadArgs) -> list[str]:
    """The harness, lm-eval 0.4.13."""
    listed = ",".join(f"{key}={value}" for key, value in args.of(loadargs.LM_EVAL).items())
    return [f"lm_eval --model hf --model_args {_quoted(listed)} --tasks {_TASK}"]


def _hf(args: LoadArgs) -> list[str]:
    """The command of huggingface_hub 2.4: files by name, so that no other weights come too."""
    given = args.of(loadargs.HF)
    if not given:
        return []
    lines = [_words(["hf", "download", given["repo_id"], "--revision", given["revision"]])]
    lines += [_words(["--include", path]) for path in given.get("allow_patterns", ())]
    lines.append(_words(["--local-dir", given["local_dir"]]))
    return [
        ("  " if number else "") + line + (" \\" if number < len(lines) - 1 else "")
        for number, line in enumerate(lines)
    ]


_BODIES: dict[str, Callable[[LoadArgs], list[str]]] = {
    loadargs.TRANSFORMERS: _transformers,
    loadargs.LENS: _transformer_lens,
    loadargs.VLLM: _vllm,
    loadargs.LM_EVAL: _lm_eval,
    loadargs.NNSIGHT: _nnsight,
    loadargs.HF: _hf,
    loadargs.CATALOG: _catalog,
}
_IN_SHELL = (loadargs.LM_EVAL, loadargs.HF)
