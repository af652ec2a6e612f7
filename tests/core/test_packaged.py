"""What ships is what was written: the tables that questions read, against the TOML of people."""

import tomllib

import pytest

from catalog.core import packaged


def test_the_compiled_tables_are_those_that_were_written():
    """`make statements` was run after the last change to one."""
    assert packaged.text("tables.json") == packaged.compiled()


@pytest.mark.parametrize("name", packaged.TABLES)
def test_a_table_holds_what_its_toml_says(name):
    """Days become ISO text, and nothing else changes."""
    written = tomllib.loads(packaged.text(f"{name}.toml"))
    assert packaged.table(name) == _with_days_as_text(written)


def _with_days_as_text(value):
    if isinstance(value, dict):
        return {key: _with_days_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_days_as_text(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
