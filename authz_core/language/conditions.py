"""Whether conditions are defined where they are named, named where they are defined, and can be evaluated."""

import re
from collections import Counter
from collections.abc import Iterator

from authz_core.conditions import validate_condition
from authz_core.errors import InvalidModel, quoted
from authz_core.language.document import ConditionDefinition, Document
from authz_core.language.faults import Fault
from authz_core.language.limits import EXPRESSION, PARAMETERS, too_many
from authz_core.language.names import LONGEST_NAME, malformed
from authz_core.language.outline import definitions
from authz_core.language.signatures import CONTAINERS, SCALARS, is_parameter
from authz_core.model.conditions import Parameter, ParameterType

_PARAMETER = re.compile(rf"[A-Za-z_][A-Za-z0-9_-]{{0,{LONGEST_NAME - 1}}}")


def condition_faults(document: Document) -> Iterator[Fault]:
    """Iterate over what is wrong with the conditions and with those who name them."""
    yield from _undefined(document)
    named = {entry.restriction.condition for _, relation in definitions(document) for entry in relation.entries}
    for definition in document.conditions:
        name = _key(definition)
        if name not in named:
            message = f"condition {quoted(name)} is attached to no entry"
            yield Fault("condition-not-used", message, definition.at, name, "an entry that names it")
        # An expression is judged only where all that it speaks of is what it may be.
        yield from [*_definition_faults(definition)] or _expression_faults(definition)


def _key(definition: ConditionDefinition) -> str:
    return definition.condition.name if definition.key is None else definition.key


def _undefined(document: Document) -> Iterator[Fault]:
    defined = {_key(definition) for definition in document.conditions}
    for type_, relation in definitions(document):
        for entry in relation.entries:
            name = entry.restriction.condition
            if name is not None and name not in defined:
                owner = quoted(f"{type_.name}#{relation.name}")
                message = f"{owner} is for {quoted(entry.restriction.kind)}, whose condition does not exist"
                yield Fault("condition-not-defined", message, entry.at, name, "a condition of the model")


def _definition_faults(definition: ConditionDefinition) -> Iterator[Fault]:
    condition, at = definition.condition, definition.at
    yield from malformed("condition", condition.name, at)
    if _key(definition) != condition.name:
        message = f"the condition listed as {quoted(_key(definition))} calls itself {quoted(condition.name)}"
        yield Fault("different-nested-condition-name", message, at, condition.name, quoted(_key(definition)))
    yield from too_many("parameters", len(condition.parameters), PARAMETERS, at)
    for name, times in Counter(parameter.name for parameter in condition.parameters).items():
        if times > 1:
            message = f"condition {quoted(condition.name)} has parameter {quoted(name)} {times} times"
            yield Fault("duplicated-error", message, at, name, "it once")
    for parameter in condition.parameters:
        yield from _parameter_faults(definition, parameter)
    size = len(condition.expression.encode("utf-8", "surrogatepass"))
    if size > EXPRESSION:
        message = f"the expression of condition {quoted(condition.name)} is too long"
        yield Fault("expression-too-long", message, at, f"{size} bytes", f"at most {EXPRESSION} bytes")


def _parameter_faults(definition: ConditionDefinition, parameter: Parameter) -> Iterator[Fault]:
    name, at = parameter.name, definition.at
    if _PARAMETER.fullmatch(name) is None:
        wanted = f"1-{LONGEST_NAME} letters, digits, `_` and `-`, the first no digit"
        yield Fault("invalid-name", f"{quoted(name)} is no name for a parameter", at, name, wanted)
    if not is_parameter(name):
        message = f"parameter {quoted(name)} has the name of a type"
        yield Fault("reserved-parameter-keywords", message, at, name, "another name")
    if not _makes_sense(parameter.type):
        wanted = "one scalar type of elements" if parameter.type.kind in CONTAINERS else "no type of elements"
        message = f"parameter {quoted(name)} is of type {quoted(str(parameter.type))}"
        yield Fault("invalid-parameter-type", message, at, str(parameter.type), wanted)


def _makes_sense(type: ParameterType) -> bool:
    return type.element in SCALARS if type.kind in CONTAINERS else type.element is None


def _expression_faults(definition: ConditionDefinition) -> Iterator[Fault]:
    try:
        validate_condition(definition.condition)
    except InvalidModel as error:
        for problem in error.problems:
            yield Fault("invalid-expression", problem, definition.at, definition.condition.expression)
