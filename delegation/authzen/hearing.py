"""Hearings: a service that proved itself, and what one request sees of the organizations that it asks about."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from authz_core import EngineError, Object, object_of, parse_id
from delegation.authority.chain import chain_of
from delegation.authority.effective import Presented
from delegation.authority.explaining import by_delegation
from delegation.authority.reach import Who
from delegation.authority.refusal import Refusal, Term
from delegation.authzen.questions import Asked, Entity
from delegation.oauth.clients import SECRET_METHODS, Client
from delegation.oauth.errors import ProtocolError
from delegation.oauth.form import Form
from delegation.oauth.headers import Headers
from delegation.oauth.introspection import answers_to
from delegation.oauth.office import Office
from delegation.oauth.presented import presented_by
from delegation.oauth.request import Context, Request
from delegation.oauth.server import SERVER
from delegation.state.entities import Delegation, Service
from delegation.state.organization import Organization
from delegation.state.views import Panorama, View
from delegation.state.world import World
from delegation.tokens import AccessToken, InvalidToken, Memory, claimed_world, read_access_token

TOKEN: Final = "token"  # noqa: S105 - the name of a type of subject, not a secret
DELEGATION: Final = "delegation"

UNKNOWN_TOKEN: Final = Refusal(Term.STATUS, "unknown_token", "the token is not active for this service")
UNKNOWN: Final = Refusal(Term.STATUS, "unknown_organization", "the service gets no answers about this organization")
_NO_DELEGATION: Final = Refusal(Term.STATUS, "unknown_delegation", "no such delegation reaches this service")
ELSEWHERE: Final = Refusal(Term.TOKEN, "other_organization", "the token is for another organization")


@dataclass(frozen=True, slots=True)
class Standing:
    """Whom a question is about, in the world in which it is answered."""

    world: World
    who: Who | Refusal
    """The subject, or why there is none: the service may be told."""


class Hearing:
    """One service's questions, answered from what one request sees. Valid until the next await."""

    def __init__(self, seen: Panorama, context: Context, client: Client) -> None:
        """Answer a client that proved itself in the same view."""
        self.now = int(context.now.timestamp())
        self.age = seen.age
        self._seen = seen
        self._context = context
        self._client = client
        self._tokens: dict[str, AccessToken | None] = {}

    async def with_people(self, office: Office, organization: str, people: Collection[str]) -> "Hearing":
        """Return the hearing from newer pictures, these people's among them."""
        seen = await office.pictures.panorama((organization,), people)
        return Hearing(seen, office.context(seen.of(organization)), self._client)

    def world(self, organization: str | None, context: Mapping[str, object]) -> World | None:
        """Return the world of an organization that admits the service; None for all others, and for none."""
        world = self._seen.of(organization).world
        if world is None or self._client.party.id not in world.organization.services:
            return None
        return world.asked(context)

    def standing(self, asked: Asked) -> Standing | Refusal:
        """Return whom a question is about; a refusal tells the service nothing, not even how far things are."""
        if asked.subject.type == TOKEN:
            return self._bearer(asked)
        world = self.world(asked.organization, asked.context)
        if world is None:
            return UNKNOWN
        if asked.subject.type == DELEGATION:
            delegation = self.delegation(world, asked.subject.id)
            return Standing(world, _NO_DELEGATION if delegation is None else by_delegation(delegation))
        return Standing(world, _object(asked.subject))

    def chain(self, asked: Asked, standing: Standing | Refusal) -> tuple[Delegation, ...]:
        """Return the chain that the bearer of a token in force stands on; none for everybody else."""
        if asked.subject.type != TOKEN or isinstance(standing, Refusal) or not isinstance(standing.who, Presented):
            return ()
        return chain_of(standing.world, standing.world.organization.delegations[standing.who.delegation])

    def delegation(self, world: World, id: str) -> Delegation | None:
        """Return a delegation whose tokens could be for the service; of others it learns nothing."""
        delegation, service = world.organization.delegations.get(id), self._client.party
        if delegation is None or not isinstance(service, Service):
            return None
        serves = delegation.audiences is None or service.audience in delegation.audiences
        return delegation if serves else None

    def _bearer(self, asked: Asked) -> Standing | Refusal:
        text, organization = asked.subject.id, asked.organization
        if text not in self._tokens:
            self._tokens[text] = self._read(text)
        token = self._tokens[text]
        world = None if token is None else self._seen.of(token.organization).world
        if token is None or world is None or not answers_to(world, self._client, token):
            return UNKNOWN_TOKEN
        who = presented_by(token) if organization in {None, token.organization} else ELSEWHERE
        return Standing(world.asked(asked.context), who)

    def _read(self, text: str) -> AccessToken | None:
        context = self._context
        try:
            return read_access_token(text, ring=context.ring, issuer=context.terms.issuer, now=context.now)
        except InvalidToken:
            return None


def resource_of(entity: Entity) -> Object | Refusal:
    """Return the resource that a service names, or why nothing can have such a name."""
    return _object(entity)


def _object(entity: Entity) -> Object | Refusal:
    try:
        return object_of(entity.type, entity.id)
    except EngineError as error:
        return Refusal(Term.USER, error.code, str(error))


async def hear(office: Office, asked: Sequence[Asked], headers: Headers, *, within: float = 0.0) -> Hearing:
    """Return the hearing of the service that authenticates by `headers`, from facts at most `within` seconds old.

    One read tells how far everything is that the questions concern. Raises InvalidClient when the service does not
    authenticate, StoreUnavailable when newer revisions have to be read and cannot be.
    """
    concerned = [_concerned(each, office.cabinet.memory) for each in asked]
    organizations = {organization for organization, _ in concerned if organization is not None}
    people = {user for _, user in concerned if user is not None}
    try:
        if len(organizations) > 1 or len(people) > 1:
            # Nobody unknown makes this service load half of its database.
            authenticated(office, await office.pictures.view(within=within), headers)
        seen = await office.pictures.panorama(organizations, people, within=within)
        delegators = set(_delegators(seen.organizations, asked)) - people
        if delegators:
            seen = await office.pictures.panorama(organizations, people | delegators, within=within)
        context, client = authenticated(office, seen.of(next(iter(organizations), None)), headers)
    except ProtocolError:
        if not within:
            raise
        # Who can prove itself by newer facts is not sent away on older ones.
        return await hear(office, asked, headers)
    return Hearing(seen, context, client)


async def hear_about(office: Office, organization: str | None, headers: Headers) -> Hearing:
    """Return the hearing of a service that asks about everybody in an organization. Raises what `hear` raises."""
    seen = await office.pictures.panorama(() if organization is None else (organization,))
    return Hearing(seen, *authenticated(office, seen.of(organization), headers))


def authenticated(office: Office, view: View, headers: Headers) -> tuple[Context, Client]:
    """Return the client that authenticates by headers, and what it is answered from. Raises InvalidClient."""
    context = office.context(view)
    request = Request(Form.of(()), headers, context)
    return context, SERVER.authenticate_client(request, SECRET_METHODS, "introspection")


def _concerned(asked: Asked, memory: Memory) -> tuple[str | None, str | None]:
    """Return the organization and the person whose pictures a question needs."""
    if asked.subject.type == TOKEN:
        return claimed_world(asked.subject.id, memory)
    return parsed_id(asked.organization), parsed_id(asked.subject.id) if asked.subject.type == "user" else None


def _delegators(organizations: Mapping[str, Organization], asked: Sequence[Asked]) -> Iterator[str]:
    """Yield the users of the delegations asked about: no revision changes them."""
    for each in asked:
        organization = organizations.get(each.organization or "")
        if each.subject.type == DELEGATION and organization is not None:
            delegation = organization.delegations.get(each.subject.id)
            if delegation is not None:
                yield delegation.user


def parsed_id(text: str | None) -> str | None:
    """Return an id; None for what nothing can have as its id."""
    try:
        return None if text is None else parse_id(text)
    except EngineError:
        return None
