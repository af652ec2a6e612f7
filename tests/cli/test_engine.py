"""`--engine slurm` without a Slurm: what is submitted, collected, taken up again and refused.

`sbatch` and `squeue` are scripts, and what an array would do is done here when a test says so.
"""

import json
import os
import re
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import small_weights
from recorded import rows

from catalog import api, errors
from catalog._door import waiting
from catalog.cluster import Task
from catalog.core.verdicts import Verification
from catalog.errors import CouldNotCheck
from catalog.verbs import populate, results

SUITE = """
[suite]
name = "few"
title = "A run of four checkpoints"
kind = "private"
[save_schedule.all]
steps = [0, 1, 2, 3]
[defaults]
architecture = "gpt-neox"
save_schedule = "all"
tokens_per_published_step = 1_000_000
revision_label = "step{step}"
[[model]]
name = "few-1m"
size = "1M"
"""
STEPS = ("step0", "step1", "step2", "step3")
WORDS = ("--level", "weights", "--as", "few-1m@{name}", *STEPS)
SLURM = ("--engine", "slurm", "--tasks", "2")
FILES = ("--records", "files")  # the default of SQLite


class Cluster:
    """A queue that does nothing by itself.

    Args:
        folder: of its programs.
        state: where runs are kept.
    """

    def __init__(self, folder: Path, state: Path) -> None:
        self.folder, self.state = folder, state
        counter = folder / "jobs"
        self.say("sbatch", f"echo >> {counter}; echo Submitted batch job $(wc -l < {counter})7")
        self.say("srun", "exit 1")
        self.meanwhile = []
        self.queue()

    def say(self, program: str, script: str) -> None:
        """Let a program do something."""
        file = self.folder / program
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def queue(self, *tasks: str) -> None:
        """Let tasks be in the queue, and no others."""
        self.say("squeue", f"printf '%s\\n' {' '.join(tasks)}")

    def nap(self, *, found: bool) -> None:
        """Let happen what is to happen while somebody waits."""
        del found
        if self.meanwhile:
            self.meanwhile.pop(0)()

    def submitted(self) -> list[str]:
        """Return the tasks that were submitted, oldest first."""
        found = self.state.rglob("*_submitted.pkl")
        names = [path.name.removesuffix("_submitted.pkl") for path in found]
        return sorted(names, key=lambda name: [int(part) for part in name.split("_")])

    def work(self, task: str, above: Path | None = None) -> None:
        """Do what a task would."""
        from submitit.core.utils import DelayedSubmission

        (file,) = (above or self.state).rglob(f"{task}_submitted.pkl")
        with file.with_name(f"{task}_0_log.out").open("a") as log, redirect_stdout(log):
            DelayedSubmission.load(file).result()


@pytest.fixture
def cluster(tmp_path, monkeypatch, own_user_data):
    """Return a queue that does nothing by itself; nobody waits for it in vain."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(waiting, "GRACE_S", 0.0)
    made = Cluster(tmp_path / "bin", own_user_data / "state")
    monkeypatch.setattr(waiting.Waiting, "pause", made.nap)
    return made


@pytest.fixture
def url(db_url, catalog, tmp_path, monkeypatch):
    """Return a catalog that knows the run whose folder this is."""
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path / "run")
    Path("suite.toml").write_text(SUITE)
    for number, step in enumerate(STEPS):
        small_weights.write(Path(step), float(number))
    assert catalog("suites", "add", "suite.toml", "--db", db_url).code == 0
    return db_url


@pytest.fixture
def on(catalog, url):
    """Return a function that runs a command on the cluster, as JSON."""

    def run(command, *more, words=WORDS, code=0):
        ran = catalog(command, *SLURM, *words, *more, "--db", url, "--json")
        assert ran.code == code, ran.out + ran.err
        return ran

    return run


# The way there and back ------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["populate", "verify"])
def test_as_if_it_were_done_here(command, on, cluster, catalog, url, tmp_path):
    """What is printed and recorded is what a local run prints and records."""
    if command == "verify":
        assert catalog("populate", *WORDS[:-1], "--db", url).code == 0
    code = 3 if command == "verify" else 0  # step3 has no record
    detached = json.loads(on(command, *FILES, "--detach").out)
    assert detached["jobs"] == ["17"]
    assert (detached["tasks"], detached["targets"]) == (2, 4)
    assert cluster.submitted() == ["17_0", "17_1"]
    for task in cluster.submitted():
        cluster.work(task)
    before = rows(url)
    printed = json.loads(on(command, *FILES, code=code).out)
    other = tmp_path / "other.db"
    if command == "populate":
        assert before["observation"] == 0
        assert rows(url)["observation"] == 4
        assert catalog("db", "upgrade", "--db", other).code == 0
        api.open(str(other)).add_suite("suite.toml")
    else:
        assert rows(url)["verification"] == before["verification"] + 4
        api.open(url).copy_to(str(other))
    local = catalog(command, *WORDS, "--db", other, "--json")
    assert local.code == code
    moments = ("started_at", "duration_s")
    for row in (*printed, *(document := json.loads(local.out))):
        for moment in moments:
            row.pop(moment, None)
    assert printed == document


def test_it_is_over_when_all_is_recorded(on, cluster):
    """Logs stay; said again the command begins anew, and reads again."""
    folder = Path(json.loads(on("populate", *FILES, "--detach").out)["folder"])
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "catalog.db").stat().st_mode & 0o222 == 0
    list(map(cluster.work, cluster.submitted()))
    on("populate", *FILES)
    left = {path.name for path in folder.iterdir() if path.is_file()}
    assert not left & {"run.json", "jobs.json", "catalog.db"}
    assert (folder / "17_0_0_log.out").read_text() == "step0: recorded\nstep1: recorded\n"
    assert not list((folder / "results").iterdir())
    assert json.loads(on("populate", *FILES, "--detach").out)["jobs"] == ["27"]
    list(map(cluster.work, ["27_0", "27_1"]))
    assert {row["status"] for row in json.loads(on("populate", *FILES).out)} == {"known"}


def test_only_what_is_missing(on, cluster, url):
    """Of a task that ended too early what is missing is said; the same command submits that."""

    def killed():
        cluster.work("17_0")
        (log,) = (path.with_name("17_1_0_log.err") for path in cluster.state.rglob("run.json"))
        log.write_text("Loading\n\nslurmstepd: error: Killed\n")
        cluster.queue()

    cluster.queue("17_0", "17_1")
    cluster.meanwhile = [killed]
    ran = on("populate", code=3)
    assert re.search("task 17_1 ended too early; its log is /.*/17_1_0_log.err\n", ran.err)
    assert "slurmstepd: error: Killed" in ran.err
    document = json.loads(ran.out)
    assert [row.get("status", "lost") for row in document] == ["recorded"] * 2 + ["lost"] * 2
    assert document[2]["error"] == {
        "kind": "could-not-check",
        "message": "task 17_1 ended without it",
        "hint": "run the same command again to do what is left",
    }
    assert rows(url)["observation"] == 2
    again = json.loads(on("populate", "--detach").out)
    assert again["jobs"] == ["17", "27"]
    assert cluster.submitted() == ["17_0", "17_1", "27_0", "27_1"]
    cluster.queue("27_0", "27_1")
    assert json.loads(on("populate", "--detach").out)["jobs"] == ["17", "27"]  # nothing is left
    cluster.work("27_0")
    cluster.work("27_1")
    assert [row["status"] for row in json.loads(on("populate").out)] == ["recorded"] * 4
    assert rows(url)["observation"] == 4


def test_what_could_not_be_checked_is_tried_again(on, cluster, monkeypatch):
    """An error that may pass is shown, and done again; a refusal is an answer."""
    raw = Path("step1/model.safetensors").read_bytes()
    Path("step1/model.safetensors").write_bytes(raw[:-1])
    look = populate.look

    def failing(target, *more):
        if target.text == "step2":
            raise CouldNotCheck("step2: Input/output error")
        return look(target, *more)

    cluster.queue("17_0", "17_1")
    cluster.meanwhile = [lambda: list(map(cluster.work, cluster.submitted()))]
    with monkeypatch.context() as patch:
        patch.setattr(populate, "look", failing)
        first = json.loads(on("populate", code=1).out)
    assert [row.get("status") for row in first] == ["recorded", "refused", None, "recorded"]
    assert first[2]["error"]["message"] == "step2: Input/output error"
    assert json.loads(on("populate", "--detach").out)["tasks"] == 3
    cluster.work("27")
    again = json.loads(on("populate", code=1).out)
    assert [row["status"] for row in again] == ["recorded", "refused", "recorded", "recorded"]


def test_a_wait_that_was_killed(on, cluster, url):
    """A result that was recorded before is recorded once, whoever takes it, however often."""
    on("verify", "--detach")
    list(map(cluster.work, cluster.submitted()))
    opened = api.open(url)
    (folder,) = {path.parent for path in cluster.state.rglob("run.json")}
    first = opened.collect(folder)
    assert str(next(first).verdict) == "inconclusive"  # and then it is killed
    assert rows(url)["verification"] == 4
    assert len(list(opened.collect(folder))) == 4
    assert rows(url)["verification"] == 4


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_tasks_write_to_postgresql_themselves(on, cluster, url):
    """The record is there when the task is done; collecting it records nothing again."""
    on("populate", "--detach")
    cluster.work("17_0")
    assert rows(url)["observation"] == 2
    cluster.work("17_1")
    assert [row["status"] for row in json.loads(on("populate").out)] == ["recorded"] * 4
    assert json.loads(on("verify", "--detach").out)["jobs"] == ["27"]
    list(map(cluster.work, ["27_0", "27_1"]))
    assert rows(url)["verification"] == 4
    on("verify", code=3)
    assert (rows(url)["observation"], rows(url)["verification"]) == (4, 4)


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_nodes_that_do_not_reach_the_server(on, cluster, url):
    """With --records files tasks read a copy, and hand in files."""
    on("populate", "--detach", "--records", "files")
    list(map(cluster.work, cluster.submitted()))
    assert rows(url)["observation"] == 0
    on("populate", "--records", "files")
    assert rows(url)["observation"] == 4


def test_another_record_in_the_meantime(on, cluster, catalog, url):
    """Somebody recorded other files while the task ran: it is refused, as it would be here."""
    on("populate", *FILES, "--detach")
    list(map(cluster.work, cluster.submitted()))
    small_weights.write(Path("other"), 7.0)
    words = ("--level", "weights", "--as", "few-1m@step1", "other", "--db", url)
    assert catalog("populate", *words).code == 0
    document = json.loads(on("populate", *FILES, code=1).out)
    assert [row["status"] for row in document] == ["recorded", "refused", "recorded", "recorded"]
    assert "in the meantime" in document[1]["problems"][0]
    shown = json.loads(catalog("show", "few-1m@step1", "--json", "--db", url).out)
    assert "other" not in json.dumps(shown)
    assert rows(url)["observation"] == 4


def test_ctrl_c_while_it_waits(catalog, cluster, url):
    """It says that the tasks go on, how to stop them, and how to come back; exit 130."""
    words = ("populate", *SLURM, *WORDS, "--db", url)
    assert catalog(*words, "--detach").code == 0
    cluster.queue("17_0", "17_1")

    def interrupted():
        raise KeyboardInterrupt

    cluster.meanwhile = [interrupted]
    ran = catalog(*words)
    assert ran.code == errors.INTERRUPTED
    assert "catalog: the tasks go on by themselves; `scancel 17` stops them\n" in ran.err
    assert "run the same command again to go on" in ran.err
    assert "Traceback" not in ran.err


def test_a_controller_that_does_not_answer(on, cluster, url):
    """Whoever waits goes on waiting; nobody submits what may be in a task's hands."""
    folder = json.loads(on("populate", "--detach").out)["folder"]
    cluster.say("squeue", "echo 'slurm_load_jobs error: Unable to contact' >&2; exit 1")
    ran = on("populate", code=3)
    assert json.loads(ran.out)["error"]["message"].startswith("Slurm does not answer")
    assert cluster.submitted() == ["17_0", "17_1"]
    cluster.meanwhile = [lambda: None, lambda: list(map(cluster.work, cluster.submitted()))]
    outcomes = list(api.open(url).collect(folder))
    assert [outcome.status for outcome in outcomes] == ["recorded"] * 4
    assert cluster.meanwhile == []


# Refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--tasks", "2"], "--tasks without a cluster; add --engine slurm"),
        (["--detach"], "--detach without a cluster"),
        (["--gpus", "1", "--detach"], "--gpus and --detach without a cluster"),
        ([*SLURM, "--time", "soon"], "'soon' is not a time of Slurm's"),
        ([*SLURM, "--time", "0"], "a time of 0"),
        ([*SLURM, "--slurm", "mem"], "'mem' is not KEY=VALUE"),
        ([*SLURM, "--slurm", "mem="], "is nothing that Slurm can be asked for"),
        ([*SLURM, "--slurm", "array=0-9"], "--slurm array is said with --tasks"),
        ([*SLURM, "--slurm", "--time=5"], "--slurm time is said with --time"),
        ([*SLURM, "--slurm", "gpus_per_node=5"], "is said with --gpus"),
        ([*SLURM, "--slurm", "open-mode=truncate"], "would lose the tasks"),
        ([*SLURM, "--slurm", "cpus-per-task=many"], "is no number"),
        ([*SLURM, "--slurm", "mem=1G\n#SBATCH --wrap=x"], "is nothing that Slurm can be asked for"),
        ([*SLURM, "--partition", "a\nb"], "is nothing that Slurm can be asked for"),
        ([*SLURM, "--device", "tpu"], "tpu"),
        ([*SLURM, "--tasks", "0"], "0"),
    ],
)
@pytest.mark.parametrize("command", ["populate", "verify"])
def test_what_is_refused(command, more, said, catalog, cluster, url):
    """One line, exit 2, before anything is submitted."""
    ran = catalog(command, *WORDS, *more, "--db", url)
    assert (ran.code, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert said in line
    assert not cluster.submitted()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["does", "plans"])
@pytest.mark.parametrize("command", ["populate", "verify"])
def test_tasks_do_not_write_to_a_file(command, more, catalog, cluster, url):
    """One line, exit 2, where the catalog is a file: many nodes would write to it."""
    words = (*SLURM, "--records", "database", *more)
    said = "tasks do not write to an SQLite file: on a disk"
    test_what_is_refused(command, words, said, catalog, cluster, url)


def test_a_cluster_compares_with_the_catalog_alone(catalog, cluster, url):
    """Neither a manifest nor a lock goes to tasks."""
    ran = catalog("verify", *SLURM, "step0", "--against", "m.json", "--db", url)
    assert (ran.code, "compares with the catalog alone" in ran.err) == (2, True)
    assert not cluster.submitted()


def test_what_is_missing(catalog, cluster, url, monkeypatch):
    """No submitit, no Slurm, a Slurm that takes no job: one line that says what to do, exit 3."""
    words = ("populate", *SLURM, *WORDS, "--db", url)
    cluster.say("sbatch", "echo 'sbatch: error: invalid partition specified: x' >&2; exit 1")
    refused = catalog(*words)
    (cluster.folder / "sbatch").unlink()
    monkeypatch.setenv("PATH", str(cluster.folder))
    nowhere = catalog(*words)
    monkeypatch.setitem(sys.modules, "submitit", None)
    missing = catalog(*words)
    said = [(ran.code, ran.out, len(ran.err.splitlines())) for ran in (refused, nowhere, missing)]
    assert said == [(3, "", 1)] * 3, (refused, nowhere, missing)
    assert "Slurm took no job: sbatch: error: invalid partition specified: x" in refused.err
    assert "there is no Slurm on this machine" in nowhere.err
    assert "submitit is not installed; pip install 'checkpoint-catalog[slurm]'" in missing.err


def test_from_python(url, cluster):
    """What no command can say is refused too."""
    opened = api.open(url)
    chosen = opened.select("step0", called="few-1m@{name}")
    for command, targets, options, said in (
        ("audit", chosen, {}, "a cluster does not audit"),
        ("verify", [], {}, "nothing to do"),
        ("verify", chosen, {"tasks": 0}, "0 tasks"),
        ("verify", chosen, {"gpus": -1}, "-1 GPUs"),
        ("verify", chosen, {"level": "deep"}, "unknown level 'deep'"),
        ("verify", chosen, {"records": "paper"}, "unknown way to record"),
    ):
        with pytest.raises(errors.BadInput, match=re.escape(said)):
            opened.submit(command, targets, **options)
    with pytest.raises(errors.BadInput, match="nothing was submitted"):
        next(opened.collect(cluster.state))


# In a task -------------------------------------------------------------------------------------


def test_a_task_that_gets_nowhere_is_given_up():
    """As long as something is finished it is queued again; three times nothing is the end."""
    left = [9]
    task = Task(lambda: None, lambda: left[0])
    for _ in range(20):
        task()
        left[0] = max(1, left[0] - 1)
        again = task.checkpoint()
        if again is None:
            break
        task = again.function
    assert (left[0], task.stalls) == (1, 2)


def test_a_node_that_does_not_see_the_folder(on, cluster, monkeypatch, tmp_path):
    """The task breaks off with a line that says why; nothing is handed in."""
    on("populate", "--detach")
    Path.cwd().rename(tmp_path / "moved")
    with pytest.raises(CouldNotCheck, match="this node cannot enter"):
        cluster.work("17_0")
    assert not list(cluster.state.rglob("results/*.json"))
    monkeypatch.chdir(tmp_path)


def test_a_task_that_was_collected_already(on, cluster):
    """It has nothing to do, and says so."""
    on("populate", "--detach")
    tasks = cluster.submitted()
    list(map(cluster.work, tasks))
    on("populate")
    with pytest.raises(CouldNotCheck, match="it was collected already"):
        cluster.work(tasks[0])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"at": 1}', '{"at": "x", "before": {}}'])
def test_a_file_that_no_task_handed_in(text, on, cluster, url):
    """A broken result is an error in its place, and is done again."""
    folder = json.loads(on("populate", "--detach").out)["folder"]
    list(map(cluster.work, cluster.submitted()))
    (broken,) = cluster.state.rglob("000002.json")
    broken.write_text(text)
    outcomes = list(api.open(url).collect(folder))
    assert "is not what a task hands in" in str(outcomes[2])
    assert [each.status for each in outcomes if each is not outcomes[2]] == ["recorded"] * 3
    assert json.loads(on("populate", "--detach").out)["jobs"] == ["17", "27"]


def test_what_is_handed_in_is_read_as_it_was(on, cluster, url, trajectory, catalog):
    """Digests, fingerprints, checks and errors come back the same to the last digit."""
    on("populate", "--detach", words=("step0", "--as", "few-1m@step0", "--level", "weights"))
    assert catalog("suites", "add", trajectory / "suite.toml", "--db", url).code == 0
    opened = api.open(url)
    words = {"called": "topics-183k@step8"}
    every = [
        opened.populate(str(trajectory / "step8"), level="forward", **words),
        opened.verify(str(trajectory / "step8"), level="files", **words),
        opened.verify(str(trajectory / "step16"), level="weights", **words),
        errors.NoDatabase("x.db"),
        errors.UnknownName("model", "pythia-70b", ["pythia-70m"]),
    ]
    file = cluster.state / "result.json"
    for outcome in every:
        known = results.Before("topics-183k@step8", "ab" * 32)
        made = results.Result(outcome, datetime.now(UTC), known)
        file.write_text(results.text_of(made))
        with opened._reading() as connection:
            read = results.read(connection, file)
        if isinstance(outcome, errors.CatalogError):
            assert (type(read.outcome), str(read.outcome)) == (type(outcome), str(outcome))
            continue
        assert (read.at, read.before) == (made.at, made.before)
        same = outcome
        if isinstance(outcome, results.Populated):
            assert read.outcome.observed.manifest == outcome.observed.manifest
            # What only an attestation needs is not handed in.
            unsaid = {"checks": (), "seen": None, "started_at": None, "duration_s": 0.0}
            same = replace(outcome, observed=read.outcome.observed, **unsaid)
        if isinstance(outcome, Verification):  # what only an attestation needs is not handed in
            same = replace(outcome, seen=None)
        assert read.outcome == same


# What a cluster does, or did -------------------------------------------------------------------


@pytest.fixture
def jobs(catalog, url):
    """Return a function that lists what a cluster does."""

    def run(*words):
        ran = catalog("jobs", "--json", *words, "--db", url)
        assert ran.code == 0, ran.err
        return json.loads(ran.out)

    return run


def states(listed):
    """Return the tasks of the only run, with state and how many are left of how many."""
    (run,) = listed
    return [
        (task["task"], task["state"], task["left"], task["checkpoints"]) for task in run["tasks"]
    ]


def test_jobs_are_listed_from_their_folders(on, cluster, catalog, jobs, url):
    """Tasks with what Slurm says and what is left; no process that submitted is needed."""
    assert jobs() == []
    folder = json.loads(on("populate", "--detach").out)["folder"]
    cluster.queue("'17_0 RUNNING'", "'17_1 PENDING'")
    assert states(jobs()) == [("17_0", "running", 2, 2), ("17_1", "pending", 2, 2)]
    cluster.work("17_0")
    cluster.queue("'17_1 RUNNING'")
    assert states(jobs()) == [("17_0", "done", 0, 2), ("17_1", "running", 2, 2)]
    (run,) = jobs()
    assert (run["folder"], run["command"], run["left"], run["over"]) == (
        folder,
        "populate",
        2,
        False,
    )
    assert Path(run["tasks"][0]["log"]).with_suffix(".out").is_file()
    cluster.say("squeue", "exit 1")  # nobody answers
    assert states(jobs()) == [("17_0", "done", 0, 2), ("17_1", "unknown", 2, 2)]
    cluster.queue()
    (Path(folder) / "17_1_0_log.err").write_text("Killed\n")
    assert states(jobs())[1] == ("17_1", "ended", 2, 2)
    shown = catalog("jobs", "--db", url).out
    assert "populate: 2 of 4 checkpoints left" in shown
    assert "no task will do 2: run the same command again" in shown
    assert all(len(line) <= 80 for line in shown.splitlines() if "/" not in line)
    rows_ = catalog("jobs", "--csv", "--db", url).out.splitlines()
    assert rows_[0] == "folder,command,task,state,left,checkpoints,log"
    assert len(rows_) == 3


def test_jobs_that_are_over(on, cluster, jobs, tmp_path):
    """Their logs are listed while they are there; another folder of logs is looked at by name."""
    on("populate", "--detach", "--logs", tmp_path / "logs")
    for task in ("17_0", "17_1"):
        cluster.work(task, tmp_path / "logs")
    on("populate", "--logs", tmp_path / "logs")
    assert jobs() == []
    (run,) = jobs("--logs", tmp_path / "logs")
    assert (run["over"], run["command"], run["tasks"], len(run["logs"])) == (True, None, [], 2)


def test_a_job_that_slurm_forgot(on, cluster, jobs, catalog, url):
    """Its controller crashed before it wrote the job down: said plainly, and submitted anew."""
    on("populate", "--detach")
    cluster.say("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1")
    assert [state for _, state, *_ in states(jobs())] == ["forgotten", "forgotten"]
    again = catalog("populate", *SLURM, *WORDS, "--detach", "--db", url)
    said = "submitting anew what is left of tasks that never began, and Slurm knows nothing of them"
    assert f"{said}: 17_0, 17_1" in again.err
    assert cluster.submitted() == ["17_0", "17_1", "27_0", "27_1"]
    assert [task for task, *_ in states(jobs())] == ["27_0", "27_1"]
    waited = catalog("populate", *SLURM, *WORDS, "--db", url)  # and it forgot those too
    assert waited.code == 3
    assert waited.err.count("Slurm has forgotten task 37_0, which never began") == 1
    assert "run the same command again" in waited.err


def test_jobs_of_no_folder(catalog, url, tmp_path):
    """What was named and is not there is asked wrongly; nothing at all is no error."""
    assert catalog("jobs", "--logs", tmp_path / "none", "--db", url).code == 2
    ran = catalog("jobs", "--db", url)
    assert (ran.code, ran.out) == (0, "")
    assert "nothing was submitted" in ran.err
