"""`catalog verify`: every level, passing and failing, and what happens with nothing to compare."""

import json
import os
from datetime import UTC, datetime, timedelta

import checkpoints
import damage
import pytest
import sqlalchemy as sa
from recorded import MODEL, rows
from safetensors.torch import load_file
from sql_rows import connected

from catalog.sql import database
from catalog.sql.tables import checkpoint as checkpoint_table
from catalog.sql.tables import verification

LEVELS = ("metadata", "files", "weights", "forward")


def verdicts(ran):
    """Return the verdict of each check, by name, of the only target."""
    (told,) = json.loads(ran.out)
    return {check["name"]: check["verdict"] for check in told["checks"]}


@pytest.fixture
def recorded(on, checkpoint):
    """Return the folder of a step that is on record."""
    folder = checkpoint(512)
    on("populate", folder, code=0)
    return folder


# On record -------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_on_record_passes(on, known_url, recorded, level):
    """Each level passes on unchanged files, says what it compared, and adds one row."""
    before = rows(known_url)
    ran = on("verify", recorded, "--level", level, "--json", code=0)
    (told,) = json.loads(ran.out)
    assert (told["level"], told["verdict"]) == (level, "passed")
    assert set(verdicts(ran).values()) == {"passed"}
    before["verification"] += 1
    assert rows(known_url) == before
    with connected(known_url) as connection:
        (row,) = connection.execute(sa.select(verification)).all()
    assert (row.level, row.verdict, row.duration_s > 0) == (level, "passed", True)
    if level == "forward":
        assert row.worst_difference == 0
        assert row.tolerance > 0
        assert json.loads(row.environment)["device"] == "cpu"


def test_the_default_level_is_files(on, recorded):
    """Without --level every byte is read, and no network is run."""
    (told,) = json.loads(on("verify", recorded, "--json").out)
    assert told["level"] == "files"


@pytest.mark.parametrize(
    ("level", "code"), [("metadata", 0), ("files", 1), ("weights", 1), ("forward", 1)]
)
def test_a_flipped_bit(on, recorded, level, code):
    """One flipped bit keeps its size: from `files` on it is found, and named."""
    damage.flip("model.safetensors", -1)(recorded)
    ran = on("verify", recorded, "--level", level, code=code)
    assert ("model.safetensors has other bytes: sha256" in ran.out) is bool(code)


@pytest.mark.parametrize("level", LEVELS)
def test_missing_and_extra_files(on, recorded, level):
    """A file too few or too many fails every level."""
    (recorded / "generation_config.json").rename(recorded / "other.json")
    ran = on("verify", recorded, "--level", level, code=1)
    assert "generation_config.json is missing" in ran.out


def test_another_step_under_this_name(on, recorded, checkpoint):
    """The weights of another step fail on files, on digests, and are not run."""
    ran = on("verify", checkpoint(256), "--level", "forward", "--json", code=1)
    found = verdicts(ran)
    assert found["files"] == found["values model.safetensors"] == "failed"
    assert found["forward"] == "inconclusive"
    assert recorded.exists()


@pytest.mark.parametrize("layout", ["safetensors-sharded", "bin", "bin-legacy"])
def test_the_same_weights_in_other_files(on, recorded, checkpoint, layout):
    """Other files than recorded fail; that their weights fit the model is said all the same."""
    other = checkpoint(512, layout, name="other")
    ran = on("verify", other, "--level", "weights", "--json", code=1)
    found = verdicts(ran)
    assert found["files"] == "failed"
    assert [verdict for name, verdict in found.items() if name.startswith("shapes")] == ["passed"]
    assert recorded.exists()


def test_a_folder_without_a_name(catalog, known_url, recorded):
    """Whose record its files have is said, and how to compare with it; nothing was compared."""
    ran = catalog("verify", recorded, "--db", known_url)
    assert ran.code == 3
    assert f"these are {MODEL}@step512's bytes" in ran.err
    assert "nothing to compare files with; --as MODEL@REVISION says which" in ran.err


# Digests that follow from bytes ---------------------------------------------------------------

FOLLOWS = "every byte of {} is as recorded: its tensors were not digested again"


@pytest.mark.parametrize(
    ("layout", "weight_set"),
    [
        ("safetensors", "model.safetensors"),
        ("safetensors-sharded", "model.safetensors.index.json"),
        ("bin", "pytorch_model.bin"),
    ],
)
def test_equal_bytes_are_not_taken_apart_again(
    on, checkpoint, monkeypatch, tmp_path, layout, weight_set
):
    """What the record says of the tensors of these bytes holds; what is signed is digested."""
    folder = checkpoint(512, layout)
    on("populate", folder, "--level", "weights", code=0)
    signed = on("verify", folder, "--level", "weights", "--attest", tmp_path / "a", "--json")
    monkeypatch.setattr("catalog.weights.sinks.Router", None)
    ran = on("verify", folder, "--level", "weights", "--json", code=0)
    before, after = (json.loads(each.out)[0] for each in (signed, ran))
    assert after["checks"] == before["checks"]
    assert FOLLOWS.format(weight_set) in after["notes"]
    assert FOLLOWS.format(weight_set) not in before["notes"]


def test_a_record_that_contradicts_itself(on, known_url, recorded):
    """A tensor's digest on record that was changed shows in its set's."""
    from catalog.sql.tables import tensor

    with database.writing(known_url) as connection:
        row = connection.execute(sa.select(sa.func.min(tensor.c.id))).scalar()
        change = sa.update(tensor).where(tensor.c.id == row).values(digest="0" * 64)
        connection.execute(change)
    ran = on("verify", recorded, "--level", "weights", "--json", code=1)
    assert verdicts(ran)["parameters model.safetensors"] == "failed"
    assert verdicts(ran)["values model.safetensors"] == "passed"


def test_nothing_follows_from_what_somebody_else_read(on, known_url, recorded):
    """Files that another observer read too are digested."""
    from catalog.sql.tables import observation

    with database.writing(known_url) as connection:
        connection.execute(sa.update(observation).values(observer="Lab A"))
    (said,) = json.loads(on("verify", recorded, "--level", "weights", "--json").out)
    assert FOLLOWS.format("model.safetensors") not in said["notes"]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_each_dtype_agrees_within_its_tolerance(on, recorded, dtype):
    """A fingerprint in another dtype than the recorded one is held against a wider tolerance."""
    ran = on("verify", recorded, "--level", "forward", "--dtype", dtype, "--json", code=0)
    (told,) = json.loads(ran.out)
    assert 0 <= told["worst_difference"] <= told["tolerance"]
    assert told["environment"]["dtype"] == dtype
    share = told["worst_difference"] / told["tolerance"]
    assert forward(ran)["observed"].endswith(f", {share:.2g} of the tolerance")


def test_a_changed_fingerprint_fails(on, known_url, recorded):
    """The files are as recorded and the network computes something else: `forward` fails."""
    from catalog.sql.tables import fingerprint

    with database.writing(known_url) as connection:
        (document,) = connection.execute(sa.select(fingerprint.c.document)).scalars()
        changed = json.loads(document)
        changed["readings"][0]["nll"] += 0.5
        connection.execute(sa.update(fingerprint).values(document=json.dumps(changed)))
    ran = on("verify", recorded, "--level", "forward", "--json", code=1)
    assert verdicts(ran)["files"] == "passed"
    assert verdicts(ran)["forward model.safetensors"] == "failed"


def test_a_record_of_an_unmeasured_device_decides_nothing(on, known_url, recorded):
    """No tolerance is known for it: its fingerprint is left aside, and is no failure."""
    from catalog.sql.tables import fingerprint

    with database.writing(known_url) as connection:
        (document,) = connection.execute(sa.select(fingerprint.c.document)).scalars()
        other = json.loads(document)
        other["environment"]["device"] = "mps"
        other["readings"][0]["norms"][0] *= 1.1
        connection.execute(sa.update(fingerprint).values(document=json.dumps(other)))
    ran = on("verify", recorded, "--level", "forward", "--json")
    assert forward(ran)["verdict"] != "failed"
    assert "recorded on mps in float32, for which no tolerance is known" in forward(ran)["observed"]
    assert json.loads(ran.out)[0]["tolerance"] is None


# Nothing on record -----------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_to_compare_with_is_inconclusive(on, known_url, checkpoint, level):
    """Absent evidence never passes: exit 3, one row, and the sentence that says what to do."""
    ran = on("verify", checkpoint(512), "--level", level, code=3)
    assert "`catalog populate` records what is there" in ran.err
    assert rows(known_url)["verification"] == 1
    assert rows(known_url)["manifest"] == 0


def test_a_folder_without_a_name_is_told_whose_record_it_has(on, catalog, known_url, checkpoint):
    """The record is asked by digest; which checkpoint it should be nobody said: inconclusive."""
    on("populate", checkpoint(512), "--level", "files", code=0)
    ran = catalog("verify", checkpoint(512, name="mine"), "--db", known_url)
    assert ran.code == 3
    assert f"model.safetensors: these are {MODEL}@step512's bytes, recorded 20" in ran.err


def test_show_counts_verifications_and_reads_the_newest(catalog, known_url):
    """Of many only those are read that people are shown; JSON has them all."""
    made = {"checkpoint_id": 1, "target": "x", "level": "files", "checks": "[]", "duration_s": 0}
    start = datetime(2026, 11, 1, tzinfo=UTC)
    with database.writing(known_url) as connection:
        ref = sa.select(checkpoint_table.c.id).where(checkpoint_table.c.revision == "step512")
        made["checkpoint_id"] = connection.execute(ref).scalar_one()
        days = [start + timedelta(days=day) for day in range(5)]
        rows_made = [made | {"verdict": "passed", "started_at": day} for day in days]
        connection.execute(sa.insert(verification), rows_made)
    shown = catalog("show", f"{MODEL}@step512", "--db", known_url).out
    assert "verifications: 5, the newest last; --json lists all" in shown
    assert [line[:12] for line in shown.splitlines()[-3:]] == [
        "  2026-11-03",
        "  2026-11-04",
        "  2026-11-05",
    ]
    told = json.loads(catalog("show", f"{MODEL}@step512", "--db", known_url, "--json").out)
    assert (told["verified"], len(told["verifications"])) == (5, 5)


def forward(ran):
    """Return the check of the forward pass of the only target."""
    (told,) = json.loads(ran.out)
    return next(each for each in told["checks"] if each["name"] == "forward model.safetensors")


def test_an_unrecorded_step_is_judged_by_its_neighbours(on, checkpoint):
    """A loss like that of the steps beside it is no proof: it never passes, and may fail."""
    for step in (64, 512):
        on("populate", checkpoint(step), step=step, code=0)
    good = forward(on("verify", checkpoint(128), "--level", "forward", "--json", step=128, code=3))
    assert good["verdict"] == "inconclusive"
    assert good["observed"].endswith("consistent with recorded steps 64..512")
    bad = forward(on("verify", checkpoint(1), "--level", "forward", "--json", step=128, code=1))
    assert bad["verdict"] == "failed"
    assert "consistent" not in bad["observed"]


def test_the_last_step_under_an_inner_name_never_passes(on, checkpoint):
    """With the steps before it on record, step512's loss is one that step64 could have."""
    for step in (32, 128, 256):
        on("populate", checkpoint(step), step=step, code=0)
    ran = on("verify", checkpoint(512), "--level", "forward", "--json", step=64, code=3)
    made = forward(ran)
    assert made["verdict"] == "inconclusive"
    assert "over all probes" in made["observed"]
    assert "on the text probe; consistent with recorded steps 128..256" in made["observed"]
    assert json.loads(ran.out)[0]["verdict"] == "inconclusive"


def test_the_steps_that_fit_are_named(on, checkpoint):
    """By other steps on record: what fits, what does not, and another's very numbers."""
    for step in (4, 8, 32, 64, 256):
        on("populate", checkpoint(step), step=step, code=0)
    verify = ("--level", "forward", "--json")
    good = forward(on("verify", checkpoint(128), *verify, step=128, code=3))
    assert good["verdict"] == "inconclusive"
    assert good["expected"] == "step 128, as the curve through 5 recorded steps would have it"
    assert good["observed"].endswith("; consistent with recorded steps 64..256")
    suspect = forward(on("verify", checkpoint(128, name="x"), *verify, step=16, code=3))
    assert suspect["verdict"] == "inconclusive"
    assert suspect["observed"].endswith("; suspect: fits steps 64..256, not step 16")
    after = forward(on("verify", checkpoint(128, name="z"), *verify, step=512, code=3))
    beyond = "suspect: fits steps 64..256, but its weights lie beyond the records beside step 512"
    assert after["observed"].endswith(f"; {beyond}")
    before = forward(on("verify", checkpoint(2), *verify, step=1, code=3))
    assert before["observed"].endswith("recorded step 4; step 1 cannot be ruled out")
    bad = forward(on("verify", checkpoint(256, name="y"), *verify, step=128, code=1))
    assert bad["verdict"] == "failed"
    assert bad["observed"].endswith("; computes what is recorded of step 256")


def test_step0_must_know_nothing(on, checkpoint):
    """Any untrained network could be step 0, and does not pass; a trained one fails."""
    good = on("verify", checkpoint(0), "--level", "forward", "--json", step=0, code=3)
    assert verdicts(good)["forward model.safetensors"] == "inconclusive"
    bad = on("verify", checkpoint(64), "--level", "forward", "--json", step=0, code=1)
    assert verdicts(bad)["forward model.safetensors"] == "failed"


def test_an_unknown_folder_is_judged_by_its_config(catalog, known_url, checkpoint):
    """Without --as the config says what must be there; the files have nothing to compare with."""
    ran = catalog("verify", checkpoint(512), "--level", "weights", "--json", "--db", known_url)
    found = verdicts(ran)
    assert (found["shapes model.safetensors"], found["files"]) == ("passed", "inconclusive")
    assert ran.code == 3


# Bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{"num_hidden_layers": 10**6}, {"hidden_size": 1e308}])
def test_a_huge_config(catalog, known_url, checkpoint, settings):
    """What the config describes is never built to find that the files do not hold it."""
    folder = checkpoint(512)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | settings))
    ran = catalog("verify", folder, "--level", "forward", "--db", known_url)
    assert ran.code == 1
    assert "forward" in ran.out


def test_a_link_to_itself(catalog, known_url, tmp_path):
    """It could not be read, and nothing else goes wrong."""
    (tmp_path / "loop").symlink_to("loop")
    for words in (["verify"], ["populate", "--as", f"{MODEL}@step8", "--level", "files"]):
        ran = catalog(*words, tmp_path / "loop", "--db", known_url)
        assert (ran.code, "Too many levels of symbolic links" in ran.err) == (3, True)


def test_a_config_that_is_a_pipe(catalog, known_url, checkpoint):
    """Nothing waits for what will never be written."""
    folder = checkpoint(512)
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")
    weights = folder / "model.safetensors"
    assert catalog("verify", weights, "--level", "weights", "--db", known_url).code == 3
    assert catalog("verify", folder, "--db", known_url).code == 3


@pytest.mark.parametrize("name", damage.KINDS)
def test_damage_fails(on, known_url, checkpoint, name):
    """Each kind of damage: its line, its code; a row for a verdict, none where nothing was seen."""
    kind = damage.KINDS[name]
    folder = checkpoint(512, kind.layout)
    kind.apply(folder)
    before = rows(known_url)
    ran = on("verify", folder, "--level", "weights", code=kind.code)
    told = [line for line in ran.out.splitlines() if line.startswith("  failed ")]
    told += [line for line in ran.err.splitlines() if line.startswith("catalog: ")]
    assert len([line for line in told if kind.says in line]) == 1, ran.out + ran.err
    before["verification"] += kind.code == 1
    assert rows(known_url) == before
    assert not damage.marker(folder).exists()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["topics-183k@step8"], 3, "run `catalog populate topics-183k@step8`"),
        (["qwertz@step1"], 2, "unknown model 'qwertz'"),
        (["topics-183k@step3"], 2, "nearest: step"),
        (["./nowhere"], 2, "does not exist"),
        (["--level", "deep", "{folder}"], 2, "deep"),
        (["--against", "{folder}/none", "{folder}"], 2, "does not exist"),
        (["--against", "{folder}/config.json", "{folder}"], 2, "not a manifest"),
        (["--as", "topics-183k@step8", "topics-183k@step8"], 2, "--as"),
        (["--level", "forward", "--device", "cuda:9", "{folder}"], 3, "not there"),
    ],
)
def test_asked_wrongly(catalog, known_url, checkpoint, arguments, code, says):
    """What cannot be meant, or is not on this machine: one line, its code, no row."""
    folder = checkpoint()
    words = [word.format(folder=folder) for word in arguments]
    ran = catalog("verify", *words, "--db", known_url)
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert says in ran.err
    assert rows(known_url)["verification"] == 0


def test_several_targets(catalog, known_url, recorded, tmp_path):
    """Every target has its outcome, in order; the gravest code wins."""
    targets = [recorded, f"{MODEL}@step8", tmp_path / "none"]
    ran = catalog("verify", *targets, "--json", "--db", known_url)
    told = json.loads(ran.out)
    assert told[0]["verdict"] == "inconclusive"
    assert [one["error"]["kind"] for one in told[1:]] == ["could-not-check", "bad-input"]
    assert ran.code == 3


def test_a_float32_copy_has_the_same_values(on, recorded, tmp_path):
    """An fp32 copy of fp16 weights: other parameter bytes, the same values."""
    state = load_file(recorded / "model.safetensors")
    single = checkpoints.safetensors(
        tmp_path / "single", {name: each.float() for name, each in state.items()}
    )
    found = verdicts(on("verify", single, "--level", "weights", "--json", code=1))
    assert found["parameters model.safetensors"] == "failed"
    assert found["values model.safetensors"] == "passed"
