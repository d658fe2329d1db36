"""Content negotiation: whether an answer is asked for in a form by name (RFC 9110 §12.5.1)."""

import re
from typing import Final

from starlette.requests import Request

_WEIGHT: Final = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
_JSON: Final = ("application/json", "application/*", "*/*")


def wants(request: Request, media_type: str) -> bool:
    """Return whether a media type is named and preferred to JSON, or liked as much.

    A wildcard names nothing, so that JSON stays the answer where the header is absent or means anything.
    """
    accept = ",".join(request.headers.getlist("accept")).lower()
    if media_type not in accept:
        return False
    liked = dict(map(_liked, accept.split(",")))
    named = liked.get(media_type, 0.0)
    as_json = next((liked[each] for each in _JSON if each in liked), 0.0)
    return named > 0 and named >= as_json


def _liked(element: str) -> tuple[str, float]:
    """Return a media range and its weight; one that cannot be read weighs nothing."""
    name, *parameters = (part.strip() for part in element.split(";"))
    weight = next((each.removeprefix("q=") for each in parameters if each.startswith("q=")), "1")
    return name, float(weight) if _WEIGHT.fullmatch(weight) else 0.0
