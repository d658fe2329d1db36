"""Following: a service that proved itself follows an organization that lets it."""

from collections.abc import AsyncGenerator, Callable

from delegation.authzen.hearing import authenticated, parsed_id
from delegation.feed import Event, Feed, Follower, Teller, follower
from delegation.oauth.clients import Client
from delegation.oauth.headers import Headers
from delegation.oauth.office import Office
from delegation.state.views import View


class NotLet(Exception):
    """The service may not follow the organization, or there is none: it is told no more than that."""


class Following:
    """Lets services in to the feed."""

    def __init__(self, office: Office, feed: Feed) -> None:
        """Let whoever an office knows follow a feed."""
        self._office = office
        self.feed = feed

    async def admit(self, organization: str, headers: Headers, arrived: float) -> Follower:
        """Return the service that authenticates by `headers`, as it follows an organization.

        `arrived` says when its request had, in seconds of the feed's clock. Raises InvalidClient when it does not
        authenticate, NotLet when it may not follow, and StoreUnavailable.
        """
        seen = await self._office.pictures.view(organization=parsed_id(organization))
        _, client = authenticated(self._office, seen, headers)
        service = follower(seen, client.party.id)
        if service is None:
            raise NotLet("the service may not follow this organization")

        def proved(view: View) -> bool:
            known = view.platform.services.get(service.id)
            return known is not None and client.proof in Client(known).secrets(view.now)

        return Follower(Teller(service.id, service.audience), organization, proved, arrived)

    def follow(self, who: Follower, place: str | None, leaves: Callable[[], bool]) -> AsyncGenerator[Event, None]:
        """Return what a follower is told. Raises nothing: it ends."""
        return self.feed.follow(who, place, leaves)
