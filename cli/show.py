"""`catalog show`: everything known about a model or one of its checkpoints."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core import facts, refs, tokens
from catalog.core.scores import comparing

from . import judged, output, scores
from .advisories import warn
from .options import DatabaseOpt, JsonOpt, database_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catalog.core.models import Checkpoint, Model
    from catalog.core.scores.rows import ScoreRow
    from catalog.sql.connections import Reader


def show(
    ref: Annotated[
        str, typer.Argument(metavar="MODEL[@REVISION]", help="As in pythia-70m@step3000.")
    ],
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """Show everything known about a model or a checkpoint, with sources and conflicts."""
    from catalog.sql import database
    from catalog.sql.queries import models

    asked = refs.parse(ref)
    with database.reading(database_url(db)) as connection:
        one = models.named(connection, asked.model)
        output.renamed(asked.model, one.name)
        shown = _model(connection, one)
        rows: list[ScoreRow] = []
        if asked.revision is not None:
            saved = models.checkpoint_at(connection, one, asked.revision)
            shown |= _checkpoint(one, saved) | _on_record(connection, saved)
            shown["branch"] = _branch(connection, saved, asked.revision)
            rows = comparing.newest(
                scores.rows_of(connection, [saved.id], None, None), scores.with_runs
            )
            shown["scores"] = [scores.score_json(row) for row in rows]
    revision = None if asked.revision is None else shown["revision"]
    shown["advisories"] = warn([(one.name, revision)])
    if json:
        output.emit_json(shown)
    elif asked.revision is None:
        _print_model(shown)
    else:
        _print_checkpoint(shown)
        if shown["branch"]:
            judged.print_branch(shown["branch"])
        _print_record(shown)
        if rows:
            output.line("scores")
            every = f"`catalog evals show {one.name}@{saved.revision} --all`"
            scores.print_scores(rows, whole=False, single=True, more=every)


def _model(connection: "Reader", one: "Model") -> dict[str, Any]:
    """Return what `--json` documents for a model."""
    from catalog.sql.queries import models

    stated, sources = models.facts(connection, one.id)
    saved = models.checkpoints(connection, one.id)
    shown: dict[str, Any] = {"model": one.name} | output.plain(one)
    del shown["id"], shown["name"]
    shown["checkpoints"] = len(saved)
    shown["final_tokens"] = saved[-1].tokens_seen if saved else None
    used = facts.decide(stated, sources)
    shown["values"] = {key: output.plain(said.value) for key, said in used.items()}
    shown["facts"] = [
        {
            "key": said.key,
            "value": output.plain(said.value),
            "source": _source(sources[said.source]),
        }
        for said in stated
    ]
    shown["conflicts"] = [
        {
            "key": conflict.key,
            "values": [
                {
                    "value": output.plain(statement.value),
                    "sources": [_source(source) for source in statement.sources],
                    "used": rank == 0,
                }
                for rank, statement in enumerate(conflict.values)
            ],
        }
        for conflict in facts.conflicts(stated, sources)
    ]
    shown["names"] = output.plain(models.names_of(connection, one.id))
    return shown


def _source(source: facts.Source) -> dict[str, Any]:
    described: dict[str, Any] = output.plain(source)
    return {key: value for key, value in described.items() if value is not None}


def _checkpoint(one: "Model", saved: "Checkpoint") -> dict[str, Any]:
    """Return what `--json` adds for a checkpoint."""
    epoch = tokens.epoch(saved.tokens_seen, one.dataset_tokens)
    return {
        "revision": saved.revision,
        "step": saved.published_step,
        "training_step": saved.training_step,
        "tokens_seen": saved.tokens_seen,
        "epoch": epoch,
        "sequences": _sequences(one, saved),
    }


def _branch(connection: "Reader", saved: "Checkpoint", asked: str) -> dict[str, Any] | None:
    """Return the judgement on a checkpoint's branch, None where nobody ever looked at it."""
    from catalog.sql.queries import hub
    from catalog.verbs import judging

    if saved.repo_id is None or hub.latest_look(connection, saved.repo_id) is None:
        return None
    of_repository = {
        one.revision: one
        for one in judging.judge(connection, [saved.repo_id]).branches
        if one.publication.repo_id == saved.repo_id
    }
    found = of_repository.get(asked) or of_repository.get(saved.revision or "")
    return None if found is None else judged.branch_json(found)


def _on_record(connection: "Reader", saved: "Checkpoint") -> dict[str, Any]:
    """Return what `populate` and `verify` recorded of a checkpoint."""
    from catalog.sql.queries import weights

    known = weights.recorded(connection, saved.id)
    return {
        "weights": known
        and {
            "observed_at": known.observed_at,
            "commit": known.commit,
            "manifest_digest": known.manifest.digest,
            "files": [
                {"path": each.path, "size": each.size_bytes, "sha256": each.sha256}
                for each in known.manifest
            ],
            "weight_sets": [
                {
                    "name": each.name,
                    "layout": each.layout,
                    "dtype": each.dtype,
                    "params_total": each.params_total,
                    "parameter_digest": each.parameter_digest,
                    "value_digest": each.value_digest,
                }
                for each in known.sets.values()
            ],
        },
        "verifications": [
            {
                "started_at": each.started_at,
                "target": each.target,
                "level": each.level,
                "verdict": each.verdict,
            }
            for each in weights.verifications(connection, saved.id)
        ],
    }


def _sequences(one: "Model", saved: "Checkpoint") -> dict[str, int] | None:
    """Return the half-open range of training sequences seen, None where it is not known."""
    if saved.training_step is None or one.sequences_per_training_step is None:
        return None
    return {
        "start": 0,
        "stop": saved.training_step * one.sequences_per_training_step,
        "tokens_each": one.sequence_tokens or 0,
    }


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
        ],
        indent="  ",
    )
    _print_facts(shown["facts"])
    _print_conflicts(shown["conflicts"])
    output.line("names")
    output.pairs([(name["text"], _period(name)) for name in shown["names"]], indent="  ")


def _print_facts(stated: "Sequence[Mapping[str, Any]]") -> None:
    """Print each key once a value, with the sources that say so."""
    by_value: dict[tuple[str, str], list[str]] = {}
    for said in stated:
        source = said["source"]["key"]
        by_value.setdefault((said["key"], _value(said["value"])), []).append(source)
    output.line("facts")
    rows = [(key, value, ", ".join(said_by)) for (key, value), said_by in sorted(by_value.items())]
    output.table(("  key", "value", "source"), [("  " + key, *rest) for key, *rest in rows])


def _print_conflicts(conflicts: "Sequence[Mapping[str, Any]]") -> None:
    if not conflicts:
        return
    output.line("conflicts (the first value is used)")
    for conflict in conflicts:
        for statement in conflict["values"]:
            said_by = "; ".join(source["title"] for source in statement["sources"])
            output.line(f"  {conflict['key']}  {_value(statement['value'])}  {said_by}")


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return output.cell(value)


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
        ],
        indent="  ",
    )


def _print_record(shown: "Mapping[str, Any]") -> None:
    """Print the newest record of the weights and the newest verifications, if there are any."""
    known = shown["weights"]
    if known:
        output.line(f"weights, read on {known['observed_at']:%Y-%m-%d}")
        for one in known["weight_sets"]:
            output.line(f"  {one['name']}: {one['params_total']:,} parameters, {one['dtype']}")
            output.line(f"    values {one['value_digest']}")
    made = shown["verifications"]
    if made:
        output.line(f"verifications: {len(made)}, the newest last")
        for one in made[-3:]:
            output.line(f"  {one['started_at']:%Y-%m-%d %H:%M}  {one['level']}  {one['verdict']}")
