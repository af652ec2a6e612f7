"""Training configurations: what they state, what is repaired, and the file that ships."""

import tarfile
import tomllib
from importlib import resources

import pytest

from catalog.errors import BadInput, CouldNotCheck
from catalog.neox import DATASETS, NESTED, PLAIN, parse, read, read_all
from catalog.neox.__main__ import main
from catalog.neox.blocks import toml

CONFIG = """{
  # model settings
  "num-layers": 2,
  "hidden_size": 64,
  "num-attention-heads": 4,
  "seq-length": 128,
  "no-weight-tying": true,
  "attention-config": [[["flash"], 2]],
  "optimizer": {"type": "Adam", "params": {"lr": 1e-3, "betas": [0.9, 0.95], "eps": 1.0e-8}},
  # batch size (trained on 8 gpus)
  "train_micro_batch_size_per_gpu": 4,
  "gas": 2,
  "model-parallel-size": 2,
  "pipe-parallel-size": 0,
  "fp16": {"enabled": true},
  "train-data-paths": ["/data/pile_deduped/text_document"],
  "launcher": "slurm"
}
"""
COMMIT = "a19eecb807ec2c79a39ebf18108816e6ffffc1d5"
URL = f"https://github.com/EleutherAI/pythia/blob/{COMMIT}/models"
ALSO = {"pythia-14m": "pythia-14m-deduped", "pythia-31m": "pythia-31m-deduped"}


def facts(text: str) -> dict[str, object]:
    """Return the facts of a configuration's text."""
    return dict(parse(text.encode(), name="a", path="a.yml").facts)


def test_a_configuration_states_facts():
    """Keys are mapped with - and _ alike, nested ones too, and the rest is listed."""
    found = parse(CONFIG.encode(), name="a", path="a.yml")
    assert found.facts == {
        "layers": 2,
        "model_dim": 64,
        "heads": 4,
        "tied_embeddings": False,
        "attention_kernel": "flash",
        "optimizer": "Adam",
        "learning_rate": 0.001,
        "adam_beta1": 0.9,
        "adam_beta2": 0.95,
        "adam_epsilon": 1e-8,
        "precision": "fp16",
        "model_parallel": 2,
        "pipeline_parallel": 0,
        "batch_size_tokens": 4 * 4 * 2 * 128,
        "micro_batch_sequences": 4,
        "gradient_accumulation_steps": 2,
        "gpus": 8,
        "dataset": "the Pile, deduplicated",
    }
    assert found.repairs == ()


@pytest.mark.parametrize(
    "left_out", ["# batch size (trained on 8 gpus)\n", '"gas": 2,\n', '"seq-length": 128,\n']
)
def test_nothing_is_guessed(left_out):
    """Without GPUs, accumulation or length there is no batch size."""
    assert "batch_size_tokens" not in facts(CONFIG.replace(left_out, ""))


@pytest.mark.parametrize(
    ("section", "precision"),
    [
        ('"fp16": {"enabled": true}', "fp16"),
        ('"fp16": {"enabled": true, "type": "bfloat16"}', "bf16"),
        ('"bf16": {"enabled": true}', "bf16"),
        ('"fp16": {"enabled": false}', None),
    ],
)
def test_precision_is_what_is_enabled(section, precision):
    """fp16 and bf16 count only where they are switched on."""
    assert facts(CONFIG.replace('"fp16": {"enabled": true}', section)).get("precision") == precision


@pytest.mark.parametrize(
    ("good", "bad", "repaired"),
    [
        ('"hidden_size": 64,\n', '"hidden_size": 64\n', "line 4"),
        ('"hidden_size": 64,\n', '"hidden_size": 64  # wide\n\n  # and\n', "line 4"),
        ('[[["flash"], 2]],\n', '[[["flash"], 2]]\n', "line 8"),
        ('"enabled": true},\n', '"enabled": true}\n', "line 15"),
    ],
)
def test_a_missing_comma_is_added_and_reported(good, bad, repaired):
    """The facts are those of the file with its comma; the repair names the line."""
    found = parse(CONFIG.replace(good, bad).encode(), name="a", path="a.yml")
    assert found.repairs == (f"{repaired}: added a missing comma",)
    assert found.facts == facts(CONFIG)
    assert found.digest != parse(CONFIG.encode(), name="a", path="a.yml").digest


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[1, 2]", "not a mapping"),
        (b"", "not a mapping"),
        (b"{1: 2}", "not a mapping"),
        (b'{"a": [1, 2}', "not YAML"),
        (b'{"a": 1]', "not YAML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"!!python/object/apply:os.system ['true']", "not YAML"),
        (b'{"num-layers": 6, "num_layers": 7}', "given twice"),
        (b'{"num-layers": "six"}', "layers is 'six'"),
    ],
)
def test_what_is_no_configuration_is_refused(content, words):
    """Anything else is bad input with a line, never a crash and never code that runs."""
    with pytest.raises(BadInput, match=r"a.yml:\d+: ") as refused:
        parse(content, name="a", path="a.yml")
    assert words in refused.value.what


def test_an_absent_file_could_not_be_checked(tmp_path):
    """A file that cannot be opened is no statement about it."""
    with pytest.raises(CouldNotCheck, match="cannot read"):
        read(tmp_path / "absent.yml")


def test_every_mapped_key_is_a_fact_key():
    """The mapping only names keys that the catalog knows."""
    from catalog.core.facts import KEYS

    assert {*PLAIN.values(), *NESTED.values()} <= set(KEYS)
    assert all(DATASETS.values())


def test_written_tables_are_read_back(tmp_path):
    """The tables are TOML, and hold the facts as they were read."""
    (tmp_path / "mine.yml").write_text(CONFIG)
    written = tomllib.loads(toml(read_all([tmp_path]), url=URL, commit=COMMIT, also={}))
    assert written["fact"][0]["values"] == facts(CONFIG)
    assert written["source"]["training-config-mine"]["url"] == f"{URL}/mine.yml"


@pytest.mark.data("pythia-evals.tar.xz")
def test_the_shipped_facts_are_what_the_importer_writes(test_data, tmp_path, capsys):
    """Reading the 18 published configurations again gives the shipped file, byte for byte."""
    with tarfile.open(test_data / "pythia-evals.tar.xz") as archive:
        files = [each for each in archive if each.name.endswith(".yml")]
        for each in files:
            (tmp_path / each.name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / each.name).write_bytes(archive.extractfile(each).read())
    assert len(files) == 18
    also = [option for pair in ALSO.items() for option in ("--also", "=".join(pair))]
    main([str(tmp_path / "models"), "--url", URL, "--commit", COMMIT, *also])
    output = capsys.readouterr()
    shipped = resources.files("catalog") / "shipped" / "suites" / "pythia-training-configs.toml"
    assert output.out == shipped.read_text(encoding="utf-8")
    assert output.err == "12B/pythia-12b.yml: line 19: added a missing comma\n"
