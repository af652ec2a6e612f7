"""The range that each metric's values lie in: percent for a fraction is refused, never recorded."""

import re

from catalog.core.scores.values import RefusedScoresError

_FRACTION = re.compile(
    r"acc(?:uracy)?(?:_\w+)?|em|exact(?:_match)?|f1(?:_\w+)?|mc[12]|pass(?:@|_at_)\d+|pct_\w+"
    r"|recall\w*|precision\w*|(?:\w+_)?auc",
    re.IGNORECASE,
)
_PERPLEXITY = re.compile(r"ppl|(?:\w+_)?perplexity", re.IGNORECASE)
_AT_LEAST_ZERO = re.compile(r"bits_per_byte|brier_score|bleu|chrf|ter|rouge\w*", re.IGNORECASE)
_PERCENT_TASKS = re.compile(r"squad", re.IGNORECASE)  # the harness gives their f1 in percent
_LARGEST_ERROR = 0.5  # of a mean of values between 0 and 1


def known(metric: str) -> bool:
    """Return whether a name is that of a metric, for columns of tables."""
    patterns = (_FRACTION, _PERPLEXITY, _AT_LEAST_ZERO, re.compile(r"mcc|likelihood_diff\w*"))
    return any(pattern.fullmatch(metric) for pattern in patterns)


def require(task: str, metric: str, value: float, stderr: float | None) -> None:
    """Refuse a value that its metric cannot have.

    Raises:
        RefusedScoresError: it lies outside, or its error is larger than any can be.
    """
    low, high = _bounds(task, metric)
    if not low <= value <= high:
        percent = ": is it percent?" if high == 1 and value > 1 else ""
        what = f"between {low:g} and {high:g}" if high < float("inf") else f"at least {low:g}"
        raise RefusedScoresError(f"{task}: {metric} = {value:g}, but it must be {what}{percent}")
    if stderr is not None and (stderr < 0 or (high == 1 and stderr > _LARGEST_ERROR)):
        raise RefusedScoresError(f"{task}: {metric} has an impossible standard error, {stderr:g}")


def _bounds(task: str, metric: str) -> tuple[float, float]:
    if _FRACTION.fullmatch(metric):
        return (0.0, 100.0) if _PERCENT_TASKS.search(task) else (0.0, 1.0)
    if _PERPLEXITY.fullmatch(metric):
        return 1.0, float("inf")
    if _AT_LEAST_ZERO.fullmatch(metric):
        return 0.0, float("inf")
    return float("-inf"), float("inf")
