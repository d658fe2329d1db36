"""What may be seen chooses the same rows in whichever statement it stands, and by whichever column."""

from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Engine,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    NullPool,
    SmallInteger,
    String,
    Table,
    and_,
    create_engine,
    delete,
    func,
    insert,
    literal,
    select,
    type_coerce,
    union,
    update,
)
from sqlalchemy.ext import baked
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
    with_loader_criteria,
)
from sqlalchemy.sql.base import ExecutableOption

from delegation.client.sqlalchemy import Visible
from tests.databases import Make

LARGEST = 2**63 - 1
KEYS = [UUID(int=number) for number in (1, 0xABCDEF, 2**128 - 1)]
OF_A = ["first", "second"]


class Base(DeclarativeBase):
    """What the tables belong to."""


class Folder(Base):
    """Something that holds documents."""

    __tablename__ = "folders"
    number: Mapped[int] = mapped_column(primary_key=True)
    documents: Mapped[list["Document"]] = relationship(back_populates="folder", order_by="Document.number")


class Document(Base):
    """A row about an app, or about nothing, whose keys are of each type."""

    __tablename__ = "documents"
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    small: Mapped[int] = mapped_column(SmallInteger)
    key: Mapped[UUID | None]
    title: Mapped[str]
    app: Mapped[str | None] = mapped_column(String(20))
    folder_number: Mapped[int] = mapped_column(ForeignKey(Folder.number))
    folder: Mapped[Folder] = relationship(back_populates="documents")


def rows() -> list[object]:
    """Return one folder with documents of the apps a and b, and one of none."""
    named = [(0, "first", "a", KEYS[0]), (7, "second", "a", KEYS[1]), (-7, "third", "b", KEYS[2])]
    return [
        Folder(number=1),
        *(Document(number=n, small=n, title=t, app=a, key=k, folder_number=1) for n, t, a, k in named),
        Document(number=LARGEST, small=70, title="fourth", app=None, key=None, folder_number=1),
    ]


@pytest.fixture(scope="module")
def engine(databases: Make) -> Iterator[Engine]:
    """A database with these rows."""
    with databases(None) as url:
        engine = create_engine(url, poolclass=NullPool)
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            session.add_all(rows())
            session.commit()
        yield engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose changes are forgotten."""
    with Session(engine) as session:
        yield session


def apps(*names: str) -> Visible:
    """Return the sight of these apps."""
    return Visible("app", frozenset(f"app:{name}" for name in names))


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["7"], ["second"]),
        (["-7", "0", str(LARGEST)], ["first", "fourth", "third"]),
        (["07", "+7", " 7", "7.0", "7e0", "-0", "\u0667", "seven", "", "0x7", "7_0"], []),
        ([str(LARGEST + 1), str(-(2**63) - 1), "9" * 5_000], []),
        ([], []),
    ],
    ids=["one", "bounds", "written otherwise", "too large", "none"],
)
def test_whole_numbers_are_named_as_they_are_written(session: Session, names: list[str], found: list[str]) -> None:
    """A column of numbers shows the rows whose number is written exactly so, and no id is read as a near number."""
    assert sorted(session.scalars(select(Document.title).where(apps(*names).rows(Document.number)))) == found


def test_numbers_too_large_for_a_column_name_no_row(session: Session) -> None:
    """What a small column cannot hold fails no statement and wraps round to no other row."""
    shown = apps("7", str(2**16 + 7), str(LARGEST))
    assert session.scalars(select(Document.title).where(shown.rows(Document.small))).all() == ["second"]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([str(KEYS[1])], ["second"]),
        ([str(key) for key in KEYS], ["first", "second", "third"]),
        ([KEYS[1].hex, str(KEYS[1]).upper(), f"{{{KEYS[1]}}}", f"urn:uuid:{KEYS[1]}", f" {KEYS[1]}", "7", ""], []),
    ],
    ids=["one", "all", "written otherwise"],
)
def test_uuids_are_named_as_they_are_written(session: Session, names: list[str], found: list[str]) -> None:
    """A column of UUIDs shows those named with hyphens in lower case, as the column's values print, and no others."""
    assert sorted(session.scalars(select(Document.title).where(apps(*names).rows(Document.key)))) == found


@pytest.mark.parametrize("name", ["a\0", "a\0b", "a\0\ud800", "\ud800"], ids=ascii)
def test_a_name_that_no_row_can_hold_shows_none(session: Session, name: str) -> None:
    """A NUL ends no name early, so that another row would be shown, and what cannot be stored fails no statement."""
    assert session.scalars(select(Document.title).where(apps(name).rows(Document.app))).all() == []
    assert session.scalars(select(Document.title).where(apps(name, "b").rows(Document.app))).all() == ["third"]


def test_a_resource_of_another_type_shows_no_row(session: Session) -> None:
    """The id of a project that may be seen is not the id of an app."""
    shown = Visible("app", frozenset({"project:a", "app:b"}))
    assert session.scalars(select(Document.title).where(shown.rows(Document.app))).all() == ["third"]
    with_type = shown.rows(literal("project:") + Document.app, with_type=True)
    assert session.scalars(select(Document.title).where(with_type)).all() == []


def test_a_number_that_is_called_a_text_is_no_near_text() -> None:
    """Where SQLite would turn the name into the column's number, 07 still does not name 7."""
    numbers = Table("numbers", MetaData(), Column("number", Integer))
    about = type_coerce(numbers.c.number, String)
    with create_engine("sqlite://").connect() as connection:
        numbers.metadata.create_all(connection)
        connection.execute(insert(numbers), [{"number": 7}])
        assert connection.scalars(select(numbers).where(apps("07").rows(about))).all() == []
        assert connection.scalars(select(numbers).where(apps("7").rows(about))).all() == [7]


OTHER = aliased(Document)
Find = Callable[[Session, Visible], Sequence[object]]


def _through_an_alias(session: Session, shown: Visible) -> Sequence[object]:
    pairs = select(OTHER.title).join_from(Document, OTHER, and_(OTHER.number == Document.number, shown.rows(OTHER.app)))
    return session.scalars(pairs).all()


def _through_an_outer_join(session: Session, shown: Visible) -> Sequence[object]:
    joined = and_(OTHER.folder_number == Folder.number, shown.rows(OTHER.app))
    return session.scalars(select(OTHER.title).select_from(Folder).outerjoin(OTHER, joined)).all()


def _with_a_limit_around_joined_rows(session: Session, shown: Visible) -> Sequence[object]:
    whole = joinedload(Document.folder).joinedload(Folder.documents)
    asked = select(Document).options(whole).where(shown.rows(Document.app)).order_by(Document.number).limit(5)
    return [document.title for document in session.scalars(asked).unique()]


def _through_a_subquery(session: Session, shown: Visible) -> Sequence[object]:
    inner = select(Document).where(shown.rows(Document.app)).subquery()
    return [document.title for document in session.scalars(select(aliased(Document, inner)))]


def _through_a_named_query(session: Session, shown: Visible) -> Sequence[object]:
    named = select(Document.title).where(shown.rows(Document.app)).cte()
    return session.scalars(select(named.c.title)).all()


def _through_a_union(session: Session, shown: Visible) -> Sequence[object]:
    asked = select(Document.title).where(shown.rows(Document.app))
    return session.scalars(union(asked, select(Document.title).where(apps().rows(Document.app)))).all()


def _through_a_relationship(session: Session, shown: Visible) -> Sequence[object]:
    criteria = with_loader_criteria(Document, shown.rows(Document.app))
    [folder] = session.scalars(select(Folder).options(criteria, selectinload(Folder.documents)))
    return [document.title for document in folder.documents]


def _by_loading_later(session: Session, shown: Visible) -> Sequence[object]:
    [folder] = session.scalars(select(Folder).options(with_loader_criteria(Document, shown.rows(Document.app))))
    return [document.title for document in folder.documents]


@pytest.mark.parametrize(
    "find",
    [
        _through_an_alias,
        _through_an_outer_join,
        _with_a_limit_around_joined_rows,
        _through_a_subquery,
        _through_a_named_query,
        _through_a_union,
        _through_a_relationship,
        _by_loading_later,
    ],
)
def test_the_condition_holds_wherever_it_stands(engine: Engine, find: Find) -> None:
    """Each kind of statement shows what this caller may see, and with the next caller nothing that was kept of it."""
    for shown, titles in ((apps("a"), OF_A), (apps("b"), ["third"]), (apps(), [])):
        with Session(engine) as session:
            assert sorted(str(title) for title in find(session, shown) if title is not None) == titles


KEPT = SimpleNamespace(shown=Visible("app", frozenset()))


def _by_a_name(shown: Visible) -> ExecutableOption:
    KEPT.shown = shown
    return with_loader_criteria(Document, lambda row: KEPT.shown.rows(row.app))


def _by_a_default(shown: Visible) -> ExecutableOption:
    def seen(row: type[Document], shown: Visible = shown) -> ColumnElement[bool]:
        return shown.rows(row.app)

    return with_loader_criteria(Document, seen)


def _without_tracking(shown: Visible) -> ExecutableOption:
    return with_loader_criteria(Document, lambda row: shown.rows(row.app), track_closure_variables=False)


@pytest.mark.parametrize("option", [_by_a_name, _by_a_default, _without_tracking])
def test_no_lambda_is_kept_for_the_next_caller(session: Session, option: Callable[[Visible], ExecutableOption]) -> None:
    """SQLAlchemy would call it once and show everybody what the first caller may see, so that it is refused."""
    for shown in (apps("a"), apps("b")):
        with pytest.raises(TypeError, match="outside of the lambda"):
            session.scalars(select(Document).options(option(shown))).all()


def test_no_baked_query_is_kept_for_the_next_caller(session: Session) -> None:
    """The older way of keeping queries looks at no variables at all."""
    baking: Any = baked
    query = baking.bakery()(lambda session: session.query(Document))
    query += lambda query: query.filter(apps("a").rows(Document.app))
    with pytest.raises(TypeError, match="outside of the lambda"):
        query(session).all()


def test_a_column_that_holds_no_ids_is_refused() -> None:
    """The names of an enumeration's members are in the database, and its values in the program: neither is taken."""
    column: Column[str] = Column("app", Enum("a", "b", name="apps"))
    with pytest.raises(TypeError, match="Enum"):
        apps("a").rows(column)


def test_rows_are_counted_as_they_are_shown(session: Session) -> None:
    """A count tells nothing of hidden rows."""
    counted = select(func.count()).select_from(Document)
    assert session.scalar(counted.where(apps("a").rows(Document.app))) == len(OF_A)
    assert session.scalar(counted.where(apps().rows(Document.app))) == 0


def test_hidden_rows_are_neither_changed_nor_deleted(session: Session) -> None:
    """An UPDATE and a DELETE reach what may be seen, also among objects that the session holds."""
    documents = {each.title: each for each in session.scalars(select(Document))}
    session.execute(update(Document).where(apps("b").rows(Document.app)).values(title="changed"))
    assert {name for name, each in documents.items() if each.title == "changed"} == {"third"}
    session.execute(delete(Document).where(apps("a").rows(Document.app)))
    assert sorted(session.scalars(select(Document.title))) == ["changed", "fourth"]


def test_a_statement_is_written_for_no_database_to_be_read() -> None:
    """A log can show the statement; the names are not in it."""
    assert "storefront" not in str(select(Document).where(apps("storefront").rows(Document.app)))
