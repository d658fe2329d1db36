"""Conditions in their JSON form."""

from authz_core.errors import quoted
from authz_core.language.document import ConditionDefinition
from authz_core.language.faults import Fault, InvalidDocument, for_each
from authz_core.language.json_origins import ORIGIN, origin_form, origin_of
from authz_core.language.json_values import Value
from authz_core.language.signatures import CONTAINERS
from authz_core.model.conditions import Condition, Parameter, ParameterKind, ParameterType

_PREFIX = "TYPE_NAME_"
_KINDS = {f"{_PREFIX}{kind.name}": kind for kind in ParameterKind}


def read_json_condition(key: str, value: Value) -> ConditionDefinition:
    """Return the condition that is listed under a name; raise `InvalidDocument`."""
    fields = value.fields(("name", "expression"), ("parameters", "metadata"))
    name, expression = fields["name"].text(), fields["expression"].text()
    listed = fields["parameters"].members() if "parameters" in fields else {}
    parameters = for_each(_parameter, listed.items())
    module, file = origin_of(fields["metadata"].fields((), ORIGIN) if "metadata" in fields else {})
    return ConditionDefinition(Condition(name, parameters, expression), key if key != name else None, module, file)


def condition_form(definition: ConditionDefinition) -> dict[str, object]:
    """Return the JSON form of a condition."""
    condition = definition.condition
    form: dict[str, object] = {
        "name": condition.name,
        "expression": condition.expression,
        "parameters": {each.name: _type_form(each.type) for each in condition.parameters},
    }
    origin = origin_form(definition.module, definition.file)
    return {**form, "metadata": origin} if origin else form


def _type_form(type_: ParameterType) -> dict[str, object]:
    form: dict[str, object] = {"type_name": f"{_PREFIX}{type_.kind.name}"}
    return (
        form if type_.element is None else {**form, "generic_types": [{"type_name": f"{_PREFIX}{type_.element.name}"}]}
    )


def _parameter(item: tuple[str, Value]) -> Parameter:
    name, value = item
    fields = value.fields(("type_name",), ("generic_types",))
    kind = _kind(fields["type_name"])
    generic = list(fields["generic_types"].items()) if "generic_types" in fields else []
    if len(generic) != (1 if kind in CONTAINERS else 0):
        message = f"`{value.path}` has {len(generic)} types of elements"
        raise InvalidDocument(Fault("invalid-json", message, expected="one" if kind in CONTAINERS else "none"))
    return Parameter(name, ParameterType(kind, _element(generic[0]) if generic else None))


def _element(value: Value) -> ParameterKind:
    kind = _kind(value.fields(("type_name",))["type_name"])
    if kind in CONTAINERS:
        raise value.wrong("a type that is neither a list nor a map")
    return kind


def _kind(value: Value) -> ParameterKind:
    if value.text() not in _KINDS:
        raise value.wrong(f"one of {', '.join(map(quoted, _KINDS))}")
    return _KINDS[value.text()]
