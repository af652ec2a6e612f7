"""Names as people write them in papers, code, folders and addresses, on the shipped facts.

All texts are asked in one call, as `catalog name -` asks them.
"""

import json

import pytest
from inventories import SINGLE, Inventory
from suns import SUITE

import catalog as package

SPELLINGS = {
    # Sizes: a zero that says nothing, the point as file names write it, units in words.
    "Pythia-12.0B": "pythia-12b",
    "pythia_6_9b": "pythia-6.9b",
    "pythia2-8b-deduped": "pythia-2.8b-deduped",
    "pythia-1p4b": "pythia-1.4b",
    "Pythia 1,4B": "pythia-1.4b",
    "pythia-1b4": "pythia-1.4b",
    "Pythia 6.9 billion parameters": "pythia-6.9b",
    "the 410 million Pythia model": "pythia-410m",
    "pythia-2800M": "pythia-2.8b",
    "pythia 0.16B": "pythia-160m",
    "opt_2_7b": "opt-2.7b",
    "bloom 7.1B": "bloom-7b1",
    "Pythia-1.0B-v0": "pythia-1b-v0",
    # Deduplicated, or expressly not.
    "pythia 70m de-duplicated": "pythia-70m-deduped",
    "pythia-410m-dedupe": "pythia-410m-deduped",
    "pythia-410m-nondeduped": "pythia-410m",
    "Pythia 1.4B (non-deduplicated)": "pythia-1.4b",
    "pythia-160m_undeduped": "pythia-160m",
    "pythia-1b w/o dedup": "pythia-1b",
    "pythia-70m without deduplication": "pythia-70m",
    # Seeds.
    "pythia 410m seed 7": "pythia-410m-seed7",
    "pythia-31m_seed=2": "pythia-31m-seed2",
    "Pythia-160M-WeightSeed3": "pythia-160m-weight-seed3",
    "pythia-160m data seed 02": "pythia-160m-data-seed2",
    # An old size with words that the old names never had: as other libraries read it.
    "pythia-125m-seed3": "pythia-160m-seed3",
    "EleutherAI/pythia-350m-seed1": "pythia-410m-seed1",
    "pythia-125m-weight-seed2": "pythia-160m-weight-seed2",
    # Renamed repositories of others.
    "bloom-350m": "bloom-560m",
    "bigscience/bloom-760m": "bloom-1b1",
    "bloom-2b5": "bloom-3b",
    "bigscience/bloom-6b3": "bloom-7b1",
    # Owners in front, as the harness and others write them; typographic dashes.
    "EleutherAI__pythia-1.4b-deduped": "pythia-1.4b-deduped",
    "facebook_opt-350m": "opt-350m",
    "EleutherAI pythia 12b": "pythia-12b",
    "pythia\N{NON-BREAKING HYPHEN}410m\N{EN DASH}deduped": "pythia-410m-deduped",
    "`EleutherAI/pythia-31m`": "pythia-31m",
    # Files of other people's results.
    "pythia-2.8b-deduped.yaml": "pythia-2.8b-deduped",
    "pythia_160m_step3000.json": "pythia-160m@step3000",
    # What is glued together, and what stands around a name in prose.
    "pythia70mdeduped": "pythia-70m-deduped",
    "pythia-410mv0": "pythia-410m-v0",
    "(EleutherAI/pythia-31m).": "pythia-31m",
    '"pythia-31m",': "pythia-31m",
    "[Pythia](https://huggingface.co/EleutherAI/pythia-31m)": "pythia-31m",
    # Steps.
    "pythia-14m/step512": "pythia-14m@step512",
    "EleutherAI/pythia-14m-seed4:step512": "pythia-14m-seed4@step512",
    "pythia-70m checkpoint 3000": "pythia-70m@step3000",
    "pythia-1b-ckpt-142000": "pythia-1b@step142000",
    "Pythia 1B at step 3,000": "pythia-1b@step3000",
    "Pythia 1B (step 3000)": "pythia-1b@step3000",
    "pythia-1b, revision=step3000": "pythia-1b@step3000",
    "EleutherAI__pythia-14m__step64": "pythia-14m@step64",
}
PLACES = {
    "hf://EleutherAI/pythia-1b@step1000/config.json": "pythia-1b@step1000",
    "git@hf.co:EleutherAI/pythia-1b.git": "pythia-1b",
    "https://huggingface.co/EleutherAI/pythia-1b/resolve/step1000/x.bin?download=true": (
        "pythia-1b@step1000"
    ),
    "https://huggingface.co/EleutherAI/pythia-1b?library=transformers": "pythia-1b",
    "https://huggingface.co/EleutherAI/pythia-1b#uses": "pythia-1b",
    "https://huggingface.co/EleutherAI/pythia-1b/discussions/3": "pythia-1b",
    "huggingface.co/api/models/EleutherAI/pythia-1b/tree/step1000": "pythia-1b@step1000",
    "https://hf-mirror.com/EleutherAI/pythia-1b/blame/main/README.md": "pythia-1b@main",
    "EleutherAI/pythia-1b/tree/step1000": "pythia-1b@step1000",
    "models--EleutherAI--pythia-1b": "pythia-1b",
    "/home/me/.cache/huggingface/hub/models--EleutherAI--pythia-1b/blobs/": "pythia-1b",
    "$HF_HOME/hub/models--EleutherAI--pythia-1b/refs/step1000": "pythia-1b@step1000",
    "file:///c/hub/models--EleutherAI--pythia-1b/refs/main": "pythia-1b@main",
    r"C:\hub\models--EleutherAI--pythia-1b\blobs": "pythia-1b",
    "pretrained=EleutherAI/pythia-1b,revision=step1000,dtype=float16": "pythia-1b@step1000",
    "--model hf --model_args pretrained=EleutherAI/pythia-1b,revision=step1000": (
        "pythia-1b@step1000"
    ),
    "lm_eval --model hf --model_args pretrained=EleutherAI/pythia-1b,revision=step1 --tasks piqa": (
        "pythia-1b@step1"
    ),
    "vllm serve EleutherAI/pythia-1b --revision step1000": "pythia-1b@step1000",
    "huggingface:EleutherAI/pythia-1b": "pythia-1b",
    "EleutherAI/pythia-1b#step1000": "pythia-1b@step1000",
    "hf download EleutherAI/pythia-1b --revision step1000": "pythia-1b@step1000",
    'Net.from_pretrained("EleutherAI/pythia-1b", revision="step1000", cache_dir="x")': (
        "pythia-1b@step1000"
    ),
    "model_name: EleutherAI/pythia-1b": "pythia-1b",
}
# What names nothing for certain: why, and what may be meant, with nothing that it contradicts.
REFUSED = {
    "~/models/pythia-410m/step1000": ("is a path", "pythia-410m@step1000"),
    "file:///srv/pythia-1b": ("is a path", "pythia-1b"),
    r"D:\models\pythia-1b": ("is a path", "pythia-1b"),
    "/srv/finetuned/pythia-1b": ("is a path", None),
    "/hub/models--EleutherAI--pythia-1b/lora/step1000": ("is a path", None),
    "/hub/models--somebody--pythia-1b/blobs": ("unknown model", "EleutherAI/pythia-1b"),
    "/hub/datasets--EleutherAI--pile": ("is a folder of datasets", None),
    "https://huggingface.co/datasets/EleutherAI/pile": ("is no model's page", None),
    "https://hf.co/EleutherAI/pythia-1b/../../me/pythia-1b": ("is no model's page", "pythia-1b"),
    "hf.co/EleutherAI/pythia-1b/tree/step1%2F..%2Fmain": ("is no model's page", "pythia-1b"),
    "https://github.com/EleutherAI/pythia-1b": ("is no address of the Hub", "pythia-1b"),
    "s3://bucket/pythia-1b/step1000": ("is no address of the Hub", "pythia-1b@step1000"),
    "https://huggingface.co/somebody/pythia-1b": ("unknown model", "EleutherAI/pythia-1b"),
    "pretrained=/srv/pythia-1b": ("is a path", "pythia-1b"),
    "pretrained=EleutherAI/pythia-1b,peft=me/lora": ("loads other weights", None),
    "pretrained=EleutherAI/pythia-1b,load_in_4bit=True": ("loads other weights", None),
    'Net.from_pretrained("pythia-1b", checkpoint_index=3)': ("nobody here knows", None),
    "EleutherAI/pythia-1b@step1, revision=step2": ("names two revisions", None),
    "pythia-1b.safetensors": ("is a file of weights", "pythia-1b"),
    "pythia-1b.Q4_K_M.gguf": ("is a file of weights", None),
    "TheBloke/pythia-1b-GGUF": ("'gguf' says that its weights were changed", None),
    "pythia-1.4b-instruct": ("'instruct' says that its weights were changed", None),
    "somebody/Pythia-Chat-7B": ("'chat' says that its weights were changed", None),
    "pythia-1b-8bit": ("'8bit' says that its weights were changed", None),
    "pythia-1b/checkpoint-1000": ("unknown model", None),
    "pythia-7b": ("unknown model", "pythia-6.9b"),
    "pythia-71m-deduped": ("unknown model", "pythia-70m-deduped"),
    "pythia-71m-nondeduped": ("unknown model", "pythia-70m"),
    "pythia-70m-seed10": ("unknown model", None),
    "pythia-160m-s1": ("unknown model", None),
    "pythia-71mdedup": ("unknown model", "pythia-70m-deduped"),
    "pythia-1b-v3": ("unknown model", None),
    "pythia-12c-v0": ("unknown model", "pythia-12b-v0"),
    "Pythia": ("is a suite of 20 models: name one of them, see `catalog ls --suite pythia`", None),
    "the BLOOM models": ("is a suite of 5 models", None),
}


@pytest.fixture(scope="module")
def meant(shipped_url):
    """Return what each text means, by text."""
    texts = [*SPELLINGS, *PLACES, *REFUSED]
    explained = package.open(shipped_url).names(texts)
    return dict(zip(texts, explained, strict=True))


@pytest.mark.parametrize(("text", "expected"), (SPELLINGS | PLACES).items())
def test_what_is_written_is_read(meant, text, expected):
    """Each form names the model, and the revision that it says."""
    answer = meant[text].answer
    model, _, revision = expected.partition("@")
    assert (answer.model, answer.revision) == (model, revision or None), answer
    assert meant[text].is_resolved


@pytest.mark.parametrize(("text", "expected"), REFUSED.items())
def test_what_is_not_certain_is_refused(meant, text, expected):
    """It says why; the nearest name that agrees with the text comes first, or none at all."""
    why, nearest = expected
    answer = meant[text].answer
    assert answer.model is None
    assert why in answer.error
    assert next(iter(answer.nearest), None) == nearest, answer.nearest


def opposite(text, name):
    """Return whether a name says the contrary of a text, in the words of these tests alone."""
    asked, offered = text.lower(), name.lower()
    seeds = {f"seed{number}" for number in range(1, 11)}
    deduped = "dedup" in asked and "non" not in asked
    return (
        deduped != ("deduped" in offered)
        or {seed for seed in seeds if asked.endswith(seed)}
        != {seed for seed in seeds if offered.endswith(seed)}
        or ("-v0" in asked and "-v0" not in offered)
    )


@pytest.mark.parametrize(
    "text",
    [
        f"pythia-{size}{what}"
        for size in ("71m", "1.5b", "7b")
        for what in ("", "-deduped", "-nondeduped", "-v0", "-deduped-v0", "-seed2", "-seed10")
    ],
)
def test_no_suggestion_is_the_opposite(shipped_url, catalog, text):
    """Whoever writes deduplicated, a seed or a generation is offered nothing else."""
    ran = catalog("name", text, "--db", shipped_url)
    offered = [line.split()[1] for line in ran.out.splitlines() if "  nearest  " in line]
    assert ran.code == 2
    assert [name for name in offered if opposite(text, name)] == []


def test_a_name_that_meant_the_opposite_on_that_day(shipped_url):
    """`pythia-14m` was trained on deduplicated data, and named so later."""
    from datetime import date

    meant = package.open(shipped_url).name("pythia-14m-nondeduped", on=date(2024, 1, 1))
    assert meant.answer.model is None
    assert "says it is not deduplicated" in meant.answer.error
    assert meant.today is not None
    assert meant.today.model == "pythia-14m"


def test_a_commit_is_looked_up(shipped_url, catalog):
    """A snapshot in the Hub's cache, and an address by commit, mean the branch seen at it."""
    known = json.loads(catalog("show", "pythia-2.8b@step3000", "--db", shipped_url, "--json").out)
    commit = known["branch"]["commit"]
    snapshot = f"/hub/models--EleutherAI--pythia-2.8b/snapshots/{commit}/config.json"
    address = f"https://huggingface.co/EleutherAI/pythia-2.8b/commit/{commit}"
    for text in (snapshot, address):
        ran = catalog("name", text, "--db", shipped_url, "--json")
        assert (ran.code, json.loads(ran.out)[0]["tokens_seen"]) == (0, 3000 * 2_097_152)
        assert catalog("show", text, "--db", shipped_url).out.startswith("pythia-2.8b@step3000\n")
    ran = catalog("name", snapshot.replace(commit, "0" * 40), "--db", shipped_url)
    assert ran.code == 2
    assert f"no look at EleutherAI/pythia-2.8b ever saw commit {'0' * 40}" in ran.out


@pytest.mark.parametrize("digits", [7, 8, 12, 39])
def test_the_beginning_of_a_commit_is_enough(shipped_url, catalog, digits):
    """The catalog prints eight digits itself; what no look saw, and a number, are no commits."""
    begins = "cc81f94ea2acd24862163f15126427b85b98caac"[:digits]
    ran = catalog("name", f"pythia-2.8b@{begins}", "--db", shipped_url, "--json")
    assert (ran.code, json.loads(ran.out)[0]["tokens_seen"]) == (0, 1000 * 2_097_152)
    ran = catalog("evals", "show", f"pythia-2.8b@{begins}", "--task", "sciq", "--db", shipped_url)
    assert "cc81f94e is the commit of pythia-2.8b@step1000, last seen on" in ran.err
    unseen = catalog("show", f"pythia-160m@{begins}", "--db", shipped_url)
    assert (unseen.code, unseen.out) == (2, "")
    assert f"no look at EleutherAI/pythia-160m ever saw commit {begins}" in unseen.err
    ran = catalog("log", f"pythia-2.8b@{begins}", "--db", shipped_url)
    assert (ran.code, f"{begins} is a commit, no branch" in ran.err) == (2, True)


def test_a_beginning_that_several_commits_have(catalog, db_url, tmp_path):
    """It is not enough: all are named."""
    commits = [f"abcdef0{digit}{'0' * 32}" for digit in "12"]
    made = Inventory()
    for step, commit in zip((100, 200), commits, strict=True):
        made.branch("lab/sun-1m", f"step{step}", {SINGLE: step}, commit=commit)
    (tmp_path / "suite.toml").write_text(SUITE)
    for words in (["suites", "add", tmp_path / "suite.toml"], ["sync", "--from-file"]):
        file = [made.write(tmp_path)] if words[0] == "sync" else []
        assert catalog(*words, *file, "--db", db_url).code == 0
    ran = catalog("show", "sun-1m@abcdef0", "--db", db_url)
    assert (ran.code, f"abcdef0 begins 2 commits: {', '.join(commits)}" in ran.err) == (2, True)
    assert catalog("show", "sun-1m@abcdef01", "--db", db_url).code == 0


def test_a_pull_request_is_no_checkpoint(shipped_url, catalog):
    """It is named as what it is, and no step is offered for its number."""
    text = "https://huggingface.co/EleutherAI/pythia-1b/tree/refs%2Fpr%2F2"
    ran = catalog("show", text, "--db", shipped_url)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "catalog: 'refs/pr/2' is a pull request of EleutherAI/pythia-1b, no checkpoint; "
        "nearest: main\n"
    )


@pytest.mark.parametrize("command", ["show", "evals show", "log"])
def test_a_suite_where_a_model_is_meant(shipped_url, catalog, command):
    """The line says that it is one, where a suite cannot be meant."""
    ran = catalog(*command.split(), "Pythia", "--db", shipped_url)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "catalog: unknown model 'Pythia'; "
        "pythia is a suite: name a model of it, see `catalog ls --suite pythia`\n"
    )


@pytest.mark.parametrize("command", ["verify", "populate", "hash"])
def test_a_file_that_is_not_there_is_no_name(shipped_url, catalog, command, tmp_path, monkeypatch):
    """What reads files takes a file's name for one: never for the model that it is called after."""
    monkeypatch.chdir(tmp_path)
    ran = catalog(command, "pythia-70m.json", "--db", shipped_url)
    assert (ran.code, ran.out) == (2, "")
    lacks_name = "nothing says which checkpoint pythia-70m.json is; say so with --as MODEL@REVISION"
    why = lacks_name if command == "populate" else "pythia-70m.json does not exist"
    assert ran.err == f"catalog: {why}\n"


@pytest.mark.parametrize("size", ["1.4B", "1400M", "1.4 billion", "1b4"])
def test_models_of_a_size(shipped_url, catalog, size):
    """Sizes are numbers, however they are written."""
    ran = catalog("ls", "--suite", "pythia", "--size", size, "-q", "--db", shipped_url)
    assert (ran.code, ran.out) == (0, "pythia-1.4b\npythia-1.4b-deduped\n")


@pytest.mark.parametrize(
    ("size", "line"),
    [
        ("nosuch", "not a size: 'nosuch'; write it as 70M or 1.4B"),
        ("pythia-70m", "not a size: 'pythia-70m'; write it as 70M or 1.4B"),
        ("0M", "not a size: '0M'; write it as 70M or 1.4B"),
        ("2B", "no model here has the size '2B'; nearest: 1.4B, 2.8B, 1B"),
    ],
)
def test_no_models_of_a_size(shipped_url, catalog, size, line):
    """Nonsense is refused, and so is a size that no model has: the nearest are named."""
    ran = catalog("ls", "--suite", "pythia", "--size", size, "--db", shipped_url)
    assert (ran.code, ran.out, ran.err) == (2, "", f"catalog: {line}\n")
