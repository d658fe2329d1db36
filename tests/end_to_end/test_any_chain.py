"""Whatever people and agents do in whatever order, no child is ever worth more than its parent (semantics §5)."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import ClassVar, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from typing_extensions import override

from tests.end_to_end.chained_history import AGENTS, ChainedHistory
from tests.end_to_end.history import ACTIONS, GROUPS, MOVES, PEOPLE, PLACED
from tests.end_to_end.tenant import Tenant
from tests.end_to_end.test_any_history import EDITED, PRINCIPALS, STRIKES, UPSETS

PERSON: Final = st.sampled_from(PEOPLE)
AGENT: Final = st.sampled_from(AGENTS)
PLACE: Final = st.sampled_from(PLACED)
WHICH: Final = st.integers(0, 4)
SOME: Final = st.none() | st.frozensets(st.sampled_from(ACTIONS), min_size=1, max_size=4)
LASTS: Final = st.sampled_from((100, 400, 900))


class Life(RuleBasedStateMachine):
    """An organization in which anything may happen next; after each step every answer is that of the formula."""

    found: Callable[[], Tenant]
    seen: ClassVar[Counter[str]]

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed: int) -> None:
        """Found an organization of its own."""
        self.history = ChainedHistory(type(self).found(), Random(seed))

    @override
    def teardown(self) -> None:
        """Keep what was seen."""
        type(self).seen.update(self.history.seen if hasattr(self, "history") else {})

    @rule(principal=st.sampled_from(PRINCIPALS), placed=PLACE)
    def assign(self, principal: str, placed: tuple[str, str]) -> None:
        """Give a role, or take it away."""
        self.history.toggle_assignment(principal, placed)

    @rule(group=st.sampled_from(GROUPS), member=st.sampled_from(PRINCIPALS[:3]))
    def join(self, group: str, member: str) -> None:
        """Put somebody into a group, or take them out."""
        self.history.toggle_member(group, member)

    @rule(slug=st.sampled_from(EDITED), permission=st.sampled_from(ACTIONS))
    def edit(self, slug: str, permission: str) -> None:
        """Let a role grow or shrink."""
        self.history.edit_role(slug, permission)

    @rule(way=st.sampled_from([(thing, to) for thing, places in MOVES.items() for to in places]))
    def move(self, way: tuple[str, str]) -> None:
        """Move a part of the tree."""
        self.history.move(*way)

    @rule(user=PERSON, agent=AGENT, how=st.sampled_from(UPSETS))
    def upset(self, user: str, agent: str, how: str) -> None:
        """Keep somebody from taking part."""
        self.history.upset(user, agent, how)

    @rule(agent=AGENT, places=st.none() | st.lists(PLACE, min_size=1, max_size=3), lacking=st.sampled_from(ACTIONS))
    def ceiling(self, agent: str, places: list[tuple[str, str]] | None, lacking: str) -> None:
        """Change what an agent may do at all."""
        self.history.admit(agent, places, lacking)

    @rule(user=PERSON, placed=st.sampled_from(PLACED[:3]))
    def mend(self, user: str, placed: tuple[str, str]) -> None:
        """Let everybody take part again."""
        self.history.mend(user, placed)

    @rule(seconds=st.sampled_from((1, 60, 99, 100, 299, 300)))
    def wait(self, seconds: int) -> None:
        """Let time go by."""
        self.history.wait(seconds)

    @rule(user=PERSON, agent=AGENT, placed=PLACE, some=SOME, lasts=LASTS, depth=st.integers(0, 3))
    def grant(
        self, user: str, agent: str, placed: tuple[str, str], some: frozenset[str] | None, lasts: int, depth: int
    ) -> None:
        """Let a user let an agent act, and perhaps others after it."""
        self.history.grant(user, agent, placed, some, lasts, depth=depth)

    @rule(which=WHICH, agent=AGENT, placed=PLACE, some=SOME, lasts=LASTS, depth=st.integers(0, 2))
    def pass_on(
        self, which: int, agent: str, placed: tuple[str, str], some: frozenset[str] | None, lasts: int, depth: int
    ) -> None:
        """Let an agent let another act."""
        self.history.pass_on(which, agent, placed, some, lasts, depth=depth)

    @rule(which=WHICH, agent=AGENT)
    def pass_all_on(self, which: int, agent: str) -> None:
        """Let an agent let another do all that it may itself, for a little less long."""
        parent = self.history.newest(which)
        left = parent.bound.until - self.history.oracle.now
        placed = (min(parent.bound.roles), parent.bound.resource)
        self.history.pass_on(
            which, agent, placed, parent.bound.permissions, max(1, left - 1), depth=max(0, parent.depth - 1)
        )

    @rule(which=WHICH, how=st.sampled_from(STRIKES))
    def strike(self, which: int, how: str) -> None:
        """Suspend, resume or end a delegation."""
        self.history.strike(which, how)

    @rule(which=WHICH, hop=st.integers(0, 2))
    def cut(self, which: int, hop: int) -> None:
        """Let an agent cut a chain below itself."""
        self.history.cut(which, hop)

    @rule(which=WHICH, placed=PLACE, some=SOME, unattended=st.booleans())
    def exchange(self, which: int, placed: tuple[str, str], some: frozenset[str] | None, unattended: bool) -> None:  # noqa: FBT001 - drawn by name
        """Let an agent ask for a token."""
        self.history.exchange(which, placed, some, unattended=unattended)

    @rule(which=WHICH, part=WHICH)
    def renew(self, which: int, part: int) -> None:
        """Let an agent ask for all that it may, and for a part."""
        self.history.renew(which, part)

    @rule(which=WHICH, other=st.none() | WHICH, placed=st.none() | PLACE, some=SOME)
    def derive(
        self, which: int, other: int | None, placed: tuple[str, str] | None, some: frozenset[str] | None
    ) -> None:
        """Let an agent ask for a token on a token."""
        self.history.derive(which, other, placed, some)

    @rule(which=WHICH, some=SOME, seconds=st.sampled_from((0, 60)), gone=st.booleans())
    def narrow(self, which: int, some: frozenset[str] | None, seconds: int, gone: bool) -> None:  # noqa: FBT001 - drawn by name
        """Let an agent that has got a token ask for less on it, and perhaps give the first one up."""
        self.history.renew(which, 0)
        self.history.wait(seconds)
        self.history.derive(-1, None, None, some)
        if gone:
            self.history.give_up_before_the_newest()

    @rule(which=WHICH)
    def swap(self, which: int) -> None:
        """Let an agent ask on a token of one delegation for a token of another one that gives the same."""
        old = self.history.newest(which)
        placed = (min(old.bound.roles), old.bound.resource)
        self.history.grant(old.user, old.agent, placed, old.bound.permissions, 900)
        self.history.derive(-1, which + 1, None, None)

    @rule(which=WHICH)
    def hand_on(self, which: int) -> None:
        """Let the agent of a delegation ask for a token on one of the agent before it."""
        id_ = self.history.above(which)
        if id_ is not None:
            self.history.renew(id_, 0)
            self.history.derive(-1, which, None, None)

    @rule(which=WHICH)
    def give_up(self, which: int) -> None:
        """Let an agent give a token up."""
        self.history.give_up(which)

    @invariant()
    def all_is_as_it_should_be(self) -> None:
        """Every delegation stands as it should, and every answer is that of the formula."""
        self.history.delegations_stand_as_they_should()
        self.history.answers_are_those_of_the_formula()
        self.history.no_token_is_worth_more_than_what_it_comes_from()


@pytest.mark.semantics("4")
@pytest.mark.semantics("5")
@pytest.mark.threat("I1")
@pytest.mark.threat("I2")
@pytest.mark.threat("2")
@pytest.mark.threat("3")
@pytest.mark.threat("6")
@pytest.mark.threat("15")
@pytest.mark.parametrize(("lives", "steps"), [(8, 30), pytest.param(40, 40, marks=pytest.mark.slow)])
def test_chains_follow_the_formula_through_any_life(found_tenant: Callable[[], Tenant], lives: int, steps: int) -> None:
    """After any steps of people and agents, answers about chains and derived tokens equal the formula in sets."""

    class Lives(Life):
        found = staticmethod(found_tenant)
        seen: ClassVar[Counter[str]] = Counter()

    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    told = ("allowed", "status", "token", "passed on", "derived")
    assert min(Lives.seen[term] for term in told) >= lives // 4, Lives.seen
