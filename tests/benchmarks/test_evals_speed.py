"""Speed of scores: the whole archive in 60 s, a repeat in 10 s, the shipped file in 4 s.

Run by `make benchmarks`, never by `make test`.
"""

import time
from datetime import UTC, datetime

import pytest

from catalog.sql import database
from catalog.verbs import evals, suites

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def timed(url, work):
    """Return the seconds that work on a catalog took."""
    begun = time.perf_counter()
    with database.writing(url) as connection:
        work(connection)
    return time.perf_counter() - begun


@pytest.mark.data("pythia-evals.tar.xz")
def test_import_of_the_whole_archive(benchmark, db_url, test_data, capsys):
    """The first import and a repeat stay within their limits."""
    timed(db_url, lambda c: list(suites.shipped(c, now=NOW)))
    paths = [test_data / "pythia-evals.tar.xz"]
    work = (db_url, lambda c: list(evals.import_files(c, paths, now=NOW)))
    first = benchmark.pedantic(timed, args=work, rounds=1)
    again = timed(*work)
    with capsys.disabled():
        print(f"\nimport {first:.1f} s, repeat {again:.1f} s ({db_url.partition(':')[0]})")
    assert first <= 60
    assert again <= 10


def test_load_of_the_shipped_file(benchmark, db_url, capsys):
    """Loading what ships stays within four seconds."""
    timed(db_url, lambda c: list(suites.shipped(c, now=NOW)))
    work = (db_url, lambda c: evals.load_shipped(c, now=NOW))
    loaded = benchmark.pedantic(timed, args=work, rounds=1)
    with capsys.disabled():
        print(f"\nload {loaded:.1f} s ({db_url.partition(':')[0]})")
    assert loaded <= 4
