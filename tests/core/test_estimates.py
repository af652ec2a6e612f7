"""How long things may take: by what was measured, else by what is assumed, and which it is."""

import pytest

from catalog.core.estimates import COMPUTED_A_SECOND, Ran, of_download, of_forward

MEASURED = [
    Ran("cpu", "float32", 1_000_000, 2.0),
    Ran("cpu", "float32", 2_000_000, 4.0),
    Ran("cpu", "float32", 1_000_000, 90.0),
    Ran("cuda", "float32", 1_000_000, 0.1),
    Ran("cpu", "bfloat16", 0, 7.0),
]


def test_a_download_by_what_was_measured():
    """At the rate of earlier downloads, else at one that is called assumed."""
    measured = of_download(10_000_000, 1e6)
    assert measured.seconds == 10
    assert "downloaded before" in measured.rests_on
    assert "assumed" in of_download(10_000_000, None).rests_on


def test_networks_by_what_is_on_record():
    """The median of verifications on such a device in that dtype, by parameters."""
    made = of_forward([3_000_000, 1_000_000], MEASURED, "cpu", "float32")
    assert made.seconds == pytest.approx(8)
    assert made.rests_on.startswith("3 verifications on record on cpu in float32")
    far = of_forward([20_000_000, 1_000_000], MEASURED, "cpu", "float32")
    assert far.rests_on.startswith("1 verification on record")  # the two small ones say nothing
    assert "assumed" in of_forward([2_800_000_000], MEASURED, "cpu", "float32").rests_on


@pytest.mark.parametrize(("device", "dtype"), [("cuda", "float16"), ("cpu", "bfloat16")])
def test_networks_that_nobody_ran(device, dtype):
    """Two operations a parameter and token, at a rate that is said and called assumed."""
    made = of_forward([1_000_000], MEASURED, device, dtype)
    operations = made.seconds * COMPUTED_A_SECOND[device]
    assert operations % 2_000_000 == pytest.approx(0, abs=1e-3)
    assert "assumed" in made.rests_on
