"""What the store raises: one class for each thing that a caller does differently."""

from enum import StrEnum


class StoreError(Exception):
    """Root of what the store raises."""


class InvalidUnit(StoreError):
    """The unit means nothing in any state of the database, or removes a row that is not there. Nothing was done."""


class InvalidQuestion(StoreError):
    """The question names a table or a column that there is not."""


class Stale(StoreError):
    """The partition moved on since the unit was decided: decide again. Nothing was done."""

    def __init__(self, partition: str) -> None:
        """Name the partition whose head is another than the unit was decided at."""
        super().__init__(f"`{partition}` changed meanwhile")
        self.partition = partition


class Taken(StoreError):
    """Another one made the claim first. Nothing was done."""

    def __init__(self, purpose: str, key: str) -> None:
        """Name the claim that was lost; the key stays out of the message, it may be a secret's."""
        super().__init__(f"a `{purpose}` was claimed before")
        self.purpose = purpose
        self.key = key


class Spent(StoreError):
    """A budget is used up. Nothing was done."""

    def __init__(self, delegation: str, kind: str) -> None:
        """Name the delegation whose budget it is, and what of it is used up."""
        super().__init__(f"the {kind} of `{delegation}` are used up")
        self.delegation = delegation
        self.kind = kind


class Reason(StrEnum):
    """Why the store could not be used, and whether anything may have been written."""

    CLOSED = "closed"
    """The store was not opened or was closed. Nothing was written."""
    FULL = "full"
    """Too many units wait already. Nothing was written; try again later."""
    FAILED = "failed"
    """The database failed. Nothing was written."""
    UNKNOWN = "unknown"
    """The database failed while it committed: all of the unit was written or none of it."""


class StoreUnavailable(StoreError):
    """The store cannot answer."""

    def __init__(self, text: str, *, reason: Reason = Reason.FAILED) -> None:
        """Say what cannot be done; `reason` says what is known of the outcome."""
        super().__init__(text)
        self.reason = reason


class ClockAstray(StoreUnavailable):
    """The clock lies too far from the database's for anything to be judged by it. Nothing was written."""


class SchemaBehind(StoreError):
    """The database's tables are not those of this release: migrate first."""
