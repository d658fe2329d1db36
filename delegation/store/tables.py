"""The tables: heads, log, claims, seals and answers, and the entity tables that hold the truth of each partition.

The partition comes first in every key. The rows of an entity table are exactly what a `Put` carries.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Index, MetaData, Table, Text

from delegation.store.columns import document, flag, identifier, key, number, text

METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

HEADS: Final = Table("heads", METADATA, key("chain"), number("sequence"), identifier("hash"), sqlite_with_rowid=False)
"""The newest entry of each chain. Its row is the lock that orders the changes of a partition."""

LOG: Final = Table(
    "log",
    METADATA,
    key("chain"),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    identifier("hash"),
)
"""Every change of a partition and every event of a process, in order, for ever or until it is purged."""

CLAIMS: Final = Table(
    "claims",
    METADATA,
    key("purpose"),
    key("key"),
    number("until", null=True),
    Index(None, "until"),
    sqlite_with_rowid=False,
)
"""Names and one-time things that were won."""

SEALED_HEADS: Final = Table(
    "sealed_heads",
    METADATA,
    key("chain"),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    identifier("hash"),
    number("seal"),
    Index(None, "seal"),
    sqlite_with_rowid=False,
)
"""The heads that each seal covers. A seal itself is an entry of the chain `seals`."""

ANSWERS: Final = Table(
    "answers",
    METADATA,
    key("key"),
    identifier("fingerprint"),
    Column("answer", Text, nullable=False),
    number("until"),
    Index(None, "until"),
    sqlite_with_rowid=False,
)
"""What was answered to requests that may be repeated, sealed, by the hash of who asked under which idempotency key."""

SPENT: Final = Table("spent", METADATA, key("delegation"), key("kind"), number("used"), sqlite_with_rowid=False)
"""How much of each budget was used. No partition has them: nothing is decided by them but whether one more may be."""

LAST_USES: Final = Table("last_uses", METADATA, key("delegation"), number("at"), sqlite_with_rowid=False)
"""When each delegation was last used, in epoch seconds, written now and then."""

ANCHORS: Final = Table(
    "anchors", METADATA, key("chain"), number("sequence"), identifier("hash"), sqlite_with_rowid=False
)
"""The last entry that was purged from each chain: what is left follows it."""

COMPATIBILITY: Final = Table("compatibility", METADATA, key("oldest"))
"""One row: the oldest schema whose release works with these tables too, while a newer one is rolled out."""


def _entity(name: str, *columns: Column[Any], found_by: tuple[str, ...] = ()) -> Table:
    indexes = [Index(None, *found_by, "partition")] if found_by else []
    # Without a row id the rows of a partition lie side by side in key order, and a table that is all key is kept once.
    return Table(name, METADATA, key("partition"), *columns, *indexes, sqlite_with_rowid=False)


ROLES: Final = _entity("roles", key("slug"), identifier("type"), document("permissions"), text("name"))

SIGNING_KEYS: Final = _entity(
    "signing_keys",
    key("kid"),
    identifier("purpose"),
    identifier("algorithm"),
    identifier("state"),
    document("public"),
    identifier("sealed"),
    number("created_at"),
    number("not_before"),
)

PLATFORM: Final = (
    _entity("resource_types", key("slug"), document("parents"), flag("delegable")),
    _entity("permissions", key("slug"), identifier("type"), flag("administrative")),
    ROLES,
    _entity(
        "agents",
        key("id"),
        text("name"),
        identifier("status"),
        document("jwks", null=True),
        identifier("secret_hash", null=True),
        number("created_at"),
        identifier("previous_secret_hash", null=True),
        number("previous_secret_until", null=True),
        identifier("jwks_uri", null=True),
        flag("dpop_bound", null=True),
    ),
    _entity(
        "services",
        key("id"),
        text("name"),
        identifier("audience"),
        identifier("status"),
        identifier("secret_hash"),
        number("created_at"),
        identifier("previous_secret_hash", null=True),
        number("previous_secret_until", null=True),
    ),
    _entity(
        "identity_providers",
        key("id"),
        identifier("issuer"),
        identifier("jwks_uri", null=True),
        document("jwks", null=True),
        identifier("audience", null=True),
        identifier("organization", null=True),
        identifier("subjects"),
    ),
    _entity("administrators", key("user")),
    _entity("relationship_models", key("id"), document("document"), number("created_at")),
    SIGNING_KEYS,
)
"""What belongs to nobody."""

AUDIT: Final = (SIGNING_KEYS,)
"""The keys that seal the log: apart from those of tokens, which a release that knows no seals reads all of."""

USER: Final = (
    _entity("users", key("id"), text("name"), identifier("status")),
    _entity("identities", key("issuer"), key("subject"), identifier("user"), found_by=("issuer", "subject")),
)
"""What is true of one user in every organization."""

ORGANIZATION: Final = (
    _entity("organizations", key("id"), text("name"), identifier("status")),
    _entity("memberships", key("user"), flag("active"), found_by=("user",)),
    ROLES,
    _entity("groups", key("id"), text("name")),
    _entity("group_members", key("group"), key("member")),
    _entity("resources", key("resource"), identifier("parent", null=True), text("name")),
    _entity("assignments", key("principal"), key("role"), key("resource")),
    _entity(
        "admitted_agents",
        key("agent"),
        document("ceiling", null=True),
        flag("suspended", null=True),
        found_by=("agent",),
    ),
    _entity("admitted_services", key("service"), flag("follow", null=True), found_by=("service",)),
    _entity(
        "delegations",
        key("id"),
        identifier("user"),
        identifier("agent"),
        identifier("parent", null=True),
        identifier("resource"),
        document("roles"),
        document("permissions"),
        document("audiences", null=True),
        number("not_before"),
        number("expires_at"),
        number("depth"),
        flag("unattended"),
        text("purpose"),
        document("consent"),
        identifier("status"),
        number("created_at"),
        identifier("created_by"),
        number("ended_at", null=True),
        identifier("ended_by", null=True),
        document("budget", null=True),
        found_by=("id",),
    ),
    _entity(
        "delegation_policies",
        key("id"),
        identifier("group"),
        identifier("agent"),
        identifier("resource"),
        document("roles"),
        document("permissions"),
        document("audiences", null=True),
        number("lifetime"),
        number("until", null=True),
        number("depth"),
        flag("unattended"),
        document("budget", null=True),
        text("purpose"),
        identifier("author"),
        identifier("status"),
        number("created_at"),
        number("ended_at", null=True),
        identifier("ended_by", null=True),
    ),
    _entity(
        "relationships",
        key("object"),
        key("relation"),
        key("subject"),
        identifier("condition", null=True),
        document("context", null=True),
        number("until", null=True),
    ),
    _entity("revoked_tokens", key("jti"), number("expires_at")),
)
"""What belongs to one organization."""

PARTITIONED: Final[Mapping[str, Table]] = {
    table.name: table for table in dict.fromkeys((*PLATFORM, *AUDIT, *USER, *ORGANIZATION))
}
"""Every entity table by name."""


def tables_of(partition: str) -> tuple[Table, ...]:
    """Return the entity tables that a partition of this name has; none when no partition is named so."""
    kind, separator, id_ = partition.partition(":")
    if separator and id_:
        return {"org": ORGANIZATION, "user": USER}.get(kind, ())
    return {"platform": PLATFORM, "audit": AUDIT}.get(partition, ())
