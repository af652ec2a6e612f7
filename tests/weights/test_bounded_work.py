"""Small files that ask for much work or memory: a bound answers, within seconds."""

import json
import pickle
import resource
import struct
import time

import pytest
import torch
import zips

from catalog.errors import CatalogError, CheckedBad, CouldNotCheck
from catalog.weights import files, hashing, opcodes, safetensors

ITEMS = zips.of({"w": torch.arange(4.0)})
PICKLE = next(item.name for item in ITEMS if item.name.endswith(b"/data.pkl"))
LONG = 1 << 20
SECONDS = 10  # what a bound leaves takes a tenth; without it, hours


def text(value):
    """Return the opcodes of a text."""
    return b"X" + struct.pack("<L", len(value)) + value.encode()


def number(bits):
    """Return the opcodes of a number of so many bits."""
    raw = b"\xff" * (bits // 8) + b"\0"
    return b"\x8b" + struct.pack("<L", len(raw)) + raw


def repeated(function, argument, times=300_000):
    """Return opcodes that call a function of one long argument time and again."""
    return argument + b"q\0" + b"c" + function + b"\nq\1" + b"h\1h\0\x85R0" * times


PAIRS = b"](" + b"".join(text("k") + b"N\x86" for _ in range(10_000)) + b"e"
SIZES = b"(" + b"K\1" * 100_000 + b"t"
TWICE = b"](" + 2 * (b"X" + struct.pack("<L", LONG) + b"a" * LONG + b"N\x86") + b"e"
BOMBS = {
    "dicts of a long list": repeated(b"collections\nOrderedDict", PAIRS),
    "dicts of long keys": repeated(b"collections\nOrderedDict", TWICE),
    "sizes of a long tuple": repeated(b"torch\nSize", SIZES),
    "texts to bytes": repeated(b"_codecs\nencode", text("a" * LONG)),
    "a number of a million digits": number(8 * LONG),
    "decimal digits": b"L" + b"9" * LONG + b"L\n",
    "long numbers as keys": b"}" + number(8 * LONG) + b"q\0Ns" + b"h\0Ns" * 300_000,
    "tuples of tuples, in a name": b"N" + b"\x85q\0h\0\x86" * 2_000 + b"q\1h\1\x93",
    "lists in lists": b"]" * 100_000 + b"a" * 99_999,
    "opcodes without end": b"N0" * 2_000_000,
    "marks without end": b"(" * 2_000_001,
    "the memo's far end": b"Nr\xff\xff\xff\xff0N",
    "a memo that is not there": b"j\xff\xff\xff\xff",
    "a text longer than the file": b"X\xff\xff\xff\x7f",
    "bytes longer than the file": b"\x8e" + b"\xff" * 7 + b"\x7f",
    "the name of a long global": b"c" + b"a" * LONG + b"\nb\n",
    "a call of a call": b"ccollections\nOrderedDict\n" + b")R" * 100_000,
}


def within(call):
    """Return what a call says, which must not take long nor much memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with pytest.raises(CatalogError) as told:
        call()
    assert time.process_time() - began < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 20  # in kB
    assert len(str(told.value)) < 5_000
    return told.value


@pytest.mark.parametrize(
    ("kind", "legacy"), [*((kind, False) for kind in BOMBS), ("sizes of a long tuple", True)]
)
def test_a_pickle_that_asks_for_much_work(tmp_path, kind, legacy):
    """It is refused: not safe to read, or no weights."""
    program = b"\x80\x02" + BOMBS[kind] + b"."
    if legacy:
        heads = [pickle.dumps(each, 2) for each in (0x1950A86A20F9469CFC6C, 1001)]
        raw = b"".join((*heads, pickle.dumps({"little_endian": True}, 2), program))
    else:
        raw = zips.write(zips.changed(ITEMS, PICKLE, content=program))
    (tmp_path / "pytorch_model.bin").write_bytes(raw)
    told = within(lambda: hashing.hash_files(files.find(tmp_path), tensors=True))
    assert isinstance(told, CheckedBad)


def test_many_views_of_few_bytes(tmp_path):
    """Each expands to what is allowed; all together are not."""
    one = torch.zeros(1)
    state = {f"w{at}": one.as_strided((1 << 22, 4 + at), (0, 0)) for at in range(100)}
    torch.save(state, tmp_path / "pytorch_model.bin")
    told = within(lambda: hashing.hash_files(files.find(tmp_path), tensors=True))
    assert isinstance(told, CouldNotCheck)
    torch.save({"w": torch.arange(8.0).as_strided((2, 2), (1, 3))}, tmp_path / "pytorch_model.bin")
    hashing.hash_files(files.find(tmp_path), tensors=True)


def test_views_that_hang_together():
    """Strided views that overlap one another are held as one; there is a bound to that too."""
    from catalog.weights.plan import FilePlan, TensorSpec, refuse_overgrown

    mib = 1 << 20
    chain = [
        TensorSpec(f"w{at}", "f32", (2, 8 * mib), at * 60 * mib, (at * 60 + 64) * mib, (8 * mib, 1))
        for at in range(20)
    ]
    with pytest.raises(CouldNotCheck, match="spread over"):
        refuse_overgrown(FilePlan("torch-zip", tuple(chain)), "f", 1300 * mib)
    refuse_overgrown(FilePlan("torch-zip", tuple(chain[:3])), "f", 1300 * mib)


def test_the_limit_is_far_above_real_files():
    """A mapping of 20,000 tensors takes less than half of it."""
    state = {f"w{at}": torch.zeros(1) for at in range(2_000)}
    content = next(item.content for item in zips.of(state) if item.name.endswith(b"/data.pkl"))
    machine = opcodes._Machine()  # how much of the limit it takes
    machine.run(opcodes.pickletools.genops(content))
    assert machine._work * 10 < opcodes.WORK_LIMIT / 2


# Headers and indexes ---------------------------------------------------------------------------


def header(raw, data=b""):
    """Return a safetensors file with such a header."""
    return struct.pack("<Q", len(raw)) + raw + data


ENTRY = b'{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
HEADERS = {
    "lists without end": b'{"w":' + b"[" * 200_000,
    "objects without end": b'{"w":' * 200_000,
    "as many dimensions as fit": b'{"w":{"dtype":"F32","shape":['
    + b"9223372036854775807," * 400_000
    + b'1],"data_offsets":[0,4]}}',
    "a number of a million digits": b'{"w":{"dtype":"F32","shape":[' + b"9" * LONG + b"]}}",
    "a name of a million letters": b'{"' + b"w" * LONG + b'":[]}',
    "a dtype of a million letters": b'{"w":{"dtype":"' + b"F" * LONG + b'","shape":[],'
    b'"data_offsets":[0,4]}}',
    "a name twice": b'{"w":' + ENTRY + b',"w":' + ENTRY + b"}",
    "a field twice": b'{"w":' + ENTRY[:-1] + b',"dtype":"F32"}}',
    "offsets past any": b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,9999999999999999999]}}',
    "offsets backwards": b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}',
    "a shape that overflows": b'{"w":{"dtype":"F32","shape":[4611686018427387905,4],'
    b'"data_offsets":[0,4]}}',
    "a negative shape": b'{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}',
    "a shape in words": b'{"w":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}',
    "a shape of truth": b'{"w":{"dtype":"F32","shape":[true],"data_offsets":[0,4]}}',
    "one shape for another's": b'{"w":{"dtype":"F32","shape":{"1":1},"data_offsets":[0,4]}}',
    "half a surrogate": b'{"\\ud800":' + ENTRY + b"}",
    "infinity": b'{"w":{"dtype":"F32","shape":[Infinity],"data_offsets":[0,4]}}',
    "overlapping": b'{"w":' + ENTRY + b',"x":' + ENTRY + b"}",
}


@pytest.mark.parametrize("kind", HEADERS)
def test_a_hostile_header(tmp_path, kind):
    """It is broken, and said so in one short line."""
    (tmp_path / "model.safetensors").write_bytes(header(HEADERS[kind], bytes(4)))
    told = within(lambda: hashing.hash_files(files.find(tmp_path), tensors=True))
    assert isinstance(told, CheckedBad)


def test_a_header_that_is_too_long(tmp_path):
    """A header that the format allows and no weights have is not read."""
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", safetensors.READ_LIMIT + 1))
        file.truncate(safetensors.READ_LIMIT + 100)
    told = within(lambda: hashing.hash_files(files.find(tmp_path), tensors=True))
    assert isinstance(told, CouldNotCheck)


INDEXES = {
    "lists without end": b'{"weight_map":' + b"[" * 200_000,
    "a shard above": b'{"weight_map":{"w":"../model-00001-of-00001.safetensors"}}',
    "a shard from the root": b'{"weight_map":{"w":"/etc/passwd"}}',
    "the folder itself": b'{"weight_map":{"w":"."}}',
    "the folder above": b'{"weight_map":{"w":".."}}',
    "a shard that is no text": b'{"weight_map":{"w":1}}',
    "a shard of no name": b'{"weight_map":{"w":""}}',
    "a shard with a zero in it": b'{"weight_map":{"w":"a\\u0000b"}}',
    "a shard of a million letters": b'{"weight_map":{"w":"' + b"a" * LONG + b'"}}',
    "a shard that is not there": b'{"weight_map":{"w":"model-00002-of-00002.safetensors"}}',
    "a tensor twice": b'{"weight_map":{"w":"model-00001-of-00001.safetensors","w":"b"}}',
    "two maps": b'{"weight_map":{"w":"a"},"weight_map":{"w":"model-00001-of-00001.safetensors"}}',
    "itself": b'{"weight_map":{"w":"model.safetensors.index.json"}}',
    "a list": b'{"weight_map":[]}',
    "nothing": b"",
    "half a surrogate": b'{"weight_map":{"w":"\\ud800"}}',
}


@pytest.mark.parametrize("kind", INDEXES)
def test_a_hostile_index(tmp_path, kind):
    """No name of a shard leads out of the folder, and none is read twice."""
    (tmp_path / "model-00001-of-00001.safetensors").write_bytes(
        header(b'{"w":' + ENTRY + b"}", bytes(4))
    )
    (tmp_path / "model.safetensors.index.json").write_bytes(INDEXES[kind])
    told = within(lambda: hashing.hash_files(files.find(tmp_path), tensors=True))
    assert isinstance(told, CheckedBad)
    json.dumps(str(told)).encode()
