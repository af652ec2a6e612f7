"""`catalog diff`: is a mirror equal to the Hub?"""

import pytest
from hub_standin import Hub
from sun_run import REPO, publish, told, weights


@pytest.fixture
def hub(sun_hub):
    """Return the stand-in that publishes the run of the suns."""
    return sun_hub


def differing(at, hub, mirror, code, *names):
    """Return what `diff` says of one repository."""
    ran = at(hub, "diff", hub.url, mirror.url, *(names or ("sun-1m",)), "--json")
    (document,) = told(ran, code)
    return document | {"branches": {each["revision"]: each for each in document["branches"]}}


def test_an_equal_mirror(at, hub, mirror):
    """F9b: exit 0; asked again it costs a request each, and the default is what was observed."""
    document = differing(at, hub, mirror, 0)
    assert (document["equal"], document["missing_at"]) == (True, None)
    assert {branch["status"] for branch in document["branches"].values()} == {"equal"}
    asked = len(hub.requests), len(mirror.requests)
    assert at(hub, "diff", f"{hub.url}/", mirror.url).out == f"{REPO}: 4 equal\n"
    assert (len(hub.requests), len(mirror.requests)) == (asked[0] + 1, asked[1] + 1)


def broken_file(repository):
    """Serve another file under the same commit."""
    files = repository.commits[repository.branches["step100"]]
    files["model.safetensors"] = type(files["model.safetensors"])(weights(9), lfs=True)
    return "step100", {"status": "differs", "files": {"model.safetensors": "differs"}}


def lost_file(repository):
    """Serve a commit without one of its files."""
    del repository.commits[repository.branches["step0"]]["model.safetensors"]
    return "step0", {"status": "differs", "files": {"model.safetensors": "missing"}}


def lost_branch(repository):
    """Lack a branch."""
    del repository.branches["step0"]
    return "step0", {"status": "missing", "second_commit": None}


def more_branches(repository):
    """Have a branch that the Hub lacks."""
    repository.branches["step300"] = repository.branches["step200"]
    return "step300", {"status": "extra", "first_commit": None}


def stale_branch(repository):
    """Point at another commit, with the same files."""
    repository.commit("step100", {"config.json": b"{}", "model.safetensors": weights(1)})
    return "step100", {"status": "differs", "files": {}}


@pytest.mark.parametrize(
    "damage", [broken_file, lost_file, lost_branch, more_branches, stale_branch]
)
def test_a_mirror_that_differs(at, hub, mirror, damage):
    """F9b: exit 1, with the branch, both commits and the files; the text names them too."""
    revision, said = damage(mirror.repositories[REPO])
    branch = differing(at, hub, mirror, 1)["branches"][revision]
    assert said.items() <= branch.items()
    assert f"  {revision} {said['status']}: " in at(hub, "diff", hub.url, mirror.url, "sun-1m").out


def test_a_mirror_that_lacks_the_repository(at, hub):
    """Exit 1; where neither has it the name is wrong; where one cannot be asked exit 3."""
    with Hub() as empty:
        assert differing(at, hub, empty, 1)["missing_at"] == empty.url
        assert at(hub, "diff", hub.url, empty.url, "lab/nosuch").code == 2
        publish(empty).gated = True
        assert at(hub, "diff", hub.url, empty.url, "sun-1m").code == 3


@pytest.mark.parametrize(("endpoint", "code"), [("mirror.lab", 2), ("http://127.0.0.1:9", 3)])
def test_an_endpoint_that_cannot_be_asked(at, hub, endpoint, code):
    """It is said once, however many repositories were asked for."""
    publish(hub, "lab/other")
    ran = at(hub, "diff", hub.url, endpoint, REPO, "lab/other")
    assert (ran.code, ran.err.count("catalog: ")) == (code, 1), ran.err


def test_an_endpoint_with_a_password(at, hub, mirror):
    """It would stand in every look: it is refused, and not quoted."""
    ran = at(hub, "diff", hub.url, mirror.url.replace("//", "//me:secret@"), "sun-1m")
    assert (ran.code, "secret" in ran.out + ran.err) == (2, False)


def test_a_token_goes_to_the_configured_endpoint_alone(at, hub, mirror, monkeypatch):
    """A mirror named on the command line is not told who asks."""
    monkeypatch.setenv("HF_TOKEN", "hf_secretsecretsecret")
    differing(at, hub, mirror, 0)
    assert (bool(hub.authorizations), mirror.authorizations) == (True, [])
