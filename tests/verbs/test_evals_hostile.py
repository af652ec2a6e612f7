"""Score files and archives that are traps: each is refused with a reason, and its neighbours land.

Archives are made in memory, header by header: none is larger than a few kilobytes.
"""

import gzip
import io
import json
import lzma
import os
import socket
import tarfile

import pytest
from score_documents import classic, modern

from catalog.core import foreign
from catalog.core.scores import gate
from catalog.verbs.evals import files

STEP = "pretrained=EleutherAI/pythia-70m,revision=step{}000"


@pytest.fixture(scope="module")
def url(templates, tmp_path_factory):
    """Return a catalog with the shipped facts that the tests of this module share."""
    with templates.copy("sqlite", "facts", tmp_path_factory.mktemp("hostile")) as made:
        yield made


@pytest.fixture
def told(catalog, url):
    """Return a function that imports paths; it returns the exit code and each file's reason."""

    def run(*paths):
        ran = catalog("evals", "import", *paths, "--json", "--db", url)
        assert "Traceback" not in ran.err, ran.err
        document = json.loads(ran.out)
        assert all(str(each["reason"]).isprintable() for each in document["files"])
        return ran.code, {each["path"]: each["reason"] for each in document["files"]}

    return run


_count = iter(range(10**6))


def good():
    """Return a new document that imports."""
    return json.dumps(classic(STEP.format(1), value=next(_count) / 10**6))


def packed(path, *members, close=True):
    """Write a tar archive of headers with bytes behind them."""
    with io.BytesIO() as raw:
        for header, content in members:
            header.size = len(content) if header.size == 0 else header.size
            raw.write(header.tobuf(tarfile.GNU_FORMAT))
            raw.write(content + bytes(-len(content) % 512))
        raw.write(bytes(1024) if close else b"")
        path.write_bytes(raw.getvalue())
    return path


def member(name="x.json", kind=tarfile.REGTYPE, size=0):
    """Return a header; `size` is what it claims."""
    header = tarfile.TarInfo(name)
    header.type, header.size = kind, size
    return header


def edited(document, edit):
    """Return a document with a change."""
    made = json.loads(json.dumps(document))
    edit(made)
    return json.dumps(made)


FAULTS = {
    "shots 2**70": (modern(), lambda d: d["n-shot"].update(lambada_openai=2**70), "64 bits"),
    "shots of 32 bits": (modern(), lambda d: d["n-shot"].update(lambada_openai=2**31), "from 0"),
    "shots below 0": (modern(), lambda d: d["n-shot"].update(lambada_openai=-1), "from 0"),
    "samples 2**70": (modern(), lambda d: d["n-samples"]["sciq"].update(effective=2**70), "64"),
    "samples": (modern(), lambda d: d["n-samples"]["sciq"].update(effective=2**40), "from 0"),
    "int400": (classic(), lambda d: d["results"]["piqa"].update(acc=10**400), "64 bits"),
    "surrogate": (classic(), lambda d: d["results"].update({"\ud800": {"acc": 0.5}}), "half"),
    "escape": (classic(), lambda d: d["results"].update({"a\x1b[2J": {"acc": 0.5}}), "U+001B"),
    "newline": (classic(), lambda d: d["results"].update({"a\nb": {"acc": 0.5}}), "U+000A"),
    "bidi": (classic(), lambda d: d["results"].update({"a\u202eb": {"acc": 0.5}}), "U+202E"),
    "zero": (classic(), lambda d: d["results"]["piqa"].update({"acc\0": 0.5}), "U+0000"),
    "metric": (classic(), lambda d: d["results"]["piqa"].update({"m" * 81: 0.5}), "81 characters"),
    "task": (classic(), lambda d: d["results"].update({"t" * 201: {"acc": 0.5}}), "201"),
    "version": (classic(), lambda d: d["versions"].update(piqa="v" * 21), "21 characters"),
    "backend": (classic(), lambda d: d["config"].update(device="d\x07"), "U+0007"),
    "revision": (classic(STEP.format("1\x1b[2J")), lambda _: None, "U+001B"),
    "arguments": (classic("pretrained=a" + ",b" * 20_000), lambda _: None, "arguments of"),
    "label": (classic("pretrained=models--" + "-" * 9_000), lambda _: None, "names no checkpoint"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_bad_file_among_good_ones(told, tmp_path, fault):
    """It is named with its reason, whatever its fault is; the good ones are imported."""
    document, edit, why = FAULTS[fault]
    for name in ("a.json", "c.json"):
        (tmp_path / name).write_text(good())
    (tmp_path / "b.json").write_text(edited(document, edit))
    code, reasons = told(tmp_path)
    assert code in (1, 2)
    assert why in reasons.pop(str(tmp_path / "b.json"))
    assert set(reasons.values()) == {None}
    assert len(reasons) == 2


RAW = {
    "utf16.json": ("{}".encode("utf-16"), "UTF-16"),
    "long.json": (b'{"results": ' + b"9" * 5_000 + b"}", "too long"),
    "deep.json": (b"[" * 100_000, "nested more"),
    "twice.json": (b'{"results": {}, "results": {}}', "stands twice"),
    "zero.csv": (b"model,task,acc\n\0,piqa,0.5\n", "U+0000"),
    "field.csv": (b"model,task,acc\n" + b"x" * 140_000 + b",piqa,0.5\n", "field"),
    "open.csv": (b'model,task,acc\n"a,piqa,0.5\n', "unexpected end"),
    "digits.csv": (b"model,step,task,acc\npythia-70m,1000,piqa,0_1\n", "no number"),
}


def test_files_of_other_bytes(told, tmp_path):
    """No UTF-8, no end, keys twice, cells without end: one import names them all."""
    for name, (raw, _) in RAW.items():
        (tmp_path / name).write_bytes(raw)
    (tmp_path / "good.json").write_text("\ufeff" + good())
    code, reasons = told(tmp_path)
    assert code in (1, 2)
    assert reasons.pop(str(tmp_path / "good.json")) is None
    assert {path.rpartition("/")[2] for path in reasons} == set(RAW)
    for path, reason in reasons.items():
        assert RAW[path.rpartition("/")[2]][1] in reason


def test_nan_is_no_fault(told, tmp_path):
    """The harness writes NaN where it has no error: such files are whole."""
    (tmp_path / "a.json").write_text(good().replace("0.01", "NaN").replace("40.5", "Infinity"))
    assert told(tmp_path)[0] == 0


def test_bounds_of_a_file(told, tmp_path, monkeypatch):
    """Bytes, tasks and scores: more than any file has."""
    monkeypatch.setattr(gate, "MOST_TASKS", 3)
    monkeypatch.setattr(gate, "MOST_SCORES", 6)
    with (tmp_path / "sparse.json").open("wb") as sparse:
        sparse.truncate(3 << 30)
    many = {f"t{number}": {"acc": 0.5} for number in range(4)}
    (tmp_path / "tasks.json").write_text(edited(classic(), lambda d: d["results"].update(many)))
    groups = {"g": ["a"] * 4}
    (tmp_path / "groups.json").write_text(edited(modern(group_subtasks=groups), lambda _: None))
    metrics = {f"acc_{number}": 0.5 for number in range(9)}
    (tmp_path / "x.json").write_text(edited(classic(), lambda d: d["results"].update(p=metrics)))
    rows = "pythia-70m,1000,piqa,0.5\n" * 9
    (tmp_path / "rows.csv").write_text(f"model,step,task,acc\n{rows}")
    _, reasons = told(tmp_path)
    said = {path.rpartition("/")[2]: reason for path, reason in reasons.items()}
    assert "larger than" in said["sparse.json"]
    assert "more than 3 tasks" in said["tasks.json"]
    assert "more than 3 tasks" in said["groups.json"]
    assert "more than 6 scores" in said["x.json"]
    assert "more than 6 cells" in said["rows.csv"]


def test_a_batch_has_a_bound_too(told, tmp_path, monkeypatch):
    """Files are held for a batch: large ones go one by one, and nothing changes."""
    from catalog.verbs.evals import importing

    monkeypatch.setattr(importing, "_BATCH_BYTES", 10)
    for name in "abc":
        (tmp_path / f"{name}.json").write_text(good())
    code, reasons = told(tmp_path)
    assert (code, list(reasons.values())) == (0, [None] * 3)


# Special files ---------------------------------------------------------------------------------


def test_what_is_no_file_is_not_waited_for(told, tmp_path):
    """A pipe, a socket, a device: named or met in a folder, as a file or as an archive."""
    (tmp_path / "good.json").write_text(good())
    for name in ("pipe.json", "pipe.tar", "pipe.tar.gz"):
        os.mkfifo(tmp_path / name)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "s.json"))
    (tmp_path / "d.json").symlink_to("/dev/zero")
    (tmp_path / "d.tar").symlink_to("/dev/zero")
    code, reasons = told(tmp_path)
    assert code == 3
    assert reasons.pop(str(tmp_path / "good.json")) is None
    assert len(reasons) == 6
    for path, reason in reasons.items():
        assert "not a regular file" in reason or "No such device" in reason
        if path.endswith((".tar", ".gz")):
            assert told(path)[0] == 3


def test_names_that_cannot_be_recorded(told, tmp_path):
    """A file's own name is looked at as well: here and in an archive."""
    for name in (b"a\xff.json", b"a\x1b[2J.json", b"a\nb.json"):
        (tmp_path / os.fsdecode(name)).write_text(good())
    code, reasons = told(tmp_path)
    assert code == 2
    assert [reason[:28] for reason in reasons.values()] == ["its path cannot be recorded:"] * 3
    inside = [
        (member(os.fsdecode(name)), good().encode()) for name in (b"a\x1b.json", b"\xff.json")
    ]
    code, reasons = told(packed(tmp_path / "x.tar", *inside, (member(), good().encode())))
    assert code == 2
    assert sorted(map(bool, reasons.values())) == [False, True, True]


# Archives --------------------------------------------------------------------------------------


def test_a_member_that_is_too_large(told, tmp_path, monkeypatch):
    """It is not read to its end; the others of its archive land."""
    monkeypatch.setattr(foreign, "MOST_BYTES", 2_000)
    large = (member("large.json"), b"0" * 3_000)
    code, reasons = told(packed(tmp_path / "x.tar", large, (member(), good().encode())))
    assert (code, list(reasons.values())) == (1, ["larger than 2,000 bytes: no results are", None])


@pytest.mark.parametrize("kind", ["size", "old sparse", "new sparse", "long name", "pax"])
def test_claims_of_a_header(told, tmp_path, kind):
    """A petabyte that is not there, in a file, a name or an attribute: nothing is made for it."""
    huge = 1 << 40
    members = {
        "size": [(member(size=huge), b"")],
        "old sparse": [(member(kind=tarfile.GNUTYPE_SPARSE, size=512), bytes(512))],
        "long name": [(member(kind=tarfile.GNUTYPE_LONGNAME, size=huge), b"")],
        "pax": [(member(kind=tarfile.XHDTYPE, size=huge), b"")],
        "new sparse": [
            (member(kind=tarfile.XHDTYPE), b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"),
            (member(), b"99999999\n" + b"1\n" * 200),
        ],
    }
    code, reasons = told(packed(tmp_path / "x.tar", *members[kind]))
    assert code == 1
    (reason,) = reasons.values()
    assert "truncated or damaged" in reason


def test_headers_without_a_file(told, tmp_path):
    """One long name after another, or attributes without end, and never a file."""
    names = [(member(kind=tarfile.GNUTYPE_LONGLINK), b"x\0")] * 5_000
    code, reasons = told(packed(tmp_path / "x.tar", *names))
    assert code == 1
    assert "headers without a file" in next(iter(reasons.values()))
    digits = [(member(kind=tarfile.XHDTYPE), b"1" * (files.MOST_OF_A_HEADER + 1))]
    code, reasons = told(packed(tmp_path / "y.tar", *digits))
    assert code == 1
    assert "a header of" in next(iter(reasons.values()))


def test_an_archive_that_unpacks_to_more(told, tmp_path, monkeypatch):
    """Bytes are counted as they are read, whatever a header says; nothing of it is kept."""
    monkeypatch.setattr(files, "MOST_UNPACKED", 100_000)
    plain = packed(
        tmp_path / "x.tar", (member(), good().encode()), (member("a.bin"), bytes(200_000))
    )
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "x.tar.xz").write_bytes(lzma.compress(plain.read_bytes()))
    for name in ("x.tar", "x.tar.gz", "x.tar.xz"):
        code, reasons = told(tmp_path / name)
        assert (code, list(reasons)) == (1, [str(tmp_path / name)])
        assert "more than 100,000 bytes" in reasons[str(tmp_path / name)]


def test_an_archive_of_more_members(told, tmp_path, monkeypatch):
    """Members have a bound, whatever they are."""
    monkeypatch.setattr(files, "MOST_MEMBERS", 5)
    many = [(member(f"{number}.bin"), b"") for number in range(6)]
    code, reasons = told(packed(tmp_path / "x.tar", *many))
    assert code == 1
    assert "more than 5 members" in next(iter(reasons.values()))
