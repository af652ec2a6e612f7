"""What keeps a foreign or altered result file from becoming a checkpoint's score."""

import pytest
import score_documents as documents
from hypothesis import given
from hypothesis import strategies as st

from catalog.core.scores import alterations, arguments, forms, places, ranges, shots, tabular
from catalog.core.scores.harness import document
from catalog.core.scores.values import NotScoresError, RefusedScoresError

COMMIT = "cc81f94ea2acd24862163f15126427b85b98caac"


def modern(arguments_, **more):
    """Return a document of harness 0.4 with these `model_args`."""
    made = documents.modern(**more)
    made["config"] = {"model": "hf", "model_args": arguments_, "limit": None}
    return made


@pytest.mark.parametrize(
    "text",
    [
        "/scratch/x/models/pythia-12b//step_25000",
        "./pythia-70m",
        "~/ckpts/13B",
        "C:\\models\\pythia-70m",
        "out/pythia-70m/checkpoint-1000",
        "/hub/models--EleutherAI--pythia-70m",
        f"/hub/models--EleutherAI--pythia-70m/snapshots/{COMMIT}/tuned",
        "EleutherAI/pythia-70m/",
    ],
)
def test_a_place_on_a_disk_names_nothing(text):
    """Whatever a folder is called, it is no repository."""
    assert arguments.of_model(text).kind == "path"


def test_a_snapshot_names_repository_and_commit():
    """The Hub's cache has a structure of its own, and with it a commit."""
    stated = arguments.of_model(f"/hub/models--EleutherAI--pythia-70m/snapshots/{COMMIT}")

    assert (stated.kind, stated.label, stated.commit) == (
        "repository",
        "EleutherAI/pythia-70m",
        COMMIT,
    )
    assert not stated.loads_main


def test_a_revision_may_be_a_commit():
    """40 hex digits are a commit in `revision` and in `model_revision`."""
    (by_argument,) = document(
        modern(f"pretrained=EleutherAI/pythia-70m,revision={COMMIT}")
    ).evaluations
    configured = modern("pretrained=EleutherAI/pythia-70m")
    configured["config"]["model_revision"] = COMMIT
    (by_config,) = document(configured).evaluations

    for found in (by_argument, by_config):
        assert (found.stated.commit, found.stated.revision) == (COMMIT, None)
        assert found.conditions.commit == COMMIT


@pytest.mark.parametrize(
    "argument",
    [
        "peft=someone/lora",
        "delta=someone/delta",
        "quantization=awq",
        "load_in_4bit=True",
        "bnb_4bit_quant_type=nf4",
        "autogptq=model.safetensors",
        "gguf_file=m.gguf",
        "steer_path=s.pt",
        "lora_local_path=x",
        "dtype=int8",
        "load_format=dummy",
        "subfolder=checkpoint-1000",
    ],
)
def test_other_weights_are_refused(argument):
    """Arguments that change the weights make the figures another network's."""
    with pytest.raises(RefusedScoresError, match="other weights"):
        document(modern(f"pretrained=EleutherAI/pythia-70m,{argument}"))


@pytest.mark.parametrize(
    "argument",
    [
        "load_in_4bit=False",
        "peft=None",
        "quantization=None",
        "enable_lora=False,lora_path=",
        "dtype=torch.float16",
        "use_cache=False",
    ],
)
def test_what_is_switched_off_changes_nothing(argument):
    """An adapter of None is none."""
    found = document(modern(f"pretrained=EleutherAI/pythia-70m,{argument}"))
    assert found.evaluations[0].stated.label == "EleutherAI/pythia-70m"
    assert found.unknown == ()


def test_what_nobody_knows_is_handed_on():
    """An argument or backend that is not known may change the weights: only a user can tell."""
    found = document(modern("pretrained=EleutherAI/pythia-70m,novelty=3"))
    other = alterations.unknown({"pretrained": "x"}, "brand-new")

    assert found.unknown == ("novelty=3",)
    assert other == ("model brand-new",)


@given(st.from_regex(r"[a-z_]{3,20}", fullmatch=True), st.integers(1, 9))
def test_no_argument_passes_unseen(key, value):
    """Any key is known to be harmless, refused, or handed on."""
    given_ = {"pretrained": "EleutherAI/pythia-70m", key: str(value)}
    try:
        alterations.refuse_other_weights(given_, "hf")
    except RefusedScoresError:
        return
    assert alterations.unknown(given_, "hf") or alterations.unknown({key: "x"}, None) == ()


def test_other_prompts_and_tokenizers_are_remarked():
    """Conditions that other scores do not share stand beside the score."""
    made = modern(
        "pretrained=EleutherAI/pythia-70m,tokenizer=someone/tok", system_instruction="be brief"
    )
    said = {"tokenizer=someone/tok", "with a system_instruction"}
    assert set(document(made).remarks) == said
    made["config"]["gen_kwargs"] = {"temperature": 0.7}
    assert set(document(made).remarks) == {*said, "with gen_kwargs"}
    made["config"]["gen_kwargs"] = {}
    assert set(document(made).remarks) == said


@pytest.mark.parametrize(
    ("content", "whose"),
    [
        ({"config_general": {}, "results": {"a|b|25": {"acc": 0.2}}}, "lighteval"),
        ({"run_spec": {}, "results": {"a": {"acc": 0.2}}}, "HELM"),
        ({"results": {"piqa": {"acc": 0.5}}}, "unknown"),
        ({"results": {"piqa": {"acc": 0.5}}, "config": {"seed": 1}}, "unknown"),
    ],
)
def test_foreign_forms_are_refused_by_name(content, whose):
    """A file is read only where its form shows itself."""
    with pytest.raises(RefusedScoresError, match=whose):
        document(content)


def test_refused_scores_are_no_plain_other_files():
    """A refused result file is a mistake of the caller; a file without scores is none."""
    assert (NotScoresError.exit_code, RefusedScoresError.exit_code) == (0, 2)
    forms.refuse_foreign({"results": {}})


@pytest.mark.parametrize(
    ("metric", "value", "stderr"),
    [
        ("acc", 58.4, None),
        ("acc_norm", -0.1, None),
        ("exact_match", 1.01, None),
        ("perplexity", 0.5, None),
        ("bits_per_byte", -1.0, None),
        ("acc", 0.58, 1.1),
        ("acc", 0.58, -0.1),
    ],
)
def test_values_outside_their_range(metric, value, stderr):
    """Percent is not a fraction, and no standard error is larger than half."""
    with pytest.raises(RefusedScoresError):
        ranges.require("piqa", metric, value, stderr)


def test_values_inside_their_range():
    """Bounds belong to the range; unknown metrics have none; squad's f1 is percent."""
    for metric, value in (("acc", 0.0), ("acc", 1.0), ("ppl", 1.0), ("likelihood_diff", -7.0)):
        ranges.require("piqa", metric, value, None)
    ranges.require("squadv2", "f1", 61.2, None)
    with pytest.raises(RefusedScoresError, match="percent"):
        ranges.require("piqa", "acc", 58.4, None)


GROUPED = {
    "n-shot": {"mmlu": 0, "mmlu_humanities": 0, "mmlu_anatomy": 5, "mmlu_law": 5},
    "group_subtasks": {
        "mmlu": ["mmlu_humanities"],
        "mmlu_humanities": ["mmlu_anatomy", "mmlu_law"],
    },
    "configs": {"mmlu_anatomy": {"num_fewshot": 5}},
}


def test_a_group_has_the_shots_of_its_tasks():
    """The 0 that the harness printed for groups is never believed."""
    assert [shots.of_task(GROUPED, task) for task in GROUPED["n-shot"]] == [5, 5, 5, 5]


def test_a_group_of_unknown_or_different_tasks():
    """Where its tasks differ, are not there, or a circle, a group's shots are unknown."""
    mixed = {**GROUPED, "n-shot": {**GROUPED["n-shot"], "mmlu_law": 0}}
    circle = {"group_subtasks": {"a": ["b"], "b": ["a"]}, "n-shot": {"a": 0}}

    assert shots.of_task(mixed, "mmlu") is None
    assert shots.of_task(circle, "a") is None
    assert shots.of_task({"groups": {"mmlu": {}}, "n-shot": {"mmlu": 0}}, "mmlu") is None
    cut = {"configs": {"mmlu_anatomy": {"num_fewshot": 5}}, "n-shot": {"mmlu": 0}}
    assert shots.of_task(cut, "mmlu") is None


def test_printed_and_configured_shots_that_differ():
    """Two numbers for one task: neither is believed."""
    content = {"n-shot": {"piqa": 0}, "configs": {"piqa": {"num_fewshot": 5}}}
    assert shots.of_task(content, "piqa") is None


def test_samples_that_were_left_out_are_a_limit():
    """A run on chosen samples has no `limit`, but counts fewer documents than there are."""
    whole = document(modern("pretrained=EleutherAI/pythia-70m"))
    cut = document(
        modern(
            "pretrained=EleutherAI/pythia-70m",
            **{"n-samples": {"sciq": {"original": 1000, "effective": 100}}},
        )
    )
    assert [d.evaluations[0].conditions.limit for d in (whole, cut)] == [None, "100"]


def test_one_row_a_metric():
    """The long form keeps each metric's name, and its error."""
    text = "model,step,task,metric,value,stderr\nm,1,piqa,acc,0.5,0.01\nm,1,piqa,acc_norm,0.6,\n"
    (evaluation,) = tabular.document(text).evaluations

    assert [(s.measure.metric, s.value, s.stderr) for s in evaluation.scores] == [
        ("acc", 0.5, 0.01),
        ("acc_norm", 0.6, None),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "model,task,score\nm,piqa,0.5\n",
        "model,task,acc,split\nm,piqa,0.5,test\n",
        "model,task,metric,acc\nm,piqa,acc,0.5\n",
        "model,task,acc,acc\nm,piqa,0.5,0.6\n",
        "model,step,task,acc\nm,1,piqa,0.5\nm,1,piqa,0.6\n",
        "model,step,task,acc\nm,1,piqa,58.4\n",
    ],
)
def test_tables_that_are_not_understood(text):
    """A column that is no metric, two values of one measure, and percent are refused."""
    with pytest.raises(RefusedScoresError):
        tabular.document(text)


@pytest.mark.parametrize(
    ("part", "label", "step"),
    [
        ("EleutherAI__pythia-160m", "EleutherAI/pythia-160m", None),
        ("EleutherAI__pythia-160m__step1000", "EleutherAI/pythia-160m", 1000),
        ("EleutherAI__pythia-160m__revision=step1000", "EleutherAI/pythia-160m", 1000),
    ],
)
def test_folders_that_the_harness_names(part, label, step):
    """Owner and name with two underscores are a repository; the step may stand behind."""
    stated = places.folder(f"runs/{part}/results.json")
    assert (stated.kind, stated.label, stated.step) == ("repository", label, step)
    assert places.folder(f"x/{part}/step7000/r.json").step == (step or 7000)


def test_more_behind_a_name_is_another_model():
    """A repository's name that goes on names no repository."""
    assert places.folder("EleutherAI__pythia-160m__sft/results.json").kind == "path"


def test_a_trainer_elsewhere_has_no_labels_of_ours():
    """Only Pythia's own folders mean a model; a fine-tuning run is none."""
    ours = documents.trainer("/fsx/x/pythia/ckpts/350M_dedup", 1000, num_layers=24)
    assert arguments.of_trainer(ours).kind == "trainer"
    assert arguments.shape(ours) == (("layers", 24),)
    assert arguments.of_trainer(documents.trainer("/home/me/410m", 1000)).kind == "path"
    with pytest.raises(RefusedScoresError, match="finetune"):
        arguments.of_trainer(documents.trainer("/fsx/x/pythia/ckpts/19M", 1000, finetune=True))
