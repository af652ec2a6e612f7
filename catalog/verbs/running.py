"""Runs the networks of what was read: in its turn, or before it, on a card or on several."""

from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from catalog import forward
from catalog.core.verdicts import Verdict
from catalog.core.witnesses import SetDigests
from catalog.verbs.pipeline import Done
from catalog.verbs.reading import Observed, Plan, weight_checks

if TYPE_CHECKING:
    from catalog.forward.devices import Devices
    from catalog.forward.refilling import Networks


def run_network(
    observed: Observed,
    weights: SetDigests,
    choice: forward.Choice,
    plan: Plan | None,
    ran: "Mapping[str, Done[forward.ForwardRun]] | None" = None,
) -> forward.ForwardRun:
    """Run the network on the probes.

    Args:
        observed: what was read.
        weights: which set of it.
        choice: where and how.
        plan: what the model should be.
        ran: what sets came to that were run already, by their value digest.

    Raises:
        CouldNotCheck: no config, or out of memory.
    """
    choice.require_room(weights.name, weights.params_total)
    architecture = "" if plan is None else plan.architecture
    early = (ran or {}).get(weights.value_digest)
    if early is None:
        run = forward.run(observed.folder, weights.files, choice, architecture=architecture)
    else:
        run = early.result()
    rows = None if plan is None or plan.shapes is None else _rows(plan.shapes)
    if run.fingerprint is None or rows is None or run.fingerprint.vocabulary == rows:
        return run
    problem = f"embedding of {run.fingerprint.vocabulary:,} rows, the model has {rows:,}"
    return forward.ForwardRun(None, (problem,), run.notes, run.environment)


def bring_early(observed: Observed, networks: "Networks") -> None:
    """Begin to bring what was read to the card where it will run: its first weight set.

    Args:
        observed: what was read.
        networks: those that it will be run with.
    """
    for weights in islice(observed.sets.values(), 1):
        forward.ahead(observed.folder, weights.files, networks)


def run_early(
    observed: Observed, plan: Plan | None, devices: "Devices"
) -> "dict[str, Done[forward.ForwardRun]]":
    """Run every weight set that is whole before its turn, for `run_network`; in any thread.

    Args:
        observed: what was read.
        plan: what the model should be.
        devices: run it.
    """
    architecture = "" if plan is None else plan.architecture
    ran: dict[str, Done[forward.ForwardRun]] = {}
    for weights in observed.sets.values():
        failed = any(check.verdict is Verdict.FAILED for check in weight_checks(weights, plan))
        if not failed and weights.value_digest not in ran:
            run = partial(devices.run, observed.folder, weights, architecture)
            ran[weights.value_digest] = Done.of(run)
    return ran


def _rows(shapes: Mapping[str, tuple[int, ...]]) -> int | None:
    embedding = shapes.get("gpt_neox.embed_in.weight")
    return None if embedding is None else embedding[0]
