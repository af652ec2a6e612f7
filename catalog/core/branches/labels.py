"""From the refs of a repository to labels: which step a branch promises, which is the last one."""

import re
from collections.abc import Iterable, Mapping

from catalog.core.branches.values import Label, Publication
from catalog.core.published import Ref, RefKind
from catalog.core.refs import MAIN

# `step3000`, `step_3000`, `stage1-step3000-tokens7B`, `global_step3000`, `checkpoint-3000`, `3000`
_STEP = r"(?:^|[-_/a-z])(?:step|checkpoint|ckpt|iter)[-_]?(\d{1,18})(?!\d)|^(\d{1,18})$"

Steps = Mapping[str, int | None]
"""The published step by revision, of those that the schedule expects."""


def step_of(revision: str) -> int | None:
    """Return the step that a branch name gives, None for one that gives none.

    >>> step_of("step3000"), step_of("stage1-step7000-tokens30B"), step_of("143000")
    (3000, 7000, 143000)
    >>> step_of("backup-of-main") is None
    True
    """
    match = re.search(_STEP, revision, re.IGNORECASE)
    return None if match is None else int(match[1] or match[2])


def labels(publication: Publication) -> tuple[Label, ...]:
    """Return the branches that are judged, in order of training, main first.

    Tags count where the save schedule names them; other refs are copies by nature.
    """
    known = {expected.revision: expected.step for expected in publication.expected}
    refs = [ref for ref in publication.repository.look.refs if _is_judged(ref, known)]
    last = _last_step(publication, refs)
    made = (_label(ref, publication, known, last) for ref in refs)
    return tuple(sorted(made, key=_in_order))


def _is_judged(ref: Ref, known: Steps) -> bool:
    named = ref.revision in known
    return ref.kind is RefKind.BRANCH or (ref.kind is RefKind.TAG and named)


def _last_step(publication: Publication, refs: Iterable[Ref]) -> int | None:
    """Return the last step of the schedule, else the highest that a branch names."""
    if publication.expected:
        return publication.expected[-1].step  # that of main, where the schedule has it
    return max((s for ref in refs if (s := step_of(ref.revision)) is not None), default=None)


def _label(ref: Ref, publication: Publication, known: Steps, last: int | None) -> Label:
    is_main = ref.revision == MAIN
    step = known[ref.revision] if ref.revision in known else step_of(ref.revision)
    step = last if is_main and step is None else step
    final = is_main or (step is not None and step == last)
    final |= bool(known) and ref.revision == publication.expected[-1].revision
    model = publication.model or publication.repo_id
    claims = is_main or step is not None or ref.revision in known
    return Label(publication.repo_id, model, ref, step, final, claims)


def _in_order(label: Label) -> tuple[bool, bool, int, str]:
    return (not label.is_main, label.step is None, label.step or 0, label.ref.revision)
