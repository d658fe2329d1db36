"""What an answer rests on, collected as it was found."""

from authz_core.decision import Path
from authz_core.relationships.index import Relationship

Evidence = tuple["Relationship | Evidence", ...]
"""Relationships that alone give the same answer, nested so that questions with a common part share it."""


def path_of(evidence: Evidence) -> Path:
    """Return the relationships in the order in which they were found, each once."""
    found: dict[Relationship, None] = {}
    waiting: list[Relationship | Evidence] = [evidence]
    seen: set[int] = set()  # shared parts are walked once, or the work would double with each level
    while waiting:
        part = waiting.pop()
        if isinstance(part, Relationship):
            found[part] = None
        elif id(part) not in seen:
            seen.add(id(part))
            waiting.extend(reversed(part))
    return tuple(found)
