"""Suite files: the ones that ship say what is known, and a broken one is refused by line."""

from datetime import date
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.core import suites
from catalog.errors import BadInput

PRIVATE = dedent("""\
    [suite]
    name = "mine"
    title = "My own runs"
    kind = "private"

    [source.notebook]
    kind = "own"
    title = "Laboratory notebook"

    [save_schedule.often]
    steps = [0, 1, 2, "500..2000/500"]

    [defaults]
    architecture = "gpt-neox"
    save_schedule = "often"
    tokens_per_published_step = 524_288
    tokens_per_training_step = 262_144
    revision_label = "ckpt-{step}-update{training_step}-{gigatokens}B"

    [[model]]
    name = "mine-90m"
    repo_id = "my-lab/{name}"
    size = "90M"

    [[model]]
    name = "mine-tiny"
    tokens_per_training_step = 524_288
    revision_label = "at-{tokens}"

    [[fact]]
    source = "notebook"
    models = ["mine-*"]
    values = { layers = 6, learning_rate = 1e-3 }

    [[name]]
    text = "mine-0.1b"
    model = "mine-90m"
    kind = "former"
    valid_to = 2024-05-01
    """)


@pytest.fixture(scope="module")
def shipped() -> dict[str, suites.Suite]:
    """Return the shipped suites by name."""
    return {suite.name: suite for suite in suites.shipped()}


def models(suite: suites.Suite) -> dict[str, suites.Model]:
    """Return a suite's models by name."""
    return {model.name: model for model in suite.models}


def at(model: suites.Model, revision: str) -> suites.Checkpoint:
    """Return the checkpoint of a revision."""
    return next(each for each in model.checkpoints if each.revision == revision)


# What ships --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suite", "kind", "how_many", "checkpoints"),
    [
        ("pythia", "released", 20, 154),
        ("pythia-v0", "released", 16, 143),
        ("polypythias", "released", 51, 154),
        ("opt", "comparison", 8, 1),
        ("bloom", "comparison", 5, 1),
        ("gpt-neo", "comparison", 3, 1),
    ],
)
def test_each_suite_is_complete(shipped, suite, kind, how_many, checkpoints):
    """Every released model is there, with as many checkpoints as were published."""
    assert shipped[suite].kind == kind
    assert len(shipped[suite].models) == how_many
    assert {len(model.checkpoints) for model in shipped[suite].models} == {checkpoints}
    assert all(model.repo_id for model in shipped[suite].models)


def test_v1_counts_tokens_by_step(shipped):
    """Every v1 step is 2,097,152 tokens, from step 0 to 299,892,736,000 tokens at 143,000."""
    for model in shipped["pythia"].models:
        assert model.checkpoints[0] == suites.Checkpoint(0, 0, 0, "step0")
        assert at(model, "step512").tokens_seen == 512 * 2_097_152
        assert model.checkpoints[-1] == suites.Checkpoint(
            143_000, 143_000, 299_892_736_000, "step143000"
        )


@pytest.mark.parametrize("size", ["160m", "410m", "1.4b"])
@pytest.mark.parametrize("data", ["", "-deduped"])
def test_v0_four_million_runs_have_two_step_numbers(shipped, size, data):
    """Published step 1000 of a 4M-token v0 run is training step 500, at the same tokens."""
    model = models(shipped["pythia-v0"])[f"pythia-{size}{data}-v0"]
    assert at(model, "step1000") == suites.Checkpoint(1000, 500, 2_097_152_000, "step1000")
    assert at(model, "step143000").training_step == 71_500


def test_v0_two_million_runs_have_one_step_number(shipped):
    """The other v0 runs number their branches by optimizer updates."""
    model = models(shipped["pythia-v0"])["pythia-6.9b-v0"]
    assert at(model, "step1000") == suites.Checkpoint(1000, 1000, 2_097_152_000, "step1000")


def test_deduplicated_data_is_smaller(shipped):
    """An epoch is about 300B tokens of the Pile and about 207B after deduplication."""
    for suite in ("pythia", "pythia-v0"):
        for model in shipped[suite].models:
            billions = 207 if "deduped" in model.name else 300
            assert model.dataset_tokens == billions * 10**9


def test_polypythias_vary_one_model_each(shipped):
    """Nine seeds of five sizes, and at 160M three of the data and three of the weights alone."""
    names = set(models(shipped["polypythias"]))
    sizes = ("14m", "31m", "70m", "160m", "410m")
    seeds = {f"pythia-{size}-seed{seed}" for size in sizes for seed in range(1, 10)}
    parts = {f"pythia-160m-{part}-seed{n}" for part in ("data", "weight") for n in (1, 2, 3)}
    assert names == seeds | parts
    assert {model.derived_from for model in shipped["polypythias"].models} == {
        f"pythia-{size}" for size in sizes
    }


@pytest.mark.parametrize(
    ("model", "tokens_per_step", "first", "last"),
    [
        ("pythia-70m-0.25mtokbs", 262_144, 24_000, 1_144_000),
        ("pythia-160m-0.5mtokbs", 524_288, 12_000, 572_000),
        ("pythia-410m-0.5mtokbs", 524_288, 12_000, 572_000),
        ("pythia-1b-0.5mtokbs", 524_288, 12_000, 572_000),
        ("pythia-1.4b-1mtokbs", 1_048_576, 6_000, 286_000),
        ("pythia-intervention-1.4b-deduped-long", 2_097_152, 114_000, 143_000),
        ("pythia-intervention-410m-deduped-v0", 4_194_304, 67_000, 71_500),
    ],
)
def test_unpublished_runs_know_their_grid(shipped, model, tokens_per_step, first, last):
    """A run known from its scores alone has training steps and tokens, and no revision."""
    run = models(shipped["pythia-ablations"])[model]
    assert run.repo_id is None
    assert run.tokens_per_training_step == tokens_per_step
    assert {(each.published_step, each.revision) for each in run.checkpoints} == {(None, None)}
    assert (run.checkpoints[0].training_step, run.checkpoints[-1].training_step) == (first, last)
    assert (
        run.checkpoints[-1].tokens_seen == last * tokens_per_step == pytest.approx(3e11, rel=0.01)
    )


@pytest.mark.parametrize(
    ("text", "day", "model"),
    [
        ("pythia-1.3b", date(2022, 12, 15), "pythia-1.4b-v0"),
        ("pythia-1.4b", date(2023, 2, 15), "pythia-1.4b-v0"),
        ("pythia-1.4b-v0", date(2026, 1, 1), "pythia-1.4b-v0"),
        ("pythia-1.4b", date(2026, 1, 1), "pythia-1.4b"),
        ("pythia-1.4b", date(2023, 4, 3), "pythia-1.4b"),
        ("pythia-1.4b", date(2023, 4, 2), "pythia-1.4b-v0"),
        ("pythia-13b-deduped", date(2022, 12, 15), "pythia-12b-deduped-v0"),
        ("pythia-19m", date(2022, 12, 15), "pythia-70m-v0"),
        ("pythia-800m", date(2022, 12, 15), "pythia-1b-v0"),
        ("pythia-14m", date(2024, 1, 1), "pythia-14m-deduped"),
        ("pythia-14m", date(2026, 2, 27), "pythia-14m"),
        ("EleutherAI/pythia-14m", date(2026, 2, 27), "pythia-14m"),
        ("EleutherAI/pythia-160m-seed3", date(2026, 1, 1), "pythia-160m-seed3"),
        ("pythia-v1.1-1b-bf16", date(2023, 3, 1), "pythia-1b"),
        ("pythia-v1.1-70m-0.25MtokBS", date(2023, 3, 1), "pythia-70m-0.25mtokbs"),
    ],
)
def test_names_mean_one_model_on_one_day(shipped, text, day, model):
    """A name has at most one meaning on a given day, across all suites."""
    meanings = {
        name.model
        for suite in shipped.values()
        for name in suites.all_names(suite)
        if name.text == text and (name.valid_from or date.min) <= day < (name.valid_to or date.max)
    }
    assert meanings == {model}


def test_every_source_is_used_once_and_known(shipped):
    """Facts and names refer to sources that their suite carries, and to nothing else."""
    for suite in shipped.values():
        keys = [source.key for source in suite.sources]
        used = {fact.source for model in suite.models for fact in model.facts}
        used |= {name.source for name in suite.names if name.source}
        assert len(keys) == len(set(keys))
        assert used == set(keys)


def test_every_pythia_configuration_is_a_source(shipped):
    """All 18 published training configurations give facts, with commit and digest."""
    configs = [each for each in shipped["pythia"].sources if each.kind == "training-config"]
    assert len(configs) == 18
    assert all(each.commit and each.digest for each in configs)


# A file of one's own -----------------------------------------------------------------------------


def test_a_private_suite_has_labels_batch_and_schedule_of_its_own():
    """Labels, tokens per step and save schedule come from the file, not from Pythia."""
    suite = suites.parse(PRIVATE, label="mine.toml")
    first, second = suite.models
    assert [each.published_step for each in first.checkpoints] == [0, 1, 2, 500, 1000, 1500, 2000]
    assert first.repo_id == "my-lab/mine-90m"
    assert first.checkpoints[-1] == suites.Checkpoint(
        2000, 4000, 1_048_576_000, "ckpt-2000-update4000-2B"
    )
    assert second.repo_id is None
    assert second.checkpoints[1] == suites.Checkpoint(1, 1, 524_288, "at-524288")
    assert [fact.value for fact in second.facts] == [6, 0.001]
    assert suite.names[0].valid_to == date(2024, 5, 1)


def test_gigatokens_round_up():
    """A label in billions of tokens rounds up, as OLMo's do: 0 stays 0, 0.5B becomes 1B."""
    suite = suites.parse(PRIVATE, label="mine.toml")
    labels = [each.revision for each in suite.models[0].checkpoints]
    assert labels[0] == "ckpt-0-update0-0B"
    assert labels[3] == "ckpt-500-update1000-1B"


def test_checkpoints_can_be_listed():
    """A model may list its checkpoints instead; what is not stated stays unknown."""
    text = PRIVATE.replace(
        'name = "mine-tiny"\n',
        'name = "mine-tiny"\ncheckpoints = [{ revision = "main" }, '
        '{ revision = "half", step = 100, tokens = 52_428_800 }]\n',
    ).replace('save_schedule = "often"\n', "")
    text = text.replace('name = "mine-90m"\n', 'name = "mine-90m"\nsave_schedule = "often"\n')
    main, half = suites.parse(text, label="mine.toml").models[1].checkpoints
    assert main == suites.Checkpoint(None, None, None, "main")
    assert half == suites.Checkpoint(100, 100, 52_428_800, "half")


def test_shipped_sources_can_be_referred_to():
    """A user's file may cite a document that ships, and then carries it."""
    text = PRIVATE.replace('source = "notebook"', 'source = "pythia-paper"')
    suite = suites.parse(text, label="mine.toml")
    assert [source.title for source in suite.sources] == [
        "Pythia: A Suite for Analyzing Large Language Models Across Training and Scaling"
    ]
    assert suite.digest != suites.parse(PRIVATE, label="mine.toml").digest


# A broken file -----------------------------------------------------------------------------------

BROKEN = {
    "not TOML": ('size = "90M"', 'size = "90M', 23, "not TOML"),
    "an array never closed": ('models = ["mine-*"]', 'models = ["mine-*"', 32, "not TOML"),
    "key given twice": ('size = "90M"', 'size = "90M"\nsize = "91M"', 24, "not TOML"),
    "an endless integer": ("tokens_per_training_step = 262_144", f"seed = {'9' * 5000}", 17, "not"),
    "unknown table": ("[defaults]", "[default]", 13, "unknown key 'default'"),
    "unknown key": ('size = "90M"', 'seize = "90M"', 23, "unknown key 'seize'"),
    "unknown key of the suite": ('title = "My own runs"', 'titel = "Mine"', 3, "unknown key"),
    "unknown suite kind": ('kind = "private"', 'kind = "secret"', 4, "kind 'secret'"),
    "missing title": ('title = "My own runs"\n', "", 1, "missing key 'title'"),
    "missing name": ('name = "mine-tiny"\n', "", 25, "missing key 'name'"),
    "missing architecture": ('architecture = "gpt-neox"\n', "", 19, "missing key 'architecture'"),
    "wrong type": ('size = "90M"', "size = 90", 23, "size must be a text"),
    "a truth value for a number": ("= 524_288\ntokens", "= true\ntokens", 16, "an integer"),
    "a negative rate": ("= 524_288\ntokens", "= -1\ntokens", 16, "between 1 and"),
    "a rate beyond 64 bits": ("= 524_288\ntokens", f"= {2**63}\ntokens", 16, "between 1 and"),
    "duplicate model": ('name = "mine-tiny"', 'name = "Mine-90m"', 26, "duplicate model"),
    "a name with an @": ('name = "mine-tiny"', 'name = "mine@tiny"', 26, "a model's name"),
    "an unprintable name": ('size = "90M"', 'size = "90\\u0000M"', 23, "unprintable"),
    "not a repository": ('"my-lab/{name}"', '"my lab/{name}"', 22, "not a repository"),
    "unknown source": ('source = "notebook"', 'source = "memory"', 31, "unknown source 'memory'"),
    "unknown source kind": ('kind = "own"', 'kind = "rumour"', 7, "kind 'rumour'"),
    "fact for no model": ('["mine-*"]', '["mine-*", "yours"]', 32, "unknown model 'yours'"),
    "fact for no models": ('models = ["mine-*"]\n', "", 30, "missing key 'models'"),
    "unknown fact key": ("layers = 6", "layerz = 6", 33, "unknown fact key 'layerz'"),
    "fact of the wrong kind": ("layers = 6", "layers = 6.5", 33, "layers is not of the kind"),
    "bad range": ('"500..2000/500"', '"500..2001/500"', 11, "bad schedule"),
    "range of nothing": ('"500..2000/500"', '"500..2000/0"', 11, "bad schedule"),
    "endless range": ('"500..2000/500"', '"1..9000000000/1"', 11, "bad schedule"),
    "steps out of order": ('[0, 1, 2, "500', '[0, 2, 1, "500', 11, "bad schedule, 1 after 2"),
    "no steps": ('[0, 1, 2, "500..2000/500"]', "[]", 11, "bad schedule"),
    "unknown schedule": ('save_schedule = "often"', 'save_schedule = "seldom"', 15, "'seldom'"),
    "label of nothing": ("{gigatokens}", "{flops}", 18, "revision_label may use"),
    "label without a number": ('"at-{tokens}"', '"at-last"', 28, "two checkpoints with revision"),
    "tokens that do not fit": ("= 262_144", "= 300_000", 15, "tokens do not fit"),
    "name of no model": ('model = "mine-90m"', 'model = "mine-9m"', 37, "unknown model 'mine-9m'"),
    "unknown name kind": ('kind = "former"', 'kind = "nick"', 38, "kind 'nick'"),
    "a date with a time": ("= 2024-05-01", "= 2024-05-01T00:00:00", 39, "must be a date"),
    "a period of no days": ("valid_to", "valid_from = 2024-05-01\nvalid_to", 40, "not after"),
    "no suite": (
        '[suite]\nname = "mine"\ntitle = "My own runs"\nkind = "private"\n',
        "",
        1,
        "[suite]",
    ),
}


@pytest.mark.parametrize("defect", BROKEN)
def test_a_broken_file_is_refused_with_its_line(defect):
    """Whatever is wrong, the whole file is refused, and the line is the one to mend."""
    good, bad, line, words = BROKEN[defect]
    assert PRIVATE.count(good) >= 1
    with pytest.raises(BadInput) as refused:
        suites.parse(PRIVATE.replace(good, bad, 1), label="mine.toml")
    assert refused.value.what.startswith(f"mine.toml:{line}: ")
    assert words in refused.value.what


def test_overlapping_periods_are_refused():
    """One text cannot mean two models on one day; one day later it can."""
    second = '\n[[name]]\ntext = "MINE 0.1B"\nmodel = "mine-tiny"\nkind = "current"\n'
    apart = second + "valid_from = 2024-05-01\n"
    assert len(suites.parse(PRIVATE + apart, label="mine.toml").names) == 2
    with pytest.raises(BadInput, match=r"mine.toml:42: overlapping periods"):
        suites.parse(PRIVATE + second, label="mine.toml")


def test_a_models_own_name_cannot_be_taken():
    """A model's own name means it for ever, unless an entry gives that name a period."""
    taken = '\n[[name]]\ntext = "mine-tiny"\nmodel = "mine-90m"\nkind = "former"\n'
    until = "valid_to = 2024-01-01\n"
    own = '\n[[name]]\ntext = "mine-tiny"\nmodel = "mine-tiny"\nkind = "current"\n'
    since = "valid_from = 2024-01-01\n"
    assert suites.parse(PRIVATE + taken + until + own + since, label="mine.toml")
    with pytest.raises(BadInput, match=r"mine.toml:42: overlapping periods"):
        suites.parse(PRIVATE + taken + until, label="mine.toml")


def test_a_fact_is_given_once_by_one_source():
    """A source cannot say two things about one key of one model."""
    again = '\n[[fact]]\nsource = "notebook"\nmodels = ["mine-tiny"]\nvalues = { layers = 7 }\n'
    with pytest.raises(BadInput, match=r"mine.toml:44: 'notebook' already gives layers"):
        suites.parse(PRIVATE + again, label="mine.toml")


def test_a_source_key_means_one_document():
    """A file cannot give a shipped source's key to another document."""
    text = PRIVATE.replace("[source.notebook]", "[source.pythia-paper]")
    text = text.replace('source = "notebook"', 'source = "pythia-paper"')
    with pytest.raises(BadInput, match=r"mine.toml:6: source 'pythia-paper' is already"):
        suites.parse(text, label="mine.toml")


def test_the_line_is_found_behind_text_that_looks_like_tables():
    """Text of several lines, comments and inline tables do not confuse the line."""
    note = 'note = """\n[[model]]\nname = "mine-90m"\n"""\n# name = "x"\nseize = 1\n'
    text = PRIVATE.replace('size = "90M"\n', note)
    with pytest.raises(BadInput, match=r"mine.toml:28: unknown key 'seize'"):
        suites.parse(text, label="mine.toml")


def test_listed_checkpoints_must_fit_the_rate():
    """Tokens that contradict the model's own rate are refused at the checkpoints."""
    text = PRIVATE.replace('save_schedule = "often"\n', "")
    listed = (
        'name = "mine-tiny"\ncheckpoints = [\n  { step = 1 },\n  { step = 2, tokens = 7 },\n]\n'
    )
    with pytest.raises(BadInput, match=r"mine.toml:2[4-8]: tokens do not fit"):
        suites.parse(text.replace('name = "mine-tiny"\n', listed), label="mine.toml")


@given(st.text(), st.integers(0, len(PRIVATE)))
@settings(max_examples=150, deadline=None)
def test_nothing_but_bad_input_is_raised(noise, position):
    """Noise anywhere in a file is refused as bad input with a line, or changes nothing fatal."""
    text = PRIVATE[:position] + noise + PRIVATE[position:]
    refusal = None
    try:
        suites.parse(text, label="mine.toml")
    except BadInput as error:
        refusal = error.what
    if refusal is not None:
        label, line, _ = refusal.split(":", 2)
        assert label == "mine.toml"
        assert 1 <= int(line) <= text.count("\n") + 1


def test_stage_and_variant_name_the_documents_in_which_they_were_read():
    """No README says "pre-trained" of Pythia, its cards do; of v0 none was read that does."""
    stated = {"stage": {}, "variant": {}}
    for suite in suites.shipped():
        for model in suite.models:
            for fact in model.facts:
                if fact.key in stated:
                    stated[fact.key].setdefault(fact.source, set()).add(suite.name)
    assert stated["stage"] == {
        "pythia-model-card": {"pythia"},
        "pythia-31m-model-card": {"pythia"},
        "polypythias-model-card": {"pythia", "polypythias"},
        "pythia-case-studies": {"pythia-ablations"},
        "opt-model-card": {"opt"},
        "bloom-model-card": {"bloom"},
        "gpt-neo-model-card": {"gpt-neo"},
    }
    assert stated["variant"] == {
        "pythia-readme": {"pythia"},
        "pythia-14m-model-card-note": {"pythia"},
        "pythia-31m-model-card": {"pythia"},
        "pythia-v0-model-card": {"pythia-v0"},
        "polypythias-model-card": {"polypythias"},
        "pythia-case-studies": {"pythia-ablations"},
    }
