"""The documentation is true: its commands exist, its examples print what it shows."""

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import Templates

from docs import build
from docs.shell import Shell, needs_a_shell

CHECKOUT = Path(__file__).parent.parent
PAGES = {str(page.relative_to(CHECKOUT)): page for page in build.pages()}
TOLD = {name: page.read_text() for name, page in PAGES.items()}
GROUPS = {path[0] for path in build.command_paths() if len(path) == 2}


def mentioned(text: str) -> Iterator[list[str]]:
    """Yield the words of each `catalog …` command in a page's code, prompts and pipes apart."""
    fenced = re.findall(r"^```\w+\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    inline = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    lines = itertools.chain(*(block.replace("\\\n", " ").splitlines() for block in fenced), inline)
    for line in lines:
        # A command starts a line, or follows a prompt, a pipe or a separator.
        for found in re.findall(r"(?:^|[$|;&] ?)catalog(?: ([^|;&>#]*))?(?=$|[|;&>#])", line):
            yield found.split()


def command_of(words: list[str]) -> tuple[str, ...]:
    """Return the command that these words call, as far as it goes."""
    return tuple(words[: 2 if words[:1] and words[0] in GROUPS else 1])


@pytest.mark.parametrize("page", build.generated(), ids=lambda page: page.name)
def test_generated_pages_are_current(page: Path) -> None:
    """What docs/reference/ takes from the program is what `make docs` writes today."""
    assert page.read_text() == build.generated()[page](), "run `make docs`"


@pytest.mark.parametrize("path", build.command_paths(), ids=" ".join)
def test_every_command_is_explained(path: tuple[str, ...]) -> None:
    """Each command has a sentence, and each option of it has one too."""
    said = build.help_of(path)
    summary = said.split("\n\n")[1].strip()
    assert summary.endswith("."), summary
    bare = re.findall(r"^  (?:-\w, )?--[\w-]+(?: [^\s]+)*$\n(?!\s{8,})", said, flags=re.MULTILINE)
    assert not bare


@pytest.mark.parametrize("name", PAGES)
def test_every_documented_command_exists(name: str) -> None:
    """Commands and options that a page names are there."""
    known = set(build.command_paths())
    for words in mentioned(TOLD[name]):
        if not words or words[0].startswith("-"):
            continue
        path = command_of(words)
        assert path in known or (path[0] in GROUPS and len(path) == 1), " ".join(words)
        options = [word.partition("=")[0] for word in words if word.startswith("--")]
        assert all(option in build.help_of(path) for option in options), " ".join(words)


@pytest.mark.parametrize("name", [name for name, text in TOLD.items() if "```console" in text])
def test_examples_print_what_is_shown(name: str, templates: Templates, tmp_path: Path) -> None:
    """Each example of a page, run in order, prints what the page says."""
    with templates.copy("sqlite", "facts", tmp_path) as url:
        folder = tmp_path / "page"
        shell = Shell(folder, Path(url.removeprefix("sqlite:///")))
        page = build.Page(TOLD[name], shell, folder)
        page.run()
    assert not page.wrong, "run `make docs`"
    for shown, made in build.pictures_of(TOLD[name], folder):
        assert shown.read_bytes() == made.read_bytes(), f"{shown.name}: run `make docs`"


@pytest.mark.parametrize(
    "command",
    [
        "catalog at 300B pythia-70m",
        "catalog at 50% \\\n  pythia-70m",
        'catalog show pythia-70b --json; echo "exit code $?"',
        'catalog name "Pythia 1.3B deduped v0" 350m',
        "catalog ls --size 1.4B 2> words.txt; echo exit code $?",
        "catalog ls '*350m*' -q 2>/dev/null > models.txt; echo exit code $?",
        "catalog show 'pythia-70b' 2> /dev/null",
        "catalog name pythia-19? doc[s] *ests",
        "catalog ls --size 1.4B --csv | cut -d, -f1-3",
    ],
)
def test_without_a_shell_the_same_is_printed(
    templates: Templates, tmp_path: Path, command: str
) -> None:
    """Where no shell is needed this process prints the same lines, in the same order."""
    with templates.copy("sqlite", "facts", tmp_path) as url:
        shell = Shell(tmp_path / "page", Path(url.removeprefix("sqlite:///")))
        by_shell = [line.rstrip() for line in shell._by_shell(command).splitlines()]
        assert not needs_a_shell(command)
        assert shell(command) == by_shell


@pytest.mark.parametrize(
    "command",
    [
        "catalog show pythia-1b 2>&1 | tail -1",
        "printf 'pythia-19m\\n' | catalog name -",
        "catalog ls > models.txt && true",
        "catalog ls | head -1 > models.txt",
        "catalog ls | grep pythia",
        "catalog at --nope; true",
        'catalog at "$SIZE"',
        "catalog show 'pythia-'1b",
        "catalog hash ~/*",
        "cat catalog",
    ],
)
def test_a_shell_where_it_is_needed(command: str) -> None:
    """Pipes, quotes of other kinds, patterns, variables and other programs are a shell's work."""
    assert needs_a_shell(command)


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    """Every relative link of a page names a file that exists."""
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", TOLD[name]):
        if "://" not in target:
            assert (PAGES[name].parent / target).exists(), target


def test_every_page_is_reachable() -> None:
    """The README or the tutorial's index links to every page."""
    linked = {
        (PAGES[name].parent / target).resolve()
        for name, text in TOLD.items()
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    }
    assert {page.resolve() for page in [*PAGES.values(), *build.generated()]} - linked == {
        CHECKOUT / "README.md"
    }


@pytest.mark.parametrize(
    ("shown", "printed", "holds"),
    [
        (["a"], ["a"], True),
        (["a"], ["b"], False),
        (["a", "..."], ["a", "b", "c"], True),
        (["...", "c"], ["a", "b", "c"], True),
        (["a", "...", "d"], ["a", "b", "c"], False),
        ([], ["a"], False),
        (["a … c"], ["a b c"], True),
    ],
)
def test_comparison_of_examples(shown: list[str], printed: list[str], holds: bool) -> None:  # noqa: FBT001
    """A line `...` stands for any lines and `…` for any text; anything else is literal."""
    assert build.agrees(tuple(shown), printed) is holds


def test_make_help_names_every_target() -> None:
    """`make help` lists each target, those of the README among them."""
    listed = subprocess.run(
        ["make", "-s", "help", f"PYTHON={sys.executable}"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    makefile = (CHECKOUT / "Makefile").read_text()
    (targets,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert {line.split()[0] for line in listed.splitlines()} == set(targets.split())
    assert {"run", "test", "test-slow"} <= set(targets.split())
