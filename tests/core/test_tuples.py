"""Our named tuples against the standard library's: the same to everybody who has one."""

import copy
import pickle
import typing

import pytest

from catalog.core import tuples


class Ours(tuples.NamedTuple):
    """One of ours."""

    name: str
    step: "int | None" = None
    files: tuple[str, ...] = ()

    @property
    def shown(self):
        """Its name in capitals."""
        return self.name.upper()


class Theirs(typing.NamedTuple):
    """One of the standard library's."""

    name: str
    step: "int | None" = None
    files: tuple[str, ...] = ()


CALLS = (
    (("a",), {}),
    (("a", 1), {"files": ("x",)}),
    ((), {"files": ("x",), "name": "a"}),
    ((), {}),
    (("a", 1, (), 2), {}),
    (("a",), {"name": "b"}),
    (("a",), {"other": 1}),
)


def made(kind, values, named):
    """Return what comes of a call, None where it is refused."""
    try:
        return kind(*values, **named)
    except TypeError:
        return None


@pytest.mark.parametrize(("values", "named"), CALLS)
def test_ours_is_made_as_the_standard_librarys(values, named):
    """Fields by place, by name or left out; what does not fit is refused, and so is a change."""
    ours, theirs = made(Ours, values, named), made(Theirs, values, named)
    assert ours == theirs
    if ours is None:
        return
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert (ours._asdict(), hash(ours)) == (theirs._asdict(), hash(theirs))
    assert ours._replace(step=7) == theirs._replace(step=7) == Ours._make(theirs._replace(step=7))
    assert pickle.loads(pickle.dumps(ours)) == copy.copy(ours) == ours  # noqa: S301 - our own
    assert type(copy.deepcopy(ours)) is Ours
    assert ours.shown == "A"
    with pytest.raises(ValueError, match="other"):
        ours._replace(other=1)
    with pytest.raises(AttributeError):
        ours.step = 2


def test_the_classes_tell_the_same_of_themselves():
    """What `match`, the documentation and `plain` ask a class for."""
    for name in ("_fields", "_field_defaults", "__match_args__"):
        assert getattr(Ours, name) == getattr(Theirs, name)
    assert (Ours.__doc__, Ours.__name__, Ours.__module__) == ("One of ours.", "Ours", __name__)
    assert list(Ours.__annotations__) == list(Theirs.__annotations__)
