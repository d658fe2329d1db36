"""What can be wrong with a model, a fact or a place: one class each, with a code that never changes."""

from typing import ClassVar

_SHOWN = 80  # characters of an offending value that an error message repeats


class EngineError(Exception):
    """The root of all errors of the engine; `code` tells them apart for programs."""

    code: ClassVar[str] = "engine_error"


class InvalidReference(EngineError):
    """A text is not a reference in its one canonical form."""

    code = "invalid_reference"


class InvalidModel(EngineError):
    """A model or a role catalog cannot mean anything; `problems` names every fault found."""

    code = "invalid_model"

    def __init__(self, *problems: str) -> None:
        """Keep the faults apart for programs and join them for people."""
        super().__init__("; ".join(problems))
        self.problems = problems


class InvalidRelationship(EngineError):
    """A relationship does not fit the model."""

    code = "invalid_relationship"


class UnknownType(InvalidRelationship):
    """A relationship names a type that the model does not have."""

    code = "unknown_type"


class UnknownRelation(InvalidRelationship):
    """A relationship names a relation or role that its object's type does not have."""

    code = "unknown_relation"


class InvalidPlacement(EngineError):
    """A resource may not lie where it is to be put."""

    code = "invalid_placement"


def quoted(text: str) -> str:
    """Return the value in backticks, cut to a bounded length and with unprintable characters escaped."""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"`{repr(shown)[1:-1]}`"
