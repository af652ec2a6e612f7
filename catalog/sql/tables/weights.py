"""What `populate` and `verify` recorded of weights."""

from sqlalchemy import BigInteger, Boolean, Column, Double, String, Table, Text, UniqueConstraint

from catalog.core.verdicts import Level, Verdict
from catalog.core.weightsets import LAYOUTS
from catalog.sql.tables.columns import UtcTime, key, metadata, observer, one_of, refers_to

manifest = Table(
    "manifest",
    metadata,
    key(),
    Column("digest", String(64), nullable=False, unique=True, comment="catalog.digests"),
)

file = Table(
    "file",
    metadata,
    key(),
    refers_to("manifest"),
    Column("path", Text, nullable=False, comment="relative, POSIX"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False, index=True, comment="the Hub's LFS oid"),
    Column("git_sha1", String(40), comment="git blob id of small files"),
    UniqueConstraint("manifest_id", "path"),
)

weight_set = Table(
    "weight_set",
    metadata,
    key(),
    refers_to("manifest"),
    Column("name", Text, nullable=False, comment="its index or single file"),
    Column("layout", String(20), nullable=False),
    Column("dtype", String(60), nullable=False, comment="of its parameters, by name, joined by +"),
    Column("params_total", BigInteger, nullable=False),
    Column("parameter_digest", String(64), nullable=False, index=True, comment="catalog.tensors"),
    Column("value_digest", String(64), nullable=False, index=True, comment="catalog.tensors"),
    one_of("layout", LAYOUTS),
    UniqueConstraint("manifest_id", "name"),
)

tensor = Table(
    "tensor",
    metadata,
    key(),
    refers_to("weight_set"),
    Column("name", Text, nullable=False),
    Column("dtype", String(20), nullable=False),
    Column("shape", Text, nullable=False, comment="JSON"),
    Column("digest", String(64), nullable=False),
    Column("value_digest", String(64), nullable=False),
    Column("is_buffer", Boolean, nullable=False, comment="true: in no digest and no count"),
    UniqueConstraint("weight_set_id", "name"),
)

observation = Table(
    "observation",
    metadata,
    key(),
    refers_to("checkpoint", index=True),
    refers_to("manifest", index=True),
    Column("commit", String(40), comment="null: not from the Hub's cache"),
    Column("observed_at", UtcTime, nullable=False),
    observer(),
)

fingerprint = Table(
    "fingerprint",
    metadata,
    key(),
    refers_to("weight_set", index=True),
    Column("probe_set", String(60), nullable=False),
    Column("device", String(20), nullable=False),
    Column("dtype", String(20), nullable=False),
    Column("loss", Double, nullable=False, comment="mean of the probes, nats"),
    Column("document", Text, nullable=False, comment="JSON: catalog.fingerprints"),
    Column("observed_at", UtcTime, nullable=False),
    observer(),
)

verification = Table(
    "verification",
    metadata,
    key(),
    refers_to("checkpoint", nullable=True, index=True),
    Column("target", Text, nullable=False, comment="as it was given"),
    Column("level", String(20), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("checks", Text, nullable=False, comment="JSON: name, verdict, expected, observed"),
    Column("expected", String(64), comment="manifest digest on record"),
    Column("observed", String(64), comment="manifest digest now"),
    Column("worst_difference", Double, comment="of the fingerprints"),
    Column("tolerance", Double, comment="that it was held against"),
    Column("environment", Text, comment="JSON: what ran the network"),
    Column("started_at", UtcTime, nullable=False),
    Column("duration_s", Double, nullable=False),
    observer(),
    one_of("level", Level),
    one_of("verdict", Verdict),
)
