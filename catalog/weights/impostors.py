"""Tells what lies where weights should, by its first bytes: a pointer, a text, another format.

Reads a file's beginning, no more. What a name says is in `catalog.core.filenames`.
"""

import re
import string

from catalog.core import filenames
from catalog.errors import CatalogError, CheckedBad, CouldNotCheck
from catalog.weights import safetensors
from catalog.weights.files import Found
from catalog.weights.stream import OpenFile, Readable

_HEAD = 512
_LEAST, _QUOTED = 8, 60  # of a text's bytes; fewer are a file that was cut short
_PRINTED = string.printable.encode()
_POINTER_LIMIT = 1 << 10  # bytes; Git LFS reads no longer one
_LFS = re.compile(
    rb"version https://(?:git-lfs\.github\.com|hawser\.github\.com)/spec/v\d+\r?\n"
    rb"(?:ext-.*\n)*oid sha256:(?P<oid>[0-9a-f]{64})\r?\nsize (?P<size>\d{1,18})\r?\n?"
)
_OTHER_POINTERS = {
    b"version https://git-lfs.github.com/": ("a Git LFS pointer", "git lfs pull"),
    b"# xet version ": ("a Git Xet pointer", "git xet checkout"),
    b"/annex/objects/": ("a git-annex pointer", "git annex get"),
}
_FORMATS = {
    b"GGUF": "GGUF",
    **dict.fromkeys((b"lmgg", b"fmgg", b"tjgg", b"algg"), "GGML"),
    b"\x89HDF\r\n\x1a\n": "HDF5, as TensorFlow writes it",
    b"\x93NUMPY": "NumPy",
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"\x00\x05\x16\x07": "AppleDouble, macOS's notes on another file",
}


def refuse(file: Readable) -> None:
    """Refuse what lies in the place of weights and is something else.

    Raises:
        CheckedBad: a pointer, a web page, another text, or weights under the other form's name.
        CouldNotCheck: another format.
    """
    head = file.pread(0, _HEAD)
    if error := _pointer(file.shown, head):
        raise error
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html", b"<?xml")):
        raise CheckedBad(f"{file.shown} is a web page, no weights", "download it again")
    is_index = file.shown.endswith(".json")
    if len(head) >= _LEAST and not is_index and not head.translate(None, _PRINTED):
        said = " ".join(head.decode().split())[:_QUOTED]
        raise CheckedBad(f"{file.shown} is a text, no weights: {said}", "download it again")
    if problem := _misnamed(file.shown, head):
        raise CheckedBad(f"{file.shown} is {problem}", "give it that form's name")
    for magic, format_ in _FORMATS.items():
        if head.startswith(magic) and not _is_safetensors(head):
            raise CouldNotCheck(f"{file.shown} is in another format: {format_}")


def _misnamed(shown: str, head: bytes) -> str:
    """Return which of the two forms that weights have a file is in under the other's name."""
    if shown.endswith(".safetensors"):
        is_torch = head.startswith((b"PK\x03\x04", b"\x80\x02\x8a\nl\xfc\x9cF\xf9"))
        return "a torch file under the name of safetensors" if is_torch else ""
    return "a safetensors file under another name" if _is_safetensors(head) else ""


def _is_safetensors(head: bytes) -> bool:
    """Return whether a file begins with the length of a header, and with one; any length may."""
    length = int.from_bytes(head[:8], "little")
    return head[8:10] == b'{"' and length < safetensors.HEADER_LIMIT


def pointer(listing: Found) -> CheckedBad | None:
    """Return the error where a file of a folder, weights or not, is a pointer: it is not here.

    Raises:
        CouldNotCheck: a file cannot be read.
    """
    for path, weight_file in listing.files.items():
        if weight_file.size_bytes > _POINTER_LIMIT:
            continue
        with OpenFile(weight_file.where, path) as file:
            if error := _pointer(path, file.pread(0, _POINTER_LIMIT)):
                return error
    return None


def _pointer(shown: str, head: bytes) -> CheckedBad | None:
    """Return the error where a file's beginning is that of a pointer."""
    if named := _LFS.match(head):
        oid, size = named["oid"].decode(), int(named["size"])
        what = f"{shown} is a Git LFS pointer, not the file: sha256 {oid}, {size:,} bytes"
        return CheckedBad(what, "run `git lfs pull` in its folder")
    for begins, (what, command) in _OTHER_POINTERS.items():
        if head.startswith(begins):
            return CheckedBad(f"{shown} is {what}, not the file", f"run `{command}` in its folder")
    return None


def no_weights(listing: Found) -> CatalogError:
    """Return why there is nothing to look into: not every folder without weights is broken."""
    paths = list(listing.files)
    if others := filenames.others(paths):
        return CouldNotCheck(
            f"{listing.path} holds weights in another format alone: {filenames.some(others)}",
            "give the safetensors or `.bin` files",
        )
    if adapters := filenames.adapters(paths):
        return CheckedBad(
            f"{listing.path} holds an adapter, no weights: {filenames.some(adapters)}",
            "merge it into its base model, or give that one's folder",
        )
    if parts := filenames.unfinished(paths):
        what = f"holds no weights, only an unfinished download: {filenames.some(parts)}"
        return CheckedBad(f"{listing.path} {what}", "go on with the download")
    return CheckedBad(f"{listing.path} holds no weight files")
