"""Does main stand for the last step? Where the last step's branch holds other bytes, not always.

main is the last step by definition, and its file may be another one: converted anew, with buffers
or in another precision. But main may also serve an early step by mistake. Names, commits, sizes and
digests tell the two apart in most cases, and where they do not, nobody is called right.
"""

from collections.abc import Sequence
from enum import Enum

from catalog.core.branches.holdings import Content, Family, Held
from catalog.core.branches.values import Label


class Standing(Enum):
    """What main is, beside others that have one of its contents."""

    LAST = "it stands for the last step"
    STALE = "it holds an inner step's weights"
    OPEN = "that cannot be told"


class Mains:
    """Tells what the mains of one family stand for.

    Args:
        family: everything that is compared.
    """

    def __init__(self, family: Family) -> None:
        self._family = family

    def standing(
        self, main: Label, content: Content, others: Sequence[Label], *, one_step: bool
    ) -> Standing:
        """Return what main is, where others have one of its contents too.

        Args:
            main: the branch.
            content: what they share.
            others: every other branch that claims it.
            one_step: these are one step, or equal for a stated reason.
        """
        last = self.last_steps(main)
        if not last or not others or any(label in last for label in others):
            return Standing.LAST
        if self.is_saved_alike(main, content):
            here = any(label.repo_id == main.repo_id for label in others)
            return Standing.STALE if one_step and here else Standing.OPEN
        if self.is_joined(main):
            return Standing.LAST
        # A file that lies beside the own weights of several steps was put there: it is no step's.
        beside = {label.step for label in others if self._has_other(label, content)}
        return Standing.LAST if len(beside) > 1 else Standing.OPEN

    def last_steps(self, main: Label) -> list[Label]:
        """Return the branches of the last step, other than main, whose weights are known."""
        return [
            label
            for label in self._family.labels[main.repo_id]
            if label.final and not label.is_main and self._whole(label)
        ]

    def is_saved_alike(self, main: Label, content: Content) -> bool:
        """Return whether the last step has a set of this name and size: saved in the same way.

        Equal values, saved in the same way, would be equal bytes; so main's are other values, or
        the last step's are.
        """
        mine = {
            (held.weights.name, held.size_bytes)
            for held in self._whole(main)
            if held.content == content
        }
        return any(
            (held.weights.name, held.size_bytes) in mine
            for label in self.last_steps(main)
            for held in self._whole(label)
        )

    def is_joined(self, main: Label) -> bool:
        """Return whether main and the last step share any set byte for byte."""
        mine = {held.content for held in self._whole(main)}
        return any(
            held.content in mine for label in self.last_steps(main) for held in self._whole(label)
        )

    def is_mixture(self, content: Content) -> bool:
        """Return whether a content is main's alone, and made of the last step's and other files."""
        holders = [label for label in self._family.by_content[content] if label.claims]
        return bool(holders) and all(
            label.is_main and self._mixes(label, content) for label in holders
        )

    def is_shielded(self, holders: Sequence[Label], content: Content) -> bool:
        """Return whether a content is not to be accused for a file that others have too.

        It is the last step's, or main's where main stands for it as far as one can tell.
        """
        finals = [label for label in holders if label.final]
        return any(
            not label.is_main
            or not self.last_steps(label)
            or not self.is_saved_alike(label, content)
            for label in finals
        )

    def _mixes(self, main: Label, content: Content) -> bool:
        """Return whether some of main's files are the last step's, and some an inner step's."""
        if not self.is_saved_alike(main, content):
            return False
        sharing = {
            label
            for digest in content
            for other in self._family.by_shard.get(digest, ())
            if other != content
            for label in self._family.by_content[other]
        }
        return any(label in sharing for label in self.last_steps(main)) and any(
            not label.final for label in sharing
        )

    def _whole(self, label: Label) -> list[Held]:
        """Return the complete sets of a branch whose digests are known."""
        held = self._family.held.get((label.repo_id, label.ref.commit), ())
        return [each for each in held if each.weights.complete and "" not in each.content]

    def _has_other(self, label: Label, content: Content) -> bool:
        """Return whether a branch has weights that are nobody else's, beside a content."""
        return any(
            held.content != content and len(self._family.by_content[held.content]) == 1
            for held in self._whole(label)
        )
