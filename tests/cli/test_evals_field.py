"""Result files as people have them: who may say which checkpoint was scored, and how to undo it."""

import csv
import io
import json

import pytest
import score_documents as documents

STEP1000 = "cc81f94ea2acd24862163f15126427b85b98caac"
MAIN = "2a259cdd96a4beb1cdf467512e3904197345f6a9"
UNSEEN = "1" * 40
TUNED = "/scratch/u/gsm8kaux/models/pythia-12b//step_25000"
ON_RECORD = "pythia-12b@step25000"


@pytest.fixture
def load(catalog, facts_url):
    """Return a function that imports paths and returns the files."""

    def run(*paths, code=0, extra=()):
        ran = catalog("evals", "import", *paths, *extra, "--db", facts_url, "--json")
        assert ran.code == code, ran.out + ran.err
        return json.loads(ran.out)["files"]

    return run


@pytest.fixture
def on_facts(catalog, facts_url):
    """Return a function that runs a command of the group on the known facts."""
    return lambda *words: catalog("evals", *words, "--db", facts_url)


@pytest.fixture
def shown(catalog, facts_url):
    """Return a function that gives the scores of a checkpoint on one task."""

    def run(ref, *extra, task="gsm8k", code=0):
        ran = catalog("evals", "show", ref, "--task", task, *extra, "--json", "--db", facts_url)
        assert ran.code == code, ran.out + ran.err
        return json.loads(ran.out) if code == 0 else []

    return run


def scored(arguments, *, value=0.3995, **config):
    """Return a small result file of harness 0.4."""
    return {
        "results": {"gsm8k": {"alias": "gsm8k", "exact_match,strict-match": value}},
        "n-shot": {"gsm8k": 5},
        "config": {"model": "hf", "model_args": arguments, **config},
        "date": 1750000000.0,
    }


@pytest.fixture
def tuned(tmp_path):
    """Return the result file of a fine-tuned model that lies in a folder called `step_25000`."""
    return documents.write(tmp_path, "results.json", scored(f"pretrained={TUNED}"))


# Who names a checkpoint ------------------------------------------------------------------------


def test_a_folder_is_no_checkpoint(load, tuned, facts_url, catalog):
    """A place on a disk is refused, with what would place it; nothing imported is not exit 0."""
    (found,) = load(tuned, code=2)

    assert found["status"] == "refused"
    assert "--as REF or --models FILE.tsv" in found["reason"]
    ran = catalog("evals", "show", ON_RECORD, "--task", "gsm8k", "--db", facts_url)
    assert ran.code == 3


@pytest.mark.parametrize(
    "arguments",
    [
        "pretrained=/home/user/LLaMA/lm/huggingface/13B,use_accelerate=True",
        "pretrained=pythia-160m",
        "pretrained=EleutherAI/13b",
        "pretrained=EleutherAI/pythia-70m-step3000",
        "pretrained=EleutherAI/70m-pythia",
        "pretrained=somebody/pythia-70m",
        "pretrained=out/pythia-70m/checkpoint-1000",
        {"load": "/home/me/410m", "iteration": 1000},
        {"load": "/fsx/x/pythia/ckpts/19M", "iteration": 1000, "num_layers": 24},
        None,
    ],
)
def test_what_names_no_checkpoint(load, tmp_path, arguments):
    """Bare sizes, other owners, near misses, other trainers, other networks, silence: refused."""
    folder = "pythia-70m/step1000/pythia-70m_step1000.json"
    (found,) = load(documents.write(tmp_path, folder, documents.classic(arguments)), code=2)
    assert found["status"] == "refused"


def test_an_inner_folder_against_main(load, tmp_path):
    """A file that loaded `main` does not become the step that its folder names."""
    document = scored("pretrained=EleutherAI/pythia-70m")
    (found,) = load(documents.write(tmp_path, "pythia-70m/step3000/r.json", document), code=2)
    assert "step 3000" in found["reason"]


def test_main_by_default_is_said(load, tmp_path):
    """The harness loads `main` where no revision is given; that this was so is recorded."""
    document = scored("pretrained=EleutherAI/pythia-70m")
    (found,) = load(documents.write(tmp_path, "r.json", document))

    assert found["revision"] == "step143000"
    assert {"field": "revision", "value": "main", "from": "content"} in found["completed"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("s.csv", "model,task,acc\npythia-160m,piqa,0.58\n"),
        ("EleutherAI__pythia-160m/r.json", {"results": {"piqa": {"acc,none": 0.55}}}),
    ],
)
def test_silence_is_not_main(load, tmp_path, path, content):
    """A table, or a folder of results, that names no step does not mean the last one."""
    (found,) = load(documents.write(tmp_path, path, content), code=2)
    assert "neither step nor revision of pythia-160m" in found["reason"]


def test_folders_that_the_harness_names(load, tmp_path):
    """Owner and name with two underscores, and a step behind them, are read."""
    document = {"results": {"piqa": {"acc,none": 0.56}}}
    path = "EleutherAI__pythia-160m__step1000/results.json"
    (found,) = load(documents.write(tmp_path, path, document))

    assert (found["model"], found["revision"]) == ("pythia-160m", "step1000")
    assert {note["from"] for note in found["completed"]} == {"folder"}


# Commits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        f"pretrained=EleutherAI/pythia-2.8b,revision={STEP1000}",
        f"pretrained=/c/models--EleutherAI--pythia-2.8b/snapshots/{STEP1000}",
    ],
)
def test_a_commit_decides(load, tmp_path, arguments):
    """The commit of a branch, pinned or in the Hub's cache, is that branch's checkpoint."""
    (found,) = load(documents.write(tmp_path, "r.json", scored(arguments)))
    assert (found["revision"], found["commit"]) == ("step1000", STEP1000)


def test_a_commit_that_several_branches_share(load, tmp_path):
    """Three steps of 2.8b point at main's commit: only a revision tells which was meant."""
    pinned = scored(f"pretrained=EleutherAI/pythia-2.8b,revision={MAIN}")
    stated = scored("pretrained=EleutherAI/pythia-2.8b,revision=main", model_sha=MAIN)

    (refused,) = load(documents.write(tmp_path, "a.json", pinned), code=2)
    (placed,) = load(documents.write(tmp_path, "b.json", stated))

    assert "step26000, step53000, step103000" in refused["reason"]
    assert (placed["revision"], placed["conflicts"]) == ("step143000", [])


@pytest.mark.parametrize(
    "arguments",
    [
        f"pretrained=EleutherAI/pythia-2.8b,revision={UNSEEN}",
        f"pretrained=EleutherAI/pythia-1b,revision={STEP1000}",
        f"pretrained=/c/models--EleutherAI--pythia-2.8b/snapshots/{UNSEEN}",
    ],
)
def test_a_commit_that_no_look_saw(load, tmp_path, arguments):
    """An unknown commit, or one of another repository, is never taken for the last step."""
    (found,) = load(documents.write(tmp_path, "r.json", scored(arguments)), code=2)
    assert "was never seen at commit" in found["reason"]


def test_an_unseen_model_sha(load, tmp_path):
    """Beside a revision an unseen commit is a doubt; without one, it leaves the file unplaced."""
    stated = scored("pretrained=EleutherAI/pythia-2.8b,revision=step3000", model_sha=UNSEEN)
    silent = scored("pretrained=EleutherAI/pythia-2.8b", model_sha=UNSEEN)

    (placed,) = load(documents.write(tmp_path, "a.json", stated))
    (refused,) = load(documents.write(tmp_path, "b.json", silent), code=2)

    assert (placed["revision"], len(placed["doubts"])) == ("step3000", 1)
    assert refused["status"] == "refused"


def test_a_commit_against_a_revision(load, shown, tmp_path):
    """`model_sha` decides against the revision beside it, and the contradiction stays."""
    document = scored("pretrained=EleutherAI/pythia-2.8b,revision=step3000", model_sha=STEP1000)
    (found,) = load(documents.write(tmp_path, "r.json", document))

    assert found["revision"] == "step1000"
    (conflict,) = found["conflicts"]
    assert (conflict["field"], conflict["stated"]) == ("commit", "step3000")
    (score,) = shown("pythia-2.8b@step1000")
    assert "the file says step3000" in score["remarks"][0]


def test_a_checkpoint_by_its_commit(catalog, facts_url):
    """Show, scores and comparisons take a commit that was seen; what loads weights does not."""
    for words in (["show"], ["evals", "show"], ["evals", "compare"]):
        ran = catalog(*words, f"pythia-2.8b@{STEP1000}", "--db", facts_url)
        assert ran.code == 0, ran.err
        assert "cc81f94e is the commit of pythia-2.8b@step1000, last seen on 2026-08-23" in ran.err
        for commit, code in ((UNSEEN, 2), (MAIN, 2)):
            assert catalog(*words, f"pythia-2.8b@{commit}", "--db", facts_url).code == code
    pulled = catalog("pull", f"pythia-2.8b@{STEP1000}", "--to", "nowhere", "--db", facts_url)
    assert pulled.code == 2


def test_a_folder_of_another_repository(load, tmp_path):
    """A folder that the harness named for another repository contradicts the content."""
    document = scored("pretrained=EleutherAI/pythia-70m,revision=step3000")
    (found,) = load(documents.write(tmp_path, "someone__pythia-70m-sft/r.json", document))
    assert ("model", "someone/pythia-70m-sft") in {
        (conflict["field"], conflict["stated"]) for conflict in found["conflicts"]
    }


def test_a_file_that_was_cut_down(load, tmp_path):
    """Without its arguments a result file does not tell that none of them was a revision."""
    document = {**scored(None), "model_name": "EleutherAI/pythia-70m"}
    (found,) = load(documents.write(tmp_path, "r.json", document), code=2)
    assert "neither step nor revision" in found["reason"]


def test_numbers_as_spreadsheets_write_them(load, tmp_path):
    """`1000.0` is a step and `5.0` shots; what is no number of shots is refused."""
    head = "model,step,task,shots,acc\n"
    (found,) = load(documents.write(tmp_path, "a.csv", head + "pythia-70m,1000.0,piqa,5.0,0.5\n"))
    assert (found["revision"], found["shots"]) == ("step1000", 5)
    text = head + "pythia-70m,1000,piqa,many,0.5\n"
    assert "shots" in load(documents.write(tmp_path, "b.csv", text), code=2)[0]["reason"]


ARABIC = "".join(chr(0x660 + int(digit)) for digit in "1000")
HEAD = "model,step,task,shots,acc"
ROW = "pythia-70m,1000,piqa,0,0.5"
SNAPSHOT = f"/c/models--EleutherAI--pythia-2.8b/snapshots/{STEP1000}"
REFUSED = {
    # Columns, names and arguments that contradict one another.
    "step.csv": (f"{HEAD},revision\n{ROW},step2000\n", "two columns say '1000' and 'step2000'"),
    "shots.csv": (f"{HEAD},fewshot\n{ROW},5\n", "two columns say '5' and '0'"),
    "name.csv": (f"{HEAD}\n{ROW.replace('70m', '70m-step2000')}\n", "and step1000 stands beside"),
    "pinned.json": (scored(f"pretrained={SNAPSHOT},revision={MAIN}"), f"its revision is {MAIN}"),
    # Another network, another type of numbers.
    "size.json": (
        scored("pretrained=EleutherAI/pythia-70m", model_num_parameters=405_334_016),
        "a network with params_total 405334016 ran; pythia-70m has 70426624",
    ),
    "type.json": (
        scored("pretrained=EleutherAI/pythia-70m", model_dtype="torch.float8_e4m3fn"),
        "other weights than the checkpoint's (model_dtype)",
    ),
    "source.json": (
        {
            **scored("pretrained=EleutherAI/pythia-70m", model=None),
            "model_source": "steered",
        },
        "other weights than the checkpoint's (model steered)",
    ),
    # Digits of other scripts, percent under another name, no name at all.
    "digits.csv": (f"{HEAD}\n{ROW.replace('1000', ARABIC)}\n", "has no checkpoint " + ARABIC),
    "percent.csv": ("model,step,task,accuracy\npythia-70m,1000,piqa,58.4\n", "is it percent?"),
    "task.csv": (f"{HEAD}\n{ROW.replace('piqa', ' ')}\n", "without the name of its task"),
    # What was not looked into is not called empty of scores; an address is no place on a disk.
    "more.jsonl": ("{}\n", ".jsonl is not read: .json and .csv are, and tar archives by name"),
    "packed.zip": ("PK", ".zip is not read"),
    "address.csv": (
        f"{HEAD}\n{ROW.replace('pythia', 'https://huggingface.co/EleutherAI/pythia')}\n",
        "https://huggingface.co/EleutherAI/pythia-70m is no repository, and names no",
    ),
}


def test_files_that_contradict_themselves(load, tmp_path):
    """Nothing of a file is recorded that says two things, or measured something else."""
    for name, (content, _) in REFUSED.items():
        documents.write(tmp_path, f"in/{name}", content)
    reasons = {found["path"]: found["reason"] for found in load(tmp_path / "in", code=1)}
    for name, (_, why) in REFUSED.items():
        assert why in reasons[str(tmp_path / "in" / name)]


def test_what_contradicts_a_placed_file_is_recorded(load, tmp_path):
    """Another name or revision than what was loaded is a doubt; owners have no case on the Hub."""
    contents = {
        "a": scored("pretrained=eleutherai/Pythia-70M,revision=step1000"),
        "b": scored(f"pretrained={SNAPSHOT},revision=step3000"),
        "c": {**scored("pretrained=EleutherAI/pythia-14m"), "model_name": "me/pythia-14m-sft"},
        "d": {**scored("pretrained=EleutherAI/pythia-31m"), "n-shot": {"gsm8k": "5"}},
        "e.csv": f"model,step,revision,task,acc\npythia-2.8b,3000,{STEP1000},piqa,0.5\n",
    }
    for name, content in contents.items():
        documents.write(tmp_path, f"in/{name}" if "." in name else f"in/{name}.json", content)
    a, b, c, d, e = load(tmp_path / "in")
    assert (a["model"], a["revision"], a["doubts"]) == ("pythia-70m", "step1000", [])
    assert (b["revision"], len(b["doubts"])) == ("step1000", 1)
    assert "model_name is me/pythia-14m-sft" in str(c["doubts"])
    assert d["shots"] is None
    assert (e["revision"], e["conflicts"][0]["stated"]) == ("step1000", "step 3000")


# A user's word ---------------------------------------------------------------------------------


def test_a_users_word_places_and_is_noted(load, shown, tuned):
    """`--as` places what tells nothing, and every face says on whose word."""
    (found,) = load(tuned, extra=["--as", ON_RECORD])

    assert (found["model"], found["revision"]) == ("pythia-12b", "step25000")
    assert {"field": "checkpoint", "value": ON_RECORD, "from": "--as"} in found["completed"]
    (score,) = shown(ON_RECORD)
    assert "on a user's word (--as)" in score["remarks"][0]


@pytest.mark.parametrize("pattern", [TUNED, "/scratch/*/pythia-12b//*", "*/results.json"])
def test_a_mapping_file(load, tuned, tmp_path, pattern):
    """A mapping speaks of the model as the file has it, or of a path; others stay refused."""
    mapping = documents.write(tmp_path, "m.tsv", f"# ours\n\n{pattern}\t{ON_RECORD}\n")
    other = documents.write(tmp_path, "o.json", scored("pretrained=/else/pythia-12b"))

    found, refused = load(tuned, other, extra=["--models", mapping], code=2)

    assert found["revision"] == "step25000"
    assert refused["status"] == "refused"
    assert {"m.tsv:3"} == {n["from"].rpartition("/")[2] for n in found["completed"]}


@pytest.mark.parametrize("line", ["x pythia-12b", "x\t", "x\tpythia-12b\ty", "x\tgizmo-9b"])
def test_a_wrong_mapping_file(catalog, facts_url, tuned, tmp_path, line):
    """A wrong line refuses the whole mapping, and is named."""
    mapping = documents.write(tmp_path, "m.tsv", line + "\n")
    ran = catalog("evals", "import", tuned, "--models", mapping, "--db", facts_url)
    assert ran.code == 2
    assert "line 1" in ran.err


@pytest.mark.parametrize(
    ("arguments", "ref"),
    [
        ("pretrained=EleutherAI/pythia-70m,revision=step3000", "pythia-160m@step3000"),
        ("pretrained=EleutherAI/pythia-70m,revision=step3000", "pythia-70m@step4000"),
        (f"pretrained={TUNED}", "pythia-12b"),
        ("pretrained=EleutherAI/pythia-70m,peft=a/b", "pythia-70m@main"),
    ],
)
def test_a_users_word_against_the_file(load, tmp_path, arguments, ref):
    """What the content says for certain is not overruled, nor a step made up."""
    file = documents.write(tmp_path, "r.json", scored(arguments))
    (found,) = load(file, extra=["--as", ref], code=2)
    assert found["status"] == "refused"


def test_an_unknown_argument_needs_a_word(load, shown, tmp_path):
    """What nobody here knows may change the weights: refused, or marked on a user's word."""
    arguments = "pretrained=EleutherAI/pythia-70m,revision=step3000,novelty=3"
    file = documents.write(tmp_path, "r.json", scored(arguments))

    (refused,) = load(file, code=2)
    load(file, extra=["--as", "pythia-70m@step3000"])

    assert "novelty=3" in refused["reason"]
    (score,) = shown("pythia-70m@step3000")
    assert "novelty=3 is not known here" in score["remarks"]


# Undoing ---------------------------------------------------------------------------------------


def test_known_scores_can_be_taken_back(load, shown, tuned, catalog, facts_url):
    """`--withdrawn` on a file on record marks what is recorded."""
    load(tuned, extra=["--as", ON_RECORD])
    (found,) = load(tuned, extra=["--withdrawn", "fine-tuned"])

    assert (found["status"], found["withdrawn"]) == ("known", "fine-tuned")
    ran = catalog("evals", "show", ON_RECORD, "--db", facts_url)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == f"catalog: all such scores of {ON_RECORD} were withdrawn; --all shows them\n"
    assert [score["withdrawn"] for score in shown(ON_RECORD, "--all")] == ["fine-tuned"]


@pytest.mark.parametrize("by", ["path", "digest", "copy"])
def test_scores_can_be_removed(on_facts, load, shown, tuned, by):
    """By the path on record, by the digest, or by a copy of the file."""
    load(tuned, extra=["--as", ON_RECORD])
    (score,) = shown(ON_RECORD)
    copy = documents.write(tuned.parent, "copy.json", tuned.read_text())
    text = {"path": tuned, "digest": score["digest"], "copy": copy}[by]

    ran = on_facts("remove", text, "--json")

    (removed,) = json.loads(ran.out)
    assert (removed["scores"], removed["before"]) == (1, [ON_RECORD])
    shown(ON_RECORD, code=3)
    assert on_facts("remove", text).code == 2
    assert load(tuned, code=2)[0]["status"] == "refused"


def test_scores_can_be_moved(catalog, load, shown, facts_url, tuned):
    """A placement by mistake is put right; that a user did so stays with the score."""
    load(tuned, extra=["--as", ON_RECORD])
    words = ["evals", "move", tuned, "--as", "pythia-12b@step26000"]

    ran = catalog(*words, "--json", "--db", facts_url)

    (moved,) = json.loads(ran.out)
    assert (moved["before"], moved["after"]) == ([ON_RECORD], "pythia-12b@step26000")
    shown(ON_RECORD, code=3)
    (score,) = shown("pythia-12b@step26000")
    assert f"moved from {ON_RECORD}" in score["remarks"][1]
    (other,) = load(tuned, extra=["--as", ON_RECORD], code=2)
    assert "evals move" in other["reason"]


def test_moving_some_of_a_table(catalog, load, shown, facts_url, tmp_path):
    """A file of several checkpoints needs `--from`."""
    text = "model,step,task,shots,acc\n" + "".join(
        f"pythia-14m,{step},gsm8k,0,0.01\n" for step in (1000, 2000)
    )
    file = documents.write(tmp_path, "t.csv", text)
    load(file)
    words = ["evals", "move", file, "--as", "pythia-14m@step3000", "--db", facts_url]

    assert catalog(*words).code == 2
    assert catalog(*words, "--from", "pythia-14m@step5000").code == 2
    assert catalog(*words, "--from", "pythia-14m@step1000").code == 0
    assert [len(shown(f"pythia-14m@step{step}")) for step in (2000, 3000)] == [1, 1]


def test_shipped_scores_are_not_removed(catalog, facts_url, shown):
    """What ships would come back: it can be taken back, not removed or moved."""
    digest = shown("pythia-70m@step3000", task="piqa")[0]["digest"]
    for words in (["remove", digest], ["move", digest, "--as", "pythia-70m@step4000"]):
        ran = catalog("evals", *words, "--db", facts_url)
        assert ran.code == 2
        assert "ships with the program" in ran.err


def test_what_is_not_on_record(catalog, facts_url, tuned):
    """A file, path or digest that was never imported is asked wrongly."""
    for text in (tuned, "nowhere.json", f"sha256:{'0' * 64}"):
        assert catalog("evals", "remove", text, "--db", facts_url).code == 2


# What to know before a score is used -----------------------------------------------------------


def test_scores_under_an_advisory_are_marked(catalog, facts_url, shown):
    """Table, CSV and JSON mark scores of a checkpoint with a known problem; the others not."""
    assert all(
        s["advisories"] == ["CKPT-2023-0001"] for s in shown("pythia-160m@main", task="piqa")
    )
    assert all(s["advisories"] == [] for s in shown("pythia-70m@main", task="piqa"))

    words = ["evals", "compare", "pythia-160m", "pythia-70m", "--task", "piqa", "--db", facts_url]
    text = catalog(*words)
    assert text.out.count("[!]") == 2
    assert "CKPT-2023-0001" in text.out
    assert "CKPT-2023-0001" in text.err
    rows = list(csv.DictReader(io.StringIO(catalog(*words, "--csv").out)))
    assert [row["advisories"] for row in rows] == ["CKPT-2023-0001", ""]
    flat = catalog(
        "evals", "show", "pythia-160m@main", "--task", "piqa", "--csv", "--db", facts_url
    )
    assert {row["advisories"] for row in csv.DictReader(io.StringIO(flat.out))} == {
        "CKPT-2023-0001"
    }


def test_scores_under_an_open_finding_are_marked(catalog, facts_url, shown):
    """What an audit found of a branch stands beside its scores."""
    assert catalog("audit", "pythia-2.8b", "--db", facts_url).code == 1

    scores = shown("pythia-2.8b@step13000", task="piqa")
    assert {code for score in scores for code in score["findings"]} >= {"same-as"}
    text = catalog("evals", "show", "pythia-2.8b@step13000", "--task", "piqa", "--db", facts_url)
    assert "finding same-as" in text.out
    known = catalog("show", "pythia-2.8b@step13000", "--json", "--db", facts_url)
    assert all(score["findings"] for score in json.loads(known.out)["scores"])


def test_limited_runs_are_told_apart(catalog, load, facts_url, tmp_path):
    """A run on some documents says so, and stands beside the whole one."""
    arguments = "pretrained=EleutherAI/pythia-70m,revision=step4000"
    for number, limit in enumerate((None, 100)):
        document = scored(arguments, value=0.1 + number / 10, limit=limit)
        load(documents.write(tmp_path, f"{number}.json", document))
    ran = catalog("evals", "show", "pythia-70m@step4000", "--task", "gsm8k", "--db", facts_url)
    assert "0.2000 (limit 100)" in ran.out
    assert "0.1000 " in ran.out


def test_unknown_metrics(catalog, facts_url):
    """A metric that no score has is asked wrongly, and those that there are are named."""
    for words in (["show", "pythia-1.4b"], ["compare", "pythia-1.4b", "pythia-1b"]):
        ran = catalog("evals", *words, "--metric", "nosuch", "--db", facts_url)
        assert ran.code == 2
        assert "acc, acc_norm" in ran.err


@pytest.mark.parametrize(("ref", "there"), [("pythia-160m@step1000", "0"), ("pythia-1b", "0, 5")])
def test_unknown_shots(catalog, shipped_url, ref, there):
    """As an unknown metric: asked wrongly, and it is said which there are."""
    ran = catalog("evals", "show", ref, "--shots", "7", "--db", shipped_url)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"catalog: no score here has 7 shots; there are {there}\n"


def test_foreign_forms(load, shown, tmp_path):
    """Results of other programs are refused by name; percent is refused; groups have true shots."""
    lighteval = {
        "config_general": {"model_name": "EleutherAI/pythia-160m"},
        "results": {"leaderboard|arc:challenge|25": {"acc": 0.19}},
    }
    (found,) = load(
        documents.write(tmp_path, "EleutherAI/pythia-160m/results_x.json", lighteval), code=2
    )
    assert "lighteval" in found["reason"]
    percent = "model,step,task,acc\npythia-160m,1000,piqa,58.4\n"
    (found,) = load(documents.write(tmp_path, "p.csv", percent), code=2)
    assert "percent" in found["reason"]
    group = {
        "results": {"mmlu": {"acc,none": 0.24}, "mmlu_anatomy": {"acc,none": 0.18}},
        "n-shot": {"mmlu": 0, "mmlu_anatomy": 5},
        "group_subtasks": {"mmlu": ["mmlu_anatomy"]},
        "config": {
            "model": "hf",
            "model_args": "pretrained=EleutherAI/pythia-14m,revision=step1000",
        },
    }
    load(documents.write(tmp_path, "g.json", group))
    assert [score["shots"] for score in shown("pythia-14m@step1000", task="mmlu")] == [5]


def test_nothing_imported_is_not_success(catalog, facts_url, tmp_path):
    """Files without scores alone, or an empty folder, are asked wrongly."""
    documents.write(tmp_path, "a/notes.json", {"loss": 3.1})
    (tmp_path / "empty").mkdir()
    for folder in ("a", "empty"):
        assert catalog("evals", "import", tmp_path / folder, "--db", facts_url).code == 2
