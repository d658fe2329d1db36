"""The wheel holds all that the service needs, and nothing of its tests."""

import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import httpx2
import pytest

from tests.cli.test_demo import ROOT, serving
from tests.environment import inherited
from tests.guides import PAGES, newcomer

NEEDED = {
    "authz_core/py.typed",
    "delegation/py.typed",
    "delegation/cli/demo.toml",
    "delegation/policies/saas.toml",
    "delegation/web/templates/reference.html",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built without asking anybody."""
    directory = tmp_path_factory.mktemp("wheel")
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", str(directory)]
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", *options, str(ROOT)]
    subprocess.run(command, check=True, timeout=300)
    [built] = directory.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_what_is_needed_and_no_tests(wheel: Path) -> None:
    """Policies, templates, migrations, the demonstration's seed and the marks of typing are inside; tests are not."""
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    migrations = {str(path.relative_to(ROOT)) for path in (ROOT / "delegation/store").rglob("versions/*.py")}
    assert migrations
    assert names >= NEEDED | migrations
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"authz_core", "delegation"}


@pytest.mark.slow
def test_the_demonstration_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """What the wheel holds prepares a database and serves the demonstration, with no repository on the path."""
    unpacked, here = tmp_path / "unpacked", tmp_path / "here"
    here.mkdir()
    with ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    with serving(here, code=unpacked) as given:
        assert httpx2.get(f"{given['ISSUER']}/readyz").is_success
        assert given["RECEIPT"]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_newcomer_gets_from_the_wheel_to_the_refused_call(wheel: Path, page: Path, tmp_path: Path) -> None:
    """In an empty environment a guide goes from `pip install` to its last line, with no repository on the path."""
    lines = (ROOT / "requirements/run.txt").read_text(encoding="utf-8").splitlines()
    locked = [line.removesuffix("\\").strip() for line in lines if re.match(r"[\w.-]+==", line)]
    constraints = tmp_path / "constraints.txt"
    # By name, as an extra is asked for; no index has this version.
    version = wheel.name.split("-")[1]
    constraints.write_text("\n".join([f"delegation-service=={version}", *locked]), encoding="utf-8")
    found_in = {"PIP_CONSTRAINT": str(constraints), "PIP_FIND_LINKS": str(wheel.parent)}
    environment = inherited(**found_in, PIP_DISABLE_PIP_VERSION_CHECK="1")
    environment = {name: value for name, value in environment.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    with newcomer(tmp_path, environment, installs=True) as reader:
        assert page.read_text(encoding="utf-8") == reader.follows(page)
        [installed] = (tmp_path / "work/.venv").rglob("delegation/__init__.py")
        assert "site-packages" in installed.parts
