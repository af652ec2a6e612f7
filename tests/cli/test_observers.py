"""Two observers contradict one another: every command that speaks of the checkpoint says so."""

import json

import pytest
import sqlalchemy as sa
from inventories import Inventory
from recorded import MODEL, rows
from sql_rows import connected
from trajectory import REPO_ID

from catalog.sql import tables

REF = f"{MODEL}@step512"


@pytest.fixture
def db(known_url, catalog):
    """Return a function that runs a command on the known database."""

    def run(*words, code=None):
        ran = catalog(*words, "--db", known_url)
        assert code in (None, ran.code), ran.out + ran.err
        return ran

    return run


@pytest.fixture
def two(on, known_url, checkpoint):
    """Return a function that records step 512 as two observers see it.

    Lab A's words are those of this catalog, changed: what else it takes to hand them on is shown by
    `test_sharing`.
    """
    folder = checkpoint()
    on("populate", folder, "--level", "weights", code=0)

    def make(**changes):
        with connected(known_url) as connection:
            for name, values in changes.items():
                table = tables.metadata.tables[name]
                row = connection.execute(sa.select(table).order_by(table.c.id)).first()._asdict()
                row |= {"id": None, "observer": "Lab A"} | values
                del row["id"]
                connection.execute(sa.insert(table).values(**row))
            connection.commit()
        return folder

    return make


def failing(ran):
    """Return the checks of a verification that failed."""
    (told,) = json.loads(ran.out)
    return [each["rule"] for each in told["checks"] if each["verdict"] == "failed"]


def test_both_refuse_what_observers_contradict(on, two, checkpoint, known_url):
    """Other bytes of one checkpoint: `verify` fails at every level, `populate` refuses; no row."""
    folder = two()
    on("populate", checkpoint(256, name="other"), "--accept-changes", "--level", "files", code=0)
    with connected(known_url) as connection:
        seen = tables.observation
        newest = sa.select(sa.func.max(seen.c.id)).scalar_subquery()
        connection.execute(sa.update(seen).where(seen.c.id == newest).values(observer="Lab A"))
        connection.commit()
    for level in ("metadata", "files", "weights"):
        ran = on("verify", folder, "--level", level, "--json", code=1)
        assert failing(ran) == ["observers"]
        assert any("--by NAME" in note for note in json.loads(ran.out)[0]["notes"])
    before = rows(known_url)
    refused = on("populate", folder, "--level", "weights", "--trust-stat", "--json", code=1)
    (told,) = json.loads(refused.out)
    assert (told["status"], "Lab A" in told["problems"][0]) == ("refused", True)
    assert rows(known_url) == before


def test_accepting_what_the_other_has_settles_it(on, two, checkpoint, known_url):
    """Read once more, the keeper's newest word is the other's: then nothing is left to say."""
    two()
    other = checkpoint(256, name="other")
    on("populate", other, "--accept-changes", "--level", "weights", code=0)
    with connected(known_url) as connection:
        connection.execute(sa.update(tables.observation).values(observer=None))
        first = sa.select(sa.func.min(tables.observation.c.id)).scalar_subquery()
        mine = tables.observation.c.id == first
        connection.execute(sa.update(tables.observation).where(mine).values(observer="Lab A"))
        connection.commit()
    on("verify", other, code=1)
    right = checkpoint(512, name="right")
    on("populate", right, "--level", "weights", code=1)
    on("populate", right, "--level", "weights", "--accept-changes", code=0)
    on("verify", right, "--level", "weights", code=0)


def test_a_verdict_of_somebody_else(on, two, db, known_url, tmp_path):
    """Their failed against our passed is a finding everywhere; forgetting one side closes it."""
    folder = two()
    on("verify", folder, code=0)
    checks = [{"name": "files", "verdict": "failed", "expected": None, "observed": "x"}]
    two(verification={"verdict": "failed", "checks": json.dumps(checks)})
    assert failing(on("verify", folder, "--json", code=1)) == ["observers"]
    assert failing(on("verify", folder, "--json", code=1)) == ["observers"]
    on("verify", folder, "--level", "weights", code=1)
    on("populate", folder, "--level", "weights", code=1)
    shown = json.loads(db("show", REF, "--json").out)
    (said,) = shown["disagreements"]
    assert "Lab A" in said
    assert said in shown["weights"]["contradictions"]
    found = json.loads(db("audit", MODEL, "--json", code=1).out)["findings"]
    assert [each["rule"] for each in found] == ["observers-disagree"]  # though nobody ever looked
    db("sync", "--from-file", Inventory().clean(REPO_ID, steps=(256, 512)).write(tmp_path), code=0)
    found = json.loads(db("audit", MODEL, "--json", code=1).out)["findings"]
    assert "observers-disagree" in [each["rule"] for each in found]
    taken = json.loads(db("forget", REF, "--by", "Lab A", "--json", code=0).out)
    assert (taken["observations"], taken["verifications"], taken["by"]) == (0, 1, "Lab A")
    found = json.loads(db("audit", MODEL, "--json").out)["findings"]
    assert "observers-disagree" not in [each["rule"] for each in found]
    with connected(known_url) as connection:
        finding = tables.finding.c
        asked = sa.select(finding.closed_at).where(finding.rule == "observers-disagree")
        assert connection.execute(asked).scalar_one() is not None
    assert json.loads(db("show", REF, "--json").out)["disagreements"] == []


def test_ones_own_verdict_goes_with_ones_record(on, two, db):
    """A verdict that rests on a record which was taken back says nothing any more."""
    folder = two()
    on("verify", folder, code=0)
    two(observation={}, verification={})
    on("verify", folder, code=0)
    assert json.loads(db("forget", REF, "--own", "--json", code=0).out)["observations"] == 1
    on("verify", folder, code=0)
    assert db("forget", REF, "--own").code == 3
    assert db("forget", REF, "--by", "Lab A", "--own").code == 2


def test_what_somebody_else_saw_it_compute(on, two, db, known_url):
    """Another loss of the same values, beyond the tolerance: both commands say it, no row comes."""
    folder = two()
    on("populate", folder, code=0)
    with connected(known_url) as connection:
        document = connection.execute(sa.select(tables.fingerprint.c.document)).scalar_one()
    changed = json.loads(document)
    changed["readings"][0]["nll"] += 0.5
    two(fingerprint={"document": json.dumps(changed)})
    ran = on("verify", folder, "--json", code=1)
    assert failing(ran) == ["observers"]
    assert "times the tolerance" in ran.out
    assert "times the tolerance" in on("populate", folder, code=1).out
    assert json.loads(db("forget", REF, "--by", "Lab A", "--json").out)["fingerprints"] == 1
    on("verify", folder, "--level", "forward", code=0)
    two(fingerprint={"document": json.dumps(changed)})
    with connected(known_url) as connection:
        mine = tables.fingerprint.c.observer.is_(None)
        connection.execute(sa.delete(tables.fingerprint).where(mine))
        connection.commit()
    before = rows(known_url)
    told = on("populate", folder, "--dtype", "bfloat16", "--json", code=1)
    assert json.loads(told.out)[0]["status"] == "refused"
    assert rows(known_url) == before


def test_nobody_else_speaks(on, two):
    """Where only this catalog's keeper observed, nothing is added to a verification."""
    folder = two()
    ran = on("verify", folder, "--level", "weights", "--json", code=0)
    assert "observers" not in [each["rule"] for each in json.loads(ran.out)[0]["checks"]]
