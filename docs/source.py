"""Reads the project's own source as text: docstrings taken apart, classes, and what they hold.

Nothing that is read is imported or run.
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SECTION = re.compile(r"^(Args|Attributes|Raises):\n((?:[ ]{4}.*\n|\n)*)", re.MULTILINE)
ENTRY = re.compile(r"^[ ]{4}(\S.*?): (.*(?:\n[ ]{5,}.*)*)", re.MULTILINE)
EXAMPLE = re.compile(r"^(?:[ ]{4})?>>> .*(?:\n.+)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Text:
    """A docstring, taken apart.

    Attributes:
        prose: paragraphs.
        example: its doctest, perhaps empty.
        sections: of `Args`, `Attributes`, `Raises`: each name and what is said of it.
    """

    prose: str
    example: str
    sections: dict[str, dict[str, str]]

    @classmethod
    def of(cls, node: ast.Module | ast.ClassDef | ast.FunctionDef) -> "Text":
        """Return the docstring of a module, class or function."""
        text = (ast.get_docstring(node) or "") + "\n"
        sections = {
            match[1]: {entry[1]: " ".join(entry[2].split()) for entry in ENTRY.finditer(match[2])}
            for match in SECTION.finditer(text)
        }
        prose = textwrap.dedent(SECTION.sub("", text))
        examples = [textwrap.dedent(match[0]) for match in EXAMPLE.finditer(prose)]
        prose = re.sub(r"\n{3,}", "\n\n", EXAMPLE.sub("", prose)).strip()
        return cls(prose, "\n".join(examples), sections)

    @property
    def summary(self) -> str:
        """The first paragraph, in one line."""
        return " ".join(self.prose.partition("\n\n")[0].split())

    @property
    def block(self) -> str:
        """The example as a fenced block."""
        return f"```pycon\n{self.example}\n```" if self.example else ""


@dataclass(frozen=True, slots=True)
class Class:
    """A class of ours.

    Attributes:
        module: where it is defined.
        node: its definition.
    """

    module: str
    node: ast.ClassDef

    @property
    def name(self) -> str:
        """Its heading: where it is, inside `catalog`."""
        return f"{self.module.removeprefix('catalog.')}.{self.node.name}"

    @property
    def has_fields(self) -> bool:
        """Whether it has fields; else it is an enumeration, or a class of its own."""
        words = [ast.unparse(each) for each in (*self.node.decorator_list, *self.node.bases)]
        return any("dataclass" in word or word == "NamedTuple" for word in words)

    @property
    def link(self) -> str:
        """A link to its heading."""
        return f"[`{self.node.name}`](#{self.name.replace('.', '').lower()})"


@cache
def tree(module: str) -> ast.Module:
    """Return a module's source, parsed."""
    return ast.parse(file_of(module).read_text())


def file_of(module: str) -> Path:
    """Return where a module's source is."""
    place = CHECKOUT.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def functions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    """Yield the functions, or methods, that are public."""
    for node in body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


@cache
def imported(module: str) -> dict[str, tuple[str, str]]:
    """Return what a module imports from ours: module and name there, by the name here."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("catalog")
        for alias in node.names
    }


def definition(module: str, name: str) -> Class | None:
    """Return the class of ours that a name in a module means, None where it means no such thing.

    Args:
        module: in which the name is written.
        name: perhaps behind the name of another module, as in `rules.Fact`.
    """
    first, _, rest = name.partition(".")
    if not rest:
        for node in tree(module).body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return Class(module, node)
    if first not in imported(module):
        return None
    home, there = imported(module)[first]
    return definition(f"{home}.{there}", rest) if rest else definition(home, there)


def text_of(annotation: ast.expr | None) -> str:
    """Return an annotation without the quotes that put its import off."""
    written = "None" if annotation is None else ast.unparse(annotation)
    return re.sub(r"^'(.*)'$", r"\1", written)


def classes_in(module: str, annotation: str) -> Iterator[Class]:
    """Yield the classes of ours that an annotation in a module names."""
    for name in re.findall(r"(?:\w+\.)?[A-Z]\w+", annotation):
        meant = definition(module, name)
        if meant is not None and meant.node.name != "Catalog":
            yield meant


def fields(of: Class) -> Iterator[tuple[str, str]]:
    """Yield the public fields and properties of a class, and their types."""
    for node in of.node.body:
        if isinstance(node, ast.AnnAssign) and not ast.unparse(node.target).startswith("_"):
            yield ast.unparse(node.target), text_of(node.annotation)
        if isinstance(node, ast.FunctionDef) and is_property(node):
            yield node.name, text_of(node.returns)


def is_property(node: ast.FunctionDef) -> bool:
    """Return whether a method is read like a field."""
    kinds = [ast.unparse(each) for each in node.decorator_list]
    return not node.name.startswith("_") and bool({"property", "cached_property"} & set(kinds))
