"""Writes what the documentation takes from the program: the command reference, example output.

In a page, a fenced block marked `console` is an example: each line after `$ ` is run by a shell,
and what follows is what it prints, where a line `...` stands for any lines and `…` for any text. A
picture of `docs/pictures` that a page shows is made by one of its commands, which writes a file of
that name. A block marked `toml FILE`, `json FILE` or `python FILE` is that file. `make docs` puts
the present output in, also in notebooks; the tests run the same code and compare. It judges no
prose.

    python docs/build.py        rewrite the generated pages and every example
"""

import contextlib
import inspect
import io
import os
import re
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
REFERENCE = CHECKOUT / "docs" / "reference"
PICTURES = CHECKOUT / "docs" / "pictures"
ANY_LINES = "..."
TRAJECTORY = ".cache/trajectory"

COMMANDS = """# Commands

Written by `make docs` from the commands themselves; the tests compare.

| exit code | means |
| --- | --- |
| 0 | checked and good |
| 1 | checked and bad: broken files, a mismatch, or nothing found where one was asked for |
| 2 | asked wrongly: syntax, an unknown or ambiguous name |
| 3 | could not check: no record, permission, a locked database, an old schema, a missing extra |
| 70 | a bug of ours: please report what `--debug` (or `CATALOG_DEBUG=1`) prints |
| 130 | interrupted; the same command goes on where it stopped |

With several inputs the gravest wins: 1, then 3, then 2.
"""

FACTS = """# Facts

Written by `make docs` from `catalog/core/facts.py`.

A fact is what one source says about one key of one model. Sources that differ about the same run
are a conflict, and `catalog show` prints both values with their sources. The value that the
catalog works with is that of the source kind named first here; of two sources of one kind, the
later.

{kinds}

A suite file may use these keys and no others:

| key | type | unit | meaning |
| --- | --- | --- | --- |
{keys}

[`catalog ls --where` and `catalog facts`](../how-to/choose-models.md) take these too:

| key | type | unit | meaning |
| --- | --- | --- | --- |
{fields}
"""

SUITES = """# Suite files

Written by `make docs` from `catalog/core/suites`. `catalog suites add FILE` reads such a file; one
with a mistake is refused whole, with the line that is wrong. [Facts](facts.md) lists the keys of
`values` and the kinds of source.

{text}"""


def pages() -> list[Path]:
    """Return every page written by hand, README first."""
    found = sorted((CHECKOUT / "docs").rglob("*.md"))
    by_hand = (page for page in found if page not in generated())
    return [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *by_hand]


def generated() -> dict[Path, Callable[[], str]]:
    """Return what writes each generated page."""
    return {
        REFERENCE / "commands.md": commands,
        REFERENCE / "facts.md": facts,
        REFERENCE / "python.md": python,
        REFERENCE / "suite-files.md": suite_files,
    }


# The command reference -------------------------------------------------------------------------


def command_paths() -> list[tuple[str, ...]]:
    """Return every command as the words that call it, groups before their commands."""
    from cli.main import assemble

    app = assemble()
    paths: list[tuple[str, ...]] = [(command.name,) for command in app.registered_commands]
    for group in app.registered_groups:
        paths.append((group.name,))
        # A command in a group may go by its function's name.
        commands = group.typer_instance.registered_commands
        paths += [(group.name, each.name or each.callback.__name__) for each in commands]
    return paths


def help_of(path: tuple[str, ...]) -> str:
    """Return what `catalog PATH --help` prints."""
    from cli.main import main

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main([*path, "--help"])
    return said.getvalue().rstrip()


def commands() -> str:
    """Return the page docs/reference/commands.md."""
    from docs.shell import WIDTH

    os.environ["COLUMNS"] = WIDTH
    sections = [
        f"## `{' '.join(('catalog', *path))}`\n\n```text\n{help_of(path)}\n```\n"
        for path in [(), *command_paths()]
    ]
    return "\n".join((COMMANDS, *sections))


def facts() -> str:
    """Return the page docs/reference/facts.md."""
    from catalog.core.conditions import FIELDS
    from catalog.core.facts import KEYS, PRECEDENCE

    ranked = sorted(PRECEDENCE, key=PRECEDENCE.__getitem__)
    rows, others = (
        [f"| `{name}` | {key.kind} | {key.unit} | {key.meaning} |" for name, key in keys.items()]
        for keys in (KEYS, FIELDS)
    )
    kinds = "\n".join(f"{rank}. `{kind}`" for rank, kind in enumerate(ranked, 1))
    return FACTS.format(kinds=kinds, keys="\n".join(rows), fields="\n".join(others))


def python() -> str:
    """Return the page docs/reference/python.md."""
    from docs import python_page

    return python_page.page()


def suite_files() -> str:
    """Return the page docs/reference/suite-files.md: the form as its parser's docstring has it."""
    from catalog.core import suites

    _, _, form = inspect.cleandoc(suites.__doc__).partition("\n\n")
    _, _, form = form.partition("\n\n")
    blocks = re.sub(
        r"(?<=::\n\n)((?:    .*\n|\n)+)",
        lambda match: f"```toml\n{textwrap.dedent(match[1]).rstrip()}\n```\n\n",
        form + "\n",
    )
    return SUITES.format(text=blocks.replace("::\n", ":\n"))


# Examples --------------------------------------------------------------------------------------


FENCED = re.compile(
    r"^```(console|(?:json|python|toml) (\S+))\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Example:
    """One command of a page and what the page says it prints."""

    command: str
    expected: tuple[str, ...]


class Page:
    """A page, whose examples are run in order.

    Args:
        text: Markdown.
        shell: runs one command and returns the lines that it prints.
        folder: where the page's files go and its commands run.
    """

    def __init__(self, text: str, shell: Callable[[str], list[str]], folder: Path) -> None:
        self.text = text
        self.wrong: list[str] = []
        self._shell = shell
        self._folder = folder

    def run(self) -> str:
        """Return the page with the present output, and remember in `wrong` what it had wrong."""
        if TRAJECTORY in self.text:
            link_trajectory(self._folder)
        return FENCED.sub(self._block, self.text)

    def _block(self, match: re.Match[str]) -> str:
        if match[2]:
            (self._folder / match[2]).write_text(match[3])
            return match[0]
        return "\n".join(("```console", *self._answers(match[3]), "```"))

    def _answers(self, block: str) -> Iterator[str]:
        for example in examples_in(block):
            printed = self._shell(example.command)
            yield f"$ {example.command}"
            if agrees(example.expected, printed):
                yield from example.expected
            else:
                self.wrong.append("\n".join((f"$ {example.command}", *printed)))
                yield from printed


def pictures_of(text: str, folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each picture that a page shows, and the one that its commands made in a folder."""
    for name in re.findall(r"!\[[^]]*\]\((?:\.\./)*pictures/([^)]+)\)", text):
        yield PICTURES / name, folder / name


def link_trajectory(folder: Path) -> None:
    """Give a page's folder the small training run that `make run` makes, trained if need be."""
    from tests.support import trajectory

    link = folder / TRAJECTORY
    link.parent.mkdir()
    link.symlink_to(trajectory.cached())


def examples_in(block: str) -> Iterator[Example]:
    """Split a console block at its prompts; a command may go on after a backslash."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.rstrip("\n").split("\n")
        end = next(i for i, line in enumerate(lines) if not line.endswith("\\")) + 1
        yield Example("\n".join(lines[:end]), tuple(lines[end:]))


def agrees(expected: tuple[str, ...], printed: list[str]) -> bool:
    """Return whether output is as shown; a line `...` stands for any lines."""
    parts = [
        ".*" if line.strip() == ANY_LINES else re.escape(line).replace(re.escape("…"), ".*")
        for line in expected
    ]
    pattern = "".join(f"(?:{part}\n)" if part != ".*" else "(?s:.*)" for part in parts)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


def main() -> None:
    """Rewrite the generated pages and every example in place."""
    from docs import notebook
    from docs.shell import Shell

    for page, write in generated().items():
        page.write_text(write())
    for page in pages():
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            shell = Shell(folder, folder / "catalog.db")
            text = page.read_text()
            if "```console" in text:
                shell("catalog init")
                page.write_text(Page(text, shell, folder).run())
                for shown, made in pictures_of(text, folder):
                    shown.write_bytes(made.read_bytes())
    for page in notebook.pages():
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            Shell(folder, folder / "catalog.db")("catalog init")
            made_anew = notebook.run(page, folder, folder / "catalog.db")
            page.write_text(notebook.text_of(made_anew))


if __name__ == "__main__":
    sys.path.insert(0, str(CHECKOUT))
    main()
