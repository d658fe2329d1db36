"""What most proofs speak of: a world, a question, chains of each length, and tokens."""

from dataclasses import replace

from tests.assurance.proofs.model import Chain, Delegation, Person, Question, Token, World, flag, some

LENGTHS = range(1, 6)
"""Of chains, up to the longest that the service allows."""

WORLD = World()
QUESTION = Question()


def chain(length: int) -> Chain:
    """A chain of which the first delegation was made by somebody's policy."""
    hops = [Delegation(author=some(Person, "author")), *(Delegation() for _ in range(1, length))]
    return Chain(some(Person, "person"), flag("member"), tuple(hops))


def longer(parent: Chain) -> Chain:
    """The chain with one more delegation at its end, about which nothing else is said."""
    return replace(parent, hops=(*parent.hops, Delegation()))


def token(length: int, ancestors: int = 0) -> Token:
    """A token of a chain, derived through so many others of the same chain."""
    own = chain(length)
    return Token(own, ancestors=tuple(Token(own) for _ in range(ancestors)))


def derived(parent: Token, own: Chain) -> Token:
    """A token that was got for another one, for any service: it stands on that one and on all before it."""
    return Token(own, ancestors=(parent, *parent.ancestors))
