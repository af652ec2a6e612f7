"""What a few bytes of two weight sets say of each other, and what they never say."""

import pytest

from catalog.core.branches import (
    BranchVerdict,
    Evidence,
    JudgedBranch,
    JudgedSet,
    Label,
    Publication,
    probed,
    samples,
)
from catalog.core.branches.samples import Compared, ProbedSet, Sample
from catalog.core.published import Look, Ref, Repository
from catalog.core.weightsets import BIN, SAFETENSORS, WeightSet

REPO = "lab/run"
PUBLICATION = Publication(Repository(REPO, Look(None, None)), "run")
SINGLE, ARCHIVE = "model.safetensors", "pytorch_model.bin"


def sample(crc32, values=None, shape=(4,)):
    """Return a norm of four halves."""
    return Sample("f16", shape, 8, crc32, values)


def seen(step, name, held, *, verdict=BranchVerdict.OWN, problem=None, unread=None):
    """Return a weight set of a branch with samples of it."""
    layout = SAFETENSORS if name == SINGLE else BIN
    label = Label(REPO, "run", Ref(f"step{step}", f"{step:040}"), step, final=False, claims=True)
    weights = WeightSet(name, layout, (name,))
    judged = JudgedSet(weights, 8, verdict, (label,), label, "Why.", Evidence.METADATA)
    branch = JudgedBranch(
        PUBLICATION,
        label.ref.revision,
        label,
        expected=True,
        verdict=verdict,
        reason="Why.",
        weight_sets=(judged,),
        loads={"transformers-5": name, "transformers-bin": name},
    )
    return ProbedSet(branch, label, judged, problem, unread, 4, held, 1, 8)


@pytest.mark.parametrize(
    ("sample_", "twin", "differ"),
    [
        (sample(1, 1), sample(2, 1), False),
        (sample(1, 1), sample(1, 2), True),
        (sample(1), sample(1, 2), False),
        (sample(1), sample(2, 1), True),
    ],
)
def test_values_count_where_both_are_known(sample_, twin, differ):
    """The sign of a zero is no other value; an archive's checksum is of the bytes."""
    assert sample_.differs(twin) is twin.differs(sample_) is differ


def test_only_what_is_alike_is_compared():
    """Of one name, element type and shape."""
    one = seen(1000, SINGLE, {"a": sample(1), "b": sample(1), "c": sample(1)})
    other = seen(1000, ARCHIVE, {"a": sample(1), "b": sample(1, shape=(2, 2)), "d": sample(1)})
    compared = samples.compare(one, other)
    assert (compared.tensors, compared.size_bytes, compared.differing) == (1, 8, ())
    assert compared.answer == "not refuted on 8 bytes"


@pytest.mark.parametrize(
    ("differing", "tensors", "by_values", "answer", "is_sure"),
    [
        (0, 0, False, "not comparable", False),
        (0, 3, True, "not refuted on 8 bytes", False),
        (1, 3, True, "refuted", True),
        (1, 3, False, "refuted", False),
        (2, 3, False, "refuted", True),
    ],
)
def test_what_a_comparison_says(differing, tensors, by_values, answer, is_sure):
    """It never says "equal"; by bytes alone, only most of the tensors make it sure."""
    names = tuple("abc"[:differing])
    compared = Compared(REPO, "step1", SINGLE, tensors, 8, names, by_values)
    assert (compared.answer, compared.is_sure) == (answer, is_sure)


def test_two_formats_of_a_branch_are_compared_both_ways():
    """What differs is one finding, whichever is named first."""
    sets = samples.compare_all(
        [seen(1000, SINGLE, {"a": sample(1, 1)}), seen(1000, ARCHIVE, {"a": sample(2, 2)})]
    )
    assert [each.compared[0].weight_set for each in sets] == [ARCHIVE, SINGLE]
    (finding,) = probed.findings(sets)
    assert (finding.rule, finding.revision) == ("sets-differ", "step1000")


def test_steps_that_look_alike_are_told():
    """Two late steps with equal samples and different files."""
    same = {"a": sample(1, 1)}
    sets = samples.compare_all([seen(1000, SINGLE, same), seen(2000, SINGLE, same)])
    assert {finding.rule for finding in probed.findings(sets)} == {"norms-equal"}


@pytest.mark.parametrize(("first", "second"), [(256, 1000), (0, 512), (1000, 1000)])
def test_early_norms_prove_nothing(first, second):
    """Before step 512 norms in 16 bits may not have moved; one step says nothing of itself."""
    same = {"a": sample(1, 1)}
    wrong = BranchVerdict.SAME_AS
    sets = samples.compare_all(
        [seen(first, SINGLE, same), seen(second, ARCHIVE, same, verdict=wrong)]
    )
    assert [each.compared for each in sets] == [(), ()]


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({"problem": "half of it"}, BranchVerdict.INCOMPLETE),
        ({"unread": "no directory"}, BranchVerdict.SUSPECT),
        ({}, BranchVerdict.OWN),
    ],
)
def test_headers_settle_what_sizes_suspect(given, verdict):
    """Broken is proof, complete clears, and what could not be read changes nothing."""
    one = seen(1000, SINGLE, {}, verdict=BranchVerdict.SUSPECT, **given)
    assert probed.with_headers(one.branch, [one]).verdict is verdict


def test_a_branch_that_nobody_probed_stays():
    """With everything that was said of it."""
    one, other = seen(1000, SINGLE, {}), seen(2000, SINGLE, {}, problem="half of it")
    assert probed.with_headers(one.branch, [other]) is one.branch
