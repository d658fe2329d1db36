"""What is accepted says nothing: this asks for the refusal that is not there."""

from collections.abc import Callable
from typing import ParamSpec

from authz_core import EngineError

Asked = ParamSpec("Asked")


def refusal(check: Callable[Asked, object], *asked: Asked.args, **named: Asked.kwargs) -> str | None:
    """Return why the engine refuses something, in its words, or None when it accepts it."""
    try:
        check(*asked, **named)
    except EngineError as error:
        return str(error)
    return None
