"""`--engine slurm` on a real Slurm: what is killed, stopped or sent away loses nothing."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import slurm_cluster
import small_weights
from recorded import rows

from catalog import api
from catalog.documents import weights

pytestmark = [pytest.mark.slow, pytest.mark.slurm]
COUNT = 200
SUITE = """
[suite]
name = "many"
title = "A run of many checkpoints"
kind = "private"

[save_schedule.all]
steps = {steps}

[defaults]
architecture = "gpt-neox"
save_schedule = "all"
tokens_per_published_step = 1_000_000
revision_label = "step{{step}}"

[[model]]
name = "many-1m"
size = "1M"
"""
WEIGHTS = ("--level", "weights", "--as", "many-1m@{name}")


@pytest.fixture(scope="module")
def cluster():
    """Return a cluster whose node runs four tasks at once."""
    # A short path: a socket's may have a hundred letters.
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    with slurm_cluster.running(folder) as made, pytest.MonkeyPatch.context() as patch:
        for name, said in made.environment.items():
            patch.setenv(name, said)
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        yield made
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a folder with many checkpoints, and their suite."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "suite.toml").write_text(SUITE.format(steps=list(range(COUNT))))
    for step in range(COUNT):
        small_weights.write(folder / f"step{step}", float(step))
    return folder


SLOWLY = """
import os, time
if "SLURM_JOB_ID" in os.environ:
    quick = os.fsync
    def slow(file):
        time.sleep(float(os.environ.get("TASKS_SLEEP_S", 0)))
        quick(file)
    os.fsync = slow
"""


@pytest.fixture
def slowly(tmp_path, monkeypatch):
    """Return a function that lets tasks sleep before each result is handed in."""
    (tmp_path / "sitecustomize.py").write_text(SLOWLY)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ['PYTHONPATH']}")
    return lambda seconds: monkeypatch.setenv("TASKS_SLEEP_S", str(seconds))


@pytest.fixture
def steps(run, monkeypatch):
    """Return the names of the checkpoints, as they are typed in their folder."""
    monkeypatch.chdir(run)
    return [f"step{step}" for step in range(COUNT)]


@pytest.fixture
def url(db_url, catalog, run):
    """Return a catalog that knows the run."""
    assert catalog("suites", "add", run / "suite.toml", "--db", db_url).code == 0
    return db_url


@pytest.fixture(scope="module")
def local(run, templates, tmp_path_factory):
    """Return what is printed, and how many rows there are, where no cluster does it."""
    folder = tmp_path_factory.mktemp("local")
    with templates.copy("sqlite", "empty", folder) as url, pytest.MonkeyPatch.context() as patch:
        patch.chdir(run)
        opened = api.open(url)
        opened.add_suite("suite.toml")
        chosen = opened.select(*(f"step{step}" for step in range(COUNT)), called="many-1m@{name}")
        said = {"level": "weights"}
        every = [(each.text, {"called": each.called, **said}) for each in chosen]
        unrecorded = [
            weights.verification(opened.verify(text, record=False, **how)) for text, how in every
        ]
        populated = [weights.populated(opened.populate(text, **how)) for text, how in every]
        verified = [weights.verification(opened.verify(text, **how)) for text, how in every]
        told = {"populate": populated, "verify": verified, "unrecorded": unrecorded}
        return told | {"rows": rows(url)}


@pytest.fixture
def submitted(url, steps):
    """Return a function that starts a command in a process of its own."""
    begun = []

    def start(command, *more):
        words = [command, "--engine", "slurm", *WEIGHTS, *steps, "--db", url, "--json", *more]
        process = subprocess.Popen(
            [sys.executable, "-m", "catalog", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def done(process):
    """Return what a command printed as JSON, and what it said."""
    out, err = process.communicate(timeout=600)
    assert "Traceback" not in err, err
    return process.returncode, json.loads(out), err


@pytest.fixture
def handed_in(own_user_data):
    """Return a function that waits until so many results were handed in."""

    def wait(count):
        files = "state/*/slurm/*/results/*.json"
        until(lambda: len(list(own_user_data.glob(files))) >= count, f"{count} results")

    return wait


def job_of(process):
    """Return the number of the job that a command submitted."""
    wanted = re.compile(r"catalog: job ([0-9, ]+), .*\n")
    said = iter(process.stderr.readline, "")
    return next(read[1] for line in said if (read := wanted.fullmatch(line)))


def processes(task):
    """Return the processes that do a task's work."""
    wanted = {
        f"SLURM_CONF={os.environ['SLURM_CONF']}",  # another cluster's jobs have the same numbers
        f"SLURM_ARRAY_JOB_ID={task.partition('_')[0]}",
        f"SLURM_ARRAY_TASK_ID={task[-1]}",
    }
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = set((process / "environ").read_text(errors="replace").split("\0"))
            line = (process / "cmdline").read_text()
            if wanted <= words and "submitit.core._submit" in line and "srun" not in line:
                yield int(process.name)


def slurm(*words):
    """Run a command of Slurm's."""
    subprocess.run(words, check=True, capture_output=True, timeout=60)


def until(ready, what, limit_s=60):
    """Wait."""
    end = time.monotonic() + limit_s
    while not ready():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def comparable(document):
    """Return what a local run prints too, whenever it is."""
    return [
        {k: v for k, v in row.items() if k not in ("started_at", "duration_s")} for row in document
    ]


@pytest.mark.both_databases
@pytest.mark.usefixtures("cluster")
def test_two_hundred_checkpoints_over_four_tasks(submitted, url, local):
    """The record and what is printed are those of a local run; a second run finds all known."""
    code, document, err = done(submitted("populate", "--tasks", "4"))
    assert (code, document) == (0, local["populate"]), err
    code, document, err = done(submitted("verify", "--tasks", "4"))
    assert comparable(document) == comparable(local["verify"])
    assert rows(url) == local["rows"]
    again = done(submitted("populate", "--tasks", "3"))
    assert {row["status"] for row in again[1]} == {"known"}
    assert rows(url)["observation"] == COUNT


@pytest.mark.both_databases
def test_a_task_and_the_controller_are_killed(cluster, submitted, handed_in, slowly, url, local):
    """What was found is there; the same command does what is left, and nothing twice."""
    slowly(0.3)
    process = submitted("populate", "--tasks", "4")
    job = job_of(process)
    handed_in(12)
    for pid in list(processes(f"{job}_1")):
        os.kill(pid, signal.SIGKILL)
    cluster.wait_until_remembered()
    cluster.kill("slurmctld")
    handed_in(120)
    cluster.start_controller()
    code, document, err = done(process)
    lost = [row["target"] for row in document if "error" in row]
    assert (code, 0 < len(lost) < 50) == (3, True), err
    assert f"task {job}_1 ended too early; its log is " in err
    assert {row["error"]["message"] for row in document if "error" in row} == {
        f"task {job}_1 ended without it"
    }
    again = submitted("populate", "--tasks", "4")
    assert job_of(again).startswith(f"{job}, ")
    code, document, err = done(again)
    assert (code, document) == (0, local["populate"]), err
    done(submitted("verify", "--tasks", "2"))
    assert rows(url) == local["rows"]


@pytest.mark.usefixtures("cluster")
def test_a_task_is_preempted_and_another_requeued(submitted, handed_in, slowly, url, local):
    """Told or not told before, a task that is queued again goes on; nobody need do anything."""
    slowly(0.1)
    process = submitted("verify", "--tasks", "4")
    job = job_of(process)
    handed_in(8)
    slurm("scancel", "--signal=USR2", f"{job}_0")
    slurm("scontrol", "requeue", f"{job}_2")
    code, document, err = done(process)
    assert code == 3, err  # nothing is on record to compare with
    assert comparable(document) == comparable(local["unrecorded"])
    assert rows(url)["verification"] == COUNT


@pytest.mark.usefixtures("cluster")
def test_the_time_is_over(submitted, slowly, url, local):
    """What is left when a task's time is over is queued again, until all is done."""
    slowly(0.9)
    process = submitted("populate", "--tasks", "4", "--time", "1")
    job_of(process)
    code, document, err = done(process)
    assert (code, document) == (0, local["populate"]), err
    assert rows(url)["observation"] == COUNT
    logs = "".join(log.read_text() for log in Path(os.environ["XDG_STATE_HOME"]).rglob("*.out"))
    assert "Requeued job" in logs


@pytest.mark.usefixtures("cluster")
def test_ctrl_c_leaves_the_tasks_alone(submitted, handed_in, slowly, url, local):
    """The same command finds them, submits nothing, and ends as if it had never left."""
    slowly(0.1)
    process = submitted("populate", "--tasks", "4")
    job = job_of(process)
    handed_in(8)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert f"catalog: the tasks go on by themselves; `scancel {job}` stops them" in err
    assert "run the same command again to go on" in err
    again = submitted("populate", "--tasks", "4")
    assert job_of(again) == job
    code, document, err = done(again)
    assert (code, document) == (0, local["populate"]), err
    assert rows(url)["observation"] == COUNT


@pytest.mark.usefixtures("cluster")
def test_detached(submitted, slowly, local):
    """It leaves at once, says where everything is, and the same command collects."""
    slowly(0.05)
    process = submitted("populate", "--tasks", "2", "--detach", "--slurm", "comment=night")
    job = job_of(process)
    code, document, _ = done(process)
    assert (code, document["jobs"], document["tasks"]) == (0, [job], 2)
    script = Path(document["folder"]) / f"{job}_submission.sh"
    assert "#SBATCH --comment=night" in script.read_text()
    again = submitted("populate")
    assert job_of(again) == job
    code, document, err = done(again)
    assert (code, document) == (0, local["populate"]), err


@pytest.mark.usefixtures("cluster")
def test_a_card_a_task(catalog, known_url, trajectory, monkeypatch):
    """Tasks get the GPUs that are asked for; what they compute is recorded as theirs."""
    monkeypatch.chdir(trajectory)
    words = ("--as", "topics-183k@{name}", "step8", "step16", "--db", known_url, "--json")
    ran = catalog("populate", "--engine", "slurm", "--tasks", "2", "--gpus", "1", *words)
    assert ran.code == 0, ran.err
    assert {row["weight_sets"][0]["environment"]["device"] for row in json.loads(ran.out)} == {
        "cpu"  # the cards are fake
    }
    (script,) = Path(os.environ["XDG_STATE_HOME"]).rglob("*_submission.sh")
    assert "#SBATCH --gpus-per-node=1" in script.read_text()
    ran = catalog("verify", "--level", "forward", "--device", "cpu", *words)
    assert ran.code == 0, ran.out


@pytest.mark.usefixtures("cluster")
def test_what_slurm_does_not_take(catalog, url, steps):
    """Slurm's own refusal is one line."""
    words = (*WEIGHTS, *steps[:2], "--db", url)
    ran = catalog("populate", "--engine", "slurm", "--partition", "nowhere", *words)
    assert (ran.code, ran.out) == (3, "")
    (line,) = ran.err.splitlines()
    assert line.startswith("catalog: Slurm took no job: sbatch: error: ")
    assert "nvalid partition" in line


def test_a_controller_that_forgets(cluster, catalog, url, steps):
    """It crashed before it wrote the job down: listed as forgotten, said, and submitted anew."""
    words = (*WEIGHTS, *steps[:4], "--engine", "slurm", "--tasks", "2", "--db", url)
    waits = ("--slurm", "begin=now+1hour")

    def listed():
        (run,) = json.loads(catalog("jobs", "--json", "--db", url).out)
        return [(task["task"], task["state"]) for task in run["tasks"]]

    ran = catalog("populate", *words, *waits, "--detach", "--json")
    (job,) = json.loads(ran.out)["jobs"]
    assert listed() == [(f"{job}_0", "pending"), (f"{job}_1", "pending")]
    cluster.kill("slurmctld")
    assert [state for _, state in listed()] == ["unknown", "unknown"]
    ran = catalog("populate", *words, "--detach")
    assert (ran.code, "Slurm does not answer" in ran.err) == (3, True)
    cluster.forget()
    cluster.start_controller()
    assert [state for _, state in listed()] == ["forgotten", "forgotten"]
    ran = catalog("populate", *words)
    assert ran.code == 0, ran.err
    assert f"Slurm knows nothing of them: {job}_0, {job}_1" in ran.err
    (run,) = json.loads(catalog("jobs", "--json", "--db", url).out)
    assert (run["over"], len(run["logs"])) == (True, 4)
