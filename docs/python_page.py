"""Writes docs/reference/python.md from the source of the one door: signatures, docstrings, values.

It reads source text alone and imports nothing of it. A method's section is the comment that stands
above it in the file; what it returns is described field by field, as far as the classes are ours.
"""

import ast
import re
import textwrap
from collections.abc import Iterator

from docs.source import (
    Class,
    Text,
    classes_in,
    definition,
    fields,
    file_of,
    functions,
    text_of,
    tree,
)

HEADING = re.compile(r"    # (.+?) -+$")
WIDTH = 96

PAGE = """# Python

Written by `make docs` from the docstrings of `catalog`; the tests compare, and run every example.

{door}

In the examples `c` is a catalog as `catalog init` leaves it, and they are run in this order.
`.cache/trajectory` is the small training run that `make run` trains; what asks the Hub asks a
stand-in that publishes two steps of it.

Public are the names in `catalog.__all__`, the methods below, the fields of what they return, and
`catalog.documents`, which makes of them what `--json` prints; all else may move between versions.
The package is typed, and `import catalog` alone loads nothing: each
name is looked up when it is used. See also [how to use it](../how-to/use-from-python.md).

## Opening

{opening}
What it returns is a `catalog.Catalog`. `c.url` is its address, an SQLAlchemy URL; `with
catalog.open() as c:` is allowed, and closes nothing.
{methods}
## Shortcuts

`catalog.at(…)` is `catalog.open().at(…)`, and so for: {shortcuts}.
`catalog.__version__` is the version.

## Errors

`catalog.CatalogError` is the base of all; the others are in `catalog.errors`. Every one has
`what`, `hint`, `kind` and `exit_code`.

```text
{errors}
```

## Progress

`catalog.open(watcher=…)` takes a `catalog.Watcher`. {watcher}

{watching}
## Values

What comes back is frozen. The headings say where a class is, for annotations of your own.

{values}"""


def page() -> str:
    """Return the page docs/reference/python.md."""
    door = Text.of(tree("catalog.api"))
    opened = next(each for each in functions(tree("catalog.api").body) if each.name == "open")
    watcher = definition("catalog.progress", "Watcher").node
    return PAGE.format(
        door=f"{door.prose}\n\n{door.block}",
        opening=described(opened, "catalog."),
        methods="".join(grouped()),
        shortcuts=", ".join(f"`{name}`" for name in shortcuts()),
        errors=drawing(Text.of(tree("catalog.errors")).prose),
        watcher=Text.of(watcher).prose,
        watching="".join(watched(method) for method in functions(watcher.body)),
        values="\n".join(value(each) for each in returned()),
    )


# What is public ------------------------------------------------------------------------------


def methods() -> list[ast.FunctionDef]:
    """Return the public methods of a catalog."""
    return list(functions(definition("catalog.api", "Catalog").node.body))


def shortcuts() -> list[str]:
    """Return the methods that the package offers by themselves."""
    names = {method.name for method in methods()}
    listed = next(
        node.value
        for node in tree("catalog").body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    return [name for name in ast.literal_eval(listed) if name in names]


def returned() -> list[Class]:
    """Return every class that a method's value holds, each after what it was reached from."""
    waiting = [
        each for method in methods() for each in classes_in("catalog.api", text_of(method.returns))
    ]
    reached: dict[str, Class] = {}
    while waiting:
        each = waiting.pop(0)
        if each.name not in reached:
            reached[each.name] = each
            inner = [a for _, kind in fields(each) for a in classes_in(each.module, kind)]
            waiting = inner + waiting
    return list(reached.values())


# The page --------------------------------------------------------------------------------------


def grouped() -> Iterator[str]:
    """Yield the methods under the headings that stand above them in the file."""
    lines = file_of("catalog.api").read_text().splitlines()
    last = 0
    for method in methods():
        above = [match for line in lines[last : method.lineno] if (match := HEADING.match(line))]
        if above:
            yield f"\n## {above[-1][1]}\n"
        last = method.lineno
        yield f"\n{described(method, 'c.')}"


def described(function: ast.FunctionDef, owner: str) -> str:
    """Return the entry of a function."""
    text = Text.of(function)
    parts = [f"### `{owner}{function.name}`", f"```python\n{signature(function, owner)}\n```"]
    parts += [text.prose, bullets(text.sections.get("Args", {}))]
    kind = text_of(function.returns)
    values = list(classes_in("catalog.api", kind))
    linked = " and ".join(each.link for each in values)
    whole = "" if [each.node.name for each in values] == [kind] else f": `{kind}`"
    parts += [f"Returns {linked}{whole}."] if linked else []
    parts += [raised(text.sections.get("Raises", {})), text.block]
    return "\n\n".join(part for part in parts if part) + "\n"


def signature(function: ast.FunctionDef, owner: str) -> str:
    """Return how a function is called, one argument a line where one line is too short."""
    listed = re.sub(r"'([^']*[A-Z][^']*)'", r"\1", ast.unparse(function.args))
    given = listed.removeprefix("self").removeprefix(", ").replace("'", '"').replace("=", " = ")
    whole = f"{owner}{function.name}({given}) -> {text_of(function.returns)}"
    if len(whole) <= WIDTH:
        return whole
    rows = "".join(f"    {row},\n" for row in re.split(r", (?![^\[]*\])", given))
    return f"{owner}{function.name}(\n{rows}) -> {text_of(function.returns)}"


def watched(method: ast.FunctionDef) -> str:
    """Return the line of a method that a watcher overrides."""
    return f"- `{signature(method, '')}`: {Text.of(method).prose}\n"


def bullets(entries: dict[str, str]) -> str:
    """Return a list of arguments."""
    return "\n".join(f"- `{name}`: {meaning}" for name, meaning in entries.items())


def raised(entries: dict[str, str]) -> str:
    """Return a list of exceptions."""
    return f"Raises:\n\n{bullets(entries)}" if entries else ""


def drawing(text: str) -> str:
    """Return what a docstring sets apart after `::`."""
    match = re.search(r"::\n\n((?: {4}.*\n|\n)+)", text)
    return "" if match is None else textwrap.dedent(match[1]).strip()


def value(of: Class) -> str:
    """Return the entry of a class: its fields, or its members."""
    text = Text.of(of.node)
    said = text.sections.get("Attributes", {}) | text.sections.get("Args", {})
    said |= {node.name: Text.of(node).summary for node in functions(of.node.body)}
    rows = [f"| `{name}` | {typed(of, kind)} | {said.get(name, '')} |" for name, kind in fields(of)]
    head = "| field | type | meaning |\n| --- | --- | --- |\n"
    listed = f"\n{head}" + "\n".join(rows) + "\n" if rows else ""
    members = [
        f"`{ast.literal_eval(node.value)}`"
        for node in of.node.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    ]
    words = f"\nOne of {', '.join(members)}.\n" if members and not of.has_fields else ""
    return f"### `{of.name}`\n\n{text.prose}\n{words}{listed}"


def typed(of: Class, kind: str) -> str:
    """Return a type as a table shows it, with a link to a class of ours."""
    linked = [each.link for each in classes_in(of.module, kind)]
    plain = f"`{kind}`".replace("|", "\\|")
    return f"{plain}: {', '.join(linked)}" if linked else plain
