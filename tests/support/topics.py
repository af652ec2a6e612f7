"""Write the text that the tests' small run is trained on: help topics that nobody ever wrote.

    python tests/support/topics.py > topics.txt

Titles, paragraphs, lists and pieces of code are drawn from the words below by integer arithmetic
alone, so the text is the same bytes on every machine and Python, and belongs to nobody. It means
nothing. Its letters, endings, words, names and indents recur as in English about programs: there is
something to be learned at every length, which is why the loss on such text falls for a long while.
"""

import sys
from collections.abc import Iterator, Sequence

PAGES, SEED = 260, 20_231_123
# Constants of Knuth's MMIX; the upper 31 of 64 bits are handed out.
FACTOR, INCREMENT, BITS = 6_364_136_223_846_793_005, 1_442_695_040_888_963_407, 64
COLUMNS = 70
# Small words as often as they are here; stems and endings, the frequent ones first; syllables.
LEXICON = """
the the the the the the of of of of a a a a to to to to and and and in in in is is is that that for
for as as with by are be be it or an not this on from which if its all may can at when any other
has each only no two one then than same after before such must into also see every more does these
new few first most like nothing
;
valu us nam object function argument call return typ class expression stat defin modul set number
string list item attribut method assign import execut key evaluat option operat sequenc charact
format found rais creat follow error token process default support base index contain sourc pattern
except iterat match range instanc target specif bind requir block result convert command line code
comput integ begin train languag model learn know read writ compar local global bound term test
order accept address align balanc branch buffer chang check clos collect column compil condit
connect copy count decorat delet depend describ direct divid element encod event exampl expect
extend field file filter final generat group handl header ignor inherit input insert interpret join
letter limit load measur memb nest observ output pack paramet pars perform point posit predict
print produc program protect provid queri quot receiv record refer relat remov repeat replac report
request resolv revis sampl scop search select separat serv shap simpl slic stand step stor structur
subject switch symbol tabl templat text thousand thread transform translat tupl unicod updat
variabl vector verifi version weight width window word wrap yield
;
e s ed es ing er ers able ion ions al ment ly ive or ity
;
b c d f g h j k l m n p q r s t v w x y z bl br ch cl cr dr fl fr gl gr pl pr qu sc sh sl sp
;
a e i o u y ai ea ee ie oa oo ou an ar as at en er es et in ir is it on or os ot un ur us ut ang
est ing ight old orm ound unt
"""
SMALL, STEMS, ENDINGS, ONSETS, RIMES = (part.split() for part in LEXICON.split(";"))
CODE = """
def {0}({1}, {2}={3}):|    for {1} in range({3}):|        {1}, {2} = {2}, {1} + {2}|    return {1}
if {0} is None:|    raise ValueError("{1} of {2}")
>>> {0} = [{1}, {2}, {3}]|>>> {0}.{1}({3})|{3}
class {0}:|    \"\"\"Return the {1} of {2}.\"\"\"|    def {1}(self, {2}):|        self.{2} = {2}
{0} ::= "{1}" ["(" {2} ")"] ("," {2})*
""".strip().split("\n")


class Author:
    """Draws words, sentences and pages, each after the one before."""

    def __init__(self, seed: int = SEED) -> None:
        """Begin at `seed`; the same seed writes the same text."""
        self._state = seed

    def below(self, bound: int) -> int:
        """Return a number from 0 below `bound`."""
        self._state = (FACTOR * self._state + INCREMENT) % 2**BITS
        return (self._state >> 33) % bound

    def one_of(self, words: Sequence[str]) -> str:
        """Return one of `words`, the first of them often and the last of them seldom."""
        return words[min(self.below(len(words)), self.below(len(words)), self.below(len(words)))]

    def word(self) -> str:
        """Return a word: a small one as often as not, else a stem with an ending."""
        if self.below(2):
            return SMALL[self.below(len(SMALL))]
        return self.stem() + self.one_of(ENDINGS)

    def stem(self) -> str:
        """Return a stem: one of those above as often as not, else one made of syllables."""
        if self.below(2):
            return self.one_of(STEMS)
        syllables = range(1 + self.below(3))
        return "".join(
            ONSETS[self.below(len(ONSETS))] + RIMES[self.below(len(RIMES))] for _ in syllables
        )

    def name(self) -> str:
        """Return what a program would call something."""
        parts = [self.stem() for _ in range(1 + self.below(2))]
        return self.one_of(("_".join(parts), parts[0][0], f"__{parts[0]}__", parts[0].upper()))

    def words(self, count: int) -> Iterator[str]:
        """Yield about `count` words, some of them with marks, in quotes or in brackets."""
        for _ in range(count):
            kind = self.below(20)
            if kind == 0:
                yield f'"{self.name()}({self.name()})"'
            elif kind == 1:
                yield f"({self.word()} {self.word()})"
            elif kind == 2:
                yield f'"{self.name()}"'
            elif kind == 3:
                yield str(self.below(10 ** (1 + self.below(3))))
            else:
                yield self.word() + ("," if kind < 6 else ":" if kind == 6 else "")

    def sentence(self) -> str:
        """Return one sentence."""
        said = " ".join(self.words(5 + self.below(12)))
        return f"{said[0].upper()}{said[1:].rstrip(',:')}."

    def paragraph(self, indent: str = "") -> str:
        """Return a few sentences in lines of a page's width."""
        lines = [indent]
        for word in " ".join(self.sentence() for _ in range(1 + self.below(4))).split(" "):
            if len(lines[-1]) + len(word) >= COLUMNS:
                lines[-1] = lines[-1].rstrip(" ")
                lines.append(" " * len(indent))
            lines[-1] += f"{word} "
        return "\n".join([*lines[:-1], lines[-1].rstrip(" ")])

    def code(self) -> str:
        """Return a few lines of code, indented."""
        names = (self.name(), self.name(), self.name(), str(self.below(100)))
        lines = self.one_of(CODE).format(*names).split("|")
        return "\n".join(f"   {line}" for line in lines)

    def page(self) -> str:
        """Return one topic: a title and what is said of it."""
        title = " ".join(self.word() for _ in range(1 + self.below(3))).capitalize()
        parts = [f"{title}\n{'*' * len(title)}"]
        for _ in range(6 + self.below(8)):
            kind = self.below(8)
            parts.append(self.code() if kind < 2 else self.paragraph("* " if kind == 2 else ""))
        return "\n\n".join(parts) + "\n"


def text(pages: int = PAGES) -> str:
    """Return the whole text, ASCII."""
    author = Author()
    return "\n".join(author.page() for _ in range(pages))


if __name__ == "__main__":
    sys.stdout.write(text())
