"""Conditions in the Common Expression Language: typed, compiled once, and failing closed."""

from authz_core.conditions.failures import ConditionError, ConditionFailed, MissingContext, MissingLibrary
from authz_core.conditions.soundness import validate_condition, validate_context
from authz_core.conditions.truth import holds

__all__ = [
    "ConditionError",
    "ConditionFailed",
    "MissingContext",
    "MissingLibrary",
    "holds",
    "validate_condition",
    "validate_context",
]
