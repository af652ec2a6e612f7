"""The real evaluation archives, whole: every file, every contradiction, the shipped file."""

import lzma
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from catalog.core.scores import documents
from catalog.sql import database
from catalog.verbs import evals, suites
from catalog.verbs.evals import importing, shipping

PYTHIA, RERUNS = "pythia-evals.tar.xz", "lm-eval-results-2026.tar.xz"
SHIPPED = Path(evals.__file__).parents[2] / "shipped" / "evaluations.jsonl.xz"
NOW = datetime(2026, 12, 1, tzinfo=UTC)

pytestmark = pytest.mark.data(PYTHIA, RERUNS)


@pytest.fixture(scope="module", autouse=True)
def read_once():
    """Read each of 1,841 documents once: importing and packing get the same frozen value."""
    once = cache(documents.parse)
    with pytest.MonkeyPatch.context() as patch:
        for module in (importing, shipping):
            patch.setattr(module, "parse", once)
        yield


@pytest.fixture(scope="module")
def bare_url(templates, tmp_path_factory):
    """Return a catalog with the suites and no score."""
    with templates.copy("sqlite", "empty", tmp_path_factory.mktemp("archives")) as url:
        with database.writing(url) as connection:
            list(suites.shipped(connection, now=NOW))
        yield url


@pytest.fixture(scope="module")
def run(bare_url, test_data):
    """Return a function that imports both archives."""

    def imported():
        with database.writing(bare_url) as connection:
            paths = [test_data / PYTHIA, test_data / RERUNS]
            return list(evals.import_files(connection, paths, now=NOW))

    return imported


@pytest.fixture(scope="module")
def first(run):
    """Return what became of each file when the archives were imported for the first time."""
    return run()


def test_every_file_of_the_archives(run, first):
    """All 1,841 score files are imported, in known numbers by form; a repeat changes nothing."""
    assert Counter(outcome.status for outcome in first) == {"imported": 1841, "refused": 21}
    assert {o.reason for o in first if o.status == "refused"} == {"not a score file"}
    assert {o.exit_code for o in first} == {0}
    assert Counter(o.form for o in first if o.form) == {
        "lm-eval-0.3": 1518,
        "lm-eval-prompts": 245,
        "table": 60,
        "csv": 7,
        "lm-eval-0.4": 11,
    }
    assert not any(outcome.unread for outcome in first)
    assert sum(len(o.evaluations) for o in first) == 2044
    assert sum(e.scores for o in first for e in o.evaluations) == 263_675
    check_contradictions(first)
    check_repeats(first)

    again = run()
    assert Counter(outcome.status for outcome in again) == {"known": 1841, "refused": 21}
    assert [o.evaluations for o in again] == [o.evaluations for o in first]


def check_contradictions(outcomes):
    """Ninety files called five-shot of the 4M-token runs, four of 1b: shots, and nothing else."""
    found = Counter(
        (evaluation.model, note.field, note.used, note.other, note.place)
        for outcome in outcomes
        for evaluation in outcome.evaluations
        for note in evaluation.notes
        if note.kind == "contradiction"
    )
    expected = {
        (f"pythia-{size}{deduped}-v0", "shots", "0", "5", place): 15
        for size in ("160m", "410m", "1.4b")
        for deduped in ("", "-deduped")
        for place in ("name", "folder")
    }
    assert found == {**expected, ("pythia-1b", "shots", "0", "5", "name"): 4}


def check_repeats(outcomes):
    """Steps of the 4M-token runs are twice as many tokens; three runs of v0 70M are repeats."""
    for outcome in outcomes:
        for one in outcome.evaluations:
            if one.model in ("pythia-160m-v0", "pythia-410m-deduped-v0", "pythia-1.4b-v0"):
                assert one.tokens_seen == one.training_step * 4_194_304
                assert one.published_step == 2 * one.training_step
    runs = Counter(
        (e.training_step, e.num_fewshot)
        for o in outcomes
        for e in o.evaluations
        if e.model == "pythia-70m-v0"
    )
    assert {key for key, number in runs.items() if number > 1} == {
        (113_000, 5),
        (53_000, 5),
        (123_000, 0),
    }


def test_the_shipped_file_is_what_the_importer_makes(bare_url, test_data, monkeypatch):
    """Packing the archives gives the shipped file, byte for byte."""
    # Another liblzma may compress otherwise, so what is inside is compared; and quickly made.
    compress = lzma.compress
    monkeypatch.setattr(lzma, "compress", lambda text, **_: compress(text, preset=0))
    with database.reading(bare_url) as connection:
        packed = evals.pack(connection, [test_data / PYTHIA, test_data / RERUNS])

    assert lzma.decompress(packed) == lzma.decompress(SHIPPED.read_bytes())


def test_shipped_and_imported_agree(bare_url, first):
    """The shipped file holds exactly the score files of the archives, by their digests."""
    with database.writing(bare_url) as connection:
        loaded = evals.load_shipped(connection, now=NOW)

    assert len(loaded.skipped) == sum(outcome.status == "imported" for outcome in first)
    assert loaded.files == 0
