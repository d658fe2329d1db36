"""The model as a value: compiled once, shared by all catalogs of roles."""

from dataclasses import FrozenInstanceError
from time import perf_counter

import pytest

from authz_core import Role
from tests.authz_core.documents import SHARING
from tests.authz_core.test_rbac import APOLLO, SAAS
from tests.authz_core.worlds import allows, facts


def test_other_roles_share_what_was_compiled() -> None:
    """A model with other roles is a new value around the same plans; the one it came from stays as it was."""
    custom = Role("org-custom", "app", frozenset({"app:view"}))
    model = SAAS.with_roles({custom.slug: custom})

    assert model.plans is SAAS.plans
    assert set(model.roles) == {"org-custom"}
    assert "org-custom" not in SAAS.roles
    assert (model.types, model.holders) == (SAAS.types, SAAS.holders)
    assert (model.delegable, model.administrative) == (SAAS.delegable, SAAS.administrative)


def test_one_organization_has_no_part_in_the_roles_of_another() -> None:
    """A role of one organization means nothing to a model of another, even by the same name."""
    stored = facts(*APOLLO, "user:anne org-custom project:apollo")
    north = SAAS.with_roles({"org-custom": Role("org-custom", "project", frozenset({"app:edit"}))})
    south = SAAS.with_roles({"org-custom": Role("org-custom", "project", frozenset({"app:view"}))})

    assert allows(north, stored, "user:anne", "app:edit", "app:shop")
    assert not allows(south, stored, "user:anne", "app:edit", "app:shop")


def test_ten_thousand_roles_cost_nothing() -> None:
    """Taking over a large catalog of roles costs well under a millisecond."""
    roles = {f"org-{number}": Role(f"org-{number}", "app", frozenset({"app:view"})) for number in range(10_000)}
    begun = perf_counter()
    for _ in range(10):
        SAAS.with_roles(roles)

    assert (perf_counter() - begun) / 10 < 0.001


def test_a_model_is_frozen() -> None:
    """Nothing about a model changes once it is made."""
    with pytest.raises(FrozenInstanceError):
        SHARING.types = {}  # type: ignore[misc]  # on purpose
