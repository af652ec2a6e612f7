"""One rule of exit codes, at every command: what is raised decides, not who was asked."""

import pytest

from catalog import errors
from docs import build

PATHS = build.command_paths()
COMMANDS = [path for path in PATHS if not any(other[:-1] == path for other in PATHS)]
# As little as each command takes; the catalog behind it answers nothing.
ARGUMENTS = {
    ("show",): ["pythia-70m"],
    ("name",): ["pythia-70m"],
    ("at",): ["300B"],
    ("facts",): ["layers"],
    ("tag",): ["pythia-70m", "mine"],
    ("hash",): ["weights"],
    ("compare",): ["weights", "others"],
    ("populate",): ["weights"],
    ("verify",): ["weights"],
    ("forget",): ["pythia-70m@step1"],
    ("pull",): ["pythia-70m", "--to", "folder"],
    ("lock",): ["pythia-70m", "-o", "lock.json"],
    ("run",): ["--", "true"],
    ("diff",): ["http://a", "http://b"],
    ("db", "copy"): ["a.db", "b.db"],
    ("which",): ["weights"],
    ("cite",): ["pythia-70m"],
    ("scan",): ["study"],
    ("attest", "verify"): ["signed.jsonl"],
    ("export", "sbom"): ["pythia-70m", "-o", "bill.json"],
    ("suites", "add"): ["suite.toml"],
    ("export", "records"): ["-o", "records.xz"],
    ("import", "records"): ["records.xz"],
    ("evals", "import"): ["scores.json"],
    ("evals", "move"): ["scores.json", "--as", "pythia-70m@step1"],
    ("evals", "remove"): ["scores.json"],
    ("evals", "tasks"): ["pythia-70m"],
    ("evals", "plot"): ["pythia-70m"],
    ("evals", "show"): ["pythia-70m"],
    ("evals", "compare"): ["pythia-70m"],
    ("evals", "pack"): ["a", "b", "-o", "packed"],
}
RAISED = [
    (errors.CheckedBad("cut short"), 1),
    (errors.BadInput("asked wrongly"), 2),
    (errors.UnknownName("model", "pythia"), 2),
    (errors.CouldNotCheck("no permission"), 3),
    (errors.NoDatabase("x.db"), 3),
    (errors.DatabaseBusy("locked"), 3),
    (errors.MissingExtra("torch", "verify"), 3),
    (errors.HubUnreachable("offline"), 3),
    (PermissionError(13, "Permission denied"), 3),
    (MemoryError(), 3),
    (RuntimeError("a bug"), 70),
    (KeyboardInterrupt(), 130),
]


class Raising:
    """A catalog that answers every question with one error."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __getattr__(self, name: str):
        """Return a method that raises."""

        def method(*_args, **_options):
            raise self._error

        return method


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_what_is_raised_decides(path, catalog, monkeypatch, tmp_path):
    """Each error has one exit code at every command, and one line; every other one as JSON."""
    monkeypatch.chdir(tmp_path)
    for number, (error, code) in enumerate(RAISED):
        monkeypatch.setattr("cli.call.Call.catalog", Raising(error))
        words = ("--json",) if number % 2 else ()
        ran = catalog(*path, *ARGUMENTS.get(path, ()), *words)
        assert ran.code == code, (error, words, ran)
        assert "Traceback" not in ran.err
        assert words or len(ran.err.strip().splitlines()) == 1


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_what_is_asked_wrongly(path, catalog):
    """An option that there is not is a usage error at every command; help is none."""
    assert catalog(*path, "--no-such-option").code == 2
    assert catalog(*path, "--help").code == 0
