"""The facts that questions are asked of, and that both sides answer them alike."""

from functools import partial
from random import Random

import pytest

from authz_core import Allowed, Model, Relationships, check
from benchmarks.engine import catalogs, documents, organizations, shapes
from benchmarks.engine.by_hand import Hand
from benchmarks.engine.listing import listing_figures
from benchmarks.engine.sizes import compared


@pytest.fixture
def model() -> Model:
    """The model of organizations."""
    return organizations.model()


@pytest.fixture
def facts() -> Relationships:
    """One organization."""
    return Relationships(organizations.facts_of(organizations.PER_ORGANIZATION))


def test_the_same_size_has_the_same_facts() -> None:
    """A world is drawn from a seed, so that two runs measure the same."""
    assert list(organizations.facts_of(4_000)) == list(organizations.facts_of(4_000))


def test_organizations_have_as_many_facts_as_they_say(facts: Relationships) -> None:
    """No fact is drawn twice."""
    assert len(facts) == organizations.PER_ORGANIZATION


def test_walks_that_agree_may_be_compared(model: Model, facts: Relationships) -> None:
    """The share of questions that are allowed is that of either walk."""
    hand = Hand(model, facts)
    asked = organizations.questions(hand, Random(1), 40)

    assert compared(model, facts, hand, asked) == sum(hand.check(*question) for question in asked) / 40


def test_walks_that_disagree_are_not_compared(model: Model, facts: Relationships) -> None:
    """A time is worth nothing when the answer was wrong."""
    hand = Hand(model, facts)
    asked = organizations.questions(hand, Random(1), 40)

    with pytest.raises(RuntimeError, match="disagree"):
        compared(model, facts, Hand(model, ()), asked)


def test_lists_have_the_length_that_is_asked_for(model: Model, facts: Relationships) -> None:
    """A list is measured among the facts that were there before, whatever was added for others."""
    figures = listing_figures(model, facts, (1, 4))

    assert [(each.relationships, each.answers) for each in figures] == [(2_000, 1), (2_000, 4)]


def test_a_list_of_another_length_is_not_measured(model: Model) -> None:
    """A model that grants nothing is found out before its speed is praised."""
    with pytest.raises(RuntimeError, match="answers that it should have"):
        listing_figures(model.with_roles({}), Relationships(), (3,))


@pytest.mark.slow
def test_documents_of_one_team_have_as_many_facts_as_they_say() -> None:
    """No fact is drawn twice, and both relations are asked."""
    figure = documents.measure(documents.PER_TEAM, 10)

    assert figure.relationships == documents.PER_TEAM


@pytest.mark.parametrize("levels", [1, 2, 64, 65])
def test_every_depth_of_the_tree_is_allowed(levels: int) -> None:
    """What is held on the highest folder reaches the lowest, however many lie between."""
    facts, lowest = shapes.tree(levels)
    ask = partial(check, shapes.MODEL, facts, shapes.ANNE)

    assert isinstance(ask("folder:edit", lowest), Allowed)
    assert not isinstance(ask("folder:share", lowest), Allowed)


@pytest.mark.parametrize("roles", [2, 10, 11])
def test_a_book_has_the_roles_of_both_kinds(roles: int) -> None:
    """Half of the roles are the environment's, half the organization's own; two more are asked about."""
    assert len(catalogs.book(roles).organization.roles) == roles + 2
