"""Interprets the pickle of a weight file without running it: opcodes in, plain values out.

A pickle is a program. This machine knows the opcodes that a mapping of tensors needs and the few
globals of `GLOBALS`, each of which is imitated here and never imported. Whatever else a pickle
asks for, used or not, is refused by name. Does not read files and does not know torch.
"""

import io
import pickletools
from collections.abc import Callable, Iterator, Sequence

from catalog.weights.globals import GLOBALS, Refused, Storage, storage

WORK_LIMIT = 2_000_000
"""Opcodes, and with each what it makes anew: the largest files of weights take 50,000."""
_NUMBER_BITS = 128  # torch's own numbers have 80 at most
_TEXT_SHARE = 64  # characters that are as quickly copied as an opcode is carried out


class _Mark:
    """The stack's mark."""


_MARK = _Mark()
_Program = Iterator[tuple[pickletools.OpcodeInfo, object, int | None]]
_CONSTANTS: dict[str, object] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
# Opcodes that push what they carry.
_NUMBERS = ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT")
_TEXTS = ("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8")
_OLD_TEXTS = ("STRING", "BINSTRING", "SHORT_BINSTRING")
_BYTES = ("BINBYTES", "SHORT_BINBYTES", "BINBYTES8")
_LITERALS = frozenset((*_NUMBERS, *_TEXTS, *_OLD_TEXTS, *_BYTES))
_KEYS = (str, int, float, bytes, type(None))


def load(stream: io.BytesIO) -> object:
    """Interpret one pickle, leaving the stream after it.

    Returns:
        Dicts (also for OrderedDict), lists, tuples, texts, numbers, `globals.View` for tensors
        and `globals.Unused` for what is allowed but not needed.

    Raises:
        Refused: the pickle is malformed, or asks for something that weights do not need.
    """
    return _Machine().run(pickletools.genops(stream))


class _Machine:
    """The pickle virtual machine, less everything that calls."""

    def __init__(self) -> None:
        self._stack: list[object] = []
        self._memo: dict[int, object] = {}
        self._storages: dict[str, object] = {}
        self._work = 0

    def run(self, program: _Program) -> object:
        """Run a program and return what it leaves."""
        try:
            for opcode, argument, _ in program:
                self._charge(1)
                self._step(opcode.name, argument)
            return self._pop()
        except (ValueError, TypeError, LookupError, OverflowError) as error:
            raise Refused(f"the pickle is malformed: {error}") from error

    def _step(self, name: str, argument: object) -> None:
        """Carry out one opcode."""
        if name in _LITERALS:
            self._stack.append(_literal(name, argument))
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name])
        elif handler := _HANDLERS.get(name):
            handler(self, argument)
        else:
            raise Refused(f"the pickle uses opcode {name}, which weights do not need")

    def _charge(self, work: int) -> None:
        """Count work: a few bytes can ask for the same long copy a million times."""
        self._work += work
        if self._work > WORK_LIMIT:
            raise Refused(f"the pickle asks for more than {WORK_LIMIT:,} steps")

    def _pop(self) -> object:
        """Return the top value."""
        value = self._stack.pop()
        if value is _MARK:
            raise ValueError("a mark where a value is due")
        return value

    def _since_mark(self) -> list[object]:
        """Return and remove the values above the last mark, and the mark."""
        at = len(self._stack) - 1
        while at >= 0 and self._stack[at] is not _MARK:
            at -= 1
        if at < 0:
            raise ValueError("no mark")
        values = self._stack[at + 1 :]
        del self._stack[at:]
        return values

    def mark(self, _: object) -> None:
        """MARK."""
        self._stack.append(_MARK)

    def pop(self, _: object) -> None:
        """POP: the top value or mark."""
        self._stack.pop()

    def pop_mark(self, _: object) -> None:
        """POP_MARK."""
        self._since_mark()

    def dup(self, _: object) -> None:
        """DUP."""
        value = self._pop()
        self._stack += [value, value]

    def stop(self, _: object) -> None:
        """STOP: `genops` ends here too."""

    def new(self, make: Callable[[], object]) -> None:
        """EMPTY_LIST, EMPTY_TUPLE, EMPTY_DICT."""
        self._stack.append(make())

    def make_list(self, _: object) -> None:
        """LIST."""
        self._stack.append(self._since_mark())

    def make_tuple(self, _: object) -> None:
        """TUPLE."""
        self._stack.append(tuple(self._since_mark()))

    def tuple_of(self, count: int) -> None:
        """TUPLE1, TUPLE2, TUPLE3."""
        values = [self._pop() for _ in range(count)]
        self._stack.append(tuple(reversed(values)))

    def make_dict(self, _: object) -> None:
        """DICT."""
        values = self._since_mark()
        self._stack.append({})
        self._set_items(values)

    def set_item(self, _: object) -> None:
        """SETITEM."""
        value, key = self._pop(), self._pop()
        self._set_items([key, value])

    def set_items(self, _: object) -> None:
        """SETITEMS."""
        self._set_items(self._since_mark())

    def _set_items(self, values: Sequence[object]) -> None:
        """Put keys and values that alternate into the dict on top."""
        target = self._stack[-1]
        if not isinstance(target, dict) or len(values) % 2:
            raise TypeError("items for something that is not a dict")
        for key, value in zip(values[::2], values[1::2], strict=True):
            if not isinstance(key, _KEYS):
                raise Refused(f"the pickle has a {type(key).__name__} as a dict's key")
            self._charge(_length(key))
            target[key] = value

    def append(self, _: object) -> None:
        """APPEND."""
        self._extend([self._pop()])

    def appends(self, _: object) -> None:
        """APPENDS."""
        self._extend(self._since_mark())

    def _extend(self, values: list[object]) -> None:
        """Put values at the end of the list on top."""
        target = self._stack[-1]
        if not isinstance(target, list):
            raise TypeError("items for something that is not a list")
        target.extend(values)

    def put(self, key: object) -> None:
        """PUT, BINPUT, LONG_BINPUT."""
        if not isinstance(key, int):
            raise TypeError("a memo needs a number")
        self._memo[key] = self._stack[-1]

    def memoize(self, _: object) -> None:
        """MEMOIZE."""
        self._memo[len(self._memo)] = self._stack[-1]

    def get(self, key: object) -> None:
        """GET, BINGET, LONG_BINGET."""
        if not isinstance(key, int):
            raise TypeError("a memo needs a number")
        self._stack.append(self._memo[key])

    def ask(self, names: object) -> None:
        """GLOBAL."""
        module, _, name = str(names).partition(" ")
        self._push_global(module, name)

    def stack_ask(self, _: object) -> None:
        """STACK_GLOBAL."""
        name, module = self._pop(), self._pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise TypeError("a global needs a name")
        self._push_global(module, name)

    def _push_global(self, module: str, name: str) -> None:
        """Push the imitation of a global, if there is one."""
        if (module, name) not in GLOBALS:
            raise Refused(f"the pickle asks for {module}.{name}")
        self._stack.append(GLOBALS[module, name])

    def call(self, _: object) -> None:
        """REDUCE."""
        arguments, function = self._pop(), self._pop()
        if not callable(function) or not isinstance(arguments, tuple):
            raise TypeError("a call of something that cannot be called")
        self._charge(len(arguments) + sum(map(_length, arguments)))
        self._stack.append(function(*arguments))

    def build(self, _: object) -> None:
        """BUILD: a state dict's `_metadata`; anything but a dict has no attributes here."""
        state, target = self._pop(), self._stack[-1]
        if not isinstance(target, dict) or not isinstance(state, dict):
            raise Refused("the pickle sets attributes of something that is not a state dict")

    def persistent(self, _: object) -> None:
        """BINPERSID: how torch refers to a storage."""
        named = self._pop()
        whole = storage(named)
        # torch keeps the first that it meets under a key, and looks at no second.
        for key, kept in _keyed(named, whole):
            if self._storages.setdefault(key, kept) != kept:
                raise Refused(f"the pickle says two things of storage {key!r}")
        self._stack.append(whole)


def _keyed(named: object, whole: Storage) -> Iterator[tuple[str, object]]:
    """Yield what torch keeps of a storage, and of a legacy view of it, by key."""
    yield whole.key, (whole.dtype, whole.untyped)
    match named:
        case (_, _, _, _, _, (str(key), *_), *_):
            yield key, whole


def _literal(name: str, argument: object) -> object:
    """Return what an opcode carries, refused where readers could differ on it."""
    if isinstance(argument, int) and argument.bit_length() > _NUMBER_BITS:
        raise Refused(f"the pickle holds a number of {argument.bit_length():,} bits")
    if name in _OLD_TEXTS and not str(argument).isascii():
        raise Refused("the pickle holds a text in an encoding that it does not name")
    return argument


def _length(value: object) -> int:
    """Return how much work it is to go through a value once, in opcodes."""
    if isinstance(value, str | bytes):
        return len(value) // _TEXT_SHARE
    return len(value) if isinstance(value, tuple | list | dict) else 0


_Handler = Callable[[_Machine, object], None]

# A closed list: what is neither here nor a literal is refused, whatever pickle may add one day.
_HANDLERS: dict[str, _Handler] = {
    "MARK": _Machine.mark,
    "POP": _Machine.pop,
    "POP_MARK": _Machine.pop_mark,
    "DUP": _Machine.dup,
    "STOP": _Machine.stop,
    "LIST": _Machine.make_list,
    "TUPLE": _Machine.make_tuple,
    "DICT": _Machine.make_dict,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "MEMOIZE": _Machine.memoize,
    "GLOBAL": _Machine.ask,
    "STACK_GLOBAL": _Machine.stack_ask,
    "REDUCE": _Machine.call,
    "BUILD": _Machine.build,
    "BINPERSID": _Machine.persistent,
    "PROTO": _Machine.stop,
    "FRAME": _Machine.stop,
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
    "EMPTY_LIST": lambda machine, _: machine.new(list),
    "EMPTY_TUPLE": lambda machine, _: machine.new(tuple),
    "EMPTY_DICT": lambda machine, _: machine.new(dict),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _Machine.put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.get),
}
