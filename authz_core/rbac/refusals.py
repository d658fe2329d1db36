"""Why a change of roles or an assignment is refused."""

from enum import StrEnum

from authz_core.errors import EngineError, quoted


class RoleUse(StrEnum):
    """What still speaks of a role."""

    ASSIGNMENTS = "role_has_assignments"
    MAPPINGS = "role_has_group_role_mappings"


class UnknownRole(EngineError):
    """There is no such role here; whether another organization has one makes no difference."""

    code = "unknown_role"

    def __init__(self, slug: str) -> None:
        super().__init__(f"there is no role {quoted(slug)}")


class RoleConflict(EngineError):
    """What is to be done to a role does not go together with the other roles."""

    code = "role_conflict"


class RoleInUse(RoleConflict):
    """A role is to be deleted of which `uses` still speak."""

    code = "role_in_use"

    def __init__(self, slug: str, uses: frozenset[RoleUse]) -> None:
        super().__init__(f"role {quoted(slug)} is in use: {', '.join(sorted(uses))}")
        self.uses = uses


class InvalidAssignment(EngineError):
    """A role cannot be held on a resource of this type."""

    code = "invalid_assignment"


class InvalidQuestion(EngineError):
    """A permission is asked for where nobody could ever be given it."""

    code = "invalid_question"
