"""The Python API is what docs/reference/python.md says: its names, and every example of it."""

import doctest
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import planted
import pytest
from databases import Templates
from hub_standin import Hub, asked_by_this_process

import catalog
from catalog import api
from docs import build

PAGE = (build.REFERENCE / "python.md").read_text()
# Public for good: a new name is added here on purpose, or begins with an underscore.
OF_THE_PACKAGE = {"Catalog", "CatalogError", "Watcher", "__version__", "open"}
SHORTCUTS = {
    "advisories",
    "at",
    "audit",
    "checkpoints",
    "compare",
    "fingerprint",
    "hash",
    "load",
    "log",
    "ls",
    "name",
    "names",
    "scores",
    "show",
    "suites",
    "verify",
    "which",
}
OF_A_CATALOG = SHORTCUTS | {
    "add_suite",
    "compare_weights",
    "attest",
    "check_attestations",
    "code",
    "cite",
    "collect",
    "copy_to",
    "diff",
    "drift",
    "export_records",
    "facts",
    "fields",
    "forget",
    "guarded",
    "import_inventory",
    "import_records",
    "import_scores",
    "init",
    "is_lock",
    "jobs",
    "known_names",
    "loads",
    "lock",
    "lock_scan",
    "move_scores",
    "pack_scores",
    "pinned",
    "plan",
    "plot",
    "plot_audit",
    "plan_tasks",
    "populate",
    "populate_each",
    "pull",
    "pull_each",
    "pull_lock",
    "remove_scores",
    "repositories",
    "require_manifest",
    "sbom",
    "scan",
    "schema",
    "scored_tasks",
    "select",
    "signer",
    "submit",
    "sync",
    "tag",
    "tags",
    "tasks",
    "upgrade",
    "url",
    "verify_each",
    "verify_lock",
    "watch",
}


@pytest.fixture
def hub(trajectory: Path) -> Iterator[Hub]:
    """Let this process ask a stand-in that publishes the last steps of the small run."""
    with Hub() as made, pytest.MonkeyPatch.context() as patch:
        repository = made.add(planted.REPO)
        for step in (8, 64):
            config = (trajectory / f"step{step}" / "config.json").read_bytes()
            files = planted.copy_of(planted.REPO, step, "single")
            repository.commit(f"step{step}", {"config.json": config, **files})
        with asked_by_this_process(made, patch):
            yield made


def examples() -> list[doctest.DocTest]:
    """Return the docstrings of the door that hold examples, in the order of the file."""
    docstrings = doctest.DocTestFinder().find(api, globs={})
    return sorted((each for each in docstrings if each.examples), key=lambda each: each.lineno)


@pytest.mark.usefixtures("hub")
def test_the_examples_are_true(
    templates: Templates, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every example, run in order on a fresh catalog, prints what it shows."""
    build.link_trajectory(tmp_path)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    with (
        templates.copy("sqlite", "facts", tmp_path) as url,
        mock.patch.dict(os.environ, {"CATALOG_DB": url}),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.chdir(tmp_path)
        known = {"c": catalog.open(), "Path": Path, "UTC": UTC, "datetime": datetime}
        for docstring in examples():
            docstring.globs = dict(known)
            runner.run(docstring)
    assert not runner.failures, capsys.readouterr().out


def test_public_names_of_the_package() -> None:
    """The package offers these names and no others."""
    assert set(catalog.__all__) == set(dir(catalog)) == OF_THE_PACKAGE | SHORTCUTS


@pytest.mark.parametrize("name", sorted(OF_THE_PACKAGE | SHORTCUTS))
def test_every_public_name_is_there(name: str) -> None:
    """A name leads to what it says: a shortcut to the method of the default catalog."""
    there = getattr(catalog, name)
    if name in SHORTCUTS:
        assert there.__func__ is getattr(catalog.Catalog, name)
        assert there.__self__.url == catalog.open().url


def test_no_other_name_is_there() -> None:
    """A name that is not public is an error that names it."""
    with pytest.raises(AttributeError, match="module 'catalog' has no attribute 'nope'"):
        _ = catalog.nope


def test_public_names_of_a_catalog() -> None:
    """A catalog has these attributes; what else it has is underscored."""
    there = {name for name in dir(catalog.open()) if not name.startswith("_")}
    assert there == OF_A_CATALOG


@pytest.mark.parametrize("name", sorted(OF_THE_PACKAGE | SHORTCUTS | OF_A_CATALOG))
def test_every_public_name_is_documented(name: str) -> None:
    """Each has an entry of its own, or is named with `catalog.` before it."""
    entry = f"### `c.{name}`" if name in OF_A_CATALOG - {"url"} else f"`catalog.{name}"
    assert entry in PAGE or f"`c.{name}`" in PAGE


def test_every_method_has_an_example() -> None:
    """No public method goes without one."""
    with_one = {docstring.name.rpartition(".")[2] for docstring in examples()}
    assert OF_A_CATALOG - {"url"} | {"open"} <= with_one
