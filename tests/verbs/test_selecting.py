"""What several targets at once mean: order, duplicates, lists, and names of folders."""

import pytest

import catalog
from catalog.errors import BadInput, CatalogError, UnknownName


@pytest.fixture
def select(shipped_url):
    """Return a function that selects from the shipped facts, and returns the texts."""

    def run(*texts, **more):
        return [each.text for each in catalog.open(shipped_url).select(*texts, **more)]

    return run


def test_each_once_at_its_first_place(select):
    """The order is that of the texts, then of training; another spelling is no second one."""
    assert select(
        "pythia-70m@step4",
        "pythia-70m@step1..step8",
        "EleutherAI/pythia-70m@step2",
        "Pythia 70M@1",
        "pythia-70m@..step1",
        "pythia-70m@step2#model.safetensors",
    ) == [
        "pythia-70m@step4",
        "pythia-70m@step1",
        "pythia-70m@step2",
        "pythia-70m@step8",
        "pythia-70m@step0",
        "pythia-70m@step2#model.safetensors",
    ]


def test_a_suite_is_each_of_its_models(select):
    """Model by model, in suite order; `all` is each published checkpoint, `main` no further one."""
    texts = select("pythia@log2")
    assert texts[:2] == ["pythia-14m@step1", "pythia-14m@step143000"]
    assert len(texts) == len(set(texts)) == 40
    assert len(select("pythia-70m@all")) == 154
    assert select("opt-125m@all") == ["opt-125m@main"]


def test_the_weight_set_goes_with_each(select):
    """What stands behind `#` is asked of every checkpoint."""
    assert select("pythia-70m@step1..step2#pytorch_model.bin") == [
        "pythia-70m@step1#pytorch_model.bin",
        "pythia-70m@step2#pytorch_model.bin",
    ]


def test_a_former_name_is_said_once(shipped_url):
    """What a name means today is remarked, and the REFs have today's name."""

    class Listener(catalog.Watcher):
        heard = ()

        def remark(self, text):
            self.heard += (text,)

    listener = Listener()
    chosen = catalog.open(shipped_url, watcher=listener).select("pythia-19m@log2")
    assert [each.text for each in chosen] == ["pythia-70m-v0@step1000", "pythia-70m-v0@step143000"]
    assert len(listener.heard) == 1
    assert "pythia-19m means pythia-70m-v0 today" in listener.heard[0]


def test_fewer_than_asked_for_is_said(shipped_url):
    """All there are, and one line a model, a few of many."""

    class Listener(catalog.Watcher):
        heard = ()

        def remark(self, text):
            self.heard += (text,)

    listener = Listener()
    chosen = catalog.open(shipped_url, watcher=listener).select("pythia-70m", "opt", log=155)
    assert len(chosen) == 154 + 8
    assert listener.heard[:2] == (
        "pythia-70m has 154 such checkpoints, not 155",
        "opt-125m has 1 such checkpoint, not 155",
    )
    assert listener.heard[4:] == ("and 5 models more",)


def test_common_amounts_of_all_that_are_named(select):
    """Options speak of every model together, and so do several texts; a suite of its own models."""
    models = ("pythia-70m", "pythia-70m-v0")
    assert select(*models, common=True, log=2) == [
        f"{model}@step{step}" for model in models for step in (1000, 143000)
    ]
    assert select(*models, common=True) == select(*(f"{model}@common" for model in models))
    assert len(select("pythia-v0@common:linear2")) == 32


def test_scored_ones_of_a_task(select):
    """Patterns of tasks match; a task that nobody ever ran is named."""
    steps = select("pythia-1.4b", scored=True, tasks=["lambada*"])
    assert "pythia-1.4b@step3000" in steps
    assert "pythia-1.4b@step4000" not in steps
    with pytest.raises(UnknownName, match="unknown task 'lambda_openai'; nearest: lambada_openai"):
        select("pythia-1.4b", scored=True, tasks=["lambda_openai"])


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("pythia-70x@all", UnknownName, "unknown model"),
        ("pythia-70m@step5..step6", UnknownName, "no checkpoint of pythia-70m lies there"),
        ("pythia-v0@step0..step512", UnknownName, "lies there"),
        ("pythia-70m#x@all", BadInput, "not in the"),
    ],
)
def test_a_selection_of_nothing_is_refused(select, text, kind, says):
    """Nothing is begun where a part of what was asked for cannot be meant."""
    if "#" in text:
        assert select(text) == [text]  # no selection: whoever reads it says what is wrong
        return
    with pytest.raises(kind) as refused:
        select("pythia-70m@step1", text)
    assert says in str(refused.value)


def test_a_ref_that_is_wrong_is_told_when_it_is_met(select):
    """One wrong name among plain ones stops no other."""
    assert select("pythia-70m@step3", "qwertz", "pythia-70m@step1") == [
        "pythia-70m@step3",
        "qwertz",
        "pythia-70m@step1",
    ]


# Lists -----------------------------------------------------------------------------------------

LISTED = """\
# the early ones
pythia-70m@step1..step2   # two

  pythia-70m@step4#model.safetensors
pythia-70m@step2
"""
MEANT = ["pythia-70m@step1", "pythia-70m@step2", "pythia-70m@step4#model.safetensors"]


def test_a_list(select, tmp_path):
    """A file or its lines; comments and blank lines are passed over."""
    file = tmp_path / "refs.txt"
    file.write_text(LISTED)
    assert select(listed=file) == select(listed=LISTED.splitlines()) == MEANT
    assert select("pythia-70m@step2", listed=str(file)) == [MEANT[1], MEANT[0], MEANT[2]]
    file.write_text("\ufeff" + LISTED.replace("\n", "\r\n"))
    assert select(listed=file) == MEANT


def test_a_list_with_paths(select, tmp_path, monkeypatch):
    """A path that is there is one, whatever its name looks like."""
    monkeypatch.chdir(tmp_path)
    for name in ("a # b", "pythia-70m@all", "step8"):
        (tmp_path / name).mkdir()
    lines = ["a # b", "pythia-70m@all", "step8 # eight", "./step8/"]
    assert select(listed=lines) == ["a # b", "pythia-70m@all", "step8"]


@pytest.mark.parametrize("content", [b"", b"# nothing\n\n", b"\xff\xfe\x00"])
def test_a_list_of_nothing(select, tmp_path, content):
    """It is named."""
    file = tmp_path / "refs.txt"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=r"refs\.txt (names no checkpoint|is not UTF-8)"):
        select(listed=file)


# Folders ---------------------------------------------------------------------------------------


@pytest.fixture
def called(shipped_url, tmp_path, monkeypatch):
    """Return a function that names folders by a pattern, in a folder that has them."""
    monkeypatch.chdir(tmp_path)

    def run(pattern, *names):
        for name in names:
            (tmp_path / name).mkdir(parents=True, exist_ok=True)
        chosen = catalog.open(shipped_url).select(*names, called=pattern)
        return [(each.text, each.called) for each in chosen]

    return run


def test_folders_are_called_by_their_names(called, tmp_path, monkeypatch):
    """The folder's own name, however the path to it is written."""
    assert called("pythia-70m@{name}", "a/step8", "a/../b/step16/") == [
        ("a/step8", "pythia-70m@step8"),
        ("a/../b/step16/", "pythia-70m@step16"),
    ]
    monkeypatch.chdir(tmp_path / "a" / "step8")
    assert called("pythia-70m@{name}", ".") == [(".", "pythia-70m@step8")]


def test_one_folder_spelt_twice_is_one(called):
    """Two folders of one name are two, one folder under two names is one."""
    assert len(called("pythia-70m@{name}", "a/step8", "./a/step8", "b/step8")) == 2


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("pythia-70m@{name}", "step3"),
        ("pythia-70m@{name}", "checkpoint-8"),
        ("pythia-70m@{name}", "300B"),
        ("pythia-70m@{name}", "all"),
        ("pythia-70m@{name}", "step1..step4"),
        ("pythia-70m@{name}", "a@b"),
        ("pythia-70m@{name}", "{name}"),
        ("{name}", "pythia-70m"),
        ("qwertz@{name}", "step8"),
        ("pythia-70m@step{name}", "x"),
    ],
)
def test_a_name_that_fits_no_step(called, pattern, name):
    """It is refused with the folder, and nothing is guessed."""
    with pytest.raises(BadInput) as refused:
        called(pattern, name)
    assert str(refused.value).startswith(f"{name}: ")
    assert f"called {name!r}" in str(refused.value)


def test_the_pattern_may_hold_a_part(called):
    """What stands around `{name}` is kept."""
    assert called("pythia-70m@step{name}", "8") == [("8", "pythia-70m@step8")]


def test_one_name_for_several_folders(called):
    """Only a pattern can tell them apart."""
    with pytest.raises(BadInput, match=r"--as 'MODEL@\{name\}'"):
        called("pythia-70m@step8", "a", "b")


def test_paths_need_no_catalog(tmp_path):
    """Nothing is opened where there is nothing to look up."""
    nowhere = catalog.open(str(tmp_path / "none.db"))
    assert len(nowhere.select(str(tmp_path), str(tmp_path / "x.bin"))) == 2
    assert len(nowhere.select("pythia-70m@step8")) == 1
    with pytest.raises(CatalogError, match="no catalog at"):
        nowhere.select("pythia-70m@all")
