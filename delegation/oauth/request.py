"""One OAuth request as Authlib wants it, with what it is answered from and what it leaves to be written."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import OAuth2Payload
from typing_extensions import override

from delegation.audit import JSON, Outcome, Record
from delegation.authority.budgets import Kind, refusal_of, spends_of
from delegation.authority.refusal import Refusal
from delegation.authority.tally import Said
from delegation.directory.people import Person
from delegation.oauth.form import Form
from delegation.oauth.headers import Headers
from delegation.oauth.restoration import barrier_for
from delegation.oauth.terms import Terms
from delegation.state.entities import Agent, Delegation
from delegation.state.organization import Organization
from delegation.state.views import View, partition_of_organization, seen_beside
from delegation.store import Change, Claim, PartitionChange, Spend, Spent, Unit
from delegation.tokens import (
    ClaimedAssertion,
    ClientAssertion,
    InvalidToken,
    KeyRing,
    Nonces,
    ProviderUnavailable,
    VerificationKeys,
)

_BLANK: Final = vars(OAuth2Request("POST", "https://localhost/"))
"""What Authlib makes of a request. It looks at the URL each time: ours is known to be secure since the start."""
_OWN: Final = {"headers", "payload"}
"""What our requests have of their own instead."""
_SKEW: Final = 60
"""Seconds an assertion is remembered beyond its end, should clocks differ."""


@dataclass(frozen=True, slots=True)
class Means:
    """What all requests are answered with."""

    terms: Terms
    nonces: Nonces
    identifier: Callable[[str], str]
    """Makes an unguessable identifier with a prefix."""
    registered: Callable[[Agent, ClaimedAssertion], VerificationKeys]
    """The public keys of an agent, to verify this assertion with. Raises KeysWanted."""
    used: Callable[[Iterable[str], int], None]
    """Takes note of delegations that were used, and when, in epoch seconds."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a request is answered from. Valid until the next await, as its view is."""

    view: View
    ring: KeyRing
    means: Means
    person: Person | InvalidToken | ProviderUnavailable | None = None
    """Who the subject token speaks of, or why it is not acceptable; None when it is no user token."""
    key: str | None = None
    """Thumbprint of the key that a proof with the request proves (RFC 9449); None without one."""
    spent: Spent | None = None
    """The budget that was found used up when this request was to be answered before."""

    @property
    def terms(self) -> Terms:
        """The terms on which this deployment issues tokens."""
        return self.means.terms

    @property
    def now(self) -> datetime:
        """When its view was seen: the time by which everything is judged."""
        return self.view.now


class _Payload(OAuth2Payload):  # type: ignore[misc]  # Authlib carries no types
    def __init__(self, form: Form) -> None:
        self._form = form

    @property
    @override
    def data(self) -> dict[str, str]:
        return self._form.first_values()

    @property
    @override
    def datalist(self) -> dict[str, list[str]]:
        return self._form.lists()


class Request(OAuth2Request):  # type: ignore[misc]  # Authlib carries no types
    """A request at an OAuth endpoint. Its URL is nobody's business: what a socket or a header says is not asked."""

    def __init__(self, form: Form, headers: Headers, context: Context) -> None:
        """Hold a form read from a POST body, with case-insensitive headers."""
        self.headers = headers
        self.authorizations = headers.getlist("authorization")
        """Each Authorization header; of several, none counts."""
        self.parameters = form
        self.context = context
        self.said: Said | None = None
        """What was decided about somebody's rights, to be counted once the answer is true; None where nothing was."""
        self._claims: list[Claim] = []
        self._changes: list[PartitionChange] = []
        self._records: list[Record] = []
        self._spends: tuple[Spend, ...] = ()

    @property
    def payload(self) -> _Payload:
        """The parameters, as Authlib reads them."""
        return _Payload(self.parameters)

    @property
    @override
    def form(self) -> dict[str, str]:
        return self.parameters.first_values()

    @property
    @override
    def args(self) -> dict[str, str]:
        return {}

    def spend(self, assertion: ClientAssertion) -> None:
        """Use an assertion up: of all requests that carry it exactly one is answered (RFC 7523 §3)."""
        until = int(assertion.expires_at.timestamp()) + _SKEW
        self.refuse_if_old(assertion.issued_at)
        claim = Claim("client-assertion", f"{assertion.client_id} {assertion.jti}", until)
        if claim not in self._claims:
            self.claim(claim)

    def refuse_if_old(self, issued_at: datetime | None) -> None:
        """Let a one-time thing lose that was made before the database was restored: it may have been used since."""
        barrier = barrier_for(issued_at, self.context.terms.restored_at, self.context.now)
        if barrier is not None and barrier not in self._claims:
            self.claim(barrier)

    def claim(self, claim: Claim) -> None:
        """Use a one-time thing up with the request's unit of work."""
        self._claims.append(claim)

    def give_back(self) -> None:
        """Use nothing up: the client may send the same once more, with what it lacked."""
        self._claims.clear()

    def charge(self, chain: tuple[Delegation, ...], kind: Kind) -> Refusal | None:
        """Use every budget of a chain once, or return the refusal where one was found used up before."""
        spent = self.context.spent
        if spent is not None and spent.kind == kind and any(link.id == spent.delegation for link in chain):
            return refusal_of(spent, chain)
        self._spends += spends_of(chain, kind)
        self.context.means.used([link.id for link in chain], int(self.context.now.timestamp()))
        return None

    def record(self, action: str, outcome: Outcome, organization: str | None, **detail: JSON) -> None:
        """Leave an audit record of what an authenticated client asked."""
        self._records.append(self._record(action, outcome, organization, detail))

    def change(self, organization: Organization, action: str, *changes: Change, **detail: JSON) -> None:
        """Leave a change of an organization, with its audit record."""
        record = self._record(action, "changed", organization.id, detail)
        partition = partition_of_organization(organization.id)
        self._changes.append(PartitionChange(partition, organization.revision, record, changes))

    @property
    def spends(self) -> tuple[Spend, ...]:
        """The budgets that the answer uses."""
        return self._spends

    def unit(self) -> Unit:
        """Return what must be durable before the answer may leave."""
        changes = tuple(self._changes)
        # What changes nothing is evaluated again whenever it is used, and waits for nobody.
        decided_on = seen_beside({one.partition for one in changes}, self.context.view) if changes else ()
        return Unit(
            claims=tuple(self._claims),
            partitions=changes,
            events=tuple(self._records),
            decided_on=decided_on,
            spends=self._spends,
        )

    def _record(self, action: str, outcome: Outcome, organization: str | None, detail: Mapping[str, JSON]) -> Record:
        return Record(
            at=self.context.now,
            action=action,
            outcome=outcome,
            actor=self.client.actor,
            organization=organization,
            detail=detail,
        )


for _name in _BLANK.keys() - _OWN:
    # For all requests at once: nothing of it is ever changed in place.
    setattr(Request, _name, _BLANK[_name])
