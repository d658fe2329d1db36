"""The reference of the client library is that of this tree."""

from delegation import client
from tests.client_api import PAGE, page


def test_the_reference_is_up_to_date() -> None:
    """Whoever changes a signature or a docstring writes the page anew: `make format`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_everything_public_is_in_it() -> None:
    """Each name that can be imported has its entry."""
    told = page()
    assert [name for name in client.__all__ if f"### `{name}" not in told] == []
