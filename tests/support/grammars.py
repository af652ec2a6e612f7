"""Lets jsonschema's check of IRIs, where it is installed, build only the grammars it is asked for.

`rfc3987_syntax`, which other packages may bring, builds forty when it is imported: a second's work.
"""

from collections.abc import Callable
from functools import cached_property
from unittest import mock


class Late:
    """A parser that is built when something is parsed.

    Args:
        build: builds it.
    """

    def __init__(self, build: Callable[[], object]) -> None:
        self._build = build

    @cached_property
    def _built(self) -> object:
        return self._build()

    def parse(self, *text: str, **options: str) -> object:
        """Parse a text as the parser does."""
        return self._built.parse(*text, **options)


def build_late() -> None:
    """Import `rfc3987_syntax`, if it is there, without its grammars."""
    try:
        import lark
    except ImportError:
        return
    true = lark.Lark
    late = lambda *given, **options: Late(lambda: true(*given, **options))  # noqa: E731 - for both
    with mock.patch.object(lark, "Lark", late):
        try:
            import rfc3987_syntax  # noqa: F401 - to be there
        except ImportError:
            return
