"""Other libraries and former transformers under the guard, in environments of their own."""

import json
import os
import subprocess
from pathlib import Path

import listing
import pytest
from hub_standin import Hub

pytestmark = [pytest.mark.data(listing.FILE), pytest.mark.slow]
CHECKOUT = Path(__file__).parents[2]
LOADERS = Path(os.environ.get("LOADERS", CHECKOUT / ".cache" / "loaders"))
RIGHT = ("own", "expected-equal")


@pytest.fixture(scope="module")
def whole(test_data):
    """Return a Hub that serves all branches, and what the inventory says."""
    with Hub() as hub:
        yield hub, listing.publish(hub, test_data)


@pytest.fixture
def told(whole, shipped_url, tmp_path):
    """Return a function that loads every branch with a library in a mode.

    A former version of transformers lies in a folder beside the loaders, in place of theirs; vLLM
    has an environment over theirs.
    """

    def run(library, mode):
        library, _, version = library.partition(" ")
        home = LOADERS.with_name("vllm") if library == "vllm" else LOADERS
        python = home / "bin" / "python"
        former = [LOADERS.with_name(f"{library}-{version}")] if version else []
        for place in (python, *former):
            assert place.exists(), f"no {place}; `make test-slow` installs it"
        environment = os.environ | {
            "CATALOG_DB": shipped_url,
            "CATALOG_GUARD": mode,
            "HF_ENDPOINT": whole[0].url,
            "HF_HOME": str(tmp_path / mode),
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "PYTHONPATH": os.pathsep.join(map(str, (CHECKOUT, *former))),
        }
        words = [python, CHECKOUT / "tests/support/other_loaders.py", library, *whole[1]]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        lines = [line[5:] for line in done.stdout.splitlines() if line.startswith("told ")]
        return {each["revision"]: each for each in map(json.loads, lines)}

    return run


@pytest.fixture
def audited(catalog, shipped_url):
    """Return the branches as the audit has them."""
    document = json.loads(catalog("audit", "pythia-2.8b", "--json", "--db", shipped_url).out)
    return {branch["revision"]: branch for branch in document["branches"]}


@pytest.fixture
def sets(audited):
    """Return the verdict on each set of each branch."""
    return {
        revision: {held["name"]: held["verdict"] for held in branch["weight_sets"]}
        for revision, branch in audited.items()
    }


@pytest.mark.parametrize(
    "library", ["transformer_lens", "lm_eval", "transformers 4.57.6", "transformers 4.46.3"]
)
def test_every_branch(library, told, whole, sets, capsys):
    """What the audit says of transformers is warned of; `fix` gives the true values or refuses."""
    _, listed = whole
    wrong = {each for each in listed if sets[each][listing.SINGLE] not in RIGHT}
    warned = {each for each, line in told(library, "warn").items() if line["said"]}
    fixed = told(library, "fix")
    refused = {each for each, line in fixed.items() if line["refused"]}
    true = set()
    for revision, (_, files) in listed.items():
        own = [name for name, verdict in sets[revision].items() if verdict in RIGHT]
        paths = ["model-00001-of-00002.safetensors" if n == listing.INDEX else n for n in own]
        values = {listing.value(files[path]) for path in paths}
        true |= {revision} if fixed[revision]["value"] in values else set()
    with capsys.disabled():
        print(  # noqa: T201 - measured, not typed
            f"\n{library}: {len(listed)} branches, {len(warned)} warned of, "
            f"{len(listed) - len(warned)} not; "
            f"fix: {len(true & wrong)} true, {len(refused)} refused"
        )
    assert warned == wrong
    assert true | refused == set(listed)
    assert refused == {each for each in wrong if not set(sets[each].values()) & set(RIGHT)}


def test_every_branch_of_vllm(told, audited, sets, capsys):
    """What the audit says of vLLM is warned of; who names files gets no others, but a refusal."""
    wrong = {
        revision
        for revision, branch in audited.items()
        if sets[revision][branch["loads"]["vllm"]] not in RIGHT
    }
    warned = {each for each, line in told("vllm", "warn").items() if line["said"]}
    refused = {each for each, line in told("vllm", "fix").items() if line["refused"]}
    with capsys.disabled():
        print(  # noqa: T201 - measured, not typed
            f"\nvllm: {len(audited)} branches, {len(warned)} warned of, {len(refused)} refused"
        )
    assert warned == refused == wrong
