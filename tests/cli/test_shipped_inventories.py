"""The six inventories that ship: what the audit of a fresh catalog says of them, and no more.

The facts of five of them are told here; those of pythia-2.8b are in test_pythia_2_8b.py.
"""

import csv
import json
from collections import Counter

import pytest

SIZES = ("2.8b", "160m", "410m", "1.4b", "6.9b", "12b")
FILES = tuple(f"hub_inventory_pythia-{size}.csv" for size in SIZES)
# By model: which weight set is stored how, and how often.
STORED = {
    "pythia-160m": {
        ("model.safetensors", "fp32", False): 154,
        ("model.safetensors", "fp16/bf16", True): 1,
        ("pytorch_model.bin", "fp16/bf16", True): 155,
    },
    "pythia-410m": {
        ("model.safetensors", "fp32", False): 154,
        ("model.safetensors", "fp16/bf16", True): 1,
        ("pytorch_model.bin", "fp16/bf16", True): 155,
    },
    "pythia-1.4b": {
        ("model.safetensors.index.json", "fp32", False): 154,
        ("model.safetensors", "fp16/bf16", True): 1,
        ("pytorch_model.bin", "fp16/bf16", True): 155,
    },
    "pythia-2.8b": {
        ("model.safetensors", "fp16/bf16", False): 78,
        ("model.safetensors", "fp16/bf16", True): 77,
        ("model.safetensors.index.json", "fp16/bf16", False): 36,
        ("pytorch_model.bin", "fp16/bf16", False): 78,
        ("pytorch_model.bin", "fp16/bf16", True): 77,
    },
    "pythia-6.9b": {
        ("model.safetensors.index.json", "fp16/bf16", True): 1,
        ("pytorch_model.bin.index.json", "fp16/bf16", True): 155,
    },
    "pythia-12b": {
        ("model.safetensors.index.json", "fp16/bf16", True): 1,
        ("pytorch_model.bin.index.json", "fp16/bf16", True): 154,
        ("pytorch_model.bin.index.json", None, None): 1,
    },
}
BY_METADATA = ("same-as", "alias", "spliced", "incomplete", "odd-size", "main-differs", "suspect")


@pytest.fixture(scope="module")
def audited(templates, tmp_path_factory):
    """Return the audit of everything that ships, from a fresh catalog."""
    import contextlib
    import io

    from cli.main import run

    with templates.copy("sqlite", "facts", tmp_path_factory.mktemp("audit")) as url:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            assert run(["audit", "--json", "--db", url]) == 1
    return json.loads(said.getvalue())


def test_six_repositories(audited):
    """930 branches of six models, all of them expected."""
    counted = Counter(branch["model"] for branch in audited["branches"])
    assert counted == dict.fromkeys((f"pythia-{size}" for size in SIZES), 155)
    assert all(branch["expected"] for branch in audited["branches"])


@pytest.mark.parametrize("model", STORED)
def test_every_set_is_a_sum(audited, model):
    """Precision and buffers of every weight set follow from its size; one of 1,588 fits no sum."""
    counted = Counter(
        (one["name"], one["precision"], one["buffers"])
        for branch in audited["branches"]
        if branch["model"] == model
        for one in branch["weight_sets"]
    )
    assert counted == STORED[model]


def test_no_false_alarm_and_the_known_true_ones(audited):
    """Outside pythia-2.8b two branches are wrong, both of pythia-12b; main is right everywhere."""
    found = [
        (finding["model"], finding["revision"], finding["rule"])
        for finding in audited["findings"]
        if finding["model"] != "pythia-2.8b"
        and finding["evidence"].get("evidence_level") != "scores"
    ]
    assert sorted(found) == [
        ("pythia-12b", "step50000", "odd-size"),
        ("pythia-12b", "step50000", "spliced"),
        ("pythia-12b", "step58000", "same-as"),
    ]
    mains = {b["model"]: b["verdict"] for b in audited["branches"] if b["revision"] == "main"}
    assert set(mains.values()) <= {"own", "expected-equal"}


def test_what_is_wrong_in_pythia_12b(audited):
    """Step 50000 has two of three shards of the last step, step 58000 all; the number is told."""
    branches = {b["revision"]: b for b in audited["branches"] if b["model"] == "pythia-12b"}
    assert branches["step50000"]["verdict"] == "spliced"
    assert branches["step58000"]["verdict"] == "same-as"
    owners = {
        name: branches[name]["weight_sets"][0]["owner"] for name in ("step50000", "step58000")
    }
    assert set(owners.values()) == {"step143000"}
    (odd,) = [finding for finding in audited["findings"] if finding["rule"] == "odd-size"]
    (told,) = odd["evidence"]["weight_sets"]
    assert told["size_bytes"] == 23_633_571_759
    assert told["difference_bytes"] == -209_567_825
    assert told["would_fit"] == "fp16/bf16, with buffers"
    assert "209,567,825 short of" in odd["message"]


@pytest.mark.parametrize("model", [model for model in STORED if model != "pythia-2.8b"])
def test_main_is_joined_to_the_last_step(audited, model):
    """The .bin of main is step143000's, so its other file is the last step's too: no note."""
    (main,) = [
        branch
        for branch in audited["branches"]
        if (branch["model"], branch["revision"]) == (model, "main")
    ]
    by_name = {one["name"]: one for one in main["weight_sets"]}
    (bin_set,) = [one for name, one in by_name.items() if name.startswith("pytorch_model")]
    assert (bin_set["verdict"], bin_set["owner"]) == ("expected-equal", "step143000")
    (other,) = [one for one in by_name.values() if one is not bin_set]
    assert other["verdict"] == "own"
    assert "is that of step143000: main is the last step" in other["reason"]


@pytest.mark.data(*FILES)
def test_the_pack_is_the_inventories(catalog, facts_url, test_data):
    """Packing them gives the bytes that ship, importing them adds nothing, `which` knows each."""
    from importlib import resources

    from catalog.verbs.inventories import shipping

    files = [test_data / name for name in FILES]
    packed = resources.files("catalog").joinpath("shipped/observations.jsonl.xz").read_bytes()
    assert shipping.pack([file.read_bytes() for file in files]) == packed
    for file in files:
        ran = catalog("sync", "--from-file", file, "--db", facts_url, "--json")
        assert [one["status"] for one in json.loads(ran.out)] == ["known"]


@pytest.mark.data(*FILES)
def test_every_digest_is_known(facts_url, test_data):
    """Each of the 2,100 digests leads to the branches that hold it."""
    import catalog as package

    held = {}
    for name in FILES:
        with (test_data / name).open() as file:
            for row in csv.DictReader(file):
                place = (row["repo"], row["revision"], row["file"])
                held.setdefault(row["sha256"], set()).add(place)
    assert len(held) == 2_100
    opened = package.open(facts_url)
    for digest in sorted(held)[::100]:
        told = {(one.repo_id, one.revision, one.file) for one in opened.which(digest)}
        assert told == held[digest]
