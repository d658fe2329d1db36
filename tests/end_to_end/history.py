"""Any history of an organization: what people do in any order, told to the service and to the oracle alike."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Final

import httpx2

from tests.authority.oracle import Bound, Delegation, Oracle, Slugs, Token
from tests.end_to_end.deployment import JSON, Agent
from tests.end_to_end.tenant import Tenant

ACTIONS: Final = ("project:view", "project:edit", "app:view", "app:edit", "document:view", "document:edit")
OTHERS: Final = ("document:delete", "workspace:view", "organization:administer")
GROUPS: Final = ("studio", "guild")
ROLES: Final[dict[str, tuple[str, Slugs]]] = {
    "org-steward": ("organization", frozenset({*ACTIONS, "organization:administer"})),
    "org-maker": ("workspace", frozenset(ACTIONS)),
    "org-editor": ("project", frozenset(ACTIONS[:5])),
    "org-reader": ("project", frozenset({"project:view", "app:view", "document:view"})),
    "org-guest": ("app", frozenset({"app:view", "document:view"})),
}
MOVES: Final = {
    "project:apollo": ("workspace:design", "workspace:sales"),
    "project:zeus": ("workspace:design", "workspace:sales"),
    "app:storefront": ("project:apollo", "project:zeus", "project:forecast"),
    "app:backoffice": ("project:apollo", "project:zeus"),
}
NAMES: Final = re.compile(r"\b(anne|bob|planner|writer|fetcher)\b")
KEPT: Final = 3
"""How many of the newest tokens are asked about after each step."""

PEOPLE: Final = ("anne", "bob")
AGENTS: Final = ("planner", "writer")
PLACED: Final = (
    ("org-steward", "organization:o"),
    ("org-maker", "workspace:design"),
    ("org-maker", "workspace:sales"),
    ("org-editor", "project:apollo"),
    ("org-editor", "project:zeus"),
    ("org-reader", "project:apollo"),
    ("org-guest", "app:storefront"),
)
"""Roles with the places where they are given, granted, asked for and allowed to agents."""

Placed = tuple[str, str]


class History:
    """Two people, two agents, two groups, five roles and a tree, in which anything may happen next."""

    def __init__(self, tenant: Tenant, chance: Random) -> None:
        """Begin with a fresh organization in which anne and the group guild can do something."""
        self.tenant = tenant
        self.chance = chance
        self.tokens: dict[str, Token] = {}
        self.receipts: dict[str, str] = {}
        self.seen: Counter[str] = Counter()
        """How often a question was asked that hangs on one term alone, by term, and one that is allowed."""
        self.oracle = Oracle(tenant.now, groups={name: set() for name in GROUPS})
        self.agents: dict[str, Agent] = {"planner": tenant.planner, "writer": tenant.agent("writer")}
        self.oracle.ceilings = dict.fromkeys(self.agents)
        self.oracle.memberships = dict.fromkeys(PEOPLE, True)
        for group in GROUPS:
            tenant.must("POST", "/groups", {"id": group})
        for slug, (type_, permissions) in ROLES.items():
            self._define(slug, type_, permissions)
        tenant.unassign(f"user:{tenant.anne}", "workspace-member", "workspace:design")
        self.toggle_assignment("user:anne", ("org-maker", "workspace:design"))
        self.toggle_assignment("group:guild#member", ("org-editor", "project:zeus"))
        self.grant("anne", "planner", ("org-maker", "workspace:design"), None, 2000)

    def here(self, name: str) -> str:
        """Return the name under which the service knows what the oracle calls by a plain one."""
        owned = NAMES.sub(lambda found: self.tenant.own(found[0]), name)
        return owned.replace("organization:o", f"organization:{self.tenant.id}")

    # --- rights of people ---

    def toggle_assignment(self, principal: str, placed: Placed) -> None:
        """Give a role, or take it away."""
        fact = (principal, *placed)
        if principal.removeprefix("user:") in ("anne", "bob") and principal[5:] not in self.oracle.memberships:
            return
        change = self.tenant.unassign if fact in self.oracle.assignments else self.tenant.assign
        change(self.here(principal), placed[0], self.here(placed[1]))
        self.oracle.assignments ^= {fact}

    def toggle_member(self, group: str, member: str) -> None:
        """Put a user or a group into a group, or take it out."""
        if member == f"group:{group}#member" or member.removeprefix("user:") not in {*self.oracle.memberships, member}:
            return
        method = "DELETE" if member in self.oracle.groups[group] else "PUT"
        self.tenant.must(method, f"/groups/{group}/members/{self.here(member)}")
        self.oracle.groups[group] ^= {member}

    def edit_role(self, slug: str, permission: str) -> None:
        """Add a permission to a role, or take it out."""
        type_, permissions = self.oracle.roles[slug]
        self._define(slug, type_, permissions ^ {permission})

    def _define(self, slug: str, type_: str, permissions: Slugs) -> None:
        self.tenant.role(slug, type_, *sorted(permissions))
        self.oracle.roles[slug] = (type_, frozenset(permissions))

    def move(self, resource: str, parent: str) -> None:
        """Move a project or an app."""
        self.tenant.move(resource, parent)
        self.oracle.parents[resource] = parent

    # --- whether people and agents take part ---

    def put_membership(self, user: str, *, active: bool) -> None:
        """Make a user a member, active or not."""
        self.tenant.must("PUT", f"/memberships/{self.here(user)}", {"active": active})
        self.oracle.memberships[user] = active

    def remove_membership(self, user: str) -> None:
        """End a membership, with all that hangs on it."""
        if self.oracle.memberships.pop(user, None) is None:
            return
        self.tenant.must("DELETE", f"/memberships/{self.here(user)}")
        self.oracle.assignments = {fact for fact in self.oracle.assignments if fact[0] != f"user:{user}"}
        for members in self.oracle.groups.values():
            members.discard(f"user:{user}")
        self._revoke(lambda delegation: delegation.user == user)

    def toggle_standing(self, who: str) -> None:
        """Suspend a user or an agent everywhere, or let it take part again."""
        name = who.partition("/")[2]
        status = "active" if name in self.oracle.suspended else "suspended"
        self.tenant.house.must("PATCH", f"/{self.here(who)}", {"status": status})
        self.oracle.suspended ^= {name}

    def dismiss(self, agent: str) -> None:
        """End an admission, with all that hangs on it."""
        if agent not in self.oracle.ceilings:
            return
        self.tenant.must("DELETE", f"/agents/{self.here(agent)}")
        del self.oracle.ceilings[agent]
        self._revoke(lambda delegation: delegation.agent == agent)

    def _revoke(self, hangs: Callable[[Delegation], bool]) -> None:
        for delegation in filter(hangs, self.oracle.delegations.values()):
            delegation.revoked = True

    def upset(self, user: str, agent: str, how: str) -> None:
        """Keep a user or an agent from taking part, for a while or for good."""
        match how:
            case "user":
                self.toggle_standing(f"users/{user}")
            case "agent":
                self.toggle_standing(f"agents/{agent}")
            case "membership":
                self.put_membership(user, active=False)
            case "member":
                self.remove_membership(user)
            case _:
                self.dismiss(agent)

    def admit(self, agent: str, ceiling: Sequence[Placed] | None, lacking: str) -> None:
        """Admit an agent, or give it another ceiling: expressly none, or some roles without a certain permission."""
        most = frozenset(ACTIONS) - {lacking}
        bounds = None if ceiling is None else tuple(Bound(on, frozenset({role}), most) for role, on in ceiling)
        sent: list[JSON] | str = "none" if bounds is None else [self._sent(bound) for bound in bounds]
        self.tenant.admit(self.agents[agent], sent)
        self.oracle.ceilings[agent] = bounds

    def _sent(self, bound: Bound) -> JSON:
        on = self.here(bound.resource)
        return {"resource": on, "roles": sorted(bound.roles), "permissions": sorted(bound.permissions)}

    def wait(self, seconds: int) -> None:
        """Let time go by."""
        self.tenant.house.clock.advance(timedelta(seconds=seconds))
        self.oracle.now += seconds

    def mend(self, user: str, placed: Placed) -> None:
        """Let everybody take part again, and let a user who may do all let the planner do something for long."""
        for name in sorted(self.oracle.suspended):
            self.toggle_standing(f"users/{name}" if name in ("anne", "bob") else f"agents/{name}")
        for name in ("anne", "bob"):
            self.put_membership(name, active=True)
        self.admit("planner", None, ACTIONS[0])
        if (f"user:{user}", *PLACED[0]) not in self.oracle.assignments:
            self.toggle_assignment(f"user:{user}", PLACED[0])
        self.grant(user, "planner", placed, None, 2000)

    # --- delegations ---

    def grant(
        self,
        user: str,
        agent: str,
        placed: Placed,
        permissions: Slugs | None,
        lasts: int,
        *,
        begins: int = 0,
        depth: int = 0,
    ) -> None:
        """Let a user try to let an agent do something."""
        consented = self.oracle.grantable(placed[0]) if permissions is None else permissions
        now = self.oracle.now
        bound = Bound(placed[1], frozenset({placed[0]}), consented, now + begins, now + lasts)
        wanted = Delegation(user, agent, bound, depth=depth)
        answer = self.tenant.ask(
            self.here(user),
            agent=self.here(agent),
            resource=self.here(placed[1]),
            roles=[placed[0]],
            permissions=None if permissions is None else sorted(permissions),
            not_before=now + begins,
            expires_in=lasts,
            unattended=True,
            depth=depth,
        )
        assert (answer.status_code == 201) is self.oracle.grants(wanted), answer.text
        if answer.status_code == 201:
            made = answer.json()
            self.receipts[made["id"]] = made["receipt"]
            self.oracle.delegations[made["id"]] = wanted
            self.renew(0, 0)

    def strike(self, which: int, how: str) -> None:
        """Suspend or resume a delegation, or end it for ever by one of those who may."""
        id_, delegation = self._one(which)
        if how in {"suspend", "resume"}:
            answer = self.tenant.manage("POST", f"/delegations/{id_}/{how}")
            assert answer.status_code == (409 if delegation.revoked else 200)
            delegation.suspended = how == "suspend"
        else:
            self._end(id_, delegation, how)
            delegation.revoked = True

    def _end(self, id_: str, delegation: Delegation, by: str) -> None:
        if by == "user" and self.oracle.present(delegation.user):
            assert self.tenant.hand(self.here(delegation.user), "DELETE", id_).status_code == 200
        elif by == "agent" and self.oracle.now < delegation.bound.until:
            assert self.tenant.give_up(self.receipts[id_], self.agents[delegation.agent]).status_code == 200
        else:
            self.tenant.must("DELETE", f"/delegations/{id_}")

    def _one(self, which: int) -> tuple[str, Delegation]:
        return list(self.oracle.delegations.items())[-1 - which % len(self.oracle.delegations)]

    # --- tokens ---

    def renew(self, which: int, part: int) -> None:
        """Let an agent ask for all that a delegation gives, and for another role on a part of it."""
        bound = self._one(which)[1].bound
        self.exchange(which, (min(bound.roles), bound.resource), None, unattended=False)
        parts = [one for one in PLACED if bound.resource in self.oracle.upwards(one[1]) and one[0] not in bound.roles]
        if parts:
            self.exchange(which, parts[part % len(parts)], None, unattended=True)

    def exchange(self, which: int, placed: Placed, actions: Slugs | None, *, unattended: bool) -> None:
        """Let an agent ask for any role anywhere out of a delegation."""
        id_, delegation = self._one(which)
        named = None if actions is None else sorted(actions)
        details = self.tenant.details(self.here(placed[1]), placed[0], actions=named, delegation_id=id_)
        agent = self.agents[delegation.agent]
        if unattended:
            answer = self.tenant.redeem(self.receipts[id_], agent, details=details)
        else:
            subject = self.tenant.house.user_token(self.here(delegation.user))
            answer = self.tenant.exchange(subject, agent, details=details)
        now, asked = self.oracle.now, self.oracle.asked(delegation, *placed, actions)
        ends = min(now + 300, delegation.bound.until)
        self._expect(answer, Token(id_, Bound(placed[1], frozenset({placed[0]}), asked, now, ends)))

    def _expect(self, answer: httpx2.Response, token: Token) -> None:
        """Fail unless an exchange gave this token, or was refused because nothing of it is effective now."""
        place, asked, now = token.bound.resource, token.bound.permissions, self.oracle.now
        granted = sorted(slug for slug in asked if self.oracle.effective(token, slug, place))
        assert answer.status_code == (200 if granted else 400), answer.text
        if granted:
            document = answer.json()
            assert document["authorization_details"][0]["actions"] == granted
            assert document["expires_in"] == token.bound.until - now
            self.tokens[document["access_token"]] = token

    def give_up(self, which: int) -> None:
        """Let an agent revoke one of its tokens."""
        if not self.tokens:
            return
        text, token = list(self.tokens.items())[which % len(self.tokens)]
        agent = self.agents[self.oracle.delegations[token.delegation].agent]
        assert self.tenant.give_up(text, agent).status_code == 200
        token.given_up = token.given_up or self.oracle.now < token.bound.until

    # --- what must be true after every step ---

    def delegations_stand_as_they_should(self) -> None:
        """Every delegation is shown with the status that follows from all that happened."""
        shown = {one["id"]: one["status"] for one in self.tenant.must("GET", "/delegations")["delegations"]}
        assert shown == {id_: self.oracle.status(id_) for id_ in self.oracle.delegations}

    def answers_are_those_of_the_formula(self) -> None:
        """Introspection and evaluation say of every token what the formula says, never more than of its user."""
        self.tokens = dict(list(self.tokens.items())[-KEPT:])
        for text, token in self.tokens.items():
            place = token.bound.resource
            expected = sorted(slug for slug in token.bound.permissions if self.oracle.effective(token, slug, place))
            assert self.tenant.actions(text) == expected
            questions = self._questions(token)
            answers = [self.tenant.may(text, slug, self.here(resource)) for slug, resource in questions]
            assert answers == [self.oracle.effective(token, *asked) for asked in questions], (token, questions)
            self._compare_with_the_person(token, *questions[-1], allowed=answers[-1])

    def _questions(self, token: Token) -> list[Placed]:
        """Return a question for each term that alone decides one, one that is allowed, and any one."""
        every = [(slug, one) for slug in (*ACTIONS, *OTHERS) for one in self.oracle.parents]
        self.chance.shuffle(every)
        telling: dict[str, Placed] = {}
        for asked in every:
            failing = [term for term, yes in self.oracle.terms(token, *asked) if not yes]
            if len(failing) < 2:
                telling[failing[0] if failing else "allowed"] = asked
        self.seen.update(telling.keys())
        return [every[0], *telling.values()]

    def _compare_with_the_person(self, token: Token, permission: str, resource: str, *, allowed: bool) -> None:
        user = self.oracle.delegations[token.delegation].user
        person = self.tenant.person_may(self.here(user), permission, self.here(resource))
        assert person is self.oracle.may(user, permission, resource), (user, permission, resource)
        assert person or not allowed
