"""Whether a condition is met: yes, no, or an error that says why it cannot be told."""

from collections.abc import Mapping

from authz_core.conditions.cel import compiled
from authz_core.conditions.context import merged, stored_context
from authz_core.conditions.failures import ConditionFailed, Unfit
from authz_core.errors import InvalidModel
from authz_core.model.conditions import Condition


def holds(condition: Condition, stored: str, asked: Mapping[str, object]) -> bool:
    """Tell whether a condition is met by the stored context, a JSON object, together with the asked one.

    Stored values win over asked ones, and what the condition does not declare is ignored. Raises `MissingContext` if a
    parameter has no value, and `ConditionFailed` if a value does not fit or the expression has no result.
    """
    try:
        values = merged(condition, stored_context(stored), asked)
        return compiled(condition).evaluate(values)
    except Unfit as unfit:
        raise ConditionFailed(str(unfit)) from None
    except InvalidModel as invalid:
        raise ConditionFailed(str(invalid)) from None
