"""Files that a user names: evidence goes with --force only, reports of every night as ever."""

import pytest
import score_documents
from recorded import MODEL

REF = f"{MODEL}@step8"


@pytest.fixture
def write(catalog, known_url, trajectory, tmp_path, monkeypatch):
    """Return a function that lets a command write a file."""
    monkeypatch.chdir(tmp_path)
    folder = trajectory / "step8"
    assert catalog("populate", "--as", REF, folder, "--level", "files", "--db", known_url).code == 0
    commands = {
        "hash": ["hash", folder, "-o", "it"],
        "records": ["export", "records", "--as", "Lab", "-o", "it"],
        "attestation": ["verify", "--as", REF, folder, "--attest", "it"],
        "junit": ["verify", "--as", REF, folder, "--junit", "it"],
        "sarif": ["verify", "--as", REF, folder, "--sarif", "it"],
        "badge": ["verify", "--as", REF, folder, "--badge", "it"],
    }

    def run(kind, *words, to="it"):
        return catalog(*commands[kind][:-1], to, *words, "--db", known_url)

    return run


@pytest.mark.parametrize("kind", ["hash", "records", "attestation"])
def test_evidence_is_not_written_over(write, tmp_path, kind):
    """Exit 2 and one line; --force lets one of its kind go, and nothing else."""
    assert write(kind).code == 0
    before = (tmp_path / "it").read_bytes()
    ran = write(kind)
    assert (ran.code, ran.err) == (
        2,
        "catalog: it exists; write to another name, or over it with --force\n",
    )
    assert (tmp_path / "it").read_bytes() == before
    assert write(kind, "--force").code == 0
    (tmp_path / "it").write_text("my notes")
    for words in ((), ("--force",)):
        ran = write(kind, *words)
        assert ran.code == 2
        assert "write to another name\n" in ran.err
    assert (tmp_path / "it").read_text() == "my notes"


@pytest.mark.parametrize("kind", ["junit", "sarif", "badge"])
def test_reports_take_their_own_places(write, tmp_path, kind):
    """Every night anew; another file is refused all the same."""
    assert [write(kind).code for _ in range(2)] == [0, 0]
    (tmp_path / "it").write_text("my notes")
    assert write(kind).code == 2


@pytest.mark.parametrize("kind", ["hash", "records", "attestation", "junit", "sarif", "badge"])
def test_a_dash_is_no_file(write, tmp_path, kind):
    """Elsewhere it means standard output: no file of that name is made, and it is said at once."""
    ran = write(kind, to="-")
    assert (ran.code, ran.out) == (2, "")
    assert "- is no file here; give the file a name" in ran.err
    assert not (tmp_path / "-").exists()


def test_packed_figures_are_not_written_over(catalog, facts_url, tmp_path):
    """The same rule, for the file that maintainers make."""
    for name in ("scores", "reruns"):
        score_documents.write(tmp_path, f"{name}/scores.json", score_documents.classic())
    words = ["evals", "pack", tmp_path / "scores", tmp_path / "reruns", "-o", tmp_path / "it"]
    words += ["--db", facts_url]
    assert [catalog(*words, *force).code for force in ((), (), ("--force",))] == [0, 2, 0]
    (tmp_path / "it").write_text("my notes")
    assert catalog(*words, "--force").code == 2
