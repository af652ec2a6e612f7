"""The script that measures the forward pass, its report and the tolerances that are made of it."""

import json
import re
import time
import tomllib
from pathlib import Path

import damages
import measure
import networks
import pytest
import report
import speed
import tolerances

from catalog import forward
from catalog.core import packaged
from catalog.forward import devices

CHECKOUT = Path(__file__).parents[2]
SMALL = (
    *("--device", "cpu", "--sizes", "tiny", "--repeats", "1", "--runs", "2"),
    *("--damages", "1", "--checkpoints", "5", "--row", "6"),
)


FEWER = {
    "STEPS": 2,
    "THREADS": (1,),
    "INSTRUCTIONS": ("all", "avx2"),
    "GAINS": {"initial": lambda _: networks.STANDARD_DEVIATION},
}


@pytest.fixture(scope="session")
def document(tmp_path_factory, trajectory):
    """Return what the script writes for the smallest shapes, run through in this process."""
    import setups
    from safetensors.torch import load_file

    files = {step: trajectory / f"step{step}" / networks.WEIGHTS for step in (0, 64, 512)}
    steps = [(step, load_file(file)) for step, file in files.items()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "trained", lambda _: steps)
        # A process for each set-up takes seconds to import torch; the slow test has them.
        patch.setattr(
            measure.Processes, "read", lambda _, jobs, repeats=1: _here(setups, jobs, repeats)
        )
        # Half precision takes a processor ten times as long.
        patch.setattr(measure.forward, "DTYPES", ("float32", "bfloat16"))
        for name, fewer in FEWER.items():
            patch.setattr(measure, name, fewer)
        patch.setattr(speed, "COPIED", 1 << 16)
        patch.setattr(devices, "_Device", InThread)
        kinds = ("bit 0 flipped", "one number NaN", "rotary base")
        patch.setattr(damages, "KINDS", {kind: damages.KINDS[kind] for kind in kinds})
        file = tmp_path_factory.mktemp("gpu") / "cpu.json"
        assert measure.main([*SMALL, "-o", str(file)]) == 0
    return json.loads(file.read_text())


class InThread(devices._Device):
    """A worker that is no process, which would take seconds to import torch; a slow test has it."""

    def _begun(self):
        return None, None

    def run(self, folder, files, architecture):
        """Run it here."""
        return forward.run(folder, files, self.choice, architecture=architecture)

    def end(self):
        """Nothing is to be ended."""
        self._over = True


def _here(setups, jobs, repeats):
    """Read jobs in this process, as the script's own processes do."""
    for folder, setup in jobs:
        for _ in range(repeats):
            yield setups.reading(folder, setup, setups.answer(folder, setup))


# The document ----------------------------------------------------------------------------------


def test_the_document_is_as_described(document):
    """Every key that docs/explanation/forward-pass.md names is there, and no other."""
    text = (CHECKOUT / "docs/explanation/forward-pass.md").read_text()
    described = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text, flags=re.MULTILINE))
    assert set(document) == set(described)
    for key, value in document.items():
        rows = value if isinstance(value, list) else [value]
        for row in rows:
            if isinstance(row, dict):
                assert set(row) <= set(re.findall(r"`(\w+)`", described[key])), key


def test_every_dtype_was_run(document):
    """Both sizes were compared between dtypes and set-ups, and equal runs were equal."""
    assert {row["network"] for row in document["comparisons"]} == {"trained", "tiny"}
    pairs = {tuple(row["dtypes"]) for row in document["comparisons"]}
    assert ("float32", "bfloat16") in pairs
    assert {row["what"] for row in document["comparisons"]} == {"dtype", "instructions"}
    assert {row["different"] for row in document["determinism"]} == {1}
    assert document["left_out"] == []


def test_loading_and_several_workers_are_run_through(document):
    """A network on the device in two dtypes, and a worker a card: all as the file and one alone."""
    assert [(row["what"], row["devices"], row["equal"]) for row in document["used"]] == [
        ("load bfloat16", ["cpu"], True),
        ("load float32", ["cpu"], True),
        ("workers", ["cpu", "cpu"], True),
    ]


def test_what_is_not_equal_is_said():
    """It makes the script fail, as a run out of the tolerance does."""
    row = {"what": "workers", "devices": ["cuda:0", "cuda:1"], "equal": False}
    assert measure.strays({"comparisons": [], "used": [row]}) == [
        "workers on cuda:0, cuda:1: not the same"
    ]


def test_the_report_has_every_row(document):
    """Markdown, one line a measurement."""
    lines = report.markdown(document).splitlines()
    tables = ("networks", "comparisons", "determinism", "used", "detection", "throughput")
    rows = sum(len(document[name]) + 2 for name in tables)
    assert sum(line.startswith("| ") for line in lines) == rows


def test_what_has_no_time_is_named(tmp_path):
    """Without time nothing is begun, and everything is named."""
    chosen = measure.options([*SMALL, "-o", "x"])
    started = time.monotonic() - 60 * chosen.minutes
    session = measure.Session("cpu", tmp_path, started, chosen, measure.Processes())
    session.do("14m", pytest.fail)
    assert session.document["left_out"] == ["14m"]


def test_a_run_out_of_the_tolerance_is_said():
    """What lies beyond is named with its place; what is no number lies beyond."""
    row = {"network": "1b", "dtypes": ["float32"], "what": "device", "at": "loss", "allowed": 1e-3}
    document = {
        "comparisons": [row | {"largest": largest} for largest in (1e-4, 0.5, float("nan"))]
    }
    assert measure.strays(document) == [
        "1b, float32, device: 0.5 at loss, allowed 0.001",
        "1b, float32, device: nan at loss, allowed 0.001",
    ]


# Tolerances ------------------------------------------------------------------------------------


def test_a_document_becomes_tolerances(document, tmp_path, capsys):
    """Rows of its device are new, those of others stay, and everything seen is allowed."""
    file = tmp_path / "cpu.json"
    file.write_text(json.dumps(document))
    tolerances.main([str(file)])
    rows = tomllib.loads(capsys.readouterr().out)["tolerance"]
    assert [(row["device"], row["dtype"]) for row in rows] == [
        (device, dtype) for device in ("cpu", "cuda") for dtype in tolerances.FINEST_FIRST
    ]
    measured = [row for row in rows if row["device"] == "cpu" and row["dtype"] != "float16"]
    for row in measured:
        assert row["source"].startswith("measured on ")
        assert row["alike"]["largest"] < row["same_device"] < row["any_device"]
        assert row["otherwise"]["largest"] < row["any_device"]
    shipped = packaged.table("tolerances")["tolerance"]
    assert [row for row in rows if row not in measured] == [shipped[1], *shipped[3:]]


def test_a_card_replaces_its_estimate(document):
    """A file that was measured on a card speaks for cards only."""
    about = document["about"] | {"device": "cuda", "device_name": "a card"}
    measured = list(tolerances.rows(document | {"about": about}))
    assert [(row["device"], row["dtype"]) for row in measured] == [
        ("cuda", "float32"),
        ("cuda", "bfloat16"),
    ]
    assert [row["dtype"] for row in tolerances.kept(measured) if row["device"] == "cuda"] == [
        "float16"
    ]


@pytest.mark.parametrize(
    ("number", "up"),
    [(1.1e-6, 2e-6), (2e-6, 2e-6), (0.051, 0.1), (0.99, 1.0), (3, 5.0), (1e-5, 1e-5)],
)
def test_tolerances_are_rounded_up(number, up):
    """To 1, 2 or 5 times a power of ten, never down."""
    assert tolerances.rounded_up(number) == pytest.approx(up, rel=1e-12)


# Damages ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def setting():
    """Return an undamaged network with another of its run, both drawn."""
    import random

    def drawn(seed):
        draws = networks.generator(seed)
        return {
            name: networks.untrained(name, tuple(value.shape), 0.05, draws)
            for name, value in networks.parameters(networks.TRAINED.network()).items()
        }

    return damages.Setting(drawn(1), [drawn(2)], networks.TRAINED, random.Random(7))  # noqa: S311


@pytest.mark.parametrize("kind", damages.KINDS)
def test_a_damage_changes_what_it_says(setting, kind):
    """Whatever is planted keeps every shape and dtype, and leaves the undamaged tensors alone."""
    before = networks.digest(setting.tensors)
    for _ in range(4):
        damage = damages.KINDS[kind](setting)
        assert damage.tensors or damage.settings
        for name, value in damage.tensors.items():
            assert (value.shape, value.dtype) == (
                setting.tensors[name].shape,
                setting.tensors[name].dtype,
            )
    assert networks.digest(setting.tensors) == before


@pytest.mark.parametrize("bit", range(damages.BITS))
def test_a_flipped_bit_is_one_bit(setting, bit):
    """Of all words of the network one differs, in this bit alone."""
    import torch

    ((name, value),) = damages.flipped(bit)(setting).tensors.items()
    differing = value.view(torch.int16).int() ^ setting.tensors[name].view(torch.int16).int()
    assert [number & 0xFFFF for number in differing.flatten().tolist() if number] == [1 << bit]


# On a card -------------------------------------------------------------------------------------


@pytest.mark.gpu
def test_a_card_stays_within_the_tolerances(tmp_path):
    """Small networks on the first card: nothing strays, and repeats are equal."""
    file = tmp_path / "gpu.json"
    words = ("--sizes", "14m", "70m", "--damages", "0", "--minutes", "5")
    assert measure.main([*words, "-o", str(file)]) == 0
    document = json.loads(file.read_text())
    assert document["about"]["device"] == "cuda"
    assert {row["different"] for row in document["determinism"]} == {1}
