"""Working ahead: in order, no further than asked, and no thread is left behind."""

import threading
from concurrent.futures import CancelledError
from contextlib import suppress

import pytest

from catalog.errors import CheckedBad, CouldNotCheck
from catalog.progress import Watcher
from catalog.verbs import pipeline
from catalog.verbs.pipeline import Ahead, Done

WAIT_S = 20


def left_behind():
    """Return the names of threads that work ahead."""
    return [each.name for each in threading.enumerate() if each.name.startswith("catalog-ahead")]


@pytest.mark.parametrize(("jobs", "far", "last"), [(1, False, 1), (2, False, 3), (1, True, 9)])
def test_the_next_are_read_while_one_is_in_hand(jobs, far, last):
    """As many threads go on reading before anybody lets the first go, and stop at the limit."""
    read = {number: threading.Event() for number in range(last + 2)}
    reading = set()

    def noted(number, _):
        reading.add(threading.get_ident())
        read[number].set()

    with pipeline.ahead(list(read), noted, jobs, far=far) as futures:
        next(futures).result()
        assert read[last].wait(WAIT_S)
        assert not read[last + 1].is_set()
    assert len(reading) <= jobs
    assert not left_behind()


@pytest.mark.parametrize("jobs", [1, 2, 3, 9])
def test_in_order_and_no_further(jobs):
    """However long each takes, they come as they were asked for; few begin before their turn."""
    begun, turn = [], 0
    ends = [threading.Event() for _ in range(6)]

    def read(number, _):
        begun.append(number)
        assert ends[number].wait(WAIT_S)
        return number * number

    with pipeline.ahead(range(6), read, jobs) as futures:
        for turn, future in enumerate(futures):
            for end in reversed(ends[: turn + 1]):
                end.set()
            assert future.result(WAIT_S) == turn * turn
            assert max(begun) <= turn + jobs
    assert sorted(begun) == list(range(6))


def test_given_up():
    """Whoever is reading hears of it at the next byte, and what was not begun never begins."""
    heard, begun, reading = [], [], threading.Event()

    def read(number, over):
        begun.append(number)
        watcher = Ahead(Watcher(), over)
        while True:
            try:
                watcher.advance(1)
            except CancelledError:
                heard.append(number)
                raise
            reading.set()

    with suppress(KeyboardInterrupt), pipeline.ahead(range(9), read, 2) as futures:
        next(futures)
        assert reading.wait(WAIT_S)
        raise KeyboardInterrupt
    assert not left_behind()
    assert sorted(heard) == sorted(begun)
    assert 1 <= len(begun) <= 3


@pytest.mark.parametrize("error", [CheckedBad("broken"), CouldNotCheck("gone"), OSError("full")])
def test_an_error_waits_for_its_turn(error):
    """It is that of one, and raised as often as somebody asks."""

    def failing():
        raise error

    done = Done.of(failing)
    for _ in range(2):
        with pytest.raises(type(error)) as raised:
            done.result()
        assert raised.value is error
    with pytest.raises(ZeroDivisionError):  # what nobody foresaw is no answer
        Done.of(lambda: 1 // 0)


def test_remarks_wait_for_their_turn():
    """What is heard of a later one is not said in the middle of an earlier one."""

    class Listener(Watcher):
        def __init__(self):
            self.heard = []

        def remark(self, text):
            self.heard.append(text)

        def report(self, doing):
            self.heard.append(doing)

    listener, over = Listener(), threading.Event()
    ahead = Ahead(listener, over)
    ahead.remark("it has another name")
    ahead.report("reading")
    assert listener.heard == ["reading"]
    ahead.repeat(listener)
    ahead.repeat(listener)
    assert listener.heard == ["reading", "it has another name"]
    over.set()
    for hear in (lambda: ahead.report("x"), lambda: ahead.expect(1), ahead.advance):
        with pytest.raises(CancelledError):
            hear()
