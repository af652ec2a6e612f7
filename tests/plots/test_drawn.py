"""What stands in a picture: scales, signs, bands and the legend, as Matplotlib was told."""

from itertools import count

import pytest
from matplotlib import style as styling
from matplotlib.patches import Rectangle

from catalog.core.pictures import Grid, Line, Panel, Picture, Point
from catalog.plots import scores, terminal, titles, verdicts
from catalog.plots.styles import STYLES

STEPS = (0, *(2**power for power in range(10)), *range(1000, 144_000, 1000))


def line(name="m", ys=(0.1, 0.2), xs=STEPS, *, stderr=0.01, marked=(), reference=False):
    """Return a line of such values; the points at `marked` have a mark."""
    points = [
        Point(x, y, stderr, f"m@step{x}", number in marked)
        for number, x, y in zip(count(), xs, ys, strict=False)
    ]
    return Line(name, tuple(points), reference)


def picture(*lines, metric="acc", more=()):
    """Return a picture with one panel, and with others."""
    return Picture("tokens", (Panel("task", metric, "", lines), *more))


@pytest.fixture
def draw():
    """Return a function that draws a picture and returns its panels, as they are drawn."""

    def drawn(shown, style="paper", columns=1):
        with styling.context(STYLES[style].settings(), after_reset=True):
            figure = scores.draw(shown, STYLES[style], columns=columns)
            figure.draw_without_rendering()
        return [axes for axes in figure.axes if axes.get_visible()]

    return drawn


def labels(ticks):
    """Return what stands at ticks."""
    return [tick.get_text() for tick in ticks]


def signs(axes):
    """Return the sets of signs in a panel."""
    return [
        drawn for drawn in axes.lines if drawn.get_linestyle() == "None" and len(drawn.get_xdata())
    ]


def test_perplexities_are_labelled_in_numbers(draw):
    """Over a logarithm stand amounts, not the source of a formula."""
    axes = draw(picture(line(ys=(3e6, 4e3, 90)), metric="perplexity"))[0]
    assert labels(axes.get_yticklabels()) == ["100", "1k", "10k", "100k", "1M"]
    near = draw(picture(line(ys=(1.6, 1.9, 2.4)), metric="byte_perplexity"))[0]
    assert len(labels(near.get_yticklabels())) > 1


def test_small_multiples_share_their_horizontal_axis(draw):
    """A panel with one point has the scale of its neighbours."""
    alone = Panel("other", "acc", "", (line(ys=(0.3,), xs=(1000,)),))
    first, second = draw(picture(line(ys=[0.1] * 154), more=(alone,)), columns=2)
    assert first.get_xlim() == second.get_xlim()


def test_a_lone_point_has_its_standard_error(draw):
    """A band of one point would be invisible: it has a bar."""
    axes = draw(picture(line(ys=(0.3,), xs=(1000,))))[0]
    bar = axes.collections[0].get_segments()[0]
    assert [tuple(map(float, end)) for end in bar] == [(1000.0, 0.29), (1000.0, 0.31)]


def test_no_room_for_what_no_score_can_be(draw):
    """An axis of accuracies does not go down to minus something."""
    low, high = draw(picture(line(ys=(0.0, 0.0, 0.0), stderr=0.0)))[0].get_ylim()
    assert -0.05 * high < low < 0


def test_crowded_signs_are_thinned_and_lines_are_not(draw):
    """Of 154 checkpoints every one is in the line; hollow signs and the last one stay visible."""
    ys = [0.3 + 0.001 * (number % 3) for number in range(len(STEPS))]
    axes = draw(picture(line(ys=ys, marked=(100,))))[0]
    assert len(axes.lines[0].get_xdata()) == len(STEPS)
    filled, hollow = signs(axes)
    assert 10 < len(filled.get_xdata()) < 80
    assert filled.get_xdata()[-1] == STEPS[-1]
    assert (list(hollow.get_xdata()), hollow.get_markerfacecolor()) == ([STEPS[100]], "#FFFFFF")


def test_no_two_references_look_alike(draw):
    """Each dashed line has a grey and dashes of its own."""
    levels = [line(f"r{n}", ys=(0.1 * n,), xs=(5,), reference=True) for n in range(18)]
    axes = draw(picture(line(), *levels))[0]
    looks = {(drawn.get_color(), drawn._dash_pattern[1][0], len(drawn._dash_pattern[1]))
             for drawn in axes.lines[:18]}  # fmt: skip
    assert len(looks) == 18


def test_names_stand_side_by_side_where_they_fit(draw):
    """Two columns of a legend have room for names of 19 letters in one column of a paper."""
    lines = [line(f"pythia-{n}m-deduped") for n in (160, 410, 700, 800)]
    assert draw(picture(*lines))[0].figure.legends[0]._ncols == 2


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("piqa", ["piqa"]),
        ("hendrycksTest-high_school_physics", ["hendrycksTest-high_", "school_physics"]),
        ("x" * 45, ["x" * 20, "x" * 20, "x" * 5]),
        ("a task (a prompt)", ["a task (a prompt)"]),
    ],
)
def test_titles_are_broken_at_their_joints(text, lines):
    """A name is broken behind an underscore or a hyphen, in a word only where it must be."""
    assert titles.wrapped(text, 20).split("\n") == lines


def test_the_grid_labels_round_steps():
    """Of 154 columns that are not evenly spaced those with round numbers have a label."""
    steps = [f"step{step}" for step in STEPS] + ["main"]
    assert [steps[n] for n in verdicts.labelled(steps, 8)] == [
        *("step0", "step20000", "step40000", "step60000", "step80000", "step100000"),
        *("step120000", "main"),
    ]
    assert verdicts.labelled(["main"], 8) == [0]


def test_no_two_verdicts_look_alike_in_grey():
    """In grey the filled part of a cell tells the verdicts apart."""
    parts = [(cell.low, cell.high) for word, cell in verdicts.CELLS.items() if word != "unknown"]
    own, same = verdicts.CELLS["own"], verdicts.CELLS["same-as"]
    assert (own.low, own.high) == (same.low, same.high)  # one is light, the other dark
    assert len(set(parts)) == len(parts) - 2  # suspect and spliced too, orange and black


def test_the_legend_of_the_grid_shows_the_cells():
    """A legend shows which part of a cell is filled."""
    grid = Grid(("m",), ("step0", "main"), (("alias", "own"),))
    with styling.context(STYLES["paper"].settings(), after_reset=True):
        figure = verdicts.draw(grid, STYLES["paper"])
        figure.draw_without_rendering()
    parts = [
        patch.get_height()
        for patch in figure.legends[0].findobj(Rectangle)
        if patch is not figure.legends[0].legendPatch
    ]
    assert sorted(part / max(parts) for part in parts) == pytest.approx([0.5, 1, 1, 1])


# In characters ---------------------------------------------------------------------------------


def test_one_point_stands_in_the_middle_with_one_label():
    """A lone score is not written at both ends of an axis."""
    text = terminal.scores(picture(line(ys=(0.3,), xs=(1000,))), 80)
    assert text.count("0.3") == 1
    assert text.count("1k") == 1


def test_step_0_is_drawn_before_the_logarithm():
    """0 has no logarithm: it has a place of its own, as in a file."""
    rows = terminal.scores(picture(line(ys=(0.5, 0.1, 0.2))), 80).split("\n")
    assert rows[1].endswith("|o" + rows[1].split("|o")[1])
    assert rows[15].split() == ["0", "1", "training", "tokens,", "logarithmic", "2"]


def test_perplexities_are_logarithmic_in_characters_too():
    """Of 3,000,000, 3,000 and 3 the second stands in the middle."""
    rows = terminal.scores(picture(line(ys=(3e6, 3e3, 3)), metric="perplexity"), 80).split("\n")
    assert [number for number, row in enumerate(rows[1:15]) if "o" in row] in (
        [0, 6, 13],
        [0, 7, 13],
    )


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width):
    """Long names of tasks are broken, whatever the width."""
    long = Panel("a_task_" * 30, "acc", "", (line(ys=[0.1 * n for n in range(9)]),))
    assert max(map(len, terminal.scores(Picture("tokens", (long,)), width).split("\n"))) <= width


def test_characters_are_ascii():
    """Every terminal can show them."""
    every = tuple(verdicts.CELLS)
    assert terminal.grid(Grid(("m",), every, (every,)), 80).isascii()
    assert terminal.scores(picture(line(marked=(0,))), 80).isascii()
