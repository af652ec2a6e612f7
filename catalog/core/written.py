"""References as they stand in code, on command lines, in addresses and in the Hub's cache.

Each form that names a repository explicitly becomes `OWNER/NAME[@REVISION][#WEIGHT_SET]`; a text of
no such form stays as it is. What a place on a disk is called names nothing: it is refused.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from catalog.core import calls, nearest, refs, spelling
from catalog.errors import BadInput

_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co", "www.hf.co"})
# These answer under the Hub's own paths with the Hub's own repositories.
_MIRRORS = frozenset({"hf-mirror.com", "www.hf-mirror.com", "fast.hugflare.com"})
_ADDRESS = re.compile(
    r"(?:git\+)?(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?:[^/@\s]+@)?(?P<host>[\w.-]+)(?::\d+)?"
    r"(?:/|:(?=[a-z]))(?P<path>.*)",
    re.IGNORECASE | re.DOTALL,
)
# As it is, to the last sign: OWNER/NAME is that repository and no other.
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+(?:[@#].*)?", re.DOTALL)
_FILE_URL = re.compile(r"file:(?://[\w.-]*(?=/))?", re.IGNORECASE)
_HF = re.compile(r"(?:hf|huggingface):/{0,2}(?=\w)", re.IGNORECASE)
_LINK = re.compile(r"\[[^\]]*\]\((?P<address>[^()\s]+)\)")
_OF_NO_MODEL = frozenset(
    {"datasets", "spaces", "papers", "docs", "collections", "blog", "organizations", "models"}
)
# What follows OWNER/NAME in an address, and is followed by a revision.
_BEFORE_REVISION = frozenset(
    {"tree", "blob", "resolve", "raw", "blame", "commit", "commits", "edit", "revision", "upload"}
)
_CACHED = re.compile(
    r"(?:^|.*/)(?P<kind>models|datasets|spaces)--(?P<repo>[^/]+)"
    r"(?:/(?:refs/(?P<ref>.+)|(?:snapshots|\.no_exist)/(?P<commit>[0-9a-f]{40})(?:/.*)?"
    r"|(?:blobs|snapshots|refs|\.no_exist)(?:/[0-9a-f]{40,64})?))?/?"
)
_WINDOWS = re.compile(r"[a-z]:\\|\\\\", re.IGNORECASE)
_DRIVE = re.compile(r"[a-z]:/", re.IGNORECASE)
_STEP_FOLDER = re.compile(r"(?P<name>[^/]+(?:/[^/]+)?)/(?P<step>step[_-]?\d+)/?", re.IGNORECASE)
_HARD_TAIL = re.compile(r"(?P<name>[^:@]+?)\s*[:,#]\s*(?P<revision>step[_-]?\d+|main|[0-9a-f]{40})")
# `@step3000/model.safetensors`; any other slash belongs to a branch's name.
_FILE_BEHIND = re.compile(r"(?<=@)(?P<revision>step[_-]?\d+|main|[0-9a-f]{40})/[^#@]*\.\w+")
_STEP_AT_END = re.compile(
    r"(?P<name>[^@]+?)[\s,;(_-]+(?:(?:at|after)[\s_]+)?(?:revision[\s:=]+)?"
    r"(?:step|checkpoint|ckpt|revision)[\s_:=-]*"
    r"(?P<number>\d{1,3}(?:,\d{3})+|\d+)\)?",
    re.IGNORECASE | re.ASCII,
)
_AMOUNT_AT_END = re.compile(
    r"(?P<name>[^@]+?)[\s,;(]+(?:(?:at|after)\s+)?"
    r"(?P<amount>\d[\d.,]*\s*(?:[kmbgt]?\s*tokens|k?\s*steps?)|step[\s_-]?\d[\d.]*k)\)?",
    re.IGNORECASE | re.ASCII,
)
DATA_FILE = re.compile(
    r"\.(?:jsonl?|ya?ml|csv|tsv|txt|log|out|err|pkl|pickle|np[yz]|parquet|py|sh|md|ipynb|png|pdf|html"
    r"|toml|cfg|zip|tar|t?gz|bz2|xz)$",
    re.IGNORECASE,
)
WEIGHT_FILE = re.compile(
    r"\.(?:safetensors|bin|pth?|ckpt|gguf|ggml|onnx|h5|msgpack|ot)$", re.IGNORECASE
)
_COMMAND = re.compile(
    r"(?:huggingface-cli|hf)\s+download\s+|git\s+(?:lfs\s+)?clone\s+|vllm\s+serve\s+",
    re.IGNORECASE,
)
_OF_PATHS = "hash, compare, populate and verify take paths, by themselves"
_DASHES = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-")
    | dict.fromkeys("\u00a0\u2009\u202f", " ")
)


def as_reference(text: str) -> str:
    """Return what a text says as a reference; one that is no form known here stays as it is.

    >>> as_reference("https://huggingface.co/EleutherAI/pythia-70m/blob/step3000/config.json")
    'EleutherAI/pythia-70m@step3000'
    >>> as_reference("pretrained=EleutherAI/pythia-70m,revision=step3000")
    'EleutherAI/pythia-70m@step3000'
    >>> as_reference("~/.cache/huggingface/hub/models--EleutherAI--pythia-70m/blobs")
    'EleutherAI/pythia-70m'

    Raises:
        BadInput: a path, a file, an address of another site, or arguments that change the weights.
    """
    if len(text) > refs.LONGEST:
        if refs.is_path_like(text):
            raise BadInput(f"a path of {len(text):,} characters is no reference", _OF_PATHS)
        return text
    plain = _bare(text)
    if (called := calls.of_code(plain)) is not None:
        return called
    if _FILE_URL.match(plain):
        return _of_path(unquote(_FILE_URL.sub("", plain)), text)
    if _WINDOWS.match(plain):
        return _of_path(plain.replace("\\", "/"), text)
    if (addressed := _of_address(plain, text)) is not None:
        return addressed
    return _of_path(plain, text)


def _bare(text: str) -> str:
    """Return a text without what stands around it in prose and on command lines."""
    plain = _COMMAND.sub("", text.translate(_DASHES).strip())
    if link := _LINK.fullmatch(plain):
        return link["address"]
    if refs.is_path_like(plain) or _REPOSITORY.fullmatch(plain):
        return plain
    plain = plain.rstrip(".,;" + calls.QUOTES).lstrip(calls.QUOTES)
    if plain.startswith("(") and plain.endswith(")"):
        plain = plain[1:-1]
    return plain.strip(calls.QUOTES)


def is_file(text: str) -> bool:
    """Return whether a text is spelled as the name of a file, whatever there may be."""
    ending = DATA_FILE.search(text) or WEIGHT_FILE.search(text)
    return ending is not None and not set(text) & set("@#:=(")


# Names -----------------------------------------------------------------------------------------


def _of_name(plain: str, text: str) -> str:
    """Return a name with a step, an amount or a file's ending behind it as a reference."""
    if not set("#@/") & set(plain):
        if WEIGHT_FILE.search(plain):
            hint = "hash, compare, populate and verify take files, where they are"
            raise BadInput(f"{text!r} is a file of weights, and none is here", hint)
        plain = DATA_FILE.sub("", plain)
    plain = plain.removesuffix("/").removesuffix(".git")
    segments = plain.split("/")
    if len(segments) > 3 and segments[2] in _BEFORE_REVISION:  # noqa: PLR2004 - OWNER/NAME/tree/REVISION
        return _of_segments(segments, text)
    for form in (_STEP_FOLDER, _HARD_TAIL, _STEP_AT_END, _AMOUNT_AT_END):
        if match := form.fullmatch(plain):
            return f"{match['name'].rstrip(' ,;(@')}@{_revision(match.groupdict())}"
    return _FILE_BEHIND.sub(r"\g<revision>", plain)


def _revision(named: dict[str, str]) -> str:
    """Return the revision that a match names."""
    if number := named.get("number"):
        return refs.step_label(number.replace(",", ""))
    return named.get("revision") or named.get("step") or named["amount"]


# Addresses and folders -------------------------------------------------------------------------


def _of_address(plain: str, text: str) -> str | None:
    """Return what an address names, None for a text that is none."""
    if _HF.match(plain):
        return _of_segments(unquote(_HF.sub("", plain)).split("/"), text)
    match = _ADDRESS.fullmatch(plain)
    if match is None:
        return None
    host = match["host"].lower()
    if host in _HOSTS | _MIRRORS:
        bare, _, fragment = re.sub(r"\?[^#]*", "", match["path"]).partition("#")
        named = _of_segments([unquote(part) for part in bare.split("/")], text)
        return f"{named}#{fragment}" if WEIGHT_FILE.search(fragment) else named
    if match["scheme"]:
        raise BadInput(f"{text!r} is no address of the Hub", "write OWNER/NAME as on the Hub")
    return None


def _of_segments(segments: list[str], text: str) -> str:
    """Return the repository and the revision of an address's path."""
    parts = [part for part in "/".join(segments).split("/") if part]
    for prefix in (["api", "models"], ["api", "resolve-cache", "models"], ["models"]):
        if parts[: len(prefix)] == prefix and len(parts) > len(prefix) + 1:
            parts = parts[len(prefix) :]
    # Dots lead elsewhere: to whose page depends on who resolves them.
    if not parts or parts[0] in (*_OF_NO_MODEL, "api") or {".", ".."} & set(parts):
        raise BadInput(f"{text!r} is no model's page", "write OWNER/NAME as on the Hub")
    repo, at, revision = "/".join(parts[:2]).partition("@")
    rest = parts[2:]
    if at and revision == "refs":  # hf://OWNER/NAME@refs/pr/1
        revision = "/".join(["refs", *rest[:2]])
    elif rest and rest[0] in _BEFORE_REVISION and len(rest) > 1:
        at, revision = "@", "/".join(rest[1:4] if rest[1] == "refs" else rest[1:2])
    return f"{repo.removesuffix('.git')}{'@' if at else ''}{revision}"


def _of_path(path: str, text: str) -> str:
    """Return what a folder of the Hub's cache names.

    Raises:
        BadInput: it is another place on a disk, or holds a data set.
    """
    match = _CACHED.fullmatch(path)
    if match is None and (refs.is_path_like(path) or _DRIVE.match(path)):
        raise BadInput(f"{text!r} is a path", _OF_PATHS)
    if match is None:
        return _of_name(path, text)
    if match["kind"] != "models":
        raise BadInput(f"{text!r} is a folder of {match['kind']}, not of a model")
    repo = match["repo"].replace("--", "/", 1)
    revision = match["commit"] or match["ref"]
    return f"{repo}@{revision}" if revision else repo


def guesses(text: str) -> Iterator[str]:
    """Yield what a path or an address may be meant to name, the likeliest first.

    Nothing where a folder says that its weights were changed.

    >>> list(guesses("~/models/pythia-410m/step1000"))
    ['pythia-410m@step1000', 'pythia-410m', 'models']
    """
    parts = [part for part in re.split(r"[/\\]+", text.partition("?")[0]) if part]
    if any(nearest.is_other_weights(spelling.parts(part)) for part in parts):
        return
    named = [WEIGHT_FILE.sub("", DATA_FILE.sub("", part)) for part in parts]
    for before, step in zip(named[-2:-1], named[-1:], strict=False):
        if refs.SPELT_STEP.fullmatch(step):
            yield f"{before}@{step}"
    yield from (part for part in reversed(named[-3:]) if not refs.SPELT_STEP.fullmatch(part))
