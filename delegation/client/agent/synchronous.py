"""The agent's side for programs without an event loop: the same client, asked through a thread of its own."""

import os
from collections.abc import Callable, Collection, Coroutine
from dataclasses import KW_ONLY, dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from joserfc.jwk import ECKey
from typing_extensions import Unpack

from delegation.client.agent.bearer import SyncDelegatedAuth
from delegation.client.agent.client import AgentClient
from delegation.client.agent.delegated_token import DelegatedToken, OwnToken
from delegation.client.agent.own_thread import OwnThread
from delegation.client.agent.passing_on import Child, Passed
from delegation.client.agent.protected_resource import ProtectedResource
from delegation.client.agent.token_request import HeldToken, Receipt, Subject, TokenRequest, Wanted, request_for
from delegation.client.issuer.credentials import PrivateKey
from delegation.client.settings import ClientSettings

Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class SyncAgentClient:
    """`AgentClient` for synchronous programs: the same methods and errors, from any number of threads.

    It asks through one daemon thread, begun when it first asks; a token that it holds is answered without it.
    A process that was forked begins anew, with no token and no connection of its parent's, and the same `dpop` key.
    It may be used in a thread beside a running event loop; in the loop itself it would keep everybody waiting.
    """

    issuer: str
    client_id: str
    _: KW_ONLY
    secret: str | None = field(default=None, repr=False)
    key: PrivateKey | None = field(default=None, repr=False)
    dpop: PrivateKey | bool = field(default=False, repr=False)
    settings: ClientSettings = field(default_factory=ClientSettings, repr=False)
    _by_process: dict[int, tuple[AgentClient, OwnThread]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ValueError for a credential, UntrustedIssuer for an issuer that cannot be used."""
        if self.dpop is True:
            # What stands on this key may be used on either side of a fork.
            self.dpop = ECKey.generate_key("P-256")
        self._here()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def token(self, subject: Subject, **wanted: Unpack[Wanted]) -> DelegatedToken:
        """Return a token for what is wanted, as `AgentClient.token`."""
        return self.token_for(request_for(subject, wanted))

    def token_for(self, request: TokenRequest) -> DelegatedToken:
        """Return a token for the request; as `token`, for a request made before."""
        agent, thread = self._here()
        held = agent.held(request)
        return held if held is not None else thread.result_of(lambda: agent.token_for(request))

    def auth(
        self, subject: Subject, *, origin: str | None = None, step_up: Collection[str] = (), **wanted: Unpack[Wanted]
    ) -> SyncDelegatedAuth:
        """Return what puts such a token on each request of a `httpx2.Client`, as `AgentClient.auth`."""
        agent, _ = self._here()
        return agent.auth(subject, origin=origin, step_up=step_up, **wanted).blocking(self)

    def forget(self, token: DelegatedToken) -> None:
        """Hold the token no longer: a service answered 401 to it."""
        self._here()[0].forget(token)

    def revoke(self, ended: DelegatedToken | Receipt) -> None:
        """End a token, or by its receipt the whole delegation, as `AgentClient.revoke`."""
        self._ask(lambda agent: agent.revoke(ended))

    def narrow(self, token: DelegatedToken, **wanted: Unpack[Wanted]) -> DelegatedToken:
        """Return a token that allows a part of what a token allows, as `AgentClient.narrow`."""
        return self.token(HeldToken(token.value), **wanted)

    def own_token(self) -> OwnToken:
        """Return a token that says who this agent is, as `AgentClient.own_token`."""
        return self._ask(lambda agent: agent.own_token())

    def delegate(self, parent: str, *, idempotency_key: str | None = None, **child: Unpack[Child]) -> Passed:
        """Let another agent do a part of what this agent may do, as `AgentClient.delegate`."""
        return self._ask(lambda agent: agent.delegate(parent, idempotency_key=idempotency_key, **child))

    def end(self, delegation: str, *, organization: str) -> None:
        """End for ever a delegation of this agent's chains, as `AgentClient.end`."""
        self._ask(lambda agent: agent.end(delegation, organization=organization))

    def discover(self, address: str) -> ProtectedResource:
        """Return what the service at an address says of itself, as `AgentClient.discover`."""
        return self._ask(lambda agent: agent.discover(address))

    def close(self) -> None:
        """Forget all tokens, stop asking, and end the thread; who waits for an answer gets Unavailable."""
        self._here()[1].close()

    def _ask(self, work: Callable[[AgentClient], Coroutine[Any, Any, Result]]) -> Result:
        agent, thread = self._here()
        return thread.result_of(lambda: work(agent))

    def _here(self) -> tuple[AgentClient, OwnThread]:
        """Return this process's client, and the thread in which it asks."""
        process = os.getpid()
        known = self._by_process.get(process)
        # What a parent process had stays where it is: to let go of its connections could disturb it.
        return known if known is not None else self._by_process.setdefault(process, self._begun())

    def _begun(self) -> tuple[AgentClient, OwnThread]:
        agent = AgentClient(
            self.issuer, self.client_id, secret=self.secret, key=self.key, dpop=self.dpop, settings=self.settings
        )
        return agent, OwnThread(agent.close)
