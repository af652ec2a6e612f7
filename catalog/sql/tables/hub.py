"""What the Hub was seen to hold, and what is wrong with it."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from catalog.core.branches.findings import SEVERITIES
from catalog.core.published import LookStatus, RefKind, Scope
from catalog.sql.tables.columns import UtcTime, key, metadata, observer, one_of, refers_to

# No reference to a model: which model a repository belongs to is `model.repo_id`, today and after
# the user adds a suite for what was observed before.
repository = Table(
    "repository",
    metadata,
    key(),
    # Elsewhere than on the Hub `ENDPOINT REPO_ID`: `catalog.core.published.place`.
    Column("repo_id", String(200), nullable=False, unique=True, comment="as on the Hub"),
)

hub_commit = Table(
    "hub_commit",
    metadata,
    key(),
    refers_to("repository"),
    Column("sha", String(40), nullable=False),
    Column("scope", String(10), nullable=False, comment="weights: its other files are unknown"),
    Column("status", String(10), nullable=False, comment="gone: the Hub could not list it"),
    one_of("scope", Scope),
    one_of("status", (LookStatus.READ, LookStatus.GONE)),
    UniqueConstraint("repository_id", "sha"),
)

hub_file = Table(
    "hub_file",
    metadata,
    key(),
    refers_to("hub_commit"),
    Column("path", Text, nullable=False, comment="relative, POSIX"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), index=True, comment="of an LFS file"),
    Column("git_sha1", String(40), index=True, comment="git blob id of any other file"),
    UniqueConstraint("hub_commit_id", "path"),
)

shard_index = Table(
    "shard_index",
    metadata,
    key(),
    Column("digest", String(64), nullable=False, unique=True, comment="sha256 or git's blob id"),
    Column("weight_map", Text, nullable=False, comment="JSON: shard by tensor; null: unreadable"),
)

look = Table(
    "look",
    metadata,
    key(),
    refers_to("repository"),
    Column("observed_at", UtcTime, comment="null: before anything dated"),
    Column("source", Text, comment="who told: the Hub's address, an inventory"),
    Column("digest", String(80), comment="algorithm:hex of the inventory it came from"),
    Column("requests", Integer, nullable=False, comment="that it cost"),
    Column("status", String(10), nullable=False),
    # An older inventory may be imported later: what an `unchanged` look confirms is stored.
    Column(
        "same_as_id",
        Integer,
        ForeignKey("look.id", ondelete="CASCADE"),
        comment="unchanged: the look that has the refs",
    ),
    observer(),
    one_of("status", LookStatus),
    Index(None, "repository_id", "observed_at"),
)

branch = Table(
    "branch",
    metadata,
    key(),
    refers_to("look"),
    Column("revision", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    refers_to("hub_commit", index=True),
    one_of("kind", RefKind),
    UniqueConstraint("look_id", "kind", "revision"),
)

finding = Table(
    "finding",
    metadata,
    key(),
    Column("rule", String(40), nullable=False, comment="docs/reference/findings.md"),
    Column("severity", String(10), nullable=False),
    Column("model", String(200), comment="its name; null: of no known model"),
    refers_to("repository", nullable=True, index=True),
    Column("revision", String(200), comment="null: about the repository"),
    Column("message", Text, nullable=False),
    Column("evidence", Text, nullable=False, comment="JSON"),
    Column("opened_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime, comment="when an audit no longer found it"),
    one_of("severity", SEVERITIES),
)
