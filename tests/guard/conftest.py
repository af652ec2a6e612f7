"""The guard in this process, pythia-2.8b's real listing on the stand-in Hub, an empty cache."""

import logging
import warnings

import listing
import pytest
from hub_standin import Hub, asked_by_this_process

import catalog.guard
from catalog.guard import modes, words

# One branch of every kind: right, main, shards, .bin, an alias, a copy of step143000.
SAMPLE = ("main", "step143000", "step66000", "step1000", "step27000", "step26000", "step54000")


@pytest.fixture(scope="package")
def served(test_data):
    """Return a Hub that serves the sample, and what the inventory says."""
    with Hub() as hub:
        yield hub, listing.publish(hub, test_data, SAMPLE)


@pytest.fixture
def own_cache(monkeypatch, tmp_path):
    """Give the Hub's client an empty cache."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture(scope="package")
def installed():
    """Hook the libraries once for all tests: looking through 2,000 modules takes time."""
    catalog.guard.install("off")
    yield catalog.guard.install
    catalog.guard.uninstall()
    modes.set_mode(None)


@pytest.fixture
def guard(installed, monkeypatch, shipped_url, own_cache):
    """Return a function that turns the guard on in a mode; it does nothing after the test."""
    del own_cache
    monkeypatch.setenv("CATALOG_DB", shipped_url)
    monkeypatch.setattr(words, "_said", {})
    yield installed
    installed("off")


@pytest.fixture
def asking(served, monkeypatch):
    """Let this process ask the stand-in; return it."""
    hub, _ = served
    with asked_by_this_process(hub, monkeypatch):
        yield hub


class Noted(logging.Handler):
    """Keeps the records that it is given."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        """Keep a record."""
        self.records.append(record)


@pytest.fixture
def noted():
    """Return the list of what is logged, by whomever."""
    handler = Noted()
    logging.getLogger().addHandler(handler)
    yield handler.records
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def heard():
    """Return a function that calls another and returns what it said, and what it gave or raised."""

    def call(function, *args, **kwargs):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                given = function(*args, **kwargs)
            except catalog.guard.WrongWeightsError as error:
                given = error
        lines = [
            str(each.message) for each in said if issubclass(each.category, words.WrongWeights)
        ]
        return lines, given

    return call


@pytest.fixture
def load():
    """Return a function that loads a branch with transformers; it gives the probe's value."""
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()

    def loaded(revision, *, place=listing.REPO, **options):
        network = AutoModelForCausalLM.from_pretrained(place, revision=revision, **options)
        return network.state_dict()[listing.PROBE][0].item()

    return loaded
