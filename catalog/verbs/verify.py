"""Compares what is observed now with what is recorded or declared, level by level.

It never downloads and never changes a record: each verification is a value, which the caller
appends as one row. With nothing to compare with, the verdict is `inconclusive`.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from catalog.core import declared, filenames, weightsets, witnesses
from catalog.core.counts import count
from catalog.core.manifests import Manifest
from catalog.core.verdicts import Check, Level, Rule, Seen, Verdict, Verification
from catalog.core.witnesses import SetDigests
from catalog.errors import CheckedBad
from catalog.verbs import claims, computing, disagreeing, implied, reading, running, witnessing
from catalog.verbs.expecting import Witness, by_manifest, manifest_at, on_record
from catalog.verbs.listing import listed, require_there
from catalog.verbs.reading import Options
from catalog.weights import impostors

if TYPE_CHECKING:
    from catalog.core.fingerprints import Comparison
    from catalog.sql.connections import Writer
    from catalog.verbs.pipeline import Done
    from catalog.verbs.target import Target
    from catalog.weights.files import Found

__all__ = [
    "Options",
    "Witness",
    "by_manifest",
    "look",
    "manifest_at",
    "on_record",
    "record",
    "require_there",
]


def record(connection: "Writer", verification: Verification, checkpoint_id: int | None) -> None:
    """Append a verification to those of its checkpoint, where it is of a known one."""
    from catalog.sql.records import weights as records  # noqa: PLC0415 - SQLAlchemy: to write only

    records.add_verification(connection, verification, checkpoint_id)


def look(
    target: "Target",
    witness: Witness,
    options: Options,
    *,
    now: datetime,
    early: "Done[reading.Observed] | None" = None,
) -> Verification:
    """Verify one target.

    Args:
        target: which.
        witness: what it is compared with.
        options: how.
        now: the time.
        early: what `read` came to before its turn.

    Raises:
        CouldNotCheck: not on this machine, no permission, out of memory.
        BadInput: nothing is at that path.
    """
    began = time.monotonic() - (0 if early is None else early.seconds)
    work = _Work(target, witness, options, early)
    try:
        work.run()
    except CheckedBad as error:
        rule = Rule.SIZES if options.level is Level.METADATA else Rule.FILES
        expected = witness.source or "files that can be read"
        work.checks.append(Check(rule, Verdict.FAILED, expected, str(error)))
    work.observers()
    return Verification(
        target=target.text,
        level=options.level,
        checks=tuple(work.checks),
        expected=None if witness.expected is None else witness.expected.digest,
        observed=work.digest,
        worst_difference=None if work.comparison is None else work.comparison.worst,
        tolerance=None if work.comparison is None else work.comparison.allowed,
        environment=work.environment,
        started_at=now,
        duration_s=time.monotonic() - began,
        notes=tuple(work.notes),
        distance=target.distance,
        seen=work.seen,
    )


class _Work:
    """One verification while it is made."""

    def __init__(
        self,
        target: "Target",
        witness: Witness,
        options: Options,
        early: "Done[reading.Observed] | None",
    ) -> None:
        self.target, self.witness, self.options, self.early = target, witness, options, early
        self.checks: list[Check] = []
        self.notes: list[str] = []
        self.digest: str | None = None
        self.seen: Seen | None = None
        self.comparison: Comparison | None = None
        self.environment: str | None = None
        self.placed = False

    def run(self) -> None:
        """Make every check of the level, the cheapest first."""
        level = self.options.level
        self._metadata()
        if not level.includes(Level.FILES):
            self.checks += claims.checks(self.target.claim, None)
            return
        deep = level.includes(Level.WEIGHTS)
        plan, early = self.witness.plan, self.early
        observed = (
            early.result() if early else implied.read(self.target, self.witness, self.options)
        )
        self.digest = observed.manifest.digest
        self.seen = reading.seen(self.target, observed)
        self.notes += observed.notes
        self._files(observed)
        if deep:
            plan = plan or reading.plan_from_config(observed.folder)
            for weights in observed.sets.values():
                self.checks += reading.weight_checks(weights, plan)
                self.checks += self._digests(weights)
        if level.includes(Level.FORWARD):
            self._forward(observed, plan)

    def observers(self) -> None:
        """Compare what observers say of the checkpoint, this verification among them."""
        said, level = self.witness.words, self.options.level
        if made := disagreeing.checks(said, level, self.digest, self.checks):
            self.checks += made
            self.notes.append(disagreeing.way_out(self.target))

    # Metadata and files ------------------------------------------------------------------------

    def _metadata(self) -> None:
        """Compare names and sizes, and what the Hub declared, with the record; reads no weights.

        Raises:
            CheckedBad: a file is a pointer; where bytes are read, reading them says so.
        """
        listing = listed(self.target, self.options.exclude)
        if self.options.level is Level.METADATA and (pointer := impostors.pointer(listing)):
            raise pointer
        sizes = {path: file.size_bytes for path, file in listing.files.items()}
        expected = self._expected(sizes if listing.is_file else None)
        if expected is None:
            if self.options.level is Level.METADATA:
                seen = _in_all(sizes)
                self.checks.append(Check(Rule.SIZES, Verdict.INCONCLUSIVE, None, seen))
                self._sizes_observed(sizes, listing)
            return
        wanted = {entry.path: entry.size_bytes for entry in expected}
        problems = [
            f"{path} is missing"
            if path not in sizes
            else f"{path} is extra"
            if path not in wanted
            else f"{path} has {sizes[path]:,} bytes, expected {wanted[path]:,}"
            for path in sorted(wanted.keys() | sizes.keys())
            if wanted.get(path) != sizes.get(path)
        ]
        self._compared(Rule.SIZES, problems, _in_all(sizes))
        cached = {path: file.declared for path, file in listing.files.items() if file.declared}
        contradicting = [
            f"the Hub declared {digest.algorithm} {digest.hex} for {path}"
            for path, digest in cached.items()
            if path in expected.entries and expected.entries[path].agrees(digest) is False
        ]
        if cached:
            seen = f"{count(len(cached), 'file')} declared"
            self._compared(Rule.DECLARED_RECORDED, contradicting, seen)

    def _sizes_observed(self, sizes: Mapping[str, int], listing: "Found") -> None:
        """Compare with what was observed on the Hub, where nothing is on record."""
        digests = {path: file.declared for path, file in listing.files.items() if file.declared}
        witnessed = declared.by_size(self.witness.declared, sizes, digests)
        if witnessed is not None:
            self.checks[-1:] = [witnessed]

    def _compared(self, rule: Rule, problems: Sequence[str], seen: str) -> None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        observed = problems[0] + more if problems else seen
        self.checks.append(
            Check.of(rule, good=not problems, expected=self.witness.source, observed=observed)
        )

    def _expected(self, only: Mapping[str, object] | None) -> Manifest | None:
        """Return the expected files; of a single file that was named, only that one's."""
        expected = self.witness.expected
        if expected is None:
            return None
        if only is None:
            return filenames.of_checkpoint(expected)
        return Manifest.of(entry for entry in expected if entry.path in only)

    def _files(self, observed: reading.Observed) -> None:
        """Compare bytes with the record, with what the Hub declared, and with every witness."""
        self.checks += claims.checks(self.target.claim, observed.manifest)
        cached = reading.declared_check(observed)
        if cached is not None:
            self.checks.append(cached)
        now = observed.manifest
        expected = self._expected(now.entries if observed.is_file else None)
        standing = self.witness.ask(now)
        self.placed = standing.placed
        self.notes += standing.notes
        if expected is not None:
            self._recorded(expected, now, vouched=standing.vouched)
        # A cache vouches for a commit; which checkpoint that is, only the name it is kept under.
        named = expected is not None or (cached is not None and standing.placed)
        witnessed = standing.check(alone=not named)
        if witnessed is not None:
            self.checks.append(witnessed)
        if expected is None and cached is None and not standing.vouched:
            seen = f"manifest {now.digest}"
            self.checks.append(Check(Rule.FILES, Verdict.INCONCLUSIVE, None, seen))

    def _recorded(self, expected: Manifest, now: Manifest, *, vouched: bool) -> None:
        """Compare bytes with the record; say who is wrong where the Hub's are here."""
        difference = expected.diff(now)
        seen = witnesses.in_words(difference) if difference else f"manifest {now.digest}"
        said = f"{self.witness.source}: manifest {expected.digest}"
        self.checks.append(Check.of(Rule.FILES, good=not difference, expected=said, observed=seen))
        if vouched and any(weightsets.is_weights(was.path) for was, _ in difference.different):
            out = witnessing.way_out(self.target)
            self.notes.append(f"the files are as the Hub declared them, the record is not: {out}")

    # Weights -----------------------------------------------------------------------------------

    def _digests(self, weights: SetDigests) -> list[Check]:
        """Compare a set's parameter and value digests with those on record."""
        recorded = self.witness.recorded
        if recorded is None:
            return []
        if weights.name not in recorded.sets:
            self._lacks(f"digests of what {weights.name} holds", Level.WEIGHTS)
            return []
        known = recorded.sets[weights.name]
        return [
            Check.of(rule, good=was == now, expected=was, observed=now, subject=weights.name)
            for rule, was, now in (
                (Rule.PARAMETERS, known.parameter_digest, weights.parameter_digest),
                (Rule.VALUES, known.value_digest, weights.value_digest),
            )
        ]

    def _lacks(self, what: str, level: Level) -> None:
        """Say what the record of a checkpoint does not have, and what completes it."""
        more = f"`catalog populate --level {level}` adds them"
        self.notes.append(f"not on record: {what}; {more}")

    # Forward -----------------------------------------------------------------------------------

    def _forward(self, observed: reading.Observed, plan: reading.Plan | None) -> None:
        """Run every set and compare what it computes; broken weights are not run."""
        choice = self.options.choice
        if choice is None or any(check.verdict is Verdict.FAILED for check in self.checks):
            seen = "not run: the checks before it failed"
            self.checks.append(Check(Rule.FORWARD, Verdict.INCONCLUSIVE, None, seen))
            return
        self.notes += choice.notes
        saved = self.target.checkpoint
        expected = computing.Expected(
            step=None if saved is None else saved.training_step,
            fingerprints=self.witness.fingerprints,
            run=self.witness.run,
            siblings=self.witness.siblings,
            named=computing.is_named(self.checks, placed=self.placed),
        )
        for weights in observed.sets.values():
            self.options.watcher.report(f"running on {choice.device} in {choice.dtype}")
            run = running.run_network(observed, weights, choice, plan, self.options.ran)
            if self.witness.recorded and not self.witness.fingerprints.get(weights.name):
                self._lacks(f"fingerprints of {weights.name}", Level.FORWARD)
            self.environment = json.dumps(asdict(run.environment))
            check, compared = computing.check(weights.name, run, expected)
            self.checks.append(check)
            if compared and (self.comparison is None or compared.worst > self.comparison.worst):
                self.comparison = compared


def _in_all(sizes: Mapping[str, int]) -> str:
    return f"{count(len(sizes), 'file')}, {sum(sizes.values()):,} bytes"
