"""The way that a command takes: one question at the one door, and nothing goes back up."""

import sys
from dataclasses import is_dataclass

import pytest
from hub_standin import asked_by_this_process
from recorded import MODEL
from walks import Walk

REF = f"{MODEL}@step64"
# What a command may ask besides its one question; each is about words, and reads little.
HELPERS = {
    *("Catalog.require_manifest", "Catalog.repositories", "Catalog.pinned", "Catalog.is_lock"),
    *("Catalog.select", "Catalog.__enter__", "Catalog.__exit__"),
}
# The names to explain are read from standard input as they are wanted.
LINES = ("cli.name", "_written")
COMMANDS = {
    "ls": [],
    "show": [REF],
    "name": [REF],
    "at": ["1M", MODEL],
    "hash": ["FOLDER", "-o", "manifest.json"],
    "verify": ["--as", REF, "FOLDER", "--level", "forward"],
    "populate": ["--as", REF, "FOLDER"],
    "sync": [MODEL],
    "log": [REF],
    "audit": [MODEL],
    "pull": [REF, "--to", "pulled"],
    "lock": [REF, "-o", "lock.json"],
    "verify --lock": ["--lock", "lock.json", "pulled"],
    "which": ["FOLDER/model.safetensors"],
    "advisories": [],
    "evals show": [REF],
    "evals compare": [REF, MODEL],
    "suites ls": [],
    "db current": [],
}


@pytest.fixture
def walk(hub, catalog, known_url, checkpoint, tmp_path, monkeypatch):
    """Return a function that runs a command and returns the walk; what it needs is there."""
    from transformers import GPTNeoXForCausalLM  # noqa: F401 - imports are no part of a walk

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    folder = str(checkpoint(64))

    def walked(name):
        words = [word.replace("FOLDER", folder) for word in COMMANDS[name]]
        command = [word for word in name.split() if not word.startswith("-")]
        with asked_by_this_process(hub, monkeypatch), Walk() as made:
            ran = catalog(*command, *words, "--db", known_url)
        assert ran.code in (0, 3), ran.out + ran.err
        return made

    return walked


def test_verify_enters_three_modules(walk):
    """The command asks the door, takes a document, and knows verdicts; the door does the rest."""
    walked = walk("verify")
    allowed = {"catalog.api", "catalog.core.verdicts", "catalog.documents.weights"}
    assert walked.entered("cli.verify") <= allowed
    assert "catalog.api" in walked.entered("cli.verify")
    assert any(step.module.startswith("catalog.forward.") for step in walked.steps)


def test_each_command_asks_once_and_nothing_goes_back_up(walk):
    """One question a target; only a watcher is told anything on the way."""
    for name in COMMANDS:
        walked = walk(name)
        # What a method yields is computed in it, and asked once.
        methods = [each for each in walked.asked("catalog.api", "cli") if "Catalog." in each]
        questions = [each for each in methods if each not in HELPERS and "<locals>" not in each]
        assert len(questions) == 1, (name, methods)
        assert not [step for step in walked.steps if goes_behind(step)], name
        assert not [step for step in walked.steps if goes_up(step)], name


TURNS = ("catalog._door.weighing", "Weighing._turns")
"""What `populate_each` and `verify_each` return: to ask for the next turn goes on in it."""


def goes_behind(step):
    """Return whether the command line enters a room behind the door, but to read off a value."""
    room = step.module.removeprefix("catalog.").partition(".")[0]
    if step.caller.partition(".")[0] != "cli" or step.module.startswith("cli"):
        return False
    if room in ("api", "documents", "core", "errors", "progress"):
        return False
    if (step.module, step.function) == TURNS:
        return False
    value = getattr(sys.modules[step.module], step.function.partition(".")[0], None)
    is_named_tuple = isinstance(value, type) and issubclass(value, tuple)
    return not (is_named_tuple or (is_dataclass(value) and value.__dataclass_params__.frozen))


def goes_up(step):
    """Return whether a ring calls the door, a document or the command line, but for a watcher."""
    _, _, inner = step.caller.partition("catalog.")
    if inner.partition(".")[0] not in ("verbs", "sql", "hub", "weights", "forward", "core"):
        return False
    face = step.module.startswith(("cli", "catalog.api", "catalog._door", "catalog.documents"))
    return face and (step.module, step.function) != LINES and step.module != "cli.watching"
