"""A real Slurm on this machine's loopback: a controller, a node with two fake GPUs, its own munge.

Everything is in one folder and ends with it. It must run as root, as slurmd does, and needs the
programs of Debian's packages `slurmctld slurmd slurm-client munge`; without them it fails, and is
asked for by tests marked `slurm` alone.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel")
PATH = f"{os.environ['PATH']}:/usr/sbin"
DIES_WITH_US = ("setpriv", "--pdeathsig", "TERM")
"""However a test session ends, its daemons end too."""
START_TIMEOUT_S = 30
CONF = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000,requeue_delay=0,bf_interval=1
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
KillWait=2
UnkillableStepTimeout=600
MinJobAge=60
JobRequeue=1
SlurmctldTimeout=30
SlurmdTimeout=30
OverTimeLimit=0
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=1000 Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
PartitionName=other Nodes={host} MaxTime=60 State=UP
"""


class Cluster:
    """A running Slurm.

    Args:
        folder: where everything of it is.
        cpus: how many tasks of one processor run at once.
    """

    def __init__(self, folder: Path, cpus: int = 4) -> None:
        self.folder = folder
        self.conf = folder / "slurm.conf"
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("state", "spool"):
            (folder / name).mkdir()
        with closing(socket.socket()) as one, closing(socket.socket()) as other:
            for each in (one, other):
                each.bind(("127.0.0.1", 0))
            ports = one.getsockname()[1], other.getsockname()[1]
        host = socket.gethostname().split(".")[0]
        self.conf.write_text(CONF.format(folder=folder, host=host, ports=ports, cpus=cpus))
        cards = [folder / "gpu0", folder / "gpu1"]
        for card in cards:
            os.mknod(card, 0o666 | 0o020000, os.makedev(1, 3))
        (folder / "gres.conf").write_text("".join(f"Name=gpu File={card}\n" for card in cards))

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs to find it."""
        return {"SLURM_CONF": str(self.conf)}

    def start(self) -> None:
        """Start munge, the controller and the node, and return when jobs can be submitted."""
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        self._begin(
            "munged",
            "--foreground",
            "--force",
            f"--key-file={key}",
            f"--socket={self.folder}/munge.socket",
            f"--pid-file={self.folder}/munge.pid",
            f"--log-file={self.folder}/munge.log",
            f"--seed-file={self.folder}/munge.seed",
            "--num-threads=2",
        )
        self.start_controller()
        self.start_node()
        self._wait(lambda: b"idle" in self._asked("sinfo", "-h", "-o", "%t"), "a node")

    def start_controller(self) -> None:
        """Start the controller, which remembers what it knew."""
        self._begin("slurmctld", "-D", "-f", str(self.conf))
        self._wait(lambda: b"UP" in self._asked("scontrol", "ping"), "a controller")

    def start_node(self) -> None:
        """Start the node's daemon."""
        self._begin("slurmd", "-D", "-f", str(self.conf))

    def kill(self, name: str) -> None:
        """Kill a daemon, as a machine that loses power does."""
        daemon = self._daemons.pop(name)
        daemon.kill()
        daemon.wait()

    def forget(self) -> None:
        """Let a killed controller know no job, as if it had not written any down yet."""
        for file in (self.folder / "state").glob("job_state*"):
            file.unlink()

    def wait_until_remembered(self) -> None:
        """Return when the controller has written down what it knows now, every five seconds.

        One that is killed before has forgotten what it started, starts it again, and takes the
        node away, as it finds the same job there: that is for its administrator to mend.
        """
        state, moment = self.folder / "state" / "job_state", time.time() + 1
        self._wait(lambda: state.exists() and state.stat().st_mtime > moment, "written its state")

    def stop(self) -> None:
        """Cancel every job and stop every daemon."""
        with suppress(OSError, subprocess.SubprocessError):
            self._asked("scancel", "--full", "--user", "root")
            self._wait(lambda: not self._asked("squeue", "-h").strip(), "an empty queue")
        for daemon in reversed(list(self._daemons.values())):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def _begin(self, program: str, *arguments: str) -> None:
        with (self.folder / f"{program}.out").open("a") as out:
            self._daemons[program] = subprocess.Popen(
                [*DIES_WITH_US, shutil.which(program, path=PATH), *arguments],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def _asked(self, *command: str) -> bytes:
        environment = {**os.environ, **self.environment}
        return subprocess.run(
            command, env=environment, capture_output=True, check=False, timeout=60
        ).stdout

    def _wait(self, ready: object, what: str) -> None:
        end = time.monotonic() + START_TIMEOUT_S
        while not ready():
            if time.monotonic() > end:
                logs = [file.read_text()[-2000:] for file in self.folder.glob("*.log")]
                raise RuntimeError(f"Slurm has not {what}: {logs}")
            time.sleep(0.05)


@contextmanager
def running(folder: Path, cpus: int = 4) -> Iterator[Cluster]:
    """Yield a cluster that is ready, and stop it afterwards.

    Raises:
        RuntimeError: its programs are not installed, or it did not start.
    """
    absent = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
    if absent:
        packages = "apt-get install --no-install-recommends slurmctld slurmd slurm-client munge"
        raise RuntimeError(f"no {', '.join(absent)} on this machine: {packages}")
    cluster = Cluster(folder, cpus)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
