"""Released weights of a real language model, through the same commands; slow."""

import json
import shutil

import damage
import pytest
from recorded import rows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def smollm2():
    """Return the unpacked model's folder."""
    import smollm2 as model

    return model.cached()


def test_a_real_model_is_populated_and_verified(catalog, db_url, smollm2, tmp_path):
    """SmolLM2-135M: counted, run, recorded, verified at every level, and refused once damaged."""
    from smollm2 import MODEL, PARAMETERS

    def run(*words, code=0):
        ran = catalog(*words, "--json", "--db", db_url)
        assert ran.code == code, ran.out + ran.err
        return json.loads(ran.out)

    run("suites", "add", smollm2 / "suite.toml")
    called = ("--as", f"{MODEL}@main")
    (told,) = run("populate", *called, smollm2 / "main")
    (one,) = told["weight_sets"]
    assert (told["status"], one["params_total"], one["dtype"]) == ("recorded", PARAMETERS, "f16")
    # The probe's ids are another tokenizer's: no text to it. A guess has ln 49152 = 10.8.
    assert 1 < one["text_loss"] < 8
    assert run("populate", *called, smollm2 / "main")[0]["status"] == "known"
    for level in ("metadata", "files", "weights", "forward"):
        (told,) = run("verify", *called, "--level", level, smollm2 / "main")
        assert told["verdict"] == "passed", told["checks"]
    damaged = shutil.copytree(smollm2 / "main", tmp_path / "damaged")
    damage.flip("model.safetensors", -3)(damaged)
    before = rows(db_url)["manifest"]
    run("verify", *called, damaged, code=1)
    (told,) = run("populate", *called, damaged, code=1)
    assert (told["status"], rows(db_url)["manifest"]) == ("refused", before)
