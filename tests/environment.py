"""The environment of a program that a test starts."""

import os


def inherited(**changed: str) -> dict[str, str]:
    """Return the environment of the tests, with these variables changed."""
    return {**os.environ, **changed}  # noqa: TID251 - handed on, not read
