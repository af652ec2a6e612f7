"""Conditions on models: `layers=24`, `learning_rate<3e-4`, `dataset=*Pile*`.

Reads them and compares; whose values these are is the catalog's business. A field is a fact
(`facts.KEYS`) or one of `FIELDS`.
"""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from operator import ge, gt, le, lt

from catalog.core import spelling
from catalog.core.facts import KEYS, Key, Value, number
from catalog.core.tuples import NamedTuple
from catalog.errors import BadInput, UnknownName

FIELDS: dict[str, Key] = {
    "model": Key("text", "", "its name today"),
    "suite": Key("text", "", "the suite that it belongs to"),
    "suite_kind": Key("text", "", "released, comparison, unpublished or private"),
    "size": Key("size", "parameters", "the size in its name"),
    "architecture": Key("text", "", "architecture, as gpt-neox"),
    "repo_id": Key("text", "", "its repository on the Hub"),
    "derived_from": Key("text", "", "the run that it continues or varies"),
    "tokens_per_published_step": Key(
        "integer", "tokens", "tokens that a published step stands for"
    ),
    "tokens_per_training_step": Key("integer", "tokens", "tokens of one step of the optimizer"),
}
"""What is known of a model beside facts."""
SYNONYMS = {"params": "params_total", "name": "model", "lr": "learning_rate"}
_CONDITION = r"\s*([A-Za-z]\w*)\s*(!=|<=|>=|==|=|<|>)\s*(\S.*?)\s*"
_FURTHER = r"(?:\band\b|\bor\b|&|\||,)\s*[a-z]\w*\s*(?:!=|<=|>=|=|<|>)"
_NUMBER = r"([+-]?(?:\d[\d,_]*\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?)\s*([kmbt]?)"
_SCALE = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
_BINARY = "batch_size_tokens"
"""Batches are written in binary multiples: 2M tokens are 1,024 sequences of 2,048."""
_ORDERS: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_SWITCHES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
LONGEST = 300
"""Characters of a condition."""
_EXAMPLES = "write 'layers=24', 'learning_rate<3e-4' or 'dataset=*Pile*'"


class Condition(NamedTuple):
    """One condition.

    Attributes:
        text: as written.
        key: a field.
        sign: `=`, `!=`, `<`, `<=`, `>` or `>=`.
        value: what is compared with.
    """

    text: str
    key: str
    sign: str
    value: Value

    def holds(self, value: object) -> bool:
        """Return whether it is true of a model's value; of none that is not known."""
        if value is None:
            return False
        if self.sign in _ORDERS:
            numeric = as_number(self.key, value)
            bound = self.value
            return (
                isinstance(bound, int | float)
                and numeric is not None
                and (_ORDERS[self.sign](numeric, bound))
            )
        return self._is_equal(value) == (self.sign == "=")

    def _is_equal(self, value: object) -> bool:
        if isinstance(value, tuple | list):
            return any(self._is_equal(item) for item in value)
        if isinstance(self.value, str):
            return fnmatchcase(str(value).lower(), self.value.lower())
        if isinstance(self.value, bool):
            return value is self.value
        return as_number(self.key, value) == self.value


def parse(text: str) -> Condition:
    """Return a condition.

    >>> parse("training_tokens >= 300B")
    Condition(text='training_tokens >= 300B', key='training_tokens', sign='>=', value=300000000000)

    Raises:
        BadInput: it is none, or its value is not of the field's kind.
        UnknownName: there is no such field.
    """
    if len(text) > LONGEST:
        raise BadInput(f"not a condition: {len(text):,} characters", _EXAMPLES)
    match = re.fullmatch(_CONDITION, text)
    if match is None:
        raise BadInput(f"not a condition: {text!r}", _EXAMPLES)
    if re.search(_FURTHER, match[3], re.IGNORECASE):
        raise BadInput(f"{text!r} says several things", "write --where once for each")
    key, sign = field(match[1]), match[2].replace("==", "=")
    kind = definition(key).kind
    if sign in _ORDERS and kind not in ("integer", "number", "size"):
        raise BadInput(f"{text!r}: {key} is no number", "compare it by = or !=")
    return Condition(text, key, sign, _value(text, key, kind, _unquoted(match[3])))


def _unquoted(written: str) -> str:
    """Return a value without the quotes around it, as SQL has them."""
    is_quoted = len(written) > len("''") and written[0] == written[-1] and written[0] in "'\""
    return written[1:-1] if is_quoted else written


def field(name: str) -> str:
    """Return a field by its name.

    Raises:
        UnknownName: there is none.
    """
    key = SYNONYMS.get(name, name)
    if key in FIELDS or key in KEYS:
        return key
    from difflib import get_close_matches  # noqa: PLC0415 - for what is mistyped alone

    near = get_close_matches(name, [*KEYS, *FIELDS], n=3, cutoff=0.4)
    raise UnknownName("field", name, near, hint=None if near else "`catalog facts` lists them")


def is_near(name: str) -> bool:
    """Return whether a word that is no field looks like one."""
    from difflib import get_close_matches  # noqa: PLC0415 - as above

    return bool(get_close_matches(name, [*KEYS, *FIELDS], n=1, cutoff=0.7))


def definition(key: str) -> Key:
    """Return what a field means."""
    return FIELDS[key] if key in FIELDS else KEYS[key]


def _value(text: str, key: str, kind: str, written: str) -> Value:
    """Return what a field is compared with."""
    if kind == "text":
        return written
    if kind == "switch":
        if written.lower() not in _SWITCHES:
            raise BadInput(f"{text!r}: {key} is yes or no", f"write '{key}=yes'")
        return _SWITCHES[written.lower()]
    if kind == "list":
        spelt = number(written)
        return written if spelt is None else spelt
    value = as_number(key, written)
    if value is None:
        raise BadInput(f"{text!r}: {written!r} is no number", f"write '{key}=24' or '{key}<300B'")
    return value


def as_number(key: str, value: object) -> int | float | None:
    """Return the number that a value of a field is, None where it is none."""
    if key == "size":
        millions = spelling.millions(str(value))
        return None if millions is None else int(millions * 1_000_000)
    if not isinstance(value, str) or key == _BINARY:
        return number(value)
    match = re.fullmatch(_NUMBER, value.strip().lower(), re.ASCII)
    spelt = None if match is None else number(match[1])
    if match is None or spelt is None:
        return None
    scaled = spelt * _SCALE[match[2]]
    return int(scaled) if scaled == int(scaled) else scaled
