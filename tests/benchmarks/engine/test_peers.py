"""Other libraries: compared before they are timed, and left out where they are not installed."""

import pytest

from benchmarks.engine import peers

FAITHFUL = {"click": "tests.benchmarks.engine.fake_peer"}
GENEROUS = {"click": "tests.benchmarks.engine.generous_peer"}
NOWHERE = {"delegation-no-such-library": "tests.benchmarks.engine.no_such_module"}


def test_a_library_that_agrees_is_measured() -> None:
    """A figure names the library's version and how it was asked."""
    (figure,) = peers.measure(2_000, 20, FAITHFUL)

    assert figure.version.startswith("click ")
    assert (figure.what, figure.relationships, figure.questions) == ("a faithful one", 2_000, 20)
    assert figure.times == figure.took / figure.engine


def test_a_library_that_disagrees_is_not_measured() -> None:
    """An answer that is not the engine's ends the run."""
    with pytest.raises(RuntimeError, match="a generous one disagrees"):
        peers.measure(2_000, 20, GENEROUS)


def test_a_library_that_is_not_installed_is_left_out() -> None:
    """The benchmarks run without it, and say that it is missing."""
    assert peers.measure(2_000, 20, NOWHERE) == ()
    assert peers.missing(NOWHERE) == list(NOWHERE)


def test_every_library_that_is_installed_is_asked_in_two_ways() -> None:
    """Each of them has two forms that a reader would think of, and agrees with the engine in both."""
    installed = len(peers.PACKAGES) - len(peers.missing())

    assert len(peers.measure(2_000, 4)) == 2 * installed
