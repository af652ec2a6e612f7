"""The notebooks of the documentation run offline, and show what they print today."""

from pathlib import Path

import nbformat
import pytest
from databases import Templates

from docs import notebook


@pytest.mark.slow  # a kernel of its own
@pytest.mark.parametrize("page", notebook.pages(), ids=lambda page: page.stem)
def test_a_notebook_shows_what_it_prints(page: Path, templates: Templates, tmp_path: Path) -> None:
    """Run from the top on the shipped facts, each cell prints and draws what the page says."""
    with templates.copy("sqlite", "facts", tmp_path) as url:
        database = Path(url.removeprefix("sqlite:///"))
        made = notebook.run(page, tmp_path, database)
    shown = nbformat.read(page, as_version=4)
    assert notebook.outputs(made) == notebook.outputs(shown), "run `make docs`"
    assert (tmp_path / "lambada.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("page", notebook.pages(), ids=lambda page: page.stem)
def test_a_notebook_is_valid_and_small(page: Path) -> None:
    """It is of the form that Jupyter reads, every cell of it ran, and its pictures are small."""
    shown = nbformat.read(page, as_version=4)
    nbformat.validate(shown)
    code = [cell for cell in shown.cells if cell.cell_type == "code"]
    assert all(cell.execution_count and cell.outputs for cell in code)
    assert page.stat().st_size < 300_000
