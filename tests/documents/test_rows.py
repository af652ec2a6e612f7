"""`Rows`: what methods return as several values, and the tables that it becomes."""

import pickle
import sys

import pyarrow.parquet
import pytest

import catalog
from catalog.core.scores.rows import TaskRow
from catalog.documents import frames
from catalog.documents.rows import Rows
from catalog.errors import MissingExtra

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
    }


METHODS = (
    *("suites", "ls", "checkpoints", "known_names", "tasks", "scored_tasks", "select"),
    *("repositories", "log", "at", "advisories", "scores", "compare", "plot"),
)


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
