"""Which loader a run of another day used: by its version, else by its day."""

from datetime import date

import pytest

from catalog.core import eras, loaders


@pytest.mark.parametrize(
    ("version", "loader"),
    [
        ("4.22.2", "transformers-bin"),
        ("4.23.0", None),
        ("4.29.2", None),
        ("4.30.0", "transformers-5"),
        ("5.0.0rc1", "transformers-5"),
    ],
)
def test_a_version_has_an_era(version, loader):
    """Before safetensors .bin alone, then whatever was installed, then safetensors first."""
    assert eras.of_version(version).loader == loader


def test_a_version_that_cannot_be_read_has_none():
    """What is no version tells nothing."""
    assert eras.of_version("main") is None


@pytest.mark.parametrize(
    ("day", "loader"),
    [
        (date(2022, 10, 9), "transformers-bin"),
        (date(2022, 10, 10), None),
        (date(2023, 6, 7), None),
        (date(2023, 6, 8), "transformers-5"),
    ],
)
def test_a_day_has_the_era_of_its_newest_loader(day, loader):
    """An era ends on the day on which the next one's first release was built."""
    assert eras.of_day(day).loader == loader


def test_every_era_names_a_profile_there_is():
    """A loader's key is one of the profiles."""
    named = {era.loader for era in eras.eras()} - {None}
    assert named <= set(loaders.profiles())
