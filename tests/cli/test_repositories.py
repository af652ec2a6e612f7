"""A repository is that one and no other, at the endpoint where it was seen."""

import json
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest
from hub_standin import Hub
from sun_run import REPO, publish, told, weights


@pytest.fixture
def hub(sun_hub):
    """Return the stand-in that publishes the run of the suns."""
    return sun_hub


# An exact OWNER/NAME ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "someone/sun-1m",
        "https://huggingface.co/someone/sun-1m",
        "someone/moon-1m",
        "someone/sun-1m-seed2",
        "Someone/Sun_1M",
        "lab-2/sun-1m",
    ],
)
def test_another_owners_repository_is_named_as_another(at, text):
    """Field k4-name-other-owner: it is no model of the catalog's, and the known one is offered."""
    (answer,) = told(at(None, "name", text, "--json"), 2)
    known = "lab/sun-1m-seed2" if "seed2" in text else REPO
    assert (answer["model"], answer["repo_id"], answer["nearest"]) == (None, None, [known])
    assert answer["error"].endswith(f"it is another repository than {known}")
    ran = at(None, "show", text)
    assert (ran.code, ran.err) == (2, f"catalog: {answer['error']}; nearest: {known}\n")


def test_what_nobody_published_has_no_owner(at):
    """Somebody's repository of the name of an unpublished model is not that model."""
    assert at(None, "show", "dark-3m").code == 0
    assert at(None, "show", "someone/dark-3m").code == 2


def test_another_owners_repository_is_read_and_pulled(at, hub, tmp_path):
    """Field k4-sync-pull-other-owner: no request goes to the model's own repository."""
    publish(hub, "someone/sun-1m", first=10)
    (synced,) = told(at(hub, "sync", "someone/sun-1m", "--json"))
    assert synced["repo_id"] == "someone/sun-1m"
    ran = at(hub, "pull", "someone/sun-1m@step100", "--to", "pulled")
    assert ran.code == 0, ran.err
    assert (tmp_path / "pulled" / "model.safetensors").read_bytes() == weights(11)
    ran = at(hub, "lock", "someone/sun-1m@step100", "-o", "lock.json")
    assert ran.code == 0, ran.err
    audited = told(at(None, "audit", "someone/sun-1m", "--json"))
    assert {branch["model"] for branch in audited["branches"]} == {None}
    (held,) = told(at(None, "which", "pulled/model.safetensors", "--json"))
    assert (held["repo_id"], held["revision"]) == ("someone/sun-1m", "step100")
    assert hub.count(f"/{REPO}/") == 0


def test_a_cache_folder_is_its_repositorys(at, hub, tmp_path):
    """Another owner's snapshot is nobody's checkpoint, though its name is a model's."""
    at(hub, "sync", REPO)
    for owner, code in (("lab", 0), ("someone", 3)):
        folder = tmp_path / "cache" / f"models--{owner}--sun-1m"
        commit = hub.repositories[REPO].branches["step100"]
        snapshot = folder / "snapshots" / commit
        snapshot.mkdir(parents=True)
        (folder / "refs").mkdir()
        (folder / "refs" / "step100").write_text(commit)
        (snapshot / "config.json").write_bytes(b"{}")
        (snapshot / "model.safetensors").write_bytes(weights(1))
        assert at(None, "verify", str(snapshot)).code == code, owner


@pytest.mark.parametrize(
    "text",
    [
        "lab/*",
        "a/b/c",
        "lab/x y",
        "lab/x--y",
        "lab/..",
        ".lab/x",
        "lab/x?",
        "lab/" + "x" * 96,
        "lab/ü",
    ],
)
def test_what_is_no_repositorys_name(at, hub, text):
    """It is refused before anybody is asked, and recorded nowhere."""
    for words in (["sync"], ["pull", "--to", "x"], ["lock", "-o", "x"]):
        ran = at(hub, *words, text)
        assert (ran.code, ran.err.count("\n")) == (2, 1), ran.err
    assert "write OWNER/NAME, as in EleutherAI/pythia-70m" in ran.err
    assert at(hub, "sync", "lab/").code == 2
    assert hub.requests == []


# Not there -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["sync", "pull", "lock"])
def test_a_name_that_was_never_seen(at, hub, command):
    """F9: it is a wrong name, in the same words everywhere, and recorded nowhere."""
    more = {"sync": (), "pull": ("--to", "x"), "lock": ("-o", "x")}[command]
    ran = at(hub, command, "lab/nosuch", *more)
    hint = "check the name; a private repository needs your token: set HF_TOKEN"
    assert (ran.code, ran.err) == (2, f"catalog: {hub.url} shows no lab/nosuch; {hint}\n")
    assert at(None, "audit").code == 3
    assert at(None, "log", "lab/nosuch").code == 2


def test_a_repository_that_was_seen_and_is_gone(at, hub):
    """Only such a one is gone for good; sync, pull and lock say since when."""
    at(hub, "sync", REPO)
    del hub.repositories[REPO]
    ran = at(hub, "sync", REPO)
    assert ran.code == 3
    assert f"{hub.url} shows no {REPO} any more; it was there on 20" in ran.err
    for words in (["pull", "--to", "x"], ["lock", "-o", "x"]):
        other = at(hub, *words, "sun-1m@step100")
        assert (other.code, other.err.partition("; check")[0]) == (
            3,
            ran.err.partition("; check")[0],
        )
    findings = told(at(None, "audit", REPO, "--json"), 1)["findings"]
    assert "repository-gone" in {finding["rule"] for finding in findings}
    assert [look["status"] for look in told(at(None, "log", "--json"))] == ["gone"] * 3


def test_a_closed_repository_says_how_to_get_in(at, hub):
    """F8, gated: where to ask, and what to set; in the same words at sync and pull."""
    hub.repositories[REPO].gated = True
    for words in (["sync", REPO], ["pull", "sun-1m@step100", "--to", "x"]):
        ran = at(hub, *words)
        assert ran.code == 3
        assert f"{REPO} is closed to you; ask for access at {hub.url}/{REPO}" in ran.err
        assert "HF_TOKEN" in ran.err


def test_offline_says_that_nothing_was_asked(at):
    """F38: offline is neither missing nor closed."""
    ran = at(None, "sync", REPO)
    assert (ran.code, "offline: nothing was asked" in ran.err) == (3, True)


# Endpoints -------------------------------------------------------------------------------------


def inventory(tmp_path, repository, day="2026-08-01"):
    """Return how to import what a repository holds, as somebody saw it on the Hub."""
    lines = ["repo,revision,commit,file,bytes,sha256"]
    for revision, commit in repository.branches.items():
        blob = repository.commits[commit]["model.safetensors"]
        lines.append(f"{REPO},{revision},{commit},model.safetensors,{blob.size},{blob.sha256}")
    (tmp_path / "seen.csv").write_text("\n".join(lines) + "\n")
    return ["sync", "--from-file", "seen.csv", "--observed-at", day]


def test_an_observation_belongs_to_its_endpoint(at, hub, tmp_path):
    """F9: what a mirror holds says nothing of the Hub, and the other way round."""
    at(None, *inventory(tmp_path, hub.repositories[REPO]))
    with Hub() as stale:
        repository = publish(stale)
        repository.commit("step100", {"config.json": b"{}", "model.safetensors": weights(2)})
        (synced,) = told(at(stale, "sync", "sun-1m", "--json"))
        assert (synced["status"], synced["changes"], synced["findings"]) == ("read", 0, [])
        verdicts = {}
        for name, where in (("hub", None), ("mirror", stale)):
            branches = json.loads(at(where, "audit", "sun-1m", "--json").out)["branches"]
            verdicts[name] = {branch["revision"]: branch["verdict"] for branch in branches}
        assert verdicts["hub"]["step100"] == "own"
        assert verdicts["mirror"]["step100"] == "same-as"
        assert len(told(at(None, "log", "sun-1m", "--json"))) == 1
        assert told(at(stale, "log", "sun-1m", "--json"))[-1]["source"] == stale.url
        (tmp_path / "there.safetensors").write_bytes(weights(7))
        repository.commit("step0", {"config.json": b"{}", "model.safetensors": weights(7)})
        at(stale, "sync", "sun-1m")
        (held,) = told(at(None, "which", "there.safetensors", "--json"))
        assert held["revision"] == "step0"
        assert at(None, "advisories", "sun-1m").out == ""
        assert "same-as" in at(stale, "advisories", "sun-1m", "--json").out


def test_an_endpoint_is_one_however_it_is_spelled(at, hub):
    """A slash at its end or capitals make no other place of it."""
    at(hub, "sync", "sun-1m")
    (synced,) = told(at(SimpleNamespace(url=f"{hub.url.upper()}/"), "sync", "sun-1m", "--json"))
    assert synced["status"] == "unchanged"
    assert {look["source"] for look in told(at(hub, "log", "sun-1m", "--json"))} == {hub.url}


def test_looks_that_an_earlier_version_kept_as_the_hubs(at, hub, tmp_path):
    """What it saw at a mirror counts as long as nobody looked at the Hub, and accuses nobody."""
    with Hub() as stale:
        repository = publish(stale)
        repository.commit("step100", {"config.json": b"{}", "model.safetensors": weights(2)})
        at(stale, "sync", "sun-1m")
        with closing(sqlite3.connect(tmp_path / "suns.db")) as database, database:
            database.execute("UPDATE repository SET repo_id = ?", (REPO,))
        assert told(at(None, "log", "sun-1m", "--json"))[0]["source"] == stale.url
    at(None, *inventory(tmp_path, hub.repositories[REPO]))
    assert at(None, "audit", "sun-1m").code == 0
    assert len(told(at(None, "log", "sun-1m", "--json"))) == 1


def test_a_mirror_without_a_model_says_nothing_of_the_hub(at, hub, tmp_path):
    """F9: `HF_ENDPOINT=mirror sync MODEL` of what the mirror lacks accuses nobody."""
    at(None, *inventory(tmp_path, hub.repositories[REPO]))
    before = at(None, "audit", "--json").out
    with Hub() as empty:
        ran = at(empty, "sync", "sun-1m")
        assert (ran.code, f"{empty.url} shows no {REPO}" in ran.err) == (2, True)
    assert at(None, "audit", "--json").out == before
    assert "repository-gone" not in before


def test_one_endpoint_alone_answers_everywhere(at, hub):
    """A catalog that was only ever filled from a mirror needs no setting to be asked."""
    at(hub, "sync", "sun-1m")
    assert at(None, "audit", "sun-1m").code == 0
    assert at(None, "log", "sun-1m@step100").code == 0


def test_a_repository_is_forgotten_at_one_endpoint(at, hub, mirror, tmp_path):
    """`forget REPO` takes back the looks that HF_ENDPOINT speaks of; a model stands for its own."""
    at(None, *inventory(tmp_path, hub.repositories[REPO]))
    at(mirror, "sync", "sun-1m")
    taken = told(at(mirror, "forget", REPO, "--json"))
    assert taken == {"repo_id": REPO, "endpoint": mirror.url, "looks": 1}
    assert len(told(at(None, "log", "sun-1m", "--json"))) == 1
    ran = at(None, "forget", "sun-1m")
    assert (ran.code, ran.out) == (0, f"{REPO}: forgot 1 look at https://huggingface.co\n")
    ran = at(None, "forget", "sun-1m")
    assert (ran.code, "was never observed" in ran.err) == (3, True)
