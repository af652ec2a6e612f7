"""Training configurations written as the `[source]` and `[[fact]]` tables of a suite file.

Text out of values; reading is `catalog.neox`'s business, and parsing the tables is
`catalog.core.suites`'.
"""

import json
from collections.abc import Iterable, Mapping

from catalog.core.facts import Value
from catalog.neox import Configuration


def toml(
    configurations: Iterable[Configuration], *, url: str, commit: str, also: Mapping[str, str]
) -> str:
    """Return the configurations as the `[source]` and `[[fact]]` tables of a suite file.

    Args:
        configurations: in the order to write them.
        url: address of the folder that was read.
        commit: of the repository that the files are in.
        also: model → a second model that its configuration was used for.
    """
    header = (
        "# Written by `python -m catalog.neox`; do not edit. What the training configurations\n"
        "# published with Pythia state, one source a file (its digest is that of the file).\n"
    )
    return header + "".join(_block(config, url, commit, also) for config in configurations)


def _block(config: Configuration, url: str, commit: str, also: Mapping[str, str]) -> str:
    key = f"training-config-{config.name}"
    models = [config.name, *([also[config.name]] if config.name in also else [])]
    repairs = "".join(
        f"# Not valid YAML as published; read with {how}.\n" for how in config.repairs
    )
    values = "".join(f"{key} = {_written(value)}\n" for key, value in config.facts.items())
    return (
        f'\n{repairs}[source."{key}"]\nkind = "training-config"\n'
        f'title = "GPT-NeoX training configuration {config.path}"\n'
        f'url = "{url}/{config.path}"\ncommit = "{commit}"\ndigest = "{config.digest}"\n'
        f'\n[[fact]]\nsource = "{key}"\nmodels = {json.dumps(models)}\n[fact.values]\n{values}'
    )


def _written(value: Value) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_written(item) for item in value) + "]"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:_}"
    return json.dumps(value, ensure_ascii=False)
