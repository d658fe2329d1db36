"""Whether an organization lets a service follow its log.

Only adds a column: the release before this one goes on beside it, admits services that may not follow, and leaves it
as it is for those that are admitted already.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("admitted_services", sa.Column("follow", sa.Boolean, nullable=True))
