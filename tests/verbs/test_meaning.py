"""What written names become: checkpoints, branches, targets, models, repositories."""

import pytest
from inventories import Inventory
from suns import SUITE

from catalog import api
from catalog.errors import BadInput, UnknownName
from catalog.progress import Watcher
from catalog.sql import database
from catalog.verbs import without_catalog
from catalog.verbs.meaning import Meaning

SET = "model.safetensors"


class Told(Watcher):
    """Keeps what was remarked."""

    def __init__(self):
        """Begin with nothing."""
        self.remarks = []

    def remark(self, text):
        """Keep it."""
        self.remarks.append(text)


@pytest.fixture
def url(db_url, tmp_path):
    """Return a catalog of the suns; `lab/sun-1m` and `other/own` were looked at."""
    (tmp_path / "suite.toml").write_text(SUITE)
    inventory = Inventory()
    for repo_id in ("lab/sun-1m", "other/own"):
        inventory.branch(repo_id, "step100", {SET: repo_id}).branch(repo_id, "main", {SET: 2})
    opened = api.open(db_url)
    opened.add_suite(tmp_path / "suite.toml")
    opened.import_inventory(inventory.write(tmp_path))
    return db_url


@pytest.fixture
def told():
    """Return a watcher that keeps remarks."""
    return Told()


@pytest.fixture
def meaning(url, told, tmp_path, monkeypatch):
    """Return the meaning of names in that catalog, with an empty cache of the Hub."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    with database.reading(url) as reader:
        yield Meaning(reader, told)


def place(target):
    """Return what a target is, in short."""
    revision = None if target.checkpoint is None else target.checkpoint.revision
    model = None if target.model is None else target.model.name
    return model, revision, target.repo_id, target.revision, target.weight_set


# Which checkpoint ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sun-1m", ("sun-1m", None, "lab/sun-1m", None, None)),
        ("dark-3m", ("dark-3m", None, None, None, None)),
        ("sun-1m@main", ("sun-1m", "step200", "lab/sun-1m", "main", None)),
        ("sun-1m@90M", ("sun-1m", "step100", "lab/sun-1m", "step100", None)),
        (f"sun-1m@step100#{SET}", ("sun-1m", "step100", "lab/sun-1m", "step100", SET)),
        (f"sun-1m#{SET}", ("sun-1m", "step200", "lab/sun-1m", "main", SET)),
        ("Sun 1M step 100", ("sun-1m", "step100", "lab/sun-1m", "step100", None)),
    ],
)
def test_what_a_ref_is_about(meaning, text, expected):
    """A model, and with a revision or a weight set one of its checkpoints."""
    assert place(meaning.about(text)) == expected


def test_a_weight_set_where_none_is_meant(meaning):
    """It is refused, and so is one that the branch had not when it was seen."""
    with pytest.raises(BadInput, match="names one weight set; write sun-1m@step100"):
        meaning.about(f"sun-1m@step100#{SET}", sets=False)
    with pytest.raises(BadInput, match=rf"@step100 has no weight set x.bin; it has: {SET}"):
        meaning.about("sun-1m@step100#x.bin")
    assert meaning.about("sun-1m-seed2@step100#x.bin").weight_set == "x.bin"  # nobody looked


@pytest.mark.parametrize(
    ("text", "label", "revision"),
    [
        ("moon-1m", "sun-1m", "step200"),
        ("sun-1m@main", "sun-1m@main", "step200"),
        ("sun-1m@100", "sun-1m@100", "step100"),
    ],
)
def test_labels_say_what_was_asked_for(meaning, text, label, revision):
    """The model as it is called today, the revision as it was written."""
    made, checkpoint = meaning.labelled(text)
    assert (made, checkpoint.revision) == (label, revision)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sun-1m", ("sun-1m", "step200", "lab/sun-1m", "main", None)),
        ("lab/sun-1m@step100", ("sun-1m", "step100", "lab/sun-1m", "step100", None)),
        ("sun-1m@step100#x.bin", ("sun-1m", "step100", "lab/sun-1m", "step100", "x.bin")),
        ("stranger/own", (None, None, "stranger/own", "main", None)),
        ("stranger/sun-1m@dev#x.bin", (None, None, "stranger/sun-1m", "dev", "x.bin")),
    ],
)
def test_which_branch(meaning, text, expected):
    """`main` where none is named; a repository of no known model is taken as it is."""
    assert place(meaning.branch(text)) == expected


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("dark-3m", BadInput, "dark-3m was never published; see `catalog show dark-3m`"),
        ("dark-3m@step150", UnknownName, "unknown revision of dark-3m 'step150'"),
        ("venus-1m", UnknownName, "unknown model 'venus-1m'; nearest: sun-1m"),
        ("./sun-1m", BadInput, "'./sun-1m' is a path"),
    ],
)
def test_no_branch(meaning, text, kind, words):
    """What was never published, saved or named has none."""
    with pytest.raises(kind) as raised:
        meaning.branch(text)
    assert str(raised.value).startswith(words)


def test_whose_looks(meaning):
    """A repository of no known model counts if it was looked at; a branch if one is named."""
    assert meaning.looked_at("sun-1m") == ("lab/sun-1m", None)
    assert meaning.looked_at("sun-1m@main") == ("lab/sun-1m", "main")
    assert meaning.looked_at("sun-1m@90M") == ("lab/sun-1m", "step100")
    assert meaning.looked_at("other/own@dev") == ("other/own", "dev")
    with pytest.raises(UnknownName, match="unknown model 'stranger/own'"):
        meaning.looked_at("stranger/own")


def test_former_names_are_remarked_on(meaning, told):
    """Once a question; another spelling of today's name is none."""
    meaning.about("Moon-1M@step100")
    meaning.about("LAB/Sun-1M")
    assert told.remarks == ["Moon-1M means sun-1m today; `catalog name Moon-1M` says why"]


# Paths -----------------------------------------------------------------------------------------


def test_a_path_that_exists_is_a_path(meaning, tmp_path):
    """What is called like a model too; `--as` says whose it is, and nothing else does."""
    (tmp_path / "sun-1m").mkdir()
    assert place(meaning.target("sun-1m")) == (None, None, None, None, None)
    named = meaning.target("sun-1m", called=f"moon-1m@main#{SET}")
    assert place(named) == ("sun-1m", "step200", "lab/sun-1m", "step200", SET)
    assert (named.path.name, named.text, named.place) == ("sun-1m", "sun-1m", "sun-1m")


def test_as_is_for_paths(meaning):
    """A REF says by itself what it is."""
    with pytest.raises(BadInput, match="--as says what a folder is, and 'sun-1m' is none"):
        meaning.target("sun-1m", called="sun-1m")


@pytest.mark.parametrize(
    ("repo_id", "refs", "expected"),
    [
        ("lab/sun-1m", ("main", "step100"), ("sun-1m", "step100", "lab/sun-1m", "step100", None)),
        ("lab/sun-1m", ("main",), ("sun-1m", "step200", "lab/sun-1m", "step200", None)),
        ("lab/sun-1m", ("dev",), ("sun-1m", None, "lab/sun-1m", None, None)),
        ("stranger/sun-1m", ("main",), (None, None, None, None, None)),
    ],
)
def test_a_snapshot_says_what_it_is(meaning, tmp_path, repo_id, refs, expected):
    """By its repository, the owner included, and by a branch other than main if there is one."""
    commit = "a" * 40
    repository = tmp_path / "cache" / f"models--{repo_id.replace('/', '--')}"
    (repository / "snapshots" / commit).mkdir(parents=True)
    (repository / "refs").mkdir()
    for name in refs:
        (repository / "refs" / name).write_text(commit)
    target = meaning.target(str(repository / "snapshots" / commit))
    assert place(target) == expected
    assert target.commit == commit
    by_ref = meaning.target(f"{repo_id}@{refs[-1]}") if expected[1] else target
    assert (by_ref.path, by_ref.commit) == (target.path, commit)


# Models and repositories -----------------------------------------------------------------------


def test_models_of_names_and_suites(meaning):
    """Each once, in the order asked for; all for no name."""
    names = [model.name for model in meaning.models(["moon-1m", "suns", "LAB/sun-1m"])]
    assert names == ["sun-1m", "sun-1m-seed2", "dark-3m"]
    assert [model.name for model in meaning.models([])] == names


@pytest.mark.parametrize("text", ["sun-1m@step100", "sun-1m@step150", "Sun 1M step 100"])
def test_a_checkpoint_is_no_model(meaning, text):
    """It is refused where whole models are meant, with what to write."""
    for ask in (meaning.models, meaning.repositories):
        with pytest.raises(BadInput, match="names one checkpoint; write "):
            ask([text])


def test_repositories_of_names_and_suites(meaning):
    """Those of a suite that were published; OWNER/NAME and addresses of any other as they are."""
    texts = ["suns", "stranger/own", "https://huggingface.co/other/own", "moon-1m"]
    assert meaning.repositories(texts) == [
        "lab/sun-1m",
        "lab/sun-1m-seed2",
        "stranger/own",
        "other/own",
    ]
    assert meaning.repositories(["other/own"], observed=True) == ["other/own"]
    with pytest.raises(UnknownName, match="unknown model 'stranger/own'"):
        meaning.repositories(["stranger/own"], observed=True)
    with pytest.raises(BadInput, match="stranger/own@dev names one checkpoint"):
        meaning.repositories(["stranger/own@dev"])


@pytest.mark.parametrize(
    ("text", "hint"), [("dark-3m", "catalog show dark-3m"), ("dark", "catalog ls --suite dark")]
)
def test_what_has_no_repository(db_url, tmp_path, text, hint):
    """The hint names a command that there is for it: a suite cannot be shown."""
    suite = SUITE.replace('name = "suns"', 'name = "dark"')
    for name in ("sun-1m", "sun-1m-seed2"):
        suite = suite.replace(f'repo_id = "lab/{name}"\n', "")
    (tmp_path / "suite.toml").write_text(suite)
    api.open(db_url).add_suite(tmp_path / "suite.toml")
    with database.reading(db_url) as reader, pytest.raises(BadInput) as raised:
        Meaning(reader).repositories([text])
    assert str(raised.value) == f"{text} was never published; see `{hint}`"


# Without a catalog -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "repo_id", "revision"),
    [
        ("pythia-70m", "EleutherAI/pythia-70m", "main"),
        ("Pythia 70M step 3000", "EleutherAI/pythia-70m", "step3000"),
        ("pythia-350m@step1000", "EleutherAI/pythia-410m-v0", "step1000"),
        ("eleutherai/pythia-70m", "EleutherAI/pythia-70m", "main"),
        ("stranger/pythia-70m@dev", "stranger/pythia-70m", "dev"),
    ],
)
def test_branches_by_the_names_that_ship(told, text, repo_id, revision):
    """The same branch as with a catalog, and the same remark."""
    branch = without_catalog.branch(text, told)
    assert (branch.repo_id, branch.revision, branch.path) == (repo_id, revision, None)
    assert bool(told.remarks) == ("350m" in text)
