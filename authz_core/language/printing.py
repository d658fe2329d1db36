"""From the document of a model to its text."""

from collections.abc import Iterable, Iterator

from authz_core.errors import quoted
from authz_core.language.bodies import flaw_of, written
from authz_core.language.document import ConditionDefinition, Document, Position, RelationDefinition, TypeDefinition
from authz_core.language.extensions import extension_faults
from authz_core.language.faults import Fault, InvalidDocument, for_each
from authz_core.language.names import VERSIONS
from authz_core.language.signatures import CONTAINERS, SCALARS, is_parameter, twice
from authz_core.language.spelling import NO_TEXT, spelled
from authz_core.language.tokens import is_identifier, is_name, unreadable
from authz_core.model.conditions import Parameter

_Part = Document | TypeDefinition | ConditionDefinition


def print_dsl(document: Document) -> str:
    """Return the text of a model or module; raise `InvalidDocument` where no text reads back the same.

    Conditions and their parameters stand in the order of their names, the types of a merged modular model in that
    of module, file and name. From where the parts of such a model come is left out.
    """
    conditions = sorted(document.conditions, key=lambda each: each.condition.name)
    parts: tuple[_Part, ...] = (document, *_ordered(document), *conditions)
    faults = list(_repeated("condition", ((each.condition.name, each.at) for each in conditions)))
    faults += extension_faults(document.types, modular=document.module is not None)
    text = "\n".join(for_each(_part, parts))
    too_large = unreadable(text)
    if too_large is not None:
        faults.append(too_large)
    if faults:
        raise InvalidDocument(*faults)
    return text


def _part(part: _Part) -> str:
    match part:
        case Document():
            return _header(part)
        case TypeDefinition():
            return _type(part)
        case _:
            return _condition(part)


def _ordered(document: Document) -> Iterable[TypeDefinition]:
    if document.module is None and any(each.module for each in document.types):
        return sorted(document.types, key=lambda each: (each.module or "", each.file or "", each.name))
    return document.types


def _header(document: Document) -> str:
    if document.module is not None:
        return f"module {_identifier('module', document.module, document.at)}\n"
    version = "1.1" if document.schema_version is None else document.schema_version
    if version not in VERSIONS:
        message, wanted = f"schema version {quoted(version)} is unknown", " or ".join(map(quoted, VERSIONS))
        raise InvalidDocument(Fault("invalid-schema", message, document.at, version, wanted))
    return f"model\n  schema {version}\n"


def _type(type_: TypeDefinition) -> str:
    keyword = "extend type" if type_.extends else "type"
    heading = f"{keyword} {_name('type', type_.name, type_.at)}\n"
    if not type_.relations:
        return heading
    faults = list(_repeated("relation", ((each.name, each.at) for each in type_.relations)))
    if faults:
        raise InvalidDocument(*faults)
    return f"{heading}  relations\n{''.join(for_each(_relation, type_.relations))}"


def _relation(relation: RelationDefinition) -> str:
    return f"    define {_name('relation', relation.name, relation.at)}: {spelled(relation)}\n"


def _condition(definition: ConditionDefinition) -> str:
    condition, at = definition.condition, definition.at
    name = _identifier("condition", condition.name, at)
    if definition.key is not None:
        message = f"condition {quoted(name)} is listed as {quoted(definition.key)}"
        raise InvalidDocument(Fault("different-nested-condition-name", message, at, definition.key, quoted(name)))
    flaw = flaw_of(condition.expression)
    if flaw is not None:
        message = f"the expression of condition {quoted(name)} has no text form: {flaw}"
        raise InvalidDocument(Fault(NO_TEXT, message, at, condition.expression))
    return f"condition {name}({_parameters(definition)}) {{\n  {written(condition.expression)}\n}}\n"


def _parameters(definition: ConditionDefinition) -> str:
    condition, at = definition.condition, definition.at
    faults = list(_repeated("parameter", ((each.name, at) for each in condition.parameters)))
    if not condition.parameters:
        message = f"condition {quoted(condition.name)} has no text form: it has no parameter"
        faults.append(Fault(NO_TEXT, message, at, condition.name))
    if faults:
        raise InvalidDocument(*faults)
    return ", ".join(_parameter(each, at) for each in sorted(condition.parameters, key=lambda each: each.name))


def _parameter(parameter: Parameter, at: Position | None) -> str:
    name = _identifier("parameter", parameter.name, at)
    kind, element = parameter.type.kind, parameter.type.element
    has_text = kind in SCALARS if element is None else kind in CONTAINERS and element in SCALARS
    if not is_parameter(name) or not has_text:
        shown = f"{name}: {parameter.type}"
        raise InvalidDocument(Fault(NO_TEXT, f"parameter {quoted(shown)} has no text form", at, shown))
    return f"{name}: {parameter.type}"


def _name(what: str, name: str, at: Position | None) -> str:
    if not is_name(name):
        raise _unspeakable(what, name, at)
    return name


def _identifier(what: str, name: str, at: Position | None) -> str:
    if not is_identifier(name):
        raise _unspeakable(what, name, at)
    return name


def _unspeakable(what: str, name: str, at: Position | None) -> InvalidDocument:
    message = f"{what} {quoted(name)} has no text form"
    return InvalidDocument(
        Fault(NO_TEXT, message, at, name, "letters, digits, `_` and `-`, and no word of the language")
    )


def _repeated(what: str, names: Iterable[tuple[str, Position | None]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for name, at in names:
        if name in seen:
            yield twice(what, name, at)
        seen.add(name)
