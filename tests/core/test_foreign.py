"""The gate for foreign values: what no document of ours holds is refused, with a short reason."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.core import foreign, locks, manifests, weightsets
from catalog.core.foreign import ForeignError
from catalog.errors import BadInput

DEEP = foreign.DEEPEST + 1


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"\xff\xfe{\x00}\x00", "byte 0 is UTF-16"),
        (b'{"a": "\xff"}', "byte 7 is not UTF-8"),
        (b"", "Expecting value"),
        (b'{"a": 1', "Expecting"),
        (b"\x00", "Expecting value"),
        (b"[" * 200_000, "nested more than"),
        (b"[" * DEEP + b"1" + b"]" * DEEP, "nested more than"),
        (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "nested more than"),
        (b"9" * 5_000, "a number is too long"),
        (b"-9223372036854775809", "does not fit 64 bits"),
        (b'{"a": [1, {"b": 9223372036854775808}]}', "does not fit 64 bits"),
        (b'{"a": 1, "b": 2, "a": 1}', "the key 'a' stands twice"),
        (b'[{"b": {"a": 1, "a": 2}}]', "the key 'a' stands twice"),
        (b'"\\ud800"', "half a character"),
        (b'{"\\uDFFF": 1}', "half a character"),
        (b"NaN", "NaN is no number"),
        (b"[-Infinity]", "-Infinity is no number"),
    ],
)
def test_documents_that_are_refused(raw, why):
    """Each is one short phrase, without a line end."""
    with pytest.raises(ForeignError, match=why) as refused:
        foreign.json_of(raw)
    assert len(str(refused.value)) < 200
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ("\ufeff[1]", [1]),
        (b"9223372036854775807", 2**63 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b'"12345678901234567890"', "12345678901234567890"),  # digits, and no number
        (b'"\\ud83d\\ude00"', "\U0001f600"),  # both halves
        (b"[" * 100 + b"]" * 100, None),
    ],
)
def test_documents_that_pass(raw, meant):
    """What is merely odd is read as it is."""
    document = foreign.json_of(raw)
    assert meant is None or document == meant


def test_a_document_of_many_values(monkeypatch):
    """They are counted before they are read: each costs memory that its text does not show."""
    monkeypatch.setattr(foreign, "MOST_VALUES", 10)
    with pytest.raises(ForeignError, match="more than 10 values"):
        foreign.json_of("[" + "{}," * 10 + "{}]")
    monkeypatch.setattr(foreign, "MOST_BYTES", 10)
    with pytest.raises(ForeignError, match="more than 10 characters"):
        foreign.json_of('"' + "x" * 10 + '"')


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers() | st.floats(), st.lists))
def test_json_passes_or_is_refused(value):
    """Whatever JSON can spell comes through unchanged, or is refused: nothing else happens."""
    text = json.dumps(value)
    try:
        passed = foreign.json_of(text, numbers_only=False)
    except ForeignError:
        return
    assert json.dumps(passed) == text
    passed_text = json.dumps(passed, ensure_ascii=False)
    assert foreign.is_encodable(passed_text)


CHARACTERS = "\0\n\r\x1b\x7f\x85\x9b\u2028\u2029\ud800\u061c\u200e\u200f\u202a\u202e\u2066\u2069"


@pytest.mark.parametrize("character", CHARACTERS, ids=ascii)
@pytest.mark.parametrize("gate", [foreign.name, foreign.revision, foreign.path])
def test_characters_that_no_name_has(gate, character):
    """Controls, breaks of lines, half characters, marks of direction: never in a name."""
    with pytest.raises(ForeignError):
        gate(f"a{character}b")


@pytest.mark.parametrize("text", ["piqa", "é", "日本", "a b", "👩\u200d💻"])
def test_names_that_pass(text):
    """Any script, blanks, and signs made of several."""
    assert foreign.name(text) == foreign.path(text) == text


@pytest.mark.parametrize(
    ("gate", "values"),
    [
        (foreign.whole, [True, 1.0, "1", None, -1, 2**63, [], {}]),
        (foreign.name, [None, 1, "", "x" * 201, ["a"]]),
        (foreign.revision, ["a b", "a..b", "a^", "a:b", "a\\b", "", 5]),
        (foreign.path, ["/a", "../a", "a/../b", "a/", "./a", "a//b", "a\\b", "x" * 4_097, 3]),
        (foreign.commit, ["A" * 40, "../../etc", "a" * 39, None, 5, "a" * 40 + "\n"]),
        (foreign.sha256, ["a" * 40, "sha256:zzz", "A" * 64, None, "0" * 64 + "\n"]),
    ],
)
def test_values_of_another_kind(gate, values):
    """What has the wrong type or form is refused, never turned into something near it."""
    for value in values:
        with pytest.raises(ForeignError):
            gate(value)


@pytest.mark.parametrize(
    "text",
    ["[" * 10_000, '{"files": [], "files": []}', '{"files": [' + "9" * 5_000 + "]}", "\ufeff", ""],
)
def test_every_reader_of_ours_is_behind_the_gate(text):
    """A manifest, a lock and an index of shards with such content are refused in words."""
    with pytest.raises(BadInput, match="the file"):
        manifests.parse_manifest(text, "the file")
    with pytest.raises(BadInput, match="the file"):
        locks.parse(text, "the file")
    assert str(weightsets.parse_index(text.encode())).startswith("is broken")
