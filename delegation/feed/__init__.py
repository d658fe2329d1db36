"""The change feed: what a service is told, again and again, of an organization that lets it follow."""

from delegation.feed.events import Event
from delegation.feed.feed import Feed, Follower
from delegation.feed.permission import follower
from delegation.feed.telling import Teller

__all__ = ["Event", "Feed", "Follower", "Teller", "follower"]
