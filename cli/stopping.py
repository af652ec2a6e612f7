"""Several things to do, and Ctrl-C: the first finishes what is in hand, the second stops at once.

Only the main thread hears of signals; elsewhere nothing changes.
"""

import signal
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, Self

from catalog.core.counts import count

from . import output


class Stop:
    """Whether somebody asked to stop, while it is entered.

    Args:
        count: how many there are to do; one alone is stopped at once.
    """

    def __init__(self, count: int) -> None:
        self.asked = False
        self._listens = count > 1 and threading.current_thread() is threading.main_thread()
        self._before: Any = None

    def __enter__(self) -> Self:
        """Listen."""
        if self._listens:
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave signals to whom they went before."""
        if self._listens:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        """Remember it, and leave the next one to whom it went before."""
        self.asked = True
        signal.signal(signal.SIGINT, self._before)
        with suppress(RuntimeError):  # it came in the middle of another line
            output.say("catalog: finishing what is in hand; Ctrl-C again stops at once")


def left(texts: list[str]) -> str:
    """Return what is left to do, in one line.

    >>> left(["a@step1", "a@step2", "a@step3", "a@step4"])
    '4 left: a@step1, a@step2, a@step3 and 1 more'
    """
    shown = ", ".join(texts[:3])
    more = f" and {len(texts) - 3} more" if len(texts) > 3 else ""  # noqa: PLR2004
    return f"{len(texts)} left: {shown}{more}"


def tally(documents: Sequence[Mapping[str, object]]) -> str:
    """Return how many came to what.

    >>> tally([{"status": "recorded"}, {"status": "known"}, {"error": {}}, {"status": "known"}])
    '4 checkpoints: 1 recorded, 2 known, 1 not done'
    """
    words = [str(each.get("status") or each.get("verdict") or "not done") for each in documents]
    parts = [f"{count} {word}" for word, count in Counter(words).items()]
    return f"{count(len(words), 'checkpoint')}: {', '.join(parts)}"
