"""What the files in deploy/ name is there."""

import stat
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from delegation.app.secrets_at_rest import master_key
from delegation.app.serving import application
from delegation.settings import PREFIX, Settings
from delegation.tokens import MASTER_KEY_BYTES
from tests.deploy.artefacts import (
    COMPOSE,
    CONTAINERFILE,
    DEPLOY,
    KUBERNETES,
    UNIT,
    container,
    manifests,
    read,
    variables,
)

_SETTINGS = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}


def test_every_variable_is_a_setting() -> None:
    """A deployment sets nothing that would keep the service from starting."""
    named = set(variables())
    assert len(named) > 10
    assert {(path.name, name) for path, name in named if name not in _SETTINGS} == set()


def test_probes_ask_what_the_service_answers() -> None:
    """Each probe goes to a route and a port that there are."""
    routes = {getattr(route, "path", None) for route in application(Settings()).routes}
    ports = {port["name"] for port in container()["ports"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container()[probe]["httpGet"]
        assert asked["path"] in routes
        assert asked["port"] in ports
    assert "/readyz" in CONTAINERFILE.read_text(encoding="utf-8")


def test_who_watches_finds_the_metrics() -> None:
    """The port that is announced for scraping is the one that the settings open and the network lets through."""
    settings = dict(
        line.split("=", 1) for line in (KUBERNETES / "settings.env").read_text(encoding="utf-8").splitlines()
    )
    pod = read(KUBERNETES / "deployment.yaml")["spec"]["template"]["metadata"]
    opened = {port["name"]: port["containerPort"] for port in container()["ports"]}["metrics"]
    assert settings["DELEGATION_METRICS_PORT"] == pod["annotations"]["prometheus.io/port"] == str(opened)
    allowed = [port["port"] for rule in read(KUBERNETES / "network.yaml")["spec"]["ingress"] for port in rule["ports"]]
    assert sorted(allowed) == ["http", "metrics"]


def test_all_manifests_speak_of_the_same_pods() -> None:
    """Whatever selects pods selects those of the deployment."""
    labels = read(KUBERNETES / "deployment.yaml")["spec"]["template"]["metadata"]["labels"]
    selectors = [_selector(read(path)["spec"]) for path in manifests()]
    assert len(selectors) == 4
    assert all(selector == labels for selector in selectors)


def _selector(spec: dict[str, dict[str, object]]) -> object:
    found = spec.get("selector") or spec["podSelector"]
    return found.get("matchLabels", found)


def test_secrets_are_files() -> None:
    """No secret stands in an environment: each is handed over as a file."""
    secret = {"DELEGATION_MASTER_KEY", "DELEGATION_ADMINISTRATOR_SECRET", "DELEGATION_DATABASE_URL"}
    assert {path.name for path, name in variables() if name in secret} == set()
    named = {name for _, name in variables()}
    assert {f"{name}_FILE" for name in secret} <= named


def test_the_image_takes_only_what_is_named() -> None:
    """The context of the build is a list of what goes in, so that no database or secret of the tree does."""
    first, *rest = [
        line
        for line in (DEPLOY.parent / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert first == "*"
    wanted = {line.removeprefix("!") for line in rest if line.startswith("!")}
    assert all((DEPLOY.parent / name).exists() for name in wanted)
    copied = {
        word
        for line in CONTAINERFILE.read_text(encoding="utf-8").splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    assert copied == wanted


def test_a_container_may_end_in_peace() -> None:
    """Whoever stops the service waits longer than the service takes to finish what it has begun."""
    grace = read(KUBERNETES / "deployment.yaml")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    unit = dict(line.split("=", 1) for line in UNIT.read_text(encoding="utf-8").splitlines() if "=" in line)
    composed = read(COMPOSE)["services"]["one"]["stop_grace_period"].removesuffix("s")
    drained = Settings().drain_seconds + 10
    assert min(int(grace), int(unit["TimeoutStopSec"]), int(composed)) > drained


def test_replicas_share_their_secrets(tmp_path: Path) -> None:
    """The secrets of the composition are made once, are such as the service takes, and nobody else may list them."""
    script = tmp_path / "secrets.sh"
    script.write_bytes((DEPLOY / "compose" / "secrets.sh").read_bytes())
    script.chmod(0o755)
    subprocess.run([script], check=True)
    made = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "secrets").iterdir()}
    subprocess.run([script], check=True)
    assert {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "secrets").iterdir()} == made
    assert {f"secrets/{name}" for name in made} == {each["file"] for each in read(COMPOSE)["secrets"].values()}
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    settings = Settings(master_key=SecretStr(made["master_key"]), data_directory=tmp_path)
    assert len(master_key(settings, make=False)) == MASTER_KEY_BYTES
    assert made["database_password"] in made["database_url"]


@pytest.mark.parametrize("path", [COMPOSE, *manifests()], ids=lambda path: path.name)
def test_images_name_their_version(path: Path) -> None:
    """No image is whatever happens to be newest."""
    images = [
        line.split("image:")[1].strip() for line in path.read_text(encoding="utf-8").splitlines() if "image:" in line
    ]
    assert all(":" in image for image in images if image != "delegation")
