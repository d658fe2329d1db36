"""What is told of each table: every column is told, blanked or withheld on purpose."""

from typing import Any

import pytest
from sqlalchemy import Table

from delegation.feed.telling import TOLD, Telling, told_change, told_rows
from delegation.store import Put, Remove, Row
from delegation.store.tables import ORGANIZATION, PLATFORM, USER, tables_of
from tests.feed.mirror import DOCUMENTS

WITHHELD = {
    "agents": {
        *("name", "jwks", "secret_hash", "created_at", "previous_secret_hash", "previous_secret_until"),
        *("jwks_uri", "dpop_bound"),
    },
    "services": {"name", "secret_hash", "created_at", "previous_secret_hash", "previous_secret_until"},
    "signing_keys": {"sealed"},
}
"""Columns of which nothing is told, of the tables that are told of."""
NEVER = {"identity_providers", "administrators", "identities"}
"""Tables of which nothing is told."""
CONSENT = {"by": "policy", "policy": "p1", "author": "anne", "words": "canary"}


def told_columns(telling: Telling) -> set[str]:
    """Return the columns of the rows that are told."""
    audiences = {"audiences"} if telling.audiences else set()
    return {*telling.columns, *telling.blank, *telling.members} | audiences


@pytest.mark.parametrize(("kind", "tables"), [("platform", PLATFORM), ("org", ORGANIZATION), ("user", USER)])
def test_every_column_was_decided_on(kind: str, tables: tuple[Table, ...]) -> None:
    """A table or a column that is new is neither told nor withheld: whoever adds it has to say which."""
    columns = {table.name: {column.name for column in table.columns} - {"partition"} for table in tables}
    known = {name: told_columns(telling) | WITHHELD.get(name, set()) for name, telling in TOLD[kind].items()}
    assert known == {name: names for name, names in columns.items() if name not in NEVER}


@pytest.mark.parametrize("partition", ["platform", "org:acme", "user:anne", "audit", "process:one", "seals"])
def test_what_is_withheld_never_leaves(partition: str) -> None:
    """Of rows with a canary in every column nothing is told but what the contract names, and keys."""
    allowed = {name for telling in TOLD.get(partition.partition(":")[0], {}).values() for name in telling.columns}
    for table in tables_of(partition):
        row: Row = {column.name: f"canary-{column.name}" for column in table.columns if column.name != "partition"}
        told = [*told_rows(partition, table.name, [row], DOCUMENTS)]
        change: Any = told_change(partition, Put(table.name, row), DOCUMENTS)
        told += [] if change is None else [change["row"]]
        for each in told:
            assert {value for value in each.values() if isinstance(value, str)} <= {
                "",
                *(f"canary-{name}" for name in allowed),
            }


@pytest.mark.parametrize(("table", "column"), [("services", "id"), ("admitted_services", "service")])
def test_other_services_are_never_told_of(table: str, column: str) -> None:
    """Of services and their admissions a follower sees its own alone, also where one goes."""
    partition = "platform" if table == "services" else "org:acme"
    for name, count in (("documents", 1), ("mail", 0)):
        row: Row = {column: name, "audience": "https://x.example", "status": "active", "follow": True}
        assert len(told_rows(partition, table, [row], DOCUMENTS)) == count
        assert (told_change(partition, Put(table, row), DOCUMENTS) is not None) == bool(count)
        assert (told_change(partition, Remove(table, {column: name}), DOCUMENTS) is not None) == bool(count)


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (None, None),
        (["https://mail.example"], []),
        (["https://mail.example", DOCUMENTS.audience], [DOCUMENTS.audience]),
    ],
)
@pytest.mark.parametrize("table", ["delegations", "delegation_policies"])
def test_audiences_of_others_are_not_told(table: str, kept: list[str] | None, told: list[str] | None) -> None:
    """What was delegated for some services names the own audience at most; for any, it stays so."""
    (row,) = told_rows("org:acme", table, [{"audiences": kept, "consent": CONSENT, "purpose": "canary"}], DOCUMENTS)
    assert (row["audiences"], row["purpose"]) == (told, "")


def test_of_a_consent_that_is_told_which_decides() -> None:
    """A consent keeps what bounds the delegation live, and nothing that was said."""
    (row,) = told_rows("org:acme", "delegations", [{"consent": CONSENT, "audiences": None}], DOCUMENTS)
    assert row["consent"] == {"by": "policy", "policy": "p1", "author": "anne"}


def test_keys_are_told_that_verify_access_tokens() -> None:
    """Of a key for access tokens the public half is told; of any other, nothing."""
    key: Any = {"kid": "k", "purpose": "access-token", "public": {"kty": "EC"}, "sealed": "canary"}
    assert [sorted(row) for row in told_rows("platform", "signing_keys", [key], DOCUMENTS)] == [
        ["algorithm", "created_at", "kid", "not_before", "public", "purpose", "state"]
    ]
    assert told_rows("platform", "signing_keys", [{**key, "purpose": "receipt"}], DOCUMENTS) == []
