"""One meaning of a REF: the same text gives the same answer at every command, in the same words.

Each command that takes a REF, MODEL, SUITE or REPO is asked with each way to write one. What a
text means, or why it means nothing, may not depend on who is asked; what is then done with it may.
A command that cannot use a kind of text at all says so in one line, which all such share.
"""

import json
import re
import shutil
from shlex import quote

import pytest
from hub_standin import Hub, asked_by_this_process
from suns import SUITE

from docs import build

HEADER = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'

# Each command, with REF where the text goes.
FACTS = {
    "show": ["show", "REF"],
    "advisories": ["advisories", "REF"],
    "evals tasks": ["evals", "tasks", "REF"],
    "evals plot": ["evals", "plot", "REF"],
    "evals show": ["evals", "show", "REF"],
    "evals compare": ["evals", "compare", "REF"],
}
ENDS = ("https://huggingface.co", "http://mirror.invalid")
WHOLE = {
    "at": ["at", "1M", "REF"],
    "facts": ["facts", "layers", "REF"],
    "audit": ["audit", "REF"],
    "sync": ["sync", "REF"],
    "watch": ["watch", "REF"],
    "diff": ["diff", *ENDS, "REF"],
}
LOG = {"log": ["log", "REF"]}
RECORD = {"forget": ["forget", "REF"]}
DESK = {"tag": ["tag", "REF", "mine"]}
HUB = {
    "pull": ["pull", "REF", "--to", "pulled"],
    "lock": ["lock", "REF", "-o", "lock.json", "--force"],
}
BILL = {
    "export sbom": ["export", "sbom", "REF", "-o", "bill.json", "--force"],
    "cite": ["cite", "REF", "-q"],
}
ATTESTED = {"attest verify": ["attest", "verify", "signed.jsonl", "REF", "--allow-unsigned"]}
HERE = {
    "hash": ["hash", "REF"],
    "compare": ["compare", "REF", "REF"],
    "verify": ["verify", "REF"],
    "populate": ["populate", "REF"],
}
CALLED = {
    "verify --as": ["verify", "empty", "--as", "REF"],
    "populate --as": ["populate", "empty", "--as", "REF"],
}
STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "model.safetensors", "digest": {"sha256": "0" * 64}}],
    "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
    "predicate": {"result": "PASSED", "configuration": []},
}
OTHERS = {"name": ["name", "REF", "--json"], "ls": ["ls", "--suite", "REF"]}
OF_CHECKPOINTS = FACTS | DESK | LOG | RECORD | HUB | HERE | BILL | ATTESTED | CALLED
OF_SETS = {name: (FACTS | HUB | HERE)[name] for name in ("show", "advisories", *HUB, *HERE)}
EVERY = OF_CHECKPOINTS | WHOLE


def weights(number):
    """Return a small safetensors file."""
    return len(HEADER).to_bytes(8, "little") + HEADER + bytes([number, 0, 0, 0])


@pytest.fixture
def hub():
    """Return a Hub with both runs, and two repositories that no suite names."""
    with Hub() as made:
        for number, name in enumerate(("lab/sun-1m", "lab/sun-1m-seed2", "other/own")):
            repository = made.add(name)
            for step in (0, 100, 200):
                content = weights(10 * number + step // 100)
                files = {"config.json": b"{}", "model.safetensors": content}
                repository.commit(f"step{step}", files)
            repository.branches["main"] = repository.branches["step200"]
        made.add("other/sun-1m").commit("main", {"config.json": b"{}"})
        yield made


@pytest.fixture
def db_url(templates, tmp_path):
    """Return a catalog in a file, on every run: each command is asked a copy of it."""
    with templates.copy("sqlite", "empty", tmp_path) as url:
        yield url


@pytest.fixture
def settle(hub, catalog, db_url, tmp_path, monkeypatch):
    """Return a function that asks each of some commands with one text, in an empty folder."""
    folder = tmp_path / "here"
    (folder / "empty").mkdir(parents=True)
    (folder / "signed.jsonl").write_text(json.dumps(STATEMENT))
    (folder / "empty" / "config.json").write_text("{}")
    (tmp_path / "suite.toml").write_text(SUITE)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    assert catalog("suites", "add", tmp_path / "suite.toml", "--db", db_url).code == 0

    def answers(text, commands, *, url=db_url):
        with asked_by_this_process(hub, monkeypatch):
            return {
                name: catalog(*(text if word == "REF" else word for word in words), "--db", url)
                for name, words in commands.items()
            }

    return answers


@pytest.fixture
def ask(settle, db_url, tmp_path):
    """Return a function that asks the same, and leaves the catalog as it was for each command."""

    def answers(text, commands):
        said = {}
        for name, words in commands.items():
            shutil.copy(db_url.removeprefix("sqlite:///"), tmp_path / "copy.db")
            said |= settle(text, {name: words}, url=f"sqlite:///{tmp_path / 'copy.db'}")
        return said

    return answers


@pytest.fixture
def refuse(ask):
    """Return a function that asks commands, and returns the one line with which all refuse."""

    def line(text, commands, *, remark=""):
        said = {
            (ran.code, ran.out, ran.err.removeprefix(remark))
            for ran in ask(text, commands).values()
        }
        assert len(said) == 1, said
        code, out, err = said.pop()
        assert (code, out, err.count("\n")) == (2, "", 1), said
        return err.strip()

    return line


def test_every_command_that_takes_a_name_is_here():
    """A new command whose usage says REF, MODEL, SUITE or REPO is asked too."""
    words = re.compile(r"\b(REF|MODEL|SUITE|REPO|TEXT)\b")
    usages = {" ".join(path): build.help_of(path).splitlines()[0] for path in build.command_paths()}
    taking = {name for name, usage in usages.items() if words.search(usage)}
    assert taking | {"ls"} == {name.removesuffix(" --as") for name in EVERY | OTHERS}


# What means nothing ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("venus-1m", "unknown model 'venus-1m'; nearest: sun-1m"),
        ("venus-1m@step100", "unknown model 'venus-1m'; nearest: sun-1m"),
        ("venus-1m@step100#model.safetensors", "unknown model 'venus-1m'; nearest: sun-1m"),
        ("1m", "'1m' is ambiguous: it fits 2 models; candidates: sun-1m-seed2, sun-1m"),
        ("1m@main", "'1m' is ambiguous: it fits 2 models; candidates: sun-1m-seed2, sun-1m"),
        ("sun-1m@", "not a checkpoint reference: 'sun-1m@'; write MODEL"),
        ("./sun-1m", "'./sun-1m' is a path; hash, compare, populate and verify take paths"),
        (
            "~/sun-1m@step100",
            "'~/sun-1m@step100' is a path; hash, compare, populate and verify take paths",
        ),
    ],
)
def test_what_means_no_model(refuse, ask, text, line):
    """Unknown, ambiguous and misspelled: one line, whatever is asked, and exit 2."""
    commands = (
        EVERY if not text.startswith((".", "~")) else FACTS | WHOLE | LOG | RECORD | HUB | CALLED
    )
    # What reads as an amount is one at `at`; a model that is called so is refused there.
    commands = {name: commands[name] for name in commands if (name, text) != ("at", "1m")}
    assert refuse(text, commands).startswith(f"catalog: {line}")
    name = ask(text, OTHERS)["name"]
    assert name.code == 2
    said = (name.out + name.err).replace(text, text.partition("@")[0])
    assert line.partition("; ")[0].replace(text, text.partition("@")[0]) in said


def test_a_suite_is_no_model(refuse, ask):
    """Where models are meant it stands for each of its own; elsewhere it is an unknown model."""
    commands = {
        name: words
        for name, words in EVERY.items()
        if name not in WHOLE and not name.startswith("evals ")
    }
    assert refuse("suns", commands).startswith("catalog: unknown model 'suns'; ")
    compare = {"evals compare": EVERY["evals compare"]}
    for name, ran in ask("suns", WHOLE | compare | {"ls": OTHERS["ls"]}).items():
        assert ran.code != 2, (name, ran)


def test_what_is_no_suite(ask):
    """`ls --suite` takes suites, and names the nearest."""
    for text in ("sun-1m", "moon-1m", "sun-1m@step100", "lab/sun-1m", "./sun-1m"):
        ran = ask(text, {"ls": OTHERS["ls"]})["ls"]
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == f"catalog: unknown suite {text!r}; nearest: suns\n"


@pytest.mark.parametrize("text", ["sun-1m@step150", "sun-1m@150", "sun-1m@nope"])
def test_a_step_that_is_not_saved(refuse, ask, text):
    """The nearest ones are named; commands on whole models refuse any step, in one line."""
    line = refuse(text, OF_CHECKPOINTS)
    assert line.startswith(f"catalog: unknown revision of sun-1m {text[7:]!r}; nearest: step")
    assert refuse(text, WHOLE) == (
        f"catalog: {text} names one checkpoint; "
        f"write sun-1m for the whole model, or see `catalog show {text}`"
    )
    name = ask(text, OTHERS)["name"]
    assert name.code == 2
    assert f"catalog: {json.loads(name.out)[0]['revision_error']}" == line


@pytest.mark.parametrize("which", ["all", "log2", "step0..step100", "every1M", "common"])
def test_several_checkpoints(refuse, ask, which):
    """Commands on whole models, and those on one checkpoint, refuse several in a line each."""
    text = f"sun-1m@{which}"
    whole = {name: words for name, words in WHOLE.items() if name != "at"}
    assert refuse(text, whole) == (
        f"catalog: {text} names some of its checkpoints; write sun-1m for the whole model"
    )
    of_one = {name: FACTS[name] for name in ("show", "advisories")} | LOG | RECORD
    one = of_one | {"export sbom": BILL["export sbom"]}
    assert refuse(text, one) == (
        f"catalog: {text} means several checkpoints; "
        "`at`, `populate`, `verify`, `pull` and `lock` take several at once"
    )
    several = {"lock": HUB["lock"], "tag": DESK["tag"], "cite": BILL["cite"]}
    for name, ran in ask(text, several).items():
        assert ran.code == 0, (name, ran)


@pytest.mark.parametrize("suffix", ["", "@main", "@step100", "@100M", "#model.safetensors"])
def test_a_model_that_was_never_published(refuse, ask, suffix):
    """Where a branch is needed there is none; what is known of it is told as of any other."""
    text = f"dark-3m{suffix}"
    commands = LOG | HUB | HERE
    if not suffix:
        commands |= {name: WHOLE[name] for name in ("audit", "sync")}
    if suffix.startswith("#"):
        del commands["log"]
    assert refuse(text, commands) == (
        "catalog: dark-3m was never published; see `catalog show dark-3m`"
    )
    for name, ran in ask(text, {"show": FACTS["show"]} | CALLED).items():
        assert ran.code != 2 or suffix.startswith("#"), (name, ran)


# What means the same ---------------------------------------------------------------------------


SPELLINGS = {
    "sun-1m": {
        "moon-1m": "moon-1m",
        "Moon 1M": "Moon 1M",
        "lab/sun-1m": None,
        "LAB/Sun_1M": None,
    },
    "sun-1m@step100": {
        "lab/moon-1m@step100": "lab/moon-1m",
        "moon-1m step 100": "moon-1m",
        "https://huggingface.co/lab/sun-1m/tree/step100": None,
        "Sun 1M step 100": None,
        "sun-1m@100": None,
        "models--lab--sun-1m/refs/step100": None,
        "sun-1m@50%": None,
    },
}
"""What is written for a REF: the former name that it has, None where it has none."""


@pytest.mark.parametrize("same", SPELLINGS)
def test_two_spellings_have_one_answer(settle, ask, same):
    """Word for word, but for the text itself; a former name is remarked on, at every command."""
    settle(same, EVERY)
    expected = ask(same, EVERY)
    plainly = json.loads(ask(same, OTHERS)["name"].out)[0]
    for text, name in SPELLINGS[same].items():
        remark = f"{name} means sun-1m today; `catalog name {quote(str(name))}` says why\n"
        for command, ran in ask(text, EVERY).items():
            assert (name is None) != (remark in ran.err), (text, command, ran)
            assert ran.code == expected[command].code, (text, command, ran, expected[command])
            said, due = plain(ran, text, same, remark), plain(expected[command], text, same)
            assert said == due, (text, command)
        resolved = json.loads(ask(text, OTHERS)["name"].out)[0]
        assert resolved["model"] == plainly["model"] == "sun-1m", text
        assert resolved["tokens_seen"] == plainly["tokens_seen"], text


def test_an_amount_that_is_only_near(settle):
    """Every command that takes it for the nearest checkpoint says once how far that is."""
    commands = FACTS | HUB | CALLED | {"verify": HERE["verify"]}
    asked = {name: [*words, "--json"] for name, words in commands.items()}
    remark = "sun-1m@step100 is the nearest to 120M: it has seen 20,000,000 tokens fewer\n"
    answers = settle("sun-1m@120M", asked)
    for command, ran in answers.items():
        assert ran.code != 2, (command, ran)
        assert ran.err.count(remark) == 1, (command, ran)
    told = {name: json.loads(ran.out) for name, ran in answers.items()}
    assert told["show"]["distance"] == told["pull"]["distance"] == -20_000_000
    assert told["lock"]["checkpoints"][0]["distance"] == -20_000_000
    assert told["verify --as"][0]["distance"] == -20_000_000
    assert told["populate --as"][0]["distance"] == -20_000_000


def plain(ran, text, same, remark=""):
    """Return what was said, with the text in its plain spelling; without days, hints and remark."""
    said = ran.out + ran.err.replace(remark, "")
    for spelling in (quote(text), text):
        said = said.replace(spelling, same)
    said = re.sub(r"(names one checkpoint); .*", r"\1", said)
    # The digest of a lock covers when it was made, and the text that was typed.
    said = re.sub(r"\block [0-9a-f]{64}", "lock", said)
    return re.sub(r"catalog-links-[\w.-]+|\d{4}-\d\d-\d\d[\dT :]*", "", said)


def test_main_is_a_branch_and_the_last_step(settle, ask):
    """Where branches are meant `main` is the branch; where training is, the last step."""
    settle("sun-1m@main", EVERY)
    show = {"show": FACTS["show"]}
    facts = {name: words for name, words in FACTS.items() if name not in show}
    for same, commands in (("sun-1m", HUB | HERE), ("sun-1m@step200", facts)):
        expected = ask(same, commands)
        for command, ran in ask("sun-1m@main", commands).items():
            plainly = expected[command]
            assert ran.code == plainly.code
            assert plain(ran, "sun-1m@main", same) == plain(plainly, "sun-1m@main", same)
    shown = ask("sun-1m@main", show)["show"].out
    assert re.search(r"tokens seen +200,000,000\n", shown)
    assert "those of step200: main is the last step" in shown
    assert ", commit " in ask("sun-1m@main", LOG)["log"].out


# Weight sets -----------------------------------------------------------------------------------


def test_a_weight_set_that_is_there(settle, refuse, ask):
    """What reads weights or branches takes it; what is about whole checkpoints refuses it."""
    text = "sun-1m@step100#model.safetensors"
    settle("sun-1m@step100", WHOLE | HUB | HERE)
    for name, ran in ask(text, OF_SETS).items():
        assert ran.code != 2, (name, ran)
    commands = {name: words for name, words in (FACTS | LOG | WHOLE).items() if name not in OF_SETS}
    assert refuse(text, commands) == (f"catalog: {text} names one weight set; write sun-1m@step100")


@pytest.mark.parametrize("cached", [False, True])
def test_a_weight_set_that_is_not_there(settle, refuse, cached):
    """Those that the branch has are named, as soon as anybody saw them."""
    text = "sun-1m@step100#no.bin"
    settle("sun-1m", {"sync": WHOLE["sync"]})
    if cached:
        settle("sun-1m@step100", {"populate": HERE["populate"]})
    assert refuse(text, OF_SETS) == (
        "catalog: sun-1m@step100 has no weight set no.bin; it has: model.safetensors"
    )


# Repositories ----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["other/own", "other/sun-1m", "https://hf.co/other/own"])
def test_a_repository_of_no_known_model(refuse, settle, ask, hub, text):
    """Facts there are none; the Hub can be asked, and what it said can be judged."""
    repo_id = text.removeprefix("https://hf.co/")
    other = ": it is another repository than lab/sun-1m; nearest: lab/sun-1m"
    unknown = f"catalog: unknown model {repo_id!r}{other if 'sun' in text else '; '}"
    commands = FACTS | LOG | RECORD | CALLED
    commands |= {name: EVERY[name] for name in ("at", "audit", "populate")}
    assert refuse(text, commands).startswith(unknown)
    for name, ran in ask(text, {"hash": HERE["hash"], "verify": HERE["verify"]}).items():
        assert (ran.code, ran.err) == (
            3,
            f"catalog: {text} is not in the Hub's cache; run `catalog pull {text} --to DIR`\n",
        ), name
    for name, words in (HUB | {"sync": WHOLE["sync"]}).items():
        before = hub.count(f"/api/models/{repo_id}/refs")
        ran = settle(text, {name: words})[name]
        assert hub.count(f"/api/models/{repo_id}/refs") == before + 1, (name, ran)
        assert ran.code != 2, (name, ran)
    for name, ran in ask(text, LOG | {"audit": WHOLE["audit"]}).items():
        assert ran.code != 2, (name, ran)
        assert repo_id in ran.out or name == "log", (name, ran)


def test_a_branch_that_a_repository_has_not(refuse, settle):
    """The nearest that it has are named, as steps are of a model."""
    settle("other/own", {"sync": WHOLE["sync"]})
    assert refuse("other/own@step1", LOG | HUB) == (
        "catalog: unknown revision of other/own 'step1'; nearest: step100, step0, step200"
    )


# Paths -----------------------------------------------------------------------------------------


def test_a_folder_with_the_name_of_a_model(settle, ask, tmp_path):
    """Only what reads files takes it for a path; to all others it is the model, as before."""
    commands = FACTS | WHOLE | LOG | HUB | CALLED
    settle("sun-1m", commands)
    before = ask("sun-1m", commands)
    folder = tmp_path / "here" / "sun-1m"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    after = ask("sun-1m", commands)
    for name, ran in after.items():
        assert (ran.code, plain(ran, "sun-1m", "sun-1m")) == (
            before[name].code,
            plain(before[name], "sun-1m", "sun-1m"),
        )
    by_name, by_path = ask("sun-1m", HERE), ask("./sun-1m", HERE)
    for name, ran in by_name.items():
        path = by_path[name]
        assert ran.code == path.code
        assert ran.out == path.out.replace("./", "")
        assert ran.err == path.err.replace("./", "")
