"""A source of any kind, read for the models that it names.

Python and JSON by their syntax, shell, YAML, TOML, Markdown and LaTeX by patterns; notebooks cell
by cell, their outputs left out. What does not parse is read by patterns, and says so.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby, islice

from catalog.core import foreign
from catalog.core.mentions import blocks, mending, notebooks, prose, pruning, shell, text
from catalog.core.mentions.names import Recogniser
from catalog.core.mentions.syntax.calls import Finder
from catalog.core.mentions.values import Mention, Named, Read, Way, merged

UNPARSED = "it does not parse: it is read by patterns"
MOST_MENTIONS = 5_000
"""Of a source: people write a hundred."""
LONGEST_LINE = 20_000
"""Of a source that people write; what has longer ones was made by a program."""
_CALL_WINDOW = LONGEST_QUIET = 400
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*\{?\.?(?P<language>[\w+-]*)")
_SHELLS = ("sh", "bash", "shell", "console", "zsh", "shell-session", "terminal", "")
_HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_QUOTED = re.compile(r"[\"'](?P<text>[^\"'\n]{1,300})[\"']")
_HARNESS = ("results", "config")
_HARNESS_LINES = [re.compile(rf'^\s{{0,8}}"{key}": \{{$', re.MULTILINE) for key in _HARNESS]


def read(source: str, kind: str, names: Recogniser) -> Read:
    """Return what a source names.

    Args:
        source: its text.
        kind: the ending of its name, `.py`; one of `KINDS`.
        names: recognises models.
    """
    text_read = _KINDS[kind](source, names)
    mentions = merged([_named(mention) for mention in text_read.mentions])
    if len(mentions) < MOST_MENTIONS:
        return text_read._replace(mentions=mentions)
    note = f"it names models in more than {MOST_MENTIONS:,} places: only the first are told"
    return text_read._replace(mentions=mentions[:MOST_MENTIONS], notes=(*text_read.notes, note))


def _named(mention: Mention) -> Mention:
    """Return a mention whose revisions are names; of what is none, nobody can tell what it asks."""
    odd = [each for each in mention.named if each.revision and foreign.fault_of(each.revision)]
    if not odd:
        return mention
    named = tuple(each._replace(revision=None) if each in odd else each for each in mention.named)
    return mention._replace(named=named, untold="the revision is no name of a branch")


def _entries(source: str, names: Recogniser) -> Iterator[Mention]:
    return islice(blocks.mentions(source, names), MOST_MENTIONS)


# Python ----------------------------------------------------------------------------------------


def _python(source: str, names: Recogniser) -> Read:
    tree = mending.parsed(source, "exec")
    if tree is not None:
        return Read(tuple(Finder(tree, names).mentions()))
    kept, left_out = mending.mended(source)
    if (tree := mending.parsed(kept, "exec")) is None:
        return Read(tuple(_loosely(source, names)), (UNPARSED,))
    apart = _only(source, left_out)
    mentions = (*Finder(tree, names).mentions(), *_loosely(apart, names))
    return Read(mentions, (f"{UNPARSED}, {_numbered(left_out)}",))


def _only(source: str, numbers: list[int]) -> str:
    """Return a source in which all but some lines are empty."""
    kept = set(numbers)
    return "\n".join(
        line if number in kept else "" for number, line in enumerate(source.split("\n"), start=1)
    )


def _numbered(numbers: list[int]) -> str:
    few = ", ".join(str(number) for number in numbers[:3])
    more = f" and {len(numbers) - 3:,} more" if len(numbers) > 3 else ""  # noqa: PLR2004 - as said
    return f"line {few}{more}" if len(numbers) == 1 else f"lines {few}{more}"


def _loosely(source: str, names: Recogniser) -> Iterator[Mention]:
    """Yield the names that stand in quotes, each with a revision in the same call."""
    uncommented = re.sub(r"(?m)(?:^|(?<=\s))#.*$", lambda match: " " * len(match[0]), source)
    line, counted = 1, 0
    for match in _QUOTED.finditer(uncommented):
        line += uncommented.count("\n", counted, match.start())
        counted = match.start()
        if re.search(
            r"(?:^|\n)\s*(?:print|raise|assert|logging?)\b[^\n]*$",
            uncommented[: match.start()][-LONGEST_QUIET:],
        ):
            continue
        if alone := names.alone(match["text"]):
            before = uncommented[max(0, match.start() - _CALL_WINDOW) : match.start()]
            is_argument = before.count("(") > before.count(")")
            window = (
                uncommented[match.end() : match.end() + _CALL_WINDOW].partition(")")[0]
                if is_argument
                else ""
            )
            said = re.search(r"revision\s*=\s*(?:[\"']([\w.-]+)[\"']|([^,\s)]+))", window)
            revision = said[1] if said else alone.step and f"step{alone.step}"
            untold = f"the revision comes from {said[2]}" if said and said[2] else None
            yield Mention(line, (Named(alone.text, revision),), Way.PATTERN, untold)
        elif "pretrained=" in match["text"]:
            yield from text.in_command(match["text"], line, names)


# JSON ------------------------------------------------------------------------------------------


def _json(source: str, names: Recogniser) -> Read:
    if not names.may_name(source):
        return Read()
    if all(key.search(source) for key in _HARNESS_LINES):  # by lines it takes a twentieth
        return Read(tuple(_one_run(list(_entries(source, names)))))
    tree = mending.parsed(source.lstrip(" \t"), "eval")
    if tree is None:
        if source.count("\n{") and (lines := list(_json_lines(source, names))):
            return Read(tuple(lines))
        return Read(tuple(_entries(source, names)), (UNPARSED,))
    is_run = _is_of_harness(tree)
    if isinstance(tree, ast.Expression):
        pruning.prune(tree.body, names)
    mentions = list(Finder(tree, names).mentions())
    return Read(tuple(_one_run(mentions) if is_run else mentions))


def _json_lines(source: str, names: Recogniser) -> Iterator[Mention]:
    for number, line in enumerate(source.split("\n"), start=1):
        if (tree := mending.parsed(line.strip(), "eval")) is not None:
            yield from (mention._replace(line=number) for mention in Finder(tree, names).mentions())


def _is_of_harness(tree: ast.Module | ast.Expression) -> bool:
    """Return whether a document is what the evaluation harness writes of one run."""
    body = tree.body
    keys = (
        {k.value for k in body.keys if isinstance(k, ast.Constant)}
        if isinstance(body, ast.Dict)
        else set()
    )
    return keys.issuperset(_HARNESS)


def _one_run(mentions: list[Mention]) -> Iterator[Mention]:
    """Yield the mention that says most of a run: the others repeat its model's name."""
    spoken = {named.text for mention in mentions for named in mention.named if named.revision}
    seen: set[str | None] = set()
    for mention in sorted(mentions, key=lambda each: (each.named[0].revision is None, each.line)):
        (first, *_) = mention.named
        if first.text in seen or (first.revision is None and first.text in spoken):
            continue
        seen.add(first.text)
        yield mention


# Text ------------------------------------------------------------------------------------------


def _shell(source: str, names: Recogniser) -> Read:
    return Read(tuple(shell.mentions(source, names)))


def _settings(source: str, names: Recogniser) -> Read:
    return Read(tuple(_entries(source, names)))


def _latex(source: str, names: Recogniser) -> Read:
    lines = [text.plain_latex(line) for line in source.split("\n")]
    return Read(tuple(_paragraphs(lines, names)))


def _markdown(source: str, names: Recogniser) -> Read:
    mentions: list[Mention] = []
    words: list[str] = []
    lines = _HTML_COMMENT.sub(lambda match: "\n" * match[0].count("\n"), source).split("\n")
    number = 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        if fence is None:
            words.append(text.plain_markdown(lines[number]))
            number += 1
            continue
        end = next(
            (n for n in range(number + 1, len(lines)) if lines[n].strip().startswith(fence[1])),
            len(lines),
        )
        inner = _fenced(lines[number + 1 : end], fence["language"].lower(), names)
        mentions += [each._replace(line=each.line + number + 1) for each in inner.mentions]
        words += [""] * (min(end, len(lines) - 1) - number + 1)
        number = end + 1
    mentions += _paragraphs(words, names)
    return Read(tuple(mentions))


def _fenced(lines: list[str], language: str, names: Recogniser) -> Read:
    """Read a block of code by its language; one without is Python where it parses."""
    source = "\n".join(lines)
    if language in ("python", "py", "python3", "pycon", "ipython"):
        plain = re.sub(r"(?m)^(?:>>>|\.\.\.) ?", "", source)
        return _python(plain, names)
    if language in ("yaml", "yml", "toml"):
        return _settings(source, names)
    if language == "json":
        return _json(source, names)
    if language == "" and "(" in source and mending.parsed(source, "exec") is not None:
        return _python(source, names)
    if language in _SHELLS:
        return _shell(re.sub(r"(?m)^\s*[$>] ", "", source), names)
    return Read()


def _paragraphs(lines: list[str], names: Recogniser) -> Iterator[Mention]:
    """Yield what paragraphs name: a sentence may go on in the next line."""
    numbered = enumerate(lines, start=1)
    for blank, group in groupby(numbered, key=lambda each: not each[1].strip()):
        if not blank:
            paragraph = list(group)
            joined = "\n".join(line for _, line in paragraph)
            yield from prose.in_prose(joined, paragraph[0][0], names)


_KINDS: Mapping[str, Callable[[str, Recogniser], Read]] = {
    ".py": _python,
    ".ipynb": lambda source, names: notebooks.notebook(source, names, _python, _markdown),
    ".json": _json,
    ".yaml": _settings,
    ".yml": _settings,
    ".toml": _settings,
    ".sh": _shell,
    ".bash": _shell,
    ".sbatch": _shell,
    ".slurm": _shell,
    ".md": _markdown,
    ".tex": _latex,
}
KINDS = frozenset(_KINDS)
"""The endings of sources that are read."""
