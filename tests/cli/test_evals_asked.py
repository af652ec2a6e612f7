"""Which scores are asked for: suites, selections, conditions, marks, and the weights of each."""

import csv
import io
import json

import pyarrow.parquet
import pytest
import score_documents

STALE = "cc81f94ea2acd24862163f15126427b85b98caac"  # pythia-2.8b@step1000, as it was seen
ONE = ("--task", "lambada_openai", "--metric", "acc")


@pytest.fixture
def ask(catalog, shipped_url):
    """Return a function that asks for scores on the shipped facts."""
    return lambda *words: catalog("evals", *words, "--db", shipped_url)


@pytest.fixture
def rows(ask):
    """Return a function that returns scores as JSON."""
    return lambda *words: json.loads(ask("show", *words, "--json").out)


def test_a_suite_is_each_of_its_models(rows):
    """Scores of a suite are those of all its scored checkpoints."""
    found = rows("opt", *ONE)
    assert [row["model"] for row in found] == [
        f"opt-{size}" for size in ("125m", "350m", "1.3b", "2.7b", "6.7b", "13b", "30b", "66b")
    ]


@pytest.mark.parametrize("words", [["pythia-1.4b@log14"], ["pythia-1.4b", "--log", "14"]])
def test_a_selection_names_what_has_no_score(ask, words):
    """A checkpoint that was named and never scored is said, with the nearest one that was."""
    ran = ask("show", *words, *ONE, "--shots", "0", "--like-with-like", "--json")
    steps = [row["revision"] for row in json.loads(ran.out)]
    assert "pythia-1.4b@step4000 has no such score; nearest scored: pythia-1.4b@step3000" in ran.err
    assert "step4000" not in steps
    assert steps[-1] == "step143000"
    alone = ask("show", "pythia-1.4b@step4000")
    assert (alone.code, alone.out) == (3, "")
    assert "nearest scored: pythia-1.4b@step3000" in alone.err


def test_like_with_like_leaves_out_the_rest_and_says_how_it_differs(ask, rows):
    """Two runs under other conditions are two rows; like with like there is one."""
    both = rows("pythia-410m", *ONE, "--shots", "0")
    last = [row["harness_version"] for row in both if row["revision"] == "step143000"]
    assert last == [None, "0.4.12"]
    ran = ask("show", "pythia-410m", *ONE, "--shots", "0", "--like-with-like", "--json")
    assert {row["harness_version"] for row in json.loads(ran.out)} == {None}
    assert "left out: 1 score of pythia-410m@step143000: harness 0.4.12, dtype bfloat16" in ran.err


def test_compare_leaves_out_what_is_unlike(ask):
    """A score under other conditions is marked; like with like it is left out, and that is said."""
    words = ("compare", "pythia-70m", "pythia-1b", "pythia-70m-v0", "--task", "piqa", "--json")
    differs = ["dtype float16"]
    rows = {row["ref"]: row for row in json.loads(ask(*words).out)["rows"]}
    assert rows["pythia-70m-v0"]["scores"]["piqa"]["differs"] == differs
    ran = ask(*words, "--like-with-like")
    rows = {row["ref"]: row for row in json.loads(ran.out)["rows"]}
    assert (rows["pythia-70m-v0"]["scores"], list(rows["pythia-1b"]["scores"])) == ({}, ["piqa"])
    assert "left out: pythia-70m-v0, piqa: dtype float16 (the rest: 0 shots, " in ran.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--metric", "nosuch"], "no score here has the metric 'nosuch'; nearest: acc, acc_norm"),
        (["--metric", "pp"], "nearest: ppl, acc"),
        (["--task", "lambda"], "unknown task 'lambda'; nearest: lambada_openai"),
        (["--shots", "3"], "no score here has 3 shots; there are 0, 5"),
        (["--harness", "0.3"], "no score here has harness 0.3; there are 0.4.12, unknown"),
        (["--dtype", "fp8"], "no score here has dtype fp8; there are bfloat16, unknown"),
    ],
)
def test_what_is_not_there_is_asked_wrongly(ask, words, says):
    """An unknown task, metric or condition is one line with what there is, exit 2."""
    ran = ask("show", "pythia-1.4b", *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert says in ran.err


def test_a_type_is_meant_under_its_short_names(rows):
    """bf16 is bfloat16."""
    assert {row["dtype"] for row in rows("pythia-1.4b", "--dtype", "bf16")} == {"bfloat16"}


def test_marks_stand_in_every_format(ask):
    """A score under an advisory has `!` and the reason in text, JSON and CSV; --clean leaves it."""
    words = ("show", "pythia-160m@step143000", *ONE, "--shots", "0", "--harness", "unknown")
    assert "0.3284 [!]" in ask(*words).out
    (row,) = json.loads(ask(*words, "--json").out)
    assert row["mark"] == "!"
    assert row["reasons"][0].startswith("CKPT-2023-0001: ")
    (flat,) = csv.DictReader(io.StringIO(ask(*words, "--csv").out))
    assert (flat["mark"], flat["reasons"]) == ("!", "; ".join(row["reasons"]))
    ran = ask(*words, "--clean")
    assert (ran.code, ran.out) == (3, "")
    assert "every such score has a mark; without --clean they are shown" in ran.err
    ran = ask("show", "pythia-160m", *ONE, "--clean", "--json")
    assert {row["mark"] for row in json.loads(ran.out)} == {None}
    assert "left out, as marked: 3 scores of pythia-160m@step143000" in ran.err


def test_a_score_is_tied_to_the_weights_of_its_loader(rows):
    """With commit and version it is known which set was loaded; else it is said what is not."""
    tied = {row["harness_version"]: row for row in rows("pythia-1.4b@step143000", *ONE)}
    assert (tied["0.4.12"]["loader"], tied["0.4.12"]["weight_set"]) == (
        "transformers-5",
        "model.safetensors",
    )
    assert "commit fedc38a1" in tied["0.4.12"]["weights"]
    assert (tied[None]["weight_set"], tied[None]["weights"]) == (
        None,
        "not known: no commit is stated",
    )


def test_people_read_which_weights_it_was(ask):
    """Below the table stands what was loaded, once a commit, where that is known."""
    out = ask("show", "pythia-1.4b@step143000", *ONE, "--shots", "0").out
    assert out.splitlines()[-1].startswith("measured on model.safetensors of commit fedc38a1: ")
    assert "measured on" not in ask("show", "pythia-1.4b@step1000", *ONE).out


def test_a_score_of_a_trainers_own_files_is_of_none_of_the_hubs(rows):
    """What GPT-NeoX ran is not tied to a set of the Hub."""
    found = rows("pythia-70m-v0", *ONE)
    assert {row["weight_set"] for row in found} == {None}
    assert found[0]["weights"].startswith("the trainer's own files, by gpt-neox ")


@pytest.mark.parametrize(
    ("version", "weight_set", "marked"),
    [("5.9.0", "model.safetensors", True), ("4.22.2", "pytorch_model.bin", True)],
)
def test_a_score_of_a_stale_file_is_marked(
    catalog, facts_url, tmp_path, version, weight_set, marked
):
    """A run on a commit whose default file is another step's says so, whichever its day took."""
    document = score_documents.modern(transformers_version=version)
    document["config"]["model_args"] = {"pretrained": "EleutherAI/pythia-2.8b", "revision": STALE}
    document["config"] |= {"model_sha": STALE, "model_revision": STALE}
    file = score_documents.write(tmp_path, "x.json", document)
    assert catalog("evals", "import", file, "--db", facts_url).code == 0
    ran = catalog(
        *("evals", "show", "pythia-2.8b@step1000", "--task", "sciq", "--dtype", "bf16", "--json"),
        *("--db", facts_url),
    )
    (row,) = json.loads(ran.out)
    assert row["weight_set"] == weight_set
    doubts = [text for text in row["remarks"] if text.startswith(f"measured on {weight_set}: ")]
    assert bool(doubts) is marked


def test_tasks_are_listed_with_what_there_is(ask):
    """`evals tasks` says metrics, shots, harnesses and how many; a suite limits it."""
    listed = {row["task"]: row for row in json.loads(ask("tasks", "--json").out)}
    assert listed["piqa"]["metrics"] == ["acc", "acc_norm"]
    assert listed["piqa"]["shots"] == [0, 5]
    assert listed["piqa"]["harnesses"] == ["0.4.12"]
    (row,) = json.loads(ask("tasks", "opt", "--task", "piqa", "--json").out)
    assert (row["models"], row["checkpoints"], row["scores"]) == (8, 8, 16)
    assert "not shown: 57 tasks hendrycksTest-*" in ask("tasks").err
    wrong = ask("tasks", "--task", "piqua")
    assert (wrong.code, "nearest: piqa" in wrong.err) == (2, True)


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "md", "parquet"])
def test_rows_go_into_a_file(ask, tmp_path, ending):
    """The name's end says in which format, and the same call may write it again."""
    file = tmp_path / f"scores.{ending}"
    for _ in range(2):
        ran = ask("show", "opt", *ONE, "-o", file)
        assert (ran.code, ran.out) == (0, "")
        assert f"wrote {file}: 8 rows" in ran.err
    if ending == "parquet":
        assert pyarrow.parquet.read_table(file).num_rows == 8
    else:
        assert "opt-1.3b" in file.read_text()


def test_a_file_that_is_no_table_is_not_lost(ask, tmp_path):
    """Weights stay, whatever the slip, and a name without a format is refused."""
    weights = tmp_path / "model.parquet"
    weights.write_bytes(b"\x08\0\0\0\0\0\0\0{}")
    ran = ask("show", "opt", *ONE, "-o", weights)
    assert (ran.code, weights.read_bytes()[:1]) == (2, b"\x08")
    ran = ask("show", "opt", *ONE, "-o", tmp_path / "scores.xls")
    assert (ran.code, "its name says no format" in ran.err) == (2, True)
    lock = tmp_path / "paper.json"
    lock.write_text('{"format": "checkpoint-catalog lock", "version": 1}')
    ran = ask("show", "opt", *ONE, "-o", lock)
    assert (ran.code, "lock" in lock.read_text(), "is no table" in ran.err) == (2, True, False)
    table = tmp_path / "scores.csv"
    assert [ask("show", "opt", *ONE, "-o", table).code for _ in range(2)] == [0, 0]


def test_a_comparable_score_counts_for_more_than_preferred_shots(ask):
    """OPT has no scores with 5 shots: beside it those with 0 are shown, though 5 were preferred."""
    words = ("opt-1.3b", "opt-350m", "pythia-70m", "--task", "lambada_openai", "--shots", "5")
    table = json.loads(ask("compare", *words, "--json").out)
    scores = [row["scores"]["lambada_openai"] for row in table["rows"]]
    assert [(score["shots"], score["differs"]) for score in scores] == [(0, [])] * 3


# As the harness spells it -----------------------------------------------------------------------


@pytest.fixture
def filtered(catalog, facts_url, tmp_path):
    """Import answers that were read in two ways; each model but one has one of them."""
    ways = {"pythia-410m": ["strict-match"], "pythia-1.4b": ["flexible-extract"]}
    ways["pythia-1b"] = ["strict-match", "flexible-extract"]
    for number, (model, filters) in enumerate(ways.items()):
        document = {
            "results": {
                "gsm8k": {f"exact_match,{way}": 0.01 * (number + 1) for way in filters},
            },
            "n-shot": {"gsm8k": 5},
            "versions": {"gsm8k": 3.0},
            "config": {
                "model": "hf",
                "model_args": f"pretrained=EleutherAI/{model},revision=step143000,dtype=float32",
            },
            "lm_eval_version": "0.4.9",
        }
        score_documents.write(tmp_path, f"results_{number}.json", document)
    assert catalog("evals", "import", tmp_path, "--db", facts_url).code == 0
    return lambda *words: catalog("evals", *words, "--db", facts_url)


SIZES = ("pythia-410m", "pythia-1b", "pythia-1.4b", "--task", "gsm8k")


def test_what_was_measured_in_two_ways_is_two_columns(filtered):
    """Answers that were read strictly never stand in one column with those read flexibly."""
    ran = filtered("compare", *SIZES, "--metric", "exact_match", "--json")
    scores = {row["ref"]: list(row["scores"]) for row in json.loads(ran.out)["rows"]}
    strict, flexible = "gsm8k (strict-match)", "gsm8k (flexible-extract)"
    assert scores == {
        "pythia-410m": [strict],
        "pythia-1b": [flexible, strict],
        "pythia-1.4b": [flexible],
    }


def test_a_metric_may_be_named_with_its_filter(filtered):
    """`METRIC,FILTER` is how result files of today write it."""
    words = ("--metric", "exact_match,strict-match")
    ran = filtered("compare", *SIZES, *words, "--csv")
    assert [row["ref"] for row in csv.DictReader(io.StringIO(ran.out))] == [
        "pythia-410m",
        "pythia-1b",
    ]
    ran = filtered("show", "pythia-1.4b", "--task", "gsm8k", *words)
    assert ran.code == 2
    assert "has the metric 'exact_match,strict-match'; nearest: exact_match,flex" in ran.err


def test_none_is_the_filter_of_what_has_no_filter(rows):
    """`acc,none` is acc."""
    words = ("pythia-410m@step143000", "--task", "piqa")
    assert rows(*words, "--metric", "acc,none") == rows(*words, "--metric", "acc")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["pythia-70m", "--task", "mmlu"], "unknown task 'mmlu'; nearest: hendrycksTest-*"),
        (["pythia-1.4b", "--task", "crows_pairs"], "crows_pairs_*"),
        (["pythia-70m", "--task", "ARC"], "unknown task 'ARC'; nearest: arc_*"),
        (["pythia-70m", "--task", "MMLU"], "nearest: hendrycksTest-*"),
        (["opt", "--task", "wikitext"], "none of these checkpoints was scored on 'wikitext'; near"),
        (
            ["pythia-6.9b", "--log", "9", "--task", "wikitext"],
            "none of these checkpoints was scored on 'wikitext'; ",
        ),
    ],
)
def test_a_task_that_is_not_here_is_named_as_what_it_is(ask, words, says):
    """A group means its tasks; a task of other checkpoints is not an unknown one."""
    ran = ask("show", *words)
    assert ran.code == 2
    assert says in ran.err
