"""Bills of materials as CycloneDX 1.6, in JSON or XML, by the library of CycloneDX.

A checkpoint is a `machine-learning-model` with its files within; what has no field of its own is a
property `checkpoint-catalog:…`. Advisories are vulnerabilities with an analysis (VEX). The extra
`sbom` brings the library, which only this module knows.
"""

import json
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, UUID, uuid5

from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Commit, Component, ComponentType, Pedigree
from cyclonedx.model.impact_analysis import (
    ImpactAnalysisJustification,
    ImpactAnalysisResponse,
    ImpactAnalysisState,
)
from cyclonedx.model.license import DisjunctiveLicense, LicenseAcknowledgement
from cyclonedx.model.tool import ToolRepository
from cyclonedx.model.vulnerability import (
    BomTarget,
    Vulnerability,
    VulnerabilityAdvisory,
    VulnerabilityAnalysis,
)
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.spdx import fixup_id
from packageurl import PackageURL

from catalog.core.published import HUB
from catalog.documents.plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.core.advisories import Advisory
    from catalog.verbs.billing import Bill, Billed, License, Part

PREFIX = "checkpoint-catalog:"
FIRST = ("$schema", "bomFormat", "specVersion", "serialNumber", "version", "metadata")


def printed(bill: "Bill") -> tuple[str, str]:
    """Return a bill of materials as JSON, and as XML."""
    bom = _bom(bill)
    document = json.loads(_text(bom, OutputFormat.JSON))
    # What it is before what is in it: so people read it, and programs that look at the beginning.
    arranged = {key: document.pop(key) for key in FIRST} | document
    return json.dumps(arranged, indent=2) + "\n", _text(bom, OutputFormat.XML)


def _text(bom: Bom, form: OutputFormat) -> str:
    text = make_outputter(bom, form, SchemaVersion.V1_6).output_as_string(indent=2)
    return text.rstrip("\n") + "\n"


def _bom(bill: "Bill") -> Bom:
    checkpoints = [_checkpoint(each) for each in bill.checkpoints]
    program = Component(
        type=ComponentType.APPLICATION, name="checkpoint-catalog", version=bill.version
    )
    metadata = BomMetaData(
        timestamp=bill.made_at, tools=ToolRepository(components=[program]), component=_lock(bill)
    )
    bom = Bom(
        components=checkpoints,
        metadata=metadata,
        serial_number=_serial(bill),
        vulnerabilities=_vulnerabilities(bill),
    )
    if metadata.component is not None:
        bom.register_dependency(metadata.component, checkpoints)
    return bom


def _serial(bill: "Bill") -> UUID:
    """Return the number of a bill: the same content at the same time has the same one."""
    return uuid5(NAMESPACE_URL, json.dumps(plain(bill), sort_keys=True))


def _lock(bill: "Bill") -> Component | None:
    """Return the lock that a bill is of; of a REF, the checkpoint is all there is."""
    if bill.lock_sha256 is None:
        return None
    return Component(
        type=ComponentType.FILE,
        name=bill.subject,
        bom_ref=f"lock:{bill.lock_sha256}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=bill.lock_sha256)],
    )


def _checkpoint(billed: "Billed") -> Component:
    owner, _, repository = (billed.repo_id or billed.name).rpartition("/")
    return Component(
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=billed.name,
        group=owner or None,
        name=billed.model or repository,
        version=billed.revision,
        purl=_purl(owner, repository, billed.commit),
        licenses=[] if billed.license is None else [_license(billed.license)],
        external_references=_references(billed),
        pedigree=_pedigree(billed),
        properties=_properties(billed),
        components=[_file(part, billed.name) for part in billed.parts],
    )


def _purl(owner: str, repository: str, commit: str | None) -> PackageURL | None:
    """Return the package URL of a commit; without one it would name whatever is there today."""
    if not owner or commit is None:
        return None
    return PackageURL(type="huggingface", namespace=owner, name=repository, version=commit)


def _license(stated: "License") -> DisjunctiveLicense:
    """Return a licence as it is declared; what SPDX does not know has a name and no id."""
    known = fixup_id(stated.spdx)
    url = None if stated.url is None else XsUri(stated.url)
    return DisjunctiveLicense(
        id=known,
        name=None if known else stated.spdx,
        url=url,
        acknowledgement=LicenseAcknowledgement.DECLARED,
    )


def _references(billed: "Billed") -> list[ExternalReference]:
    if billed.repo_id is None or "/" not in billed.repo_id:
        return []
    page = f"{HUB}/{billed.repo_id}"
    at = "" if billed.commit is None else f"/tree/{billed.commit}"
    return [
        ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(page)),
        ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(page + at)),
    ]


def _pedigree(billed: "Billed") -> Pedigree | None:
    if billed.commit is None:
        return None
    url = XsUri(f"{HUB}/{billed.repo_id}/commit/{billed.commit}")
    return Pedigree(commits=[Commit(uid=billed.commit, url=url)])


def _properties(billed: "Billed") -> list[Property]:
    stated = dict(billed.properties) | {"files": billed.source}
    if billed.license is not None:
        stated["license_source"] = billed.license.source
    return _named(stated)


def _named(stated: "Mapping[str, str]") -> list[Property]:
    return [Property(name=f"{PREFIX}{name}", value=value) for name, value in stated.items()]


def _file(part: "Part", owner: str) -> Component:
    """Return a file; git's blob id digests more than the bytes, so it is no SHA-1 of them."""
    stated = {"size_bytes": str(part.size_bytes)}
    if part.git_sha1 is not None:
        stated["git_sha1"] = part.git_sha1
    digest = part.sha256
    return Component(
        type=ComponentType.FILE,
        bom_ref=f"{owner}/{part.path}",
        name=part.path,
        hashes=[] if digest is None else [HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        properties=_named(stated),
    )


# Known problems --------------------------------------------------------------------------------


def _vulnerabilities(bill: "Bill") -> list[Vulnerability]:
    """Return each problem once a state: it may concern one checkpoint here and not another."""
    affected: dict[tuple[str, bool], list[str]] = {}
    known: dict[str, Advisory] = {}
    for billed in bill.checkpoints:
        for problem in billed.problems:
            known[problem.advisory.id] = problem.advisory
            key = (problem.advisory.id, problem.concerned)
            affected.setdefault(key, []).append(billed.name)
    return [
        _vulnerability(known[number], names, concerned=concerned)
        for (number, concerned), names in affected.items()
    ]


def _vulnerability(advisory: "Advisory", names: list[str], *, concerned: bool) -> Vulnerability:
    dated = datetime.combine(date.fromisoformat(advisory.dated), time(), UTC)
    return Vulnerability(
        bom_ref=f"{advisory.id}:{'affected' if concerned else 'not-affected'}",
        id=advisory.id,
        description=advisory.title,
        detail=f"{advisory.problem}. Evidence: {advisory.evidence} ({advisory.status}).",
        recommendation=advisory.instead,
        advisories=[VulnerabilityAdvisory(url=XsUri(source)) for source in advisory.sources],
        published=dated,
        analysis=_analysis(advisory, concerned=concerned),
        affects=[BomTarget(ref=name) for name in names],
    )


def _analysis(advisory: "Advisory", *, concerned: bool) -> VulnerabilityAnalysis:
    """Return whether it concerns what is listed; what one report says is not settled yet."""
    if not concerned:
        return VulnerabilityAnalysis(
            state=ImpactAnalysisState.NOT_AFFECTED,
            justification=ImpactAnalysisJustification.CODE_NOT_PRESENT,
            detail=f"concerns {', '.join(advisory.weight_sets)}, which is not among the files",
        )
    settled = advisory.status == "verified"
    return VulnerabilityAnalysis(
        state=ImpactAnalysisState.EXPLOITABLE if settled else ImpactAnalysisState.IN_TRIAGE,
        responses=[ImpactAnalysisResponse.WORKAROUND_AVAILABLE],
        detail=advisory.problem,
    )
