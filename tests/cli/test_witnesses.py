"""What one command knows, every other asks: the Hub's commits, records, the cache, the audit."""

import hashlib
import json
import shutil

import pytest
import trajectory as training
from hub_standin import Hub, asked_by_this_process
from inventories import COLUMNS
from recorded import MODEL, rows

from catalog.core.published import LookStatus

STEP512 = f"these are {MODEL}@step512's bytes, observed "


class Observed:
    """A published run that is synced when `look` is called."""

    def __init__(self, hub, catalog, url, monkeypatch):
        self.repository = hub.repositories[training.REPO_ID]
        self._hub, self._catalog, self._url = hub, catalog, url
        self._monkeypatch = monkeypatch

    def publish(self, step, folder):
        """Let a step's branch hold a folder."""
        self.repository.commit_folder(f"step{step}", folder)

    def look(self):
        """Sync; from then on the stand-in is not asked any more."""
        with asked_by_this_process(self._hub, self._monkeypatch):
            ran = self._catalog("sync", MODEL, "--db", self._url, "--json")
        assert ran.code == 0, ran.err
        assert json.loads(ran.out)[0]["status"] == LookStatus.READ


@pytest.fixture
def published(known_url, catalog, trajectory, monkeypatch):
    """Return a published run: every step's own files, main those of the last."""
    with Hub() as hub:
        repository = hub.add(training.REPO_ID)
        for step in training.STEPS:
            repository.commit_folder(f"step{step}", trajectory / f"step{step}")
        repository.branches["main"] = repository.branches["step512"]
        yield Observed(hub, catalog, known_url, monkeypatch)


@pytest.fixture
def observed(published):
    """Return the published run after a look at it."""
    published.look()
    return published


def check(ran, rule="observed"):
    """Return the check of one rule, of the only target."""
    (told,) = json.loads(ran.out)
    return next(made for made in told["checks"] if made["rule"] == rule)


# What is populated -----------------------------------------------------------------------------


def test_another_steps_bytes_are_never_recorded(observed, on, known_url, checkpoint):
    """The Hub declared them for step512: not step64's, whatever is said, and accepted or not."""
    before = rows(known_url)
    for more in ([], ["--accept-changes"]):
        ran = on("populate", checkpoint(512, name=f"x{len(more)}"), *more, step=64, code=1)
        assert f"model.safetensors: {STEP512}" in ran.out
        assert "refused" in ran.out
    assert rows(known_url) == before
    on("populate", checkpoint(64), step=64, code=0)
    assert observed.repository.branches


def test_other_bytes_than_the_observed_commits_are_refused(observed, on, checkpoint):
    """Nobody has these bytes; at this path the commit has others."""
    folder = checkpoint(64)
    other = checkpoint(64, "safetensors", name="fresh") / "model.safetensors"
    raw = bytearray(other.read_bytes())
    raw[-1] ^= 1
    (folder / "model.safetensors").write_bytes(raw)
    ran = on("populate", folder, step=64, code=1)
    commit = observed.repository.branches["step64"][:8]
    assert f"other bytes than commit {commit} of example/{MODEL}@step64, observed 20" in ran.out


def test_a_copy_in_another_format_is_recorded(published, on, checkpoint):
    """Nothing contradicts files of a path that the commit does not have; nothing vouches either."""
    published.publish(64, checkpoint(64, "bin", name="published"))
    published.look()
    folder = checkpoint(64, "safetensors", name="converted")
    ran = on("verify", folder, "--json", step=64, code=3)
    unseen = "model.safetensors not among the files that were observed"
    assert check(ran)["observed"].startswith(f"{unseen} (commit ")
    on("populate", folder, step=64, code=0)
    on("verify", folder, step=64, code=0)


def test_another_config_is_said_and_fails_a_verification(observed, on, checkpoint):
    """The weights are step64's, so they are recorded; the folder is not what was published."""
    folder = checkpoint(64)
    config = folder / "config.json"
    config.write_text(config.read_text() + "\n")
    (told,) = json.loads(on("populate", folder, "--json", step=64, code=0).out)
    assert told["status"] == "recorded"
    assert any("config.json: not as observed" in note for note in told["notes"])
    ran = on("verify", folder, "--json", step=64, code=1)
    assert check(ran)["observed"] == "config.json: other bytes than were declared"
    assert check(ran, "files")["verdict"] == "passed"
    assert observed.repository.branches


def test_bytes_on_record_as_another_steps(on, known_url, checkpoint):
    """Nothing was observed: one of two names is wrong, and `forget` takes the wrong one back."""
    on("populate", checkpoint(512, name="wrong"), step=64, code=0)
    ran = on("populate", checkpoint(512), step=512, code=1)
    assert f"these are {MODEL}@step64's bytes, recorded 20" in ran.out
    assert f"`catalog forget {MODEL}@step64` takes that record back" in ran.out
    assert rows(known_url)["observation"] == 1
    on("verify", checkpoint(512, name="again"), step=512, code=3)


# What is verified ------------------------------------------------------------------------------


def test_a_plain_folder_is_compared_with_the_observed_commit(observed, on, checkpoint):
    """No network, no record: the right step passes, another fails, and whose it is is said."""
    commit = observed.repository.branches["step64"][:8]
    good = check(on("verify", checkpoint(64), "--json", step=64, code=0))
    assert good["verdict"] == "passed"
    assert good["expected"].startswith(f"commit {commit} of example/{MODEL}@step64, observed 20")
    assert good["observed"] == "3 of 3 files as they were declared"
    bad = check(on("verify", checkpoint(512), "--json", step=64, code=1))
    assert bad["verdict"] == "failed"
    assert bad["observed"].startswith(f"model.safetensors: {STEP512}")
    last = on("verify", checkpoint(512, name="last"), step=512, code=0)
    assert "passed        observed: 3 of 3 files" in last.out


def test_a_folder_without_a_name_is_told_whose_it_is(observed, catalog, known_url, checkpoint):
    """Nothing says which checkpoint it should be: inconclusive, and what to say."""
    ran = catalog("verify", checkpoint(64), "--db", known_url)
    assert ran.code == 3
    assert f"these are {MODEL}@step64's bytes, observed 20" in ran.err
    assert "say so with --as" in ran.err
    assert observed.repository.branches


def test_shipped_observations_speak(catalog, facts_url, checkpoint):
    """A fresh install knows what pythia-2.8b's commits hold; these are no bytes of step66000."""
    words = ("--as", "pythia-2.8b@step66000", checkpoint(512), "--db", facts_url)
    ran = catalog("verify", *words, "--json")
    assert ran.code == 1
    assert "other bytes than commit " in check(ran)["observed"]
    assert "these are" not in check(ran)["observed"]
    assert check(ran)["expected"].startswith("commit ")
    assert catalog("verify", *words, "--level", "metadata").code == 1


def test_bytes_of_another_family_are_named(observed, on, catalog, known_url, checkpoint, tmp_path):
    """What a repository of no suite holds decides nothing; that it holds these bytes is said."""
    folder = checkpoint(64)
    weights = folder / "model.safetensors"
    raw = bytearray(weights.read_bytes())
    raw[-1] ^= 1
    weights.write_bytes(raw)
    line = f"lab/run,step7,{'7' * 40},{weights.name},{len(raw)},{hashlib.sha256(raw).hexdigest()}"
    (tmp_path / "seen.csv").write_text(f"{COLUMNS}\n{line}\n")
    words = ("--from-file", tmp_path / "seen.csv", "--db", known_url)
    assert catalog("sync", *words, "--observed-at", "2026-09-01").code == 0
    ran = on("verify", folder, "--json", step=64, code=1)
    told = "; these are lab/run@step7's bytes, observed 2026-09-01"
    assert check(ran)["observed"].endswith(told)
    assert observed.repository.branches


def test_sizes_alone_do_not_pass(observed, on, checkpoint):
    """Steps have files of one size: at `metadata` nothing is proven, and a lie in size fails."""
    for step, of in ((64, 64), (64, 512)):
        ran = on("verify", checkpoint(of), "--level", "metadata", "--json", step=step, code=3)
        assert check(ran)["observed"] == "sizes as they were declared, which other steps have too"
    folder = checkpoint(64, name="longer")
    with (folder / "config.json").open("a") as file:
        file.write(" ")
    ran = on("verify", folder, "--level", "metadata", "--json", step=64, code=1)
    assert "config.json has" in check(ran)["observed"]
    assert observed.repository.branches


def test_the_forward_pass_passes_on_observed_bytes(observed, on, checkpoint):
    """Digests say which step it is; the loss then agrees with its neighbours'."""
    for step in (32, 128):
        on("populate", checkpoint(step), step=step, code=0)
    ran = on("verify", checkpoint(64), "--level", "forward", "--json", step=64, code=0)
    assert check(ran, "forward")["verdict"] == "passed"
    assert "consistent with recorded steps 32..128" in check(ran, "forward")["observed"]
    assert observed.repository.branches


def test_a_branch_that_holds_another_step(published, on, checkpoint, trajectory, known_url):
    """The Hub's own files under step64's name are step512's: never passed, never recorded."""
    published.publish(64, trajectory / "step512")
    published.look()
    before = rows(known_url)
    ran = on("verify", checkpoint(512), "--json", step=64, code=1)
    assert f"these are {MODEL}@step512's bytes" in check(ran)["observed"]
    on("populate", checkpoint(512, name="again"), step=64, code=1)
    after = rows(known_url)
    assert (after["manifest"], after["observation"]) == (before["manifest"], before["observation"])
    # Nobody knows these bytes; at this path the branch has others.
    on("verify", checkpoint(64), step=64, code=1)


def test_a_branch_that_is_wrong_is_not_even_downloaded(published, catalog, known_url, trajectory):
    """What was seen of it says so already; nothing is asked of the Hub."""
    published.publish(64, trajectory / "step512")
    published.look()
    ran = catalog("populate", f"{MODEL}@step64", "--json", "--db", known_url)
    (told,) = json.loads(ran.out)
    assert (ran.code, told["status"], told["path"]) == (1, "refused", None)
    assert told["problems"][0].startswith("model.safetensors: Its bytes are those of step512")
    assert "`catalog pull`" in told["problems"][1]


def test_two_inner_branches_with_one_content(published, on, checkpoint, trajectory):
    """Which of two names is right cannot be told: neither passes, neither is recorded."""
    published.publish(64, trajectory / "step32")
    published.look()
    for step in (32, 64):
        ran = on("verify", checkpoint(32, name=f"at{step}"), "--json", step=step, code=3)
        assert "which name is right cannot be told" in check(ran)["observed"]
        on("populate", checkpoint(32, name=f"of{step}"), step=step, code=1)


@pytest.mark.parametrize("step", [0, 1])
def test_steps_that_are_equal_for_a_reason(observed, on, checkpoint, step):
    """step0 and step1 hold the same bytes, and each passes and is recorded under either name."""
    on("populate", checkpoint(1 - step), step=step, code=0)
    on("verify", checkpoint(step), step=step, code=0)
    assert observed.repository.branches


# The Hub's cache -------------------------------------------------------------------------------


@pytest.fixture
def cached(trajectory, tmp_path):
    """Return a function that puts a step into a Hub cache as the commit of a branch."""

    def put(step, commit, branch):
        home = tmp_path / "hub" / f"models--example--{MODEL}"
        folder = home / "snapshots" / commit
        shutil.copytree(trajectory / f"step{step}", folder)
        (home / "refs").mkdir(exist_ok=True)
        (home / "refs" / branch).write_text(commit)
        return folder

    return put


def test_the_cache_has_it_under_another_name(on, cached):
    """A snapshot of step512 is not step64's because `--as` says so."""
    folder = cached(512, "5" * 40, "step512")
    ran = on("populate", folder, step=64, code=1)
    assert "the Hub's cache has this commit as step512" in ran.out
    ran = on("verify", folder, "--json", step=64, code=1)
    assert "the Hub's cache has this commit as step512" in check(ran)["observed"]


def test_a_commit_that_was_never_observed(observed, on, cached):
    """The branch may have moved since the look: said, and no contradiction."""
    folder = cached(64, "6" * 40, "step64")
    (told,) = json.loads(on("verify", folder, "--json", step=64, code=3).out)
    assert any("commit 66666666 was never observed here" in note for note in told["notes"])
    assert observed.repository.branches


# A record that is wrong ------------------------------------------------------------------------


@pytest.fixture
def wrong_record(published, on, checkpoint):
    """Record step512's bytes as step64's while nothing was observed, then look."""
    on("populate", checkpoint(512, name="wrong"), step=64, code=0)
    published.look()
    return published


def test_every_command_tells_of_a_wrong_record(
    wrong_record, on, catalog, known_url, checkpoint, tmp_path
):
    """Audit, show, which, verify and populate say so; `forget` and a right record mend it."""
    audit = catalog("audit", MODEL, "--json", "--db", known_url)
    (finding,) = json.loads(audit.out)["findings"]
    assert (audit.code, finding["rule"], finding["severity"]) == (1, "record-contradicts", "error")
    assert (finding["model"], finding["revision"]) == (MODEL, "step64")
    assert STEP512 in finding["message"]
    assert f"`catalog forget {MODEL}@step64`" in finding["message"]

    shown = json.loads(catalog("show", f"{MODEL}@step64", "--json", "--db", known_url).out)
    assert STEP512 in shown["weights"]["contradictions"][0]
    assert shown["branch"]["verdict"] == "own"
    assert "contradicted: " in catalog("show", f"{MODEL}@step64", "--db", known_url).out
    right = json.loads(catalog("show", f"{MODEL}@step8", "--json", "--db", known_url).out)
    assert right["weights"] is None

    file = tmp_path / "wrong" / "model.safetensors"
    holders = json.loads(catalog("which", file, "--json", "--db", known_url).out)
    verdicts = {(each["revision"], each["witness"]): each["verdict"] for each in holders}
    assert verdicts == {
        ("step512", "observed"): "expected-equal",
        ("main", "observed"): "expected-equal",
        ("step64", "recorded"): "same-as",
    }
    assert all(each["observed_at"] for each in holders)

    false = on("verify", tmp_path / "wrong", "--json", step=64, code=1)
    assert (check(false)["verdict"], check(false, "files")["verdict"]) == ("failed", "passed")
    true = on("verify", checkpoint(64), "--json", step=64, code=1)
    assert (check(true)["verdict"], check(true, "files")["verdict"]) == ("passed", "failed")
    assert any("the record is not" in note for note in json.loads(true.out)[0]["notes"])

    again = on("populate", tmp_path / "wrong", step=64, code=1)
    assert f"`catalog forget {MODEL}@step64`" in again.out
    told = json.loads(catalog("forget", f"{MODEL}@step64", "--json", "--db", known_url).out)
    assert (told["revision"], told["observations"]) == ("step64", 1)
    assert rows(known_url)["manifest"] == 0
    on("populate", tmp_path / "step64", step=64, code=0)
    on("verify", tmp_path / "step64", step=64, code=0)
    assert catalog("audit", MODEL, "--db", known_url).code == 0
    assert wrong_record.repository.branches


def test_accepted_changes_mend_it_too(wrong_record, on, catalog, known_url, checkpoint):
    """The right bytes as a newer record are the other way out."""
    on("populate", checkpoint(64), step=64, code=1)
    on("populate", checkpoint(64, name="x"), "--accept-changes", step=64, code=0)
    on("verify", checkpoint(64, name="y"), step=64, code=0)
    assert catalog("audit", MODEL, "--db", known_url).code == 0
    assert wrong_record.repository.branches


@pytest.mark.parametrize(
    ("ref", "code", "says"),
    [
        (f"{MODEL}@step8", 3, f"nothing is on record of {MODEL}@step8"),
        (MODEL, 3, "was never observed"),
        ("qwertz@step1", 2, "unknown model"),
    ],
)
def test_nothing_to_forget(catalog, known_url, ref, code, says):
    """No record, no checkpoint, no model: one line, and its code."""
    ran = catalog("forget", ref, "--db", known_url)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err


def test_what_two_records_share_stays(on, catalog, known_url, checkpoint):
    """step0's and step1's records are of one manifest: forgetting one leaves the other."""
    for step in (0, 1):
        on("populate", checkpoint(step), step=step, code=0)
    ran = catalog("forget", f"{MODEL}@step0", "--db", known_url)
    assert ran.out.startswith(f"{MODEL}@step0: forgot 1 record, the last of 20")
    assert (rows(known_url)["observation"], rows(known_url)["manifest"]) == (1, 1)
    on("verify", checkpoint(1, name="x"), step=1, code=0)
