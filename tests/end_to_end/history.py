"""Any history of an organization: what people do in any order, told to the service and to the oracle alike."""

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

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
NAMES: Final = re.compile(r"\b(anne|bob|planner|writer)\b")
KEPT: Final = 3
"""How many of the newest tokens are asked about after each step."""
QUESTIONS: Final = 4
"""How many questions about each, beside all those that introspection answers at once."""

people = st.sampled_from(("anne", "bob"))
agents = st.sampled_from(("planner", "writer"))
placed_roles = st.sampled_from(
    [
        ("org-steward", "organization:o"),
        ("org-maker", "workspace:design"),
        ("org-maker", "workspace:sales"),
        ("org-editor", "project:apollo"),
        ("org-editor", "project:zeus"),
        ("org-reader", "project:apollo"),
        ("org-guest", "app:storefront"),
    ]
)
some_actions = st.sets(st.sampled_from(ACTIONS), min_size=1).map(frozenset)


class History(RuleBasedStateMachine):
    """Two people, two agents, two groups, five roles and a tree, in which anything may happen next."""

    tenant: Tenant
    answers: Counter[bool]
    """How often evaluation said yes and no."""

    def __init__(self) -> None:
        """Begin with a fresh organization in which anne and the group guild can do something."""
        super().__init__()
        tenant = self.tenant
        self.chance = random.Random(0)
        self.tokens: dict[str, Token] = {}
        self.receipts: dict[str, str] = {}
        self.oracle = Oracle(tenant.now, groups={name: set() for name in GROUPS})
        self.agents: dict[str, Agent] = {"planner": tenant.planner, "writer": tenant.agent("writer")}
        self.oracle.ceilings = dict.fromkeys(self.agents)
        self.oracle.memberships = {"anne": True, "bob": True}
        for group in GROUPS:
            tenant.must("POST", "/groups", {"id": group})
        for slug, (type_, permissions) in ROLES.items():
            self._define(slug, type_, permissions)
        tenant.unassign(f"user:{tenant.anne}", "workspace-member", "workspace:design")
        self.toggle_assignment("user:anne", ("org-maker", "workspace:design"))
        self.toggle_assignment("group:guild#member", ("org-editor", "project:zeus"))
        self.grant("anne", "planner", ("org-maker", "workspace:design"), None, 0, 2000)

    def here(self, name: str) -> str:
        """Return the name under which the service knows what the oracle calls by a plain one."""
        owned = NAMES.sub(lambda found: self.tenant.own(found[0]), name)
        return owned.replace("organization:o", f"organization:{self.tenant.id}")

    # --- rights of people ---

    @rule(
        principal=st.sampled_from(("user:anne", "user:bob", "group:studio#member", "group:guild#member")),
        placed=placed_roles,
    )
    def toggle_assignment(self, principal: str, placed: tuple[str, str]) -> None:
        """Give a role, or take it away."""
        fact = (principal, *placed)
        if principal.removeprefix("user:") in ("anne", "bob") and principal[5:] not in self.oracle.memberships:
            return
        change = self.tenant.unassign if fact in self.oracle.assignments else self.tenant.assign
        change(self.here(principal), placed[0], self.here(placed[1]))
        self.oracle.assignments ^= {fact}

    @rule(group=st.sampled_from(GROUPS), member=st.sampled_from(("user:anne", "user:bob", "group:studio#member")))
    def toggle_member(self, group: str, member: str) -> None:
        """Put a user or a group into a group, or take it out."""
        if member == f"group:{group}#member" or member.removeprefix("user:") not in {*self.oracle.memberships, member}:
            return
        method = "DELETE" if member in self.oracle.groups[group] else "PUT"
        self.tenant.must(method, f"/groups/{group}/members/{self.here(member)}")
        self.oracle.groups[group] ^= {member}

    @rule(slug=st.sampled_from(("org-maker", "org-editor", "org-reader")), permission=st.sampled_from(ACTIONS))
    def edit_role(self, slug: str, permission: str) -> None:
        """Add a permission to a role, or take it out."""
        type_, permissions = self.oracle.roles[slug]
        self._define(slug, type_, permissions ^ {permission})

    def _define(self, slug: str, type_: str, permissions: Slugs) -> None:
        self.tenant.role(slug, type_, *sorted(permissions))
        self.oracle.roles[slug] = (type_, frozenset(permissions))

    @rule(move=st.sampled_from([(thing, place) for thing, places in MOVES.items() for place in places]))
    def move(self, move: tuple[str, str]) -> None:
        """Move a project or an app."""
        self.tenant.move(*move)
        self.oracle.parents[move[0]] = move[1]

    # --- whether people and agents take part ---

    @rule(user=people, active=st.booleans())
    def put_membership(self, user: str, *, active: bool) -> None:
        """Make a user a member, active or not."""
        self.tenant.must("PUT", f"/memberships/{self.here(user)}", {"active": active})
        self.oracle.memberships[user] = active

    @rule(user=people)
    def remove_membership(self, user: str) -> None:
        """End a membership, with all that hangs on it."""
        if self.oracle.memberships.pop(user, None) is None:
            return
        self.tenant.must("DELETE", f"/memberships/{self.here(user)}")
        self.oracle.assignments = {fact for fact in self.oracle.assignments if fact[0] != f"user:{user}"}
        for members in self.oracle.groups.values():
            members.discard(f"user:{user}")
        self._revoke(lambda delegation: delegation.user == user)

    @rule(who=st.sampled_from(("users/anne", "users/bob", "agents/planner", "agents/writer")))
    def toggle_standing(self, who: str) -> None:
        """Suspend a user or an agent everywhere, or let it take part again."""
        name = who.partition("/")[2]
        status = "active" if name in self.oracle.suspended else "suspended"
        self.tenant.house.must("PATCH", f"/{self.here(who)}", {"status": status})
        self.oracle.suspended ^= {name}

    @rule(agent=agents, ceiling=st.none() | st.lists(st.tuples(placed_roles, some_actions), max_size=2))
    def admit(self, agent: str, ceiling: Sequence[tuple[tuple[str, str], Slugs]] | None) -> None:
        """Admit an agent, or give it another ceiling."""
        bounds = None if ceiling is None else tuple(Bound(on, frozenset({role}), p) for (role, on), p in ceiling)
        sent: list[JSON] | str = "none" if bounds is None else [self._sent(bound) for bound in bounds]
        self.tenant.admit(self.agents[agent], sent)
        self.oracle.ceilings[agent] = bounds

    def _sent(self, bound: Bound) -> JSON:
        on = self.here(bound.resource)
        return {"resource": on, "roles": sorted(bound.roles), "permissions": sorted(bound.permissions)}

    @rule(agent=agents)
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

    @rule(seconds=st.sampled_from((1, 60, 99, 100, 299, 300)))
    def wait(self, seconds: int) -> None:
        """Let time go by."""
        self.tenant.house.clock.advance(timedelta(seconds=seconds))
        self.oracle.now += seconds

    @rule(user=people, placed=placed_roles)
    def mend(self, user: str, placed: tuple[str, str]) -> None:
        """Let everybody take part again, give a user a role, and let the user let the planner use it for long."""
        for name in sorted(self.oracle.suspended):
            self.toggle_standing(f"users/{name}" if name in ("anne", "bob") else f"agents/{name}")
        for name in ("anne", "bob"):
            self.put_membership(name, active=True)
        self.admit("planner", None)
        if (f"user:{user}", *placed) not in self.oracle.assignments:
            self.toggle_assignment(f"user:{user}", placed)
        self.grant(user, "planner", placed, None, 0, 2000)

    # --- delegations ---

    @rule(
        user=people,
        agent=agents,
        placed=placed_roles,
        permissions=st.none() | some_actions,
        begins=st.sampled_from((0, 0, 100)),
        lasts=st.sampled_from((100, 400, 2000)),
    )
    def grant(
        self, user: str, agent: str, placed: tuple[str, str], permissions: Slugs | None, begins: int, lasts: int
    ) -> None:
        """Let a user try to let an agent do something."""
        consented = self.oracle.grantable(placed[0]) if permissions is None else permissions
        now = self.oracle.now
        bound = Bound(placed[1], frozenset({placed[0]}), consented, now + begins, now + lasts)
        wanted = Delegation(user, agent, bound)
        answer = self.tenant.ask(
            self.here(user),
            agent=self.here(agent),
            resource=self.here(placed[1]),
            roles=[placed[0]],
            permissions=None if permissions is None else sorted(permissions),
            not_before=now + begins,
            expires_in=lasts,
            unattended=True,
        )
        assert (answer.status_code == 201) is self.oracle.grants(wanted), answer.text
        if answer.status_code == 201:
            made = answer.json()
            self.receipts[made["id"]] = made["receipt"]
            self.oracle.delegations[made["id"]] = wanted
            self.renew(0)

    @precondition(lambda self: self.oracle.delegations)
    @rule(which=st.integers(0, 9), by=st.sampled_from(("user", "administrator", "agent")))
    def revoke(self, which: int, by: str) -> None:
        """End a delegation for ever."""
        id_, delegation = self._one(which)
        if by == "user" and self.oracle.present(delegation.user):
            assert self.tenant.hand(self.here(delegation.user), "DELETE", id_).status_code == 200
        elif by == "agent" and self.oracle.now < delegation.bound.until:
            assert self.tenant.give_up(self.receipts[id_], self.agents[delegation.agent]).status_code == 200
        else:
            self.tenant.must("DELETE", f"/delegations/{id_}")
        delegation.revoked = True

    @precondition(lambda self: self.oracle.delegations)
    @rule(which=st.integers(0, 9), verb=st.sampled_from(("suspend", "resume")))
    def suspend_or_resume(self, which: int, verb: str) -> None:
        """Suspend a delegation or resume it, which one that was revoked refuses."""
        id_, delegation = self._one(which)
        answer = self.tenant.manage("POST", f"/delegations/{id_}/{verb}")
        assert answer.status_code == (409 if delegation.revoked else 200)
        delegation.suspended = verb == "suspend"

    def _one(self, which: int) -> tuple[str, Delegation]:
        return list(self.oracle.delegations.items())[-1 - which % len(self.oracle.delegations)]

    # --- tokens ---

    @precondition(lambda self: self.oracle.delegations)
    @rule(
        which=st.integers(0, 9),
        placed=placed_roles,
        actions=st.none() | some_actions,
        unattended=st.booleans(),
    )
    def exchange(self, which: int, placed: tuple[str, str], actions: Slugs | None, *, unattended: bool) -> None:
        """Let an agent ask for any role anywhere out of a delegation."""
        self._exchange(which, placed, actions, unattended=unattended)

    @precondition(lambda self: self.oracle.delegations)
    @rule(which=st.integers(0, 2))
    def renew(self, which: int) -> None:
        """Let an agent ask for all that a delegation gives."""
        bound = self._one(which)[1].bound
        self._exchange(which, (min(bound.roles), bound.resource), None, unattended=False)

    def _exchange(self, which: int, placed: tuple[str, str], actions: Slugs | None, *, unattended: bool) -> None:
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
        token = Token(id_, Bound(placed[1], frozenset({placed[0]}), asked, now, ends))
        granted = sorted(slug for slug in asked if self.oracle.effective(token, slug, placed[1]))
        assert answer.status_code == (200 if granted else 400), answer.text
        if granted:
            document = answer.json()
            assert document["authorization_details"][0]["actions"] == granted
            assert document["expires_in"] == ends - now
            self.tokens[document["access_token"]] = token

    @precondition(lambda self: self.tokens)
    @rule(which=st.integers(0, 9))
    def give_up(self, which: int) -> None:
        """Let an agent revoke one of its tokens."""
        text, token = list(self.tokens.items())[which % len(self.tokens)]
        agent = self.agents[self.oracle.delegations[token.delegation].agent]
        assert self.tenant.give_up(text, agent).status_code == 200
        token.given_up = token.given_up or self.oracle.now < token.bound.until

    # --- what must be true after every step ---

    @invariant()
    def delegations_stand_as_they_should(self) -> None:
        """Every delegation is shown with the status that follows from all that happened."""
        shown = {one["id"]: one["status"] for one in self.tenant.must("GET", "/delegations")["delegations"]}
        assert shown == {id_: self.oracle.status(id_) for id_ in self.oracle.delegations}

    @invariant()
    def answers_are_those_of_the_formula(self) -> None:
        """Introspection and evaluation say of every token what the formula says, never more than of its user."""
        self.tokens = dict(list(self.tokens.items())[-KEPT:])
        for text, token in self.tokens.items():
            place = token.bound.resource
            expected = sorted(slug for slug in token.bound.permissions if self.oracle.effective(token, slug, place))
            assert self.tenant.actions(text) == expected
            for permission, resource in [self._question(token) for _ in range(QUESTIONS)]:
                self._compare(text, token, permission, resource)

    def _question(self, token: Token) -> tuple[str, str]:
        beneath = [one for one in self.oracle.parents if token.bound.resource in self.oracle.upwards(one)]
        resource = self.chance.choice(self.chance.choice((beneath, beneath, list(self.oracle.parents))))
        asked = sorted(token.bound.permissions)
        return self.chance.choice(self.chance.choice((asked, ACTIONS, OTHERS))), resource

    def _compare(self, text: str, token: Token, permission: str, resource: str) -> None:
        user = self.oracle.delegations[token.delegation].user
        allowed = self.tenant.may(text, permission, self.here(resource))
        person = self.tenant.person_may(self.here(user), permission, self.here(resource))
        assert allowed is self.oracle.effective(token, permission, resource), (token, permission, resource)
        assert person is self.oracle.may(user, permission, resource), (user, permission, resource)
        assert person or not allowed
        self.answers[allowed] += 1
