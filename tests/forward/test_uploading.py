"""Tensors brought to a device by several threads are what files hold; here: to the processor."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
import torch
from safetensors.torch import load_file, save_file

from catalog.forward import plainfiles, uploading
from catalog.forward.uploading import Uploader, Uploads


@pytest.fixture
def uploader(monkeypatch):
    """Return one whose blocks are small: every file takes several, and tensors lie across them."""
    monkeypatch.setattr(uploading, "BLOCK", 1000)
    return Uploader("cpu")


def written(path, seed=1):
    """Return a file with every dtype, an empty tensor and a scalar."""
    draws = torch.Generator().manual_seed(seed)
    tensors = {
        dtype: torch.randn(37, 11, generator=draws).to(getattr(torch, dtype))
        for dtype in ("float32", "float16", "bfloat16")
    }
    save_file(tensors | {"empty": torch.empty(0, 4), "scalar": torch.tensor(seed + 0.5)}, path)
    return path


@pytest.fixture
def file(tmp_path):
    """Return such a file."""
    return written(tmp_path / "model.safetensors")


def same(these, others):
    """Return whether both are the same tensors to the bit."""
    return these.keys() == others.keys() and all(
        value.dtype == others[name].dtype and torch.equal(value, others[name])
        for name, value in these.items()
    )


def test_tensors_arrive_as_they_are(uploader, file):
    """Every dtype, every shape, wherever it lies."""
    assert same(uploader.upload(plainfiles.stored([file])).take(), load_file(file))


def test_numbers_at_odd_places(uploader, tmp_path):
    """A tensor may begin in the middle of what would be a number, and others may lie between."""
    header = (
        b'{"a":{"dtype":"U8","shape":[3],"data_offsets":[2,5]},'
        b'"c":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},'
        b'"b":{"dtype":"F32","shape":[2],"data_offsets":[5,13]}}'
    )
    numbers = torch.tensor([1.5, -2.0])
    path = tmp_path / "odd.safetensors"
    data = bytes([0, 0x3C, 1, 2, 3]) + numbers.numpy().tobytes()
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)
    stored = {name: each for name, each in plainfiles._header(path) if each is not None}
    tensors = uploader.upload(stored).take()
    assert {name: tensor.tolist() for name, tensor in tensors.items()} == {
        "c": [1.0],
        "b": [1.5, -2.0],
    }


def test_shards_are_one_set(uploader, file, tmp_path):
    """Tensors of several files come together."""
    other = tmp_path / "other.safetensors"
    save_file({"more": torch.arange(5.0)}, other)
    brought = uploader.upload(plainfiles.stored([file, other])).take()
    assert same(brought, load_file(file) | load_file(other))


def test_a_file_that_is_shorter_now(uploader, file):
    """What cannot be read whole is an error, never half a tensor."""
    stored = plainfiles.stored([file])
    os.truncate(file, file.stat().st_size - 7)
    with pytest.raises(EOFError, match=r"model\.safetensors"):
        uploader.upload(stored)


def test_other_threads_are_as_quick_afterwards(uploader, file):
    """How long a thread keeps Python's lock is what it was, also where an upload failed."""
    before = sys.getswitchinterval()
    uploader.upload(plainfiles.stored([file]))
    with pytest.raises(EOFError):
        uploader.upload({"x": plainfiles.Stored(file.with_name("no"), "float32", (1,), 8, 4)})
    assert sys.getswitchinterval() == before


def test_uploads_side_by_side(uploader, tmp_path):
    """The next set is brought by one thread while another needs its own now: none mixes them up."""
    sets = []
    for number in range(8):
        path = tmp_path / f"{number}.safetensors"
        save_file({"x": torch.full((50_000,), float(number))}, path)
        sets.append(plainfiles.stored([path]))
    before = sys.getswitchinterval()
    with ThreadPoolExecutor(len(sets)) as pool:
        brought = [each.take()["x"] for each in pool.map(uploader.upload, sets)]
    assert [each.unique().tolist() for each in brought] == [[float(n)] for n in range(len(sets))]
    assert sys.getswitchinterval() == before


def test_what_was_begun_is_taken_once(file, monkeypatch):
    """A set that was begun is not read again; one that was written anew since is."""
    uploads, read, upload = Uploads(), [], Uploader.upload

    def counted(self, stored):
        read.append(stored)
        return upload(self, stored)

    monkeypatch.setattr(Uploader, "upload", counted)
    stored = plainfiles.stored([file])
    uploads.begin(stored, "cpu")
    assert uploads.take(stored, "cpu")["scalar"] == 1.5
    assert len(read) == 1
    uploads.begin(stored, "cpu")
    wait(uploads._coming.values())
    written(file, seed=2)
    assert uploads.take(plainfiles.stored([file]), "cpu")["scalar"] == 2.5
    assert len(read) == 3


def test_what_nobody_comes_for_is_let_go(tmp_path):
    """Two may wait: the one that is run next, and one more."""
    uploads = Uploads()
    sets = [
        plainfiles.stored([written(tmp_path / f"{number}.safetensors", number)])
        for number in range(5)
    ]
    for stored in sets:
        uploads.begin(stored, "cpu")
    assert len(uploads._coming) == 2
    taken = [uploads.take(stored, "cpu")["scalar"].item() for stored in sets]
    assert taken == [0.5, 1.5, 2.5, 3.5, 4.5]
