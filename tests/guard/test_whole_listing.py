"""All branches of the real listing of pythia-2.8b, loaded with transformers under the guard."""

import json
from pathlib import Path

import listing
import pytest
from hub_standin import Hub, asked_by_this_process

from catalog.guard import WrongWeightsError

pytestmark = [pytest.mark.data(listing.FILE), pytest.mark.slow]
RIGHT = ("own", "expected-equal")


@pytest.fixture(scope="module")
def whole(test_data):
    """Return a Hub that serves all branches, and what the inventory says."""
    with Hub() as hub:
        yield hub, listing.publish(hub, test_data)


@pytest.fixture
def judged(catalog, shipped_url):
    """Return of each branch the set that each loader takes, and the verdict on each set."""
    document = json.loads(catalog("audit", "pythia-2.8b", "--json", "--db", shipped_url).out)
    return {
        branch["revision"]: (
            branch["loads"],
            {held["name"]: held["verdict"] for held in branch["weight_sets"]},
        )
        for branch in document["branches"]
    }


@pytest.fixture
def loads(whole, guard, heard, load, monkeypatch):
    """Return a function that loads branches: which were warned of, and what `fix` gives."""

    def loaded(revisions, options):
        with asked_by_this_process(whole[0], monkeypatch):
            guard("warn")
            warned = {each for each in revisions if heard(load, each, **options)[0]}
            guard("fix")
            return warned, {each: heard(load, each, **options)[1] for each in revisions}

    return loaded


def own(sets, files):
    """Return the value that every parameter of a branch's own weights has, None without any."""
    name = next((name for name, verdict in sets.items() if verdict in RIGHT), None)
    path = "model-00001-of-00002.safetensors" if name == listing.INDEX else name
    return None if path is None else listing.value(files[path])


@pytest.mark.parametrize(
    ("profile", "options"),
    [("transformers-5", {}), ("transformers-bin", {"use_safetensors": False})],
)
def test_every_branch(profile, options, whole, judged, loads, capsys):
    """Exactly the branches from which the audit says this loader takes another's are warned of.

    And `fix` loads the true tensors of every one of them that has some, and refuses the others.
    """
    _, listed = whole
    wrong = {
        revision for revision, (loads, sets) in judged.items() if sets[loads[profile]] not in RIGHT
    }
    mendable = {
        revision
        for revision in wrong
        if any(verdict in RIGHT for verdict in judged[revision][1].values())
    }
    warned, given = loads(listed, options)
    true = {revision: own(judged[revision][1], listed[revision][1]) for revision in listed}
    mended = {each for each in mendable if given[each] == true[each]}
    refused = {each for each in listed if isinstance(given[each], WrongWeightsError)}
    with capsys.disabled():
        print(  # noqa: T201 - measured, not typed
            f"\n{profile}: {len(listed)} branches, {len(warned)} warned of, "
            f"{len(listed) - len(warned)} not; fix: {len(mended)} true, {len(refused)} refused"
        )
    assert warned == wrong
    assert mended == mendable
    assert refused == wrong - mendable


@pytest.mark.parametrize("profile", ["vllm", "shards-first"])
def test_every_branch_of_whoever_opens_files(profile, whole, judged, guard, heard, monkeypatch):
    """A loader that fetches a snapshot and opens what its profile takes of it, as vLLM does.

    The files are those that the audit says; vLLM itself is not run here.
    """
    import torch
    from huggingface_hub import snapshot_download
    from safetensors import safe_open

    hub, listed = whole

    def opened(revision):
        folder = Path(snapshot_download(listing.REPO, revision=revision))
        name = judged[revision][0][profile]
        for path in sorted(folder.glob("model-*")) if name == listing.INDEX else [folder / name]:
            if path.suffix == ".bin":
                torch.load(path, weights_only=True)
            else:
                safe_open(path, framework="np")

    guard("warn")
    with asked_by_this_process(hub, monkeypatch):
        warned = {each for each in listed if heard(opened, each)[0]}
    assert warned == {
        each for each, (loads, sets) in judged.items() if sets[loads[profile]] not in RIGHT
    }
