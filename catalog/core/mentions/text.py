"""Names and revisions in text that is not parsed: command lines, prose, configurations.

Careful patterns: a revision belongs to a name only where it is written as one, within the same
command, entry or sentence.
"""

import re
from collections.abc import Iterator, Sequence

from catalog.core.mentions import loading
from catalog.core.mentions.names import Recogniser, Written
from catalog.core.mentions.values import Loader, Mention, Named, Way

_AT_ONCE = re.compile(
    r"@(?P<rev>[\w.-]*\w)|/(?:tree|blob|resolve|raw|commits?)/(?P<branch>[^\s/\"'`)?#>\]}|,]+)"
    r"(?:/(?P<file>[\w./-]*\.\w+))?"
)
_NAMED = re.compile(
    r"(?<![\w-])(?:--?)?(?:model[-_]|hf[-_])?revision[\"']?\s*(?:[=:]\s*|\s+)(?:str\s*=\s*)?"
    r"[\"']?(?P<rev>(?!-)(?:\$\{[^}\s]*\}|[\w.{}/-]|\$[@*#?!]?)+)",
    re.IGNORECASE,
)
_STEP_OPTION = re.compile(
    r"(?<![\w-])--(?:step|checkpoint|ckpt|(?:checkpoint|ckpt)[-_](?:step|value))[=\s]+[\"']?"
    r"(?P<step>(?:step)?[\d${][\w${}]*)",
    re.IGNORECASE,
)
_STEP_WORD = re.compile(
    r"[\"']?\s+[\"']?(?P<rev>step\d{1,6})(?![\w./-])"
    r"|.*?\b(?:rev|ckpt|checkpoint|step)=[\"']?(?P<set>step\d{1,6})(?![\w./-])",
    re.IGNORECASE,
)
_CLONED = re.compile(r"\bgit\s+(?:lfs\s+)?clone\b.*?(?:-b|--branch)[=\s]+[\"']?(?P<rev>[\w.${}-]+)")
_NUMBER = r"\d{1,3}(?:,\d{3})+|\d+k?"
_AND = r"(?:,\s*(?:and\s+)?|\s+and\s+)(?:(?:at\s+)?steps?[\s~_-]*)?"
_STEPS = rf"step(?:s)?[\s~_-]*(?P<numbers>(?:{_NUMBER})(?:{_AND}(?:{_NUMBER})\b)*)"
_WORDS = "at|after|from|in|checkpoints?|revisions?|training"
_STEP_BEHIND = re.compile(
    rf"[\s,;:(\[|&]*(?:(?:{_WORDS})[\s~(]*){{0,3}}{_STEPS}(?!\s*(?:per|/|times))",
    re.IGNORECASE,
)
_STEP_BEFORE = re.compile(
    rf"(?:{_STEPS}|(?<![\w,.])(?P<before>{_NUMBER})[-\s]steps?\s+(?:checkpoint|revision|weights))"
    r"\s+of\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_COUNTED_BEHIND = re.compile(
    rf"[\s,;:(]*(?:(?:at|after)\s+(?P<counted>{_NUMBER})\s+(?:training\s+)?steps(?!\s+of\b)"
    rf"|(?:at\s+)?checkpoints?\s+(?P<thousands>(?:\d+,?000|\d+k)(?:{_AND}(?:\d+,?000|\d+k)\b)*))"
    r"(?![\w-])",
    re.IGNORECASE,
)
"""Steps that are counted, `after 8000 steps`, and checkpoints that only their step can be."""
_SAME_WORDS = 40
"""Characters between a name and what is said of it."""
_VARIABLE = re.compile(r"[${}]")


def step_named(text: str) -> str:
    """Return the revision that a number in a text means: `143k` is step143000."""
    digits = text.replace(",", "")
    number = int(digits[:-1]) * 1000 if digits[-1] in "kK" else int(digits)
    return f"step{number}"


def in_command(text: str, line: int, names: Recogniser) -> Iterator[Mention]:
    """Yield what a command, or a string that is more than a name, names to be loaded.

    Args:
        text: one logical line.
        line: its number.
        names: finds the names.
    """
    found = list(names.found(text))
    try:
        loader = loading.of_command(text) if found else None
    except loading.NoWeights:
        return
    for number, each in enumerate(found):
        before = text[found[number - 1].end if number else 0 : each.start]
        behind = text[each.end : found[number + 1].start if number + 1 < len(found) else None]
        said = _revision(each, before, behind, last=number + 1 == len(found))
        yield from _read_as(_mention(each, line, *said), loader, behind)


def _read_as(mention: Mention, loader: Loader | None, behind: str) -> Iterator[Mention]:
    """Yield a mention with its loader; none of a file that holds no weights."""
    at = _AT_ONCE.match(behind)
    if at and at["file"]:
        try:
            loader = loading.of_file(at["file"])
        except loading.NoWeights:
            return
    yield mention._replace(loader=loader)


def _revision(
    each: Written, before: str, behind: str, *, last: bool
) -> tuple[str | None, str | None]:
    """Return the revision of a name in a command, and why it cannot be told."""
    if each.step:
        return f"step{int(each.step)}", None
    if at := _AT_ONCE.match(behind):
        return at["rev"] or at["branch"].rstrip(".,;:"), None
    whole = f"{before} {behind}"
    match = _NAMED.search(behind) or _STEP_OPTION.search(behind) or _CLONED.search(whole)
    if match is None and last:
        match = _NAMED.search(before) or _STEP_OPTION.search(before)
    if match is None:
        word = _STEP_WORD.match(behind)
        return (word["rev"] or word["set"]) if word else None, None
    said = match["rev"] if "rev" in match.re.groupindex else match["step"]
    if _VARIABLE.search(said):
        return None, f"the revision comes from {said}"
    is_step = "step" in match.re.groupindex and said.isdigit()
    return (f"step{int(said)}" if is_step else said.rstrip(".,;")), None


def _mention(each: Written, line: int, revision: str | None, untold: str | None) -> Mention:
    return Mention(line, (Named(each.text, revision),), Way.PATTERN, untold)


# Prose -----------------------------------------------------------------------------------------


def in_prose(text: str, first: int, names: Recogniser) -> Iterator[Mention]:
    """Yield what sentences name: a paragraph, whose lines are counted from `first`."""
    found = list(names.found(text, prose=True))
    for number, each in enumerate(found):
        before = text[found[number - 1].end if number else 0 : each.start]
        behind = text[each.end : found[number + 1].start if number + 1 < len(found) else None]
        line = first + text.count("\n", 0, each.start)
        for revision in _in_sentence(each, before, behind):
            yield from _read_as(_mention(each, line, revision, None), None, behind)


def _in_sentence(each: Written, before: str, behind: str) -> Sequence[str | None]:
    if each.step:
        return (f"step{int(each.step)}",)
    if at := _AT_ONCE.match(behind):
        return (at["rev"] or at["branch"].rstrip(".,;:"),)
    if (
        (called := _NAMED.search(behind))
        and "\n\n" not in behind[: called.start()]
        and called.start() < _SAME_WORDS
    ):
        return (called["rev"].rstrip(".,;"),)
    plain = behind.lstrip("`*_\"'})")
    match = _STEP_BEHIND.match(plain) or _COUNTED_BEHIND.match(plain) or _STEP_BEFORE.search(before)
    if match is None:
        return (None,)
    numbers = next(group for group in match.groups() if group)
    return [step_named(number) for number in re.findall(_NUMBER, numbers)]


_MARKUP = (
    (re.compile(r"(?<!\\)%.*"), ""),
    (
        re.compile(
            r"\\(?:cite[a-z]*|ref|label|bibitem|input|include(?:graphics)?)\s*(?:\[[^\]]*\])?\{[^}]*\}"
        ),
        "",
    ),
    (
        re.compile(
            r"\\(?:texttt|textsc|textbf|textit|emph|text|mathrm|mbox|code|lstinline|verb)\s*[{|]"
        ),
        "",
    ),
    (re.compile(r"\\(?:url|href|footnote|item|section|caption|subsection|paragraph)\*?\s*\{"), " "),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\[A-Za-z]+\*?\s*(?:\[[^\]]*\])?\{|\}\s*(?:\[[^\]]*\])?\{"), " "),
    (re.compile(r"\\([_%&$#])"), r"\1"),
    (re.compile(r"\\-|\\/|\{\}"), ""),
    (re.compile(r"[~]|\\[,;: ]"), " "),
    (re.compile(r"[{}]"), ""),
    (re.compile(r"\$"), ""),
)


def plain_latex(line: str) -> str:
    """Return a line of LaTeX without its markup and comment."""
    for pattern, instead in _MARKUP:
        line = pattern.sub(instead, line)
    return line


def plain_markdown(line: str) -> str:
    """Return a line of Markdown without the marks that stand between words."""
    return line.replace("`", " ").replace("**", " ").replace("|", " | ")
