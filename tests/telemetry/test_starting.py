"""What is asked for and cannot be had keeps the service from starting, in words."""

import sys

import pytest

from delegation.app.observing import observed
from delegation.app.secrets_at_rest import NotPrepared
from delegation.settings import Settings


def test_traces_without_what_sends_them_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for traces without the extra is told which one to install."""
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with (
        pytest.raises(NotPrepared, match=r"pip install 'delegation-service\[tracing\]'"),
        observed(Settings(traces="otlp")),
    ):
        raise AssertionError("it began all the same")


def test_without_traces_nothing_of_the_extra_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for none is served without anything to send them with."""
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    served = []
    with observed(Settings()):
        served.append("a request")
    assert served == ["a request"]
