"""What a deployment needs before it serves: made once, found again, refused when it does not fit together."""

import asyncio
import base64
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from delegation.app.preparation import prepare
from delegation.app.secrets_at_rest import ADMINISTRATOR_FILE, MASTER_KEY_FILE, NotPrepared, administrator_secret
from delegation.app.serving import application
from delegation.settings import Settings
from delegation.store import SchemaBehind, StoreError
from delegation.tokens import TokenError
from tests.clock import Clock
from tests.end_to_end.deployment import running

ANOTHER_KEY = SecretStr(base64.urlsafe_b64encode(b"another key, also of 32 bytes...").decode())


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A process that lets everybody read what it writes, unless it says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where a deployment is going to keep its data."""
    return tmp_path / "data"


def prepared(directory: Path, **changed: Any) -> Settings:
    """Prepare a deployment and return its settings."""
    settings = Settings.model_validate({"data_directory": directory, **changed})
    asyncio.run(prepare(settings, clock=Clock(), instance="prepare"))
    return settings


def changed(directory: Path, statement: str) -> None:
    """Change the database by hand."""
    with closing(sqlite3.connect(directory / "delegation.db")) as connection, connection:
        connection.execute(statement)


def content(directory: Path) -> tuple[set[str], str]:
    """Return the names of the files there are, and a digest of all secrets and rows in them."""
    digest = sha256()
    for file in (MASTER_KEY_FILE, ADMINISTRATOR_FILE):
        digest.update((directory / file).read_bytes() if (directory / file).exists() else b"-")
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(directory / "delegation.db")) as connection:
        digest.update("".join(connection.iterdump()).encode())
    names = {path.name for path in directory.iterdir()} - {"delegation.db-wal", "delegation.db-shm"}
    return names, digest.hexdigest()


@pytest.mark.usefixtures("open_umask")
def test_everything_is_for_the_owner_alone(directory: Path) -> None:
    """Whatever the umask, the directory is 0700 and every file in it 0600."""
    with running(directory, Clock(), administrator_secret=None):
        modes = {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}
    assert directory.stat().st_mode & 0o777 == 0o700
    names = {"delegation.db", "delegation.db-wal", "delegation.db-shm", MASTER_KEY_FILE, ADMINISTRATOR_FILE}
    assert modes == dict.fromkeys(names, 0o600)


def test_what_was_prepared_is_left_as_it_is(directory: Path) -> None:
    """To prepare again changes neither the database nor the secrets."""
    prepared(directory)
    before = content(directory)
    prepared(directory, policy="another one, which is not asked for")
    assert content(directory) == before


def test_secrets_that_are_configured_are_not_written_down(directory: Path) -> None:
    """Where both secrets come from the configuration, no file holds them."""
    secret = SecretStr("an administrator's secret")
    settings = prepared(directory, master_key=ANOTHER_KEY, administrator_secret=secret)
    assert {path.name for path in directory.iterdir()} <= {"delegation.db", "delegation.db-wal", "delegation.db-shm"}
    assert administrator_secret(settings) == secret.get_secret_value()


def test_the_secrets_made_are_random(tmp_path: Path) -> None:
    """Two deployments share neither master key nor administrator's secret, and both are long."""
    for name in ("one", "two"):
        prepared(tmp_path / name)
    for file in (MASTER_KEY_FILE, ADMINISTRATOR_FILE):
        one, two = ((tmp_path / name / file).read_text() for name in ("one", "two"))
        assert one != two
        assert len(one) >= 43


def test_a_development_key_is_added_to_a_prepared_deployment(directory: Path) -> None:
    """A deployment that turns the development identity provider on gets the key it needs, once."""
    prepared(directory)
    for _ in range(2):
        prepared(directory, development_identity_provider=True)
    with closing(sqlite3.connect(directory / "delegation.db")) as connection:
        purposes = connection.execute("SELECT purpose FROM signing_keys ORDER BY purpose").fetchall()
    assert len(purposes) == len(set(purposes)) == 5


def test_a_deployment_of_before_gets_its_key_for_seals(directory: Path) -> None:
    """A deployment that was made before the log was sealed gets the key it needs at the next start."""
    prepared(directory)
    changed(directory, "DELETE FROM signing_keys WHERE purpose = 'audit-seal'")
    prepared(directory)
    with closing(sqlite3.connect(directory / "delegation.db")) as connection:
        purposes = connection.execute("SELECT purpose FROM signing_keys ORDER BY purpose").fetchall()
    assert purposes == [("access-token",), ("audit-seal",), ("introspection",), ("receipt",)]


def lost(directory: Path) -> None:
    """Lose the master key."""
    (directory / MASTER_KEY_FILE).unlink()


def overwritten(name: str, content: bytes) -> Callable[[Path], None]:
    """Return how a file comes to hold something else."""

    def overwrite(directory: Path) -> None:
        (directory / name).write_bytes(content)

    return overwrite


def edited(*statements: str) -> Callable[[Path], None]:
    """Return how the database comes to hold something else."""

    def edit(directory: Path) -> None:
        for statement in statements:
            changed(directory, statement)

    return edit


def untouched(_: Path) -> None:
    """Leave everything as it is."""


BREAKAGES: dict[str, tuple[Callable[[Path], None], dict[str, Any]]] = {
    "another master key": (untouched, {"master_key": ANOTHER_KEY}),
    "a master key that is too short": (untouched, {"master_key": SecretStr("c2hvcnQ=")}),
    "a master key that is no base64": (untouched, {"master_key": SecretStr("!" * 44)}),
    "an empty master key": (untouched, {"master_key": SecretStr("")}),
    "a lost master key": (lost, {}),
    "a damaged master key": (overwritten(MASTER_KEY_FILE, b"\xff" * 44), {}),
    "an empty administrator's secret": (untouched, {"administrator_secret": SecretStr("")}),
    "a short administrator's secret": (untouched, {"administrator_secret": SecretStr("guess me")}),
    "an administrator's file that is empty": (overwritten(ADMINISTRATOR_FILE, b""), {}),
    "a signing key sealed otherwise": (edited("UPDATE signing_keys SET sealed = sealed || 'x'"), {}),
    "a signing key with another purpose": (
        edited("UPDATE signing_keys SET purpose = 'receipt' WHERE purpose = 'access-token'"),
        {},
    ),
    "tables of a later release that says so": (
        edited("UPDATE alembic_version SET version_num = '9999'", "UPDATE compatibility SET oldest = '9999'"),
        {},
    ),
    "no database but another file": (overwritten("delegation.db", b"no database" * 999), {}),
}


@pytest.mark.threat("I18")
@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_deployment_is_not_served(directory: Path, breakage: str) -> None:
    """Whatever does not fit together keeps the service from starting, and nothing is changed."""
    prepared(directory)
    break_, settings = BREAKAGES[breakage]
    break_(directory)
    before = content(directory)
    with pytest.raises((NotPrepared, TokenError, StoreError)) as caught:
        prepared(directory, **settings)
    assert "\n" not in str(caught.value)
    assert content(directory) == before


@pytest.mark.threat("I18")
@pytest.mark.parametrize("policy", ["nothing", "x = [", "[roles.r]\ntype = 'nothing'\npermissions = []", "\udcff"])
def test_a_policy_that_makes_no_model_is_refused(directory: Path, tmp_path: Path, policy: str) -> None:
    """An empty database is not furnished from a policy that is missing, is no TOML or makes no sense."""
    file = tmp_path / "policy.toml"
    if policy != "nothing":
        file.write_bytes(policy.encode(errors="surrogateescape"))
    with pytest.raises(NotPrepared):
        prepared(directory, policy=str(file))


@pytest.mark.threat("I18")
@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE alembic_version SET version_num = '0000'", SchemaBehind),
        ("DELETE FROM alembic_version", SchemaBehind),
        ("DELETE FROM signing_keys", TokenError),
    ],
)
def test_an_application_on_unprepared_tables_does_not_begin(
    directory: Path, statement: str, error: type[Exception]
) -> None:
    """An application whose tables are behind, or hold no key, fails before its first request."""
    settings = prepared(directory)
    changed(directory, statement)
    with pytest.raises(error):
        asyncio.run(begin(settings))


async def begin(settings: Settings) -> None:
    """Begin to serve, and end at once."""
    app = application(settings, clock=Clock())
    async with app.router.lifespan_context(app):
        pass


@pytest.mark.threat("I18")
def test_an_application_without_a_database_does_not_begin(directory: Path) -> None:
    """An application is never served on a database that nobody prepared, and makes none."""
    with pytest.raises(SchemaBehind):
        asyncio.run(begin(Settings(data_directory=directory)))
    assert not directory.exists()
