"""The office: what the OAuth endpoints work with, and the context it gives each request."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from delegation.directory.people import People, Person
from delegation.oauth.agent_keys import AgentKeys
from delegation.oauth.keys import Cabinet
from delegation.oauth.request import Context, Means
from delegation.oauth.terms import Terms
from delegation.state.pictures import Pictures
from delegation.state.views import View
from delegation.store import Spent
from delegation.tokens import InvalidToken, Nonces, ProviderUnavailable


@dataclass(frozen=True, slots=True)
class Office:
    """The parts behind the OAuth endpoints."""

    pictures: Pictures
    people: People
    cabinet: Cabinet
    agent_keys: AgentKeys
    nonces: Nonces
    terms: Terms
    clock: Callable[[], datetime]
    identifier: Callable[[str], str]
    _means: Means = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Put together what is the same for all requests."""
        means = Means(self.terms, self.nonces, self.identifier, self.agent_keys.of, self.pictures.uses.note)
        object.__setattr__(self, "_means", means)

    def context(
        self,
        view: View,
        person: Person | InvalidToken | ProviderUnavailable | None = None,
        *,
        spent: Spent | None = None,
    ) -> Context:
        """Return what a request is answered from; a person the view does not know becomes the reason why not.

        `spent` is the budget that was found used up when it was to be answered before.
        """
        if isinstance(person, Person):
            try:
                self.people.confirm(view, person)
            except InvalidToken as refusal:
                person = refusal
        return Context(view, self.cabinet.ring(view.platform), self._means, person, spent=spent)
