r"""Files and manifests: what is digested, how it is spelled, how two manifests are compared.

Values and canonical texts only; `catalog.weights` reads the bytes, this module never does.

The *manifest digest* is the SHA-256 of one line a file, sorted by path, in UTF-8::

    path TAB size TAB sha256 LF

Paths are relative and POSIX; backslash, tab, carriage return and line feed in a path are written
``\\``, ``\t``, ``\r`` and ``\n``. So a change of any byte, path or size changes the digest, and the
folder's own name does not. Lines are sorted by Unicode code point.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from catalog.core.digests import GIT_SHA1, HEX, SHA256, Digest, git_blob, sha256, sha256_of
from catalog.errors import BadInput

MANIFEST_FORMAT = "checkpoint-catalog manifest"
MANIFEST_VERSION = 1
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\r": "\\r", "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a checkpoint.

    Args:
        path: relative POSIX path inside the checkpoint's folder.
        size_bytes: its size.
        sha256: of its bytes, what the Hub calls the LFS oid.
        git_sha1: git's blob id; the Hub's name for files kept outside LFS, None for large files.
    """

    path: str
    size_bytes: int
    sha256: str
    git_sha1: str | None = None

    def __post_init__(self) -> None:
        parts = self.path.split("/")
        if not self.path or "\0" in self.path or any(part in ("", ".", "..") for part in parts):
            raise BadInput(f"{self.path!r} is not a relative path inside a folder")
        if not _is_encodable(self.path):
            raise BadInput(f"{self.path!r} is not a path that UTF-8 can spell")
        if not isinstance(self.size_bytes, int) or self.size_bytes < 0:
            raise BadInput(f"{self.path}: {self.size_bytes!r} is not a size in bytes")
        _check_hex(self.path, SHA256, self.sha256)
        if self.git_sha1 is not None:
            _check_hex(self.path, GIT_SHA1, self.git_sha1)

    @property
    def line(self) -> str:
        """Its line of the canonical manifest text."""
        return f"{self.path.translate(_ESCAPES)}\t{self.size_bytes}\t{self.sha256}\n"

    def digest_like(self, declared: Digest) -> str | None:
        """Return its hex digest by the algorithm of another one, None where it has none."""
        return self.sha256 if declared.algorithm == SHA256 else self.git_sha1

    def agrees(self, declared: Digest) -> bool | None:
        """Return whether its bytes are those that were declared; None where that is not known."""
        held = self.digest_like(declared)
        return None if held is None else held == declared.hex


def entry_of(path: str, raw: bytes) -> FileEntry:
    """Return the entry of a small file whose bytes are at hand."""
    git = git_blob(len(raw))
    git.update(raw)
    return FileEntry(path, len(raw), sha256(raw), git.hexdigest())


def _check_hex(path: str, kind: str, text: object) -> None:
    """Refuse a digest that is not lower-case hex of the right length."""
    if not isinstance(text, str) or not HEX[kind].fullmatch(text):
        raise BadInput(f"{path}: {text!r} is not a {kind} digest")


@dataclass(frozen=True, slots=True)
class ManifestDiff:
    """How an actual manifest differs from an expected one; every tuple is sorted by path.

    Args:
        extra: paths only in the actual manifest.
        missing: paths only in the expected manifest.
        different: entries in both with another size or digest, as (expected, actual).
    """

    extra: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    different: tuple[tuple[FileEntry, FileEntry], ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is any difference."""
        return bool(self.extra or self.missing or self.different)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of one checkpoint by relative POSIX path; the folder's own name plays no part.

    Args:
        entries: by path; build one with `Manifest.of`.
    """

    entries: Mapping[str, FileEntry] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[FileEntry]) -> "Manifest":
        """Build a manifest, sorted by path.

        Raises:
            BadInput: two entries have one path.
        """
        by_path: dict[str, FileEntry] = {}
        for entry in sorted(entries, key=lambda entry: entry.path):
            if entry.path in by_path:
                raise BadInput(f"{entry.path!r} occurs twice in one manifest")
            by_path[entry.path] = entry
        return cls(MappingProxyType(by_path))

    def __iter__(self) -> Iterator[FileEntry]:
        return iter(self.entries.values())

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def text(self) -> str:
        """The canonical text, see the module's docstring."""
        return "".join(entry.line for entry in self)

    @property
    def digest(self) -> str:
        """The manifest digest: SHA-256 of the canonical text, hex."""
        return sha256_of(self.text)

    def diff(self, actual: "Manifest") -> ManifestDiff:
        """Compare this, the expected manifest, with the actual one by path, size and SHA-256."""
        ours, theirs = self.entries, actual.entries
        return ManifestDiff(
            extra=tuple(path for path in theirs if path not in ours),
            missing=tuple(path for path in ours if path not in theirs),
            different=tuple(
                (entry, theirs[path])
                for path, entry in ours.items()
                if path in theirs and entry.line != theirs[path].line
            ),
        )


def print_manifest(manifest: Manifest, extra: Mapping[str, object] | None = None) -> str:
    """Print a manifest file; `parse_manifest` is its inverse.

    Args:
        manifest: what to print.
        extra: further top-level keys (the weight sets' digests, say); never the reserved ones.
    """
    document: dict[str, object] = {
        "format": MANIFEST_FORMAT,
        "version": MANIFEST_VERSION,
        "manifest_digest": manifest.digest,
        "files": [_entry_json(entry) for entry in manifest],
    }
    document.update({key: value for key, value in (extra or {}).items() if key not in document})
    return json.dumps(document, indent=2) + "\n"


def _entry_json(entry: FileEntry) -> dict[str, object]:
    """Return one file of the manifest file."""
    document: dict[str, object] = {
        "path": entry.path,
        "size": entry.size_bytes,
        "sha256": entry.sha256,
    }
    return document if entry.git_sha1 is None else {**document, "git_sha1": entry.git_sha1}


def parse_manifest(text: str, where: str = "the manifest") -> Manifest:
    """Read a manifest file: also what `catalog hash --json` prints.

    Args:
        text: the file's content.
        where: what to call it in an error.

    Raises:
        BadInput: not a manifest, of a later version, or its digest does not fit its files.
    """
    from catalog.core import foreign  # noqa: PLC0415 - questions at the prompt read no manifest

    try:
        document = foreign.json_of(text, whole_characters=False)  # `FileEntry` looks at paths
    except foreign.ForeignError as error:
        raise BadInput(f"{where} is not JSON: {error}") from error
    version = document.get("version", MANIFEST_VERSION) if isinstance(document, dict) else None
    if not isinstance(version, int) or not isinstance(document.get("files"), list):
        raise BadInput(f"{where} is not a manifest", "write one with `catalog hash PATH -o FILE`")
    if version != MANIFEST_VERSION:
        raise BadInput(f"{where} has format version {version!r}", "upgrade checkpoint-catalog")
    manifest = Manifest.of(_parse_entry(item, where) for item in document["files"])
    if document.get("manifest_digest") != manifest.digest:
        raise BadInput(f"{where} was changed: its manifest digest does not fit its files")
    return manifest


def _parse_entry(item: object, where: str) -> FileEntry:
    """Read one file of a manifest file."""
    if not isinstance(item, dict):
        raise BadInput(f"{where}: {item!r} is not a file entry")
    path, size, sha1 = item.get("path"), item.get("size"), item.get("git_sha1")
    if not isinstance(path, str) or isinstance(size, bool) or not isinstance(size, int):
        raise BadInput(f"{where}: a file entry needs path, size and sha256, not {item!r}")
    return FileEntry(path, size, item.get("sha256"), sha1)  # type: ignore[arg-type]  # it checks


def _is_encodable(text: str) -> bool:
    """Return whether a text can stand in a canonical text."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
