"""With a model of relationships, its conditions and their ends, the edge answers as the issuer does too."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

import pytest

from delegation.client import Allowed
from tests.clock import Clock
from tests.edge.beside import agree, bearer, caught_up, client_of, edge_of, let
from tests.end_to_end.conftest import sites
from tests.end_to_end.relationship_tenant import PLAN, PROJECTS, Firm, fact, founded
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import documents_service

__all__ = ["sites"]
pytestmark = [pytest.mark.anyio, pytest.mark.semantics("3", "7")]

THINGS: Final = (PLAN, PROJECTS, "document:budget", "document:minutes", "folder:firm", "document:nowhere", "group:team")
ASKED: Final = [
    (permission, thing)
    for thing in THINGS
    for permission in ("can_view", "can_edit", "can_share", "can_add_document", "editor", "parent", "fly")
]


@pytest.fixture(scope="module")
def firm(sites: Sites) -> Iterator[Firm]:
    """A firm in a deployment that was started from the model `documents`."""
    with sites() as site, site.running(Clock(), policy="documents") as house:
        firm = founded(house, "firm", documents_service(house))
        let(house, firm.id, firm.service)
        yield firm


DEEDS: Final[list[Callable[[Firm], object]]] = [
    lambda firm: firm.house.clock.advance(timedelta(minutes=2)),
    lambda firm: firm.put(fact(firm.user("anne"), "editor", PROJECTS)),
    lambda firm: firm.take(fact(firm.user("anne"), "editor", PROJECTS)),
    lambda firm: firm.put(fact(firm.user("anne"), "editor", "folder:firm")),
    lambda firm: firm.take(fact("folder:firm", "parent", PROJECTS)),
    lambda firm: firm.put(fact(firm.user("anne"), "owner", PLAN)),
    lambda firm: firm.put(fact(firm.user("anne"), "member", "group:staff")),
    lambda firm: firm.put(fact(firm.user("anne"), "editor", PROJECTS)),
    lambda firm: firm.take(fact(PROJECTS, "parent", PLAN)),
    lambda firm: firm.house.must("PATCH", f"/users/{firm.own('anne')}", {"status": "suspended"}),
]


async def test_the_edge_follows_relationships(firm: Firm) -> None:
    """Whatever relationships are written and deleted, all answers and lists equal the issuer's."""
    until = int(firm.house.clock().timestamp()) + 60
    firm.take(fact(firm.user("anne"), "editor", PROJECTS))
    firm.put(fact(firm.user("anne"), "editor", PROJECTS, until=until))
    firm.grant("anne", PROJECTS, "editor")
    token, seen = firm.token("anne", PROJECTS, "editor"), []
    async with edge_of(firm.house, firm.service, firm.id) as edge, client_of(firm.house, firm.service) as issuer:
        for deed in [lambda _: None, *DEEDS]:
            deed(firm)
            await caught_up(edge, firm.id)
            seen.append(sum(isinstance(each, Allowed) for each in await agree(edge, issuer, token, ASKED)))
            found = [each async for each in edge.search_resources(bearer(token), "can_view", "document")]
            assert found == [each async for each in issuer.search_resources(bearer(token), "can_view", "document")]
    assert seen[0] > 3
    assert (seen[1], seen[-1]) == (0, 0)
    assert len(set(seen)) > 2
