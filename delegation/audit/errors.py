"""What can be wrong with something to be recorded."""


class AuditError(Exception):
    """Root of what the audit room raises."""


class InvalidRecord(AuditError):
    """The record has no canonical text, so it can be neither kept nor verified."""


class InvalidExport(AuditError):
    """What was to be checked is no export, or not a whole one."""
