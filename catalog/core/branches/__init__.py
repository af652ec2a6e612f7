"""What a branch really holds: the verdict on every weight set of every branch.

The rules, in the order in which they are tried, for weight sets with equal bytes:

(a) the branch points at the same commit as another: `alias`, unless (b) covers all of them;
(b) one stated reason covers every branch: `expected-equal`;
(c) the last step, or main, is among them: it is `own`, the others are `same-as` it;
(d) otherwise they are `same-as` one another, and nobody can tell which name is right;
(e) of sharded sets that share some files but not all, the one that is not the last step's or
    main's is `spliced`; if neither is, both are.

Everything is decided from names, commits, sizes and digests; it reads no file and no database.
Equal bytes are the same weights; different bytes prove nothing, so `own` means no more than that
nothing contradicts the name.
"""

from catalog.core.branches.findings import RULES, UNCHECKED, findings
from catalog.core.branches.holdings import Indexes, Shelf
from catalog.core.branches.judging import Only, judge, with_sets
from catalog.core.branches.reasons import Reason, Reasons
from catalog.core.branches.values import (
    BranchVerdict,
    Evidence,
    Expected,
    JudgedBranch,
    JudgedSet,
    Label,
    Publication,
)

__all__ = [
    "RULES",
    "UNCHECKED",
    "BranchVerdict",
    "Evidence",
    "Expected",
    "Indexes",
    "JudgedBranch",
    "JudgedSet",
    "Label",
    "Only",
    "Publication",
    "Reason",
    "Reasons",
    "Shelf",
    "findings",
    "judge",
    "with_sets",
]
