"""Where observers contradict one another about a checkpoint: never settled, always shown.

The one place that gathers what they say; `show`, `audit`, `import records`, `populate` and `verify`
ask it. What contradicts what is decided in `catalog.core.observers`.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from catalog.core.observers import NOBODY, Computed, Files, Judged, Word, Words
from catalog.sql.queries import weights as queries

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from catalog.core.fingerprints import Fingerprint
    from catalog.core.manifests import Manifest
    from catalog.core.verdicts import Check, Level
    from catalog.core.witnesses import SetDigests
    from catalog.sql.connections import Reader, Row
    from catalog.verbs.target import Target

RULE = "observers-disagree"


def of_models(
    connection: "Reader", names: "Collection[str]"
) -> "Iterator[tuple[Row, tuple[str, ...]]]":
    """Yield the checkpoints of some models about which observers disagree, and how."""
    for row in connection.rows("sharing.shared"):  # of which somebody else spoke too
        if row.model in names and (said := sentences(connection, row.id)):
            yield row, said


def sentences(connection: "Reader", checkpoint_id: int) -> tuple[str, ...]:
    """Return what observers say of a checkpoint that cannot all be true."""
    return words(connection, checkpoint_id).contradictions()


def words(connection: "Reader", checkpoint_id: int) -> Words:
    """Return what observers say of a checkpoint; nothing where this catalog's keeper is alone."""
    if connection.first("sharing.foreign", checkpoint_id=checkpoint_id) is None:
        return NOBODY
    seen = connection.rows("sharing.witnesses", checkpoint_id=checkpoint_id)
    manifests = {row.manifest_id: queries.manifest(connection, row.manifest_id) for row in seen}
    commits: dict[int, set[str | None]] = {}
    for row in seen:
        commits.setdefault(row.manifest_id, set()).add(row.commit)
    on_record = {manifest.digest for manifest in manifests.values()}
    return Words(
        tuple(Files(_word(row), row.commit, manifests[row.manifest_id]) for row in seen),
        tuple(_computed(connection, checkpoint_id, commits)),
        tuple(_judged(connection, checkpoint_id, on_record)),
    )


def _word(row: "Row") -> Word:
    return Word(row.observer, row.observed_at)


def _computed(
    connection: "Reader", checkpoint_id: int, commits: "Mapping[int, set[str | None]]"
) -> Iterator[Computed]:
    """Yield what observers saw the checkpoint's weights compute."""
    rows = connection.rows("sharing.computed", checkpoint_id=checkpoint_id)
    if not rows:
        return
    from catalog.core.fingerprints import parse_fingerprint  # noqa: PLC0415 - few were run

    for row in rows:
        came = frozenset(commits[row.manifest_id])
        made = parse_fingerprint(row.document)
        yield Computed(_word(row), row.weight_set, row.value_digest, came, made)


def _judged(
    connection: "Reader", checkpoint_id: int, on_record: "Collection[str]"
) -> Iterator[Judged]:
    """Yield what verifications of the checkpoint came to.

    One that compared with a record that was taken back says nothing any more.
    """
    from catalog.core.verdicts import Level  # noqa: PLC0415 - few were verified by others

    for row in connection.rows("sharing.verdicts", checkpoint_id=checkpoint_id):
        if row.expected is not None and row.expected not in on_record:
            continue
        checks = [(each["name"], each["verdict"]) for each in json.loads(row.checks)]
        yield from _verdict(_word(row), Level(row.level), row.observed, checks)


def _verdict(
    word: Word, level: "Level", digest: str, checks: "Collection[tuple[str, Any]]"
) -> Iterator[Judged]:
    """Yield what checks amount to, none for what is open.

    Whether observers agree does not count: two words about each other would never come to rest.
    """
    from catalog.core.verdicts import Rule, Verdict, overall  # noqa: PLC0415 - as above

    counted = [(name, Verdict(said)) for name, said in checks if name != Rule.OBSERVERS.words]
    verdict = overall(said for _, said in counted)
    if verdict is not Verdict.INCONCLUSIVE:
        failed = tuple(name for name, said in counted if said is Verdict.FAILED)
        yield Judged(word, level, digest, verdict, failed)


# What is seen now ------------------------------------------------------------------------------


def reading(
    manifest: "Manifest",
    commit: str | None,
    sets: "Mapping[str, SetDigests] | None" = None,
    fingerprints: "Mapping[str, Fingerprint] | None" = None,
) -> "list[Files | Computed]":
    """Return what was read now, and what it computes, as words of this catalog's keeper."""
    now, computed = Word(None), (fingerprints or {}).items()
    came = frozenset({commit})
    return [
        Files(now, commit, manifest),
        *(
            Computed(now, name, (sets or {})[name].value_digest, came, seen)
            for name, seen in computed
        ),
    ]


def checks(
    said: Words, level: "Level", digest: str | None, made: "Collection[Check]"
) -> "list[Check]":
    """Return the check that observers agree, none where they do or nobody else speaks.

    Args:
        said: what they say of the checkpoint.
        level: of the verification that is being made: its verdict is a word too.
        digest: of the manifest that it read, None for none.
        made: its other checks.
    """
    if said.is_alone:
        return []
    named = [(check.name, check.verdict) for check in made]
    now = [] if digest is None else _verdict(Word(None), level, digest, named)
    return agreeing(said.saying(*now))


def agreeing(said: Words) -> "list[Check]":
    """Return the check that observers agree, none where they do or nobody else speaks."""
    wrong = said.contradictions()
    if not wrong:
        return []
    from catalog.core.declared import joined  # noqa: PLC0415 - few disagree
    from catalog.core.verdicts import Check, Rule, Verdict  # noqa: PLC0415 - as above

    expected = "what all who observed it can say together"
    return [Check(Rule.OBSERVERS, Verdict.FAILED, expected, joined(wrong))]


def way_out(target: "Target") -> str:
    """Return what to do where observers disagree."""
    name = target.name
    return f"`catalog forget {name} --by NAME` (or --own) takes back what one of them said"
