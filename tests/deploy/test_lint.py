"""The tools that read the files in deploy/ find nothing wrong with them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.artefacts import CONTAINERFILE, DEPLOY, UNIT, manifests

pytestmark = pytest.mark.slow


def _found(program: str) -> str:
    beside = Path(sys.executable).with_name(program)
    found = str(beside) if beside.exists() else shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        pytest.skip(f"`{program}` is not installed")
    return found


def _run(*command: str | Path) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    told = ended.stdout + ended.stderr
    assert ended.returncode == 0, told
    return told


def test_the_container_file() -> None:
    """The container's file is sound and follows what its linter advises."""
    assert _run(_found("hadolint"), CONTAINERFILE) == ""


@pytest.mark.parametrize("manifest", manifests(), ids=lambda path: path.name)
def test_a_manifest(manifest: Path) -> None:
    """A manifest has every field that Kubernetes demands, and none that it does not know."""
    assert "passed" in _run(_found("kubernetes-validate"), "--strict", manifest)


def test_the_proxy(tmp_path: Path) -> None:
    """The proxy's configuration is one that it starts with."""
    text = (DEPLOY / "compose" / "nginx.conf").read_text(encoding="utf-8")
    here, replicas = re.subn(r"server (?:one|two):8400", "server 127.0.0.1:8400", text)
    assert replicas == 2
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid;\n{here}", encoding="utf-8")
    assert "test is successful" in _run(_found("nginx"), "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf")


def test_the_unit(tmp_path: Path) -> None:
    """The unit is one that systemd takes, every directive known."""
    program = tmp_path / "delegation"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/delegation/bin/delegation", str(program)), "utf-8")
    assert _run(_found("systemd-analyze"), "verify", unit) == ""
