"""Lists that show what a caller may see: in memory, and chosen by the database."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    NullPool,
    Table,
    Text,
    Uuid,
    column,
    create_engine,
    event,
    insert,
    select,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import CompileError

from delegation.client import Allowed, Answer, DelegatedCaller, Denied, Unavailable, UnexpectedAnswer, Until, visible
from delegation.client.sqlalchemy import Visible, visible_to
from tests.databases import Make

pytestmark = pytest.mark.anyio

CALLER = DelegatedCaller(
    token="t",
    subject="anne",
    actor="planner",
    earlier_actors=(),
    organization="acme",
    details=(),
    expires_at=0,
    revision=1,
)
ROWS = Table(
    "documents",
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("app", Text().with_variant(Text(collation="NOCASE"), "sqlite")),  # That of PostgreSQL is exact.
    Column("reference", Text),
)
NAMES = ["a", "A", "á", "a\u0301", "storefront", "o'brien", 'x"y', "back\\slash", "100%", "x_y", "кот", "😀"]


@dataclass(slots=True)
class Rights:
    """Decides by a set of resources, and notes how it is asked."""

    allowed: frozenset[str]
    audience: str = "https://documents.example"
    batches: list[int] = field(default_factory=list)
    failure: Exception | None = None
    short: bool = False

    async def evaluate(self, who: DelegatedCaller, permission: str, resource: str) -> Answer:
        """Allow what is in the set."""
        [answer] = await self.evaluate_all(who, [(permission, resource)])
        return answer

    async def evaluate_all(
        self,
        who: DelegatedCaller,
        asked: Sequence[tuple[str, str]],
        *,
        until: Until = Until.ALL,  # noqa: ARG002 - part of the protocol
    ) -> tuple[Answer, ...]:
        """Allow what is in the set, to the one caller there is."""
        self.batches.append(len(asked))
        if self.failure is not None and len(self.batches) > 1:
            raise self.failure
        assert (who, {permission for permission, _ in asked}) == (CALLER, {"document:view"})
        answers = [Allowed(1) if each in self.allowed else Denied("no", "", {}, 1) for _, each in asked]
        return tuple(answers[: -1 if self.short else None])

    async def search_resources(self, who: DelegatedCaller, permission: str, type: str) -> AsyncIterator[str]:
        """Yield what is in the set."""
        assert (who, permission) == (CALLER, "document:view")
        for each in sorted(self.allowed):
            if each.startswith(f"{type}:"):
                yield each
        if self.failure is not None:
            raise self.failure


async def shown(rights: Rights, apps: Sequence[str]) -> list[str]:
    """Return those of the apps that may be seen."""
    return await visible(rights, CALLER, "document:view", apps, on=lambda app: f"app:{app}")


@given(st.lists(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)))
async def test_a_list_shows_exactly_what_may_be_seen(apps: list[str], seen: set[str]) -> None:
    """The order stays, repetitions stay, and each resource is asked about once."""
    rights = Rights(frozenset(f"app:{each}" for each in seen))
    assert await shown(rights, apps) == [each for each in apps if each in seen]
    assert sum(rights.batches) == len(set(apps))


@pytest.mark.parametrize("batches", [[], [1], [100], [1, 100], [50, 100, 100]], ids=sum)
async def test_many_are_asked_about_in_batches(batches: list[int]) -> None:
    """No batch holds more questions than the service takes, and an empty list costs none."""
    rights = Rights(frozenset())
    assert await shown(rights, [str(number) for number in range(sum(batches))]) == []
    assert sorted(rights.batches) == batches


@pytest.mark.parametrize("failure", [Unavailable("away"), UnexpectedAnswer("odd")])
async def test_a_failure_is_no_shorter_list(failure: Exception) -> None:
    """When one batch of several fails there is no list at all."""
    rights = Rights(frozenset({"app:1"}), failure=failure)
    with pytest.raises(type(failure)):
        await shown(rights, [str(number) for number in range(500)])
    with pytest.raises(type(failure)):
        await visible_to(rights, CALLER, "document:view", type="app")


async def test_answers_that_are_missing_are_no_answers() -> None:
    """Fewer answers than questions cannot be told apart, so nothing is shown."""
    with pytest.raises(UnexpectedAnswer):
        await shown(Rights(frozenset({"app:a"}), short=True), ["a", "b"])


def rows() -> list[dict[str, object]]:
    """Return a row about each app, and one about nothing."""
    named = [{"number": number, "app": app, "reference": f"app:{app}"} for number, app in enumerate(NAMES)]
    return [*named, {"number": len(named), "app": None, "reference": None}]


@pytest.fixture(scope="module")
def engine(databases: Make) -> Iterator[Engine]:
    """A database with these rows."""
    with databases(None) as url:
        engine = create_engine(url, poolclass=NullPool)
        ROWS.metadata.create_all(engine)
        with engine.begin() as connection:
            connection.execute(insert(ROWS), rows())
        yield engine


@pytest.mark.parametrize("about", [ROWS.c.app, ROWS.c.reference], ids=["id", "type and id"])
@given(seen=st.sets(st.sampled_from(NAMES)))
async def test_the_database_finds_exactly_what_may_be_seen(engine: Engine, about: Column[str], seen: set[str]) -> None:
    """Ids are compared letter by letter, accents, case and quotes included; a row about nothing is hidden."""
    rights = Rights(frozenset(f"app:{each}" for each in seen) | {"project:a"})
    found = await visible_to(rights, CALLER, "document:view", type="app")
    condition = found.rows(about, with_type=about is ROWS.c.reference)
    with engine.connect() as connection:
        assert sorted(connection.scalars(select(ROWS.c.app).where(condition))) == sorted(seen)


async def test_many_names_are_one_parameter(engine: Engine) -> None:
    """Ten thousand resources make no longer statement than one."""
    found = Visible("app", frozenset(f"app:{number}" for number in range(10_000)) | {"app:a"})
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    with engine.connect() as connection:
        assert connection.scalars(select(ROWS.c.app).where(found.rows(ROWS.c.app))).all() == ["a"]
        assert connection.scalars(select(ROWS.c.app).where(Visible("app", frozenset()).rows(ROWS.c.app))).all() == []
    assert statements[0] == statements[1]


def test_only_known_types_on_known_databases_are_compared() -> None:
    """A column of another type, or a database whose comparison is not known to be exact, is refused."""
    found = Visible("app", frozenset({"app:1"}))
    for about in (column("at", DateTime), column("part", Float), column("done", Boolean), column("raw", LargeBinary)):
        with pytest.raises(TypeError, match="text"):
            found.rows(about)
    for about in (column("number", Integer), column("key", Uuid)):
        with pytest.raises(TypeError, match="text"):
            found.rows(about, with_type=True)
    with pytest.raises(CompileError, match="mysql"):
        select(ROWS).where(found.rows(ROWS.c.app)).compile(dialect=mysql.dialect())


def test_a_condition_tells_nobody_what_it_shows() -> None:
    """What may be seen stands in no repr."""
    assert "storefront" not in repr(Visible("app", frozenset({"app:storefront"})))
