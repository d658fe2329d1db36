"""Ties the clauses of standards to the tests that show them.

`clauses/*.toml` says what each standard asks and how we stand to it; `rfc` marks the tests;
`python -m tests.conformance` joins both into docs/conformance.md.
"""

import pytest

__all__ = ["rfc"]


def rfc(number: str, section: str, *clauses: str) -> pytest.MarkDecorator:
    """Mark a test as showing a section of a standard, or only the named clauses of that section.

    `number` is that of the RFC, or the short name of another standard: `authzen`.
    All arguments are literals: the page is made by reading the tests, not by running them.
    """
    return pytest.mark.rfc(number=number, section=section, clauses=clauses)
