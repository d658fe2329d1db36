"""The first tables: heads, log and claims, and the entity tables of platform, users and organizations."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_IDENTIFIER = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def _identifier(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, _IDENTIFIER, nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _entity(name: str, keys: tuple[str, ...], *columns: sa.Column[Any], found_by: tuple[str, ...] = ()) -> None:
    key = sa.PrimaryKeyConstraint("partition", *keys, name=f"pk_{name}")
    names = ("partition", *keys)
    op.create_table(name, *(_identifier(k) for k in names), *columns, key, sqlite_with_rowid=False)
    if found_by:
        indexed = [*found_by, "partition"]
        op.create_index(f"ix_{name}_{'_'.join(indexed)}", name, indexed)


def upgrade() -> None:
    """Make the tables."""
    _chains()
    _platform()
    _users()
    _organizations()
    _delegations()


def _chains() -> None:
    op.create_table(
        "heads",
        _identifier("chain"),
        _number("sequence"),
        _identifier("hash"),
        sa.PrimaryKeyConstraint("chain", name="pk_heads"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log",
        _identifier("chain"),
        _number("sequence"),
        _text("body"),
        _identifier("hash"),
        sa.PrimaryKeyConstraint("chain", "sequence", name="pk_log"),
    )
    op.create_table(
        "claims",
        _identifier("purpose"),
        _identifier("key"),
        _number("until", null=True),
        sa.PrimaryKeyConstraint("purpose", "key", name="pk_claims"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_claims_until", "claims", ["until"])


def _platform() -> None:
    _entity("resource_types", ("slug",), _text("parents"), _flag("delegable"))
    _entity("permissions", ("slug",), _identifier("type"), _flag("administrative"))
    _entity("roles", ("slug",), _identifier("type"), _text("permissions"), _text("name"))
    _entity(
        "agents",
        ("id",),
        _text("name"),
        _identifier("status"),
        _text("jwks", null=True),
        _identifier("secret_hash", null=True),
        _number("created_at"),
    )
    _entity(
        "services",
        ("id",),
        _text("name"),
        _identifier("audience"),
        _identifier("status"),
        _identifier("secret_hash"),
        _number("created_at"),
    )
    _entity(
        "identity_providers",
        ("id",),
        _identifier("issuer"),
        _identifier("jwks_uri", null=True),
        _text("jwks", null=True),
        _identifier("audience", null=True),
        _identifier("organization", null=True),
        _identifier("subjects"),
    )
    _entity("administrators", ("user",))
    _entity(
        "signing_keys",
        ("kid",),
        _identifier("purpose"),
        _identifier("algorithm"),
        _identifier("state"),
        _text("public"),
        _identifier("sealed"),
        _number("created_at"),
        _number("not_before"),
    )


def _users() -> None:
    _entity("users", ("id",), _text("name"), _identifier("status"))
    _entity("identities", ("issuer", "subject"), _identifier("user"), found_by=("issuer", "subject"))


def _organizations() -> None:
    _entity("organizations", ("id",), _text("name"), _identifier("status"))
    _entity("memberships", ("user",), _flag("active"), found_by=("user",))
    _entity("groups", ("id",), _text("name"))
    _entity("group_members", ("group", "member"))
    _entity("resources", ("resource",), _identifier("parent", null=True), _text("name"))
    _entity("assignments", ("principal", "role", "resource"))
    _entity("admitted_agents", ("agent",), _text("ceiling", null=True), found_by=("agent",))
    _entity("admitted_services", ("service",), found_by=("service",))
    _entity("revoked_tokens", ("jti",), _number("expires_at"))


def _delegations() -> None:
    _entity(
        "delegations",
        ("id",),
        _identifier("user"),
        _identifier("agent"),
        _identifier("parent", null=True),
        _identifier("resource"),
        _text("roles"),
        _text("permissions"),
        _text("audiences", null=True),
        _number("not_before"),
        _number("expires_at"),
        _number("depth"),
        _flag("unattended"),
        _text("purpose"),
        _text("consent"),
        _identifier("status"),
        _number("created_at"),
        _identifier("created_by"),
        _number("ended_at", null=True),
        _identifier("ended_by", null=True),
        found_by=("id",),
    )
