"""From the text of a model to its document."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from authz_core.errors import quoted
from authz_core.language.cursor import Cursor, unexpected
from authz_core.language.document import ConditionDefinition, Document, Position, RelationDefinition, TypeDefinition
from authz_core.language.expressions import read_definition
from authz_core.language.extensions import extension_faults
from authz_core.language.faults import MOST_FAULTS, Fault, InvalidDocument
from authz_core.language.names import VERSIONS
from authz_core.language.signatures import read_condition, twice
from authz_core.language.statements import Statement, Statements
from authz_core.language.tokens import Token, unreadable


def parse_dsl(text: str, file: str | None = None) -> Document:
    """Return the document of a model or of one module of it; raise `InvalidDocument` with all that is misspelt.

    Types and conditions of a module carry its name and the file's, and so do the relations of an extension.
    """
    fault = unreadable(text, file)
    if fault is not None:
        raise InvalidDocument(fault)
    return _Reader(Statements(text, file), file).document()


@dataclass(slots=True)
class _Type:
    """A type while its statements are read."""

    name: str
    at: Position
    extends: bool
    opened: Token | None = None  # its `relations`
    defines: bool = False
    relations: dict[str, RelationDefinition] = field(default_factory=dict)


class _Reader:
    """Reads one statement after the other; after a faulty one it goes on with the next."""

    def __init__(self, statements: Statements, file: str | None) -> None:
        self._statements = statements
        self._file = file
        self._faults: list[Fault] = []
        self._wanted: tuple[str, ...] = ("model", "module")  # what the header still lacks
        self._version: str | None = None
        self._module: str | None = None
        self._modular = False
        self._at: Position | None = None
        self._type: _Type | None = None  # the one whose relations are read
        self._types: list[_Type] = []
        self._conditions: dict[str, ConditionDefinition] = {}
        self._types_end = False  # the first condition has been met
        self._handlers: dict[str, Callable[[Token, Cursor], None]] = {
            "type": self._define_type,
            "extend": self._extend_type,
            "relations": self._open_relations,
            "define": self._define_relation,
            "condition": self._define_condition,
        }

    def document(self) -> Document:
        """Read everything."""
        for statement in self._statements:
            try:
                self._read(statement)
            except InvalidDocument as error:
                self._faults.extend(error.faults)
            if len(self._faults) >= MOST_FAULTS:
                raise InvalidDocument(*self._faults)
        document = self._built()
        self._faults += self._missing()
        self._faults += extension_faults(document.types, modular=self._modular)
        if self._faults:
            raise InvalidDocument(*sorted(self._faults, key=_place)[:MOST_FAULTS])
        return document

    def _read(self, statement: Statement) -> None:
        cursor = Cursor(statement)
        keyword = cursor.take()
        wanted, self._wanted = self._wanted, ()
        if keyword.text in wanted:
            self._read_header(keyword, cursor)
            return
        if wanted:
            self._faults.append(unexpected(keyword, _either(wanted)))
        if keyword.text in self._handlers:
            self._handlers[keyword.text](keyword, cursor)
        elif not wanted:
            raise InvalidDocument(unexpected(keyword, _either(self._handlers)))

    def _read_header(self, keyword: Token, cursor: Cursor) -> None:
        match keyword.text:
            case "model":
                self._wanted = ("schema",)
            case "module":
                self._modular = True
                self._at = cursor.here.at
                self._module = cursor.identifier("the name of a module").text
            case _:
                self._at = cursor.here.at
                self._version = _version(cursor)
        cursor.end()

    def _define_type(self, keyword: Token, cursor: Cursor) -> None:
        if self._types_end:
            message = "a type stands behind a condition"
            self._faults.append(Fault("syntax-error", message, keyword.at, keyword.text, "all types before conditions"))
        self._open_type(cursor, extends=False)

    def _extend_type(self, _: Token, cursor: Cursor) -> None:
        cursor.expect("type")
        self._open_type(cursor, extends=True)

    def _open_type(self, cursor: Cursor, *, extends: bool) -> None:
        # A type with a faulty name is opened too, so that its relations are not all reported to stand outside.
        self._type = _Type(cursor.here.text, cursor.here.at, extends)
        self._types.append(self._type)
        cursor.name("the name of a type")
        cursor.end()

    def _open_relations(self, keyword: Token, cursor: Cursor) -> None:
        if self._type is None or self._type.opened is not None:
            raise InvalidDocument(unexpected(keyword, "a type before it, with no `relations` yet"))
        self._type.opened = keyword
        cursor.end()

    def _define_relation(self, keyword: Token, cursor: Cursor) -> None:
        if self._type is None:
            raise InvalidDocument(unexpected(keyword, "a type before it"))
        self._type.defines = True
        if self._type.opened is None:
            self._type.opened = keyword
            self._faults.append(unexpected(keyword, "`relations` in a line before"))
        name = cursor.name("the name of a relation")
        cursor.expect(":")
        expression, entries = read_definition(cursor)
        if name.text in self._type.relations:
            raise InvalidDocument(twice("relation", name.text, name.at))
        self._type.relations[name.text] = RelationDefinition(name.text, expression, entries, at=name.at)

    def _define_condition(self, _: Token, cursor: Cursor) -> None:
        self._type, self._types_end = None, True
        at = cursor.here.at
        definition = read_condition(cursor)
        name = definition.condition.name
        if name in self._conditions:
            raise InvalidDocument(twice("condition", name, at))
        self._conditions[name] = definition

    def _missing(self) -> Iterator[Fault]:
        if self._wanted:
            yield unexpected(self._statements.end, _either(self._wanted))
        for each in self._types:
            if each.opened is not None and not each.defines:
                message, wanted = "nothing is defined after `relations`", "at least one `define`"
                yield Fault("syntax-error", message, each.opened.at, each.opened.text, wanted)

    def _built(self) -> Document:
        module, file = self._module, self._file if self._modular else None
        return Document(
            tuple(self._built_type(each, module, file) for each in self._types),
            tuple(replace(each, module=module, file=file) for each in self._conditions.values()),
            self._version,
            module,
            self._at,
        )

    def _built_type(self, read: _Type, module: str | None, file: str | None) -> TypeDefinition:
        relations = tuple(read.relations.values())
        if read.extends:
            relations = tuple(replace(each, module=module, file=file) for each in relations)
        return TypeDefinition(read.name, relations, module, file, read.extends, read.at)


def _version(cursor: Cursor) -> str:
    if cursor.here.text in VERSIONS:
        return cursor.take().text
    found = cursor.here
    message = f"schema version {quoted(found.text)} is unknown" if found.text else "the schema version is missing"
    raise InvalidDocument(Fault("invalid-schema", message, found.at, found.text, _either(VERSIONS)))


def _either(words: Iterable[str]) -> str:
    *most, last = (quoted(word) for word in words)
    return f"{', '.join(most)} or {last}" if most else last


def _place(fault: Fault) -> tuple[int, int]:
    return (0, 0) if fault.position is None else (fault.position.line, fault.position.column)
