"""Several devices: a process for each; what they compute is what one computes."""

import json
import multiprocessing
import os
import threading
from types import SimpleNamespace

import pytest
from recorded import MODEL, rows

from catalog import api, forward
from catalog._door.weighing import Weighing
from catalog.core.verdicts import Level
from catalog.errors import BadInput, CouldNotCheck
from catalog.forward import devices
from catalog.verbs.selecting import Selected
from catalog.verbs.turns import Wish

STEPS = (8, 64, 256, 512)


@pytest.fixture
def words(known_url, checkpoint):
    """Return what names some checkpoints of the run on the command line."""
    folders = [checkpoint(step) for step in STEPS]
    return ["--as", f"{MODEL}@{{name}}", *folders, "--db", known_url, "--json"]


@pytest.fixture
def ran_on(monkeypatch):
    """Let threads stand in for processes; return which device ran what, and at once how many."""
    seen = SimpleNamespace(folders=[], together=threading.Barrier(2, timeout=20))

    class InThread(devices._Device):
        def _begun(self):
            return None, None

        def run(self, folder, files, architecture):
            seen.together.wait()
            seen.folders.append((id(self), folder.name))
            return forward.run(folder, files, self.choice, architecture=architecture)

        def end(self):
            self._over = True

    monkeypatch.setattr(devices, "_Device", InThread)
    return seen


def fingerprints(ran):
    """Return what was computed, and in which order it was told."""
    return [
        (document["revision"], document["status"], document["weight_sets"])
        for document in json.loads(ran.out)
    ]


def test_two_at_once(catalog, words, ran_on, known_url):
    """Both have work at the same time; results come in order, recorded by the one that asked."""
    ran = catalog("populate", *words, "--device", "cpu,cpu")
    assert ran.code == 0, ran.err
    assert len({device for device, _ in ran_on.folders}) == 2
    assert sorted(name for _, name in ran_on.folders) == sorted(f"step{step}" for step in STEPS)
    told = fingerprints(ran)
    assert [name for name, *_ in told] == [f"step{step}" for step in STEPS]
    assert rows(known_url)["fingerprint"] == len(STEPS)
    again = catalog("verify", *words, "--level", "forward", "--device", "cpu")
    assert again.code == 0
    assert all("worst difference" in json.dumps(each) for each in json.loads(again.out))
    ran_on.folders.clear()
    assert catalog("verify", *words, "--level", "forward", "--device", "cpu,cpu").code == 0
    assert len(ran_on.folders) == len(STEPS)


def test_what_is_wrong_is_not_run(catalog, words, ran_on):
    """Broken weights, and those that would take too much memory, reach no device."""
    ran_on.together = SimpleNamespace(wait=lambda: None)
    broken = words[3] / "model.safetensors"
    with broken.open("r+b") as file:
        file.truncate(1_000)
    ran = catalog("populate", *words, "--device", "cpu,cpu")
    told = [document["status"] for document in json.loads(ran.out)]
    assert told == ["recorded", "refused", "recorded", "recorded"]
    assert words[3].name not in {name for _, name in ran_on.folders}
    ran_on.folders.clear()
    more = ["--level", "forward", "--device", "cpu,cpu", "--memory", "1MB"]
    ran = catalog("verify", *words, *more)
    assert (ran.code, ran.out.count("--memory allows 1,000,000"), ran_on.folders) == (1, 3, [])


@pytest.mark.parametrize("device", ["cpu,cuda", "auto,auto", "cpu,", ",", "cuda:0,gpu"])
def test_devices_that_are_none(device):
    """Several are of one kind, each named."""
    with pytest.raises(BadInput):
        forward.check(device, "auto")


def test_which_cards_are_meant(monkeypatch):
    """`auto` and `cuda` are every card, `cuda:0` that one, a list those in it; one more is none."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(forward.Path, "exists", lambda _: True)
    weighing = api.open("sqlite://")

    def meant(device):
        each = weighing._several(Wish(Level.FORWARD, device))
        return [choice.device for choice in each] or [forward.choose(device).device]

    assert meant("auto") == meant("cuda") == ["cuda:0", "cuda:1"]
    assert (meant("cuda:0"), meant("cuda:1"), meant("cpu")) == (["cuda:0"], ["cuda:1"], ["cpu"])
    assert meant("cuda:1,cuda:0") == ["cuda:1", "cuda:0"]
    with pytest.raises(CouldNotCheck, match="cuda:2 is not there: 2 CUDA devices"):
        meant("cuda:2")


def test_the_largest_first(known_url, ran_on, checkpoint, monkeypatch):
    """Work is begun by size, and told in the order asked for."""
    ran_on.together = SimpleNamespace(wait=lambda: None)
    folders = [checkpoint(step) for step in STEPS]
    for number, folder in enumerate(folders):
        (folder / "notes.txt").write_bytes(b"x" * 1_000 * number)
    chosen = [Selected(str(each), f"{MODEL}@{each.name}") for each in folders]
    c, order, met = api.open(known_url), [], Weighing._met

    def noted(self, selected, wish):
        order.append(selected.text)
        return met(self, selected, wish)

    monkeypatch.setattr(Weighing, "_met", noted)
    turns = c.populate_each(chosen, device="cpu,cpu")
    told = [(turn.text, turn.result().status)[0] for turn in turns]
    assert told == [each.text for each in chosen]
    assert order[0] == chosen[-1].text


@pytest.mark.slow
def test_processes(checkpoint, monkeypatch):
    """Two real processes give the bits that one gives; one that is killed has a successor."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    folders = [checkpoint(step) for step in STEPS]
    choice = forward.choose("cpu")
    with devices.Devices([choice, choice]) as two:
        weights = SimpleNamespace(name="w", params_total=1, files=("model.safetensors",))
        runs = [two.run(folder, weights, "gpt-neox") for folder in folders]
        assert len({run.fingerprint.loss for run in runs}) == len(STEPS)
        assert runs == [two.run(folder, weights, "gpt-neox") for folder in folders]
        device = two._free.get()
        os.kill(device._process.pid, 9)
        with pytest.raises(CouldNotCheck, match="the process that ran on cpu is gone"):
            device.run(folders[0], weights.files, "gpt-neox")
        assert device.run(folders[0], weights.files, "gpt-neox") == runs[0]
        (folders[0] / "config.json").unlink()
        with pytest.raises(CouldNotCheck, match=r"has no config\.json"):
            device.run(folders[0], weights.files, "gpt-neox")
    assert not multiprocessing.active_children()
