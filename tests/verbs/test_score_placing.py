"""Every combination of what a result file may say: none ends at a checkpoint that it is not of."""

from itertools import product

import pytest
import score_documents as documents

from catalog.core.scores import harness
from catalog.core.scores.values import RefusedScoresError
from catalog.errors import BadInput
from catalog.sql import database
from catalog.sql.records.placed import Measures
from catalog.verbs.evals.placing import Placer

STEP1000 = "cc81f94ea2acd24862163f15126427b85b98caac"
MAIN = "2a259cdd96a4beb1cdf467512e3904197345f6a9"
UNSEEN = "2" * 40
MODEL = "EleutherAI/pythia-2.8b"
LAST = "step143000"

PRETRAINED = {
    MODEL: None,
    f"/hub/models--EleutherAI--pythia-2.8b/snapshots/{STEP1000}": "step1000",
    "/scratch/pythia-2.8b/step_1000": "refused",
    "someone/pythia-2.8b": "refused",
    "pythia-2.8b": "refused",
    None: "refused",
}
REVISIONS = {
    None: None,
    "main": LAST,
    "step1000": "step1000",
    "step3000": "step3000",
    "3000": "step3000",
    STEP1000: "step1000",
    UNSEEN: "refused",
    MAIN: "refused",  # three steps point at it too
    "step1500": "refused",
    "checkpoint-1000": "refused",
}
SHAS = {None: None, STEP1000: "step1000", MAIN: "shared", UNSEEN: "unseen"}
FOLDERS = ("", "pythia-2.8b/step3000/", "EleutherAI__pythia-2.8b/", "13b/checkpoint-1000/")
AT_MAIN = {LAST, "step26000", "step53000", "step103000"}


def expected(pretrained, revision, sha, folder):
    """Return where a file belongs by what it says for certain, None where it must be refused."""
    whose, stated = PRETRAINED[pretrained], REVISIONS[revision]
    if pretrained is None and folder.startswith("EleutherAI__"):
        whose = "named by its folder"
    pinned = revision if revision in (STEP1000, UNSEEN, MAIN) else None
    if pinned is None and whose == "step1000":  # a snapshot: whatever stands beside its commit
        pinned = STEP1000
    if whose == "refused" or pinned is not None:
        answer = "step1000" if whose != "refused" and pinned == STEP1000 else None
    elif revision is None:
        answer = of_silence(whose, sha, folder)
    elif sha == STEP1000:
        answer = "step1000"
    elif sha == MAIN and stated not in AT_MAIN:
        answer = None
    else:
        answer = None if stated == "refused" else stated
    return answer


def of_silence(whose, sha, folder):
    """Return where a file belongs that names no revision.

    The harness loads `main` where it has a repository; a folder of another step contradicts that.
    """
    if whose is None and "step3000" in folder:
        return None
    if sha == STEP1000:
        return "step1000"
    return LAST if whose is None and sha is None else None


def placed(placer, pretrained, revision, sha, folder):
    """Return the revision under which a file would be recorded, None where it is refused."""
    document = documents.modern()
    given = {"pretrained": pretrained, "revision": revision}
    document["config"] = {
        "model": "hf",
        "model_args": {key: value for key, value in given.items() if value is not None},
        "model_sha": sha,
    }
    try:
        locations = placer.place(harness.document(document), f"{folder}r.json", Measures())
    except (BadInput, RefusedScoresError):
        return None
    (location,) = locations
    return location.checkpoint.revision


@pytest.mark.parametrize("pretrained", PRETRAINED)
def test_no_file_is_placed_wrongly(facts_url, pretrained):
    """Each of 960 files ends where it belongs by what it says for certain, or is refused."""
    wrong = []
    with database.reading(facts_url) as connection:
        placer = Placer(connection)
        for said in product((pretrained,), REVISIONS, SHAS, FOLDERS):
            found = placed(placer, *said)
            if found != expected(*said):
                wrong.append((said, found, expected(*said)))
    assert wrong == []
