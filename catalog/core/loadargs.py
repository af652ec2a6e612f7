"""What to hand to each library so that it loads the right weights of a checkpoint: plain data.

A library that takes the right weight set of a branch by itself, or by an argument, is given the
repository at a commit; one that would take another set is given a folder that `catalog pull`
leaves. Which set is right is judged in `catalog.core.branches`, which one a loader takes in
`catalog.core.loaders`; the code that is typed is in `catalog.core.snippets`.
"""

from collections.abc import Collection, Mapping
from typing import Any

from catalog.core import loaders
from catalog.core.tuples import NamedTuple
from catalog.core.weightsets import (
    BIN,
    BIN_SHARDED,
    CONFIG,
    SAFETENSORS,
    SAFETENSORS_SHARDED,
    is_index,
)

TRANSFORMERS, LENS, VLLM, LM_EVAL = "transformers", "transformer-lens", "vllm", "lm-eval"
NNSIGHT, HF, CATALOG = "nnsight", "hf", "catalog"
LIBRARIES = (TRANSFORMERS, LENS, VLLM, LM_EVAL, NNSIGHT, HF, CATALOG)

# What transformers 5.23 reads beside the weights (utils/__init__.py, models/auto, tokenizers).
BESIDE = (
    CONFIG,
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "tokenizer.model",
    "spiece.model",
    "chat_template.jinja",
    "chat_template.json",
)
# The same in few patterns, for who does not know which of them there are.
_PATTERNS = (
    CONFIG,
    "generation_config.json",
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.*",
    "merges.txt",
    "*.py",
)
# What a config's `auto_map` names; kept beside it, and never run here.
_CODE = ".py"
_IN_SAFETENSORS = (SAFETENSORS, SAFETENSORS_SHARDED)
_IN_BIN = (BIN, BIN_SHARDED)


def with_others(name: str, files: Collection[str], there: Collection[str]) -> set[str]:
    """Return the paths of a weight set, and of what a loader reads beside it.

    >>> sorted(with_others("w.bin", ["w.bin"], ["README.md", "config.json", "w.bin"]))
    ['config.json', 'w.bin']

    Args:
        name: of the set.
        files: its weight files.
        there: every path of the branch.
    """
    held = set(there)
    code = {path for path in held if path.endswith(_CODE) and "/" not in path}
    return {*files, *({name} & held), *code, *(held.intersection(BESIDE))}


class Source(NamedTuple):
    """Which weights of which branch are meant.

    Attributes:
        name: `MODEL@REVISION`, or with the repository's name where no model is known.
        repo_id: where they are published.
        branch: the branch, or a tag.
        commit: what it pointed at, None where nobody looked.
        tokens_seen: tokens of the checkpoint, None where nobody knows.
        weight_set: the right set, None where nobody looked.
        layout: how its files are laid out, None with it.
        indexed: no sharded set, or one whose index is there.
        files: what to download, set and all; empty where not all of it is known.
        asked_set: the set that was asked for by name.
        loads: the set that each loader takes, by the loader's key.
        note: why it is not what was asked for, or not certain; None where there is nothing to say.
    """

    name: str
    repo_id: str
    branch: str
    commit: str | None = None
    tokens_seen: int | None = None
    weight_set: str | None = None
    layout: str | None = None
    indexed: bool = True
    files: tuple[str, ...] = ()
    asked_set: str | None = None
    loads: Mapping[str, str | None] = {}
    note: str | None = None


class LoadArgs(NamedTuple):
    """What each library is to be called with.

    Attributes:
        source: the weights.
    """

    source: Source

    @property
    def revision(self) -> str:
        """What to ask the Hub for: the commit, or the branch where nobody looked."""
        return self.source.commit or self.source.branch

    @property
    def is_observed(self) -> bool:
        """Whether somebody looked at the branch; else nobody vouches for what it holds."""
        return self.source.weight_set is not None

    @property
    def ref(self) -> str:
        """What the catalog's own commands are to be asked for."""
        asked = self.source.asked_set
        return f"{self.source.name}#{asked}" if asked else self.source.name

    @property
    def folder(self) -> str:
        """Where to keep it, beside others: `./MODEL-REVISION`."""
        model, _, revision = self.source.name.rpartition("@")
        return f"./{model.rpartition('/')[2]}-{revision.replace('/', '-')}"

    @property
    def _use_safetensors(self) -> bool | None:
        """What makes transformers take the right set; None where nothing does."""
        source = self.source
        if not source.indexed:
            return None
        if source.layout in _IN_SAFETENSORS and self._is_taken_by(loaders.DEFAULT):
            return True
        in_bin = source.layout in _IN_BIN and self._is_taken_by("transformers-bin")
        return False if in_bin else None

    def _is_taken_by(self, loader: str) -> bool:
        return self.source.loads.get(loader) == self.source.weight_set

    def needs_folder(self, library: str) -> bool:
        """Return whether a library takes the right weights from a pulled folder only."""
        if not self.is_observed or library == CATALOG:
            return False
        if library == HF:
            return not self.source.indexed
        if library == VLLM:
            return not (self.source.indexed and self._is_taken_by("vllm"))
        return self._use_safetensors is None

    def of(self, library: str) -> dict[str, Any]:
        """Return the arguments of a library's call, by name.

        Of `AutoModelForCausalLM.from_pretrained` for transformers, `LLM` for vLLM, `HFLM` for
        lm-eval (its `--model_args`), `LanguageModel` for nnsight, `snapshot_download` for hf,
        `catalog.load` for catalog; for TransformerLens those of transformers, whose network its
        own loader takes as `hf_model`.

        Args:
            library: one of `LIBRARIES`.
        """
        if library == CATALOG:
            return _without_none(ref=self.ref, commit=self.source.commit)
        if library == HF:
            return self._of_hf()
        first = _FIRST[library]
        if self.needs_folder(library):
            return {first: self.folder}
        if library == VLLM:
            return {first: self.source.repo_id} | self._of_vllm()
        named = {first: self.source.repo_id, "revision": self.revision}
        return _without_none(**named, use_safetensors=self._use_safetensors)

    def _of_vllm(self) -> dict[str, Any]:
        known = {"revision": self.revision, "tokenizer_revision": self.revision}
        if not self.is_observed:
            return known
        # Its format `pt` means files called *.pt; `auto` takes .bin where there is nothing else.
        in_safetensors = self.source.layout in _IN_SAFETENSORS
        return known | {"load_format": "safetensors" if in_safetensors else "auto"}

    def _of_hf(self) -> dict[str, Any]:
        if self.needs_folder(HF):
            return {}
        patterns = list(self.source.files) or None
        return _without_none(
            repo_id=self.source.repo_id,
            revision=self.revision,
            allow_patterns=patterns,
            local_dir=self.folder,
        )


_FIRST = {
    TRANSFORMERS: "pretrained_model_name_or_path",
    LENS: "pretrained_model_name_or_path",
    VLLM: "model",
    LM_EVAL: "pretrained",
    NNSIGHT: "repo_id",
}
"""What each library calls its first argument."""


def _without_none(**given: Any) -> dict[str, Any]:  # noqa: ANN401 - arguments of any kind
    return {key: value for key, value in given.items() if value is not None}


def wanted_files(name: str, files: Collection[str], there: Collection[str] | None) -> list[str]:
    """Return what to download of a branch.

    Args:
        name: of the right set.
        files: its weight files.
        there: every path of the branch; None where only its weights were seen: then whatever
            there may be beside them is named, which is no mistake in a pattern.
    """
    if there is None:
        index = [name] if is_index(name) else []
        return [*dict.fromkeys([*index, *files]), *_PATTERNS]
    return sorted(with_others(name, files, there))
