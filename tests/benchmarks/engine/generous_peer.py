"""A library whose every answer is yes."""

from typing import Final

from benchmarks.engine.peers import Peer, World


def generous(_: World) -> Peer:
    """Return a peer that disagrees with the engine."""
    return Peer("click", "a generous one", lambda question: question, lambda *_: True)


PEERS: Final = (generous,)
