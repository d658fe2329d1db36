"""What can be wrong with an administrator's command."""

from typing import ClassVar


class DirectoryError(Exception):
    """A command that was refused; nothing was changed. `code` is stable, the text says what to do."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "invalid"


class Unknown(DirectoryError):
    """The command names something that does not exist where it looks."""

    status = 404
    code = "not_found"


class Conflict(DirectoryError):
    """What the command would make exists already, or something still depends on what it would remove."""

    status = 409
    code = "conflict"


class Exists(Conflict):
    """What the command would make is there already, so that a file of commands can be applied again."""


class NotPermitted(DirectoryError):
    """The caller does not hold what the command needs or would give away."""

    status = 403
    code = "forbidden"
