"""No file may be one thing to the catalog and another to torch: what is accepted, torch loads so.

torch itself is the other witness: each archive that is made here to be read in two ways is refused,
and of whatever is accepted torch must give the tensors that were digested.
"""

import hashlib
import io
import pickle
import random
import struct
import zipfile

import pytest
import torch
import zips

from catalog.errors import CatalogError, CheckedBad
from catalog.weights import files, hashing

ONE = {"w": torch.arange(4.0), "b": torch.arange(3.0)}
OTHER = {"w": torch.arange(4.0) + 9, "b": torch.arange(3.0) + 9}
ITEMS = zips.of(ONE)
TWINS = {item.name: item.content for item in zips.of(OTHER)}
ROOT = ITEMS[0].name.partition(b"/")[0]


def named(name):
    """Return the full name of an entry."""
    return ROOT + b"/" + name


def other(name, spelled):
    """Return the entry of the other state, under another spelling of its name."""
    return zips.Item(spelled, TWINS[named(name)])


def without(name):
    """Return the entries less one."""
    return [item for item in ITEMS if item.name != named(name)]


def wide_end(where):
    """Return the records that large archives have, about a directory somewhere."""
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 30, 45, 0, 0, *[len(ITEMS)] * 2, 0, 0)
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, where, 1)


BLOCK = struct.pack("<2HQ", 1, 8, 16)  # a size of 64 bits
SECOND = zips.write(zips.of(OTHER))
ARCHIVES = {
    "case, data": (zips.write([*ITEMS, other(b"data/0", named(b"DATA/0"))]), "occurs twice"),
    "case, folder": (
        zips.write([*ITEMS, other(b"data/0", ROOT.upper() + b"/data/0")]),
        "occurs twice",
    ),
    "case, pickle": (zips.write([*ITEMS, other(b"data.pkl", named(b"Data.pkl"))]), "occurs twice"),
    "case, the only byteorder": (
        zips.write([*without(b"byteorder"), zips.Item(named(b"ByteOrder"), b"big")]),
        "not spelled",
    ),
    "case, the only version": (
        zips.write([*without(b"version"), zips.Item(named(b"VERSION"), b"3")]),
        "not spelled",
    ),
    "case, program": (
        zips.write([*ITEMS, zips.Item(named(b"CONSTANTS.pkl"), b"")]),
        "not spelled",
    ),
    "not ASCII": (
        zips.write([*ITEMS, zips.Item(named("data/é".encode()), b"", flags=0x800)]),
        "not spelled",
    ),
    "name twice": (zips.write([*ITEMS, other(b"data/0", named(b"data/0"))]), "occurs twice"),
    "without version": (zips.write(without(b"version")), "no entry version"),
    "version of tomorrow": (
        zips.write(zips.changed(ITEMS, named(b"version"), content=b"11\n")),
        "not supported",
    ),
    "version in words": (
        zips.write(zips.changed(ITEMS, named(b"version"), content=b"three")),
        "not supported",
    ),
    "big-endian": (
        zips.write(zips.changed(ITEMS, named(b"byteorder"), content=b"big")),
        "byte order",
    ),
    "first entry outside": (zips.write([zips.Item(b"else/x", b""), *ITEMS]), "no data.pkl"),
    "last entry outside": (zips.write([*ITEMS, zips.Item(b"else/x", b"")]), "outside its folder"),
    "entry without folder": (zips.write([*ITEMS, zips.Item(b"x", b"")]), "outside its folder"),
    "folder in a folder": (
        zips.write([zips.Item(b"a/" + item.name, item.content) for item in ITEMS]),
        "no data.pkl",
    ),
    "points upward": (
        zips.write([*ITEMS, zips.Item(named(b"../data/0"), b"")]),
        "points outside",
    ),
    "points to itself": (
        zips.write([*ITEMS, other(b"data/0", named(b"./data/0"))]),
        "points outside",
    ),
    "backslash": (zips.write([*ITEMS, other(b"data/0", ROOT + b"\\data/0")]), "points outside"),
    "zero in a name": (zips.write([*ITEMS, zips.Item(named(b"x\0y"), b"")]), "points outside"),
    "other name in its header": (
        zips.write(zips.changed(ITEMS, named(b"data/0"), local=named(b"data/1"))),
        "differs from the directory",
    ),
    "other flags in its header": (
        zips.write(zips.changed(ITEMS, named(b"data/0"), local_flags=1)),
        "differs from the directory",
    ),
    "encrypted": (zips.write(zips.changed(ITEMS, named(b"data/0"), flags=1)), "encrypted"),
    "strongly encrypted": (
        zips.write(zips.changed(ITEMS, named(b"data/0"), flags=0x40)),
        "unknown to torch",
    ),
    "patched": (
        zips.write(zips.changed(ITEMS, named(b"data/0"), flags=0x20)),
        "unknown to torch",
    ),
    "marked as a folder": (
        zips.write(zips.changed(ITEMS, named(b"data/0"), attributes=0x10)),
        "marked as a folder",
    ),
    "compressed": (zips.write(zips.changed(ITEMS, named(b"data/0"), method=8)), "compressed"),
    "header elsewhere": (
        zips.write(zips.changed(ITEMS, named(b"data/0"), offset=4)),
        "not where the directory says",
    ),
    "its sizes twice": (
        zips.write(zips.changed(ITEMS, named(b"data/0"), extra=2 * BLOCK)),
        "sizes twice",
    ),
    "another's bytes": (
        zips.write(zips.changed(ITEMS, named(b"data/0"), size=400)),
        "overlaps another",
    ),
    "a false descriptor": (
        zips.write(
            zips.changed(
                ITEMS,
                named(b"data/0"),
                flags=8,
                after=struct.pack("<4sLLL", b"PK\7\x08", 1, 16, 16),
            )
        ),
        "of no entry",
    ),
    "bytes before": (zips.write(ITEMS, before=b"PK\3\4 and more"), "before its first"),
    "an archive before": (SECOND + zips.write(ITEMS), "whole directory"),
    "an archive before, reckoned with": (zips.write(ITEMS, before=SECOND), "before its first"),
    "bytes between": (zips.write(ITEMS, between=b"more"), "of no entry"),
    "bytes after": (zips.write(ITEMS, after=b"\0"), "whole directory"),
    "an archive after": (zips.write(ITEMS) + SECOND, "whole directory"),
    "an archive in the comment": (zips.write(ITEMS, comment=SECOND), "whole directory"),
    "a comment": (zips.write(ITEMS, comment=b"hello"), "whole directory"),
    "fewer entries": (zips.write(ITEMS, count=len(ITEMS) - 1), "entries"),
    "more entries": (zips.write(ITEMS, count=len(ITEMS) + 1), "entries"),
    "directory elsewhere": (zips.write(ITEMS, shift=-1), "whole directory"),
    "two ends that differ": (zips.write(ITEMS, wide=wide_end(7)), "whole directory"),
    "a locator of nothing": (zips.write(ITEMS, wide=wide_end(7)[-20:]), "whole directory"),
    "empty": (zips.write([]), "neither a zip"),
}


def read(folder, raw):
    """Return what the catalog digests of a file."""
    (folder / "pytorch_model.bin").write_bytes(raw)
    (digests,) = hashing.hash_files(files.find(folder), tensors=True).sets.values()
    return {tensor.name: tensor.digest for tensor in digests.tensors}


def loaded(raw):
    """Return what torch loads of a file, digested alike."""
    state = torch.load(io.BytesIO(raw), weights_only=True)
    return {
        name: hashlib.sha256(value.contiguous().view(torch.uint8).numpy().tobytes()).hexdigest()
        for name, value in state.items()
    }


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_that_can_be_read_in_two_ways(tmp_path, kind):
    """It is refused, in one line that says where the readers would part."""
    raw, says = ARCHIVES[kind]
    with pytest.raises(CheckedBad, match=says):
        read(tmp_path, raw)


def test_the_case_twin_would_have_deceived(tmp_path):
    """The other spelling is what torch takes: that is why the twin is refused."""
    raw, _ = ARCHIVES["case, data"]
    with pytest.raises(CheckedBad):
        read(tmp_path, raw)
    assert loaded(raw) != loaded(zips.write(ITEMS))


@pytest.mark.parametrize(
    "raw",
    [
        zips.write(ITEMS),
        zips.write(zips.changed(ITEMS, named(b"data/0"), extra=BLOCK)),
        zips.write([*ITEMS, zips.Item(ROOT + b"/", b"")]),
        zips.write(
            [
                zips.Item("模".encode() + item.name[len(ROOT) :], item.content, flags=0x800)
                for item in ITEMS
            ]
        ),
    ],
    ids=["plain", "an idle block", "a folder's own entry", "folder not ASCII"],
)
def test_what_torch_reads_alike_is_accepted(tmp_path, raw):
    """What cannot be read in two ways is no reason to refuse."""
    assert read(tmp_path, raw) == loaded(raw)


PLAIN = io.BytesIO()
torch.save(ONE, PLAIN)


def edited(raw, chance):
    """Return a file of which one to three bytes are others, most of them of its structure."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        heads, end = [info.header_offset for info in archive.infolist()], archive.start_dir
    places = [range(end, len(raw)), range(60), range(heads[0], heads[1])]
    made = bytearray(raw)
    for _ in range(chance.randint(1, 3)):
        place = chance.choice(places)
        at = chance.choice(place) + (chance.choice(heads) if place is places[1] else 0)
        made[at] = chance.choice([0, 1, 8, 255, made[at] ^ 1, made[at] ^ 32, chance.randrange(256)])
    return bytes(made)


def test_no_edit_shows_torch_other_tensors(tmp_path):
    """Whatever bytes are changed: what is accepted, torch loads with just these tensors."""
    chance, accepted = random.Random(4), 0  # noqa: S311
    for _ in range(400):
        raw = edited(PLAIN.getvalue(), chance)
        try:
            digested = read(tmp_path, raw)
        except CatalogError:
            continue
        try:
            given_by_torch = loaded(raw)
        except (RuntimeError, pickle.UnpicklingError, ValueError):
            continue  # refused there
        accepted += 1
        assert digested == given_by_torch
    assert accepted > 20  # so many are edits of what nobody reads


# Pickles ---------------------------------------------------------------------------------------


def text(value):
    """Return the opcodes of a text."""
    return b"X" + struct.pack("<L", len(value)) + value.encode()


def tensor(name, kind, count, view=b""):
    """Return the opcodes of a tensor under a name, all of it of storage 0."""
    number = b"K" + bytes([count])
    storage = text("storage") + b"ctorch\n" + kind + b"\n" + text("0") + text("cpu") + number
    sizes = b"(" + number + b"t(K\x01t\x89)"
    return text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n((" + storage + view + b"tQK\0" + sizes + b"tR"  # fmt: skip # noqa: E501


def program(*tensors):
    """Return a pickle of a mapping."""
    return b"\x80\x02}(" + b"".join(tensors) + b"u."


def legacy(*tensors):
    """Return a file of torch's old form with one storage of four numbers."""
    state = {"w": torch.arange(4.0)}
    stream = io.BytesIO()
    torch.save(state, stream, _use_new_zipfile_serialization=False)
    heads = stream.getvalue()
    at = heads.index(b"\x80\x02}q\x00X\x01\x00\x00\x00w")
    tail = pickle.dumps(["0"], 2) + struct.pack("<q", 4) + state["w"].numpy().tobytes()
    return heads[:at] + program(*tensors) + tail


def view(key, first):
    """Return the opcodes of a legacy view of two numbers."""
    return b"(" + text(key) + b"K" + bytes([first]) + b"K\x02t"


PICKLES = {
    "one storage, two types": zips.write(
        zips.changed(
            ITEMS,
            named(b"data.pkl"),
            content=program(tensor("w", b"FloatStorage", 4), tensor("b", b"IntStorage", 4)),
        )
    ),
    "one storage, two types, legacy": legacy(
        tensor("w", b"FloatStorage", 4), tensor("b", b"IntStorage", 4)
    ),
    "one view, two places": legacy(
        tensor("w", b"FloatStorage", 4, view("v", 0)).replace(b"K\x04t(K\x01t", b"K\x02t(K\x01t"),
        tensor("b", b"FloatStorage", 4, view("v", 2)).replace(b"K\x04t(K\x01t", b"K\x02t(K\x01t"),
    ),
    "a view under its storage's key": legacy(
        tensor("w", b"FloatStorage", 4, view("0", 2)).replace(b"K\x04t(K\x01t", b"K\x02t(K\x01t"),
    ),
}


@pytest.mark.parametrize("kind", PICKLES)
def test_a_storage_of_which_two_things_are_said(tmp_path, kind):
    """The first that it meets is what torch keeps: a second is refused, not believed."""
    with pytest.raises(CheckedBad, match="says two things of storage"):
        read(tmp_path, PICKLES[kind])


def test_a_view_of_a_legacy_storage(tmp_path):
    """One view, said twice alike, is read as torch reads it."""
    part = tensor("w", b"FloatStorage", 4, view("v", 2))
    part = part.replace(b"K\x04t(K\x01t", b"K\x02t(K\x01t")
    raw = legacy(part, part.replace(text("w"), text("b"), 1))
    assert read(tmp_path, raw)["w"] == loaded(raw)["w"]


def test_a_text_in_no_known_encoding(tmp_path):
    """A name of bytes is spelled one way by one reader and another way by the next."""
    part = tensor("w", b"FloatStorage", 4).replace(text("w"), b"U\x02\xc3\xa9", 1)
    items = zips.changed(ITEMS, named(b"data.pkl"), content=program(part))
    with pytest.raises(CheckedBad, match="encoding"):
        read(tmp_path, zips.write(items))
