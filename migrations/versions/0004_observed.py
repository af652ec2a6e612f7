"""Create what the Hub was seen to hold: repositories, commits, files, looks, refs, findings.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "repository",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("repo_id", sa.String(length=200), nullable=False, comment="as on the Hub"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repository")),
        sa.UniqueConstraint("repo_id", name=op.f("uq_repository_repo_id")),
    )
    op.create_table(
        "shard_index",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "digest", sa.String(length=64), nullable=False, comment="sha256 or git's blob id"
        ),
        sa.Column(
            "weight_map",
            sa.Text(),
            nullable=False,
            comment="JSON: shard by tensor; null: unreadable",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shard_index")),
        sa.UniqueConstraint("digest", name=op.f("uq_shard_index_digest")),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "rule", sa.String(length=40), nullable=False, comment="docs/reference/findings.md"
        ),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column(
            "model",
            sa.String(length=200),
            nullable=True,
            comment="its name; null: of no known model",
        ),
        sa.Column("repository_id", sa.Integer(), nullable=True),
        sa.Column(
            "revision", sa.String(length=200), nullable=True, comment="null: about the repository"
        ),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "closed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when an audit no longer found it",
        ),
        sa.CheckConstraint(
            "severity IN ('error', 'warning', 'note')", name=op.f("ck_finding_severity")
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repository.id"],
            name=op.f("fk_finding_repository_id_repository"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index(op.f("ix_finding_repository_id"), "finding", ["repository_id"], unique=False)
    op.create_table(
        "hub_commit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("repository_id", sa.Integer(), nullable=False),
        sa.Column("sha", sa.String(length=40), nullable=False),
        sa.Column(
            "scope",
            sa.String(length=10),
            nullable=False,
            comment="weights: its other files are unknown",
        ),
        sa.Column(
            "status",
            sa.String(length=10),
            nullable=False,
            comment="gone: the Hub could not list it",
        ),
        sa.CheckConstraint("scope IN ('all', 'weights')", name=op.f("ck_hub_commit_scope")),
        sa.CheckConstraint("status IN ('read', 'gone')", name=op.f("ck_hub_commit_status")),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repository.id"],
            name=op.f("fk_hub_commit_repository_id_repository"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_commit")),
        sa.UniqueConstraint("repository_id", "sha", name=op.f("uq_hub_commit_repository_id_sha")),
    )
    op.create_table(
        "look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("repository_id", sa.Integer(), nullable=False),
        sa.Column(
            "observed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="null: before anything dated",
        ),
        sa.Column(
            "source", sa.Text(), nullable=True, comment="who told: the Hub's address, an inventory"
        ),
        sa.Column(
            "digest",
            sa.String(length=80),
            nullable=True,
            comment="algorithm:hex of the inventory it came from",
        ),
        sa.Column("requests", sa.Integer(), nullable=False, comment="that it cost"),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column(
            "same_as_id",
            sa.Integer(),
            nullable=True,
            comment="unchanged: the look that has the refs",
        ),
        sa.CheckConstraint(
            "status IN ('read', 'unchanged', 'gone', 'gated')", name=op.f("ck_look_status")
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repository.id"],
            name=op.f("fk_look_repository_id_repository"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["same_as_id"], ["look.id"], name=op.f("fk_look_same_as_id_look"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    op.create_index(
        op.f("ix_look_repository_id_observed_at"),
        "look",
        ["repository_id", "observed_at"],
        unique=False,
    )
    op.create_table(
        "branch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("look_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("hub_commit_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('branch', 'tag', 'convert', 'pull-request')", name=op.f("ck_branch_kind")
        ),
        sa.ForeignKeyConstraint(
            ["hub_commit_id"],
            ["hub_commit.id"],
            name=op.f("fk_branch_hub_commit_id_hub_commit"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["look_id"], ["look.id"], name=op.f("fk_branch_look_id_look"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch")),
        sa.UniqueConstraint(
            "look_id", "kind", "revision", name=op.f("uq_branch_look_id_kind_revision")
        ),
    )
    op.create_index(op.f("ix_branch_hub_commit_id"), "branch", ["hub_commit_id"], unique=False)
    op.create_table(
        "hub_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hub_commit_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False, comment="relative, POSIX"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True, comment="of an LFS file"),
        sa.Column(
            "git_sha1", sa.String(length=40), nullable=True, comment="git blob id of any other file"
        ),
        sa.ForeignKeyConstraint(
            ["hub_commit_id"],
            ["hub_commit.id"],
            name=op.f("fk_hub_file_hub_commit_id_hub_commit"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_file")),
        sa.UniqueConstraint("hub_commit_id", "path", name=op.f("uq_hub_file_hub_commit_id_path")),
    )
    op.create_index(op.f("ix_hub_file_git_sha1"), "hub_file", ["git_sha1"], unique=False)
    op.create_index(op.f("ix_hub_file_sha256"), "hub_file", ["sha256"], unique=False)


def downgrade() -> None:
    """Undo."""
    for table in (
        "finding",
        "branch",
        "look",
        "shard_index",
        "hub_file",
        "hub_commit",
        "repository",
    ):
        op.drop_table(table)
