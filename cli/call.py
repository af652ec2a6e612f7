"""One call of a command: its catalog, its output; and the options that every command has."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, NamedTuple, ParamSpec

import typer

from catalog.errors import INTERRUPTED, CatalogError, of_system

from . import output, streams
from .output import Format, Output, Report
from .watching import Teller

if TYPE_CHECKING:
    from pathlib import Path

    from catalog import Catalog

DatabaseOpt = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="FILE|URL",
        help="Catalog to use: an SQLite file or a PostgreSQL URL. "
        "Default: $CATALOG_DB, else the user-data folder.",
        show_default=False,
    ),
]
FormatOpt = Annotated[
    Format | None,
    typer.Option("--format", help="How to print. Default: table.", show_default=False),
]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print JSON: --format json.")]
CsvOpt = Annotated[bool, typer.Option("--csv", help="Print CSV: --format csv.")]
QuietOpt = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print names alone, one a line: --format quiet.")
]
SHARED = {
    "db": (DatabaseOpt, None),
    "format_": (FormatOpt, None),
    "csv": (CsvOpt, False),
    "quiet": (QuietOpt, False),
    "json": (JsonOpt, False),
}

# From worst to best; of several codes the first one here counts.
_GRAVEST = (1, 3, 2, 0)


class Call(NamedTuple):
    """One call of a command.

    Attributes:
        output: prints in the format that was asked for.
        teller: tells of remarks and progress.
        url: the database that was named, None for the default.
    """

    output: Output
    teller: Teller
    url: str | None = None

    @property
    def catalog(self) -> "Catalog":
        """The catalog that the command asks."""
        from catalog import api

        return api.open(self.url, watcher=self.teller)

    def print(self, report: Report) -> None:
        """Print a report."""
        self.output.print(report)

    def save(self, report: Report, file: "Path | None") -> None:
        """Write a report's rows to the file that was named, else print it."""
        if file is None:
            self.print(report)
            return
        from . import saving

        saving.save(report, file)

    def notes(self, notes: Iterable[str]) -> None:
        """Say notes of a result, each once."""
        for note in notes:
            self.teller.remark(f"note: {note}")

    def each(
        self,
        targets: Sequence[str],
        do: "Callable[[str], Result]",
        *,
        fatal: type[CatalogError] | tuple[type[CatalogError], ...] = (),
        finishes: bool = False,
        **report: Any,  # noqa: ANN401 - as `Report` has them
    ) -> int:
        """Do several, let one that fails not stop the others, and return the gravest code.

        As lines of JSON each is printed as soon as it is done.

        Args:
            targets: what was asked for, one after the other.
            do: does one, and returns what came of it.
            fatal: an error that every further target would meet too.
            finishes: Ctrl-C lets the one in hand come to its end; the second one does not.
            **report: of the whole, as `Report` has them.

        Raises:
            CatalogError: that of the only target, or a fatal one.
        """
        from .stopping import Stop, left, tally

        results: list[Result] = []
        with Stop(len(targets) if finishes else 1) as stop:
            for number, text in enumerate(targets, start=1):
                self.teller.among(number, len(targets))
                result = self._one(text, do, len(targets), fatal)
                results.append(result)
                if self.output.is_for_people and result.text is not None:
                    result.text()
                if self.output.streams:
                    self.print(Report(result.document, [result.document], **report))
                    streams.flush()
                if stop.asked:
                    break
        documents = [result.document for result in results]
        if not self.output.is_for_people and not self.output.streams:
            self.print(Report(documents, documents, **report))
        elif finishes and len(targets) > 1:
            output.say(tally(documents))
        if len(results) < len(targets):
            output.say(f"catalog: {left(list(targets[len(results) :]))}")
            return INTERRUPTED
        return gravest(result.code for result in results)

    def _one(
        self,
        text: str,
        do: "Callable[[str], Result]",
        count: int,
        fatal: type[CatalogError] | tuple[type[CatalogError], ...],
    ) -> "Result":
        """Do one of several; of more than one, what fails is said and is a result too."""
        try:
            return do(text)
        except (CatalogError, OSError, MemoryError) as raised:
            error = raised if isinstance(raised, CatalogError) else of_system(raised)
            if count == 1 or isinstance(error, fatal):
                raise
            if self.output.is_for_people:
                what = str(error)
                named = what if what.startswith((f"{text} ", f"{text}:")) else f"{text}: {what}"
                output.say(f"catalog: {named}")
            return Result(error.exit_code, {"target": text, "error": described(error)})


class Result(NamedTuple):
    """What came of one target: exit code, document, and what prints it for people."""

    code: int
    document: Mapping[str, Any]
    text: Callable[[], None] | None = None


def gravest(codes: Iterable[int]) -> int:
    """Return the code of a command over several inputs: the gravest of 1, then 3, then 2."""
    met = set(codes)
    return next((code for code in _GRAVEST if code in met), 0)


def described(error: CatalogError) -> dict[str, str]:
    """Return an error as JSON has it."""
    return {"kind": error.kind, "message": error.what, "hint": error.hint}


def parameters(options: Mapping[str, tuple[Any, Any]]) -> list[inspect.Parameter]:
    """Return options, each an annotated type and its default, as parameters of a command."""
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in options.items()
    ]


P = ParamSpec("P")


def command(function: Callable[Concatenate[Call, P], int | None]) -> Callable[..., int]:
    """Give a command the options that all have, and hand it a `Call`; it returns its exit code.

    Typer reads signatures: the command's own parameters come first, the shared options last.
    """

    @wraps(function)
    def called(**given: Any) -> int:  # noqa: ANN401 - Typer's values
        shared: dict[str, Any] = {"format_": None}
        shared |= {each.name: given.pop(each.name, None) for each in added}
        out = Output.of(
            shared["format_"], json_=shared["json"], csv_=shared["csv"], quiet=shared["quiet"]
        )
        teller = Teller(quiet=not out.is_for_people)
        return function(Call(out, teller, shared["db"]), **given) or 0  # type: ignore[call-arg]

    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    # A command with formats of its own has an option of this name itself.
    own_names = {each.name for each in own}
    added = parameters({name: SHARED[name] for name in SHARED if name not in own_names})
    keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    called.__signature__ = inspect.Signature([*keyword, *added], return_annotation=int)  # type: ignore[attr-defined]
    called.__annotations__ = {each.name: each.annotation for each in (*keyword, *added)}
    return called
