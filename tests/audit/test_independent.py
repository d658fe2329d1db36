"""An export can be checked by a program that somebody else wrote from its description."""

import pytest

from tests.audit.independent import accepts
from tests.audit.logs import KEY, sample
from tests.audit.test_check import TAMPERINGS

pytestmark = pytest.mark.threat("55")

KEYS = {"keys": [dict(KEY.public)]}
KEPT = {seal.sequence: seal.hash for seal in sample().seals if seal.sequence > 1}


@pytest.mark.parametrize("organization", [None, "acme", "beta"])
def test_a_sound_export_is_accepted(organization: str | None) -> None:
    """What the service writes is what its description says, for all chains and for one organization."""
    assert accepts(sample().lines(organization), KEYS, KEPT)


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_whatever_we_find_faulty_is_refused_by_others_too(tampering: str) -> None:
    """The independent verifier refuses every export that our own finds a fault in."""
    log = sample()
    TAMPERINGS[tampering][0](log)
    assert not accepts(log.lines(), KEYS, KEPT)
