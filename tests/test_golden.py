"""What released versions wrote is still read: manifest, lock, database, packs of shipped data.

The files are in `tests/golden/VERSION/`; the README there says how they came about. All speak of
one checkpoint, so each has the answers that the others must give.
"""

import json
import lzma
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.core import locks, manifests
from catalog.sql import database
from catalog.verbs.evals import shipping as evaluations
from catalog.verbs.inventories import shipping as observations

CHECKOUT = Path(__file__).parent.parent
VERSIONS = sorted(folder for folder in (CHECKOUT / "tests" / "golden").iterdir() if folder.is_dir())
MODEL = "golden-5k"
REF = f"{MODEL}@step1"
SCORES = {"acc": 0.25, "ppl": 40.5}
"""What `score_documents.classic` says of lambada_openai."""

pytestmark = pytest.mark.parametrize("golden", VERSIONS, ids=lambda folder: folder.name)


@pytest.fixture
def manifest(golden: Path) -> dict:
    """Return the manifest of step 1, as it was written."""
    return json.loads((golden / "manifest.json").read_text())


@pytest.fixture
def answer(catalog):
    """Return a function that runs a command and returns its JSON; it must succeed."""

    def run(*words):
        ran = catalog(*words, "--json")
        assert ran.code == 0, ran.out + ran.err
        return json.loads(ran.out)

    return run


@pytest.fixture
def old_url(golden: Path, tmp_path: Path, answer) -> str:
    """Return a copy of the database, brought to this version's schema."""
    file = tmp_path / "golden.db"
    file.write_bytes(lzma.decompress((golden / "catalog.db.xz").read_bytes()))
    answer("db", "upgrade", "--db", file)
    return f"sqlite:///{file}"


@pytest.fixture
def known_url(golden: Path, tmp_path: Path, templates, answer):
    """Return a new database that knows the suite and nothing else."""
    with templates.copy("sqlite", "empty", tmp_path) as url:
        answer("suites", "add", golden / "suite.toml", "--db", url)
        yield url


def narrowed(value: object, to: object) -> object:
    """Return a value without the keys that an older document did not have."""
    if isinstance(value, dict) and isinstance(to, dict):
        return {key: narrowed(value[key], to[key]) for key in to}
    if isinstance(value, list) and isinstance(to, list) and len(value) == len(to):
        return [narrowed(item, old) for item, old in zip(value, to, strict=True)]
    return value


def scores(answer, url: str) -> dict[str, float]:
    """Return the scores of step 1 in lambada_openai, by metric."""
    rows = answer("evals", "show", REF, "--task", "lambada_openai", "--db", url)
    return {row["metric"]: row["value"] for row in rows}


def test_a_manifest_is_read(golden: Path, manifest: dict) -> None:
    """Its own digest is that of its files."""
    parsed = manifests.parse_manifest((golden / "manifest.json").read_text(), "manifest.json")
    assert parsed.digest == manifest["manifest_digest"]
    assert sorted(parsed.entries) == ["config.json", "model.safetensors"]


def test_digests_are_what_they_were(golden: Path, manifest: dict, answer) -> None:
    """Files, tensors, parameters and values have the same digests today."""
    hashed = answer("hash", golden / "step1", "--tensors")
    kept = ("manifest_digest", "files", "tensors", "weight_sets", "parameter_digest")
    for key in (*kept, "value_digest"):
        assert narrowed(hashed[key], manifest[key]) == manifest[key], key


def test_a_manifest_is_compared(golden: Path, catalog) -> None:
    """Its folder agrees; another step's does not: exit 1."""
    against = ("verify", "--against", golden / "manifest.json")
    assert catalog(*against, golden / "step1").code == 0
    assert catalog(*against, golden / "step0").code == 1


def test_a_lock_is_read(golden: Path, manifest: dict) -> None:
    """It pins the checkpoint whose manifest lies beside it."""
    (pinned,) = locks.parse((golden / "lock.json").read_text(), "lock.json").checkpoints
    assert (pinned.name, pinned.weight_set) == (REF, "model.safetensors")
    assert (pinned.published_step, pinned.tokens_seen) == (1, 1024)
    assert pinned.manifest.digest == manifest["manifest_digest"]


def test_a_lock_is_compared(golden: Path, catalog) -> None:
    """Its folder agrees; another step's does not: exit 1."""
    against = ("verify", "--lock", golden / "lock.json")
    assert catalog(*against, golden / "step1").code == 0
    assert catalog(*against, golden / "step0").code == 1


def test_a_database_is_upgraded(old_url: str, answer) -> None:
    """Its schema becomes this version's and is as declared; an upgrade loses no checkpoint."""
    answer("db", "current", "--db", old_url)
    answer("db", "check", "--db", old_url)
    (row,) = answer("at", "1024", MODEL, "--db", old_url)
    assert (row["revision"], row["tokens_seen"]) == ("step1", 1024)


def test_a_database_keeps_its_records(golden: Path, manifest: dict, old_url: str, answer) -> None:
    """Weights, verification, look and scores are told as they were recorded."""
    shown = answer("show", REF, "--db", old_url)
    (weight_set,) = shown["weights"]["weight_sets"]
    assert shown["weights"]["manifest_digest"] == manifest["manifest_digest"]
    assert weight_set["parameter_digest"] == manifest["parameter_digest"]
    assert weight_set["value_digest"] == manifest["value_digest"]
    assert [(v["level"], v["verdict"]) for v in shown["verifications"]] == [("forward", "passed")]
    assert shown["branch"]["verdict"] == "own"
    (pinned,) = json.loads((golden / "lock.json").read_text())["checkpoints"]
    assert shown["branch"]["commit"] == pinned["commit"]
    assert scores(answer, old_url) == SCORES


def test_a_record_is_verified(golden: Path, old_url: str, catalog) -> None:
    """Weights compare with the old record down to what the network computes."""
    words = ("verify", "--as", REF, "--level", "forward", "--device", "cpu", "--db", old_url)
    ran = catalog(*words, golden / "step1")
    assert ran.code == 0, ran.out + ran.err
    assert catalog(*words, golden / "step0").code == 1


def test_a_record_is_completed(golden: Path, old_url: str, answer) -> None:
    """Populated anew, an old fingerprint gets one of today beside it, which is compared then."""
    words = ("--as", REF, golden / "step1", "--device", "cpu", "--db", old_url)
    before = answer("verify", "--level", "forward", *words)[0]
    answer("populate", *words)
    after = answer("verify", "--level", "forward", *words)[0]
    assert before["tolerance"] > after["tolerance"] > after["worst_difference"] == 0
    forward = [check for check in before["checks"] if check["rule"] == "forward"]
    assert "version 1 against 3" in forward[0]["expected"]


def test_a_pack_of_evaluations_is_loaded(golden: Path, known_url: str, answer) -> None:
    """Its figures are recorded, under the checkpoint that they belong to."""
    packed = (golden / "evaluations.jsonl.xz").read_bytes()
    with database.writing(known_url) as connection:
        loaded = evaluations.load(connection, packed, now=datetime.now(UTC))
    assert (loaded.status, loaded.files, loaded.scores, loaded.skipped) == ("loaded", 1, 4, ())
    assert scores(answer, known_url) == SCORES


def test_a_pack_of_observations_is_loaded(golden: Path, known_url: str, answer) -> None:
    """Its branches are recorded and judged: one of them holds step 1's weights, its own."""
    packed = (golden / "observations.jsonl.xz").read_bytes()
    with database.writing(known_url) as connection:
        loaded = observations.load(connection, packed)
    assert (loaded.status, loaded.repositories, loaded.branches) == ("loaded", 1, 2)
    holders = answer("which", golden / "step1" / "model.safetensors", "--db", known_url)
    assert [(row["revision"], row["verdict"]) for row in holders] == [("step1", "own")]


def test_every_release_has_golden_files(golden: Path) -> None:
    """A version with a heading in CHANGELOG.md has a folder."""
    del golden
    headings = re.findall(
        r"^## \[(\d[^]]*)\]", (CHECKOUT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert set(headings) <= {folder.name for folder in VERSIONS}
