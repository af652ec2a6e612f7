"""What everybody meets first: near misses, hints that work, failures in one line and one code."""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from itertools import takewhile

import pytest
import typer
from privileges import CHECKOUT

from cli import advice, main
from cli.words import COMMANDS, GROUPS, Line

HUGE = "9" * 5000


@pytest.fixture
def ask(catalog, shipped_url):
    """Return a function that runs a command on the shipped facts."""
    return lambda *words, **more: catalog(*words, "--db", shipped_url, **more)


def fresh(url, script, **environment):
    """Run a line of bash in which `catalog` is a fresh process on a catalog."""
    function = f'catalog() {{ {shlex.quote(sys.executable)} -m catalog "$@"; }}\n'
    return subprocess.run(
        ["bash", "-c", function + script],
        env=dict(os.environ, CATALOG_DB=url, **environment),
        cwd=CHECKOUT,
        capture_output=True,
        check=False,
    )


# Where options stand ---------------------------------------------------------------------------


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_alone_is_help(catalog, group):
    """A group alone prints its help: that is no mistake, nor is an option with nothing to do."""
    plain = catalog(group)
    assert (plain.code, plain.err) == (0, "")
    assert plain.out.startswith(f"Usage: catalog {group} ")
    assert catalog(group, "--json") == plain
    assert catalog("--json", group) == plain


@pytest.mark.parametrize(
    "words",
    [
        ["--db", "URL", "--json", "ls", "--suite", "opt"],
        ["--db=URL", "ls", "--json", "--suite", "opt"],
        ["ls", "--suite", "opt", "--db", "URL", "--json"],
        ["--format", "json", "ls", "--db", "URL", "--suite", "opt"],
        ["--format=json", "ls", "--suite=opt", "--db=URL"],
        ["--json", "ls", "--db", "URL", "--suite", "opt", "--"],
    ],
)
def test_options_in_any_order(catalog, shipped_url, words):
    """The options of every command stand before its name or behind it."""
    ran = catalog(*(word.replace("URL", shipped_url) for word in words))
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)[0]["suite"] == "opt"


def test_options_around_a_group(catalog, shipped_url):
    """The same for the command of a group; between group and command too."""
    tail = ["pythia-70m@step3000", "--task", "piqa"]
    shared = ["--db", shipped_url, "--json"]
    runs = [
        catalog(*shared, "evals", "show", *tail),
        catalog("evals", *shared, "show", *tail),
        catalog("evals", "show", *shared, *tail),
        catalog("evals", "show", *tail, *shared),
    ]
    assert runs[0].code == 0
    assert set(runs) == {runs[0]}


def test_after_two_dashes_nothing_is_an_option(catalog, shipped_url):
    """`--` ends the options: what follows is a name, and not asked for as JSON either."""
    ran = catalog("name", "--db", shipped_url, "--", "--json")
    assert ran.code == 2
    assert "unknown model" in ran.out
    ran = catalog("ls", "--db", shipped_url, "--", "--json")
    assert (ran.code, ran.out) == (2, "")


# Near misses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("show pythia-70m step1000", "write `catalog show pythia-70m@step1000`"),
        ("show step1000 pythia-70m", "write `catalog show pythia-70m@step1000`"),
        ("show pythia-70m --revision step1000", "write `catalog show pythia-70m@step1000`"),
        ("evals show pythia-70m main", "write pythia-70m@main"),
        ("at pythia-70m 10B", "write `catalog at 10B pythia-70m`"),
        ("lock pythia-70m step1000 -o f", "write pythia-70m@step1000"),
        ("verify pythia-70m step1000", "write pythia-70m@step1000"),
        ("populate pythia-70m step1000", "write pythia-70m@step1000"),
        ("list", "write `catalog ls`"),
        ("list --suite pythia", "write `catalog ls`"),
        ("info pythia-70m", "write `catalog show pythia-70m`"),
        ("compare opt bloom", "opt is a suite: name a model of it, see `catalog ls --suite opt`"),
        ("suites list", "write `catalog suites ls`"),
        ("evals list", "write `catalog evals show`"),
        ("db init", "write `catalog init`"),
        ("evals shwo", "did you mean `catalog evals show`?"),
        ("verfy", "did you mean `catalog verify`?"),
        ("ls 70M", "write `catalog ls --size 70M`"),
        ("help", "write `catalog --help`"),
        ("help show", "write `catalog show --help`"),
        ("help nope", "write `catalog --help`"),
        ("version", "write `catalog --version`"),
        ("-V", "write `catalog --version`"),
        ("nope", "see `catalog --help`"),
        ("db nope", "see `catalog db --help`"),
        ("at --nope", "see `catalog at --help`"),
        ("evals show", "see `catalog evals show --help`"),
    ],
)
def test_near_misses_name_the_fix(catalog, shipped_url, monkeypatch, words, hint):
    """What people type instead is one line with what to type, and asked wrongly."""
    monkeypatch.setenv("CATALOG_DB", shipped_url)
    ran = catalog(*words.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert ran.err.endswith(f"; {hint}\n")


def tree(command, path=()):
    """Yield every command below one: its path, and its options."""
    yield path, {name for parameter in command.params for name in parameter.opts}
    for name, inner in getattr(command, "commands", {}).items():
        yield from tree(inner, (*path, name))


KNOWN = dict(tree(typer.main.get_command(main.assemble())))
SPELLED = re.compile(r"`(catalog [^`]*)`")


def texts(source):
    """Yield every string of a module, with `…` for what is filled in."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                part.value if isinstance(part, ast.Constant) else "…" for part in node.values
            )


def lines_in_sources():
    """Yield every line to type that a string in the sources spells between backticks."""
    for folder in ("catalog", "cli"):
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            for text in texts(path.read_text()):
                for spelled in SPELLED.findall(text):
                    yield path.name, " ".join(spelled.split())


def is_a_line_to_type(text):
    """Return whether words name a command that there is, with options that it has."""
    line = Line.of(text.split()[1:])
    options = KNOWN.get(line.path)
    own = takewhile(lambda word: word != "--", line.rest)  # what follows is another program's
    dashed = {word.partition("=")[0].strip(",") for word in own if word.startswith("-")}
    return options is not None and dashed <= options | {"--help", "-h"}


def test_every_line_in_the_sources_works():
    """No hint, help or docstring names a command or an option that there is not."""
    lines = list(lines_in_sources())
    assert len(lines) > 50
    named = [each for each in lines if "…" not in each[1].split()[1]]  # the command is spelled
    assert [each for each in named if not is_a_line_to_type(each[1])] == []
    assert not is_a_line_to_type("catalog list")
    assert not is_a_line_to_type("catalog ls --nope")


def test_every_synonym_is_a_command():
    """Each near miss leads to a command, and none hides one."""
    for typed, meant in advice.SYNONYMS.items():
        assert is_a_line_to_type(f"catalog {meant}"), meant
        assert tuple(typed.split()) not in KNOWN, typed
    assert {(name,) for name in (*COMMANDS, *GROUPS)} <= KNOWN.keys()


@pytest.mark.parametrize("group", ["", *GROUPS])
def test_whatever_is_typed_the_hint_works(ask, group):
    """For each word that is no command, alone or with words and options, the hint can be typed."""
    words = {word for typed in advice.SYNONYMS for word in typed.split()} | {"x", "show-me", "lss"}
    within = tuple(group.split())
    for word in sorted(word for word in words if (*within, word) not in KNOWN):
        for tail in ([], ["pythia-70m"], ["--nope"], ["--json", "a b"]):
            ran = ask(*within, word, *tail)
            assert ran.code == 2
            for spelled in SPELLED.findall(ran.out + ran.err):
                assert is_a_line_to_type(spelled), (word, tail, spelled)


# Failures that are not ours --------------------------------------------------------------------


@pytest.mark.parametrize("words", ["ls", "ls --json", "ls --csv", "--help", "--version", "db"])
@pytest.mark.parametrize("place", [">&-", ">/dev/full"])
def test_output_that_cannot_be_written(shipped_url, words, place):
    """A closed standard output, or one that is full, is one line and exit 3."""
    ran = fresh(shipped_url, f"catalog {words} {place}")
    assert ran.returncode == 3
    assert ran.stderr.count(b"\n") == 1
    assert ran.stderr.startswith(b"catalog: ")


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("catalog ls 2>&-", 0),
        ("catalog ls 2>/dev/full", 0),
        ("catalog show nope 2>&-", 2),
        ("catalog show nope 2>/dev/full >/dev/full", 2),
        ("catalog ls >&- 2>&-", 3),
        ("catalog show nope --json >&-", 3),
        ("catalog ls <&-", 0),
        ("catalog name - <&-", 3),
        ("catalog db upgrade --db /tmp/catalog-in-the-way.$$.db >&-; c=$?; rm /tmp/*.$$.db", 0),
    ],
)
def test_streams_that_are_closed(shipped_url, script, code):
    """Nobody listens: the exit code still says what was the matter."""
    ran = fresh(shipped_url, script)
    assert ran.returncode == code
    assert b"Traceback" not in ran.stderr
    assert ran.stderr.count(b"\n") <= 1


@pytest.mark.parametrize(
    "words",
    [
        ["at", HUGE],
        ["at", "1e999"],
        ["at", f"{HUGE}%"],
        ["at", f"step{HUGE}"],
        ["at", "--between", "0", HUGE],
        ["show", f"pythia-70m@step{HUGE}"],
        ["show", f"pythia-70m@{HUGE}"],
        ["show", "pythia-70m@step99999999999999999999"],
        ["show", "pythia-70m@step²"],
        ["show", HUGE],
        ["log", f"pythia-70m@step{HUGE}"],
        ["hash", f"pythia-70m@step{HUGE}"],
        ["verify", f"pythia-70m@step{HUGE}"],
        ["verify", "pythia-70m", "--level", "forward", "--device", f"cuda:{HUGE}"],
        ["populate", f"pythia-70m@step{HUGE}"],
        ["advisories", f"pythia-70m@step{HUGE}"],
        ["pull", f"pythia-70m@step{HUGE}", "--to", "x"],
        ["lock", f"pythia-70m@step{HUGE}", "-o", "x"],
        ["evals", "show", f"pythia-70m@step{HUGE}"],
        ["evals", "show", "pythia-70m", "--shots", HUGE],
        ["evals", "compare", "pythia-70m", "--shots", HUGE],
        ["name", "x", "--on", HUGE],
        ["sync", "--from-file", "x", "--observed-at", HUGE],
    ],
    ids=lambda words: " ".join(words)[:40],
)
@pytest.mark.both_databases
def test_huge_numbers_are_asked_wrongly(ask, words):
    """A number of any length is one line and exit 2, as JSON one document."""
    plain = ask(*words)
    assert (plain.code, plain.out) == (2, "")
    assert plain.err.count("\n") == 1
    document = ask(*words, "--json")
    assert (document.code, document.err) == (2, "")
    assert json.loads(document.out)["error"]["kind"] in ("bad-input", "unknown-name")


@pytest.mark.both_databases
def test_huge_numbers_that_may_be(ask):
    """Where a number is only compared, a huge one is none that there is."""
    assert ask("evals", "show", "pythia-70m", "--shots", "9" * 20).code == 2
    assert ask("evals", "compare", "pythia-70m", "--shots", "9" * 20).code == 0
    assert ask("ls", "--size", HUGE).code == 2
    (answer,) = json.loads(ask("name", f"pythia-70m@step{HUGE}", "--json").out)
    assert "unknown revision" in answer["revision_error"]


def scored(**config):
    """Return a result file, with its configuration as given."""
    return {"results": {"piqa": {"acc": 0.5}}, "versions": {"piqa": 0}, "config": config}


def test_huge_numbers_in_score_files(catalog, facts_url, tmp_path):
    """A score file with a number of any length is refused in words, and nothing else happens."""
    asked = "pretrained=EleutherAI/pythia-70m,revision="
    files = {
        "a.json": (json.dumps(scored(model_args=asked + f"step{HUGE}")), "no checkpoint"),
        "b.json": (json.dumps(scored(model_args=asked + HUGE)), "no checkpoint"),
        "c.json": (json.dumps(scored(num_fewshot=7)).replace("7", HUGE), "number is too long"),
        "d.csv": (f"model,step,task,acc\npythia-70m,{HUGE},piqa,0.5\n", "no checkpoint"),
        "e.csv": (f"model,step,shots,task,acc\npythia-70m,1,{HUGE},piqa,0.5\n", "5,000 digits"),
    }
    for name, (text, reason) in files.items():
        (tmp_path / name).write_text(text)
        ran = catalog("evals", "import", tmp_path / name, "--json", "--db", facts_url)
        assert (ran.code, ran.err) in ((1, ""), (2, "")), name
        assert reason in json.loads(ran.out)["files"][0]["reason"], name
    large = scored(model_args=asked + "step1000", num_fewshot=10**20)
    (tmp_path / "f.json").write_text(json.dumps(large))
    ran = catalog("evals", "import", tmp_path / "f.json", "--db", facts_url)
    assert (ran.code, "does not fit 64 bits" in ran.out) == (1, True)


def broken(kind, folder):
    """Return the path of a database that does not work."""
    path = folder / "catalog.db"
    match kind:
        case "text":
            path.write_text("hello\n" * 100)
        case "folder":
            path.mkdir()
        case "cut":
            path.write_bytes(b"SQLite format 3\0" + b"\xff" * 8000)
        case "absent parent":
            path = folder / "absent" / "catalog.db"
    return path


@pytest.mark.parametrize("kind", ["text", "folder", "cut", "absent parent", "absent"])
@pytest.mark.parametrize("words", ["ls", "show pythia-1b", "audit pythia-1b", "sync pythia-1b"])
def test_databases_that_do_not_work(catalog, tmp_path, kind, words):
    """A database that is broken, or is none, is one line and exit 3; JSON is one document."""
    database = broken(kind, tmp_path)
    plain = catalog(*words.split(), "--db", database)
    assert (plain.code, plain.out) == (3, "")
    assert plain.err.count("\n") == 1
    document = catalog(*words.split(), "--db", database, "--format", "json")
    assert (document.code, document.err) == (3, "")
    assert set(json.loads(document.out)["error"]) == {"kind", "message", "hint"}


@pytest.mark.parametrize("words", ["ls", "init", "audit pythia-1b", "db upgrade"])
def test_folders_without_rights(unprivileged, tmp_path, words):
    """A database in a folder that one may not enter is one line and exit 3."""
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "catalog.db").touch()
    closed.chmod(0)
    try:
        ran = unprivileged([*words.split(), "--db", closed / "catalog.db"])
    finally:
        closed.chmod(0o700)
    assert ran.returncode == 3, ran.stderr
    assert (ran.stdout, ran.stderr.count("\n")) == ("", 1)


def test_a_role_without_rights(templates, catalog, trajectory, tmp_path):
    """A PostgreSQL role that may not read, or not write, is one line and exit 3."""
    import sqlalchemy as sa

    with templates.copy("postgresql", "facts", tmp_path) as url:
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        role = f"reader_{os.getpid()}"
        address = sa.make_url(url).set(username=role).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
            try:
                refused = catalog("ls", "--db", address, "--json")
                connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
                read = catalog("ls", "--db", address, "--json")
                unwritten = catalog(
                    "suites", "add", trajectory / "suite.toml", "--db", address, "--json"
                )
            finally:
                connection.exec_driver_sql(f"DROP OWNED BY {role}; DROP ROLE {role}")
        engine.dispose()
    for ran in (refused, unwritten):
        assert (ran.code, ran.err) == (3, "")
        assert "permission denied" in json.loads(ran.out)["error"]["message"]
    assert (read.code, len(json.loads(read.out))) == (0, 118)


def test_a_full_disk_for_a_file(ask, tmp_path):
    """`-o` on a full device is one line and exit 3, and its JSON one document."""
    (tmp_path / "weights.txt").write_text("x")
    plain = ask("hash", tmp_path, "-o", "/dev/full")
    assert plain.code in (2, 3)
    link = tmp_path / "absent" / "manifest.json"
    missing = ask("hash", tmp_path / "weights.txt", "-o", link, "--json")
    assert missing.code == 3
    assert json.loads(missing.out)["error"]["kind"] == "could-not-check"


@pytest.mark.parametrize(
    "encoding",
    [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, {"LANG": "C", "LC_ALL": "C"}],
)
def test_characters_that_an_encoding_lacks(shipped_url, tmp_path, encoding):
    """Text falls back to plain characters; JSON stays JSON; bytes that are no text pass."""
    (tmp_path / "né\udcff.txt").write_text("x")
    more = encoding | {"PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    compared = fresh(shipped_url, "catalog evals compare opt pythia-1b", **more)
    assert (compared.returncode, compared.stderr.count(b"Traceback")) == (0, 0)
    for script in (
        f"catalog hash {shlex.quote(str(tmp_path))} --json",
        "printf 'n\\xe9\\xff\\n' | catalog name - --json",
    ):
        ran = fresh(shipped_url, script, **more)
        assert ran.returncode in (0, 2), ran.stderr
        assert json.loads(ran.stdout.decode("ascii", "surrogateescape"))


def test_debug_shows_the_traceback_first(ask, monkeypatch):
    """`--debug`, anywhere in the line, and `$CATALOG_DEBUG` show where it was; then the line."""
    plain = ask("show", "nope")
    assert "Traceback" not in plain.err
    for words in (("--debug", "show", "nope"), ("show", "nope", "--debug")):
        ran = ask(*words)
        assert ran.code == 2
        assert ran.err.startswith("Traceback")
        assert ran.err.endswith(plain.err)
    monkeypatch.setenv("CATALOG_DEBUG", "1")
    assert ask("show", "nope").err.startswith("Traceback")
    monkeypatch.setenv("CATALOG_DEBUG", "0")
    assert ask("show", "nope") == plain


def test_a_bug_says_so(ask, monkeypatch):
    """What nobody foresaw is exit 70, called our fault, and a document under --json."""
    from catalog import api

    def fail(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(api.Catalog, "ls", fail)
    plain = ask("ls")
    assert (plain.code, plain.out) == (70, "")
    assert plain.err.count("\n") == 1
    assert "a bug of ours: ZeroDivisionError: division by zero" in plain.err
    document = ask("ls", "--json")
    assert document.code == 70
    assert json.loads(document.out)["error"]["kind"] == "bug"


# Torch -----------------------------------------------------------------------------------------


WITHOUT_TORCH = (
    "populate pythia-70m --device tpu",
    "populate pythia-70m --dtype int4",
    "populate nope",
    "populate pythia-70m@step77",
    "populate ./absent-folder --as pythia-70m@step1000",
    "populate pythia-70m step1000",
    "verify pythia-70m --level forward --device tpu",
    "verify nope --level forward",
    "verify pythia-70m@step77 --level forward",
    "verify ./absent-folder --as pythia-70m@step1000 --level forward",
    "verify pythia-70m@step1000 --level forward",
)
ASK_EACH = """
import sys
from contextlib import redirect_stdout
from cli.main import main
for words in sys.argv[1:]:
    try:
        with redirect_stdout(sys.stderr):
            main(words.split())
    except SystemExit as ended:
        print(ended.code, "torch" in sys.modules)
"""


def test_torch_is_imported_last(shipped_url):
    """Arguments, names and the record are checked before seconds go into importing torch."""
    ran = subprocess.run(
        [sys.executable, "-c", ASK_EACH, *WITHOUT_TORCH],
        env=dict(os.environ, CATALOG_DB=shipped_url),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    for words, line in zip(WITHOUT_TORCH, ran.stdout.splitlines(), strict=True):
        assert line in ("2 False", "3 False"), (words, ran.stderr)
