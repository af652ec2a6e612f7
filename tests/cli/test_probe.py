"""`catalog audit --probe`: what a few ranges of published files tell, and what they never tell."""

import io
import json
import math

import planted
import pytest
import torch
from hub_standin import Fault, Hub, asked_by_this_process
from safetensors.torch import save

from catalog.core.branches import ranges
from catalog.core.published import RemoteFile
from catalog.hub.ranges import ALLOWANCE, REQUESTS
from catalog.verbs import probing as verb
from catalog.weights.plan import TensorSpec

REPO = planted.REPO
SINGLE, BIN = planted.SINGLE, planted.BIN
STEPS = {1000: 64, 2000: 128, 3000: 256, 4000: 512}


@pytest.fixture
def hub():
    """Return a stand-in that publishes four late steps in two formats, with nothing wrong."""
    with Hub() as made:
        repository = made.add(REPO)
        for step in STEPS:
            put(made, step, **content(step))
        repository.branches["main"] = repository.branches["step4000"]
        yield made


def content(step):
    """Return a step's weights in both formats, as keyword arguments of `put`."""
    return {
        "single": planted.copy_of(REPO, STEPS[step], "single")[SINGLE],
        "archive": planted.copy_of(REPO, STEPS[step], "bin")[BIN],
    }


def put(hub, step, single=None, archive=None, **others):
    """Let a branch hold these files."""
    files = {SINGLE: single, BIN: archive, **others, "config.json": b"{}"}
    held = {name: raw for name, raw in files.items() if raw is not None}
    return hub.repositories[REPO].commit(f"step{step}", held)


def tensors(step):
    """Return a step's tensors, to be changed."""
    return {name: one.clone() for name, one in planted.state(REPO, STEPS[step]).items()}


def pickled(state, **how):
    """Return a state as torch writes it."""
    buffer = io.BytesIO()
    torch.save(state, buffer, **how)
    return buffer.getvalue()


@pytest.fixture
def probe(hub, catalog, db_url, monkeypatch):
    """Return a function that looks at the repository, then audits it with ranges."""

    def run(*words):
        with asked_by_this_process(hub, monkeypatch):
            assert catalog("sync", "--accept", REPO, "--db", db_url).code == 0
            hub.requests.clear()
            return catalog("audit", REPO, *(words or ("--probe", "--json")), "--db", db_url)

    return run


def told(ran):
    """Return exit code, findings as (rule, revision), and probes by (revision, weight set)."""
    document = json.loads(ran.out)
    found = {(one["rule"], one["revision"]) for one in document["findings"]}
    probes = {(one["revision"], one["weight_set"]): one for one in document["probes"]}
    return ran.code, found, probes


def test_nothing_is_wrong(probe, hub):
    """Every header is complete, nothing is refuted, and nothing is called the same."""
    ran = probe()
    code, found, probes = told(ran)
    assert (code, found) == (0, set())
    assert len(probes) == 10
    assert all(one["complete"] and one["problem"] is None for one in probes.values())
    assert {one["parameters"] for one in probes.values()} == {
        sum(tensor.numel() for tensor in tensors(1000).values())
    }
    (beside,) = (
        other for other in probes["step1000", SINGLE]["compared"] if other["revision"] == "step1000"
    )
    assert beside["weight_set"] == BIN
    assert beside["tensors"] > 4
    assert beside["answer"] == f"not refuted on {beside['bytes']:,} bytes"
    assert "same" not in json.dumps(list(probes.values()))
    assert all("Range" not in asked for asked in hub.requests)


def test_it_is_cheap(probe, hub):
    """At most 8 requests a file and 4 MB a checkpoint; a file behind two branches is read once."""
    _, _, probes = told(probe())
    files = [asked for asked in hub.requests if "/resolve/" in asked]
    assert max(files.count(asked) for asked in files) <= REQUESTS
    assert sum(one["requests"] for one in probes.values()) == len(files)
    assert sum(
        one["bytes"] for (revision, _), one in probes.items() if revision == "main"
    ) == 0 or (
        sum(one["bytes"] for (revision, _), one in probes.items() if revision == "step4000") == 0
    )


def test_two_formats_of_two_steps_are_told_apart(probe, hub):
    """The .bin is another step's that has none itself: digests cannot tell, checksums do."""
    put(hub, 1000, content(1000)["single"], content(2000)["archive"])
    put(hub, 2000, content(2000)["single"])
    # Which of the two steps has the other's weights, ranges do not tell.
    alike = {("norms-equal", "step1000"), ("norms-equal", "step2000")}
    assert told(probe())[:2] == (1, {("sets-differ", "step1000"), *alike})
    ran = probe("--probe")
    assert "hold different weights" in ran.out
    assert "refuted" in ran.out


def test_a_copy_that_was_written_anew_is_suspected(probe, hub):
    """Other bytes, equal norms: not refuted, and never called the same."""
    again = save(tensors(4000), {"format": "pt", "written": "anew"})
    put(hub, 2000, again)
    code, found, probes = told(probe())
    assert (code, found) == (1, {("norms-equal", "step2000")})
    answers = {other["answer"] for other in probes["step2000", SINGLE]["compared"]}
    assert all(answer.startswith("not refuted on") for answer in answers)


def test_the_sign_of_a_zero_is_no_difference(probe, hub):
    """Main and the last step differ in it, as those of pythia-2.8b do; their values agree."""
    state = tensors(4000)
    name = next(name for name in sorted(state) if name.endswith("input_layernorm.bias"))
    state[name][0] = 0.0
    last = save(state, {"format": "pt"})
    state[name][0] = -0.0
    assert save(state, {"format": "pt"}) != last
    put(hub, 4000, last)
    commit = hub.repositories[REPO].commit("main", {SINGLE: save(state, {"format": "pt"})})
    assert commit != hub.repositories[REPO].branches["step4000"]
    code, found, probes = told(probe())
    assert (code, found) == (0, {("main-differs", "main")})
    assert probes["main", SINGLE]["compared"][0]["answer"].startswith("not refuted")
    state[name][0] = 1.0
    hub.repositories[REPO].commit("main", {SINGLE: save(state, {"format": "pt"})})
    assert ("sets-differ", "main") in told(probe())[1]


@pytest.mark.parametrize("name", [SINGLE, BIN])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.999])
def test_a_file_that_was_broken_off_is_found(probe, hub, name, share):
    """Its header, or the directory it lost, says so: incomplete, at the header's level."""
    raw = planted.copy_of(REPO, STEPS[2000], "single" if name == SINGLE else "bin")[name]
    put(hub, 2000, **{"single" if name == SINGLE else "archive": raw[: int(share * len(raw))]})
    ran = probe()
    code, found, probes = told(ran)
    assert (code, found) == (1, {("incomplete", "step2000")})
    assert probes["step2000", name]["complete"] is False
    (branch,) = (one for one in json.loads(ran.out)["branches"] if one["revision"] == "step2000")
    assert branch["verdict"] == "incomplete"
    assert branch["weight_sets"][0]["evidence_level"] == "header"
    assert branch["recipe"] is None


def test_a_small_but_whole_file_is_cleared(probe, hub):
    """Its size alone made it suspect."""
    state = tensors(2000)
    largest = max(state, key=lambda name: state[name].numel())
    del state[largest]
    put(hub, 2000, archive=pickled(state))
    without = json.loads(probe("--json").out)
    verdicts = {one["revision"]: one["verdict"] for one in without["branches"]}
    assert verdicts["step2000"] == "suspect"
    code, found, _ = told(probe())
    assert (code, found) == (0, set())


def test_fewer_parameters_than_the_model_has_are_a_problem(hub, catalog, known_url, monkeypatch):
    """The catalog knows how many this model has; a tensor is missing from a file that is whole."""
    state = dict(planted.state(REPO, 64))
    state.pop(next(name for name in sorted(state) if name.endswith("dense.weight")))
    hub.repositories[REPO].commit("step64", {SINGLE: save(state, {"format": "pt"})})
    with asked_by_this_process(hub, monkeypatch):
        assert catalog("sync", REPO, "--db", known_url).code == 0
        ran = catalog("audit", REPO, "--probe", "--json", "--db", known_url)
    probes = told(ran)[2]
    assert "parameters, the model" in probes["step64", SINGLE]["problem"]


def test_torchs_old_form_is_left_open(probe, hub):
    """It has no directory at its end: nothing is told, that is said, and the verdict stays."""
    put(hub, 2000, archive=pickled(tensors(2000), _use_new_zipfile_serialization=False))
    _, found, probes = told(probe())
    assert found == {("suspect", "step2000")}  # this form is smaller, by its size alone
    assert probes["step2000", BIN]["complete"] is None
    assert "old form" in probes["step2000", BIN]["problem"]


def test_a_file_that_the_hub_lost_is_left_open(probe, hub):
    """The others are probed all the same."""
    commit = hub.repositories[REPO].branches["step2000"]
    gone = {"X-Error-Code": "EntryNotFound"}
    hub.faults.append(Fault(f"/resolve/{commit}/{BIN}", status=404, headers=gone, times=None))
    code, found, probes = told(probe())
    assert (code, found) == (0, set())
    assert [place for place, one in probes.items() if one["complete"] is None] == [
        ("step2000", BIN)
    ]


def test_an_index_that_contradicts_its_shards_is_found(probe, hub):
    """It places a tensor into the other shard."""
    files = dict(planted.copy_of(REPO, STEPS[2000], "shards"))
    index = json.loads(files[planted.INDEX])
    first, second = planted.SHARDS
    moved = next(name for name, shard in index["weight_map"].items() if shard == first)
    index["weight_map"][moved] = second
    files[planted.INDEX] = json.dumps(index).encode()
    put(hub, 2000, **files)
    code, found, probes = told(probe())
    assert (code, found) == (1, {("incomplete", "step2000")})
    assert moved in probes["step2000", planted.INDEX]["problem"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(r"^GET /[0-9a-f]{64}", whole=True, times=None),
        Fault(r"^GET /[0-9a-f]{64}", status=416, times=None),
        Fault(r"^GET /[0-9a-f]{64}", status=206, body=b"xxxx", times=None),
    ],
    ids=["whole", "refused", "others"],
)
def test_an_answer_that_is_not_the_range_is_an_error(probe, hub, fault):
    """Never wrong bytes: exit 3, one line, and no finding is written down."""
    hub.faults.append(fault)
    ran = probe()
    assert ran.code == 3
    assert len(ran.err.strip().splitlines()) <= 2
    hub.faults.clear()
    assert "since the last audit" not in probe("--probe").err


def test_a_busy_hub_is_waited_for(probe, hub, monkeypatch):
    """503 once and 429 once, then the range."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    hub.faults += [Fault(r"/resolve/", status=503), Fault(r"/resolve/", status=429)]
    assert told(probe())[0] == 0


def test_what_a_probe_found_stands_until_the_next_one(probe, hub):
    """An audit without --probe neither opens nor closes it; a repaired branch closes it."""
    put(hub, 1000, content(1000)["single"], content(2000)["archive"])
    put(hub, 2000, content(2000)["single"])
    assert "3 findings opened, 0 closed" in probe("--probe").err
    assert "since the last audit" not in probe("--json").err
    assert "since the last audit" not in probe("--probe").err
    put(hub, 1000, content(1000)["single"])
    assert "0 findings opened, 2 closed" in probe("--json").err
    assert "0 findings opened, 1 closed" in probe("--probe").err


def test_a_probe_needs_the_hub(catalog, facts_url):
    """Offline it says so: exit 3."""
    ran = catalog("audit", "pythia-2.8b", "--probe", "--db", facts_url)
    assert ran.code == 3
    assert len(ran.err.strip().splitlines()) <= 2


# Which ranges ----------------------------------------------------------------------------------


def spec(number, start, size=100):
    """Return a tensor at a place."""
    return TensorSpec(f"layers.{number}.norm.weight", "f16", (size // 2,), start, start + size)


def test_neighbours_are_read_together():
    """A needless gap is cheaper than a request; a larger one is bridged only for want of them."""
    near = [spec(0, 0), spec(1, 100), spec(2, 100 + ranges.GAP)]
    assert len(ranges.clusters(near, 6, 1 << 20)) == 1
    far = [spec(number, number * 50_000) for number in range(4)]
    assert len(ranges.clusters(far, 6, 1 << 20)) == 4
    assert len(ranges.clusters(far, 2, 1 << 20)) == 2


@pytest.mark.parametrize("requests", [1, 2, 5])
@pytest.mark.parametrize("count", [3, 64, 200])
def test_of_too_many_some_are_read_at_every_depth(requests, count):
    """Never more ranges or bytes than allowed; the first and the last where two are allowed."""
    far = [spec(number, number * 30_000_000, 10_000) for number in range(count)]
    made = ranges.clusters(far, requests, 45_000)
    assert 1 <= len(made) <= min(requests, 4)
    assert sum(cluster[-1].end - cluster[0].start for cluster in made) <= 45_000
    if requests > 1:
        assert (made[0][0], made[-1][-1]) == (far[0], far[-1])


def test_a_header_of_very_many_tensors_is_no_burden():
    """Choosing among 40,000 takes no minutes; few of them are read."""
    many = [spec(number, number * 20_000, 2) for number in range(40_000)]
    made = ranges.clusters(many, 6, 1 << 20)
    assert len(made) == 6
    assert (made[0][0], made[-1][-1]) == (many[0], many[-1])


def test_a_tensor_larger_than_the_allowance_is_not_read():
    """Nothing is better than half of it."""
    assert ranges.clusters([spec(0, 0, 1000)], 6, 999) == []


# Of any size -----------------------------------------------------------------------------------


class Sparse:
    """A client whose Hub has large files that are mostly holes."""

    def __init__(self, folder):
        self.folder, self.spans = folder, []

    def span(self, _repo_id, _commit, file, start, stop):
        """Return a range, and note it."""
        self.spans.append((file.path, stop - start))
        with (self.folder / file.path).open("rb") as stream:
            stream.seek(start)
            return stream.read(stop - start)


def large(folder, layers, width, shards):
    """Write safetensors shards of a GPT-NeoX of this size, all holes; return the files."""
    shapes = {"gpt_neox.embed_in.weight": [50432, width], "embed_out.weight": [50432, width]}
    shapes |= {f"gpt_neox.final_layer_norm.{end}": [width] for end in ("weight", "bias")}
    for layer in range(layers):
        for name, shape in {
            "input_layernorm.weight": [width],
            "input_layernorm.bias": [width],
            "post_attention_layernorm.weight": [width],
            "post_attention_layernorm.bias": [width],
            "attention.query_key_value.weight": [3 * width, width],
            "attention.query_key_value.bias": [3 * width],
            "attention.dense.weight": [width, width],
            "attention.dense.bias": [width],
            "mlp.dense_h_to_4h.weight": [4 * width, width],
            "mlp.dense_h_to_4h.bias": [4 * width],
            "mlp.dense_4h_to_h.weight": [width, 4 * width],
            "mlp.dense_4h_to_h.bias": [width],
        }.items():
            shapes[f"gpt_neox.layers.{layer}.{name}"] = shape
    names = sorted(shapes)
    files = []
    for number in range(shards):
        header, at = {}, 0
        for name in names[number * len(names) // shards : (number + 1) * len(names) // shards]:
            size = 2 * math.prod(shapes[name])
            header[name] = {"dtype": "F16", "shape": shapes[name], "data_offsets": [at, at + size]}
            at += size
        raw = json.dumps(header).encode()
        path = f"model-{number + 1:05}-of-{shards:05}.safetensors"
        with (folder / path).open("wb") as stream:
            stream.write(len(raw).to_bytes(8, "little") + raw)
            stream.truncate(8 + len(raw) + at)
        files.append(RemoteFile(path, 8 + len(raw) + at, f"{number:064}"))
    return tuple(files)


@pytest.mark.parametrize(
    ("layers", "width", "shards"), [(6, 512, 1), (32, 2560, 2), (36, 5120, 3), (80, 8192, 20)]
)
def test_a_checkpoint_of_any_size_costs_little(tmp_path, layers, width, shards):
    """From 70M to 60B parameters: every header, norms of every shard, within both bounds."""
    files = large(tmp_path, layers, width, shards)
    client = Sparse(tmp_path)
    read = verb._read_commit(verb._Job("lab/large", "c" * 40, files), client)
    asked = [path for path, _ in client.spans]
    assert max(asked.count(file.path) for file in files) <= REQUESTS
    assert sum(size for _, size in client.spans) <= ALLOWANCE
    for file in files:
        seen = read[file.digest]
        assert (seen.problem, seen.unread) == (None, None)
        assert seen.samples
