"""One organization's view of roles, laid over those of the environment."""

from collections.abc import Iterator, Mapping
from typing import TypeVar, overload

from authz_core.model.policy import Role

Other = TypeVar("Other")


class VisibleRoles(Mapping[str, Role]):
    """The roles of the environment and one organization's own, neither of them copied."""

    __slots__ = ("_environment", "_own")

    def __init__(self, environment: Mapping[str, Role], own: Mapping[str, Role]) -> None:
        self._environment = environment
        self._own = own

    def __getitem__(self, slug: str) -> Role:
        role = self._environment.get(slug)
        return self._own[slug] if role is None else role

    @overload
    def get(self, slug: str, /) -> Role | None: ...
    @overload
    def get(self, slug: str, /, default: Role | Other) -> Role | Other: ...
    def get(self, slug: str, /, default: Other | None = None) -> Role | Other | None:
        """Return the role, or the default where there is none."""
        # The evaluator asks this at every step, and often for what is no role: without an exception it is quicker.
        role = self._environment.get(slug)
        return self._own.get(slug, default) if role is None else role

    def __iter__(self) -> Iterator[str]:
        yield from self._environment
        yield from self._own

    def __len__(self) -> int:
        return len(self._environment) + len(self._own)
