"""Arguments and options that several commands share, as annotated types."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from catalog.errors import BadInput

from . import complete

TARGET_HELP = "MODEL@REVISION, or a folder or file; ./NAME is always a path."

OptionalTargetsArg = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="REF|PATH...",
        help=TARGET_HELP,
        show_default=False,
        autocompletion=complete.targets,
    ),
]
ObservedArg = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[MODEL|SUITE|REPO]...",
        help="Default: every observed repository.",
        show_default=False,
        autocompletion=complete.models_and_suites,
    ),
]
AsOpt = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="REF",
        help="Which checkpoint the given folder holds.",
        autocompletion=complete.refs,
    ),
]
OfflineOpt = Annotated[
    bool,
    typer.Option("--offline", help="Ask nobody: use what is here, as HF_HUB_OFFLINE=1 does."),
]
ForceOpt = Annotated[
    bool, typer.Option("--force", help="Write over a manifest or lock that is there.")
]
DeviceOpt = Annotated[
    str,
    typer.Option(
        "--device",
        help="auto, cpu, cuda (every card), cuda:N (that one) or several: cuda:0,cuda:1. "
        "auto: CUDA if there is any.",
    ),
]
DtypeOpt = Annotated[
    str,
    typer.Option("--dtype", help="auto, float32, bfloat16 or float16. auto: float32, exact."),
]
ModelArg = Annotated[
    str,
    typer.Argument(
        metavar="MODEL[@REVISION]", help="As in pythia-70m@step3000.", autocompletion=complete.refs
    ),
]
TaskOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--task",
        metavar="TASK",
        help="Only this task; `*` matches. Repeatable.",
        autocompletion=complete.tasks,
    ),
]
TableOpt = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write the rows to FILE: .csv, .json, .jsonl, .md or .parquet.",
        readable=False,
        show_default=False,
    ),
]


def require_whole(targets: Sequence[str]) -> None:
    """Refuse a model and its revision as two targets, before the first is read or downloaded.

    Raises:
        BadInput: they stand apart.
    """
    from . import advice

    if hint := advice.apart(targets):
        raise BadInput("a revision is no target of its own", hint)
