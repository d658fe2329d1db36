"""Histories in which agents delegate further and derive tokens from tokens, told to the service and to the oracle."""

from random import Random
from typing import Final

import httpx2

from tests.authority.oracle import Bound, Delegation, Slugs, Token
from tests.end_to_end.deployment import JSON, Agent
from tests.end_to_end.history import ACTIONS, PLACED, History, Placed
from tests.end_to_end.tenant import Tenant

AGENTS: Final = ("planner", "writer", "fetcher")
LENGTH: Final = 5
"""Delegations that a chain can have."""
ANCESTORS: Final = 4
"""Tokens that a token can come from."""


class ChainedHistory(History):
    """Two people and three agents, each of which may let another act out of what it holds."""

    def __init__(self, tenant: Tenant, chance: Random) -> None:
        """Begin with a delegation that was passed on once."""
        super().__init__(tenant, chance)
        self.agents["fetcher"] = tenant.agent("fetcher")
        self.oracle.ceilings["fetcher"] = None
        self.grant("anne", "planner", PLACED[1], None, 2000, depth=2)
        self.pass_on(0, "writer", PLACED[3], frozenset(ACTIONS[:4]), 1000, depth=1)
        self.renew(0, 0)

    def newest(self, which: int) -> Delegation:
        """Return one of the delegations, counted from the newest."""
        return self._one(which)[1]

    def above(self, which: int) -> int | None:
        """Return the place, counted from the newest, of the delegation that one was made out of."""
        parent, known = self.newest(which).parent, list(reversed(self.oracle.delegations))
        return None if parent is None else known.index(parent)

    def pass_on(
        self, which: int, agent: str, placed: Placed, permissions: Slugs | None, lasts: int, *, depth: int
    ) -> None:
        """Let the agent that holds a delegation try to let another act out of it."""
        parent, above = self._one(which)
        own = above.bound.permissions if placed[0] in above.bound.roles else frozenset(ACTIONS)
        consented = self.oracle.grantable(placed[0]) & own if permissions is None else permissions
        bound = Bound(placed[1], frozenset({placed[0]}), consented, 0, self.oracle.now + lasts)
        child = Delegation(above.user, agent, bound, parent=parent, depth=depth)
        wish = {
            "organization": self.tenant.id,
            "agent": self.here(agent),
            "resource": self.here(placed[1]),
            "roles": [placed[0]],
            "expires_in": lasts,
            "depth": depth,
            "unattended": True,
            **({} if permissions is None else {"permissions": sorted(permissions)}),
        }
        answer = self._said_by(self.agents[above.agent], f"/delegations/{parent}/children", wish)
        assert (answer.status_code == 201) is self.oracle.delegates(parent, child, LENGTH), answer.text
        if answer.status_code == 201:
            made = answer.json()
            assert made["parent"] == parent
            self.receipts[made["id"]] = made["receipt"]
            self.oracle.delegations[made["id"]] = child
            self.seen["passed on"] += 1

    def cut(self, which: int, hop: int) -> None:
        """Let an agent end its delegation, or one that was made out of it."""
        id_, delegation = self._one(which)
        links = self.oracle.chain(id_)
        agent = self.oracle.delegations[links[hop % len(links)]].agent
        answer = self._said_by(self.agents[agent], f"/delegations/{id_}/end", {"organization": self.tenant.id})
        assert answer.status_code == 200 or agent not in self.oracle.ceilings, answer.text
        delegation.revoked = delegation.revoked or answer.status_code == 200

    def _said_by(self, agent: Agent, path: str, body: JSON) -> httpx2.Response:
        members, basic = agent.authentication(self.tenant.house)
        http = self.tenant.house.http
        return http.post(path, json={**body, **members}, auth=basic or httpx2.USE_CLIENT_DEFAULT)

    def derive(self, which: int, other: int | None, placed: Placed | None, actions: Slugs | None) -> None:
        """Let an agent ask for a token on a token: its own, or that of an agent before it in a chain.

        Without a place it asks for the one that the token is for.
        """
        held = [(text, token) for text, token in self.tokens.items() if len(token.line) < ANCESTORS]
        if not held:
            return
        text, token = held[which % len(held)]
        id_ = token.delegation if other is None else self._one(other)[0]
        delegation = self.oracle.delegations[id_]
        if delegation.user != self.oracle.delegations[token.delegation].user:
            return
        role, place = placed or (min(token.bound.roles), token.bound.resource)
        asked = self.oracle.derived(token, id_, (role, place), actions)
        named = None if actions is None else sorted(actions)
        details = self.tenant.details(self.here(place), role, actions=named, delegation_id=id_)
        answer = self.tenant.exchange(text, self.agents[delegation.agent], details=details)
        now = self.oracle.now
        ends = min(now + 300, token.bound.until, delegation.bound.until)
        self._expect(answer, Token(id_, Bound(place, frozenset({role}), asked, now, ends), derived_from=token))
        self.seen["derived"] += answer.status_code == 200

    def give_up_before_the_newest(self) -> None:
        """Let an agent give up the token that the newest one comes from."""
        texts = list(self.tokens)
        above = self.tokens[texts[-1]].derived_from if texts else None
        place = next((n for n, token in enumerate(self.tokens.values()) if token is above), None)
        if place is not None:
            self.give_up(place)

    def no_token_is_worth_more_than_what_it_comes_from(self) -> None:
        """Whatever a derived token may do, the token that it comes from may do too."""
        for token in self.tokens.values():
            above, place = token.derived_from, token.bound.resource
            left = {slug for slug in token.bound.permissions if self.oracle.effective(token, slug, place)}
            assert above is None or all(self.oracle.effective(above, slug, place) for slug in left), (token, left)
