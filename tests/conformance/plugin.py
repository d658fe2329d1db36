"""Fails a test, where its author looks first, when its `rfc` mark names what no file lists."""

from functools import cache

import pytest

from tests.conformance.clauses import Standard, load


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse to run a test whose mark leads nowhere."""
    for mark in item.iter_markers("rfc"):
        standard = _standards().get(mark.kwargs["number"])
        section, clauses = mark.kwargs["section"], mark.kwargs["clauses"]
        if standard is None or not standard.lists(section, clauses):
            place = " ".join([mark.kwargs["number"], f"§{section}", *clauses])
            pytest.fail(f"`{place}` is not listed in tests/conformance/clauses", pytrace=False)


@cache
def _standards() -> dict[str, Standard]:
    return load()
