"""What is to be said of a place, in a sentence: what it loads, means, or why nobody can tell."""

from collections.abc import Sequence

from catalog.core import loaders
from catalog.core.mentions import places
from catalog.core.mentions.places import Loaded, Place

_VERBS = {
    places.LOADS_ANOTHER: "loads",
    places.LOADS_NOTHING: "loads nothing",
    places.KNOWN_PROBLEM: "has a known problem",
}


def said(place: Place, order: Sequence[str]) -> str:
    """Return the sentence of a place, without a full stop.

    Args:
        place: it.
        order: every revision of its model, in the order of training.
    """
    parts = [place.name] if place.name else []
    for rule, verb in _VERBS.items():
        parts += _groups(place, rule, verb, order)
    if place.mention.untold is not None:
        parts.append(f"cannot tell: {place.mention.untold}")
    if not parts and any(each.rule == places.UNOBSERVED for each in place.loaded):
        parts.append(_unobserved(place))
    return "; ".join(parts) or _right(place)


def _groups(place: Place, rule: str, verb: str, order: Sequence[str]) -> list[str]:
    """Return a phrase for each thing that is loaded instead, with the revisions that load it."""
    groups: dict[str, list[Loaded]] = {}
    for each in place.loaded:
        if each.rule == rule:
            groups.setdefault(each.loads or each.why or "", []).append(each)
    phrases = []
    for what, loaded in groups.items():
        whole = len(loaded) == len(place.loaded)
        which = "" if whole else places.drawn_together([e.revision for e in loaded], order) + " "
        if rule == places.LOADS_ANOTHER:
            phrases.append(f"{which}{verb} {what} ({_loader(place)})")
        else:
            phrases.append(f"{which}{verb}: {what}")
    return phrases


def _unobserved(place: Place) -> str:
    whys = dict.fromkeys(
        each.why for each in place.loaded if each.rule == places.UNOBSERVED and each.why
    )
    return f"not observed: {'; '.join(whys)}"


def _right(place: Place) -> str:
    """Return that a place is right, with the loader that it is right for where it names one."""
    loader = place.mention.loader
    if loader is None or loader.key == loaders.DEFAULT or not place.loaded:
        return "right"
    return f"right ({loader.words})"


def _loader(place: Place) -> str:
    loader = place.mention.loader
    return loaders.profiles()[loaders.DEFAULT].title if loader is None else loader.words
