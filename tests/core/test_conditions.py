"""Conditions on models: what is read, what is refused, what is compared."""

import pytest

from catalog.core import conditions, facts
from catalog.errors import BadInput, UnknownName


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("layers=24", 24, True),
        ("layers = 24.0", 24, True),
        ("layers!=24", 24, False),
        ("layers==24", 12, False),
        ("learning_rate<3e-4", 2.0e-4, True),
        ("learning_rate<3e-4", 3.0e-4, False),
        ("lr<=0.0003", 3.0e-4, True),
        ("params>=1B", 1_011_781_632, True),
        ("training_tokens=300B", 299_892_736_000, False),
        ("training_tokens>2.9e11", 299_892_736_000, True),
        ("training_tokens>299,892,736,000", 299_892_736_000, False),
        ("batch_size_tokens=2M", 2_097_152, True),
        ("batch_size_tokens<4M", "2M", True),
        ("dataset=the pile*", "the Pile, deduplicated", True),
        ("dataset=the Pile", "the Pile, deduplicated", False),
        ("dataset!=the Pile", "the Pile, deduplicated", True),
        ("tied_embeddings=yes", True, True),
        ("tied_embeddings=no", True, False),
        ("extra_save_steps=512", (0, 1, 512), True),
        ("equivalent=opt*", ("GPT-Neo 125M", "OPT-125M"), True),
        ("equivalent!=opt*", ("GPT-Neo 125M", "OPT-125M"), False),
        ("size<1400M", "1B", True),
        ("size=1.4b", "1.4B", True),
        ("layers!=24", None, False),
        ("layers<24", None, False),
    ],
)
def test_what_holds(text, value, holds):
    """Numbers as numbers, texts without case; of what nobody knows nothing holds."""
    assert conditions.parse(text).holds(value) is holds


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("layers", BadInput, "not a condition: 'layers'; write 'layers=24'"),
        ("layers<" + "9" * 300, BadInput, "not a condition: 307 characters"),
        ("layers<1e999", BadInput, "'1e999' is no number"),
        ("=24", BadInput, "not a condition"),
        ("layers=", BadInput, "not a condition"),
        ("lyers=24", UnknownName, "unknown field 'lyers'; nearest: layers"),
        ("qqqq=1", UnknownName, "`catalog facts` lists them"),
        ("layers=many", BadInput, "'many' is no number"),
        ("layers=2 MB", BadInput, "is no number"),
        ("size<large", BadInput, "'large' is no number"),
        ("dataset<the Pile", BadInput, "dataset is no number; compare it by = or !="),
        ("tied_embeddings=maybe", BadInput, "tied_embeddings is yes or no"),
    ],
)
def test_what_is_refused(text, kind, says):
    """One line with what to write."""
    with pytest.raises(kind) as refused:
        conditions.parse(text)
    assert says in str(refused.value)


def test_every_fact_is_a_field():
    """Each key of facts, and each other field, can be asked for by its kind."""
    values = {"integer": "1", "number": "0.5", "size": "1B", "switch": "yes"}
    for key, meaning in {**facts.KEYS, **conditions.FIELDS}.items():
        condition = conditions.parse(f"{key}={values.get(meaning.kind, 'x')}")
        assert condition.key == conditions.field(key) == key
