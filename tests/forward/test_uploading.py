"""Files brought to a device by several threads are what the library reads; here: the processor."""

import os

import pytest
import torch
from safetensors.torch import load_file, save_file

from catalog.forward import uploading
from catalog.forward.uploading import Uploader, Uploads


@pytest.fixture
def uploader(monkeypatch):
    """Return one whose blocks are small: every file takes several, and tensors lie across them."""
    monkeypatch.setattr(uploading, "BLOCK", 1000)
    made = Uploader("cpu")
    yield made
    made.close()


@pytest.fixture
def file(tmp_path):
    """Return a file with every dtype, an empty tensor, a scalar, and numbers at odd places."""
    draws = torch.Generator().manual_seed(1)
    tensors = {
        name: torch.randn(37, 11, generator=draws).to(getattr(torch, dtype))
        for name, dtype in uploading._DTYPES.items()
    }
    tensors |= {"empty": torch.empty(0, 4), "scalar": torch.tensor(3.5), "masks": torch.ones(3) > 0}
    path = tmp_path / "model.safetensors"
    save_file(tensors, path, {"format": "pt"})
    return path


def same(these, others):
    """Return whether both are the same tensors to the bit."""
    return these.keys() == others.keys() and all(
        value.dtype == others[name].dtype and torch.equal(value, others[name])
        for name, value in these.items()
    )


def test_tensors_arrive_as_they_are(uploader, file):
    """Every dtype, every shape, wherever it lies."""
    assert same(uploader.upload([file]).take(), load_file(file))


def test_numbers_at_odd_places(uploader, tmp_path):
    """A tensor may begin in the middle of what would be a number."""
    header = (
        b'{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},'
        b'"b":{"dtype":"F32","shape":[2],"data_offsets":[3,11]}}'
    )
    data = bytes([1, 2, 3]) + torch.tensor([1.5, -2.0]).numpy().tobytes()
    path = tmp_path / "odd.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)
    tensors = uploader.upload([path]).take()
    assert tensors["a"].tolist() == [1, 2, 3]
    assert tensors["b"].tolist() == [1.5, -2.0]


def test_shards_are_one_set(uploader, file, tmp_path):
    """Tensors of several files come together."""
    other = tmp_path / "other.safetensors"
    save_file({"more": torch.arange(5)}, other)
    assert same(uploader.upload([file, other]).take(), load_file(file) | load_file(other))


def test_a_file_that_becomes_shorter(uploader, file, monkeypatch):
    """What cannot be read whole is an error with the file's name, never half a tensor."""
    size = file.stat().st_size
    monkeypatch.setattr(
        os, "preadv", lambda *_, real=os.preadv: (os.truncate(file, size - 7), real(*_))[1]
    )
    with pytest.raises(OSError, match=r"^model\.safetensors: it became shorter"):
        uploader.upload([file])


def test_what_was_begun_is_taken_once(file, monkeypatch):
    """A set that was begun is not read again; one that changed since is."""
    uploads, read = Uploads(), []
    monkeypatch.setattr(
        Uploader,
        "upload",
        lambda self, files, real=Uploader.upload: (read.append(1), real(self, files))[1],
    )
    uploads.begin([file], "cpu")
    first = uploads.take([file], "cpu")
    assert len(read) == 1
    uploads.begin([file], "cpu")
    save_file({"new": torch.arange(3)}, file)
    assert uploads.take([file], "cpu").keys() == {"new"}
    assert len(read) == 3
    assert same(first, first)


def test_what_nobody_comes_for_is_let_go(tmp_path):
    """Two may wait: the one that is run next, and one more."""
    uploads, files = Uploads(), []
    for number in range(5):
        files.append(tmp_path / f"{number}.safetensors")
        save_file({"x": torch.full((3,), number)}, files[-1])
        uploads.begin([files[-1]], "cpu")
    assert len(uploads._coming) == 2
    assert uploads.take([files[0]], "cpu")["x"].tolist() == [0, 0, 0]
    assert uploads.take([files[4]], "cpu")["x"].tolist() == [4, 4, 4]
