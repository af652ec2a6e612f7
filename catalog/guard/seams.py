"""Where each library is hooked, and what stands before its own function.

| seam | tested with | what is heard there |
| --- | --- | --- |
| `huggingface_hub.hf_hub_download`, `HfApi`'s too | 2.4.0 | a file of weights that is named |
| `huggingface_hub.snapshot_download` | 2.4.0 | which revision a folder was asked for as; no load |
| `transformers.utils.hub.cached_files` | 5.24.0 | every file of weights of `from_pretrained` |
| `transformers.utils.hub.cached_file` | 4.46.3 | the same, where there is no `cached_files` |
| `safetensors.safe_open`, and so `load_file` | 0.8.0 | a file of the Hub's cache is opened |
| `torch.load` | 2.13.0 | the same of a `.bin` |

TransformerLens (4.3.0) and lm-evaluation-harness (0.4.13) load through transformers; vLLM opens
what `snapshot_download` fetched. It knows no rule on what is right,
and imports none of the libraries.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from catalog.core.loads import Asked
from catalog.core.refs import MAIN
from catalog.core.weightsets import CONFIG, is_part_of_weights
from catalog.guard import detours, hearing, places
from catalog.guard.hooks import Seam

if TYPE_CHECKING:
    import inspect

Function = Callable[..., Any]
HUB, TRANSFORMERS, SAFETENSORS, TORCH = "huggingface_hub", "transformers", "safetensors", "torch"


# The Hub's client ------------------------------------------------------------------------------


def named_file(original: Function) -> Function:
    """Hear of a file that is downloaded by its name."""

    @wraps(original)
    def hf_hub_download(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the library's own
        repo_id, revision = _of_model(args, kwargs), kwargs.get("revision")
        if repo_id is None or hearing.is_off():
            return original(*args, **kwargs)
        path = str(args[1] if len(args) > 1 else kwargs.get("filename"))
        commit = places.commit_of(revision)
        if commit and hearing.refuses() and is_part_of_weights(path):
            hearing.require(hearing.ahead(Asked(repo_id, commit, str(revision), (path,))))
        file = original(*args, **kwargs)
        if isinstance(file, str):
            if kwargs.get("local_dir") is not None:
                places.remember(repo_id, _text(revision), str(kwargs["local_dir"]))
            hearing.taken([file], HUB, repo_id=repo_id, revision=_text(revision) or MAIN)
        return file

    return hf_hub_download


def whole_snapshot(original: Function) -> Function:
    """Remember what a snapshot was asked for as: what of it is loaded, who opens it says."""

    @wraps(original)
    def snapshot_download(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the library's own
        folder = original(*args, **kwargs)
        repo_id = _of_model(args, kwargs)
        if repo_id is not None and isinstance(folder, str):
            places.remember(repo_id, _text(kwargs.get("revision")), folder)
        return folder

    return snapshot_download


def _of_model(args: Sequence[Any], kwargs: Mapping[str, Any]) -> str | None:
    """Return the repository that a call is about, None for a data set or a space."""
    repo_id = args[0] if args else kwargs.get("repo_id")
    is_model = kwargs.get("repo_type") in (None, "model")
    return repo_id if isinstance(repo_id, str) and is_model else None


def _text(revision: object) -> str | None:
    """Return a revision as it was asked for: what the client resolved is still called so."""
    return None if revision is None else str(revision)


# transformers ----------------------------------------------------------------------------------


class _Call(NamedTuple):
    """A call of `cached_files`, or `cached_file`, by the names of its parameters."""

    repo_id: str
    revision: str | None
    commit: str | None
    names: tuple[str, ...]
    may_lack: bool

    def asked(self, commit: str) -> Asked:
        return Asked(self.repo_id, commit, self.revision or MAIN, self.names)


@cache
def _signature(function: Function) -> "inspect.Signature":
    import inspect  # noqa: PLC0415 - the library has imported it

    return inspect.signature(function)


def _call(original: Function, args: Sequence[Any], kwargs: Mapping[str, Any]) -> _Call | None:
    """Return a call that asks the Hub for weights, None for any other."""
    try:
        given = _signature(original).bind(*args, **kwargs).arguments
    except TypeError:  # a wrong call: the library says so itself
        return None
    repo_id, revision = str(given.get("path_or_repo_id")), given.get("revision")
    names = _listed(given.get("filenames", given.get("filename")))
    if given.get("repo_type") not in (None, "model") or not any(map(is_part_of_weights, names)):
        return None
    if Path(repo_id).is_dir():  # who opens its files is heard
        return None
    commit = places.commit_of(revision) or _cached(repo_id, revision, given.get("cache_dir"))
    may_lack = not given.get("_raise_exceptions_for_missing_entries", True)
    plain = tuple(os.path.join(given.get("subfolder") or "", name) for name in names)  # noqa: PTH118 - the library's way
    return _Call(repo_id, _text(revision), commit, plain, may_lack)


def _listed(names: object) -> tuple[str, ...]:
    """Return one or several names as several."""
    several = (names,) if isinstance(names, str | os.PathLike) else names
    return tuple(map(str, several)) if isinstance(several, Sequence) else ()


def _cached(repo_id: str, revision: object, folder: object) -> str | None:
    """Return the commit that a branch had as its configuration was found, just before.

    For transformers before 5.24, which asks for every file by the branch's name.
    """
    look = getattr(sys.modules.get("huggingface_hub"), "try_to_load_from_cache", None)
    if look is None or not hearing.refuses():
        return None
    try:
        place = look(repo_id, CONFIG, cache_dir=folder, revision=_text(revision))
    except (OSError, ValueError):  # no name of a repository: the library says so itself
        return None
    return places.commit_in(place) if isinstance(place, str) else None


def _files(original: Function, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the library's own
    """Return what a library finds, or in `fix` what is right."""
    call = None if hearing.is_off() else _call(original, args, kwargs)
    if call is None:
        return original(*args, **kwargs)
    names = call.names
    if hearing.refuses() and (commit := call.commit or _of_file(original(*args, **kwargs), call)):
        names = detours.way(call.asked(commit), may_lack=call.may_lack)
        if not names:
            return None
    if names != call.names:
        takes_one = "filename" in _signature(original).parameters
        args = (call.repo_id, names[0] if takes_one else list(names), *args[2:])
        kwargs = {key: kwargs[key] for key in kwargs if key not in _NAMED}
    files = original(*args, **kwargs)
    revision = call.revision or MAIN
    hearing.taken(_listed(files), TRANSFORMERS, repo_id=call.repo_id, revision=revision)
    return files


_NAMED = ("path_or_repo_id", "filenames", "filename")


def _of_file(files: object, call: _Call) -> str | None:
    """Return the commit of what is there."""
    source = places.of_file(there[0], call.repo_id) if (there := _listed(files)) else None
    return None if source is None else source.asked.commit


def found_files(original: Function) -> Function:
    """Hear of the weights that `from_pretrained` finds, and in `fix` let it find the right ones."""

    @wraps(original)
    def cached_files(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the library's own
        return _files(original, args, kwargs)

    return cached_files


# Files that are opened -------------------------------------------------------------------------


def opened_safetensors(original: Any) -> Any:  # noqa: ANN401 - a class of a library
    """Hear of a safetensors file that is opened; what is opened is the library's own."""

    class Guarded(type):
        def __call__(cls, filename: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            _opened(filename, SAFETENSORS)
            return original(filename, *args, **kwargs)

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, original)

    members = {"__doc__": original.__doc__, "__module__": original.__module__}
    return Guarded(original.__name__, (), members)


def opened_pickle(original: Function) -> Function:
    """Hear of a torch file that is read by its path, or from a file that is open."""

    @wraps(original)
    def load(f: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the library's own
        is_path = isinstance(f, str | os.PathLike)
        _opened(f if is_path else getattr(f, "name", None), TORCH)  # a file that is open has one
        return original(f, *args, **kwargs)

    return load


def _opened(file: object, library: str) -> None:
    if isinstance(file, str | os.PathLike) and not hearing.is_off() and os.path.exists(file):  # noqa: PTH110 - any kind of path
        hearing.taken([str(file)], library)


EVERY = (
    Seam(
        "huggingface_hub.file_download",
        "hf_hub_download",
        HUB,
        "2.4.0",
        named_file,
        spared=("huggingface_hub._snapshot_download", "transformers.utils.hub"),
    ),
    Seam("huggingface_hub._snapshot_download", "snapshot_download", HUB, "2.4.0", whole_snapshot),
    Seam(
        "transformers.utils.hub",
        "cached_files",
        TRANSFORMERS,
        "5.24.0",
        found_files,
        older="cached_file",
    ),
    Seam("safetensors", "safe_open", SAFETENSORS, "0.8.0", opened_safetensors),
    Seam("torch", "load", TORCH, "2.13.0", opened_pickle),
)
