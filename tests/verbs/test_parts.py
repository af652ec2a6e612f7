"""Small parts of the verbs: a path, a config, a folder, a wait, and an audit of nothing."""

import json
import threading
from concurrent.futures import CancelledError
from datetime import UTC, datetime

import pytest

from catalog.errors import BadInput
from catalog.sql import database
from catalog.verbs import audit, pull, reading, sync
from catalog.verbs.pull import Choice
from catalog.verbs.target import on_disk

NOW = datetime(2026, 1, 1, tzinfo=UTC)

NEOX = {
    "model_type": "gpt_neox",
    "num_hidden_layers": 2,
    "hidden_size": 8,
    "num_attention_heads": 2,
    "vocab_size": 16,
}


def test_a_path_means_itself(tmp_path):
    """Of a folder outside the Hub's cache nothing is known but where it is."""
    target = on_disk(str(tmp_path))
    assert (target.name, target.path, target.commit) == (str(tmp_path), tmp_path, None)
    assert target.model is target.checkpoint is target.weight_set is None


def test_a_config_says_what_its_weights_look_like(tmp_path):
    """Of a known architecture, every parameter's name and shape."""
    (tmp_path / "config.json").write_text(json.dumps(NEOX))
    plan = reading.plan_from_config(tmp_path)
    assert (plan.architecture, plan.source, plan.says_anything) == ("gpt_neox", "config.json", True)
    assert (plan.shapes["gpt_neox.embed_in.weight"], plan.params_total) == ((16, 8), None)


@pytest.mark.parametrize(
    "config",
    [
        {**NEOX, "model_type": "another"},
        {**NEOX, "hidden_size": "8"},
        {**NEOX, "hidden_size": 0},
        {**NEOX, "num_attention_heads": None},
        {},
    ],
)
def test_a_config_that_says_nothing(tmp_path, config):
    """An unknown architecture, or numbers that are none: there is no formula."""
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert not reading.plan_from_config(tmp_path).says_anything


@pytest.mark.parametrize("text", [None, "", "[]", "{", "[" * 100_000])
def test_no_config_at_all(tmp_path, text):
    """A file that is absent or no config gives no plan, and no exception."""
    if text is not None:
        (tmp_path / "config.json").write_text(text)
    assert reading.plan_from_config(tmp_path) is None


def test_a_wait_ends_when_all_is_stopped():
    """Until then it only waits."""
    stop = threading.Event()
    wait = sync.wait_unless(stop)
    assert wait(0.0) is None
    stop.set()
    with pytest.raises(CancelledError):
        wait(60.0)


@pytest.fixture
def nothing():
    """Return a choice of no file, as far as a folder's content is compared with it."""
    return Choice(wanted=None, commit="c" * 40, chosen=None, files=(), writes_index=False)


def test_a_free_folder_takes_a_checkpoint(tmp_path, nothing):
    """One that is absent, or has no file in it."""
    (tmp_path / "empty" / "inner").mkdir(parents=True)
    assert pull.destination(tmp_path / "absent", nothing, now=NOW) is None
    assert pull.destination(tmp_path / "empty", nothing, now=NOW) is None


def test_a_place_that_is_taken(tmp_path, nothing):
    """A file, a dangling link, or a folder with other files in it is left alone."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    for name in ("file", "link"):
        with pytest.raises(BadInput, match="is not a folder"):
            pull.destination(tmp_path / name, nothing, now=NOW)
    with pytest.raises(BadInput, match="holds something else"):
        pull.destination(tmp_path, nothing, now=NOW)


def test_an_empty_catalog_has_nothing_to_judge(db_url):
    """No branch, no finding, and neither bad nor partial."""
    with database.reading(db_url) as connection:
        audited = audit.audit(connection)
    assert (audited.branches, audited.findings, audited.unobserved) == ((), (), ())
    assert not audited.is_bad
    assert not audited.is_partial
