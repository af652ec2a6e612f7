"""What the shell completes: asked as bash, zsh and fish ask, and typed into a real bash."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time

import pytest

PATIENCE = 5  # times what is promised: machines that run tests are busy


def environment(url, **more):
    """Return an environment that asks a catalog, with nothing of our own process's coverage."""
    return dict(os.environ, CATALOG_DB=url, **more)


def bash(url, *words, module="catalog"):
    """Return the completions of the last word, split as bash splits them."""
    asked = environment(
        url,
        _CATALOG_COMPLETE="complete_bash",
        COMP_WORDS="\n".join(words),
        COMP_CWORD=str(len(words) - 1),
    )
    ran = subprocess.run(
        [sys.executable, "-m", module], env=asked, capture_output=True, text=True, check=True
    )
    assert ran.stderr == ""
    return ran.stdout.split()


def test_tags_complete(catalog, facts_url):
    """Those that were written."""
    assert catalog("tag", "pythia-70m", "figure-1", "mine", "--db", facts_url).code == 0
    assert bash(facts_url, "catalog", "ls", "--tag", "fig") == ["figure-1"]
    assert bash(facts_url, "catalog", "at", "--tag", "") == ["figure-1", "mine"]
    assert bash(facts_url, "catalog", "lock", "pythia-1b@tag=f") == ["pythia-1b@tag=figure-1"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sho"], ["show"]),
        (["evals", "com"], ["compare"]),
        (["show", "pythia-12"], ["pythia-12b", "pythia-12b-deduped", "pythia-12b-v0"]),
        (["show", "pythia-1b", "@", "step1430"], ["@step143000"]),
        (["show", "pythia-1b", "@"], ["@step0"]),
        (["show", "pythia-1b@step1430"], ["pythia-1b@step143000"]),
        (["pull", "pythia-2.8b", "@", "lo"], ["@log5", "@log10", "@log20"]),
        (["pull", "pythia-2.8b", "@", "al"], ["@all"]),
        (["lock", "pythia-2.8b@com"], ["pythia-2.8b@common"]),
        (["verify", "pythia@sco"], ["pythia@scored"]),
        (["verify", "pythia-2.8b@step1430"], ["pythia-2.8b@step143000"]),
        (["populate", "pythia-2.8b@step256.."], ["pythia-2.8b@step256..step512"]),
        (["evals", "show", "pythia-1b@..step14"], ["pythia-1b@..step14000"]),
        (["lock", "pythia-1b@step8..:every"], [f"pythia-1b@step8..:every{n}B" for n in (1, 10)]),
        (["lock", "pythia-1b", "@", "step8..", ":", "lin"], ["linear5", "linear10"]),
        (["lock", "nothing-like-it@lo"], []),
        (["ls", "--suite", "poly"], ["polypythias"]),
        (["ls", "--suite", "=", "poly"], ["polypythias"]),
        (["evals", "show", "pythia-1b", "--task", "logi"], ["logiqa"]),
        (["evals", "show", "--met"], ["--metric"]),
        (["ls", "--where", "training_t"], ["training_tokens="]),
        (["ls", "--sort", "vari"], ["variant"]),
        (["facts", "context_"], ["context_tokens"]),
        (["facts", "layers", "pythia-12b-v"], ["pythia-12b-v0"]),
        (["ls", "--format", "j"], ["json", "jsonl"]),
        (["--format", "j"], ["json", "jsonl"]),
        (["--format", "=", "j"], ["json", "jsonl"]),
        (["--json", "ls", "--suite", "poly"], ["polypythias"]),
        (["evals", "--json", "sh"], ["show"]),
        (["--db", ""], []),
        (["--db", "="], []),
        (["show", "nothing-like-it"], []),
        (["nope", "x"], []),
    ],
)
def test_words_of_bash(shipped_url, words, expected):
    """Commands, options, models, suites, tasks and revisions complete, wherever options stand."""
    assert bash(shipped_url, "catalog", *words)[: len(expected) or 1] == expected


def test_the_catalog_of_the_line_is_asked(shipped_url, db_url):
    """`--db` decides, before or after the word, and in either spelling; no catalog, no words."""
    for words in (["--db", db_url, "show", "pyth"], ["--db", "=", db_url, "show", "pyth"]):
        assert bash(shipped_url, "catalog", *words) == []
    assert bash(db_url, "catalog", "ls", "--db", shipped_url, "--suite", "poly") == ["polypythias"]
    assert bash("/nowhere/catalog.db", "catalog", "show", "pyth") == []


def test_paths_complete_beside_models(shipped_url, tmp_path):
    """A folder completes with a slash, a file without."""
    (tmp_path / "weights").mkdir()
    (tmp_path / "wide.bin").touch()
    found = bash(shipped_url, "catalog", "verify", f"{tmp_path}/w")
    assert found == [f"{tmp_path}/weights/", f"{tmp_path}/wide.bin"]


def line(shell, url, text):
    """Return what zsh or fish is answered for a line."""
    asked = environment(
        url,
        _CATALOG_COMPLETE=f"complete_{shell}",
        _TYPER_COMPLETE_ARGS=text,
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )
    command = [sys.executable, "-m", "catalog"]
    return subprocess.run(command, env=asked, capture_output=True, text=True, check=True).stdout


def test_lines_of_zsh_and_fish(shipped_url):
    """Both hand over the line up to the cursor."""
    assert '"pythia-1b@step143000"' in line("zsh", shipped_url, "catalog show pythia-1b@step1430")
    assert line("fish", shipped_url, "catalog --json ls --suite poly") == "polypythias\n"
    assert line("fish", shipped_url, "catalog ls --suite ").split()[:2] == ["pythia", "pythia-v0"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts(shell):
    """Each shell gets its script."""
    asked = dict(os.environ, _CATALOG_COMPLETE=f"source_{shell}")
    command = [sys.executable, "-m", "catalog"]
    ran = subprocess.run(command, env=asked, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"complete_{shell}" in ran.stdout


def test_scripts_are_installed_and_shown(tmp_path):
    """`--install-completion` writes the script of the shell that runs it; the other shows it."""
    command = f"{sys.executable} -m catalog"
    shown = subprocess.run(
        ["bash", "-c", f"{command} --show-completion; {command} --install-completion; :"],
        env=dict(os.environ, HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "complete -o default -F _catalog_completion catalog" in shown.stdout
    assert "catalog.sh" in (tmp_path / ".bashrc").read_text()
    assert (tmp_path / ".bash_completions" / "catalog.sh").exists()


def test_quickly_and_with_one_command_alone(shipped_url):
    """A completion takes 0.3 s at the most, and imports the module of the line's command only."""
    took = []
    for _ in range(3):
        began = time.monotonic()
        assert bash(shipped_url, "catalog", "show", "pythia-1b", "@", "step1430") == ["@step143000"]
        took.append(time.monotonic() - began)
    assert min(took) < 0.3 * PATIENCE

    asked = environment(
        shipped_url,
        _CATALOG_COMPLETE="complete_bash",
        COMP_WORDS="catalog\nls\n--suite\npoly",
        COMP_CWORD="3",
    )
    code = (
        "import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr));"
        "from catalog.__main__ import main; main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], env=asked, capture_output=True, text=True, check=True
    )
    imported = set(ran.stderr.split())
    assert "cli.ls" in imported
    assert not imported & {"cli.show", "cli.audit", "cli.evals", "torch", "rich"}
    assert ("sqlalchemy" in imported) == shipped_url.startswith("postgresql")


class Terminal:
    """An interactive bash, with our completion."""

    def __init__(self, url, home):
        self.file, inner = pty.openpty()
        self.running = subprocess.Popen(
            ["bash", "--noprofile", "--rcfile", f"{home}/.bashrc", "-i"],
            env=environment(
                url,
                HOME=str(home),
                TERM="dumb",
                INPUTRC="/dev/null",
                PATH=f"{home}:{os.environ['PATH']}",
            ),
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        os.close(inner)

    def type(self, text, until):
        """Type, and return what the terminal shows until a text is there."""
        os.write(self.file, text.encode())
        shown, end = "", time.monotonic() + 20
        while until not in shown and time.monotonic() < end:
            if select.select([self.file], [], [], 0.2)[0]:
                shown += os.read(self.file, 65536).decode(errors="replace")
        return shown

    def close(self):
        """End it."""
        self.running.kill()
        self.running.wait()
        os.close(self.file)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_typed_into_a_real_bash(shipped_url, tmp_path):
    """TAB after a model, after `@` and within a revision leaves what was typed before it."""
    program = tmp_path / "catalog"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m catalog "$@"\n')
    program.chmod(0o755)
    source = dict(os.environ, _CATALOG_COMPLETE="source_bash")
    script = subprocess.run([program], env=source, capture_output=True, text=True, check=True)
    (tmp_path / ".bashrc").write_text(
        script.stdout + "\nPS1='READY '\nbind 'set enable-bracketed-paste off'\n"
    )
    terminal = Terminal(shipped_url, tmp_path)
    try:
        terminal.type("", until="READY")
        for typed, whole in (
            ("show pythia-1b@step1430\t", "show pythia-1b@step143000"),
            ("show pythia-1b@\t1430\t", "show pythia-1b@step143000"),
            ("ls --suite=poly\t", "ls --suite=polypythias"),
        ):
            # `echo` shows the line as bash has it, whatever the screen was sent.
            shown = terminal.type(f"catalog {typed}", until=whole[-3:])
            shown += terminal.type("\x01echo '<'\x05 '>'\n", until=">\r\n")
            assert f"<catalog {whole} >" in shown
    finally:
        terminal.close()
