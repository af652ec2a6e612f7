"""References to checkpoints: splitting and printing."""

import contextlib
import itertools
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.core import refs
from catalog.core.refs import CheckpointRef
from catalog.errors import BadInput

PART = st.text("abcXYZ019.-_", min_size=1, max_size=12)


@given(PART, st.none() | PART, st.none() | PART)
def test_parsing_undoes_printing(model, revision, weight_set):
    """A printed reference parses to itself."""
    ref = CheckpointRef(f"org/{model}", revision, weight_set)

    assert refs.parse(str(ref)) == ref


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pythia-70m", CheckpointRef("pythia-70m")),
        ("EleutherAI/pythia-70m@main", CheckpointRef("EleutherAI/pythia-70m", "main")),
        ("pythia-70m@2.1B", CheckpointRef("pythia-70m", "2.1B")),
        ("pythia-70m@step1#a.bin", CheckpointRef("pythia-70m", "step1", "a.bin")),
        (
            "https://huggingface.co/EleutherAI/pythia-70m/tree/step3000",
            CheckpointRef("EleutherAI/pythia-70m", "step3000"),
        ),
        ("hf.co/EleutherAI/pythia-70m/", CheckpointRef("EleutherAI/pythia-70m")),
        ("lab/mine@step1/model.bin", CheckpointRef("lab/mine", "step1")),
        ("lab/mine@feature/x", CheckpointRef("lab/mine", "feature/x")),
        ("lab/mine@refs/pr/1", CheckpointRef("lab/mine", "refs/pr/1")),
        (
            "lab/mine#sub/model.safetensors",
            CheckpointRef("lab/mine", None, "sub/model.safetensors"),
        ),
        ("lab/mine.json", CheckpointRef("lab/mine.json")),
    ],
)
def test_what_people_paste(text, expected):
    """Names, repositories and Hub addresses are references."""
    assert refs.parse(text) == expected


@given(st.text("abEM/-_:=@#.,(){}'\"\\~ \N{EN DASH}%13", max_size=30) | st.text(max_size=30))
def test_any_text_is_read_or_refused(text):
    """No text makes the reader fall over, and what was read means the same read again."""
    try:
        ref = refs.parse(text)
    except BadInput:
        return
    assert ref.model.strip()


@pytest.mark.parametrize(
    "text",
    [
        "-" * 10**5,
        "/" * 10**5,
        "a/" * 10**5,
        "seed " * 10**5,
        "-" * 900,
        "a -" * 300,
        "models--" * 110,
        "/" * 900,
        "a@" * 450,
        "step " * 180,
        "k=" * 450,
    ],
)
def test_long_texts_are_read_at_once(text):
    """Nothing takes longer than the square of a short line."""
    began = time.process_time()
    with contextlib.suppress(BadInput):
        refs.parse(text)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("text", ["", "@step1", "pythia-70m@", "pythia-70m#", "#x"])
def test_an_empty_part_is_refused(text):
    """A reference with a part missing says how to write one."""
    with pytest.raises(BadInput, match="write MODEL"):
        refs.parse(text)


@pytest.mark.parametrize("text", ["./pythia-70m", "../x@step1", "/srv/x", "~/x#a.bin", ".", ".."])
def test_a_path_is_no_reference(text):
    """What is spelled as a path is one, whatever there is."""
    with pytest.raises(BadInput, match="is a path; hash, compare, populate and verify take paths"):
        refs.parse(text)


PIECES = (
    *(
        "a",
        "8B",
        "2.8b",
        "12",
        "é",
        "\u212a",
        "-",
        "--",
        "@",
        ".",
        ".bin",
        ".5",
        "/",
        " ",
        ",",
        "#",
    ),
    *("step", "/step", " steps", "ckpt", "Checkpoint", "TOKENS", "revision", "", "\n", "x-y"),
)


def test_plain_names_are_told_without_the_pattern():
    """What is only a name is told as the whole pattern tells it, whatever stands beside what."""
    texts = {"".join(pieces) for pieces in itertools.product(PIECES, repeat=3)}
    pattern = re.compile(refs._MORE, re.IGNORECASE | re.DOTALL)
    assert {text for text in texts if refs._is_more(text)} == set(filter(pattern.search, texts))
    assert not refs._is_more("pythia-2.8b@step3000")
