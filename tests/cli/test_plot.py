"""`catalog evals plot`, `audit --plot`: what is drawn, and that files depend on nothing else."""

import json
import re
import sys
import xml.etree.ElementTree as ET

import pytest
import score_documents
from PIL import Image

import catalog as package

LAMBADA = ("--task", "lambada_openai")


@pytest.fixture
def plot(catalog, shipped_url):
    """Return a function that plots the shipped scores."""
    return lambda *words: catalog("evals", "plot", *words, "--db", shipped_url)


@pytest.fixture
def points(plot):
    """Return a function that returns the points of a picture."""
    return lambda *words: json.loads(plot(*words, "--json").out)["points"]


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_scores_give_the_same_file(plot, tmp_path, ending):
    """Two calls write the same bytes, over one another, without a date."""
    file = tmp_path / f"picture.{ending}"
    written = []
    for _ in range(2):
        ran = plot("pythia-160m", *LAMBADA, "-o", file)
        assert (ran.code, ran.out) == (0, "")
        written.append(file.read_bytes())
    assert written[0] == written[1]
    assert re.search(rb"CreationDate|<dc:date>", written[0]) is None


def test_a_picture_is_as_wide_as_a_column_and_says_what_it_is(plot, tmp_path):
    """3.25 inches at 300 dots, with title, sources and a digest in the file."""
    plot("pythia-160m", *LAMBADA, "-o", tmp_path / "one.png")
    plot("pythia-160m", *LAMBADA, "--columns", "2", "-o", tmp_path / "two.png")
    with Image.open(tmp_path / "one.png") as one, Image.open(tmp_path / "two.png") as two:
        assert (one.width, two.width) == (975, 2025)
        assert one.text["Title"] == "lambada_openai over training tokens"
        assert "0 shots, harness unknown" in one.text["Description"]
        assert "sha256:" in one.text["Description"]


@pytest.mark.parametrize("style", ["paper", "talk", "dark"])
def test_every_style_draws_lines_references_gaps_and_marks(shipped_url, style):
    """Each style draws several panels, a dashed reference, a broken line and hollow points."""
    drawing = package.open(shipped_url).plot(
        *("pythia-2.8b", "pythia-160m@log14"),
        tasks=["lambada_openai", "piqa"],
        metrics=["acc", "perplexity"],
        references=["opt-1.3b"],
    )
    lines = [line for panel in drawing.picture.panels for line in panel.lines]
    assert {line.is_reference for line in lines} == {True, False}
    assert any(point.after_gap for line in lines for point in line.points)
    assert any(point.marked for line in lines for point in line.points)
    assert drawing.render("svg", style=style).startswith(b"<?xml")


def test_a_line_never_mixes_conditions(plot, points):
    """Of two runs of one checkpoint one is drawn, and the other is said."""
    found = points("pythia-410m", *LAMBADA)
    assert len({point["tokens_seen"] for point in found}) == len(found)
    assert {point["conditions"] for point in found} == {
        "0 shots, harness unknown, dtype unknown, task version 0"
    }
    assert "left out: " in plot("pythia-410m", *LAMBADA).err


def test_a_gap_is_where_a_checkpoint_has_no_score(points):
    """A named checkpoint without a score breaks the line before the next one."""
    found = {p["ref"]: p["after_gap"] for p in points("pythia-1.4b@step512..step13000", *LAMBADA)}
    assert found == {
        "pythia-1.4b@step512": False,
        "pythia-1.4b@step1000": False,
        "pythia-1.4b@step3000": True,
        "pythia-1.4b@step13000": True,
    }


def test_what_is_marked_is_hollow_or_left_out(plot, points):
    """Tainted points carry their mark; --clean breaks the line there."""
    marks = {point["ref"]: point["mark"] for point in points("pythia-2.8b", *LAMBADA)}
    assert (marks["pythia-2.8b@step1000"], marks["pythia-2.8b@step143000"]) == ("!", None)
    assert "pythia-2.8b@step0 and 19 more: CKPT-2026-0001" in plot("pythia-2.8b", *LAMBADA).out
    clean = points("pythia-2.8b", *LAMBADA, "--clean")
    assert {point["mark"] for point in clean} == {None}


def test_over_parameters_there_is_a_line_a_suite(points):
    """The sizes of a suite are one line, the deduplicated ones another, references too."""
    words = ("pythia", "--over", "params", *LAMBADA, "--reference", "opt")
    found = points(*words)
    assert {point["line"] for point in found} == {"pythia", "pythia-deduped", "opt"}
    sizes = [point["params_total"] for point in found if point["line"] == "pythia"]
    assert sizes == sorted(set(sizes))
    assert {point["reference"] for point in found if point["line"] == "opt"} == {True}


def test_steps_are_an_axis_too(points):
    """Over steps points stand at training steps."""
    found = points("pythia-160m", *LAMBADA, "--over", "steps")
    assert [point["training_step"] for point in found][-1] == 143_000


def test_without_a_file_it_is_drawn_in_characters(plot):
    """80 columns, a sign a line, the reference as a level, and what is marked."""
    out = plot("pythia-160m", "pythia-70m", *LAMBADA, "--reference", "opt-1.3b").out
    assert max(map(len, out.splitlines()[:20])) <= 80
    assert "  o pythia-70m" in out
    assert "  x pythia-160m" in out
    assert "  - opt-1.3b 0.5793" in out
    assert "pythia-160m@step143000: CKPT-2023-0001" in out


def test_without_the_extra_a_file_is_one_line_and_the_terminal_still_works(
    plot, tmp_path, monkeypatch
):
    """Matplotlib is needed for files alone."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = plot("pythia-160m", *LAMBADA, "-o", tmp_path / "x.png")
    assert (ran.code, ran.err.splitlines()[-1]) == (
        3,
        "catalog: matplotlib is not installed; pip install 'checkpoint-catalog[plot]'",
    )
    assert list(tmp_path.iterdir()) == []
    assert plot("pythia-160m", *LAMBADA).code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["pythia", *LAMBADA, "--reference", "opt", "--reference", "bloom"],
            "are too many for one picture; name up to 24 models",
        ),
        (["pythia-70m", "--task", "*"], "tasks are too many for one picture"),
        (["pythia-70m", *LAMBADA, "-o", "x.jpg"], "end it in .png, .svg, .pdf"),
    ],
)
def test_what_makes_no_picture_is_asked_wrongly(plot, words, says):
    """Too much for one picture, or no kind of picture: one line, exit 2."""
    ran = plot(*words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_another_file_is_not_lost(plot, tmp_path):
    """What is there and no such picture stays."""
    file = tmp_path / "paper.pdf"
    for content in ("{}", "%PDF-1.7 somebody's paper"):
        file.write_text(content)
        ran = plot("pythia-160m", *LAMBADA, "-o", file)
        assert (ran.code, file.read_text()) == (2, content)
    file.unlink()
    assert [plot("pythia-160m", *LAMBADA, "-o", file).code for _ in range(2)] == [0, 0]


def test_an_audit_is_drawn_as_a_grid(catalog, facts_url, tmp_path):
    """A row a model, a column a step; the exit code is the audit's."""
    file = tmp_path / "audit.svg"
    ran = catalog("audit", "pythia-2.8b", "pythia-12b", "--plot", file, "--db", facts_url)
    assert (ran.code, f"wrote {file}" in ran.err) == (1, True)
    assert b"pythia-2.8b seen 2026-08-23" in file.read_bytes()
    c = package.open(facts_url)
    drawing = c.plot_audit(c.audit("pythia-2.8b"))
    verdicts = dict(zip(drawing.picture.steps, drawing.picture.cells[0], strict=True))
    assert (verdicts["step1000"], verdicts["step66000"], verdicts["step26000"]) == (
        "same-as",
        "own",
        "alias",
    )
    assert drawing.text(80).splitlines()[1].startswith("pythia-2.8b  XXXX")
    assert {row["verdict"] for row in drawing.rows.to_dicts()} == {"own", "same-as", "alias"}


def test_names_from_outside_are_text(catalog, facts_url, tmp_path):
    """A task called like a formula or markup, or in letters that the font lacks, is drawn as is."""
    names = {"$\\frac{": {"acc": 0.5}, "<b>&": {"acc": 0.25}, "\u96ea": {"acc": 0.5}}
    document = score_documents.classic() | {"results": names, "versions": {}}
    file = score_documents.write(tmp_path, "x.json", document)
    assert catalog("evals", "import", file, "--db", facts_url).code == 0
    words = ("evals", "plot", "pythia-70m@step3000", "--db", facts_url)
    tasks = [part for name in names for part in ("--task", name)]
    ran = catalog(*words, *tasks)
    assert (ran.code, all(f"{name}, acc" in ran.out for name in names)) == (0, True)
    for form in ("svg", "png", "pdf"):
        ran = catalog(*words, *tasks, "-o", tmp_path / f"x.{form}")
        assert (ran.code, ran.err.splitlines()) == (
            0,
            [
                f"wrote {tmp_path / f'x.{form}'}",
                "boxes stand for \u96ea, for which the font has no letters",
            ],
        )
    ET.parse(tmp_path / "x.svg")  # noqa: S314 - our own


def test_uncounted_sizes_stand_where_their_names_say(points):
    """Over parameters sizes that nobody counted stand where their names say."""
    found = points("opt", "--over", "params", *LAMBADA)
    assert [point["params_total"] for point in found][:2] == [125_000_000, 350_000_000]


def test_each_prompt_has_a_panel(points):
    """Scores of one task with two prompts never share a line."""
    found = points("pythia-410m-deduped", "--task", "wino_bias_type1_pro", "--metric", "em")
    panels = {}
    for point in found:
        panels.setdefault(point["task"], []).append(point["tokens_seen"])
    assert len(panels) == 2
    assert all(task.startswith("wino_bias_type1_pro (") for task in panels)
    assert all(len(set(amounts)) == len(amounts) for amounts in panels.values())


# What cannot be drawn, and how it is said -------------------------------------------------------


@pytest.mark.parametrize("over", ["tokens", "steps"])
def test_what_has_no_place_on_the_axis_is_said(plot, over):
    """Nobody states how many tokens OPT saw: alone it is no picture, among others it is named."""
    ran = plot("opt", *LAMBADA, "--over", over)
    assert ran.code == 3
    assert ran.err == (
        f"catalog: nothing to draw: no training {over} of opt-125m and 7 more are known; "
        "try --over params, or --reference\n"
    )
    both = plot("opt", "pythia-160m", *LAMBADA, "--over", over)
    assert both.code == 0
    assert f"not drawn: no training {over} of opt-125m and 7 more are known" in both.err


@pytest.mark.parametrize(
    "words", [("--task", "hellaswag"), ("--task", "piqa", "--harness", "0.4.12")]
)
def test_a_reference_without_such_scores_is_said(plot, words):
    """The picture is of what there is; whose scores are missing is no riddle."""
    ran = plot("pythia-410m", *words, "--reference", "opt-1.3b")
    assert ran.code == 0
    assert "not drawn: opt-1.3b: no such scores are recorded" in ran.err
    assert plot("pythia-410m", *words, "--reference", "nosuch").code == 2


def test_what_is_a_line_is_no_reference_too(plot, points):
    """A model that is drawn stays one line, and that is said."""
    words = ("pythia-160m", *LAMBADA, "--reference", "pythia-160m")
    assert "no reference, as it is drawn already: pythia-160m" in plot(*words).err
    assert {point["reference"] for point in points(*words)} == {False}


def test_of_equally_many_the_scores_without_shots_are_drawn(points):
    """Where as many scores have 0 shots as have 5, a line is of 0, as in a comparison."""
    found = points("pythia-70m", "pythia-160m", "--over", "params", *LAMBADA)
    assert {point["conditions"].partition(",")[0] for point in found} == {"0 shots"}


def test_more_references_than_dashes_are_refused(plot):
    """19 dashed lines cannot be told apart."""
    beside = [word for suite in ("pythia", "opt") for word in ("--reference", suite)]
    ran = plot("pythia-160m", *LAMBADA, *beside)
    assert (ran.code, ran.err.splitlines()[-1]) == (
        2,
        "catalog: 23 dashed lines cannot be told apart; name up to 18 references",
    )


def test_an_audit_is_drawn_in_characters_without_the_extra(catalog, facts_url, monkeypatch):
    """`--plot -` prints the grid below the table, for people alone."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = catalog("audit", "pythia-12b", "--plot", "-", "--db", facts_url)
    assert ran.code == 1
    assert re.search(r"^pythia-12b  \.{60}%\.", ran.out, flags=re.MULTILINE)
    assert ran.out.rstrip().endswith(". own, X same-as, % spliced")
    asked = catalog("audit", "pythia-12b", "--plot", "-", "--json", "--db", facts_url)
    assert (asked.code, "--plot - is for people, not for json" in asked.out) == (2, True)


def test_a_grid_has_the_order_of_the_catalog(facts_url):
    """Rows are by size, whatever the repositories' names are in the alphabet."""
    c = package.open(facts_url)
    grid = c.plot_audit(c.audit("pythia-12b", "pythia-2.8b", "pythia-160m")).picture
    assert grid.models == ("pythia-160m", "pythia-2.8b", "pythia-12b")
    assert len(grid.days) == 3


def test_without_words_it_says_where_help_is(plot):
    """A command that lacks its arguments is no misspelled command."""
    assert plot().err.rstrip().endswith("see `catalog evals plot --help`")
