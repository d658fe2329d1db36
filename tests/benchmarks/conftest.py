"""The bare endpoint, served for a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import children
from benchmarks.children import Deployment, Server


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """A place where a server may run."""
    return Deployment(tmp_path, children.free_port())


@pytest.fixture
def bare_server(deployment: Deployment) -> Iterator[Server]:
    """The bare endpoints, being served."""
    with children.bare(deployment) as server:
        yield server


@pytest.fixture
def bare_port(deployment: Deployment, bare_server: Server) -> int:
    """The port on which the bare endpoints are being served."""
    assert bare_server.pid
    return deployment.port
