"""Whoever does not use MCP does not need it."""

import subprocess
import sys

BESIDE = "import sys, delegation.client; print(sorted(name for name in ('mcp', 'fastapi') if name in sys.modules))"
WITHOUT = "import sys; sys.modules['mcp'] = None; import delegation.client; import delegation.client.mcp"


def test_the_client_does_not_import_mcp() -> None:
    """The library is imported without its framework."""
    ended = subprocess.run([sys.executable, "-c", BESIDE], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_whoever_lacks_mcp_is_told_what_to_install() -> None:
    """The error names the extra that brings it."""
    ended = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert 'pip install "delegation-service[mcp]"' in ended.stderr.splitlines()[-1]
