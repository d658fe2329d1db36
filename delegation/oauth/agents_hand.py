"""The agents' hand: an agent passes on a part of a delegation it holds, and ends delegations of its chains.

Semantics: delegations. The agent authenticates as the client it is, as at the token endpoint.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from delegation.audit import JSON
from delegation.authority.chain import chain_of
from delegation.authority.ending import revoked
from delegation.authority.granting import Grant, GrantRefused, Wish
from delegation.authority.sub_delegating import sub_delegate
from delegation.directory.errors import Unknown
from delegation.directory.own_hand import Shown, shown
from delegation.oauth.clients import AGENT_METHODS
from delegation.oauth.errors import InvalidClient
from delegation.oauth.form import Form
from delegation.oauth.headers import Headers
from delegation.oauth.office import Office
from delegation.oauth.request import Request
from delegation.oauth.server import SERVER
from delegation.state.entities import Agent, Delegation
from delegation.state.once import Noticed, Once
from delegation.state.views import View, partition_of_organization
from delegation.state.world import World
from delegation.store import Put, Taken, Unit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AgentsCall:
    """Which agent asks, as it proves itself, and about which delegation."""

    proof: Form
    """The parameters by which it authenticates, where not by a header."""
    headers: Headers
    organization: str
    delegation: str


class AgentsHand:
    """What agents do with the delegations they hold, and with those made out of them."""

    def __init__(self, office: Office) -> None:
        """Work with the parts of an office."""
        self._office = office

    async def sub_delegate(
        self, call: AgentsCall, wish: Callable[[int], Wish], *, tell: Callable[[Shown], T], once: Once[T] | None = None
    ) -> T:
        """Record the child that an agent makes out of a delegation it holds; `wish` is told the time.

        Returns what `tell` makes of it; with `once`, what it made of it when the agent asked first.
        Raises GrantRefused when it cannot be made, Unknown for a delegation the agent does not hold, ProtocolError for
        who is no agent, StoreUnavailable when it could not be written.
        """
        noticed = None if once is None else Noticed(once)

        def decide(request: Request) -> tuple[T, Unit]:
            (world, parent), context = _known(request, call), request.context
            wanted, id = wish(int(context.now.timestamp())), context.means.identifier("dlg")
            granted = sub_delegate(world, parent, wanted, id=id, limits=context.terms.limits)
            request.change(
                world.organization, "delegation.created", Put("delegations", granted.delegation.row()), **_told(granted)
            )
            unit = request.unit()
            return tell(_after(unit, shown(world, granted.delegation, wanted.at, granted.withheld))), unit

        try:
            answer = await self._settled(call, decide, permit=_held, once=noticed)
        except GrantRefused as refusal:
            await self._spend(call, refusal)
            raise
        except Unknown:
            await self._spend(call)
            raise
        except Exception:
            if noticed is not None and noticed.told:  # What was kept answers another request.
                await self._spend(call)
            raise
        if noticed is not None and noticed.told:
            await self._spend(call)  # What proved the agent this time has proved it once.
        return answer

    async def end(self, call: AgentsCall) -> Shown:
        """End for ever a delegation that the agent holds, or one that was made out of such a delegation.

        Raises Unknown for any other, ProtocolError for who is no agent, StoreUnavailable.
        """

        def decide(request: Request) -> tuple[Shown, Unit]:
            world, known = _known(request, call)
            if request.client.party.id not in {link.agent for link in chain_of(world, known)}:
                raise Unknown("you have no such delegation")
            now = int(request.context.now.timestamp())
            ended = revoked(known, by=request.client.actor, now=now)
            if ended != known:
                request.change(
                    world.organization, "delegation.revoked", Put("delegations", ended.row()), delegation=ended.id
                )
            unit = request.unit()
            return _after(unit, shown(world, ended, now)), unit

        try:
            return await self._settled(call, decide)
        except Unknown:
            await self._spend(call)
            raise

    async def _spend(self, call: AgentsCall, refusal: GrantRefused | None = None) -> None:
        """Use up what proved the agent, although nothing is changed, and record why it was refused."""

        def decide(request: Request) -> tuple[None, Unit]:
            if refusal is not None:
                reason: dict[str, JSON] = {"delegation": call.delegation, "code": refusal.code, "reason": str(refusal)}
                request.record("delegation.refused", "refused", call.organization, **reason)
            return None, request.unit()

        await self._settled(call, decide)

    async def _settled(
        self,
        call: AgentsCall,
        decide: Callable[[Request], tuple[T, Unit]],
        *,
        permit: Callable[[Request, AgentsCall], None] | None = None,
        once: Once[T] | None = None,
    ) -> T:
        pictures, organization = self._office.pictures, call.organization
        # Whose delegation it is never changes; what is decided is decided on the pictures of all concerned.
        known = await pictures.view(organization=organization)
        found = known.organization.delegations.get(call.delegation) if known.organization else None
        users = () if found is None else (found.user,)

        def permitted(view: View) -> Request:
            request = self._proved(call, view)
            if permit is not None:
                permit(request, call)
            return request

        settled = partial(pictures.settle, permitted, decide, organization=organization, users=users, once=once)
        try:
            return await self._office.agent_keys.brought(settled)
        except Taken:
            # The client's assertion was used before (RFC 7523 §3).
            raise InvalidClient("the client could not be authenticated") from None

    def _proved(self, call: AgentsCall, view: View) -> Request:
        """Return the request of an agent that proved itself. Raises ProtocolError."""
        request = Request(call.proof, call.headers, self._office.context(view))
        client = SERVER.authenticate_client(request, AGENT_METHODS)
        if not isinstance(client.party, Agent):
            raise InvalidClient("only an agent can ask this")
        return request


def _known(request: Request, call: AgentsCall) -> tuple[World, Delegation]:
    world = request.context.view.world
    known = None if world is None else world.organization.delegations.get(call.delegation)
    if world is None or known is None:
        raise Unknown("you have no such delegation")
    return world, known


def _held(request: Request, call: AgentsCall) -> None:
    """Refuse whoever does not hold the delegation itself, also to hear what was answered before. Raises Unknown."""
    _, known = _known(request, call)
    if known.agent != request.client.party.id:
        raise Unknown("you have no such delegation")


def _told(granted: Grant) -> dict[str, JSON]:
    child = granted.delegation
    return {"delegation": child.id, "parent": child.parent, "agent": child.agent, "resource": child.resource}


def _after(unit: Unit, seen: Shown) -> Shown:
    """Return what is seen at the revision to which a unit leads."""
    return replace(seen, revision=unit.revisions.get(partition_of_organization(seen.organization), seen.revision))
