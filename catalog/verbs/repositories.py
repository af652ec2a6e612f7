"""What OWNER/NAME means where it is no model's: that repository and no other, or its new name."""

from typing import TYPE_CHECKING

from catalog.core import refs
from catalog.core.refs import MAIN

if TYPE_CHECKING:
    from catalog.core.models import Model
    from catalog.core.refs import CheckpointRef
    from catalog.errors import UnknownName
    from catalog.sql.connections import Reader


def is_observed(connection: "Reader", repo_id: str) -> bool:
    """Return whether anybody ever looked at a repository."""
    from catalog.sql.queries import hub  # noqa: PLC0415 - for what no suite names alone

    return repo_id in hub.observed(connection)


def unlisted(
    connection: "Reader", text: str, unknown: "UnknownName", *, observed: bool
) -> "CheckpointRef":
    """Return OWNER/NAME of no known model.

    Args:
        connection: an open catalog.
        text: a REF.
        unknown: raised where it is none.
        observed: only a repository that was looked at will do.

    Raises:
        BadInput: the Hub has no repository of such a name.
        UnknownName: it has no owner, or nobody looked at it.
    """
    ref = refs.parse(text)
    if "/" not in ref.model or (observed and not is_observed(connection, ref.model)):
        raise unknown
    refs.require_repository(ref.model)
    return ref


def former(connection: "Reader", name: str) -> str:
    """Return the name that a renamed repository was looked at under, else the same."""
    if "/" not in name:
        return name
    from catalog.sql.queries import hub  # noqa: PLC0415 - as above

    return hub.renamed(connection).get(name, name)


def is_copy(connection: "Reader", ref: "CheckpointRef", model: "Model") -> bool:
    """Return whether a REF names exactly a tag or pull request of a model's repository.

    Such a one is a revision to be fetched, and no step of the model's.
    """
    name, repo_id = ref.revision or MAIN, model.repo_id
    if repo_id is None or name == MAIN:
        return False
    if name.startswith(refs.PULL_REQUEST):
        return True
    from catalog.sql.queries import models  # noqa: PLC0415 - for a branch alone

    saved = {each.revision for each in models.checkpoints(connection, model.id)}
    return name not in saved and name in _tags(connection, repo_id)


def _tags(connection: "Reader", repo_id: str) -> set[str]:
    from catalog.core.published import RefKind  # noqa: PLC0415 - as above
    from catalog.sql.queries import hub  # noqa: PLC0415 - as above

    look = hub.latest_look(connection, repo_id)
    listed = () if look is None else look.refs
    return {ref.revision for ref in listed if ref.kind is RefKind.TAG}
