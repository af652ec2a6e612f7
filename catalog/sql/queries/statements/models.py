"""Suites, models, names, facts and checkpoints."""

import sqlalchemy as sa

from catalog.core.facts import Source
from catalog.core.models import Checkpoint, Model
from catalog.sql.tables import checkpoint, fact, model, name, source, suite

SUITES = (
    sa.select(
        suite.c.name,
        suite.c.title,
        suite.c.kind,
        suite.c.shipped,
        suite.c.digest,
        suite.c.loaded_at,
        sa.func.count(sa.distinct(model.c.id)).label("models"),
        sa.func.count(checkpoint.c.id).label("checkpoints"),
    )
    .select_from(suite.outerjoin(model).outerjoin(checkpoint))
    .group_by(suite.c.id)
    .order_by(suite.c.id)
)
SUITE_NAMES = sa.select(suite.c.name).order_by(suite.c.id)
SUITE_WORKS = sa.select(suite.c.name, suite.c.works).where(suite.c.works.is_not(None))

_MODEL = sa.select(
    model.c.id,
    model.c.name,
    model.c.repo_id,
    suite.c.name.label("suite"),
    suite.c.kind.label("suite_kind"),
    *(model.c[field] for field in Model._fields[5:-1]),
).join_from(model, suite)
NAMED = _MODEL.where(model.c.name == sa.bindparam("text"))
MODELS = _MODEL.order_by(suite.c.id, model.c.ordinal)
MODELS_OF_SUITE = MODELS.where(suite.c.name == sa.bindparam("suite"))

_NAME = (
    sa.select(
        name.c.text,
        model.c.name.label("model"),
        model.c.repo_id,
        name.c.kind,
        name.c.valid_from,
        name.c.valid_to,
        name.c.note,
        source.c.title.label("source"),
    )
    .select_from(name.join(model).outerjoin(source))
    .order_by(name.c.id)
)
NAMES = _NAME
NAMES_OF_MODEL = _NAME.where(name.c.model_id == sa.bindparam("model_id"))

FACTS = (
    sa.select(
        fact.c.key.label("fact"),
        fact.c.value,
        *(source.c[field] for field in Source._fields),
    )
    .join_from(fact, source)
    .where(fact.c.model_id == sa.bindparam("model_id"), fact.c.closed_at.is_(None))
    .order_by(fact.c.id)
)
FACTS_OF_KEYS = (
    sa.select(
        fact.c.model_id,
        fact.c.key.label("fact"),
        fact.c.value,
        *(source.c[field] for field in Source._fields),
    )
    .join_from(fact, source)
    .where(fact.c.key.in_(sa.bindparam("keys", expanding=True)), fact.c.closed_at.is_(None))
    .order_by(fact.c.id)
)
KEY_COUNTS = (
    sa.select(fact.c.key, sa.func.count(sa.distinct(fact.c.model_id)).label("models"))
    .where(fact.c.closed_at.is_(None))
    .group_by(fact.c.key)
    .order_by(fact.c.key)
)
VALUES_OF = (
    sa.select(model.c.name, fact.c.value)
    .join_from(fact, model)
    .where(fact.c.key == sa.bindparam("key"), fact.c.closed_at.is_(None))
    .order_by(fact.c.id)
)

_CHECKPOINT = sa.select(
    checkpoint.c.id,
    model.c.name.label("model"),
    model.c.repo_id,
    *(checkpoint.c[field] for field in Checkpoint._fields[3:]),
).join_from(checkpoint, model)
_OF_MODEL = _CHECKPOINT.where(checkpoint.c.model_id == sa.bindparam("model_id"))
_SEEN = checkpoint.c.tokens_seen
CHECKPOINTS = _OF_MODEL.order_by(_SEEN, checkpoint.c.training_step, checkpoint.c.id)
# One index entry each: the nearest to a number of tokens is the nearer of these two.
BELOW = _OF_MODEL.where(sa.bindparam("asked") >= _SEEN).order_by(_SEEN.desc()).limit(1)
ABOVE = _OF_MODEL.where(sa.bindparam("asked") <= _SEEN).order_by(_SEEN).limit(1)
FINAL = _OF_MODEL.where(_SEEN.is_not(None)).order_by(_SEEN.desc()).limit(1)
