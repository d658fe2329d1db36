"""Where each chain of the log begins, since what came before was purged.

Only adds a table: the release before this one goes on beside it, and takes a purged log for one with gaps.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_IDENTIFIER = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "anchors",
        sa.Column("chain", _IDENTIFIER, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("hash", _IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint("chain", name="pk_anchors"),
        sqlite_with_rowid=False,
    )
