"""What the door does for studies: pins what a scan found, as far as it can be pinned.

`catalog.api` is the public half, and nothing here is meant to be called from elsewhere.
"""

from typing import TYPE_CHECKING

from catalog._door import now
from catalog._door.looking import Looking
from catalog.errors import CatalogError, CheckedBad, HubMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.locks import Lock


class Studying(Looking):
    """A catalog that looks at studies."""

    def _lock_each(self, refs: "Sequence[str]") -> "tuple[Lock, list[tuple[str, CatalogError]]]":
        """Return a lock of the refs that can be pinned, and why each other cannot."""
        from catalog.core.refs import MAIN
        from catalog.verbs import lock

        with self._reading() as connection:
            meaning = self._meaning(connection)
            branches = {ref: meaning.branch(ref) for ref in refs}
        client = self._client()
        refused: list[tuple[str, CatalogError]] = []
        pinned = []
        for repo_id in dict.fromkeys(str(branch.repo_id) for branch in branches.values()):
            wanted = {ref: each for ref, each in branches.items() if each.repo_id == repo_id}
            revisions = {each.revision or MAIN for each in wanted.values()}
            try:
                self._look_again(repo_id, client, revisions)
            except HubMissing as error:
                refused += [(ref, error) for ref in wanted]
                continue
            with self._reading() as connection:
                for ref, branch in wanted.items():
                    try:
                        pinned.append(lock.pin(connection, branch, client))
                    except (CheckedBad, HubMissing) as error:
                        refused.append((ref, error))
        if not pinned:
            why = f"; {refused[0][1].what}" if refused else ""
            raise CheckedBad(f"nothing that the study names can be pinned{why}")
        return lock.made(pinned, now=now()), refused
