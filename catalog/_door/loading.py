"""Hands out networks: right weights, compared, as transformers holds them.

The part of the door that loads; `catalog.api` is the public half, and nothing here is meant to be
called from elsewhere.
"""

from typing import TYPE_CHECKING, Any

from catalog._door.pulling import Pulling
from catalog._door.weighing import Weighing
from catalog.errors import BadInput

if TYPE_CHECKING:
    from catalog.verbs.choosing import Choice
    from catalog.verbs.target import Target


class Loading(Pulling, Weighing):
    """A catalog that loads networks."""

    def _loaded(self, ref: str, commit: str | None, how: "dict[str, object]") -> Any:  # noqa: ANN401 - transformers is untyped
        """Return the network of a REF, from the Hub's cache; what is not there is downloaded."""
        from catalog.forward import pretrained
        from catalog.verbs import loading

        (branch,) = self._branches([ref])
        self._warn_of_distance(branch)
        pretrained.check(**how)
        with self._about(ref):
            choice = self._here(branch, commit)
            if choice is None:
                (order,) = self._orders([branch], commit)
                choice = order.choose()
            folder = loading.brought(choice, self._watcher)
            with loading.alone(folder, choice) as own:
                model = pretrained.load(own, choice.wanted.name, **how)
        return _labelled(model, choice.wanted.repo_id, choice.commit)

    def _here(self, branch: "Target", commit: str | None) -> "Choice | None":
        """Return what to load where all of it is here already."""
        from catalog.verbs import loading

        with self._reading() as connection:
            return loading.here(connection, branch, self._client(), commit)

    def _loaded_from(self, path: str, how: "dict[str, object]") -> Any:  # noqa: ANN401 - as above
        """Return the network of a folder whose bytes are those that are expected of it."""
        from catalog.core.verdicts import Level
        from catalog.forward import pretrained
        from catalog.verbs import loading
        from catalog.verbs.selecting import Selected
        from catalog.verbs.turns import Wish
        from catalog.weights import paths

        folder = paths.path_of(path)
        if folder.is_file():
            raise BadInput(f"{path} is a file", "give the folder that holds config and weights")
        pretrained.check(**how)
        verification = self._verified(Selected(path), Wish(Level.FILES, records=False))
        loading.require_passed(verification)
        with loading.one_set(folder) as own:
            model = pretrained.load(own, path, **how)
        seen = verification.seen
        if seen is None:
            return model
        return _labelled(model, seen.repo_id or str(folder), seen.commit)

    def _warn_of_distance(self, branch: "Target") -> None:
        """Warn where a checkpoint has seen another amount of tokens than was asked for.

        Whoever loads it in a script may have no watcher that hears the remark.
        """
        if branch.distance is None or branch.model is None or branch.checkpoint is None:
            return
        import warnings

        from catalog.core.revisions import Located

        amount = branch.text.partition("@")[2]
        text = Located(branch.checkpoint, branch.distance).remark(branch.model, amount)
        warnings.warn(text, UserWarning, stacklevel=4)


def _labelled(model: Any, repo_id: str, commit: str | None) -> Any:  # noqa: ANN401 - as above
    """Return a network that says where it came from, as transformers' own do."""
    model.name_or_path = model.config._name_or_path = repo_id  # noqa: SLF001 - as transformers keeps it
    model.config._commit_hash = commit  # noqa: SLF001 - as above
    return model
