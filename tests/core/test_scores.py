"""One score document of any era becomes values; name and folder are read and weighed."""

import json
from datetime import UTC, datetime

import pytest
import score_documents as documents
from hypothesis import given
from hypothesis import strategies as st

from catalog.core.scores import comparing, labels, places, settle
from catalog.core.scores.documents import parse
from catalog.core.scores.values import NotScoresError, Statement
from catalog.errors import CheckedBad


def read(content, path="x.json"):
    """Parse a document given as an object."""
    return parse(json.dumps(content).encode(), path)


def only(content, path="x.json"):
    """Return the one evaluation of a document."""
    (found,) = read(content, path).evaluations
    return found


def figures(evaluation):
    """Return the figures by task and metric."""
    return {
        (score.measure.task, score.measure.metric): (score.value, score.stderr)
        for score in evaluation.scores
    }


def test_classic_document():
    """Harness 0.3: model and revision from the arguments, one number of shots, versions."""
    found = only(documents.classic())

    assert found.stated.label == "EleutherAI/pythia-v1.1-70m"
    assert (found.stated.revision, found.stated.shots, found.stated.generation) == (
        "step3000",
        0,
        1,
    )
    assert figures(found)["lambada_openai", "acc"] == (0.25, 0.006)
    assert {score.measure.version for score in found.scores} == {"0"}
    assert found.conditions.harness_version is None
    assert found.conditions.dtype is None


def test_trainer_document():
    """A trainer's configuration: the loaded folder, the iteration, the precision, its commit."""
    arguments = documents.trainer("/ckpts/350M_dedup", 71500)
    found = only(documents.classic(arguments, model="neox"))

    assert found.stated.label == "350M_dedup"
    assert (found.stated.step, found.stated.numbering) == (71500, "training")
    assert found.conditions.dtype == "float16"
    assert found.conditions.backend_version == "gpt-neox 0123abc"


def test_trainer_that_loads_a_nameless_folder():
    """Where the folder tells nothing, the prefix of the results does."""
    prefix = "/results/13B_deduped_new-5shot-global_step3000"
    arguments = documents.trainer("/staged_model", 3000, eval_results_prefix=prefix)

    assert only(documents.classic(arguments)).stated.label == "13B_deduped_new"


def test_early_saves_tell_the_generation():
    """A run that saved steps 0, 1, 2, 4 … is of the second generation, one without is not."""
    early = documents.trainer("/ckpts/1.4b_deduped", 3000, extra_save_iters=[0, 1, 2])
    none = documents.trainer("/ckpts/1.4b_deduped", 3000, extra_save_iters=None)

    assert only(documents.classic(early)).stated.generation == 1
    assert only(documents.classic(none)).stated.generation == 0


def test_content_that_disagrees_with_itself():
    """A deduplicated model evaluated under another model's data path is doubtful, and said so."""
    arguments = documents.trainer("/ckpts/19M_deduped", 3000, train_data_paths=["/pile/text"])

    (doubt,) = read(documents.classic(arguments)).doubts
    assert "19M_deduped" in doubt


def test_prompted_document():
    """The fork with prompts: rows become scores, each with its prompt and version."""
    found = only(documents.prompted(documents.trainer("/ckpts/19M_deduped", 3000)))

    (score,) = found.scores
    assert (score.measure.task, score.measure.prompt) == ("wino_bias_type1_pro", "refers_to")
    assert (score.value, score.stderr, score.measure.version) == (0.5, 0.02, "0")


def test_table_document():
    """A document with a table only: its heading is a nickname, its shots are unknown."""
    found = only(documents.table("1.4b-deduped", 134000))

    assert found.stated.nickname
    assert (found.stated.label, found.stated.step, found.stated.shots) == (
        "1.4b-deduped",
        134000,
        None,
    )


def test_modern_document():
    """Harness 0.4: filters, commit, type, date, samples; "N/A" and NaN errors are no errors."""
    found = only(documents.modern())

    assert figures(found)["lambada_openai", "perplexity"] == (6.5, None)
    assert figures(found)["sciq", "acc"] == (0.75, None)
    assert {score.measure.filter for score in found.scores} == {"none"}
    assert found.conditions.commit == "0123456789abcdef0123456789abcdef01234567"
    assert (found.conditions.dtype, found.conditions.harness_version) == ("bfloat16", "0.4.12")
    assert found.stated.at == datetime.fromtimestamp(1780413075, tz=UTC)
    assert found.stated.revision == "main"
    better = {s.measure.metric: s.higher_is_better for s in found.scores if s.samples is None}
    assert better == {"perplexity": False, "acc": True}
    assert [s.samples for s in found.scores if s.measure.task == "sciq"] == [1000]


def test_modern_arguments_as_text():
    """`model_args` as a string says the same as an object."""
    document = documents.modern()
    document["config"]["model_args"] = "pretrained=EleutherAI/pythia-70m,dtype=bfloat16"

    assert only(document) == only(documents.modern())


def test_modern_tasks_with_other_shots():
    """Tasks with different shots are different evaluations."""
    found = read(documents.modern(**{"n-shot": {"lambada_openai": 0, "sciq": 5}}))

    assert [one.stated.shots for one in found.evaluations] == [0, 5]


def test_csv():
    """A CSV file has one evaluation for each checkpoint and number of shots."""
    found = parse(documents.CSV.encode(), "x.csv")

    assert [(one.stated.step, one.stated.shots, len(one.scores)) for one in found.evaluations] == [
        (13000, 0, 2),
        (13000, 4, 1),
        (143000, 0, 1),
    ]


def test_nothing_is_dropped_in_silence():
    """Unknown keys, figures that are no numbers and second figures are listed."""
    document = documents.classic()
    document["surprise"] = 1
    document["config"]["oddity"] = 1
    document["results"]["piqa"] |= {"f1": "high", "lost_stderr": 0.1, "nan": float("nan")}

    text = "\n".join(read(document).unread)
    for word in ("surprise", "config.oddity", "f1", "lost_stderr", "nan"):
        assert word in text


def test_an_adapter_is_not_the_checkpoint():
    """Scores of weights changed by an adapter belong to no published checkpoint."""
    with pytest.raises(NotScoresError, match="peft"):
        read(documents.classic("pretrained=EleutherAI/pythia-70m,peft=someone/lora"))


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("config.json", b'{"hidden_size": 512}'),
        ("list.json", b"[1, 2]"),
        ("null.json", b'{"results": null, "config": {}, "versions": {}}'),
        ("empty.json", b'{"results": {}}'),
        ("inventory.csv", b"revision,file,sha256\nmain,a,b\n"),
        ("README.md", b"# Results"),
        ("map.tsv", b"a\tb"),
    ],
)
def test_whole_files_without_scores(path, content):
    """A whole file that holds no scores is told apart from a broken one."""
    with pytest.raises(NotScoresError):
        parse(content, path)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("x.json", b'{"results": {"piqa": {"acc": 0.5'),
        ("x.json", b'{"results": "\xff"}'),
        ("x.json", b'{"rexults": {}, "config": {}, "versions": {}}'),
        ("x.json", b""),
        ("x.json", b"[" * 100_000),
        ("x.csv", b"model,task,acc\na,b\n"),
        ("x.csv", b"model,task,acc\na,b,high\n"),
    ],
)
def test_broken_files(path, content):
    """Truncated and damaged files are checked bad."""
    with pytest.raises(CheckedBad):
        parse(content, path)


@given(st.data())
def test_a_truncated_document_never_yields_scores(data):
    """Whatever is cut off, the rest is refused, never half read."""
    whole = json.dumps(documents.modern()).encode()
    cut = data.draw(st.integers(0, len(whole) - 1))

    with pytest.raises((CheckedBad, NotScoresError)):
        parse(whole[:cut], "x.json")


def test_names_are_read():
    """File names of every era: model, step, shots, time."""
    old = places.name("pythia-2.8b-5shot-global_step3000__eval_results_11-25-2022-03-54-15.json")
    assert old == Statement(
        label="pythia-2.8b", step=3000, shots=5, at=datetime(2022, 11, 25, 3, 54, 15, tzinfo=UTC)
    )
    assert places.name("1b-bf16-5shot_step128.json").shots == 5
    assert places.name("160m_step1.json").label == "160m"
    assert places.name("eval_results_1.4b-deduped-long_114000.json").step == 114000
    assert places.name("long-intervention-1.3b-deduped-step57000_eval_results_x.json").label
    assert places.name("results_2026-06-03T00-12-55.797112.json").at.year == 2026
    assert places.name("eval_results_99-99-2023-01-01-01.json").at is None


def test_folders_are_read():
    """Folder names: the innermost that speaks is heard."""
    found = places.folder("evals/pythia-v0/pythia-1.4b-deduped/five-shot/x.json")
    assert (found.label, found.shots, found.generation) == ("pythia-1.4b-deduped", 5, 0)
    assert places.folder("winobias/intervene_7/1.4B/x.json").run == "intervene_7"


def test_spellings_of_training_folders():
    """A training folder's label leads to the name of a model."""
    assert labels.spellings("13B_deduped_new")[-1] == "pythia-13b-deduped"
    assert labels.spellings("125M_new/")[-1] == "pythia-125m"
    assert labels.spellings("facebook/opt-125m")[0] == "facebook/opt-125m"


def test_content_wins_and_says_so():
    """Shots of the content count; name and folder that say otherwise are contradictions."""
    found = settle.settle(Statement(shots=0), Statement(shots=5), Statement(shots=5))

    assert found.shots == 0
    assert [(n.kind, n.used, n.other, n.place) for n in found.notes] == [
        ("contradiction", "0", "5", "name"),
        ("contradiction", "0", "5", "folder"),
    ]


def test_silence_is_completed_and_said_so():
    """Where the content is silent, the name is asked before the folder."""
    found = settle.settle(Statement(), Statement(step=3000), Statement(step=4000, shots=5))

    assert (found.step, found.shots) == (3000, 5)
    assert [(n.kind, n.field, n.place) for n in found.notes] == [
        ("completed", "shots", "folder"),
        ("completed", "step", "name"),
    ]


class Spot:
    """A checkpoint of a run with 4M-token batches."""

    def __init__(self, published):
        self.published_step, self.training_step = published, published // 2
        self.tokens_seen, self.revision = published * 2_097_152, f"step{published}"


GRID = [Spot(step) for step in range(1000, 144_000, 1000)]


@pytest.mark.parametrize(
    ("steps", "stated", "expected"),
    [
        ([1500], "training", "training"),
        ([143_000], "training", "published"),
        ([1500], "published", "training"),
        ([13_000, 143_000], None, "published"),
        ([13_000, 71_500], None, "training"),
        ([13_000], None, "training"),
        ([13_000], "published", "published"),
        ([777], "training", "training"),
    ],
)
def test_numbering(steps, stated, expected):
    """The stated numbering holds unless only the other one has every step of the document."""
    assert settle.numbering_for(steps, stated, GRID) == expected


def test_both_numbers_of_a_checkpoint_agree():
    """A name with the published number does not contradict a content with the training step."""
    settled = settle.settle(Statement(step=1500, numbering="training"), Statement(), Statement())
    spot = settle.place(settled, "training", GRID)

    assert spot.revision == "step3000"
    for said in (1500, 3000):
        assert settle.step_notes(spot, settled, Statement(step=said), Statement()) == []
    (note,) = settle.step_notes(spot, settled, Statement(step=4000), Statement())
    assert (note.kind, note.other) == ("contradiction", "4000")


def differing(model, name, folder=None):
    """Return the contradictions about the model."""
    return settle.model_notes(
        model,
        Statement(label=name),
        folder or Statement(),
        sizes={"350m": "410m", "1.3b": "1.4b"},
        families={"pythia", "opt"},
    )


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("pythia-410m-v0", "pythia-350m"),
        ("pythia-410m-deduped", "410m-deduped"),
        ("opt-350m", "opt-350m"),
        ("pythia-1b", "1b-bf16"),
        ("pythia-160m-0.5mtokbs", "160m-0.5MtokBS"),
        ("pythia-intervention-1.4b-deduped-v0", "intervention-1.3b-deduped"),
    ],
)
def test_names_that_agree(model, name):
    """Old sizes, short names and pre-release names are no contradictions."""
    assert differing(model, name) == []


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("pythia-410m", "pythia-160m"),
        ("pythia-410m", "410m-deduped"),
        ("pythia-410m-deduped", "pythia-410m"),
        ("pythia-410m-deduped", "410m"),
        ("pythia-125m", "opt-125m"),
        ("pythia-160m", "160m-0.5MtokBS"),
        ("pythia-160m-0.5mtokbs", "pythia-160m"),
        ("pythia-160m-seed1", "pythia-160m-seed2"),
        ("pythia-1.4b-deduped", "intervention-1.4b-deduped"),
    ],
)
def test_names_that_contradict(model, name):
    """Another size, data set, family, batch size, seed or run is a contradiction."""
    assert [note.kind for note in differing(model, name)] == ["contradiction"]


def test_generations_that_contradict():
    """A folder of the first generation contradicts a model of the second."""
    (note,) = differing("pythia-70m", None, Statement(generation=0))
    assert note.field == "generation"
    assert differing("pythia-70m-v0", None, Statement(generation=0)) == []


def test_aliases_of_tasks_and_metrics():
    """Names of other harness versions find the same task."""
    known = ["lambada_openai", "hendrycksTest-anatomy", "piqa"]
    assert comparing.matching(known, ["lambada"]) == ["lambada_openai"]
    assert comparing.matching(known, ["mmlu_*"]) == ["hendrycksTest-anatomy"]
    assert comparing.metric_name("ppl") == comparing.metric_name("perplexity")
