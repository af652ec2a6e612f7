"""`catalog evals`: import, show and compare, through the command line, on both databases."""

import csv
import io
import json
import tarfile

import pytest
import score_documents as documents
import sqlalchemy as sa
from sql_rows import connected

from catalog.sql import database, tables


@pytest.fixture
def load(catalog, facts_url):
    """Return a function that imports paths and returns the files by their names' ends."""

    def run(*paths, code=0, extra=()):
        ran = catalog("evals", "import", *paths, *extra, "--db", facts_url, "--json")
        assert ran.code == code, ran.out + ran.err
        return json.loads(ran.out)["files"]

    return run


def counts(url):
    """Return how many rows the score tables have."""
    of_scores = (tables.score_file, tables.evaluation, tables.score)
    with connected(url) as connection:
        return [
            connection.scalar(sa.select(sa.func.count()).select_from(table)) for table in of_scores
        ]


def test_content_decides_where_a_score_belongs(load, tmp_path):
    """A file in the folders of another model is recorded under its content, and says so."""
    folder = "evals/pythia-v0/pythia-1.4b/five-shot"
    file = documents.write(
        tmp_path, f"{folder}/pythia-1.4b-5shot_step1000.json", documents.classic()
    )

    (found,) = load(file)

    assert (found["status"], found["model"], found["revision"]) == (
        "imported",
        "pythia-70m",
        "step3000",
    )
    assert (found["tokens_seen"], found["num_fewshot"], found["scores"]) == (6_291_456_000, 0, 4)
    assert {(c["field"], c["place"]) for c in found["conflicts"]} == {
        ("model", "name"),
        ("model", "folder"),
        ("generation", "folder"),
        ("step", "name"),
        ("shots", "name"),
        ("shots", "folder"),
    }


def test_places_complete_a_silent_content(load, tmp_path):
    """Step and shots come from name and folder; which model it is, a folder may not say."""
    silent = documents.classic(None, shots=None)
    path = "pythia-v0/pythia-1.4b/five-shot/pythia-1.4b-global_step1500.json"
    file = documents.write(tmp_path, path, silent)

    (refused,) = load(file, code=2)
    (found,) = load(file, extra=["--as", "pythia-1.4b-v0"])

    assert "--as REF" in refused["reason"]

    assert (found["model"], found["revision"]) == ("pythia-1.4b-v0", "step3000")
    assert (found["training_step"], found["num_fewshot"]) == (1500, 5)
    assert found["tokens_seen"] == 1500 * 4_194_304
    completed = {(c["field"], c["from"]) for c in found["completed"]}
    assert {("checkpoint", "--as"), ("step", "name"), ("shots", "folder")} <= completed
    assert found["conflicts"] == []


def test_training_steps_and_published_steps(load, tmp_path):
    """A trainer's iteration and a table of Hub names count differently for the same model."""
    arguments = documents.trainer("/fsx/x/pythia/ckpts/1.3B_dedup", 71500)
    native = documents.write(tmp_path, "a.json", documents.classic(arguments))
    table = documents.write(tmp_path, "b.csv", documents.CSV)

    one, many = load(native, table)

    assert (one["model"], one["revision"]) == ("pythia-1.4b-deduped-v0", "step143000")
    assert many["model"] == "pythia-1.4b-deduped-v0"
    assert [(e["revision"], e["num_fewshot"], e["scores"]) for e in many["evaluations"]] == [
        ("step13000", 0, 2),
        ("step13000", 4, 1),
        ("step143000", 0, 1),
    ]


def test_a_nickname_in_a_folder_of_interventions(load, tmp_path):
    """A heading that leaves the run open is completed by the folder; elsewhere it is the model."""
    document = documents.table("1.4b-deduped", 134000)
    inside = documents.write(tmp_path, "winobias/intervene_7/1.4B/x.json", document)
    document["model_args"]["iteration"] = 135000
    outside = documents.write(tmp_path, "other/x.json", document)

    first, second = load(inside, outside)

    assert first["model"] == "pythia-intervention-1.4b-deduped"
    assert second["model"] == "pythia-1.4b-deduped"
    assert first["num_fewshot"] is None


def test_the_same_bytes_are_known_wherever_they_lie(load, facts_url, tmp_path):
    """A second import changes nothing; a copy under another name is known too."""
    file = documents.write(tmp_path, "a/x.json", documents.modern())
    copy = documents.write(tmp_path, "b/y.json", documents.modern())
    (first,) = load(file)
    before = counts(facts_url)

    again = load(file, copy)

    assert [each["status"] for each in again] == ["known", "known"]
    assert counts(facts_url) == before
    for key in ("model", "revision", "tokens_seen", "num_fewshot", "scores", "conflicts"):
        assert again[0][key] == first[key]


def test_refusals_have_reasons_and_exit_codes(load, facts_url, tmp_path):
    """Each refused file says why; one bad file does not spoil the others."""
    good = documents.write(tmp_path, "good.json", documents.classic())
    other = documents.write(tmp_path, "README.md", "words")
    (_, refused) = load(good, other)
    assert (refused["status"], refused["reason"]) == ("refused", "not a score file")

    stranger = documents.classic("pretrained=someone/gizmo-9b,revision=step1")
    (found,) = load(documents.write(tmp_path, "s.json", stranger), code=2)
    assert "gizmo-9b" in found["reason"]
    fork = documents.classic("pretrained=someone/pythia-70m")
    (found,) = load(documents.write(tmp_path, "f.json", fork), code=2)
    assert found["status"] == "refused"
    off_grid = documents.classic("pretrained=EleutherAI/pythia-70m,revision=step3500")
    (found,) = load(documents.write(tmp_path, "o.json", off_grid), code=2)
    assert "step3500" in found["reason"]

    broken = documents.write(tmp_path, "t.json", json.dumps(documents.classic())[:200])
    before = counts(facts_url)
    found = load(broken, tmp_path / "s.json", code=1)
    assert [each["status"] for each in found] == ["refused", "refused"]
    assert counts(facts_url) == before


def test_a_path_that_does_not_exist(catalog, facts_url, tmp_path):
    """A missing path is asked wrongly."""
    ran = catalog("evals", "import", tmp_path / "none", "--db", facts_url)
    assert ran.code == 2
    assert "no such file" in ran.err


def test_a_symlink_loop(load, tmp_path):
    """A loop could not be checked; the command ends."""
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    (found,) = load(tmp_path / "loop.json", code=3)
    assert found["status"] == "refused"


def archive(path, files, mode="w:xz"):
    """Write a tar archive of texts."""
    with tarfile.open(path, mode) as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    return path


@pytest.fixture
def packed(tmp_path):
    """Return an archive with two score files."""
    return archive(
        tmp_path / "scores.tar.xz",
        {
            f"evals/{step}.json": json.dumps(
                documents.classic(f"pretrained=EleutherAI/pythia-70m,revision=step{step}")
            ).encode()
            for step in (1000, 2000)
        },
    )


def test_an_archive(load, packed):
    """Files in an archive are read without unpacking it."""
    assert [each["revision"] for each in load(packed)] == ["step1000", "step2000"]


@pytest.mark.parametrize("damage", ["truncated", "flipped"])
def test_a_damaged_archive_leaves_nothing(load, facts_url, packed, damage):
    """A damaged archive is refused whole."""
    whole = packed.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    packed.write_bytes(whole[:middle] if damage == "truncated" else flipped)
    before = counts(facts_url)

    (found,) = load(packed, code=1)

    assert found["status"] == "refused"
    assert counts(facts_url) == before


def test_a_plain_archive_without_its_end(load, facts_url, tmp_path):
    """A tar archive cut between two members is noticed, though tarfile is content."""
    text = json.dumps(documents.classic()).encode()
    file = archive(tmp_path / "x.tar", {"a.json": text, "b.json": text + b" "}, "w")
    member = 512 + (len(text) + 511) // 512 * 512
    file.write_bytes(file.read_bytes()[:member])
    before = counts(facts_url)

    (found,) = load(file, code=1)

    assert "truncated" in found["reason"]
    assert counts(facts_url) == before


def test_repeated_runs_are_kept_and_the_newest_shown(catalog, load, facts_url, tmp_path):
    """Two runs of one step are both there; `show` gives the newest, `--all` both."""
    for day, value in ((1, 0.125), (2, 0.375)):
        name = f"eval_results_11-0{day}-2026-00-00-00.json"
        revision = "pretrained=EleutherAI/pythia-14m,revision=step1000"
        load(documents.write(tmp_path, name, documents.classic(revision, value=value)))
    words = ["evals", "show", "pythia-14m@step1000", "--task", "lambada", "--metric", "acc"]

    newest = json.loads(catalog(*words, "--json", "--db", facts_url).out)
    every = json.loads(catalog(*words, "--all", "--json", "--db", facts_url).out)

    assert [(row["value"], row["runs"]) for row in newest] == [(0.375, 2)]
    assert sorted(row["value"] for row in every) == [0.125, 0.375]


def test_withdrawn_scores_are_shown_on_request_only(catalog, load, facts_url, tmp_path):
    """Scores that their authors took back stay, with the reason, out of every comparison."""
    document = documents.classic("pretrained=EleutherAI/pythia-14m,revision=step1000")
    load(documents.write(tmp_path, "x.json", document), extra=["--withdrawn", "a known bug"])

    assert catalog("evals", "show", "pythia-14m@step1000", "--db", facts_url).code == 3
    shown = catalog("evals", "show", "pythia-14m", "--all", "--json", "--db", facts_url)
    assert {row["withdrawn"] for row in json.loads(shown.out)} == {"a known bug"}


def test_known_figures(catalog, facts_url):
    """The shipped figures: 2.8b's LAMBADA curve, and 160m's official score against re-runs."""
    expected = {1000: 0.0615, 3000: 0.301, 13000: 0.519, 43000: 0.596, 143000: 0.647}
    words = ["--task", "lambada_openai", "--metric", "acc", "--shots", "0", "--json"]
    rows = json.loads(catalog("evals", "show", "pythia-2.8b", *words, "--db", facts_url).out)
    curve = {row["training_step"]: row["value"] for row in rows if row["commit"] is None}
    for step, value in expected.items():
        assert curve[step] == pytest.approx(value, abs=6e-4)

    words = ["pythia-160m@main", *words, "--all", "--db", facts_url]
    rows = json.loads(catalog("evals", "show", *words).out)
    official = [row["value"] for row in rows if row["commit"] is None]
    bound = sorted(row["value"] for row in rows if row["commit"] is not None)
    assert official == [pytest.approx(0.3284, abs=5e-5)]
    assert bound == [pytest.approx(0.1174, abs=5e-5), pytest.approx(0.1215, abs=5e-5)]
    assert all(row["commit"] in (None, "50f5173d932e8e61f858120bcb800b97af589f46") for row in rows)


def test_compare_marks_what_is_not_alike(catalog, facts_url):
    """Suites and sizes side by side; a score made in another type is marked."""
    refs = ["pythia-160m", "pythia-160m-v0", "opt-125m", "bloom-560m"]
    ran = catalog("evals", "compare", *refs, "--task", "piqa", "--json", "--db", facts_url)

    table = json.loads(ran.out)
    scores = {row["ref"]: row["scores"]["piqa"] for row in table["rows"]}
    assert scores["pythia-160m"]["value"] == pytest.approx(0.6273, abs=5e-5)
    assert [scores[ref]["comparable"] for ref in refs] == [True, False, True, True]
    assert scores["pythia-160m-v0"]["differs"] == ["dtype float16"]

    text = catalog("evals", "compare", *refs, "--db", facts_url)
    assert "[a] dtype float16" in text.out
    rows = list(
        csv.DictReader(
            io.StringIO(catalog("evals", "compare", "opt", "--csv", "--db", facts_url).out)
        )
    )
    assert {row["model"] for row in rows} >= {"opt-125m", "opt-66b"}


def test_no_scores_and_unknown_names(catalog, facts_url):
    """No record is could not check; an unknown model or task is asked wrongly."""
    assert catalog("evals", "show", "pythia-14m", "--db", facts_url).code == 3
    assert catalog("evals", "compare", "pythia-14m", "--db", facts_url).code == 3
    assert catalog("evals", "show", "gizmo-9b", "--db", facts_url).code == 2
    ran = catalog("evals", "show", "pythia-70m", "--task", "piqqa", "--db", facts_url)
    assert ran.code == 2
    assert "piqa" in ran.err


def test_show_lists_the_scores_of_a_checkpoint(catalog, facts_url):
    """`catalog show MODEL@REV --json` has the scores of that checkpoint."""
    shown = json.loads(catalog("show", "pythia-70m@step3000", "--json", "--db", facts_url).out)
    assert {"lambada_openai", "piqa"} <= {score["task"] for score in shown["scores"]}


def test_shipped_figures_are_replaced_not_doubled(facts_url):
    """Loading the shipped file again, as a newer version would, leaves each score once."""
    from datetime import UTC, datetime

    from catalog.sql.tables import source
    from catalog.verbs import evals

    before = counts(facts_url)
    with database.writing(facts_url) as connection:
        mark = source.c.key == "shipped-evaluations"
        connection.execute(sa.update(source).where(mark).values(digest="sha256:older"))
        loaded = evals.load_shipped(connection, now=datetime.now(UTC))
    assert loaded.status == "loaded"
    assert loaded.skipped == ()
    assert counts(facts_url) == before


def test_a_folder_without_permission(unprivileged, templates, tmp_path):
    """A folder that cannot be listed could not be checked; nothing is imported from it."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    with templates.copy("sqlite", "facts", tmp_path) as url:
        before = counts(url)
        ran = unprivileged(["evals", "import", closed, "--json", "--db", url])
        assert counts(url) == before
    assert ran.returncode == 3
    (found,) = json.loads(ran.stdout)["files"]
    assert "cannot read" in found["reason"]
