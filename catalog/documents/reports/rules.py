"""What each code of a report says in a sentence: checks, findings, and what is neither."""

from catalog.core.verdicts import Rule

CHECKS = {
    Rule.SIZES: "the files have the names and sizes of the record or manifest",
    Rule.DECLARED_RECORDED: "the digests that the Hub declared are those of the record or manifest",
    Rule.FILES: "every file has the SHA-256 of the record, the manifest or the lock",
    Rule.DECLARED: "every file has the digest that the Hub declared of it",
    Rule.OBSERVED: "no witness says that the weights are another checkpoint's",
    Rule.OBSERVERS: "those who observed the checkpoint do not contradict one another",
    Rule.PULLED: "a pulled folder is what its own manifest says",
    Rule.SHAPES: "the weight set has the tensors and shapes of its architecture",
    Rule.FINITE: "no value is NaN or infinite",
    Rule.RUNS: "the weights load whole into the network, and its output is finite",
    Rule.PARAMETERS: "the parameter digest is the recorded one",
    Rule.VALUES: "the value digest is the recorded one",
    Rule.FORWARD: "the network computes what is on record, within the tolerance",
}
"""What each check compares: what holds where it passes."""
OTHERS = {
    "refused": ("error", "populate records weights that are whole, fit and contradict nothing"),
    "unknown": ("warning", "nobody looked at the branch"),
    "never-observed": ("warning", "nobody ever looked at the repository"),
    "recorded": ("note", "the weights are whole, fit their model and contradict nothing"),
    "branch": ("note", "nothing speaks against what the branch holds"),
    "nothing-to-compare": ("warning", "there was nothing to compare"),
}
"""The rules that are neither checks nor findings of an audit: what each says."""


def known(command: str) -> dict[str, tuple[str, str]]:
    """Return the codes of a command, each with its severity and what it says."""
    if command == "scan":
        return _of_places()
    own = _findings() if command == "audit" else _checks()
    return own | OTHERS


def sentence(rule: str) -> str | None:
    """Return what a code says, None for the kind of an error."""
    known_here = (_checks() | OTHERS).get(rule) or _findings().get(rule)
    _, text = known_here or _of_places().get(rule) or ("", None)
    return text


def _checks() -> dict[str, tuple[str, str]]:
    return {rule.value: ("error", text) for rule, text in CHECKS.items()}


def _of_places() -> dict[str, tuple[str, str]]:
    from catalog.core.mentions import places  # noqa: PLC0415 - for scans alone

    return dict(places.RULES)


def _findings() -> dict[str, tuple[str, str]]:
    from catalog.core import branches  # noqa: PLC0415 - for audits alone

    return dict(branches.RULES)
