"""A guard at load time: `import catalog.guard` says when a load gets another checkpoint's weights.

Whoever imports it, or runs under `catalog run`, is told in one line when transformers,
huggingface_hub, safetensors or torch in this process take weight files of a commit that a catalog,
or what ships, knows to hold something else than the branch's name says::

    import catalog.guard                     # before or after the libraries
    AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-2.8b", revision="step1000")
    # WrongWeights: pythia-2.8b@step1000: model.safetensors holds step143000's weights; right: …

`$CATALOG_GUARD` says what it does: `warn` (the default), `strict`, `error`, `fix` or `off`;
`$CATALOG_GUARD_LOG` names a file in which every load is noted. It imports none of the libraries,
asks no network, and in `warn` changes nothing of what is loaded. Where it hooks them is in
`catalog.guard.seams`, what it cannot see in docs/explanation/guard.md.
"""

from catalog.guard import asking, hooks, seams
from catalog.guard.modes import MODES, current, set_mode
from catalog.guard.words import Unobserved, WrongWeights, WrongWeightsError, note

__all__ = ["MODES", "Unobserved", "WrongWeights", "WrongWeightsError", "install", "uninstall"]


def install(mode: str | None = None) -> None:
    """Turn the guard on in this process; importing this package does. Safe to repeat.

    >>> install("loud")
    Traceback (most recent call last):
    catalog.errors.BadInput: no guard mode 'loud'; take warn, strict, error, fix or off

    Args:
        mode: one of `MODES`; None: what `$CATALOG_GUARD` says, else `warn`.

    Raises:
        BadInput: no such mode.
    """
    set_mode(mode)
    asking.forget()
    hooks.install(seams.EVERY)


def uninstall() -> None:
    """Turn the guard off in this process, and give the libraries their own functions back."""
    hooks.remove(seams.EVERY)


if current(note) != "off":
    install()
