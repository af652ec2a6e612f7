"""What others copy into their CI works: the action, the workflows, the hook and the cron line.

Their shell parts run, with stubs in the place of pip and of `catalog`; what the stub was called
with is then asked of the real command, in this process.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest
import small_weights
import yaml

import catalog as package

CHECKOUT = Path(__file__).parent.parent
ACTION = yaml.safe_load((CHECKOUT / "action.yml").read_text())
PAGES = [
    (CHECKOUT / "docs/how-to" / name).read_text() for name in ("run-in-ci.md", "watch-a-mirror.md")
]
ATTEST = (CHECKOUT / "docs/how-to/attest.md").read_text()
DOCUMENTS = [
    yaml.safe_load(text)
    for page in PAGES
    for text in re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
]
STUB = """#!/bin/sh
echo "${0##*/}" "$@" >> "$CALLS"
exit "${EXIT:-0}"
"""
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Return a function that runs a script with stubs: its exit code, and what it called."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("catalog", "pip", "python"):
        (programs / name).write_text(STUB)
        (programs / name).chmod(0o755)
    calls, output = tmp_path / "calls", tmp_path / "output"
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    def run(script, **variables):
        calls.unlink(missing_ok=True)
        names = {"CALLS": str(calls), "GITHUB_OUTPUT": str(output), **variables}
        path = f"{programs}:{os.environ['PATH']}"
        # As GitHub runs `shell: bash`.
        words = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]
        ran = subprocess.run(words, env={"PATH": path, **names}, check=False)
        lines = calls.read_text().splitlines() if calls.exists() else []
        return ran.returncode, lines

    run.output = output
    return run


@pytest.fixture
def pinned(catalog, shell):
    """Return the folder with weights and their manifest, where the scripts stand."""
    del shell
    small_weights.write(Path("weights"))
    assert catalog("hash", "weights", "-o", "weights.manifest").code == 0


def inputs(**given):
    """Return the variables of the action's step, as its inputs make them."""
    values = {name: value["default"] for name, value in ACTION["inputs"].items()} | given
    return {
        name: values[re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", text)[1]]
        for name, text in STEPS["Check"]["env"].items()
    }


# The action ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_action_checks(shell, code):
    """It hands on words and exit code, the code as an output too; a pattern stays a word."""
    Path("a").touch()
    variables = inputs(targets="one\ntwo *", options="--level weights")
    ran, calls = shell(STEPS["Check"]["run"], **variables, EXIT=str(code))
    options = "--level weights --github --junit catalog-junit.xml --sarif catalog.sarif"
    assert (ran, calls) == (code, [f"catalog verify {options} -- one two *"])
    assert shell.output.read_text() == f"exit-code={code}\n"


def test_the_action_leaves_out_what_is_not_wanted(shell):
    """An empty name is no report, and one with spaces is one file."""
    variables = inputs(targets="weights", junit="", sarif="of this job.sarif")
    _, (line,) = shell(STEPS["Check"]["run"], **variables)
    assert line == "catalog verify --github --sarif of this job.sarif -- weights"


@pytest.mark.usefixtures("pinned")
def test_what_the_action_calls_is_a_command(shell, catalog):
    """The real command takes the words, and writes both reports."""
    variables = inputs(targets="weights", options="--against weights.manifest")
    _, (line,) = shell(STEPS["Check"]["run"], **variables)
    assert catalog(*line.split()[1:]).code == 0
    assert Path("catalog-junit.xml").exists()
    assert Path("catalog.sarif").exists()


@pytest.mark.parametrize(
    ("variables", "installed"),
    [
        ({}, "/the/action"),
        ({"EXTRAS": "verify,postgres"}, "/the/action[verify,postgres]"),
        ({"PACKAGE": "checkpoint-catalog==0.1.0"}, "checkpoint-catalog==0.1.0"),
    ],
)
def test_the_action_installs(shell, variables, installed):
    """It installs itself, with extras, or what it is told."""
    ran, calls = shell(STEPS["Install"]["run"], HERE="/the/action", **variables)
    assert ran == 0
    assert calls == [f"python -m pip install --quiet {installed}", "catalog init --quiet"]


@pytest.mark.parametrize(("code", "passes"), [(0, True), (1, True), (2, False), (3, False)])
def test_the_action_looks_first(shell, code, passes):
    """That something changed is for the audit to judge; that nobody answered stops the job."""
    ran, calls = shell(STEPS["Look"]["run"], SYNC="pythia-70m lab/run", EXIT=str(code))
    assert (ran == 0, calls) == (passes, ["catalog sync pythia-70m lab/run"])


def test_inputs_are_never_code():
    """A script holds no expression: an input with a quote in it would be run."""
    assert all("${{" not in step["run"] for step in STEPS.values())
    named = re.findall(r"inputs\.([\w-]+)", (CHECKOUT / "action.yml").read_text())
    assert {*named} == {*ACTION["inputs"]}


# The pages -------------------------------------------------------------------------------------


def steps():
    """Yield every step of the pages' workflows."""
    for document in DOCUMENTS:
        for job in document.get("jobs", {}).values():
            yield from job["steps"]


def test_workflows_use_inputs_that_there_are():
    """What a workflow gives the action is one of its inputs."""
    used = [step["with"] for step in steps() if "/checkpoint-catalog@" in step.get("uses", "")]
    assert len(used) == 2
    assert all(given.keys() <= ACTION["inputs"].keys() for given in used)


def scripts():
    """Return every shell line of the pages: of workflows, of GitLab's job, of cron, of systemd."""
    lines = [step["run"] for step in steps() if "run" in step]
    for document in DOCUMENTS:
        lines += document.get("checkpoints", {}).get("script", [])
    for page in PAGES:
        (cron,) = re.findall(r"^```sh\n(?:[\d*]+ ){5}(.*)\n```", page, re.MULTILINE)
        lines += [cron, *re.findall(r"^ExecStart=(.*)", page, re.MULTILINE)]
    lines += re.findall(r"^(?:[\d*]+ ){5}(.*)", ATTEST, re.MULTILINE)
    return [line.replace("/srv/checkpoints", ".").replace("\\%", "%") for line in lines]


@pytest.mark.parametrize("script", scripts())
@pytest.mark.usefixtures("pinned")
def test_shell_lines_of_the_pages(script, shell, catalog, db_url):
    """Each runs, and every command that it calls takes its words."""
    ran, calls = shell(script)
    assert (ran, len(calls) > 0) == (0, True)
    for line in calls:
        program, *words = line.split()
        if program == "catalog":
            shown = ["--help"] if words[0] == "init" else []  # it would do its work
            told = catalog(*words, *shown, "--db", db_url)
            assert "usage" not in told.err.lower()
            # There is no such lock or folder, and nothing was observed.
            assert told.code in ((0,) if shown else (2, 3))
            assert "No such option" not in told.err


def test_the_pages_name_this_release():
    """Actions and hooks are named by the tag of a release: the bare version."""
    pages = [*PAGES, (CHECKOUT / "docs/how-to/check-before-a-commit.md").read_text()]
    found = re.findall(
        r"^ *(?:rev: |- uses: example/checkpoint-catalog@)(\S+)", "\n".join(pages), re.MULTILINE
    )
    assert (len(found), {*found}) == (4, {package.__version__})


def test_the_hook_is_published():
    """The hook that the page names is one of this repository's."""
    (config,) = [document for document in DOCUMENTS if "repos" in document]
    hooks = yaml.safe_load((CHECKOUT / ".pre-commit-hooks.yaml").read_text())
    used = {hook["id"] for repo in config["repos"] for hook in repo["hooks"]}
    assert used <= {hook["id"] for hook in hooks}
