"""Refuses a condition that can mean nothing, and a context that could never fit its condition."""

from authz_core.conditions.cel import compiled
from authz_core.conditions.coercion import coerced
from authz_core.conditions.context import stored_context
from authz_core.conditions.failures import Unfit
from authz_core.errors import InvalidRelationship, quoted
from authz_core.model.conditions import Condition


def validate_condition(condition: Condition) -> None:
    """Raise `InvalidModel` unless the expression compiles over its parameters and is true or false."""
    compiled(condition)


def validate_context(condition: Condition, context: str) -> None:
    """Raise `InvalidRelationship` unless the text is a context that may be stored with the condition.

    It may be partial: what is not stored, the question has to bring along.
    """
    types = {parameter.name: parameter.type for parameter in condition.parameters}
    try:
        for key, value in stored_context(context).items():
            if key not in types:
                raise InvalidRelationship(f"{quoted(key)} is no parameter of condition {quoted(condition.name)}")
            coerced(types[key], value)
    except Unfit as unfit:
        raise InvalidRelationship(f"the context of condition {quoted(condition.name)}: {unfit}") from None
