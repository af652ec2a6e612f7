"""Scores as evidence: what they say against weights, and what they must not say."""

import json
import math
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from catalog.core.scores import evidence
from catalog.core.scores.rows import ScoreRow
from catalog.sql import database
from catalog.sql.queries import evals, models

BLANK = dict.fromkeys(ScoreRow._fields)


def row(step, value, **more):
    """Return a lambada accuracy of a step, with an error of 0.007."""
    named = {
        "checkpoint_id": step,
        "model": "one",
        "revision": f"step{step}",
        "training_step": step,
        "tokens_seen": step * 1000,
        "task": "lambada_openai",
        "metric": "acc",
        "value": value,
        "stderr": 0.007,
        "shots": 0,
    }
    return ScoreRow(**BLANK | named | {"runs": 1} | more)


def perplexities(step, values, model="one", **more):
    """Return a perplexity of a step for each value, each of another task."""
    identity = step if model == "one" else step + 1_000_000
    return [
        row(
            step,
            value,
            model=model,
            task=f"task{number}",
            metric="ppl",
            stderr=None,
            checkpoint_id=identity,
            **more,
        )
        for number, value in enumerate(values)
    ]


# Shared ----------------------------------------------------------------------------------------


def test_three_equal_perplexities_are_beyond_chance():
    """Both checkpoints are named, with the numbers; two equal ones are let be."""
    rows = perplexities(1000, [3.25, 4.5, 7.125]) + perplexities(2000, [3.25, 4.5, 7.125])
    found = evidence.shared(rows)
    assert {(one.kind, one.revision) for one in found} == {
        ("shared", "step1000"),
        ("shared", "step2000"),
    }
    assert [number["value"] for number in found[0].numbers] == [3.25, 4.5, 7.125]
    assert found[0].numbers[0]["same_as"] in ("one@step1000", "one@step2000")
    assert not evidence.shared(rows[:2] + rows[3:])
    almost = [*rows[:5], rows[5]._replace(value=math.nextafter(7.125, 8))]
    assert not evidence.shared(almost)


def test_two_models_are_counted_over_their_steps():
    """One equal value at each of three steps says as much; at other steps it says nothing."""
    rows = []
    for step in (1000, 2000, 3000):
        rows += perplexities(step, [step / 7]) + perplexities(step, [step / 7], model="two")
    assert len(evidence.shared(rows)) == 6
    assert "3 such values" in evidence.shared(rows)[0].message
    assert not evidence.shared(rows[:4])
    shifted = [
        each if each.model == "one" else each._replace(tokens_seen=each.tokens_seen + 1)
        for each in rows
    ]
    assert not evidence.shared(shifted)


@pytest.mark.parametrize(
    "change",
    [{"training_step": 512}, {"revision": None}, {"value": math.inf}, {"metric": "acc"}],
    ids=str,
)
def test_what_may_be_equal_is_let_be(change):
    """Untrained networks are alike, unpublished steps have no branch, counts coincide."""
    rows = perplexities(1000, [3.25, 4.5, 7.125]) + perplexities(2000, [3.25, 4.5, 7.125])
    assert not evidence.doubts([each._replace(**change) for each in rows])


def test_equal_values_of_other_tasks_are_not_equal_scores():
    """Task, metric and number of shots must agree."""
    rows = perplexities(1000, [3.25, 4.5, 7.125])
    assert not evidence.shared(rows + perplexities(2000, [7.125, 3.25, 4.5]))
    assert not evidence.shared(rows + perplexities(2000, [3.25, 4.5, 7.125], shots=5))


# Jumps -----------------------------------------------------------------------------------------


def test_a_score_far_outside_both_neighbours_is_a_jump():
    """It is the one that is named, not its neighbours, up or down; the numbers are told."""
    for wrong in (0.1, 0.9):
        curve = [row(step, 0.5 + step / 100_000) for step in range(1000, 9000, 1000)]
        curve[4] = curve[4]._replace(value=wrong)
        (found,) = evidence.jumps(curve)
        assert (found.kind, found.revision) == ("jump", "step5000")
        assert found.numbers[0]["errors"] > evidence.JUMPED
        assert f"{wrong:.3g}" in found.message


@pytest.mark.parametrize("values", [[0.1, 0.5, 0.9], [0.5, 0.45, 0.5], [0.9, 0.1], [0.1, 0.9, 0.9]])
def test_progress_and_noise_are_no_jump(values):
    """Rising fast, ten errors or less, the end of a curve."""
    assert not evidence.jumps([row((1 + n) * 1000, value) for n, value in enumerate(values)])


def test_scores_under_other_conditions_are_no_neighbours():
    """Five shots are another curve, and so is another type or harness."""
    curve = [row(step, 0.5) for step in (1000, 2000, 3000)]
    for change in ({"shots": 5}, {"dtype": "bfloat16"}, {"harness_version": "0.4.12"}):
        odd = curve[1]._replace(value=0.1, **change)
        assert not evidence.jumps([curve[0], odd, curve[2]])


# Contradicted ----------------------------------------------------------------------------------


def test_a_newer_run_on_a_commit_contradicts():
    """More than ten errors apart; the numbers name the commit."""
    newer = row(1000, 0.1, commit="c" * 40, evaluated_at=datetime(2026, 6, 1, tzinfo=UTC))
    (found,) = evidence.contradicted([row(1000, 0.3), newer])
    assert found.kind == "contradicted"
    assert found.numbers[0]["commit"] == "c" * 40
    assert found.numbers[0]["measured"] == 0.1
    assert not evidence.contradicted([row(1000, 0.18), newer])
    older = row(1000, 0.3)._replace(evaluated_at=datetime(2026, 7, 1, tzinfo=UTC))
    assert not evidence.contradicted([older, newer])
    assert not evidence.contradicted([row(1000, 0.3, sample_limit="500"), newer])
    assert not evidence.contradicted([row(1000, 0.3), newer._replace(commit=None)])


# The published archives ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(templates, tmp_path_factory):
    """Return the shipped scores that the rules look at."""
    with (
        templates.copy("sqlite", "facts", tmp_path_factory.mktemp("scores")) as url,
        database.reading(url) as connection,
    ):
        every = evals.checkpoint_ids_with_scores(connection)
        return [
            *evals.scores(connection, every, metrics=evidence.CONTINUOUS),
            *(
                one
                for one in evals.scores(connection, every, tasks=evidence.TASKS)
                if one.metric not in evidence.CONTINUOUS
            ),
        ]


def test_the_published_archives_raise_two_doubts(published):
    """What docs/explanation/score-evidence.md tells: two models that share, one contradiction."""
    found = evidence.doubts(published)
    shared = {(one.model, one.revision) for one in found if one.kind == "shared"}
    steps = (1000, 13000, 23000, 33000, 43000)
    assert shared == {
        (model, f"step{step}") for model in ("pythia-2.8b", "pythia-2.8b-deduped") for step in steps
    }
    others = [(one.kind, one.model, one.revision) for one in found if one.kind != "shared"]
    assert others == [("contradicted", "pythia-160m", "step143000")]


@pytest.mark.parametrize("model", ["pythia-2.8b", "pythia-2.8b-deduped", "pythia-160m", "opt-1.3b"])
def test_an_audit_reads_all_that_can_raise_a_doubt(model, published, templates, tmp_path):
    """The few scores that an audit reads about a model raise the doubts that all would."""
    from catalog.verbs import audit

    with templates.copy("sqlite", "facts", tmp_path) as url, database.reading(url) as connection:
        asked = models.named(connection, model)
        chosen = audit._scores_about(connection, [asked])
    doubts, every = evidence.doubts(chosen), evidence.doubts(published)
    assert [d for d in doubts if d.model == model] == [d for d in every if d.model == model]
    assert len(chosen) < len(published) / 5


def test_two_models_were_scored_as_one_network(templates, tmp_path):
    """The counts of equal scores that docs/explanation/score-evidence.md tells."""
    with templates.copy("sqlite", "facts", tmp_path) as url, database.reading(url) as connection:
        rows = [
            score
            for model in models.models(connection)
            if model.name.removesuffix("-deduped") in ("pythia-2.8b", "pythia-1b", "pythia-12b")
            for score in evals.scores(
                connection, evals.checkpoint_ids_with_scores(connection, model.id)
            )
        ]
    scored = defaultdict(dict)
    for one in rows:
        if one.commit is None:
            place = (one.model, one.training_step, one.shots)
            scored[place][one.task, one.prompt, one.metric] = one.value

    def equal(model, step, shots):
        mine, theirs = scored[model, step, shots], scored[f"{model}-deduped", step, shots]
        return sum(theirs.get(key) == value for key, value in mine.items()), len(mine)

    for step in (0, 1, 128, 512, 1000):
        assert equal("pythia-2.8b", step, 0) == (172, 172)
    assert equal("pythia-2.8b", 3000, 0) == (114, 172)
    assert equal("pythia-2.8b", 3000, 5) == (104, 128)
    for step in (13000, 23000, 33000, 43000):
        assert equal("pythia-2.8b", step, 5) == (128, 128)
        assert 105 <= equal("pythia-2.8b", step, 0)[0] <= 129
    assert equal("pythia-2.8b", 53000, 0) == (27, 172)
    assert equal("pythia-2.8b", 53000, 5) == (16, 128)
    for model in ("pythia-1b", "pythia-12b"):
        assert 8 <= equal(model, 13000, 0)[0] <= 27


def test_planted_swaps_are_found_as_often_as_told(published):
    """Another step's scores in each inner place of each published curve; docs tell the rates."""
    curves = defaultdict(lambda: defaultdict(dict))
    for one in published:
        late = one.training_step is not None and one.training_step > evidence.AFTER_STEP
        if late and one.revision and one.stderr and one.commit is None:
            kept = curves[one.model, one.shots][one.training_step]
            kept.setdefault((one.task, one.metric), one)
    told = {}
    for name, place in (("first", 0), ("last", -1)):
        counts = {True: [0, 0], False: [0, 0]}
        for curve in curves.values():
            steps = sorted(curve)
            for before, step, after in zip(steps, steps[1:], steps[2:], strict=False):
                source = curve[steps[place]]
                measures = curve[before].keys() & curve[after].keys() & source.keys()
                far = [
                    evidence.outside(curve[before][each], source[each], curve[after][each])
                    for each in measures
                ]
                count = counts[step <= 33_000]
                count[0] += max(far, default=0) > evidence.JUMPED
                count[1] += 1
        told[name] = counts
    assert told == {
        "first": {True: [148, 208], False: [622, 625]},
        "last": {True: [88, 208], False: [0, 625]},
    }


# The command -----------------------------------------------------------------------------------


def audited(catalog, url, model):
    """Return exit code and findings of an audit."""
    ran = catalog("audit", model, "--json", "--db", url)
    found = [one for one in json.loads(ran.out)["findings"] if one["rule"] == "suspect"]
    return ran.code, found


def test_the_audit_tells_what_scores_say(catalog, facts_url):
    """Also of a repository that nobody looked at; the verdicts on branches stay what they were."""
    code, (found,) = audited(catalog, facts_url, "pythia-160m")
    assert code == 1
    assert (found["revision"], found["severity"]) == ("step143000", "warning")
    assert found["evidence"]["kind"] == "contradicted"
    assert found["evidence"]["evidence_level"] == "scores"
    again = catalog("audit", "pythia-160m", "--db", facts_url)
    assert "pythia-160m@step143000: lambada_openai acc, 0 shots is recorded as 0.328" in again.out
    assert "since the last audit" not in again.err
    assert catalog("audit", "pythia-1b", "--db", facts_url).code == 3


def test_a_wrong_score_is_found_and_the_finding_is_closed(catalog, facts_url, tmp_path):
    """A jump in an imported table; a corrected table closes it."""
    head = "model,checkpoint,task,fewshot,acc,acc_stderr\n"
    lines = [
        f"EleutherAI/pythia-14m,{step},lambada_openai,0,{0.1 if step == 3000 else 0.3},0.006\n"
        for step in range(1000, 6000, 1000)
    ]
    table = tmp_path / "scores-1.csv"
    table.write_text(head + "".join(lines))
    assert catalog("evals", "import", table, "--db", facts_url).code == 0
    code, (found,) = audited(catalog, facts_url, "pythia-14m")
    assert (code, found["revision"], found["evidence"]["kind"]) == (1, "step3000", "jump")
    corrected = tmp_path / "scores-2.csv"
    corrected.write_text(head + lines[2].replace(",0.1,", ",0.3,"))
    assert catalog("evals", "import", corrected, "--db", facts_url).code == 0
    ran = catalog("audit", "pythia-14m", "--db", facts_url)
    assert ran.code == 3
    assert "0 findings opened, 1 closed" in ran.err
