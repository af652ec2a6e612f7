"""What pictures show as plain data: a row a point, or a row a branch."""

from typing import TYPE_CHECKING

from catalog.core.pictures import Grid

if TYPE_CHECKING:
    from catalog.core.pictures import Picture
    from catalog.documents.plain import Document

_AMOUNTS = {"tokens": "tokens_seen", "steps": "training_step", "params": "params_total"}


def rows(value: "Picture | Grid") -> "list[Document]":
    """Return every point of a picture, or every verdict of a grid."""
    if isinstance(value, Grid):
        return [
            {"model": model, "revision": step, "verdict": verdict}
            for model, row in zip(value.models, value.cells, strict=True)
            for step, verdict in zip(value.steps, row, strict=True)
            if verdict is not None
        ]
    return [
        {
            "line": line.name,
            "ref": point.ref,
            _AMOUNTS[value.axis]: point.x,
            "task": panel.task,
            "metric": panel.metric,
            "value": point.value,
            "stderr": point.stderr,
            "reference": line.is_reference,
            "mark": "!" if point.marked else None,
            "after_gap": point.after_gap,
            "conditions": panel.conditions,
        }
        for panel in value.panels
        for line in panel.lines
        for point in line.points
    ]


def picture(value: "Picture | Grid") -> "Document":
    """Return a picture: its points, why some are marked, and where the scores came from."""
    if isinstance(value, Grid):
        return {"cells": rows(value)}
    return {
        "axis": value.axis,
        "points": rows(value),
        "reasons": list(value.reasons),
        "sources": list(value.sources),
        "digest": f"sha256:{value.digest}",
    }
