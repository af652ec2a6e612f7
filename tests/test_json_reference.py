"""docs/reference/json.md is true: every documented key is printed, every printed key documented."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import planted
import pytest
from hub_standin import Hub, asked_by_this_process
from inventories import Inventory

from catalog.core import packs
from catalog.verbs import runs
from catalog.verbs.selecting import Selected

PAGE = (Path(__file__).parent.parent / "docs/reference/json.md").read_text()
PRINTS_NOTHING = {"catalog run"}  # another program takes its place
# Whatever a command prints at all, in one or two calls; {run} is the trained trajectory.
CALLS = {
    "catalog name": ["name pythia-1.3b 350m qwertz pythia-70m@step1000 --on 2022-12-01"],
    "catalog at": ["at 300B pythia-70m"],
    "catalog ls": ["ls --size 70M"],
    "catalog facts": ["facts layers pythia-70m --sources", "facts"],
    "catalog tag": ["tag pythia-70m mine"],
    "catalog show MODEL": ["show pythia-2.8b"],
    "catalog show MODEL@REVISION": ["show topics-183k@step8", "show pythia-2.8b@step3000"],
    "catalog show MODEL@REVISION --code LIBRARY": [
        "show pythia-1b@step3000 --code hf",
        "show pythia-2.8b@step3000 --code transformers",
    ],
    "catalog hash": ["hash {run}/step8 --tensors", "hash {run}/step16"],
    "catalog compare": ["compare {run}/step8 {run}/step16"],
    "catalog populate": ["populate --as topics-183k@step16 {run}/step16"],
    "catalog populate --dry-run": [
        "populate --dry-run {run}/step16 --as topics-183k@step16 --engine slurm"
    ],
    "catalog verify": [
        "verify --as topics-183k@step8 {run}/step8 --level forward",
        "verify {folder}/pinned.json {folder}",
    ],
    "catalog jobs": ["jobs --logs {folder}/logs"],
    "catalog attest verify": [
        "attest verify {folder}/signed.jsonl {run}/step8 {run}/step16 --allow-unsigned"
    ],
    "catalog export sbom": [
        "export sbom pythia-2.8b@step3000 -o {folder}/bill.json",
        "export sbom {folder}/pinned.json -o {folder}/pinned-bill.json",
    ],
    "catalog evals import": ["evals import {scores} {table}"],
    "catalog evals pack": ["evals pack {scores} {none} -o {folder}/packed.jsonl.xz"],
    "catalog evals move": ["evals move {moved} --as pythia-70m@step4000"],
    "catalog evals remove": ["evals remove {removed}"],
    "catalog evals tasks": ["evals tasks pythia-1b"],
    "catalog evals plot": [
        "evals plot pythia-160m --task piqa",
        "evals plot pythia-160m --task piqa --over steps",
        "evals plot pythia --task piqa --over params",
    ],
    "catalog evals show": ["evals show pythia-70m@step1000 --task piqa"],
    "catalog evals compare": ["evals compare pythia-70m pythia-160m --task piqa"],
    "catalog suites ls": ["suites ls"],
    "catalog suites add": ["suites add {run}/suite.toml"],
    "catalog init": ["init"],
    "catalog db current": ["db current"],
    "catalog db check": ["db check"],
    "catalog db upgrade": ["db upgrade"],
    "catalog db copy": ["db copy {url} {folder}/copy.db"],
    "catalog advisories": ["advisories"],
    "catalog sync": ["sync --from-file {seen} --observed-at 2026-09-01"],
    "catalog audit": ["audit pythia-2.8b", "audit {repo} --probe"],
    "catalog watch": ["watch {repo}"],
    "catalog which": ["which ab496f1c3fd79e3c749a9d5414136a2c8e4224f94eecb261970315cdb0f813fe"],
    "catalog log": ["log pythia-70m"],
    "catalog lock": ["lock {repo}@step64 -o {folder}/lock.json"],
    "catalog cite": ["cite pythia-2.8b@step3000", "cite {folder}/pinned.json"],
    "catalog scan": ["scan {study}", "scan {none}"],
    "catalog diff": ["diff {hub} {hub} {repo}"],
    "catalog forget": ["forget topics-183k@step32", "forget EleutherAI/pythia-12b"],
    "catalog export records": ["export records --as Lab -o {folder}/records.xz"],
    "catalog import records": ["import records {folder}/own.xz {folder}/others.xz"],
    "catalog pull": ["pull {repo}@step64 --to {folder}/pulled"],
}
# A section that adds to another, or whose items are another's.
EXTENDS = {
    "catalog show MODEL": ("catalog ls", "[]."),
    "catalog show MODEL@REVISION": ("catalog show MODEL", ""),
}
# Facts that the sources of one model need not have.
OPTIONAL = {"facts[].source.url", "facts[].source.commit", "facts[].source.digest"}


def documented(command: str) -> set[str]:
    """Return the keys in the table of a command, those it extends among them."""
    (section,) = re.findall(
        rf"^## `{re.escape(command)} --json`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
    keys = set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))
    if command in EXTENDS:
        base, prefix = EXTENDS[command]
        keys |= {key.removeprefix(prefix) for key in documented(base)}
    return keys


def printed(value: object, prefix: str = "") -> Iterator[str]:
    """Yield the path of every key in a document, and of every list item that is no object."""
    if isinstance(value, list):
        for item in value:
            yield from printed(item, f"{prefix}[]")
    elif isinstance(value, dict):
        for key, item in value.items():
            path = f"{prefix}.{key}" if prefix else key
            yield path
            yield from printed(item, path)


def covers(key: str, path: str) -> bool:
    """Return whether a documented key speaks of a printed path: itself, a parent, free keys."""
    if key.endswith(("{}", "[]")):
        key = key.removesuffix("{}").removesuffix("[]")
        return path == key or path.startswith((f"{key}.", f"{key}[]"))
    return path == key or key.startswith((f"{path}.", f"{path}[]"))


def shown(key: str) -> str:
    """Return the path that must be printed for a documented key."""
    return key.removesuffix("{}").removesuffix("[]")


def test_every_command_with_json_is_documented():
    """Every command that takes --json has a section, and no other has one."""
    from docs import build

    with_json = {
        " ".join(path) for path in build.command_paths() if "--json" in build.help_of(path)
    }
    sections = set(re.findall(r"^## `catalog (.*?) --json`", PAGE, re.MULTILINE))
    assert {re.sub(r" (MODEL|--dry-run).*", "", name) for name in sections} == with_json
    assert {f"catalog {name}" for name in sections} - PRINTS_NOTHING == set(CALLS)


def test_every_command_says_what_its_rows_are():
    """The table of the other formats has each command that takes --format once."""
    from docs import build

    (section,) = re.findall(r"^## The other formats\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    listed = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    with_rows = [" ".join(path) for path in build.command_paths() if "--csv" in build.help_of(path)]
    assert sorted(listed) == sorted(with_rows)


@pytest.fixture(scope="module")
def hub(trajectory):
    """Let this process ask a stand-in that publishes two steps of the run in two formats."""
    with Hub() as made, pytest.MonkeyPatch.context() as patch:
        repository = made.add(planted.REPO)
        for step in (8, 64):
            files = {"config.json": (trajectory / f"step{step}" / "config.json").read_bytes()}
            for form in ("single", "bin"):
                files |= planted.copy_of(planted.REPO, step, form)
            # What a probe has to tell apart: the .bin of another step, which has none itself.
            if step == 64:
                files |= planted.copy_of(planted.REPO, 32, "bin")
            repository.commit(f"step{step}", files)
        with asked_by_this_process(made, patch):
            yield made


def others(own):
    """Return records that contradict some, and speak of a model that no suite here has."""
    records = list(packs.unpacked(own, "own").records)
    first, last = (record for record in records if record["kind"] == "observation")
    records.append(first | {"manifest": last["manifest"], "by": "Other"})
    records.append(first | {"model": "nobodys-1m", "by": "Other"})
    return packs.packed(records, "Other")[0]


def begun(logs):
    """Keep a run of a cluster's in a folder, and what is left of one that is over."""
    target = Selected("step8", "topics-183k@step8")
    run = runs.Run(logs / "populate-1", "populate", (target,), {}, "catalog.db", False, "/")  # noqa: FBT003
    run.began()
    run.submitted(["17_0"], [[0]])
    (logs / "verify-2").mkdir()
    (logs / "verify-2" / "18_0_0_log.out").touch()


@pytest.fixture(scope="module")
def prepared(hub, trajectory, templates, tmp_path_factory):
    """Return a database that holds a little of everything, and what the calls' braces stand for."""
    from cli.main import main

    folder = tmp_path_factory.mktemp("json")
    scores = folder / "pythia-v1/pythia-70m/zero-shot/70m_step1000.json"
    scores.parent.mkdir(parents=True)
    found = {"lambada_openai": {"acc": 0.25, "acc_stderr": 0.01}}
    asked = "pretrained=EleutherAI/pythia-160m,revision=step1000"
    config = {"model": "hf-causal", "model_args": asked}
    scores.write_text(json.dumps({"results": found, "versions": {}, "config": config}))
    table = folder / "scores.csv"
    table.write_text(
        "model,checkpoint,task,fewshot,acc,acc_stderr\n"
        "EleutherAI/pythia-70m,1000,piqa,0,0.5,0.01\n"
        "EleutherAI/pythia-70m,2000,piqa,0,0.6,0.01\n"
    )
    moved, removed = folder / "moved.csv", folder / "removed.csv"
    for step, own in ((5000, moved), (6000, removed)):
        own.write_text(f"model,step,task,acc\nEleutherAI/pythia-70m,{step},piqa,0.5\n")
    none = folder / "none"
    none.mkdir()
    study = folder / "study"
    study.mkdir()
    (study / "a.py").write_text('load("EleutherAI/pythia-2.8b", revision="step1000")\n')
    (study / "b.py").write_text('print "x"\nload("pythia-1.3b")\n')
    (study / "c.py").write_bytes(b"pythia-70m\0")
    before = Inventory().clean("EleutherAI/pythia-70m")
    seen = (
        Inventory()
        .clean("EleutherAI/pythia-70m")
        .branch("EleutherAI/pythia-70m", "step1", {"model.safetensors": "repaired"})
    )
    with templates.copy("sqlite", "facts", folder) as url:
        for line in (
            f"sync --from-file {before.write(folder)}",
            f"sync --from-file {seen.write(folder)} --observed-at 2026-08-01",
            f"sync {' '.join(hub.repositories)}",
            f"suites add {trajectory}/suite.toml",
            f"evals import {moved} {removed}",
            f"populate --as topics-183k@step8 {trajectory}/step8",
            f"populate --as topics-183k@step32 {trajectory}/step32",
            f"verify --as topics-183k@step8 {trajectory}/step8 --attest {folder}/signed.jsonl",
            f"lock {planted.REPO}@step64 -o {folder}/pinned.json",
            f"export records --as Lab -o {folder}/own.xz",
        ):
            with pytest.raises(SystemExit) as left:
                main([*line.split(), "--db", url])
            assert left.value.code in (0, None)
        begun(folder / "logs")
        (folder / "others.xz").write_bytes(others((folder / "own.xz").read_bytes()))
        yield (
            url,
            {
                "url": url,
                "run": trajectory,
                "scores": scores,
                "table": table,
                "moved": moved,
                "removed": removed,
                "none": none,
                "study": study,
                "seen": seen.write(folder),
                "repo": planted.REPO,
                "hub": hub.url,
                "folder": folder,
            },
        )


@pytest.mark.parametrize("command", CALLS)
def test_json_is_as_documented(command, prepared, catalog):
    """What a command prints under --json has the documented keys and no others."""
    url, places = prepared
    paths: set[str] = set()
    for call in CALLS[command]:
        words = [word.format(**places) for word in call.split()]
        database = [] if words[0] == "hash" or words[1:2] == ["copy"] else ["--db", url]
        paths |= set(printed(json.loads(catalog(*words, "--json", *database).out)))
    keys = documented(command)
    assert [path for path in sorted(paths) if not any(covers(key, path) for key in keys)] == []
    assert [key for key in sorted(keys - OPTIONAL) if shown(key) not in paths] == []


@pytest.mark.parametrize("words", ["name --nope", "show nope", "verify nope@step1", "hash nope"])
def test_errors_are_json(words, prepared, catalog):
    """A failure under --json is the documented object on standard output."""
    url, _ = prepared
    database = [] if words.startswith("hash") else ["--db", url]
    ran = catalog(*words.split(), "--json", *database)
    assert ran.code == 2
    assert set(printed(json.loads(ran.out))) == {
        "error",
        "error.kind",
        "error.message",
        "error.hint",
    }
