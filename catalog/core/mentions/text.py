"""Names and revisions in command lines, and the plain text of LaTeX and Markdown.

Careful patterns: a revision belongs to a name only where it is written as one, within the same
command. Sentences are for `prose`.
"""

import re
from collections.abc import Iterator

from catalog.core.mentions import loading
from catalog.core.mentions.names import Recogniser, Written
from catalog.core.mentions.values import Loader, Mention, Named, Way

AT_ONCE = re.compile(
    r"@(?P<rev>[\w.-]*\w)|/(?:tree|blob|resolve|raw|commits?)/(?P<branch>[^\s/\"'`)?#>\]}|,]+)"
    r"(?:/(?P<file>[\w./-]*\.\w+))?"
)
NAMED = re.compile(
    r"(?<![\w-])(?:--?)?(?:model[-_]|hf[-_])?revision[\"']?\s*(?:[=:]\s*|\s+)(?:str\s*=\s*)?"
    r"[\"']?(?P<rev>(?!-)(?:\$?\{+[^}\n]*\}+|<[\w -]+>|[\w.{}/-]|\$[@*#?!]?)+)",
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
VARIABLE = re.compile(r"[${}<>]")
"""What a text has in place of what its reader puts in."""


def in_command(text: str, line: int, names: Recogniser) -> Iterator[Mention]:
    """Yield what a command, or a string that is more than a name, names to be loaded.

    Args:
        text: one logical line.
        line: its number.
        names: finds the names.
    """
    names_here = list(names.found(text))
    try:
        loader = loading.of_command(text) if names_here else None
    except loading.NoWeights:
        return
    for number, each in enumerate(names_here):
        before = text[names_here[number - 1].end if number else 0 : each.start]
        behind = text[
            each.end : names_here[number + 1].start if number + 1 < len(names_here) else None
        ]
        said = _revision(each, before, behind, last=number + 1 == len(names_here))
        yield read_as(mentioned(each, line, *said), loader, behind)


def read_as(mention: Mention, loader: Loader | None, behind: str) -> Mention:
    """Return a mention with what reads it, where an address behind the name says which file.

    Args:
        mention: of a name.
        loader: what the command says.
        behind: the text behind the name.
    """
    at = AT_ONCE.match(behind)
    if at and at["file"] and loading.WEIGHTS.search(at["file"]):
        loader = loading.of_file(at["file"])
    return mention._replace(loader=loader)


def _revision(
    each: Written, before: str, behind: str, *, last: bool
) -> tuple[str | None, str | None]:
    """Return the revision of a name in a command, and why it cannot be told."""
    if each.step:
        return f"step{int(each.step)}", None
    if at := AT_ONCE.match(behind):
        return at["rev"] or at["branch"].rstrip(".,;:"), None
    whole = f"{before} {behind}"
    match = NAMED.search(behind) or _STEP_OPTION.search(behind) or _CLONED.search(whole)
    if match is None and last:
        match = NAMED.search(before) or _STEP_OPTION.search(before)
    if match is None:
        word = _STEP_WORD.match(behind)
        return (word["rev"] or word["set"]) if word else None, None
    said = match["rev"] if "rev" in match.re.groupindex else match["step"]
    if VARIABLE.search(said):
        return None, f"the revision comes from {said}"
    is_step = "step" in match.re.groupindex and said.isdigit()
    return (f"step{int(said)}" if is_step else said.rstrip(".,;")), None


def mentioned(each: Written, line: int, revision: str | None, untold: str | None) -> Mention:
    """Return the mention of a name, at a revision or with the reason why it cannot be told."""
    return Mention(line, (Named(each.text, revision),), Way.PATTERN, untold)


# Markup ----------------------------------------------------------------------------------------


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
