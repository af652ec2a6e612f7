"""`catalog show`: everything known about a model or one of its checkpoints."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import output, scoreboard
from .arguments import ModelArg
from .call import Call, command
from .output import Format, Report
from .tables import Column, cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FACTS = (Column("key", "  key"), Column("value", wraps=True), Column("source", wraps=True))
COLUMNS = (Column("key"), Column("value", wraps=True))
CODE = (Column("library"), Column("code", wraps=True))
NEWEST = 3


class Library(StrEnum):
    """What can be made to load a checkpoint's right weights."""

    TRANSFORMERS = "transformers"
    TRANSFORMER_LENS = "transformer-lens"
    VLLM = "vllm"
    LM_EVAL = "lm-eval"
    NNSIGHT = "nnsight"
    HF = "hf"
    CATALOG = "catalog"


CodeOpt = Annotated[
    Library | None,
    typer.Option(
        "--code",
        metavar="LIBRARY",
        show_default=False,
        help=f"Print code that loads the right weights, and nothing else: {', '.join(Library)}.",
    ),
]


@command
def show(call: Call, ref: ModelArg, library: CodeOpt = None) -> None:
    """Show everything known about a model or a checkpoint, with sources and conflicts.

    With --code only the code that makes a library load the right weights, pinned to the commit that
    was last seen; exit 1 where right weights are nowhere.
    """
    from catalog.documents import models

    if library is not None:
        _print_code(call, ref, library)
        return
    newest = None if call.output.format is Format.JSON else NEWEST
    known = call.catalog.show(ref, newest=newest)
    document = models.known(known, brief=call.output.is_for_people)
    rows = [
        {"key": key, "value": value}
        for key, value in document.items()
        if not isinstance(value, list | dict)
    ]
    call.print(
        Report(
            document,
            rows,
            COLUMNS,
            text=lambda: _print(document),
            quiet=lambda row: row["value"],
        )
    )


def _print_code(call: Call, ref: str, library: Library) -> None:
    """Print code on standard output, and words about it elsewhere."""
    from catalog.documents import checkpoints

    made = call.catalog.code(ref, library)
    document = checkpoints.code(made)
    call.print(
        Report(
            document,
            [document],
            CODE,
            text=lambda: output.write_lines(made.text.splitlines()),
            quiet=lambda row: row["code"].rstrip("\n"),
        )
    )
    if made.before is not None:
        call.notes([f"it loads a folder; first run `{made.before}`"])


def _print(shown: "Mapping[str, Any]") -> None:
    if "step" not in shown:
        _print_model(shown)
        return
    _print_checkpoint(shown)
    if shown["branch"]:
        _print_branch(shown["branch"])
    _print_record(shown)
    if shown["scores"]:
        output.line("scores")
        every = f"`catalog evals show {shown['model']}@{shown['revision']} --all`"
        scoreboard.print_scores(shown["scores"], whole=False, single=True, more=every)


def _own(shown: "Mapping[str, Any]") -> list[tuple[str, object]]:
    """Return what was written on it here: tags and a note."""
    return [("tags", " ".join(shown["tags"]) or None), ("own note", shown["own_note"])]


def _print_model(shown: "Mapping[str, Any]") -> None:
    output.line(shown["model"])
    output.pairs(
        [
            ("repository", shown["repo_id"] or "never published"),
            ("suite", shown["suite"]),
            ("architecture", shown["architecture"]),
            ("parameters", shown["params_total"]),
            ("non-embedding", shown["params_non_embedding"]),
            ("checkpoints", shown["checkpoints"]),
            ("tokens in all", shown["final_tokens"]),
            ("derived from", shown["derived_from"]),
            ("note", shown["note"]),
            *_own(shown),
        ],
        indent="  ",
    )
    _print_facts(shown["facts"])
    _print_conflicts(shown["conflicts"])
    output.line("names")
    output.pairs([(name["text"], _period(name)) for name in shown["names"]], indent="  ")


def _print_facts(facts: "Sequence[Mapping[str, Any]]") -> None:
    """Print each key once a value, with the sources that say so."""
    by_value: dict[tuple[str, str], list[str]] = {}
    for fact in facts:
        source = fact["source"]["key"]
        by_value.setdefault((fact["key"], cell(fact["value"])), []).append(source)
    output.line("facts")
    rows = [
        {"key": f"  {key}", "value": value, "source": ", ".join(sources)}
        for (key, value), sources in sorted(by_value.items())
    ]
    output.table(FACTS, rows)


def _print_conflicts(conflicts: "Sequence[Mapping[str, Any]]") -> None:
    if not conflicts:
        return
    output.line("conflicts (the first value is used)")
    for conflict in conflicts:
        for statement in conflict["values"]:
            sources = "; ".join(source["title"] for source in statement["sources"])
            output.line(f"  {conflict['key']}  {cell(statement['value'])}  {sources}")


def _period(name: "Mapping[str, Any]") -> str:
    since = f"from {name['valid_from']} " if name["valid_from"] else ""
    until = f"until {name['valid_to']} " if name["valid_to"] else ""
    return f"{name['kind']} {since}{until}".strip()


def _print_checkpoint(shown: "Mapping[str, Any]") -> None:
    sequences = shown["sequences"]
    output.line(f"{shown['model']}@{shown['revision']}" if shown["revision"] else shown["model"])
    output.pairs(
        [
            ("repository", shown["repo_id"] or "never published"),
            ("published step", shown["step"]),
            ("training step", shown["training_step"]),
            ("tokens seen", shown["tokens_seen"]),
            ("epoch", None if shown["epoch"] is None else f"{shown['epoch']:.4f}"),
            (
                "sequences seen",
                sequences
                and f"[{sequences['start']:,}, {sequences['stop']:,}) "
                f"of {sequences['tokens_each']:,} tokens each",
            ),
            *_own(shown),
        ],
        indent="  ",
    )


def _print_branch(branch: "Mapping[str, Any]") -> None:
    """Print what is known of the checkpoint's branch."""
    observed_at = branch["observed_at"]
    day = observed_at[:10] if observed_at else "an unknown day"
    commit = f", commit {branch['commit'][:8]}" if branch["commit"] else ""
    output.line(f"on the Hub, seen on {day}{commit}: {branch['verdict']}")
    for weight_set in branch["weight_sets"]:
        output.line(f"  {weight_set['name']}: {weight_set['verdict']}. {_reason(weight_set)}")
    loads = branch["loads"] or {}
    output.pairs([(f"{key} loads", name or "nothing") for key, name in loads.items()], indent="  ")
    if branch["recipe"]:
        output.line(f"  right weights: {branch['recipe']}")


def _reason(weight_set: "Mapping[str, Any]") -> str:
    """Return why a weight set has its verdict, and how its size says that it is stored."""
    if weight_set["precision"] is None:
        return str(weight_set["reason"])
    buffers = "with" if weight_set["buffers"] else "no"
    return f"{weight_set['reason']} Stored as {weight_set['precision']}, {buffers} buffers."


def _print_record(shown: "Mapping[str, Any]") -> None:
    """Print the newest record of the weights and the newest verifications, if there are any."""
    known = shown["weights"]
    if known:
        output.line(f"weights, read on {known['observed_at'][:10]}{_by(known)}")
        for weight_set in known["weight_sets"]:
            size = f"{weight_set['params_total']:,} parameters, {weight_set['dtype']}"
            output.line(f"  {weight_set['name']}: {size}")
            output.line(f"    values {weight_set['value_digest']}")
        for problem in (*known["contradictions"], *known["doubts"]):
            output.line(f"  contradicted: {problem}")
    for problem in () if known else shown["disagreements"]:
        output.line(f"contradicted: {problem}")
    made = shown["verifications"]
    if made:
        more = "; --json lists all" if shown["verified"] > len(made) else ""
        output.line(f"verifications: {shown['verified']:,}, the newest last{more}")
        for each in made:
            when = each["started_at"][:16].replace("T", " ")
            output.line(f"  {when}  {each['level']}  {each['verdict']}{_by(each)}")


def _by(said: "Mapping[str, Any]") -> str:
    """Return who said it, where it was not who keeps this catalog."""
    return f" by {said['observer']}" if said["observer"] else ""
