"""Looks at the Hub, and at other endpoints: what is read is kept at once.

The part of the door that asks the network for what repositories hold; `catalog.api` is the public
half, and nothing here is meant to be called from elsewhere.
"""

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from catalog._door import Door, now
from catalog.errors import (
    BadInput,
    CouldNotCheck,
    HubGated,
    HubMissing,
    HubUnavailable,
    HubUnreachable,
)

if TYPE_CHECKING:
    from catalog.core.published import Synced
    from catalog.errors import CatalogError
    from catalog.hub.client import Client


class Looking(Door):
    """A catalog that looks at repositories."""

    def _client(self, stop: threading.Event | None = None, *, at: str | None = None) -> "Client":
        """Return a client of the Hub, or of another endpoint; what it waits for is a remark."""
        from catalog.hub.client import Client
        from catalog.verbs import sync

        if stop is None:
            return Client(at, report=self._watcher.remark)
        return Client(at, wait=sync.wait_unless(stop), report=self._watcher.remark)

    def _looked_at(self, endpoint: str) -> list[str]:
        """Return the repositories that were looked at at an endpoint.

        Raises:
            CouldNotCheck: none was. What ships was seen at the Hub: a mirror need not have it.
        """
        from catalog.sql.queries import hub

        with self._reading(filled=False) as connection:
            there = list(hub.places(connection, at=endpoint))
        if not there:
            raise CouldNotCheck(
                f"no repository was ever looked at at {endpoint}", "name some: `catalog watch NAME`"
            )
        return there

    def _look(
        self, repo_id: str, client: "Client", stop: threading.Event, *, accept: bool = False
    ) -> "Synced":
        """Look at one repository: each commit that was not seen before is read and kept at once."""
        from catalog.core.published import AS, Look
        from catalog.verbs import sync

        asked, moment, at = client.requests, now(), client.endpoint
        try:
            listed = client.refs(repo_id)
        except (HubMissing, HubGated) as error:
            return self._absent(repo_id, client, error)
        refs = sync.refs(listed)
        wanted = self._read_commits(repo_id, [ref.commit for ref in refs], client, stop)
        source = at if listed.name == repo_id else f"{at}{AS}{listed.name}"
        look = Look(moment, source, requests=client.requests - asked, refs=refs)
        with self._writing() as connection:
            accepted = moment if accept else None
            synced = sync.finish(connection, repo_id, at, look, accept=accepted)
        if synced.renamed_to:
            self._watcher.remark(f"{repo_id} has moved: it is called {synced.renamed_to} now")
        return synced._replace(new_commits=wanted)

    def _look_in_turn(
        self, repo_ids: Sequence[str], client: "Client", stop: threading.Event
    ) -> "Iterator[tuple[str, Synced | CatalogError]]":
        """Look at each repository; of several, one without an answer does not stop the others.

        Raises:
            HubUnreachable: none of them can be asked.
        """
        for repo_id in repo_ids:
            try:
                yield repo_id, self._look(repo_id, client, stop)
            except (BadInput, HubUnavailable) as error:
                if len(repo_ids) == 1 or isinstance(error, HubUnreachable):
                    raise
                yield repo_id, error

    def _absent(self, repo_id: str, client: "Client", error: HubMissing | HubGated) -> "Synced":
        """Record that a repository is gone or closed; one that nobody ever saw is a wrong name."""
        from catalog.core.published import Look, LookStatus
        from catalog.verbs import sync

        status = LookStatus.GATED if isinstance(error, HubGated) else LookStatus.GONE
        look = Look(now(), client.endpoint, requests=1, status=status)
        with self._writing() as connection:
            return sync.absent(connection, repo_id, client.endpoint, look, error)

    def _read_commits(
        self, repo_id: str, named: Iterable[str], client: "Client", stop: threading.Event
    ) -> int:
        """Read and keep the commits that are not known; return how many."""
        from catalog.core.published import place
        from catalog.verbs import sync

        kept = place(repo_id, client.endpoint)
        with self._reading(filled=False) as connection:
            known, indexes = sync.known(connection, kept)
        wanted = list(dict.fromkeys(sha for sha in named if sha not in known))
        if not wanted:
            return 0
        with self._about(repo_id):
            self._watcher.report(f"reading {len(wanted):,} commit{'s' if len(wanted) > 1 else ''}")
            self._watcher.expect(len(wanted), "commits")
            # Closed at once, so that an interruption here stops the threads before it goes on.
            with closing(sync.commits(client, repo_id, wanted, indexes, stop)) as commits:
                for commit, new_indexes in commits:
                    with self._writing() as connection:
                        sync.keep(connection, kept, commit, new_indexes)
                    if commit.gone:
                        self._watcher.remark(f"commit {commit.sha[:8]} is gone: nobody can read it")
                    self._watcher.advance()
        return len(wanted)

    def _look_again(self, repo_id: str, client: "Client", revisions: Collection[str]) -> None:
        """Look at a repository once more: one request if nothing changed since the last time.

        What changed just now is remarked on, and what nobody accepted yet of some revisions.
        """
        from catalog.core.published import LookStatus
        from catalog.verbs import moving

        synced = self._look(repo_id, client, threading.Event())
        if synced.problem is not None:
            raise (HubGated if synced.status == LookStatus.GATED else HubMissing)(synced.problem)
        with self._reading(filled=False) as connection:
            standing = moving.findings(connection, [repo_id], {})
            asked = [each for each in standing if each.revision in revisions]
        grave = [each for each in (*synced.findings, *asked) if each.severity != "note"]
        for remark in dict.fromkeys(f"{each.where}: {each.message}" for each in grave):
            self._watcher.remark(remark)

    def _look_at(self, repo_id: str, client: "Client", stop: threading.Event) -> "Synced | None":
        """Look at a repository that need not be there: None where it is not, and never was.

        Raises:
            HubGated: it is closed to this user.
        """
        from catalog.core.published import LookStatus

        try:
            synced = self._look(repo_id, client, stop)
        except BadInput:
            return None
        if synced.status == LookStatus.GATED:
            raise HubGated.of_repository(repo_id, client.endpoint)
        return synced
