"""The header fields of a request, as far as OAuth looks at them."""

from typing import Protocol


class Headers(Protocol):
    """Finds header fields by their names, in whatever case these are written."""

    def getlist(self, name: str, /) -> list[str]:
        """Return the value of each field of this name, in their order."""
