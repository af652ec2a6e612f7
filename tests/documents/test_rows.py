"""`Rows`: what methods return as several values, and the tables that it becomes."""

import pickle
import sys
from datetime import UTC, datetime

import pyarrow.parquet
import pytest

import catalog
from catalog.core.desk import Marked
from catalog.core.scores.rows import TaskRow
from catalog.documents import columns, frames
from catalog.documents.rows import Rows
from catalog.errors import MissingExtra
from catalog.verbs.evals.amending import Amended
from catalog.verbs.selecting import Selected

TASKS = [TaskRow("piqa", ("acc",), (0, 5), (), 2, 3, 4), TaskRow("sciq", (), (), ("1",), 1, 1, 1)]


@pytest.fixture
def rows():
    """Return two rows."""
    return Rows(TASKS, "scores:task")


@pytest.fixture(scope="module")
def asked(shipped_url):
    """Return what each method that lists something lists, on the shipped facts."""
    c = catalog.open(shipped_url)
    return {
        "suites": c.suites(),
        "ls": c.ls(suite="pythia"),
        "checkpoints": c.checkpoints("pythia-70m"),
        "known_names": c.known_names(),
        "tasks": c.tasks(),
        "scored_tasks": c.scored_tasks("opt"),
        "select": c.select("pythia-70m@log3"),
        "repositories": c.repositories("pythia-70m"),
        "log": c.log("pythia-2.8b"),
        "at": c.at("300B", "pythia").rows,
        "advisories": c.advisories().advisories,
        "scores": c.scores("pythia-160m@step143000"),
        "compare": c.compare("pythia-70m", "opt", tasks=["piqa"]).rows,
        "plot": c.plot("pythia-160m", tasks=["piqa"]).rows,
        "fields": c.fields(),
        "facts": c.facts("layers", "variant", "opt").rows,
        "which": c.which(SAFETENSORS),
    }


METHODS = (
    *("suites", "ls", "checkpoints", "known_names", "tasks", "scored_tasks", "select"),
    *("repositories", "log", "at", "advisories", "scores", "compare", "plot"),
    *("fields", "facts", "which"),
)
SAFETENSORS = "d829d1a5cf66032491679d64c5b18e85b82d37833a99c346905668b8553084d5"  # pythia-160m
OF_ITS_OWN = ("plot", "facts")
"""Whose columns depend on what was asked: with nothing there is no table."""


@pytest.mark.parametrize("method", [name for name in METHODS if name not in OF_ITS_OWN])
def test_a_table_without_rows_has_the_columns_and_types_of_any_other(asked, method):
    """Nothing found is a table like any, so that code goes on with it."""
    rows = asked[method]
    none = Rows((), rows.kind)
    full, empty = rows.to_pandas(), none.to_pandas()
    assert (list(empty.columns), len(empty)) == (list(full.columns), 0)
    held = frames.columns(rows.to_dicts())
    said = [name for name, (kind, values) in held.items() if any(v is not None for v in values)]
    assert list(empty[said].dtypes.astype(str)) == list(full[said].dtypes.astype(str))
    assert none.to_polars().select(said).schema == rows.to_polars().select(said).schema
    assert none.to_arrow().select(said).schema.types == rows.to_arrow().select(said).schema.types
    assert "<th>" in none._repr_html_()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("desk:marked", Marked("m", ("t",), "n", datetime(2026, 1, 2, tzinfo=UTC))),
        ("plain:plain:target", Selected("m@step1", None)),
        ("plain:plain:amended", Amended("x", "sha256:0", 1, 2, ("m@a",), "m@b")),
    ],
)
def test_what_a_user_wrote_is_a_table_too(kind, value):
    """Tags, targets and moved scores have their columns with and without rows."""
    rows = Rows([value], kind)
    assert list(rows.to_pandas().columns) == list(Rows((), kind).to_pandas().columns)
    assert list(rows.to_dicts()[0]) == list(columns.of(kind))


def test_a_column_without_values_keeps_its_type(asked):
    """What nobody states is missing in a column of numbers, not of words."""
    none = [row._replace(tokens_seen=None, sample_limit=None) for row in asked["scores"][:2]]
    table = Rows(none, "scores:score").to_pandas()
    assert (str(table["tokens_seen"].dtype), str(table["sample_limit"].dtype)) == (
        "Int64",
        "float64",
    )


def test_every_list_of_a_user_is_rows(catalog_of_its_own):
    """Tags, jobs and a scan's places are tables as well."""
    c, folder = catalog_of_its_own
    (folder / "a.py").write_text('load("pythia-70m", revision="step1000")\n')
    written = c.tag("pythia-70m", "mine")
    places, audit = c.scan(folder).places, c.audit("pythia-12b").audit
    for rows in (written, c.tags(), places, audit.branches, audit.findings):
        assert isinstance(rows, Rows)
        assert list(rows.to_pandas().columns) == list(columns.of(rows.kind))
    for rows in (c.jobs(folder), c.drift()):
        assert (isinstance(rows, Rows), len(rows.to_pandas())) == (True, 0)


@pytest.fixture
def catalog_of_its_own(facts_url, tmp_path):
    """Return a catalog that may be written, and a folder."""
    return catalog.open(facts_url), tmp_path


def test_it_is_a_tuple_and_equals_a_list(rows):
    """It is compared, indexed, sliced, hashed, copied and printed as the values themselves."""
    assert (rows == TASKS, rows == TASKS, rows == tuple(TASKS), rows != TASKS[:1]) == (True,) * 4
    assert (rows[0], rows[1:], rows[1:].kind) == (TASKS[0], TASKS[1:], "scores:task")
    assert hash(rows) == hash(tuple(TASKS))
    assert repr(rows) == repr(TASKS)
    again = pickle.loads(pickle.dumps(rows))  # noqa: S301 - our own
    assert (again, again.kind) == (rows, rows.kind)


@pytest.mark.parametrize("method", METHODS)
def test_every_list_is_a_table_in_three_libraries(asked, method):
    """Each list has the same columns and rows in pandas, polars and Arrow, with stated types."""
    rows = asked[method]
    assert isinstance(rows, Rows)
    documents = rows.to_dicts()
    pandas, polars, arrow = rows.to_pandas(), rows.to_polars(), rows.to_arrow()
    assert pandas.shape == polars.shape == arrow.shape
    assert list(pandas.columns) == polars.columns == arrow.column_names == list(documents[0])
    for name, (kind, values) in frames.columns(documents).items():
        assert any(value is not None for value in values) is not pandas[name].isna().all()
        stated = frames.TYPES.get(name)
        assert stated in (None, kind) or kind == "integers", f"{name} holds {kind}"


def test_types_say_what_a_column_is(asked):
    """Integers may be missing, times have a zone, words of a few are categories."""
    scores = asked["scores"].to_pandas()
    types = {name: str(kind) for name, kind in scores.dtypes.items()}
    assert types["tokens_seen"] == types["samples"] == "Int64"
    assert types["value"] == types["stderr"] == "float64"
    assert types["higher_is_better"] == "boolean"
    assert types["evaluated_at"] == "datetime64[us, UTC]"
    assert types["task"] == types["dtype"] == "category"
    assert set(scores["mark"]) == {"!"}


def test_a_comparison_is_tidy(asked):
    """A checkpoint of a comparison has a row for each task."""
    table = asked["compare"].to_pandas()
    assert list(table["ref"])[:2] == ["pythia-70m", "opt-125m"]
    assert set(table["task"]) == {"piqa"}


def test_a_notebook_shows_it_escaped():
    """What comes from outside is no markup; long lists say how long they are."""
    text = Rows(["<script>"] * 61, "=name")._repr_html_()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "61 rows, 60 shown" in text


def test_parquet_is_the_same_every_time(rows, tmp_path):
    """The same rows give the same bytes, and what was written can be read."""
    for name in ("a.parquet", "b.parquet"):
        rows.to_parquet(tmp_path / name)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    table = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    assert table.column("metrics").to_pylist() == [["acc"], []]


@pytest.mark.parametrize("method", ["to_pandas", "to_polars", "to_arrow"])
def test_a_missing_library_is_one_line(rows, method, monkeypatch):
    """Without the library the error says what to install."""
    library = {"to_arrow": "pyarrow"}.get(method, method.removeprefix("to_"))
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=rf"{library} is not installed; pip install '.*tables"):
        getattr(rows, method)()
