"""The entry point: help, interruption, a reader that goes away, errors that are bugs."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from privileges import CHECKOUT


def test_help_names_commands_and_exit_codes(catalog):
    """`catalog --help` lists the commands and what exit codes mean."""
    ran = catalog("--help")

    assert ran.code == 0
    for word in ("init", "show", "name", "at", "suites", "Exit codes:"):
        assert word in ran.out


def test_no_arguments_is_help(catalog):
    """Without a command the help is shown: that is no mistake."""
    ran = catalog()

    assert (ran.code, ran.err) == (0, "")
    assert ran == catalog("--help")


@pytest.mark.parametrize("words", [["nope"], ["at", "--nope"], ["show"], ["db", "nope"]])
def test_usage_errors_are_one_line(catalog, words):
    """A usage error names the help to read."""
    ran = catalog(*words)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "--help`" in ran.err


INTERRUPTED = "catalog: interrupted; run the same command again to go on\n"
STARTS = {
    "module": [sys.executable, "-m", "catalog"],
    "script": [sys.executable, "-c", "from catalog.__main__ import main; main()"],
}


def interrupted(command, url, after_s, *, signals=1):
    """Return exit code and words of a command to which Ctrl-C comes some seconds after its start.

    Its standard input stays open.
    """
    running = subprocess.Popen(
        command,
        env=dict(os.environ, CATALOG_DB=url),
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(signals):
        time.sleep(after_s)
        running.send_signal(signal.SIGINT)
    with running:
        words = running.stderr.read()
    return running.returncode, words


def is_pythons_own(words):
    """Return whether a traceback comes from before the handler stands.

    What came while Python started it raises as late as in our first file, whose first statement
    sets the handler; a `.venv` in the checkout is not ours.
    """
    first = r'File ".*/catalog/__(init|main)__\.py", line \d+, in (<module>|main)\n'
    rest = re.sub(first, "", words)
    ours = [str(CHECKOUT / part) for part in ("catalog", "cli")]
    return INTERRUPTED not in words and not any(folder in rest for folder in ours)


@pytest.mark.parametrize("start", STARTS)
def test_interruption_at_any_moment(shipped_url, start):
    """Ctrl-C in the first 0.3 s is one line and 130, unless the work is done already.

    Before our first line it is Python's: 10 to 15 ms from the start on an idle machine, where the
    whole of `catalog ls` takes 75. It must not have entered a file of ours then. Once the work was
    done three times in a row, a later moment proves no more.
    """
    outcomes = {}
    for ms in range(0, 300, 10):
        code, words = interrupted([*STARTS[start], "ls"], shipped_url, ms / 1000)
        if code not in (0, 130) and is_pythons_own(words):
            continue
        outcomes[ms] = code, words.replace("118 models\n", "")
        if list(outcomes.values())[-3:] == [(0, "")] * 3:
            break
    assert {
        each for each in outcomes.values() if each not in ((0, ""), (130, INTERRUPTED))
    } == set()
    assert (130, INTERRUPTED) in outcomes.values()


AT_THE_END = {
    "called at the end": "import atexit; atexit.register(print, 'the end')",
    "another thread": "import threading, time\n"
    "threading.Thread(target=lambda: (time.sleep(0.2), print('the end', flush=True))).start()",
}


@pytest.mark.parametrize("planted", AT_THE_END)
def test_nothing_is_left_undone_at_the_end(planted):
    """A command leaves at once, yet not before what waits for the end of the process."""
    code = f"import sys\n{AT_THE_END[planted]}\nfrom catalog.__main__ import main\nmain()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "nope"],
        check=False,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout) == (2, "the end\n")


@pytest.mark.parametrize("words", [["name", "-"], ["name", "-", "--json"]])
def test_interruption_exits_130(shipped_url, words):
    """Ctrl-C ends a command that waits for standard input with one line and exit 130."""
    assert interrupted([*STARTS["module"], *words], shipped_url, 1.5) == (130, INTERRUPTED)


def test_interruption_while_printing(shipped_url):
    """Ctrl-C while a reader takes its time with the output."""
    running = subprocess.Popen(
        [*STARTS["module"], "at", "--between", "0", "300B", "--json"],
        env=dict(os.environ, CATALOG_DB=shipped_url),
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout.read(2) == b"[\n"  # the pipe is full soon after
    running.send_signal(signal.SIGINT)
    _, words = running.communicate(timeout=30)
    assert running.returncode == 130
    assert words.decode().endswith(INTERRUPTED)
    assert b"Traceback" not in words


def test_interruption_within_an_executed_string(shipped_url, tmp_path, monkeypatch):
    """Python would end by the signal, not with 130, where Ctrl-C met `exec` of a string."""
    (tmp_path / "planted.py").write_text(
        "import os, signal, sys, catalog.api\n"
        "def ls(*_, **__): exec('os.kill(os.getpid(), signal.SIGINT); input()')\n"
        "catalog.api.Catalog.ls = ls\n"
        "from catalog.__main__ import main; sys.argv[1:] = ['ls']; main()"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{CHECKOUT}")
    ran = interrupted([sys.executable, "-m", "planted"], shipped_url, 0, signals=0)
    assert ran == (130, INTERRUPTED)


def test_interruption_that_became_another_error(catalog, shipped_url, monkeypatch):
    """Python makes a RuntimeError of Ctrl-C while a class is made; it is no bug of ours."""
    from catalog import api as catalog_api

    def ls(*_, **__):
        raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()

    monkeypatch.setattr(catalog_api.Catalog, "ls", ls)
    assert catalog("ls", "--db", shipped_url)[::2] == (130, INTERRUPTED)


@pytest.mark.slow
def test_interruption_while_torch_is_imported(shipped_url, tmp_path):
    """Ctrl-C in the seconds of the import is one line and 130; torch may swallow no exception."""
    (tmp_path / "config.json").write_text("{}")
    words = ["populate", str(tmp_path), "--as", "pythia-70m@step1000"]
    for ms in range(200, 2000, 60):
        code, said = interrupted([*STARTS["module"], *words], shipped_url, ms / 1000)
        assert code == 1 or (code, said.replace(f"{tmp_path}: reading\n", "")) == (130, INTERRUPTED)


def test_interruption_while_torch_is_imported_is_final(shipped_url, tmp_path):
    """The same with a torch that swallows the exception, as C code may."""
    (tmp_path / "torch.py").write_text(
        "import os, signal\n"
        "try: os.kill(os.getpid(), signal.SIGINT); input()\n"
        "except BaseException: pass\n"
    )
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {STARTS['script'][-1]}"
    words = ["populate", str(tmp_path), "--as", "pythia-70m@step1000"]
    ran = interrupted([sys.executable, "-c", code, *words], shipped_url, 0, signals=0)
    assert ran == (130, INTERRUPTED)


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
