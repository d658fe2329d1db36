"""The forms of what is answered about relationships and the model that gives them their meaning."""

from typing import Any, Final

from pydantic import create_model

from delegation.web.shapes import Shape

RELATIONSHIP_MODEL: Final[dict[str, Any]] = {
    "id": str,
    "text": str,
    "delegable": list[str],
    "permissions": list[str],
    "warnings": list[str],
}
"""The members of a relationship model as it is told."""

RelationshipModel = create_model("RelationshipModel", __base__=Shape, __doc__="The model.", **RELATIONSHIP_MODEL)


class RelationshipShown(Shape):
    """One relationship; times are epoch seconds. One that the model does not know is stale, and counts for nothing."""

    object: str
    relation: str
    subject: str
    condition: str | None = None
    context: dict[str, Any] | None = None
    until: int | None = None
    stale: bool | None = None


class RelationshipList(Shape):
    """A page of relationships."""

    relationships: list[RelationshipShown]
    next: str | None = None
    revision: int
