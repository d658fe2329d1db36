"""Tables that become another release's under a whole service: nothing is judged by them, and nothing is written."""

from dataclasses import dataclass

import pytest

from tests.clock import Clock
from tests.databases import execute, rows
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import documents_service, found
from tests.life.test_clocks import ENTRIES, ISSUER, REFUSES, SERVES, statuses, until_ready, until_refusing


@dataclass(frozen=True)
class Migration:
    """What somebody else does to the tables, and what takes it back."""

    there: tuple[str, ...]
    back: tuple[str, ...]
    told: str = "release"
    """A word of what the process says of it."""


NEWEST = "UPDATE alembic_version SET version_num = (SELECT version FROM kept)"
KEEP = "CREATE TABLE kept AS SELECT version_num AS version FROM alembic_version"
MIGRATIONS = {
    "newer": Migration(
        ("UPDATE alembic_version SET version_num = '9999'", "UPDATE compatibility SET oldest = '9999'"),
        ("UPDATE compatibility SET oldest = '0001'", NEWEST),
    ),
    "older": Migration(("UPDATE alembic_version SET version_num = '0000'",), (NEWEST,)),
    "foreign": Migration(
        ("ALTER TABLE alembic_version RENAME TO elsewhere",), ("ALTER TABLE elsewhere RENAME TO alembic_version",)
    ),
    "of no release": Migration(
        ("DELETE FROM alembic_version",), ("INSERT INTO alembic_version SELECT version FROM kept",)
    ),
    "being restored": Migration(
        ("INSERT INTO claims (purpose, key) VALUES ('restoring', '')",),
        ("DELETE FROM claims WHERE purpose = 'restoring'",),
        told="restored",
    ),
    "of two releases": Migration(
        ("INSERT INTO alembic_version VALUES ('9999')",), ("DELETE FROM alembic_version WHERE version_num = '9999'",)
    ),
}


@pytest.mark.threat("I18")
@pytest.mark.parametrize("migration", MIGRATIONS.values(), ids=MIGRATIONS.keys())
def test_a_process_whose_tables_become_anothers_serves_nothing(sites: Sites, migration: Migration) -> None:
    """Whatever the tables become, no answer is given and nothing is written, until they are as they were."""
    with sites() as site, site.running(Clock(), issuer=ISSUER) as house:
        tenant = found(house, "acme", documents_service(house))
        tenant.grant()
        token, anne = tenant.token(), tenant.house.user_token(tenant.anne)
        assert statuses(house, tenant, token, anne) == SERVES
        execute(site.database_url, KEEP)
        before = rows(site.database_url, ENTRIES)
        for statement in migration.there:
            execute(site.database_url, statement)
        assert migration.told in until_refusing(house)
        assert statuses(house, tenant, token, anne) == REFUSES
        assert house.http.get("/healthz").status_code == 200
        assert rows(site.database_url, ENTRIES) == before
        for statement in migration.back:
            execute(site.database_url, statement)
        until_ready(house)
        assert statuses(house, tenant, token, anne) == SERVES
