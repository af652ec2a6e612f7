"""Every table, as SQLAlchemy Core. No mapped classes: rows stay rows, `queries` hands out values.

Migrations are the schema; these tables are what the code believes it to be, and a test compares
the two. Tokens, parameter counts and sizes are 64-bit; keys are plain integers, because SQLite
only numbers a column that is called INTEGER.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """A moment: aware going in, stored as UTC, aware coming out (SQLite alone returns it naive)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: "Dialect") -> datetime | None:
        """Refuse a naive time and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a time needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: "Dialect") -> datetime | None:
        """Return UTC, aware."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def key() -> Column[int]:
    """Return a surrogate primary key."""
    return Column("id", Integer, primary_key=True)


def refers_to(table: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    """Return a foreign key column `TABLE_id`; children go with their parent."""
    return Column(
        f"{table}_id",
        Integer,
        ForeignKey(f"{table}.id", ondelete="CASCADE"),
        nullable=nullable,
        index=index,
    )


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Return a named check that a text column holds one of the given words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


SUITE_KINDS = ("released", "comparison", "unpublished", "private")
NAME_KINDS = ("current", "former", "pre-release", "repository", "file-label")

source = Table(
    "source",
    metadata,
    key(),
    Column("key", String(120), nullable=False, unique=True),
    Column(
        "kind", String(40), nullable=False, comment="decides precedence: catalog.facts.PRECEDENCE"
    ),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("commit", String(40)),
    Column("digest", String(80), comment="algorithm:hex of the document"),
    Column("dated", Date),
)

suite = Table(
    "suite",
    metadata,
    key(),
    Column("name", String(120), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("shipped", Boolean, nullable=False, comment="false: `catalog suites add`"),
    Column(
        "digest", String(80), nullable=False, comment="sha256:hex of the data file it came from"
    ),
    Column("loaded_at", UtcTime, nullable=False),
    one_of("kind", SUITE_KINDS),
)

model = Table(
    "model",
    metadata,
    key(),
    refers_to("suite", index=True),
    Column("name", String(200), nullable=False, unique=True, comment="the name in use today"),
    Column("repo_id", String(200), unique=True, comment="null: never published"),
    Column("ordinal", Integer, nullable=False, comment="position in its suite file"),
    Column("architecture", String(60), nullable=False),
    Column("size", String(20), comment="the size in its name: 70M, 1.4B"),
    Column("params_total", BigInteger),
    Column("params_non_embedding", BigInteger),
    Column("tokens_per_published_step", BigInteger),
    Column("tokens_per_training_step", BigInteger),
    Column("sequence_tokens", Integer, comment="tokens stored per training sequence (2,049)"),
    Column("sequences_per_training_step", Integer),
    Column("dataset_tokens", BigInteger, comment="tokens in one epoch, about"),
    Column("derived_from", String(200), comment="name of the model this run continues or varies"),
    Column("note", Text),
)

fact = Table(
    "fact",
    metadata,
    key(),
    refers_to("model", index=True),
    refers_to("source"),
    Column("key", String(80), nullable=False),
    Column("value", Text, nullable=False, comment="JSON"),
    Column("opened_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime, comment="when the shipped facts stopped saying so"),
    # The migration gives PostgreSQL the same condition; naming it here would import that dialect,
    # and with it asyncio, at every start: 16 ms.
    Index(
        None, "model_id", "source_id", "key", unique=True, sqlite_where=text("closed_at IS NULL")
    ),
)

name = Table(
    "name",
    metadata,
    key(),
    refers_to("model", index=True),
    refers_to("source", nullable=True),
    Column("text", String(200), nullable=False, comment="as people write it"),
    Column("folded", String(200), nullable=False, index=True, comment="catalog.names.fold(text)"),
    Column("kind", String(20), nullable=False),
    Column("valid_from", Date, comment="null: since before the catalog knows"),
    Column("valid_to", Date, comment="exclusive; null: still valid"),
    Column("note", Text),
    one_of("kind", NAME_KINDS),
    CheckConstraint(
        "valid_from IS NULL OR valid_to IS NULL OR valid_from < valid_to", name="period"
    ),
    UniqueConstraint("model_id", "text", "valid_from"),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    key(),
    refers_to("model"),
    Column("published_step", Integer, comment="the number in the branch name; null: not published"),
    Column("training_step", Integer, comment="optimizer updates; null: unknown"),
    Column("tokens_seen", BigInteger, comment="null: unknown"),
    Column("revision", String(120), comment="branch or tag; null: not published"),
    UniqueConstraint("model_id", "revision"),
    UniqueConstraint("model_id", "training_step"),
    UniqueConstraint("model_id", "tokens_seen"),
    CheckConstraint("tokens_seen >= 0", name="tokens_seen"),
)

# Evaluations ------------------------------------------------------------------------------------

NOTE_KINDS = ("contradiction", "completed", "doubt")
NOTE_PLACES = ("content", "name", "folder")

score_file = Table(
    "score_file",
    metadata,
    key(),
    refers_to("source", nullable=True, index=True),
    Column("digest", String(80), nullable=False, unique=True, comment="sha256:hex of its bytes"),
    Column("path", Text, nullable=False, comment="where it was first met"),
    Column("size", BigInteger, nullable=False),
    Column("form", String(20), nullable=False, comment="lm-eval-0.3, lm-eval-0.4, csv …"),
    Column("imported_at", UtcTime, nullable=False),
)

evaluation = Table(
    "evaluation",
    metadata,
    key(),
    refers_to("score_file", index=True),
    refers_to("checkpoint", index=True),
    Column("shots", Integer, comment="null: not stated"),
    Column("evaluated_at", UtcTime, comment="null: not stated"),
    Column("stated_model", Text, comment="the model as the file calls it"),
    Column("stated_step", Text, comment="the step or revision as the file gives it"),
    Column("commit", String(40), comment="null: not bound to weights"),
    Column("harness_version", String(40), comment="null: unknown"),
    Column("backend", String(40)),
    Column("backend_version", String(80)),
    Column("dtype", String(20), comment="null: unknown"),
    Column("sample_limit", String(20), comment="null: every document was scored"),
    Column("batch_size", String(20)),
    Column("device", String(40)),
    Column("withdrawn", Text, comment="why its authors took it back; null: it stands"),
)

evaluation_note = Table(
    "evaluation_note",
    metadata,
    key(),
    refers_to("evaluation", index=True),
    Column("kind", String(20), nullable=False),
    Column("field", String(20), nullable=False),
    Column("used", Text, nullable=False, comment="what was recorded"),
    Column("other", Text, comment="what the place says instead"),
    Column("place", String(10), nullable=False),
    one_of("kind", NOTE_KINDS),
    one_of("place", NOTE_PLACES),
)

measure = Table(
    "measure",
    metadata,
    key(),
    # Texts are empty, not null, where nothing is stated: null is equal to nothing in a constraint.
    Column("task", String(200), nullable=False),
    Column("version", String(20), nullable=False),
    Column("prompt", String(200), nullable=False),
    Column("metric", String(80), nullable=False),
    Column("filter", String(80), nullable=False),
    Column("higher_is_better", Boolean, comment="null: not stated"),
    UniqueConstraint("task", "version", "prompt", "metric", "filter"),
)

score = Table(
    "score",
    metadata,
    Column(
        "evaluation_id",
        Integer,
        ForeignKey("evaluation.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("measure_id", Integer, ForeignKey("measure.id"), primary_key=True, autoincrement=False),
    Column("value", Double, nullable=False),
    Column("stderr", Double),
    Column("samples", Integer),
    # A quarter of a million rows, always read by evaluation: the key is the table.
    sqlite_with_rowid=False,
)

# Weights ---------------------------------------------------------------------------------------

LAYOUTS = ("safetensors", "safetensors-sharded", "bin", "bin-sharded", "raw")
LEVELS = ("metadata", "files", "weights", "forward")
VERDICTS = ("passed", "failed", "inconclusive")

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
    one_of("level", LEVELS),
    one_of("verdict", VERDICTS),
)

# What the Hub was seen to hold -------------------------------------------------------------------

LOOKS = ("read", "unchanged", "gone", "gated")
REF_KINDS = ("branch", "tag", "convert", "pull-request")
SCOPES = ("all", "weights")
SEVERITIES = ("error", "warning", "note")

# No reference to a model: which model a repository belongs to is `model.repo_id`, today and after
# the user adds a suite for what was observed before.
repository = Table(
    "repository",
    metadata,
    key(),
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
    one_of("scope", SCOPES),
    one_of("status", ("read", "gone")),
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
    one_of("status", LOOKS),
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
    one_of("kind", REF_KINDS),
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
