"""The files in deploy/, read."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
CONTAINERFILE: Final = DEPLOY / "Containerfile"
COMPOSE: Final = DEPLOY / "compose" / "compose.yaml"
UNIT: Final = DEPLOY / "systemd" / "delegation.service"
KUBERNETES: Final = DEPLOY / "kubernetes"

_VARIABLE: Final = re.compile(r"\bDELEGATION_[A-Z_]+\b")


def read(path: Path) -> Any:  # noqa: ANN401 - whatever stands there
    """Return the one document of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def manifests() -> list[Path]:
    """Return the files that the kustomization puts together."""
    return [KUBERNETES / name for name in read(KUBERNETES / "kustomization.yaml")["resources"]]


def container() -> dict[str, Any]:
    """Return the container of the Kubernetes deployment."""
    (found,) = read(KUBERNETES / "deployment.yaml")["spec"]["template"]["spec"]["containers"]
    return dict(found)


def variables() -> Iterator[tuple[Path, str]]:
    """Yield each variable of the service that a file names."""
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file() and path.suffix != ".json":
            yield from ((path, name) for name in _VARIABLE.findall(path.read_text(encoding="utf-8")))
