"""`catalog advisories`: known problems of published checkpoints; and the warning of them."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core import refs

from . import output
from .options import DatabaseOpt, JsonOpt, database_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catalog.core.advisories import Advisory
    from catalog.core.published import Finding
    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Target


def advisories(
    ref: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL[@REVISION]]", help="Only what concerns this.", show_default=False
        ),
    ] = None,
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """List known problems of published checkpoints, and what to load instead.

    Those that ship come with sources; the errors that this catalog's own audits found are added,
    except where an advisory covers them. A checkpoint without an advisory is not known to be good:
    `catalog audit` looks.
    """
    from catalog.core import advisories as known
    from catalog.sql import database

    with database.reading(database_url(db)) as connection:
        model, revision = (None, None) if ref is None else _meant(connection, ref)
        chosen = known.shipped() if model is None else known.about(model, revision)
        audited = [one for one in _audited(connection, model, revision) if not _is_covered(one)]
    if json:
        output.emit_json([*map(_document, chosen), *map(_of_audit, audited)])
        return
    for one in chosen:
        _print(one)
    for finding in audited:
        told = _of_audit(finding)
        output.line(f"{told['id']}  {told['title']}")
    if not chosen and not audited:
        output.say("none known; `catalog audit` compares branches with one another")


def _meant(connection: "Reader", ref: str) -> tuple[str, str | None]:
    """Return the model and the branch that a REF means."""
    from catalog.sql.queries import models

    asked = refs.parse(ref)
    one = models.named(connection, asked.model)
    output.renamed(asked.model, one.name)
    if asked.revision is None:
        return one.name, None
    return one.name, models.checkpoint_at(connection, one, asked.revision).revision


def _audited(connection: "Reader", model: str | None, revision: str | None) -> "list[Finding]":
    """Return the open findings of severity error, of a model or branch."""
    from catalog.sql.queries import hub

    return [
        one
        for one in hub.open_findings(connection)
        if one.severity == "error"
        and model in (None, one.model)
        and revision in (None, one.revision)
    ]


def _is_covered(finding: "Finding") -> bool:
    """Return whether an advisory that ships speaks of the same branch."""
    from catalog.core import advisories as known

    return bool(finding.model and known.about(finding.model, finding.revision))


def _document(one: "Advisory") -> dict[str, Any]:
    """Return what `--json` documents for an advisory."""
    told: dict[str, Any] = output.plain(one)
    return {"from": "shipped"} | told


def _of_audit(one: "Finding") -> dict[str, Any]:
    """Return a finding of an audit in the form of an advisory."""
    where = f"{one.repo_id}@{one.revision}" if one.revision else one.repo_id
    return {
        "from": "audit",
        "id": f"AUDIT:{one.rule}:{where}",
        "title": f"{where}: {one.message}",
        "dated": None,
        "status": "audited",
        "affected": [
            {
                "models": [one.model or one.repo_id],
                "revisions": [] if one.revision is None else [one.revision],
            }
        ],
        "weight_sets": [],
        "problem": one.message,
        "instead": f"see `catalog show {one.model or one.repo_id}@{one.revision or 'main'}`",
        "evidence": "what the Hub declared when it was last looked at",
        "sources": [],
    }


def _print(one: "Advisory") -> None:
    output.line(f"{one.id}  {one.title}")
    where = "; ".join(
        f"{', '.join(each.models)} {', '.join(each.revisions)}".strip() for each in one.affected
    )
    rows = [
        ("affected", where),
        ("weight set", ", ".join(one.weight_sets) or None),
        ("problem", one.problem),
        ("instead", one.instead),
        ("evidence", f"{one.evidence} ({one.status}, {one.dated})"),
        *(("source", source) for source in one.sources),
    ]
    output.pairs(rows, indent="  ")


def warn(touched: "Iterable[tuple[str, str | None]]") -> list[str]:
    """Say on stderr which advisories concern checkpoints; return their ids.

    Args:
        touched: model and revision of each; one line an advisory and model, however many branches.
    """
    from catalog.core import advisories as known

    met: dict[tuple[str, str], tuple[Advisory, list[str]]] = {}
    for model, revision in touched:
        where = model if revision is None else f"{model}@{revision}"
        for one in known.about(model, revision):
            met.setdefault((one.id, model), (one, []))[1].append(where)
    for (_, model), (one, places) in met.items():
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        which = places[0] if len(places) == 1 else model
        see = f"`catalog advisories {which}`"
        output.say(f"warning: {places[0]}{more}: {one.problem} ({one.id}: {see})")
    return list(dict.fromkeys(number for number, _ in met))


def advise(target: "Target") -> None:
    """Warn of what is known about the checkpoint that a target is."""
    if target.model is not None and target.checkpoint is not None:
        warn([(target.model.name, target.checkpoint.revision)])
