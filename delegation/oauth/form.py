"""The form of an OAuth request: each parameter once, blank ones absent (RFC 6749 §3.2)."""

from collections.abc import Iterable, Mapping
from typing import Final

from delegation.oauth.errors import InvalidRequest

REPEATABLE: Final = frozenset({"resource", "audience"})
"""Parameters that may come several times (RFC 8693 §2.1)."""
PARAMETER_LIMIT: Final = 16_384
"""Characters a parameter may have; a longer one is refused, never dropped."""


class Form:
    """The parameters of one request."""

    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        """Hold parameters that were read by `of`."""
        self._values = values

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> "Form":
        """Return the form that pairs make. Raises InvalidRequest on a repeated or over-long parameter."""
        values: dict[str, tuple[str, ...]] = {}
        for name, value in pairs:
            if name in values and name not in REPEATABLE:
                raise InvalidRequest(f"the parameter `{name[:40]}` is repeated")
            if len(value) > PARAMETER_LIMIT:
                raise InvalidRequest(f"the parameter `{name[:40]}` is too long")
            values[name] = (*values.get(name, ()), value)
        # A parameter without a value counts as omitted; repetition was judged before (RFC 6749 §3.2).
        return cls({name: kept for name, given in values.items() if (kept := tuple(v for v in given if v.strip()))})

    def get(self, name: str) -> str | None:
        """Return the value of a parameter; None when it is absent or blank."""
        values = self._values.get(name)
        return values[0] if values else None

    def all(self, name: str) -> tuple[str, ...]:
        """Return all values of a parameter that may be repeated."""
        return self._values.get(name, ())

    def require(self, name: str) -> str:
        """Return the value of a parameter. Raises InvalidRequest when it is missing."""
        value = self.get(name)
        if value is None:
            raise InvalidRequest(f"the parameter `{name}` is missing")
        return value

    def first_values(self) -> dict[str, str]:
        """Return one value for each parameter, for a library that knows no repetition."""
        return {name: values[0] for name, values in self._values.items()}

    def lists(self) -> dict[str, list[str]]:
        """Return all values of each parameter."""
        return {name: list(values) for name, values in self._values.items()}
