"""`catalog compare`: how the weights of two checkpoints relate, and where they differ."""

import io
import json
import re
import shutil
import sys

import checkpoints
import damage
import planted
import pytest
import torch
from recorded import MODEL
from safetensors.torch import load_file, save_file
from small_weights import write_tensors

from catalog import api
from cli import drift, output

HEAD = "embed_out.weight"
ONE = {"w": ("f32", (2,), bytes(8))}


@pytest.fixture(scope="module")
def state(trajectory):
    """Return the tensors of one step."""
    return load_file(trajectory / "step64" / "model.safetensors")


@pytest.fixture
def tuned(state, tmp_path):
    """Return a folder of the step with another head, and one with the step itself, in fp32."""
    other = {**state, HEAD: state[HEAD] * 0.5}
    wide = {
        name: each.float() if each.is_floating_point() else each for name, each in other.items()
    }
    return checkpoints.sharded(tmp_path / "tuned", wide)


def document(ran):
    """Return what a command printed, and its exit code."""
    return json.loads(ran.out), ran.code


# What differs ----------------------------------------------------------------------------------


def test_did_the_fine_tune_touch_only_the_head(catalog, trajectory, tuned):
    """By kind and by layer, across precisions and shards; nothing else differs."""
    told, code = document(catalog("compare", trajectory / "step64", tuned, "--json"))
    assert (code, told["relation"], told["equal"]) == (1, "different", False)
    differing = {group["label"]: group["unequal"] for group in told["kinds"]}
    assert differing == {"embedding": 0, "attention": 0, "mlp": 0, "norm": 0, "head": 1}
    assert [group["label"] for group in told["layers"]] == [
        *("embedding", "0", "1", "2", "norm", "head")
    ]
    (head,) = (each for each in told["tensors"] if each["name"] == HEAD)
    assert (head["kind"], head["layer"], head["status"]) == ("head", None, "differs")
    assert head["relative_l2"] == pytest.approx(0.5)
    assert head["cosine"] == pytest.approx(1.0)
    assert (head["first_dtype"], head["second_dtype"]) == ("f16", "f32")
    rest = {each["status"] for each in told["tensors"] if each["name"] != HEAD}
    assert rest == {"same values"}


def test_words_for_people(catalog, trajectory, tuned):
    """The relation, the kinds, a bar a layer, the tensors that differ most: 80 columns."""
    ran = catalog("compare", trajectory / "step64", tuned)
    assert ran.code == 1
    assert "different: 1 of 40 tensors, " in ran.out
    assert re.search(r"^head +1 +1 .* 0\.5000 +(1|0\.999999)$", ran.out, re.MULTILINE)
    (line,) = re.findall(r"^head +- .*$", ran.out, re.MULTILINE)
    assert re.search(r" 0\.5000  █+$", line)
    assert re.search(r"^embed_out\.weight +differs ", ran.out, re.MULTILINE)
    body = ran.out.partition("\n\n")[2].replace(str(trajectory), "")
    assert max(len(line) for line in body.splitlines()) <= 80


@pytest.mark.parametrize(
    ("layout", "dtype", "relation"),
    [
        ("safetensors", None, "same files"),
        ("bin", None, "same parameter bytes"),
        ("bin-sharded", None, "same parameter bytes"),
        ("safetensors-sharded", torch.float32, "same values"),
        ("bin-legacy", torch.float64, "different"),
    ],
)
def test_the_four_relations(catalog, state, tmp_path, layout, dtype, relation):
    """Equal values are exit 0, whatever holds them; by the digests, float64 is no float32."""
    made = {name: each if dtype is None else each.to(dtype) for name, each in state.items()}
    first = checkpoints.safetensors(tmp_path / "first", state)
    second = checkpoints.LAYOUTS[layout](tmp_path / "second", made)
    told, code = document(catalog("compare", first, second, "--json"))
    assert (told["relation"], code) == (relation, int(relation == "different"))
    assert all(each["differing"] == 0 for each in told["tensors"])
    ran = catalog("compare", first, second)
    assert f"\n{relation}: {'40 of' if dtype is torch.float64 else 'all'} 40 tensors" in ran.out


def test_rows_are_tensors(catalog, tmp_path):
    """Each tensor of either side is a row, in every format; what cannot be paired says why."""
    first = {
        "same": ("i64", (2,), bytes(16)),
        "type": ("f32", (1,), bytes(4)),
        "shape": ("f32", (2, 1), bytes(8)),
        "first": ("f16", (), b"\0\x7e"),
        "nan": ("f16", (2,), b"\0\x7e\0\x3c"),
    }
    second = {
        "same": first["same"],
        "type": ("i32", (1,), bytes(4)),
        "shape": ("f32", (1, 2), bytes(8)),
        "nan": ("f32", (2,), bytes(3) + b"\x7f" + bytes(4)),
        "second": ("f32", (1, 1), bytes(4)),
    }
    here, there = write_tensors(tmp_path / "a", first), write_tensors(tmp_path / "b", second)
    ran = catalog("compare", here, there, "--format", "jsonl")
    assert ran.code == 1
    rows = {row["name"]: row for row in map(json.loads, ran.out.splitlines())}
    assert {name: (row["status"], row["differing"]) for name, row in rows.items()} == {
        "same": ("same", 0),
        "type": ("other type", None),
        "shape": ("other shape", None),
        "nan": ("differs", 2),
        "first": ("only first", None),
        "second": ("only second", None),
    }
    assert rows["nan"]["first_non_finite"] == 1
    assert rows["nan"]["relative_l2"] is None
    assert rows["first"]["second_shape"] is None
    assert rows["second"]["second_shape"] == [1, 1]
    csv = catalog("compare", here, there, "--csv").out.splitlines()
    assert len(csv) == 1 + len(rows)
    ran = catalog("compare", here, there)
    assert "f16 / -" in ran.out
    assert "different: 5 of 6 tensors, 2 of 4 numbers that have a counterpart\n" in ran.out
    assert " other shape: 2x1 / 1x2 " in ran.out
    assert f"{here} has 1 NaN or infinite among the numbers compared" in ran.err
    assert str(there) not in ran.err
    assert catalog("compare", here, there, "-q").out.split() == sorted(rows)


def test_sides_without_a_common_name(catalog, tmp_path):
    """Two networks of different make: said in words, not as a hundred missing tensors."""
    here = write_tensors(tmp_path / "a", ONE)
    there = write_tensors(tmp_path / "b", {"v": ONE["w"]})
    ran = catalog("compare", here, there)
    assert ran.code == 1
    assert "no tensor of one has the name of a tensor of the other" in ran.err


def test_zero_and_beyond(catalog, tmp_path):
    """A side of zeros has no cosine, and nothing relative to it; no number is not JSON's."""
    zeros = write_tensors(tmp_path / "zeros", {"w": ("f64", (2,), bytes(16))})
    huge = write_tensors(
        tmp_path / "huge", {"w": ("f64", (2,), b"\xff" * 6 + b"\xef\x7f" + bytes(8))}
    )
    for first, second in ((zeros, huge), (huge, zeros)):
        ran = catalog("compare", first, second, "--json")
        (row,) = json.loads(ran.out, parse_constant=pytest.fail)["tensors"]
        assert row["cosine"] is None
        assert row["relative_l2"] == (1.0 if first == huge else None)
        assert catalog("compare", first, second).code == 1


# Which weights ---------------------------------------------------------------------------------


def test_which_set_of_several(catalog, trajectory, tmp_path):
    """The one that transformers loads, and it is said; a single file is a set of its own."""
    both = tmp_path / "both"
    shutil.copytree(trajectory / "step64", both)
    checkpoints.zipped(both, load_file(trajectory / "step512" / "model.safetensors"))
    ran = catalog("compare", trajectory / "step64", both)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "same files: all 40 tensors")
    assert ran.err == f"note: {both} holds 2 weight sets; model.safetensors is compared\n"
    file = both / "pytorch_model.bin"
    assert catalog("compare", trajectory / "step512", file).code == 0
    checkpoints.sharded_bin(both, load_file(trajectory / "step8" / "model.safetensors"))
    index = both / "pytorch_model.bin.index.json"
    ran = catalog("compare", trajectory / "step8", index)
    assert (ran.code, "same parameter bytes" in ran.out) == (0, True)
    odd = tmp_path / "odd"
    for name in ("a.safetensors", "b.safetensors"):
        write_tensors(odd, ONE, name=name)
    ran = catalog("compare", odd, both)
    assert ran.code == 2
    assert "name one of: a.safetensors, b.safetensors" in ran.err


def test_the_same_files_on_both_sides(catalog, trajectory, tmp_path):
    """Somebody who compares a folder with a link to it hears so."""
    (tmp_path / "link").symlink_to(trajectory / "step8")
    ran = catalog("compare", trajectory / "step8", tmp_path / "link")
    assert (ran.code, ran.err) == (0, "note: both are the same files on this disk\n")


@pytest.fixture
def known(known_url, trajectory, tmp_path, monkeypatch, catalog):
    """Return a function that compares; step64 is in the Hub's cache, step8 and step64 on record."""
    repository = tmp_path / "hub" / f"models--{planted.REPO.replace('/', '--')}"
    shutil.copytree(trajectory / "step64", repository / "snapshots" / ("a" * 40))
    (repository / "refs").mkdir()
    (repository / "refs" / "step64").write_text("a" * 40)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_CACHE", str(tmp_path / "none"))
        for step in (8, 64):
            ran = catalog(
                *("populate", "--as", f"{MODEL}@step{step}", trajectory / f"step{step}"),
                *("--level", "weights", "--db", known_url),
            )
            assert ran.code == 0, ran

    def run(*words):
        return catalog("compare", *words, "--db", known_url)

    return run


def test_refs(known, trajectory, tmp_path):
    """A REF is what is in the cache; else what is on record, of which digests alone are known."""
    ref = f"{MODEL}@step64"
    assert known(ref, trajectory / "step64").code == 0
    assert known(f"{ref}#model.safetensors", trajectory / "step64").code == 0
    assert known(ref, trajectory / "step16").code == 1
    ran = known(f"{ref}#no.bin", trajectory / "step64")
    assert (ran.code, ran.err) == (
        2,
        f"catalog: {ref} has no weight set no.bin; it has: model.safetensors\n",
    )
    recorded = f"{MODEL}@step8"
    told, code = document(known(trajectory / "step8", recorded, "--json"))
    assert (code, told["relation"], told["tensors"]) == (0, "same files", None)
    assert told["second"]["path"] is None
    assert told["second"]["recorded_at"]
    state = load_file(trajectory / "step8" / "model.safetensors")
    other = checkpoints.zipped(tmp_path / "bin", state)
    assert document(known(other, recorded, "--json"))[0]["relation"] == "same parameter bytes"
    wide = checkpoints.sharded(tmp_path / "wide", {n: t.float() for n, t in state.items()})
    assert document(known(recorded, wide, "--json"))[0]["relation"] == "same values"
    ran = known(ref, recorded)
    assert (ran.code, "different (by digests" in ran.out) == (1, True)
    assert "a record has digests, no values" in ran.err
    told, code = document(known(recorded, recorded, "--json"))
    assert (code, told["relation"]) == (0, "same files")


def test_what_is_on_record_of_what_is_here(known, trajectory, tmp_path):
    """`--recorded` takes the record, though the files are in the cache; a path has none."""
    ref = f"{MODEL}@step64"
    (weights,) = tmp_path.rglob("snapshots/*/model.safetensors")
    assert known(ref, ref, "--recorded").code == 0
    save_file(load_file(trajectory / "step16" / "model.safetensors"), weights)
    assert known(ref, ref, "--recorded").code == 1
    ran = known(ref, trajectory / "step64", "--recorded")
    assert (ran.code, "is a path, and has no record" in ran.err) == (2, True)
    for words in ((ref, f"{MODEL}@step1", "--recorded"), (ref, f"{MODEL}@step1")):
        ran = known(*words)
        assert (ran.code, ran.err.count("\n")) == (3, 1)
        assert f"catalog populate {MODEL}@step1" in ran.err


def test_paths_need_no_catalog(catalog, trajectory):
    """Nor does a REF that is in the cache; a REF that is not says what to type."""
    step = trajectory / "step8"
    assert catalog("compare", step, step, "--db", "sqlite:////no/db").code == 0
    ran = catalog("compare", step, "pythia-70m", "--db", "sqlite:////no/db")
    assert (ran.code, ran.err) == (
        3,
        "catalog: pythia-70m is not in the Hub's cache; run `catalog populate pythia-70m`\n",
    )


# NaN is a value. The last two take seconds, wherever pickles are read.
REFUSED = damage.KINDS.keys() - {"NaN", "mappings without end", "pickle of much work"}


@pytest.mark.parametrize(("number", "name"), list(enumerate(sorted(REFUSED))))
def test_what_hashing_refuses_is_refused(catalog, checkpoint, trajectory, number, name):
    """On either side, in one line that names the side, and nothing runs."""
    kind = damage.KINDS[name]
    folder = checkpoint(64, kind.layout, "damaged")
    kind.apply(folder)
    sides = (folder, trajectory / "step64")
    ran = catalog("compare", *(sides if number % 2 else reversed(sides)))
    assert (ran.code, ran.out, ran.err.count("\n")) == (kind.code, "", 1)
    assert kind.says in ran.err
    assert str(folder) in ran.err
    assert not damage.marker(folder).exists()


# The picture -----------------------------------------------------------------------------------


def test_bars(monkeypatch):
    """As long as their share, down to an eighth of a character; what is no zero shows."""
    assert [drift.bar(share, 8) for share in (0, 1e-9, 0.5, 0.51, 1)] == [
        *("", "▏", "████", "████▏", "████████")
    ]
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))
    assert [drift.bar(share, 8) for share in (0, 1e-9, 0.5, 1)] == ["", "#", "####", "########"]


def test_numbers_are_never_rounded_to_what_they_are_not():
    """A small distance is no zero, a cosine near 1 is not 1."""
    assert [drift.small(number) for number in (None, 0.0, 1e-7, 0.25, 2e9)] == [
        *(None, "0", "1.0e-07", "0.2500", "2.0e+09")
    ]
    assert [drift.cosine(number) for number in (None, 1.0, 1 - 1e-12, -1.0, -1 + 1e-12)] == [
        *(None, "1", "0.999999", "-1", "-0.999999")
    ]


@pytest.mark.parametrize("columns", [80, 120])
def test_the_picture_fits_the_terminal(trajectory, capsys, monkeypatch, columns):
    """Bars take what numbers leave, and no line is broken."""
    monkeypatch.setattr(output, "width", lambda *_: columns)
    made = api.open("sqlite:////no/db").compare_weights(
        str(trajectory / "step64"), str(trajectory / "step512")
    )
    drift.print_layers(made)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(made.layers())
    assert columns - 30 < max(map(len, lines)) <= columns
