"""Credentials that rotate, administrators' policies, relationships of OpenFGA models, budgets and last uses.

Only adds: the release before this one goes on beside it, as long as nothing that is new here is used.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_IDENTIFIER = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def _identifier(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, _IDENTIFIER, nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _flag(name: str, *, null: bool = False) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=null)


def _table(name: str, keys: tuple[str, ...], *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        *(_identifier(key) for key in keys),
        *columns,
        sa.PrimaryKeyConstraint(*keys, name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )


def upgrade() -> None:
    """Add the columns and the tables."""
    for table in ("agents", "services"):
        op.add_column(table, _identifier("previous_secret_hash", null=True))
        op.add_column(table, _number("previous_secret_until", null=True))
    op.add_column("agents", _identifier("jwks_uri", null=True))
    op.add_column("agents", _flag("dpop_bound", null=True))
    op.add_column("delegations", _text("budget", null=True))
    op.add_column("admitted_agents", _flag("suspended", null=True))
    _table(
        "delegation_policies",
        ("partition", "id"),
        _identifier("group"),
        _identifier("agent"),
        _identifier("resource"),
        _text("roles"),
        _text("permissions"),
        _text("audiences", null=True),
        _number("lifetime"),
        _number("until", null=True),
        _number("depth"),
        _flag("unattended"),
        _text("budget", null=True),
        _text("purpose"),
        _identifier("author"),
        _identifier("status"),
        _number("created_at"),
        _number("ended_at", null=True),
        _identifier("ended_by", null=True),
    )
    _table(
        "relationships",
        ("partition", "object", "relation", "subject"),
        _identifier("condition", null=True),
        _text("context", null=True),
        _number("until", null=True),
    )
    _table("relationship_models", ("partition", "id"), _text("document"), _number("created_at"))
    _table("spent", ("delegation", "kind"), _number("used"))
    _table("last_uses", ("delegation",), _number("at"))
