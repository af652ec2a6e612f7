"""The one output: six formats on every command with rows, tables that fit, answers as they come."""

import csv
import fcntl
import io
import json
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest
from privileges import CHECKOUT

from cli import tables
from cli.tables import Column

ROWS = {
    "ls": 118,
    "at 300B pythia": 20,
    "at --between 0 1B pythia-70m": 10,
    "name pythia-70m pythia-1b": 2,
    "show pythia-70m@step1000": None,
    "suites ls": 7,
    "advisories": None,
    "evals show pythia-70m@step3000 --task piqa": None,
    "evals compare pythia-70m@step3000 pythia-1b@step3000": 16,
    "audit pythia-70m": 155,
    "db current": 1,
    "db check": 0,
}


@pytest.fixture
def ask(catalog, shipped_url):
    """Return a function that runs a command on the shipped facts; its output, whatever its code."""
    return lambda *words: catalog(*words, "--db", shipped_url).out


@pytest.mark.parametrize("words", ROWS)
def test_every_format(ask, words):
    """Each command prints its rows in each format, the same number of them."""
    command = words.split()
    count = len(ask(*command, "--format", "jsonl").splitlines())
    assert ROWS[words] in (None, count)
    for line in ask(*command, "--format", "jsonl").splitlines():
        assert isinstance(json.loads(line), dict)

    head, *rows = csv.reader(io.StringIO(ask(*command, "--format", "csv")))
    assert len(rows) == count
    assert {len(row) for row in rows} <= {len(head)}

    head, rule, *rows = ask(*command, "--format", "md").splitlines()
    assert len(rows) == count
    assert head.count("|") == rule.count("|")

    assert len(ask(*command, "--format", "quiet").splitlines()) == count
    json.loads(ask(*command, "--format", "json"))
    assert ask(*command, "--format", "table") == ask(*command)


@pytest.mark.parametrize("words", ROWS)
def test_short_forms(ask, words):
    """`--json`, `--csv` and `-q` are short for a format."""
    for short, whole in (("--json", "json"), ("--csv", "csv"), ("-q", "quiet")):
        assert ask(*words.split(), short) == ask(*words.split(), "--format", whole)
    assert ask(*words.split(), "--quiet") == ask(*words.split(), "-q")


@pytest.mark.parametrize(
    "several",
    [["--json", "--csv"], ["--json", "-q"], ["--csv", "--format", "json"], ["-q", "--format=md"]],
)
def test_one_format_at_a_time(catalog, shipped_url, several):
    """Two that contradict each other are asked wrongly; the same one twice is not."""
    ran = catalog("ls", *several, "--db", shipped_url)
    assert ran.code == 2
    assert "one format at a time" in ran.out + ran.err
    assert catalog("ls", "--json", "--format", "json", "--db", shipped_url).code == 0


# Tables ----------------------------------------------------------------------------------------

COLUMNS = (
    Column("key"),
    Column("why", wraps=True),
    Column("less", gives_way=1),
    Column("least", gives_way=2),
)
TABLE = [
    {"key": "step1000", "why": "a sentence of several words", "less": 12345, "least": True},
    {"key": "main", "why": "training-config-pythia-70m.yml, here", "less": None, "least": False},
]


@pytest.mark.parametrize("width", [None, 200, 80, 60, 50, 44, 41])
def test_tables_fit(width):
    """The least important columns give way first; words stay whole; nothing is wider than asked."""
    lines, left_out = tables.aligned(COLUMNS, TABLE, width)
    assert all(len(line) <= (width or 200) for line in lines)
    assert left_out == ["least", "less"][: len(left_out)]
    shown = " ".join(lines).split()
    assert {"training-config-pythia-70m.yml,", "here", "several", "step1000"} <= set(shown)


def test_cells():
    """A table groups digits and says yes and no; where nothing is there is a dash."""
    lines, _ = tables.aligned(COLUMNS, TABLE, None)
    assert lines[1].split()[-2:] == ["12,345", "yes"]
    assert lines[2].split()[-2:] == ["-", "no"]


def on_terminal(columns, url, *words):
    """Return the lines that a command prints on a terminal of some width."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    running = subprocess.Popen(
        [sys.executable, "-m", "catalog", *words],
        env=environment | {"CATALOG_DB": url},
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=inner,
        stderr=inner,
    )
    os.close(inner)
    shown = b""
    while True:
        try:
            read = os.read(outer, 65536)
        except OSError:  # the terminal's other end is closed
            break
        shown += read
    os.close(outer)
    running.wait()
    return shown.decode().splitlines()


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(
    "words",
    [
        "ls",
        "at 300B",
        "show pythia-70m",
        "show pythia-2.8b@step3000",
        "audit pythia-70m",
        "advisories",
        "evals show pythia-1b@step3000",
        "evals compare pythia-70m@step3000 pythia-1b@step3000 pythia-2.8b",
        "suites ls",
        "name pythia-350m",
        "nope",
    ],
)
def test_terminals_are_wide_enough(shipped_url, words, columns):
    """Tables and words fit a terminal, as far as a single word (an address) does."""
    lines = on_terminal(columns, shipped_url, *words.split())
    assert lines
    wide = [line for line in lines if len(line) > columns]
    assert [line for line in wide if len(line.split()) > 1] == []


@pytest.mark.parametrize("format_", ["json", "jsonl", "csv", "md", "quiet"])
def test_what_programs_read_is_not_wrapped(catalog, shipped_url, format_):
    """On a terminal every format but the table is the same text as in a pipe."""
    words = ["suites", "ls", "--format", format_]
    piped = catalog(*words, "--db", shipped_url).out
    assert on_terminal(40, shipped_url, *words) == piped.splitlines()


def test_full_width_where_nobody_looks(ask):
    """Piped, a table has every column, whatever COLUMNS says."""
    assert ask("ls").splitlines()[0].split()[-2:] == ["params_non_embedding", "repo_id"]


def test_errors_give_way_before_tasks(shipped_url):
    """On a narrow terminal a comparison keeps tasks, not their errors, and says so."""
    words = ["evals", "compare", "pythia-70m@step3000", "pythia-1b@step3000"]
    narrow = " ".join(on_terminal(80, shipped_url, *words))
    wide = " ".join(on_terminal(200, shipped_url, *words))
    assert "±" not in narrow
    assert "too narrow for: errors, " in narrow
    assert "±" in wide
    assert "too narrow" not in wide


# Answers as they come --------------------------------------------------------------------------


def naming(url, *options):
    """Start `catalog name -` with both ends open."""
    code = (
        "import atexit, resource, sys\n"
        "from catalog.__main__ import main\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "atexit.register(lambda: print(peak(), file=sys.stderr))\n"
        "main()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, "name", "-", *options],
        env=dict(os.environ, CATALOG_DB=url),
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def fed(url, lines, *options):
    """Return first answer, all that follows, exit code and peak memory in KiB of naming lines."""
    running = naming(url, *options)
    running.stdin.write(b"pythia-70m\n")
    running.stdin.flush()
    first = b""
    while b"pythia-70m" not in first:  # it comes before the end of the input
        read = os.read(running.stdout.fileno(), 65536)
        assert read, "no answer"
        first += read
    rest, words = running.communicate(b"".join(lines), timeout=300)
    return first, rest, running.returncode, int(words.split()[-1])


@pytest.mark.parametrize("options", [[], ["--json"], ["--csv"], ["-q"], ["--format", "jsonl"]])
def test_names_are_answered_as_they_come(shipped_url, options):
    """The first answer comes before the second line; memory does not grow with the lines."""
    first, _, code, few = fed(shipped_url, [], *options)
    assert b"pythia-70m" in first
    assert code == 0
    lines = [b"pythia-1b\n"] * 3000
    _, rest, code, many = fed(shipped_url, lines, *options)
    assert (code, rest.count(b"pythia-1b") >= len(lines)) == (0, True)
    assert many - few < 4_000


@pytest.mark.slow
def test_a_million_names(shipped_url):
    """10^6 lines through a pipe need no more memory than one."""
    _, _, _, few = fed(shipped_url, [])
    _, rest, code, many = fed(shipped_url, [b"pythia-1b\n"] * 10**6, "-q")
    assert (code, rest.count(b"\n")) == (0, 10**6)
    assert many - few < 100_000


def test_a_malformed_line_is_an_answer(catalog, shipped_url):
    """What is no reference is unresolved like an unknown name; those after it are answered."""
    lines = "@step3\npythia-70m\npythia-70m@\n#x\npythia-1b\n"
    ran = catalog("name", "-", "--json", "--db", shipped_url, stdin=lines)
    answers = json.loads(ran.out)
    assert (ran.code, ran.err) == (2, "")
    assert [answer["model"] for answer in answers] == [None, "pythia-70m", None, None, "pythia-1b"]
    assert answers[0]["error"].startswith("not a checkpoint reference: '@step3'")
    plain = catalog("name", "@step3", "--db", shipped_url)
    assert (plain.code, plain.err) == (2, "")
    assert "not a checkpoint reference" in plain.out
