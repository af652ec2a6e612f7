"""What follows from bytes: what files hold that are, byte for byte, the recorded ones.

Their tensors were digested when they were recorded. Equal files hold equal tensors, so `verify`
takes the tensors' digests from the record, and spares three quarters of the hashing. Files that
differ are read again, to say in which tensors.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from catalog.core.verdicts import Level
from catalog.core.witnesses import SetDigests
from catalog.verbs import reading
from catalog.verbs.listing import listed, tensor_sets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.weightsets import WeightSet
    from catalog.verbs.expecting import Witness
    from catalog.verbs.target import Target

NOTE = "every byte of {} is as recorded: its tensors were not digested again"


def read(target: "Target", witness: "Witness", options: reading.Options) -> reading.Observed:
    """Read every file, as deep as the level goes and the record does not; in any thread.

    Raises as `reading.read`.
    """
    weight_sets = _recorded(target, witness, options)
    if weight_sets:
        shallow = replace(options, level=Level.FILES)
        observed = reading.once(target, witness.plan, shallow)
        if sets := _following(weight_sets, witness, observed):
            notes = (NOTE.format(name) for name in sets)
            return replace(observed, sets=sets, notes=(*observed.notes, *notes))
    return reading.once(target, witness.plan, options)


def _recorded(
    target: "Target", witness: "Witness", options: reading.Options
) -> "Sequence[WeightSet]":
    """Return the weight sets that are here if all may be recorded ones, by name and size."""
    if not options.level.includes(Level.WEIGHTS) or not witness.held or witness.expected is None:
        return ()
    listing, expected = listed(target, options.exclude), witness.expected.entries
    weight_sets = tensor_sets(target, listing)
    may_be = all(
        each.name in witness.held
        and all(
            path in expected and expected[path].size_bytes == listing.files[path].size_bytes
            for path in each.all_files
        )
        for each in weight_sets
    )
    return weight_sets if may_be else ()


def _following(
    weight_sets: "Sequence[WeightSet]", witness: "Witness", observed: reading.Observed
) -> dict[str, SetDigests]:
    """Return the weight sets with what the record says of their tensors; none if a byte differs."""
    expected = {} if witness.expected is None else witness.expected.entries
    now = observed.manifest.entries
    if any(
        now[path].sha256 != expected[path].sha256 for each in weight_sets for path in each.all_files
    ):
        return {}
    return {
        each.name: SetDigests.of(
            each, witness.held[each.name], [now[path].sha256 for path in each.files]
        )
        for each in weight_sets
    }
