"""What is measured of the service."""

import pytest

from benchmarks.plan import CHAINS, NAMES, SERVICE
from benchmarks.world import CHAIN_LENGTH


@pytest.mark.threat("P28")
@pytest.mark.parametrize("name", ["introspect", "exchange-receipt", "evaluate"])
def test_latency_is_measured_for_one_delegation_for_two_and_for_the_longest_chain(name: str) -> None:
    """Checks, introspection and exchange are measured at each length, under load and while the server has time."""
    calm = [endpoint.name for endpoint in SERVICE if endpoint.calm]

    assert CHAINS == (1, 2, CHAIN_LENGTH)
    assert [each for each in calm if each.startswith(name)] == [name, f"{name}-2", f"{name}-{CHAIN_LENGTH}"]


def test_a_longer_chain_is_compared_with_a_single_delegation() -> None:
    """Its ratio says what the further hops cost, and its baseline is measured before it."""
    longer = [endpoint for endpoint in SERVICE if endpoint.name[-2:] in {"-2", f"-{CHAIN_LENGTH}"}]

    assert all(endpoint.baseline == endpoint.name[:-2] for endpoint in longer)
    assert all(NAMES.index(str(each.baseline)) < NAMES.index(each.name) for each in SERVICE)
