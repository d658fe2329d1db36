"""Seals of the log, answers to requests that may be repeated, and which earlier releases may still use the tables.

Only adds tables: the release before this one goes on beside it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_IDENTIFIER = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_OLDEST = "0001"


def _identifier(name: str) -> sa.Column[str]:
    return sa.Column(name, _IDENTIFIER, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "sealed_heads",
        _identifier("chain"),
        _number("sequence"),
        _identifier("hash"),
        _number("seal"),
        sa.PrimaryKeyConstraint("chain", "sequence", name="pk_sealed_heads"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sealed_heads_seal", "sealed_heads", ["seal"])
    op.create_table(
        "answers",
        _identifier("key"),
        _identifier("fingerprint"),
        sa.Column("answer", sa.Text, nullable=False),
        _number("until"),
        sa.PrimaryKeyConstraint("key", name="pk_answers"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_answers_until", "answers", ["until"])
    compatibility = op.create_table(
        "compatibility", _identifier("oldest"), sa.PrimaryKeyConstraint("oldest", name="pk_compatibility")
    )
    op.bulk_insert(compatibility, [{"oldest": _OLDEST}])
