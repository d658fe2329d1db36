"""The engine at the edge: a service that follows its organizations decides by itself, as the issuer would."""

from delegation.edge.edge import Edge
from delegation.edge.follower import Following

__all__ = ["Edge", "Following"]
