"""What files beside a checkpoint's weights are, by their names: other formats, adapters, leavings.

Decides by names alone; what the weights themselves are called is in `catalog.core.weightsets`, and
what a file says of itself in `catalog.weights.impostors`.
"""

import re
from collections.abc import Iterable, Sequence

from catalog.core.beside import is_adapter, is_state_of_training
from catalog.core.manifests import Manifest
from catalog.core.weightsets import is_part_of_weights

CLAIM = ".catalog.json"
"""What `catalog pull` leaves in a folder: which checkpoint it is, and its files' digests."""
CLAIM_PART = f"{CLAIM}.part"
OWN = frozenset({CLAIM, CLAIM_PART})
"""What the catalog itself writes into a folder: no part of a checkpoint."""
# Files and folders that systems, file servers and editors leave in folders, or put into archives.
_LEFT_BEHIND = re.compile(
    r"\._.*|\.DS_Store|\.localized|\.directory|(eh)?thumbs\.db|desktop\.ini"
    r"|__MACOSX|\.Spotlight-V100|\.fseventsd|\.Apple(Double|DB|Desktop)|\.TemporaryItems|Icon\r"
    r"|\.Trash(es|-\d+)?|\$RECYCLE\.BIN|#recycle|System Volume Information|.+:Zone\.Identifier"
    r"|@eaDir|\.ipynb_checkpoints|lost\+found|\.nfs[0-9a-f]{8,}|\.fuse_hidden[0-9a-f]{8,}"
    r"|.+~|~\$.+|\.~lock\..+#|\.#.*|#.*#|\..+\.sw[a-p]",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(
    r".+\.(part|partial|incomplete|crdownload|download|aria2|tmp|temp)", re.IGNORECASE
)
# The first that fits; after weights, adapters and states of training were told apart.
_FORMATS = tuple(
    (re.compile(pattern, re.IGNORECASE), format_)
    for pattern, format_ in (
        (r".+\.gguf", "GGUF"),
        (r"ggml.*\.bin|.+[-_.]ggml\.bin|.+\.ggml|.+[-_.]q\d_\w+\.bin", "GGML"),
        (r".+\.onnx([._]data.*)?", "ONNX"),
        (r"openvino_.+\.(bin|xml)", "OpenVINO"),
        (r".+\.(h5|hdf5|keras)", "TensorFlow"),
        (r".+\.data-\d+-of-\d+|.+\.ckpt(-\d+)?\.(index|meta)|saved_model\.pb", "TensorFlow"),
        (r".+\.tflite", "TensorFlow Lite"),
        (r".+\.msgpack", "Flax"),
        (r".+\.(mlmodel|mlpackage|mlmodelc)", "Core ML"),
        (r".+\.(engine|plan|trt)", "TensorRT"),
        (r".+\.ot", "Rust"),
        (r".+\.nemo", "NeMo"),
        (r".+\.(npz|npy)", "NumPy"),
        (r".+\.pdparams", "Paddle"),
        (r".+\.(distcp|pt2)|__\d+_\d+\.distcp", "PyTorch, distributed or compiled"),
        (r"consolidated\.\d+\.pth", "PyTorch, in Meta's layout"),
        (r".+\.(bin|pt|pth|ckpt)", "PyTorch perhaps, under a name of its own"),
    )
)
_SHOWN = 3


def is_left_behind(path: str) -> bool:
    """Return whether a name is one that a system or an editor gave, so no part of a checkpoint.

    >>> [is_left_behind(name) for name in ("._model.safetensors", ".DS_Store", "config.json~")]
    [True, True, True]
    >>> is_left_behind("model.safetensors")
    False
    """
    return _LEFT_BEHIND.fullmatch(path.rpartition("/")[2]) is not None


def of_checkpoint(manifest: Manifest) -> Manifest:
    """Return a manifest without what systems left behind, which older ones may name."""
    held = [entry for entry in manifest if not any(map(is_left_behind, entry.path.split("/")))]
    return manifest if len(held) == len(manifest.entries) else Manifest.of(held)


def format_of(path: str) -> str | None:
    """Return what another format a file's name says it is in, None for what is no weights.

    >>> format_of("model-q4_0.gguf")
    'GGUF'
    >>> format_of("model.safetensors") is None
    True
    """
    name = path.rpartition("/")[2]
    if is_adapter(name) or is_state_of_training(name):
        return None
    fitting = (format_ for pattern, format_ in _FORMATS if pattern.fullmatch(name))
    format_ = next(fitting, None)
    return None if format_ is None or is_part_of_weights(path) else format_


def others(paths: Iterable[str]) -> list[str]:
    """Return the files in other formats, each with its format."""
    return [f"{path} ({format_})" for path in paths if (format_ := format_of(path))]


def unfinished(paths: Iterable[str]) -> list[str]:
    """Return the files that a download has not finished."""
    return [path for path in paths if _UNFINISHED.fullmatch(path.rpartition("/")[2])]


def adapters(paths: Iterable[str]) -> list[str]:
    """Return the files of adapters: they change a model's weights and are none."""
    return [path for path in paths if is_adapter(path.rpartition("/")[2])]


def notes(paths: Sequence[str], left_out: Sequence[str]) -> tuple[str, ...]:
    """Return what a reader should know of the files beside the weights, one sentence a kind.

    Args:
        paths: of a checkpoint's folder, the weights among them.
        left_out: what a system or an editor left there, which was passed over.
    """
    sentences = []
    if left_out:
        sentences.append(f"left out, no files of a checkpoint: {some(left_out)}")
    if beside := [path for path in adapters(paths) if "/" not in path]:
        sentences.append(
            f"{some(beside)}: an adapter, left out; from_pretrained applies it with peft"
        )
    if below := [path for path in adapters(paths) if "/" in path]:
        sentences.append(f"{some(below)}: an adapter, left out")
    if formats := others(paths):
        sentences.append(f"in another format, not looked into: {some(formats)}")
    if parts := unfinished(paths):
        sentences.append(f"an unfinished download, not looked into: {some(parts)}")
    return tuple(sentences)


def some(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
