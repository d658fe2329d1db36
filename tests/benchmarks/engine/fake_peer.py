"""A library that answers as the walk by hand does, or always yes."""

from typing import Final

from benchmarks.engine.organizations import Question
from benchmarks.engine.peers import Peer, World


def _unchanged(question: Question) -> Question:
    return question


def faithful(world: World) -> Peer:
    """Return a peer that agrees with the engine."""
    return Peer("click", "a faithful one", _unchanged, world.hand.check)


PEERS: Final = (faithful,)
