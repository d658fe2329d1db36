"""What the tests of tokens share: every entrance, one after the other."""

import pytest

from tests.tokens.forging import ENTRANCES, NAMING, Entrance


@pytest.fixture(params=ENTRANCES, ids=lambda entrance: entrance.kind.name.lower())
def entrance(request: pytest.FixtureRequest) -> Entrance:
    """Each place where a token is read."""
    found: Entrance = request.param
    return found


@pytest.fixture(params=NAMING, ids=lambda entrance: entrance.kind.name.lower())
def naming(request: pytest.FixtureRequest) -> Entrance:
    """Each place where a token is of a known issuer and names the key that it is to be read with."""
    found: Entrance = request.param
    return found
