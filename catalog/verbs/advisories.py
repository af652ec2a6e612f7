"""Known problems of published checkpoints: those that ship, and what audits here found."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from catalog.core import advisories
from catalog.core.advisories import Advisory
from catalog.core.tuples import NamedTuple

if TYPE_CHECKING:
    from catalog.core.published import Finding
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target

ERROR = "error"


class Problems(NamedTuple):
    """What is known to be wrong.

    Attributes:
        advisories: those that ship, the newest first.
        findings: open errors of audits on branches that no advisory covers.
    """

    advisories: tuple[Advisory, ...]
    findings: "tuple[Finding, ...]"


def known(connection: "Reader", about: "Target | None" = None) -> Problems:
    """Return the known problems, of a model or checkpoint where one is named."""
    from catalog.sql.queries import hub  # noqa: PLC0415 - a warning needs no catalog

    model = None if about is None or about.model is None else about.model.name
    checkpoint = None if about is None else about.checkpoint
    revision = None if checkpoint is None else checkpoint.revision
    shipped = advisories.shipped() if model is None else advisories.about(model, revision)
    weight_set = None if about is None else about.weight_set
    concerned = [
        advisory
        for advisory in shipped
        if weight_set is None or not advisory.weight_sets or weight_set in advisory.weight_sets
    ]
    findings = [
        finding
        for finding in hub.open_findings(connection)
        if finding.severity == ERROR
        and model in (None, finding.model)
        and revision in (None, finding.revision)
        and not (finding.model and advisories.about(finding.model, finding.revision))
    ]
    return Problems(tuple(concerned), tuple(findings))


class Warnings(NamedTuple):
    """What advisories say of some checkpoints.

    Attributes:
        ids: of the advisories that concern any of them.
        texts: one line an advisory and model, however many branches.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]


def warnings(touched: Iterable[tuple[str, str | None]]) -> Warnings:
    """Return what advisories say of checkpoints.

    Args:
        touched: model and revision of each, None for a whole model.
    """
    places: dict[tuple[str, str], list[str]] = {}
    concerned: dict[str, Advisory] = {}
    for model, revision in touched:
        for advisory in advisories.about(model, revision):
            concerned[advisory.id] = advisory
            place = model if revision is None else f"{model}@{revision}"
            places.setdefault((advisory.id, model), []).append(place)
    texts = [_worded(concerned[number], model, where) for (number, model), where in places.items()]
    return Warnings(tuple(concerned), tuple(texts))


def _worded(advisory: Advisory, model: str, places: list[str]) -> str:
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    which = places[0] if len(places) == 1 else model
    see = f"`catalog advisories {which}`"
    return f"warning: {places[0]}{more}: {advisory.problem} ({advisory.id}: {see})"
