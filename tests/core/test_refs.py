"""References to checkpoints: splitting and printing."""

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
    ],
)
def test_what_people_paste(text, expected):
    """Names, repositories and Hub addresses are references."""
    assert refs.parse(text) == expected


@pytest.mark.parametrize("text", ["", "@step1", "pythia-70m@", "pythia-70m#", "#x"])
def test_an_empty_part_is_refused(text):
    """A reference with a part missing says how to write one."""
    with pytest.raises(BadInput, match="write MODEL"):
        refs.parse(text)


@pytest.mark.parametrize("text", ["./pythia-70m", "../x@step1", "/srv/x", "~/x#a.bin", ".", ".."])
def test_a_path_is_no_reference(text):
    """What is spelled as a path is one, whatever there is."""
    with pytest.raises(BadInput, match="is a path; hash, populate and verify take paths"):
        refs.parse(text)
