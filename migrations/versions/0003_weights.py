"""Create the weights: manifests, files, weight sets, tensors, observations, verifications.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "manifest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="catalog.digests"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manifest")),
        sa.UniqueConstraint("digest", name=op.f("uq_manifest_digest")),
    )
    op.create_table(
        "file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("manifest_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False, comment="relative, POSIX"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="the Hub's LFS oid"),
        sa.Column(
            "git_sha1", sa.String(length=40), nullable=True, comment="git blob id of small files"
        ),
        sa.ForeignKeyConstraint(
            ["manifest_id"],
            ["manifest.id"],
            name=op.f("fk_file_manifest_id_manifest"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
        sa.UniqueConstraint("manifest_id", "path", name=op.f("uq_file_manifest_id_path")),
    )
    op.create_index(op.f("ix_file_sha256"), "file", ["sha256"], unique=False)

    op.create_table(
        "weight_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("manifest_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="its index or single file"),
        sa.Column("layout", sa.String(length=20), nullable=False),
        sa.Column(
            "dtype",
            sa.String(length=60),
            nullable=False,
            comment="of its parameters, by name, joined by +",
        ),
        sa.Column("params_total", sa.BigInteger(), nullable=False),
        sa.Column(
            "parameter_digest", sa.String(length=64), nullable=False, comment="catalog.tensors"
        ),
        sa.Column("value_digest", sa.String(length=64), nullable=False, comment="catalog.tensors"),
        sa.CheckConstraint(
            "layout IN ('safetensors', 'safetensors-sharded', 'bin', 'bin-sharded', 'raw')",
            name=op.f("ck_weight_set_layout"),
        ),
        sa.ForeignKeyConstraint(
            ["manifest_id"],
            ["manifest.id"],
            name=op.f("fk_weight_set_manifest_id_manifest"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weight_set")),
        sa.UniqueConstraint("manifest_id", "name", name=op.f("uq_weight_set_manifest_id_name")),
    )
    op.create_index(
        op.f("ix_weight_set_parameter_digest"), "weight_set", ["parameter_digest"], unique=False
    )
    op.create_index(
        op.f("ix_weight_set_value_digest"), "weight_set", ["value_digest"], unique=False
    )

    op.create_table(
        "fingerprint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("weight_set_id", sa.Integer(), nullable=False),
        sa.Column("probe_set", sa.String(length=60), nullable=False),
        sa.Column("device", sa.String(length=20), nullable=False),
        sa.Column("dtype", sa.String(length=20), nullable=False),
        sa.Column("loss", sa.Double(), nullable=False, comment="mean of the probes, nats"),
        sa.Column("document", sa.Text(), nullable=False, comment="JSON: catalog.fingerprints"),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["weight_set_id"],
            ["weight_set.id"],
            name=op.f("fk_fingerprint_weight_set_id_weight_set"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fingerprint")),
    )
    op.create_index(
        op.f("ix_fingerprint_weight_set_id"), "fingerprint", ["weight_set_id"], unique=False
    )

    op.create_table(
        "tensor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("weight_set_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dtype", sa.String(length=20), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("value_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "is_buffer", sa.Boolean(), nullable=False, comment="true: in no digest and no count"
        ),
        sa.ForeignKeyConstraint(
            ["weight_set_id"],
            ["weight_set.id"],
            name=op.f("fk_tensor_weight_set_id_weight_set"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tensor")),
        sa.UniqueConstraint("weight_set_id", "name", name=op.f("uq_tensor_weight_set_id_name")),
    )
    op.create_table(
        "observation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checkpoint_id", sa.Integer(), nullable=False),
        sa.Column("manifest_id", sa.Integer(), nullable=False),
        sa.Column(
            "commit", sa.String(length=40), nullable=True, comment="null: not from the Hub's cache"
        ),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"],
            ["checkpoint.id"],
            name=op.f("fk_observation_checkpoint_id_checkpoint"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["manifest_id"],
            ["manifest.id"],
            name=op.f("fk_observation_manifest_id_manifest"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
    )
    op.create_index(
        op.f("ix_observation_checkpoint_id"), "observation", ["checkpoint_id"], unique=False
    )
    op.create_index(
        op.f("ix_observation_manifest_id"), "observation", ["manifest_id"], unique=False
    )

    op.create_table(
        "verification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checkpoint_id", sa.Integer(), nullable=True),
        sa.Column("target", sa.Text(), nullable=False, comment="as it was given"),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column(
            "checks", sa.Text(), nullable=False, comment="JSON: name, verdict, expected, observed"
        ),
        sa.Column(
            "expected", sa.String(length=64), nullable=True, comment="manifest digest on record"
        ),
        sa.Column("observed", sa.String(length=64), nullable=True, comment="manifest digest now"),
        sa.Column("worst_difference", sa.Double(), nullable=True, comment="of the fingerprints"),
        sa.Column("tolerance", sa.Double(), nullable=True, comment="that it was held against"),
        sa.Column("environment", sa.Text(), nullable=True, comment="JSON: what ran the network"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "level IN ('metadata', 'files', 'weights', 'forward')",
            name=op.f("ck_verification_level"),
        ),
        sa.CheckConstraint(
            "verdict IN ('passed', 'failed', 'inconclusive')", name=op.f("ck_verification_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"],
            ["checkpoint.id"],
            name=op.f("fk_verification_checkpoint_id_checkpoint"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification")),
    )
    op.create_index(
        op.f("ix_verification_checkpoint_id"), "verification", ["checkpoint_id"], unique=False
    )


def downgrade() -> None:
    """Undo."""
    for table in (
        "verification",
        "observation",
        "fingerprint",
        "tensor",
        "weight_set",
        "file",
        "manifest",
    ):
        op.drop_table(table)
