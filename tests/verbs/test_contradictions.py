"""Witnesses that contradict one another: nothing is passed, recorded, or called right.

The whole measurement, which docs/explanation/witnesses.md reports, is slow: `pytest -m slow -s
tests/verbs/test_contradictions.py` prints its counts.
"""

import itertools
import random
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import contradictions
import pytest
import trajectory as training
from contradictions import Plant

from catalog import api
from catalog.core.manifests import Manifest, entry_of
from catalog.sql import database
from catalog.sql.queries import models
from catalog.sql.records import weights as records
from catalog.verbs import objecting

NOW = datetime(2026, 11, 25, tzinfo=UTC)
MODEL = training.MODEL


@pytest.fixture
def plant(templates, trajectory, tmp_path, monkeypatch):
    """Return what makes a catalog of a plant, and gives it with the folder."""
    none = ({}, objecting.Objections())
    monkeypatch.setattr(objecting, "to_network", lambda *_: none)  # no network: bytes decide
    empty = tmp_path / "empty.db"
    with templates.copy("sqlite", "empty", tmp_path) as url:
        api.open(url).add_suite(trajectory / "suite.toml")
        shutil.copy(url.removeprefix("sqlite:///"), empty)

    def make(planted: Plant, number: int = 0):
        top = tmp_path / str(number)
        top.mkdir()
        held = api.open(str(shutil.copy(empty, top / "catalog.db")))
        if planted.observed:
            (top / "seen.csv").write_text(contradictions.inventory(planted))
            held.import_inventory(top / "seen.csv", observed_at=NOW)
        remember(held, planted)
        return held, contradictions.folder_of(planted, top)

    return make


def remember(held: api.Catalog, planted: Plant) -> None:
    """Put what is on record into a catalog; no network runs."""
    with database.writing(held.url) as connection:
        model = models.named(connection, MODEL)
        steps = {each.published_step: each.id for each in models.checkpoints(connection, model.id)}
        for step, content in planted.recorded.items():
            entry = entry_of(contradictions.WEIGHTS, contradictions.raw(content))
            config = entry_of(
                "config.json", (training.cached() / "step64" / "config.json").read_bytes()
            )
            manifest_id = records.put_manifest(connection, Manifest.of([entry, config]))
            records.observe(connection, steps[step], manifest_id, commit=None, now=NOW)


def judged(held: api.Catalog, folder: Path, planted: Plant) -> list[str]:
    """Return what is wrong with the commands' answers to a plant."""
    name = f"{MODEL}@step{planted.name}"
    wrong = []
    verdict = held.verify(str(folder), called=name).verdict.value
    if planted.is_contradicted and verdict == "passed":
        wrong.append("verify passed")
    if not planted.is_contradicted and verdict == "failed":
        wrong.append("verify failed without a reason")
    if not planted.is_contradicted and planted.has_a_witness and verdict != "passed":
        wrong.append(f"verify {verdict} in spite of a witness")
    for step in planted.recorded if planted.observed else ():
        known = held.show(f"{MODEL}@step{step}").checkpoint
        if bool(known.contradictions) != (step in planted.false_records):
            wrong.append(f"show step{step}")
    if planted.observed:
        found = held.audit(MODEL).audit.findings
        told = {each.revision for each in found if each.rule == "record-contradicts"}
        if told != {f"step{step}" for step in planted.false_records}:
            wrong.append(f"audit {sorted(told)}")
    populated = held.populate(str(folder), called=name, device="cpu", dtype="float32")
    if (populated.status == "refused") != planted.is_contradicted:
        wrong.append(f"populate {populated.status}: {populated.problems}")
    return wrong


def measured(plant, count: int) -> tuple[Counter[str], list[tuple[Plant, list[str]]]]:
    """Judge plants till so many are contradicted; return how many there were, and what is wrong."""
    draw = random.Random(20_261_126)  # noqa: S311 - plants, no secrets
    kinds: Counter[str] = Counter()
    wrong = []
    for number in itertools.count():
        if kinds["contradicted"] == count:
            break
        planted = contradictions.drawn(draw)
        if not planted.is_contradicted and number % 4:
            continue  # as many of these would prove little more
        kinds["contradicted" if planted.is_contradicted else "not contradicted"] += 1
        kinds["a false record"] += bool(planted.false_records and planted.observed)
        held, folder = plant(planted, number)
        if answers := judged(held, folder, planted):
            wrong.append((planted, answers))
        shutil.rmtree(Path(held.url.removeprefix("sqlite:///")).parent)
    return kinds, wrong


def test_no_contradiction_passes(plant):
    """Of plants drawn by chance every contradicted one is refused, every other is not."""
    kinds, wrong = measured(plant, 25)
    assert wrong == []
    assert kinds["not contradicted"] > 3


@pytest.mark.slow
def test_no_contradiction_passes_in_two_thousand(plant):
    """The measurement of docs/explanation/witnesses.md."""
    kinds, wrong = measured(plant, 2000)
    print(dict(kinds))  # noqa: T201 - the measurement
    assert wrong == []
