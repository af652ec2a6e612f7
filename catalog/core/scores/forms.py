"""Forms of result files: the foreign ones by name, and the marks by which the harness's are known.

A file is read only where its form shows itself; one that merely looks alike is refused.
"""

from collections.abc import Mapping

from catalog.core.scores.values import RefusedScoresError

_MARKS = (
    ("config_general", "of lighteval, or of the first Open LLM Leaderboard"),
    ("run_spec", "of HELM"),
    ("scenario_spec", "of HELM"),
    ("task_config", "of OLMES"),
    ("all_metrics", "of OLMES"),
    ("eval_results", "of a form unknown here"),
)
_HARNESS = frozenset(["model", "model_args", "num_fewshot"])


def refuse_foreign(content: Mapping[str, object]) -> None:
    """Refuse results of other programs by their names.

    Raises:
        RefusedScoresError: it is such a document.
    """
    for key, whose in _MARKS:
        if key in content:
            raise RefusedScoresError(f"results {whose} are not read ({key})")


def require_classic(content: Mapping[str, object]) -> None:
    """Refuse results that show no mark of harness 0.2 or 0.3.

    Raises:
        RefusedScoresError: neither versions of tasks nor a configuration of the harness.
    """
    config = content.get("config")
    configured = isinstance(config, Mapping) and bool(_HARNESS & config.keys())
    if not configured and not isinstance(content.get("versions"), Mapping):
        raise RefusedScoresError(
            "results of a form unknown here: neither versions nor a config of the harness"
        )
