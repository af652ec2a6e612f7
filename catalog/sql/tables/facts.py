"""Suites, models, names, facts and checkpoints."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from catalog.core.suites.parser import NAME_KINDS, SUITE_KINDS
from catalog.sql.tables.columns import UtcTime, key, metadata, one_of, refers_to

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
    Column("works", Text, comment="JSON: what to cite for it; null: what the program has"),
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
