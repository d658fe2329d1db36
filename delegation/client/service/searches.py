"""What a search found, page after page (AuthZEN 1.0 §8)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from delegation.client.errors import UnexpectedAnswer
from delegation.client.issuer.json_text import JSON, text_of

Ask = Callable[[Mapping[str, JSON]], Awaitable[Mapping[str, JSON]]]
"""Sends a search and returns the answer."""
_PAGE: Final = 500
"""Results that are asked for at once, the most that the issuer gives."""


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who may do it. Of a `delegation` the properties name the `agent` that acts and the `user`."""

    type: str
    id: str
    properties: Mapping[str, JSON]


async def everything(ask: Ask, search: Mapping[str, JSON]) -> AsyncIterator[Mapping[str, JSON]]:
    """Yield the results of a search, asking for a page when the one before is used up.

    Raises UnexpectedAnswer where an answer is not what the protocol says, and what asking raises.
    """
    token = ""
    while True:
        answer = await ask({**search, "page": {"limit": _PAGE, **({"token": token} if token else {})}})
        for result in _results(answer):
            yield result
        following = _following(answer)
        if not following:
            return
        if following == token:
            raise UnexpectedAnswer("the search goes round in a circle")
        token = following


def found_in(result: Mapping[str, JSON], type: str) -> Found:
    """Return a subject that was found; raises UnexpectedAnswer for one of another type."""
    properties = result.get("properties")
    found = Found(text_of(result, "type"), text_of(result, "id"), properties if isinstance(properties, Mapping) else {})
    if found.type != type:
        raise UnexpectedAnswer(f"a `{found.type}` was found where a `{type}` was sought")
    return found


def _results(answer: Mapping[str, JSON]) -> list[Mapping[str, JSON]]:
    results = answer.get("results")
    if not isinstance(results, list):
        raise UnexpectedAnswer("`results` is missing from the answer or is no list")
    entities = [result for result in results if isinstance(result, Mapping)]
    if len(entities) != len(results):
        raise UnexpectedAnswer("a result is not an object")
    return entities


def _following(answer: Mapping[str, JSON]) -> str:
    page = answer.get("page", {})
    following = page.get("next_token", "") if isinstance(page, Mapping) else None
    if not isinstance(following, str):
        raise UnexpectedAnswer("`page` does not say where the search goes on")
    return following
