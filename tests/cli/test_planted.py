"""Planted defects are found, each with the right verdict, and clean runs give no finding.

The whole measurement, which docs/explanation/branch-verdicts.md reports, is slow:
`pytest -m slow -s tests/cli/test_planted.py` prints its table.
"""

import json
import random
from collections import Counter

import planted
import pytest
from hub_standin import Hub, asked_by_this_process

SEVERE = ("error", "warning")


@pytest.fixture
def audit(catalog, templates, tmp_path, monkeypatch):
    """Return a function that publishes a run on a stand-in, syncs it and audits it."""
    suite = planted.suite_file(tmp_path)

    def run(one):
        with Hub() as hub, asked_by_this_process(hub, monkeypatch):
            repositories = {name: hub.add(name) for name in (planted.REPO, planted.SIBLING)}
            one.publish(repositories)
            with templates.copy("sqlite", "empty", tmp_path) as url:
                assert catalog("suites", "add", suite, "--db", url).code == 0
                synced = catalog("sync", planted.REPO, planted.SIBLING, "--db", url)
                assert synced.code == 0, synced.err
                ran = catalog("audit", "--json", "--db", url)
        return ran.code, json.loads(ran.out)

    return run


def is_found(defect, code, told):
    """Return whether an audit says what it must of a defect."""
    verdicts = {
        branch["revision"]: branch["verdict"]
        for branch in told["branches"]
        if branch["repo_id"] == planted.REPO
    }
    made = {(one["rule"], one["revision"]) for one in told["findings"] if one["severity"] in SEVERE}
    accused = {revision for _, revision in made}
    return code == 1 and all(
        verdicts.get(branch) in defect.verdicts
        and (branch in accused if defect.rule is None else (defect.rule, branch) in made)
        for branch in defect.branches
    )


def false_alarms(told):
    """Return findings that say something is wrong."""
    return [one for one in told["findings"] if one["severity"] in SEVERE]


@pytest.mark.parametrize("kind", planted.KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_is_found(audit, kind):
    """One of each kind, in a layout drawn by chance, gets its verdict and exit code 1."""
    draw = random.Random(kind.__name__)  # noqa: S311 - reproducible on purpose
    layout = draw.choice(planted.KINDS[kind])
    run = planted.clean(draw, planted.LAYOUTS[layout])
    defect = kind(run)
    code, told = audit(run)
    assert is_found(defect, code, told), (layout, defect, told["findings"])


@pytest.mark.parametrize("layout", planted.LAYOUTS)
def test_a_clean_run_gives_no_finding(audit, layout):
    """Nothing is wrong with a run that is as it should be: exit 0, no error and no warning."""
    draw = random.Random(layout)  # noqa: S311
    code, told = audit(planted.clean(draw, planted.LAYOUTS[layout]))
    assert (code, false_alarms(told)) == (0, [])


@pytest.mark.slow
def test_rates(audit, capsys):
    """At least 1,000 defects, 50 and more of each kind, several seeds: all found, none invented."""
    found: Counter[str] = Counter()
    planted_: Counter[str] = Counter()
    missed, alarms = [], []
    for kind, layouts in planted.KINDS.items():
        for number in range(60):
            draw = random.Random(f"{kind.__name__} {number}")  # noqa: S311
            layout = layouts[number % len(layouts)]
            run = planted.clean(draw, planted.LAYOUTS[layout])
            defect = kind(run)
            code, told = audit(run)
            planted_[kind.__name__] += 1
            if is_found(defect, code, told):
                found[kind.__name__] += 1
            else:
                missed.append((kind.__name__, number, layout, defect))
    clean = 0
    for number in range(200):
        layout = list(planted.LAYOUTS)[number % len(planted.LAYOUTS)]
        draw = random.Random(f"clean {number}")  # noqa: S311
        code, told = audit(planted.clean(draw, planted.LAYOUTS[layout]))
        clean += 1
        alarms += [(number, layout, one) for one in false_alarms(told)] + [number] * bool(code)
    table = [
        f"{kind.__name__:20} {planted_[kind.__name__]:4} planted {found[kind.__name__]:4} found"
        for kind in planted.KINDS
    ]
    table.append(f"{planted_.total()} planted, {found.total()} found")
    table.append(f"{clean} clean runs, {len(alarms)} false alarms")
    with capsys.disabled():
        print("", *table, sep="\n")  # noqa: T201
    assert missed == []
    assert alarms == []
