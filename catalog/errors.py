"""Why an answer could not be given.

::

    CatalogError                      exit code   kind under --json
    ├── BadInput                      2           bad-input
    │   ├── BadEndpoint               2           bad-input
    │   └── UnknownName               2           unknown-name
    ├── CheckedBad                    1           checked-bad
    └── CouldNotCheck                 3           could-not-check
        ├── NoDatabase                3           no-database
        ├── SchemaOutOfDate           3           schema-out-of-date
        ├── DatabaseBusy              3           database-busy
        ├── MissingExtra              3           missing-extra
        └── HubUnavailable            3           hub-unavailable
            ├── HubMissing            3           hub-missing
            ├── HubGated              3           hub-gated
            └── HubUnreachable        3           hub-unreachable

A mismatch is a result, not an exception: `CheckedBad` is only for input that turns out to be
broken while something else was asked (a truncated file given to `hash`, say). Anything that is
not a `CatalogError`, and not the system's, is a bug of ours: exit 70.

Every error is one line, *what: why*, and a hint, *what to type next*.
"""

from collections.abc import Sequence
from typing import ClassVar

INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended: no error, and none of ours."""
HUB = "https://huggingface.co"
"""The endpoint of the Hub itself; every other one is a mirror, a proxy or a Hub of one's own."""


def one_line(text: str) -> str:
    r"""Return a text with line ends and other control characters spelled out.

    What errors quote comes from files and their names, and may hold anything.

    >>> one_line("a\nb\x1b[2J")
    'a\\nb\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text
    )


_LONGEST = 4_000


def _short(text: str) -> str:
    """Return a text short enough to be read: a hostile file's names have millions of letters.

    What is wrong with such a name stands before or behind it.
    """
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} … {text[-half:]}"


class CatalogError(Exception):
    """Base of every error that a user can meet.

    Args:
        what: what is wrong and why, one line without a full stop.
        hint: the next thing to type or do, may be empty.
    """

    exit_code: ClassVar[int] = 3
    kind: ClassVar[str] = "error"

    def __init__(self, what: str, hint: str = "") -> None:
        what, hint = one_line(_short(what)), one_line(_short(hint))
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}; {self.hint}" if self.hint else self.what


class BadInput(CatalogError):
    """Asked wrongly: a ref, token count, option or file format that cannot be understood."""

    exit_code = 2
    kind = "bad-input"


class BadEndpoint(BadInput):
    """No address of a Hub, whatever repository it is asked for."""


class UnknownName(BadInput):
    """A model, suite, revision or step that the catalog does not know, or that fits several.

    Args:
        what_kind: "model", "suite", "revision" …
        name: the text that was asked for.
        nearest: the closest known names, best first.
        why: the sentence to say instead of "unknown KIND NAME".
        several: it fits each of them.
        hint: what to type next, where that is none of the nearest.
    """

    kind = "unknown-name"

    def __init__(
        self,
        what_kind: str,
        name: str,
        nearest: Sequence[str] = (),
        *,
        why: str | None = None,
        several: bool = False,
        hint: str | None = None,
    ) -> None:
        self.what_kind, self.name = what_kind, name
        self.nearest = tuple(nearest)
        label = "candidates" if several else "nearest"
        listed = f"{label}: " + ", ".join(nearest)
        see = hint or f"see `catalog {_LISTS.get(what_kind, 'ls')}`"
        super().__init__(
            why or f"unknown {what_kind} {name!r}", listed if nearest and hint is None else see
        )


_LISTS = {"model": "ls", "suite": "suites ls", "task": "evals tasks"}


class CheckedBad(CatalogError):
    """Looked, and it is broken: truncated, wrong shape, hostile pickle, not a weight file."""

    exit_code = 1
    kind = "checked-bad"


class CouldNotCheck(CatalogError):
    """No answer either way: permission, symlink loop, disk full, nothing to compare with."""

    exit_code = 3
    kind = "could-not-check"


def of_system(error: OSError | MemoryError) -> CouldNotCheck:
    """Return what the system said, as an error of ours."""
    if isinstance(error, MemoryError):
        return CouldNotCheck("not enough memory")
    where = f"{error.filename}: " if error.filename else ""
    return CouldNotCheck(f"{where}{error.strerror or error}")


class NoDatabase(CouldNotCheck):
    """There is no catalog at the given address.

    Args:
        url: the address, as messages show it.
        is_empty: there is one, but nothing was loaded into it.
    """

    kind = "no-database"

    def __init__(self, url: str, *, is_empty: bool = False) -> None:
        what = f"the catalog at {url} is empty" if is_empty else f"no catalog at {url}"
        super().__init__(what, "run `catalog init`")


class SchemaOutOfDate(CouldNotCheck):
    """The database has another schema revision than this version of the program.

    Args:
        current: the revision in the database, None where there is none.
        wanted: the revision this program was written for.
        newer: True where the database comes from a later version of the program.
    """

    kind = "schema-out-of-date"

    def __init__(self, current: str | None, wanted: str, *, newer: bool = False) -> None:
        self.current, self.wanted = current, wanted
        fix = "upgrade checkpoint-catalog" if newer else "run `catalog db upgrade`"
        super().__init__(
            f"the database has schema {current or 'none'}, this program needs {wanted}", fix
        )


class DatabaseBusy(CouldNotCheck):
    """Another process holds the database's write lock, or the server refused."""

    kind = "database-busy"


class MissingExtra(CouldNotCheck):
    """An optional dependency is not installed.

    Args:
        module: what could not be imported.
        extra: the extra that brings it.
    """

    kind = "missing-extra"

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(f"{module} is not installed", f"pip install 'checkpoint-catalog[{extra}]'")


class HubUnavailable(CouldNotCheck):
    """The Hub did not answer, or does not have what was asked for."""

    kind = "hub-unavailable"


class HubMissing(HubUnavailable):
    """The Hub answers that there is no such repository, revision or file."""

    kind = "hub-missing"

    @classmethod
    def of_repository(cls, repo_id: str, endpoint: str, seen: str = "") -> "HubMissing":
        """Return the error that there is no such repository, in the words of every command.

        Args:
            repo_id: its name.
            endpoint: who said so.
            seen: the day on which it was there, empty where it never was.
        """
        hub = "the Hub" if endpoint == HUB else endpoint
        again = f" any more; it was there on {seen}" if seen else ""
        hint = "check the name; a private repository needs your token: set HF_TOKEN"
        return cls(f"{hub} shows no {repo_id}{again}", hint)


class HubGated(HubUnavailable):
    """The Hub answers that the repository is closed to this user."""

    kind = "hub-gated"

    @classmethod
    def of_repository(cls, repo_id: str, endpoint: str) -> "HubGated":
        """Return the error that a repository is closed to this user, and how to get access."""
        hint = f"ask for access at {endpoint}/{repo_id}, then set HF_TOKEN or `hf auth login`"
        return cls(f"{repo_id} is closed to you", hint)


class HubUnreachable(HubUnavailable):
    """There is no way to the Hub: no network, a wrong address, or offline by the user's will."""

    kind = "hub-unreachable"


def of_kind(kind: str, what: str, hint: str) -> CatalogError:
    """Return the error that another process met, as it was worded there.

    >>> of_kind("checked-bad", "step8: truncated", "").exit_code
    1
    """
    every: list[type[CatalogError]] = [CatalogError]
    for each in every:
        every += each.__subclasses__()
    kinds = {each.kind: each for each in reversed(every)}
    # Each has words of its own to make its sentence of; here the sentence is made.
    error = CatalogError.__new__(kinds.get(kind, CatalogError))
    CatalogError.__init__(error, what, hint)
    return error
