"""Tokens bound to a key, at a service that decides by itself: good beside a proof of that key, and nowhere else."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from delegation.client import AgentClient, ClientSettings, DelegatedAccess, ProofCheck, UserToken, require
from delegation.edge import Edge
from tests.client.serving import serving
from tests.conformance import rfc
from tests.edge.beside import caught_up, edge_of
from tests.end_to_end.deployment import payload
from tests.end_to_end.tenant import APOLLO, EDITOR, Tenant
from tests.proving import Prover, ath

pytestmark = [pytest.mark.anyio, pytest.mark.semantics("7"), pytest.mark.threat("29")]

PATH: Final = "/apps/storefront"


def app_in(request: Request) -> str:
    """Return the app that a request names."""
    return f"app:{request.path_params['app']}"


@require("document:edit", on=app_in)
async def edit(request: Request) -> Response:
    """Edit the document of an app."""
    return PlainTextResponse(request.state.delegation.key or "")


@asynccontextmanager
async def service_of(edge: Edge, *, checks: bool = True) -> AsyncIterator[str]:
    """Give the address of a service that lets in by an edge, and perhaps checks proofs."""

    def build(address: str) -> Starlette:
        guard = Middleware(DelegatedAccess, service=edge, dpop=ProofCheck(address) if checks else None)
        return Starlette(routes=[Route("/apps/{app}", edit, methods=["PUT"])], middleware=[guard])

    async with serving(build) as address:
        yield address


@asynccontextmanager
async def agent_of(acme: Tenant, prover: Prover) -> AsyncIterator[AgentClient]:
    """Give the agent, whose tokens are bound to a key."""
    settings = ClientSettings(clock=acme.house.clock)
    known, secret = acme.planner.id, acme.planner.secret
    async with AgentClient(acme.house.issuer, known, secret=secret, dpop=prover.key, settings=settings) as agent:
        yield agent


def told(answer: httpx2.Response) -> tuple[int, str]:
    """Return the status of an answer, and the error that its challenge names."""
    scheme, _, rest = answer.headers.get("WWW-Authenticate", "").partition('error="')
    return answer.status_code, rest.partition('"')[0] if scheme else ""


@rfc("9449", "7", "proof-with-each-request")
@rfc("9449", "7.1", "all-checks")
@rfc("9449", "7.2", "no-downgrade")
async def test_a_bound_token_serves_its_agent_alone(acme: Tenant) -> None:
    """Beside its own key's fresh proof it is let in; without one, with a used one or another key's, it is not."""
    acme.grant()
    prover, thief = Prover(acme.house.clock), Prover(acme.house.clock)
    wanted = {"resource": acme.documents.audience, "identifier": APOLLO, "organization": acme.id}
    async with (
        edge_of(acme.house, acme.documents, acme.id) as edge,
        service_of(edge) as address,
        agent_of(acme, prover) as agent,
        httpx2.AsyncClient(base_url=address) as http,
    ):
        await caught_up(edge, acme.id)
        user = UserToken(acme.house.user_token(acme.anne))
        auth = agent.auth(user, origin=address, roles=[EDITOR], **wanted)
        good, again = await http.put(PATH, auth=auth), await http.put(PATH, auth=auth)
        taken = {name: good.request.headers[name] for name in ("Authorization", "DPoP")}
        token = taken["Authorization"].removeprefix("DPoP ")
        proved: Callable[..., str] = partial(prover.proof, f"{address}{PATH}", "PUT")
        stolen = {
            "no proof": {"Authorization": f"DPoP {token}"},
            "downgraded": {"Authorization": f"Bearer {token}"},
            "downgraded with proof": {"Authorization": f"Bearer {token}", "DPoP": proved(ath=ath(token))},
            "another key": {**taken, "DPoP": thief.proof(f"{address}{PATH}", "PUT", ath=ath(token))},
            "another token": {**taken, "DPoP": proved(ath=ath(f"{token}x"))},
            "replayed": taken,
        }
        refused = {how: told(await http.put(PATH, headers=headers)) for how, headers in stolen.items()}
        by_hand = await http.put(PATH, headers={**taken, "DPoP": proved(ath=ath(token))})
    assert payload(token)["cnf"] == {"jkt": prover.thumbprint}
    assert [(each.status_code, each.text) for each in (good, again, by_hand)] == [(200, prover.thumbprint)] * 3
    assert refused == {
        "no proof": (401, "invalid_dpop_proof"),
        "downgraded": (401, "invalid_token"),
        "downgraded with proof": (401, "invalid_token"),
        "another key": (401, "invalid_token"),
        "another token": (401, "invalid_dpop_proof"),
        "replayed": (401, "invalid_dpop_proof"),
    }


async def test_who_checks_no_proofs_lets_no_bound_token_in(acme: Tenant) -> None:
    """A service without a check of proofs refuses a bound token in any scheme, with a good proof beside it too."""
    acme.grant()
    prover = Prover(acme.house.clock)
    async with (
        edge_of(acme.house, acme.documents, acme.id) as edge,
        service_of(edge, checks=False) as address,
        agent_of(acme, prover) as agent,
        httpx2.AsyncClient(base_url=address) as http,
    ):
        token = await agent.token(
            UserToken(acme.house.user_token(acme.anne)),
            resource=acme.documents.audience,
            identifier=APOLLO,
            roles=[EDITOR],
            organization=acme.id,
        )
        await caught_up(edge, acme.id)
        proof = prover.proof(f"{address}{PATH}", "PUT", ath=ath(token.value))
        schemes = [{"Authorization": f"{scheme} {token.value}", "DPoP": proof} for scheme in ("DPoP", "Bearer")]
        answers = [await http.put(PATH, headers=headers) for headers in schemes]
        verified = [await edge.verify(token.value, key=key) for key in (None, "k" * 43, prover.thumbprint)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert [each is not None for each in verified] == [False, False, True]
