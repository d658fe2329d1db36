"""The seal that a host holds beside its database: what cannot be read proves nothing, and is not passed over."""

import pytest

from delegation.app.held_seal import FILE
from tests.keeping.desk import Desk


@pytest.mark.threat("62")
@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b'{"entry": {"chain": "se'])
def test_a_seal_that_cannot_be_read_keeps_the_service_from_starting(desk: Desk, content: bytes) -> None:
    """Where the file tells no seal any more, nothing starts until somebody has said what that means."""
    held = desk.terminal.directory / FILE
    held.parent.mkdir(parents=True, exist_ok=True)
    held.write_bytes(content)
    said = desk.type("do", "create-group", "organization=acme", "id=g9")
    assert said.code == 1
    assert "tells no seal" in said.err
    assert held.read_bytes() == content
    held.unlink()
    desk.group("g9")
