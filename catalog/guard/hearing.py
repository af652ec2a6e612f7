"""What happens when a library takes weights: it is judged, said, refused, noted in the log.

A load is heard where a library names a file of weights, and again where it opens it; both are one
load. What may go wrong in judging never reaches the library; a refusal does.
"""

import os
import sys
from collections.abc import Iterable

from catalog.core.loads import Asked, Load
from catalog.core.weightsets import is_index
from catalog.guard import asking, places
from catalog.guard.modes import LOG, current
from catalog.guard.words import Unobserved, WrongWeights, WrongWeightsError, note, once, warn, whose


def is_off() -> bool:
    """Return whether the guard is to do nothing."""
    return current(note) == "off"


def refuses() -> bool:
    """Return whether wrong weights are refused, so that it is worth judging ahead."""
    return current(note) in ("error", "fix")


def ahead(asked: Asked) -> Load | None:
    """Judge what will be taken, as far as it is known before; refuse nothing."""
    try:
        return asking.judged(asked)
    except asking.FORESEEN as error:
        note(f"a load was not judged: {error}")
        return None


def require(load: Load | None) -> None:
    """Refuse what is wrong, before it is downloaded.

    Raises:
        WrongWeightsError: it is another checkpoint's.
    """
    if load is not None and load.is_wrong:
        raise refused(load)


def refused(load: Load) -> WrongWeightsError:
    """Return the refusal of a load."""
    return WrongWeightsError(str(load.line))


def taken(
    files: Iterable[str], library: str, *, repo_id: str | None = None, revision: str | None = None
) -> None:
    """Hear that a library took files.

    Args:
        files: their paths on this machine.
        library: that took them.
        repo_id: as it asked for it, None where it opened a path.
        revision: the same.

    Raises:
        WrongWeightsError: in `error` and `fix`, where they are another checkpoint's.
        WrongWeights: in `warn` and `strict`, where the user made warnings errors.
    """
    try:
        sources = [places.of_file(file, repo_id, revision) for file in files if not is_index(file)]
        met = [source for source in sources if source is not None]
        if not met:
            return
        paths = tuple(path for source in met for path in source.asked.paths)
        folder, asked = met[0].folder, met[0].asked
        asked = asked._replace(paths=paths, digests=places.declared(folder, paths))
        load = asking.judged(asked)
    except asking.FORESEEN as error:
        note(f"a load was not judged: {error}")
        return
    if load is None:
        return
    if refuses():
        require(load)
    _say(load)
    _write(load, places.Source(folder, asked), library)


def _say(load: Load) -> None:
    """Warn once a checkpoint; of what nobody observed only whoever wants to hear it."""
    unheard = not load.is_observed and current(note) != "strict"
    if load.line is None or unheard or not once((load.repo_id.lower(), load.revision)):
        return
    message = WrongWeights(load.line) if load.is_observed else Unobserved(load.line)
    message.load = load
    warn(message)


def _write(load: Load, source: places.Source, library: str) -> None:
    """Note a load in the log, once a weight set."""
    file = os.environ.get(LOG) or None
    key = (file, load.repo_id.lower(), load.revision, load.commit, load.weight_set)
    if file is None or not once(key):
        return
    from catalog.guard import journal  # noqa: PLC0415 - where a log is kept alone

    _, outermost = whose(sys._getframe(1))  # noqa: SLF001 - as `warnings` does
    try:
        journal.append(file, load, source, outermost or library)
    except asking.FORESEEN as error:
        note(f"${LOG}: {file} was not written: {error}")
