"""Why it cannot be told whether a condition is met: a third answer beside true and false, which never allows."""

from authz_core.errors import EngineError, quoted


class ConditionError(EngineError):
    """A condition is neither true nor false here."""

    code = "condition_error"


class MissingContext(ConditionError):
    """Parameters have no value, neither stored nor asked; `names` tells which, in the order of their declaration."""

    code = "context_missing"

    def __init__(self, names: tuple[str, ...]) -> None:
        """Keep the names apart for programs and join them for people."""
        super().__init__(f"no value is given for {', '.join(map(quoted, names))}")
        self.names = names


class ConditionFailed(ConditionError):
    """A value does not fit its parameter, or the expression has no result for these values; `detail` says which."""

    code = "condition_failed"

    def __init__(self, detail: str) -> None:
        """Keep the detail, which repeats nothing that the library says about the values."""
        super().__init__(detail)
        self.detail = detail


class MissingLibrary(EngineError):
    """A model has conditions, and the package that evaluates them is not installed."""

    code = "missing_library"


class Unfit(ValueError):
    """A value is not of the type wanted; the text says why, and callers add where."""
