"""Models, names, checkpoints and suites as plain data."""

from typing import TYPE_CHECKING

from catalog.documents.plain import Document, plain

if TYPE_CHECKING:
    from catalog.core.facts import Conflict, Source
    from catalog.core.models import Checkpoint, Model, Suite
    from catalog.verbs.at import Position
    from catalog.verbs.name import Explained
    from catalog.verbs.outcomes import Copied, Made, Schema
    from catalog.verbs.show import Known, ModelKnown
    from catalog.verbs.suites import Loaded


def made(value: "Made") -> Document:
    """Return what `init` did."""
    return {
        "database": value.database,
        "suites": [loaded(suite) for suite in value.suites],
        "evaluations": plain(value.scores),
        "observations": plain(value.observations),
    }


def copied(value: "Copied") -> Document:
    """Return what was copied."""
    document: Document = plain(value)
    return document


def schema(value: "Schema") -> Document:
    """Return which schema a database has."""
    return {"database": value.database, "schema": value.after, "wanted": value.wanted}


def upgraded(value: "Schema") -> Document:
    """Return what became of a database's schema."""
    return {"database": value.database, "before": value.before, "after": value.after}


def suite(value: "Suite") -> Document:
    """Return a suite."""
    document: Document = plain(value)
    return document


def loaded(value: "Loaded") -> Document:
    """Return what became of a suite that was loaded."""
    document: Document = plain(value)
    return document


def model(value: "Model") -> Document:
    """Return a model, without its row."""
    document: Document = {"model": value.name} | plain(value)
    del document["id"], document["name"]
    return document


def checkpoint(value: "Checkpoint") -> Document:
    """Return a checkpoint of a model, without its row."""
    document: Document = plain(value)
    del document["id"]
    return document


def name(value: "Explained") -> Document:
    """Return what a written name means."""
    meant = value.answer if value.today is None else value.today
    document: Document = plain(value.answer)
    return document | {
        "on": plain(value.on),
        "today": {"model": meant.model, "repo_id": meant.repo_id},
        "tokens_seen": value.tokens_seen,
        "distance": value.distance,
        "revision_error": value.revision_error,
    }


def position(value: "Position") -> Document:
    """Return a checkpoint beside the amount of training that was asked for."""
    checkpoint = value.checkpoint
    return {
        "model": checkpoint.model,
        "repo_id": checkpoint.repo_id,
        "revision": checkpoint.revision,
        "step": checkpoint.published_step,
        "training_step": checkpoint.training_step,
        "tokens_seen": checkpoint.tokens_seen,
        "distance": value.distance,
        "note": value.note,
        "asked": value.asked,
    }


def known(value: "Known", *, brief: bool = False) -> Document:
    """Return everything known about a model, or a checkpoint of it.

    Args:
        value: it.
        brief: leave out of a checkpoint what is its model's, and what only programs are told.
    """
    if value.checkpoint is None:
        document = _model_known(value.model)
    else:
        from catalog.documents import checkpoints  # noqa: PLC0415 - for a checkpoint alone

        of = value.model.model
        document = model(of) if brief else _model_known(value.model)
        document |= checkpoints.checkpoint(value.checkpoint, of, brief=brief)
        document["distance"] = value.about.distance
    marked = value.marked
    return document | {
        "advisories": list(value.advisories),
        "tags": [] if marked is None else list(marked.tags),
        "own_note": None if marked is None else marked.note,
    }


def _model_known(value: "ModelKnown") -> Document:
    return model(value.model) | {
        "checkpoints": value.checkpoints,
        "final_tokens": value.final_tokens,
        "values": {key: plain(fact.value) for key, fact in value.used.items()},
        "facts": [
            {
                "key": fact.key,
                "value": plain(fact.value),
                "source": _source(value.sources[fact.source]),
            }
            for fact in value.facts
        ],
        "conflicts": [_conflict(conflict) for conflict in value.conflicts],
        "names": plain(value.names),
    }


def _conflict(value: "Conflict") -> Document:
    return {
        "key": value.key,
        "values": [
            {
                "value": plain(statement.value),
                "sources": [_source(source) for source in statement.sources],
                "used": rank == 0,
            }
            for rank, statement in enumerate(value.values)
        ],
    }


def _source(value: "Source") -> Document:
    """Return a source; what is not known of it is left out."""
    return {key: item for key, item in plain(value).items() if item is not None}
