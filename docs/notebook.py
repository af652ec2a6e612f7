"""Runs the notebooks of the documentation, each in a kernel of its own; judges no outcome."""

import os
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDER = CHECKOUT / "docs" / "notebooks"
SECONDS = 120


def pages() -> list[Path]:
    """Return every notebook."""
    return sorted(FOLDER.glob("*.ipynb"))


def run(page: Path, folder: Path, database: Path) -> Any:
    """Return a notebook with its present output.

    Args:
        page: where it is.
        folder: in which it runs.
        database: SQLite file of a catalog with the shipped facts.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(page, as_version=4)
    kept = {"PATH", "HOME", "LANG", "TMPDIR", "XDG_CACHE_HOME"}
    environment = {name: value for name, value in os.environ.items() if name in kept} | {
        "CATALOG_DB": str(database),
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": str(CHECKOUT),
        "COLUMNS": "80",
    }
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=SECONDS, resources=resources, record_timing=False)
    client.execute(env=environment)
    return notebook


def outputs(notebook: Any) -> list[dict[str, str]]:
    """Return what the cells printed, and the pictures that they show."""
    printed = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = dict(output.get("data") or {"text/plain": output.get("text", "")})
            data.pop("text/html", None)
            printed.append({kind: "".join(value).strip() for kind, value in data.items()})
    return printed


def text_of(notebook: Any) -> str:
    """Return a notebook as its file."""
    import nbformat

    notebook.metadata.language_info = {"name": "python"}  # no version: nothing depends on it
    return nbformat.writes(notebook) + "\n"
