"""Text for TeX: accents and its own signs escaped, so that nothing from outside is a command."""

import re
import unicodedata

_TEX = {
    "\\": r"\textbackslash{}",
    # BibTeX counts braces, those behind a backslash too.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "ß": r"\ss{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "\u0131": r"\i{}",
    "\u2013": "--",
    "\u2014": "---",
    "\u201c": "``",
    "\u201d": "''",
    "\u2019": "'",
}
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u ",
    "\u0307": ".", "\u0308": '"', "\u030a": "r ", "\u030b": "H ", "\u030c": "v ", "\u0327": "c ",
    "\u0328": "k ", "\u0323": "d ",
}  # fmt: skip
_LONG_HEX = re.compile(r"[0-9a-f]{32,}")


def tex(text: str) -> str:
    r"""Return a text for LaTeX: ASCII, and nothing in it is a command.

    >>> tex("Müller & Søn_1")
    'M{\\"u}ller \\& S{\\o}n\\_1'
    """
    made = []
    for sign in unicodedata.normalize("NFC", text):
        if sign in _TEX:
            escaped = _TEX[sign]
            made.append(
                f"{{{escaped[:-2]}}}" if escaped.endswith("{}") and sign.isalpha() else escaped
            )
            continue
        apart = unicodedata.normalize("NFD", sign)
        base, marks = apart[0], apart[1:]
        if sign.isascii() or not marks or not base.isascii():
            made.append(sign)
        elif all(mark in _ACCENTS for mark in marks):
            made.append(_accented(base, marks))
        else:
            made.append(sign)
    return "".join(made)


def _accented(base: str, marks: str) -> str:
    r"""Return a letter with its accents, the innermost first: `{\~{\^e}}`."""
    letter = {"i": r"\i", "j": r"\j"}.get(base, base)
    for mark in marks:
        letter = f"{{\\{_ACCENTS[mark]}{letter}}}"
    return letter


def texttt(word: str) -> str:
    r"""Return a word in typewriter letters; a digest may go on in the next line.

    >>> texttt("0123456789abcdef" * 2)
    '\\texttt{01234567\\allowbreak{}89abcdef\\allowbreak{}01234567\\allowbreak{}89abcdef}'
    """
    breaks = r"\allowbreak{}"
    return rf"\texttt{{{_LONG_HEX.sub(lambda m: breaks.join(_in_eights(m[0])), tex(word))}}}"


def _in_eights(digits: str) -> list[str]:
    return [digits[start : start + 8] for start in range(0, len(digits), 8)]
