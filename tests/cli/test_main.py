"""The entry point: help, interruption, a reader that goes away, errors that are bugs."""

import os
import signal
import subprocess
import sys
import time

import pytest


def test_help_names_commands_and_exit_codes(catalog):
    """`catalog --help` lists the commands and what exit codes mean."""
    ran = catalog("--help")

    assert ran.code == 0
    for word in ("init", "show", "name", "at", "suites", "Exit codes:"):
        assert word in ran.out


def test_no_arguments_is_help(catalog):
    """Without a command the help is shown, as asked wrongly."""
    ran = catalog()

    assert "Usage: catalog" in ran.out + ran.err
    assert ran.code == 2


@pytest.mark.parametrize("words", [["nope"], ["at", "--nope"], ["show"], ["db", "nope"]])
def test_usage_errors_are_one_line(catalog, words):
    """A usage error names the help to read."""
    ran = catalog(*words)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "--help`" in ran.err


def test_interruption_exits_130(tmp_path):
    """Ctrl-C ends a command with one line and exit 130."""
    environment = dict(os.environ, CATALOG_DB=str(tmp_path / "catalog.db"), PYTHONUNBUFFERED="1")
    code = "import sys, cli.main; sys.stdin.read = None; cli.main.main(['name', '-'])"
    running = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1.5)  # it waits for standard input
    running.send_signal(signal.SIGINT)
    _, words = running.communicate(timeout=20)

    assert running.returncode == 130
    assert words == "catalog: interrupted; run the same command again to go on\n"


def test_a_reader_that_goes_away(shipped_url):
    """`catalog ls | head -1` ends quietly."""
    environment = dict(os.environ, CATALOG_DB=shipped_url)
    ran = subprocess.run(
        f"{sys.executable} -m catalog at --between 0 300B pythia-1b pythia-v0 --json | head -1",
        shell=True,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stdout == "[\n"
    assert ran.stderr == ""


def test_a_reader_that_goes_away_changes_no_exit_code(shipped_url):
    """Output that nobody reads any more is thrown away; words and exit code stay."""
    command = f"{sys.executable} -m catalog show pythia-1b@step1000 --json --db '{shipped_url}'"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | true"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
