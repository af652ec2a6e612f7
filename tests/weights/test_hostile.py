"""Files made to harm the reader: whatever they hold, an error of ours is all that comes of it."""

import pickle
import zipfile

import checkpoints
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.errors import CatalogError, CheckedBad, CouldNotCheck
from catalog.weights import files, hashing

EDITS = st.lists(
    st.tuples(
        st.sampled_from(("flip", "cut", "insert", "ones")),
        st.integers(0, 1 << 16),
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)


def edited(content, edits):
    """Return damaged content."""
    raw = bytearray(content)
    for kind, where, some in edits:
        at = where % (len(raw) + 1)
        if kind == "flip" and at < len(raw):
            raw[at] ^= some[0] or 1
        elif kind == "cut":
            del raw[at : at + len(some)]
        elif kind == "insert":
            raw[at:at] = some
        elif kind == "ones":
            raw[at : at + 4] = b"\xff" * len(raw[at : at + 4])
    return bytes(raw)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return every layout's files, and a folder to damage copies of them in."""
    torch.manual_seed(5)
    state = {"gpt_neox.embed_in.weight": torch.randn(6, 4).half(), "b": torch.arange(3)}
    root = tmp_path_factory.mktemp("hostile")
    made = {}
    for layout, write in checkpoints.LAYOUTS.items():
        folder = write(root / layout, state)
        made[layout] = {file.name: file.read_bytes() for file in folder.iterdir()}
    (root / "damaged").mkdir()
    return made, root / "damaged"


# Damaged text makes pickletools warn of its escapes; that is nobody's concern.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("layout", checkpoints.LAYOUTS)
@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(edits=EDITS, which=st.integers(0, 2))
def test_any_damage_is_an_error_of_ours(written, layout, edits, which):
    """No edit of any file leads to anything but digests or an error of one line."""
    made, folder = written
    content = dict(made[layout])
    name = sorted(content)[which % len(content)]
    content[name] = edited(content[name], edits)
    for old in folder.iterdir():
        old.unlink()
    for each, raw in content.items():
        (folder / each).write_bytes(raw)
    told = ""
    try:
        hashing.hash_files(files.find(folder), tensors=True)
    except CatalogError as error:
        told = str(error)
    assert "\n" not in told


def rewritten(folder, state, program):
    """Write a torch zip whose pickle is another."""
    checkpoints.zipped(folder, state)
    file = folder / "pytorch_model.bin"
    with zipfile.ZipFile(file) as old:
        entries = {each.filename: old.read(each) for each in old.infolist()}
    with zipfile.ZipFile(file, "w") as new:
        for name, content in entries.items():
            new.writestr(name, program(content) if name.endswith("data.pkl") else content)
    return folder


def test_too_many_dimensions(tmp_path):
    """A tensor of more dimensions than anything can follow is refused, not tried."""

    def program(_):
        ones = pickle.dumps((1,) * 70 + (2, 2), 2)[2:-1]
        steps = pickle.dumps((0,) * 70 + (1, 2), 2)[2:-1]
        return (
            b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n("
            b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
            b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQK\x00"
            + ones
            + steps
            + b"\x89ccollections\nOrderedDict\n)RtRs."
        )

    with pytest.raises(CheckedBad, match="72 dimensions"):
        hashing.hash_files(files.find(rewritten(tmp_path, {"w": torch.zeros(4)}, program)))


def test_strides_without_meaning(tmp_path):
    """The stride of a dimension of 1 may be any number: it is never used."""
    storage = torch.arange(8.0)
    state = {"w": torch.as_strided(storage, (1, 2, 2), (1 << 61, 1, 2))}
    found = hashing.hash_files(files.find(checkpoints.zipped(tmp_path / "a", state)), tensors=True)
    plain = {"w": state["w"].contiguous()}
    other = hashing.hash_files(files.find(checkpoints.zipped(tmp_path / "b", plain)), tensors=True)
    assert found.loaded.parameter_digest == other.loaded.parameter_digest


def test_complex_views(tmp_path):
    """A transposed tensor of the widest type is gathered like any other."""
    state = {"w": torch.randn(2, 3, dtype=torch.complex128).t()}
    found = hashing.hash_files(files.find(checkpoints.zipped(tmp_path / "a", state)), tensors=True)
    plain = {"w": state["w"].contiguous()}
    other = hashing.hash_files(files.find(checkpoints.zipped(tmp_path / "b", plain)), tensors=True)
    assert found.loaded.parameter_digest == other.loaded.parameter_digest


def test_an_expanded_bomb(tmp_path):
    """Four bytes that claim to be a terabyte are not written out."""
    state = {"w": torch.zeros(1).expand(1 << 20, 1 << 18)}
    with pytest.raises(CouldNotCheck, match="expands 4 stored bytes"):
        hashing.hash_files(files.find(checkpoints.zipped(tmp_path, state)), tensors=True)


@pytest.mark.parametrize("save", [checkpoints.zipped, checkpoints.legacy])
def test_tied_weights_count_once(save, tmp_path):
    """One storage under two names is one tensor, under the name that is stored first."""
    embed = torch.randn(4, 3)
    tied = save(tmp_path / "tied", {"wte.weight": embed, "lm_head.weight": embed})
    single = save(tmp_path / "single", {"wte.weight": embed.clone()})
    one, other = (hashing.hash_files(files.find(each), tensors=True) for each in (tied, single))
    assert [tensor.name for tensor in one.loaded.tensors] == ["wte.weight"]
    assert one.loaded.parameter_digest == other.loaded.parameter_digest
