"""Hostile and odd input at the command line: special files, odd words, traps, and terminals.

Each ends in one line and an exit code; nothing is waited for, and no terminal obeys what it shows.
"""

import csv
import io
import json
import os
import random
import socket
import sys

import pytest
import score_documents
from inventories import SINGLE, Inventory

from catalog.core.suites import bounds, lines, schedule
from catalog.errors import BadInput
from catalog.sql import engines
from cli import output, streams, tables
from cli.output import Format, Output, Report
from cli.tables import Column

HUGE = "9" * 5_000
BYTE = os.fsdecode(b"a\xff")


@pytest.fixture(scope="module")
def url(templates, tmp_path_factory):
    """Return a catalog with the shipped facts that the tests of this module share."""
    with templates.copy("sqlite", "facts", tmp_path_factory.mktemp("hostile")) as made:
        yield made


@pytest.fixture
def ask(catalog, url):
    """Return a function that runs a command on the shared catalog; it must not be our bug."""

    def run(*words, stdin=""):
        ran = catalog(*words, "--db", url, stdin=stdin)
        assert ran.code in (0, 1, 2, 3), ran.err
        assert "Traceback" not in ran.err
        assert is_tame(ran.out), ascii(ran.out)
        assert is_tame(ran.err), ascii(ran.err)
        return ran

    return run


def is_tame(text):
    """Return whether a terminal has nothing to obey."""
    return text.replace("\n", "").isprintable()


# Words -----------------------------------------------------------------------------------------


WORDS = (BYTE, f"{BYTE}/x", f"pythia-70m@{BYTE}", "a\x1b]0;p\ab", "a\u202eb", "pythia-70m@step²")
COMMANDS = (
    ["show", "{}"],
    ["log", "{}"],
    ["audit", "{}"],
    ["which", "{}"],
    ["at", "300B", "{}"],
    ["at", "{}"],
    ["at", "--between", "1", "{}"],
    ["hash", "{}"],
    ["verify", "{}"],
    ["verify", ".", "--as", "{}"],
    ["populate", "{}"],
    ["pull", "{}", "--to", "x"],
    ["lock", "{}", "-o", "{}"],
    ["forget", "{}"],
    ["advisories", "{}"],
    ["sync", "{}"],
    ["evals", "show", "{}"],
    ["evals", "show", "pythia-70m", "--task", "{}"],
    ["evals", "compare", "{}", "pythia-70m"],
    ["evals", "remove", "{}"],
    ["evals", "move", "{}", "--as", "pythia-70m@step1000"],
    ["evals", "import", "{}"],
    ["suites", "add", "{}"],
    ["name", "{}"],
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_odd_words(ask, tmp_path, monkeypatch, words):
    """Bytes that are no text, controls, other scripts' digits: one line, asked wrongly."""
    monkeypatch.chdir(tmp_path)
    for text in (*WORDS, f"pythia-70m@step{HUGE}", HUGE):
        ran = ask(*(word.replace("{}", text) for word in words))
        assert ran.code in (2, 3), (text, ran)
        assert words[0] == "name" or ran.err.count("\n") == 1, ran.err


def test_words_that_would_be_recorded(ask, tmp_path):
    """Who took an inventory, why scores were taken back: text, or nothing is recorded."""
    inventory = Inventory().clean("lab/words").write(tmp_path)
    assert ask("sync", "--from-file", inventory, "--source", BYTE).code == 2
    scores = score_documents.write(tmp_path, "x.json", score_documents.classic())
    assert ask("evals", "import", scores, "--withdrawn", BYTE).code == 2
    for day in ("0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59", "²026-01-01"):
        assert ask("sync", "--from-file", inventory, "--observed-at", day).code == 2
    assert ask("log", "lab/words").code != 0


ADDRESSES = {
    "postgresql://me:secret@[::1/x": "not a database address: 'postgresql+psycopg://me:***@[::1/x'",
    "postgresql://me:secret@host:port/x": "not a database address",
    "sqlite:///:memory:?nolock=1": "SQLite's options need uri=true",
    "~nosuchuser/x.db": "~nosuchuser/x.db: no such home folder",
}


def test_addresses_of_databases(catalog):
    """A server's name that no network has, a device: said in words."""
    for address in ("/dev/null", "/dev/zero"):
        ran = catalog("ls", "--db", address)
        assert (ran.code, ran.err.count("\n")) == (3, 1)
    for address, why in ADDRESSES.items():
        ran = catalog("ls", "--db", address)
        assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
        assert why in ran.err
        assert "secret" not in ran.err
    with pytest.raises(BadInput, match="not a database address"), engines.plain_errors("x"):
        raise UnicodeError("encoding with 'idna' codec failed")


def test_a_home_that_there_is_not(ask, monkeypatch, tmp_path):
    """Nobody's home, in a container or of an unknown user: a path like any other."""
    monkeypatch.setenv("HF_HUB_CACHE", "~nosuchuser/hub")
    monkeypatch.chdir(tmp_path)
    for words in (["which", "~nosuchuser/x"], ["verify", "pythia-70m@step1"]):
        assert ask(*words).err.count("\n") == 1
    assert ask("hash", "pythia-70m@step1").code == 3


def test_a_line_without_end(ask):
    """Names are read line by line, and no line has so many characters."""
    ran = ask("name", "-", stdin="pythia-70m\n" + "x" * (streams.LONGEST_LINE + 1))
    assert (ran.code, "has more than" in ran.err) == (2, True)
    assert "pythia-70m" in ran.out
    assert ask("name", "-", stdin="x" * (streams.LONGEST_LINE - 1) + "\n").code == 2


# Special files ---------------------------------------------------------------------------------


TAKES_A_FILE = (
    ["suites", "add", "{}"],
    ["sync", "--from-file", "{}"],
    ["hash", "{}"],
    ["verify", "{}"],
    ["verify", "--lock", "{}"],
    ["verify", "--against", "{}", "."],
    ["evals", "import", ".", "--models", "{}"],
    ["evals", "import", "{}"],
    ["hash", ".", "-o", "{}"],
)


@pytest.fixture(scope="module")
def special(tmp_path_factory):
    """Return paths that are no regular files."""
    folder = tmp_path_factory.mktemp("special")
    os.mkfifo(folder / "pipe.json")
    (folder / "folder.json").mkdir()
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(folder / "socket.json"))
    yield [folder / "pipe.json", folder / "socket.json", "/dev/zero", folder / "folder.json"]
    made.close()


@pytest.mark.parametrize("words", TAKES_A_FILE, ids=" ".join)
def test_special_files(ask, special, tmp_path, monkeypatch, words):
    """A pipe without an other end, a socket, a device: refused at once, wherever one is taken."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("x")
    readers = special if "-o" not in words else special[:2]
    for path in readers:
        ran = ask(*(word.replace("{}", str(path)) for word in words))
        assert ran.code in (1, 2, 3), (path, ran)
        assert ran.code == 3 or path == special[-1]


def test_a_pipe_that_somebody_reads(ask, tmp_path):
    """A manifest can still be written into a pipe."""
    (tmp_path / "a.txt").write_text("x")
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert ask("hash", tmp_path / "a.txt", "-o", tmp_path / "pipe").code == 0
    assert json.loads(os.read(reader, 10_000))["files"][0]["path"] == "a.txt"
    os.close(reader)


@pytest.mark.parametrize("words", TAKES_A_FILE[:1] + TAKES_A_FILE[4:7], ids=" ".join)
def test_files_that_are_too_large(ask, tmp_path, monkeypatch, words):
    """A sparse file of 3 GB costs nothing to make, and is not read."""
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(3 << 30)
    ran = ask(*(word.replace("{}", str(tmp_path / "sparse")) for word in words))
    assert (ran.code, "is larger than" in ran.err) == (2, True)


# Suite files -----------------------------------------------------------------------------------


SUITE = """\
[suite]
name = "traps"
title = "Traps"
kind = "private"
[source.notes]
kind = "own"
title = "Notes"
[save_schedule.often]
steps = [{steps}]
[defaults]
architecture = "gpt-neox"
save_schedule = "often"
tokens_per_published_step = 2
[[model]]
name = "traps-1m"
[[model]]
name = "traps-2m"
[[fact]]
source = "notes"
models = ["traps-*"]
values = {{ {values} }}
"""
TRAPS = {
    "steps": ({"steps": '"0..2000000/1"'}, ":9: bad schedule"),
    "steps of ranges": ({"steps": '"0..15000/1", "20000..35000/1"'}, ":9: bad schedule"),
    "huge step": ({"steps": HUGE}, "not TOML"),
    "layers": ({"values": "layers = 1_000_000_000"}, ":21: layers is more than 10,000"),
    "layers in words": ({"values": 'layers = "9_000_000M"'}, ":21: layers is more than 10,000"),
    "huge layers": ({"values": f"layers = {'9' * 400}"}, ":21: layers is not of the kind"),
    "layers of 64 bits": ({"values": "layers = 9_223_372_036_854_775_807"}, "more than 10,000"),
    "no layers": ({"values": "layers = 0"}, ":21: layers is less than 1"),
    "less than nothing": ({"values": "learning_rate = -1e-3"}, ":21: learning_rate is less than 0"),
    "a branch outside": (
        {"values": 'heads = 2 }\n[[model]]\nname = "traps-3m"\nrevision_label = "../{step}" #'},
        "traps.toml:24: revision_label: '../0' is no name of a branch",
    ),
    "huge number": ({"values": f"learning_rate = {'9' * 400}"}, "not of the kind"),
    "no number": ({"values": "learning_rate = inf"}, "not of the kind"),
    "list": ({"values": "extra_save_steps = [0.9, nan]"}, "not of the kind"),
    "escape": ({"values": 'precision = "fp16\\u001b[2J"'}, "U+001B"),
    "direction": ({"values": 'precision = "a\\u202eb"'}, "U+202E"),
    "long text": ({"values": f'precision = "{"x" * 2_001}"'}, "2,001 characters"),
    "dots": ({"values": "a." * 200_000 + "a = 1"}, ":21: not TOML, nested"),
    "quoted dots": ({"values": '"a"."b" .' * 9_000 + "a = 1"}, ":21: not TOML, nested"),
    "deep": ({"values": "precision = " + "[" * 900 + "]" * 900}, "traps.toml"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_suite_files_that_are_traps(ask, tmp_path, trap):
    """Refused with file and line before anything is built from it."""
    changes, why = TRAPS[trap]
    made = {"steps": "0, 1", "values": "layers = 6"} | changes
    (tmp_path / "traps.toml").write_text(SUITE.format(**made))
    ran = ask("suites", "add", tmp_path / "traps.toml")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "traps.toml:" in ran.err
    assert why in ran.err
    assert ask("ls", "--suite", "traps").code == 2


def test_another_case_is_no_other_name(ask, tmp_path):
    """A suite that ships keeps its name, however it is written: nobody could say which is meant."""
    text = SUITE.format(steps="0, 1", values="layers = 6").replace('"traps"', '"PyThia"')
    (tmp_path / "twin.toml").write_text(text)
    ran = ask("suites", "add", tmp_path / "twin.toml")
    assert (ran.code, "suite 'PyThia' ships with the catalog; rename yours" in ran.err) == (2, True)


def test_bounds_of_a_suite(ask, tmp_path, monkeypatch):
    """Bytes, checkpoints in all, facts times models."""
    file = tmp_path / "traps.toml"
    text = SUITE.format(steps='"0..19999/1"', values="layers = 6")
    file.write_text(text)
    monkeypatch.setattr(bounds, "MOST_CHECKPOINTS", 2 * schedule.MOST_STEPS - 1)
    assert "checkpoints in all" in ask("suites", "add", file).err
    monkeypatch.setattr(bounds, "MOST_FACTS", 1)
    assert "more facts than 1" in ask("suites", "add", file).err
    file.write_text("#" * (bounds.MOST_BYTES + 1))
    assert "is larger than" in ask("suites", "add", file).err
    file.write_bytes(text.encode("utf-16"))
    assert "UTF-16" in ask("suites", "add", file).err


def test_a_search_for_a_line_ends(monkeypatch):
    """Where a line can only be found by parsing again and again, a nearby one is named."""
    text = "x = [\n" + "1,\n" * 50 + "]\nwrong = 1\n"
    assert lines.line_of(text, ("wrong",)) == 53
    monkeypatch.setattr(lines, "MOST_PARSED", 100)
    assert lines.line_of(text, ("wrong",)) == 53
    assert (
        1 <= lines.syntax_line(text + "y = [\n" + "1,\n" * 50, ValueError("Unclosed array")) <= 104
    )


# Terminals -------------------------------------------------------------------------------------


EVIL = {
    "name": "e\x1b[2J\x07\x7f\x9b1m\u202e\u200b\u2028\u2029\r\n\x00\u2066x",
    "number": 12,
    "words": ["a\x1bb", "c"],
}
COLUMNS = (Column("name", "t\x1bitle"), Column("number"), Column("words", wraps=True))
REPORT = Report(EVIL, [EVIL], COLUMNS)


@pytest.fixture
def printed(capsys, monkeypatch):
    """Return a function that prints in a format, to a terminal or a pipe, and returns the text."""

    def run(format_, *, terminal):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
        Output(format_).print(REPORT)
        return capsys.readouterr().out

    return run


def test_parquet_reaches_no_terminal(printed):
    """It is no text, and a terminal is told where to write it instead."""
    with pytest.raises(BadInput, match="Parquet is no text; write it to a file"):
        printed(Format.PARQUET, terminal=True)


@pytest.mark.parametrize("format_", [each for each in Format if each is not Format.PARQUET])
def test_no_format_reaches_a_terminal_raw(printed, format_):
    """Whatever the format: a terminal is shown controls and marks of direction, spelled out."""
    shown = printed(format_, terminal=True)
    assert is_tame(shown)
    assert "1b" in shown


@pytest.mark.parametrize("format_", [Format.TABLE, Format.MD, Format.JSON, Format.JSONL])
def test_what_people_read_is_spelled_out_in_pipes_too(printed, format_):
    """A pager, or a log that is shown later, ends on a terminal all the same."""
    shown = printed(format_, terminal=False)
    assert is_tame(shown)
    if format_ is Format.JSON:
        assert json.loads(shown) == EVIL


def test_what_programs_read_is_exact(printed):
    """CSV and bare names come through a pipe as they are."""
    (_, row) = csv.reader(io.StringIO(printed(Format.CSV, terminal=False), newline=""))
    assert row[0] == EVIL["name"]
    assert printed(Format.QUIET, terminal=False) == EVIL["name"] + "\n"


@pytest.mark.parametrize("character", EVIL["name"][1:-1], ids=ascii)
def test_every_way_to_people(capsys, character):
    """Lines, pairs, cells, words on stderr: one gate each, whatever the source is."""
    text = f"a{character}b"
    output.line(text)
    output.pairs([(text, text)])
    output.say(text)
    shown = capsys.readouterr()
    assert (shown.out.count("\n"), shown.err.count("\n")) == (2, 1)
    assert is_tame(shown.out + shown.err)
    assert is_tame(tables.cell([text]))


def test_words_of_others_in_an_answer(ask, tmp_path):
    """Who took an inventory is text that a user gave: shown by `audit` and `log`, spelled out."""
    inventory = Inventory().clean("lab/escapes").write(tmp_path)
    ask("sync", "--from-file", inventory, "--source", "x\x1b]0;p\ay")
    for words in (["audit", "lab/escapes"], ["log", "lab/escapes"]):
        assert r"x\x1b]0;p\x07y" in ask(*words).out
        assert ask(*words, "--json").code in (0, 1)


def test_names_of_files(catalog, tmp_path, monkeypatch):
    """Lines as of sha256sum are exact in a pipe, and spelled out on a terminal."""
    for name in ("a\x1b[2J", "c\u202e"):
        (tmp_path / name).write_bytes(b"x")
    assert "\x1b[2J" in catalog("hash", tmp_path).out
    (tmp_path / BYTE).write_bytes(b"x")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert is_tame(catalog("hash", tmp_path).out)


def test_a_traceback_quotes_nothing_raw(catalog, monkeypatch):
    """`--debug` shows what an error quotes, spelled out."""
    from catalog.api import Catalog

    def fail(*_, **__):
        raise RuntimeError("a\x1b[2J")

    monkeypatch.setattr(Catalog, "ls", fail)
    ran = catalog("ls", "--debug")
    assert (ran.code, "Traceback" in ran.err) == (70, True)
    assert is_tame(ran.err)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("revision", "a\x1bb"),
        ("revision", "a\x9bb"),
        ("revision", "a\u202eb"),
        ("revision", "a..b"),
        ("file", "a\x7fb"),
        ("file", "a\u2028b"),
        ("file", "a//b"),
        ("repo", "lab/ünï"),
        ("bytes", "9" * 30),
        ("bytes", "-1"),
        ("commit", "A" * 40),
    ],
)
def test_inventories_with_odd_cells(ask, tmp_path, column, value):
    """A cell that is no name, path or number refuses the file, with its line."""
    row = {"repo": "lab/odd", "revision": "main", "commit": "1" * 40, "file": SINGLE}
    row |= {"bytes": "10", "sha256": "2" * 64, column: value}
    file = tmp_path / "odd.csv"
    file.write_text(f"{','.join(row)}\n{','.join(row.values())}\n")
    ran = ask("sync", "--from-file", file)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "odd.csv:2: " + column in ran.err


# At random -------------------------------------------------------------------------------------


SEEDS = {
    "json": json.dumps(score_documents.modern()),
    "csv": score_documents.CSV,
    "toml": SUITE.format(steps="0, 1", values="layers = 6"),
    "inventory": f"repo,revision,commit,file,bytes,sha256\na/b,main,{'1' * 40},x,1,{'2' * 64}\n",
    "manifest": json.dumps({"format": "checkpoint-catalog manifest", "version": 1, "files": []}),
    "tsv": "a\tpythia-70m@step1000\n",
}
READERS = {
    "json": ["evals", "import", "{}"],
    "csv": ["evals", "import", "{}"],
    "toml": ["suites", "add", "{}"],
    "inventory": ["sync", "--from-file", "{}"],
    "manifest": ["verify", "--against", "{}", "."],
    "tsv": ["evals", "import", "x.json", "--models", "{}"],
}
PIECES = (b"\0", b"\xff", b"\xef\xbb\xbf", b'"', b",", b"[" * 999, b"9" * 5_000, b"\\ud800")
ROUNDS = 12


def mutated(chance, raw):
    """Return bytes with a few changes."""
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(raw) + 1)
        cut = at + chance.choice([0, 0, 1, 10])
        raw = raw[:at] + chance.choice([b"", *PIECES]) + raw[cut:]
    return raw


@pytest.mark.parametrize("kind", SEEDS)
def test_documents_changed_at_random(ask, tmp_path, monkeypatch, kind):
    """No document of any kind ends in a traceback, and none reaches the screen raw."""
    monkeypatch.chdir(tmp_path)
    score_documents.write(tmp_path, "x.json", score_documents.classic())
    chance = random.Random(kind)  # noqa: S311 - the same changes every time
    for number in range(ROUNDS):
        file = tmp_path / f"{number}.{kind}"
        file.write_bytes(mutated(chance, SEEDS[kind].encode()))
        ask(*(word.replace("{}", str(file)) for word in READERS[kind]))
