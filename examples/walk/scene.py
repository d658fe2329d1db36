"""The scene of the story: the processes that run, and what is there before Anne begins."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
from joserfc.jwk import ECKey

from examples.walk.cast import Administrator, Anne, Cast, Party
from examples.walk.children import Child, Children
from examples.walk.ledger import Ledger
from examples.walk.options import Options
from examples.walk.ports import HOST, Ports
from examples.walk.words import ROLES, Words
from examples.wire import JSON

SECONDS_TO_START: Final = 30


@dataclass(frozen=True, slots=True)
class Scene:
    """Where everything is: addresses, and the directory that holds database, keys and logs."""

    ports: Ports
    directory: Path
    seed: Path
    database: str
    """URL of a database that is empty yet."""
    words: Words = ROLES

    @property
    def issuer(self) -> str:
        """The address of the service, which is its name as an issuer too."""
        return f"http://{HOST}:{self.ports.service}"

    @property
    def documents(self) -> str:
        """The address of the document service, which is its audience too."""
        return f"http://{HOST}:{self.ports.documents}"

    @property
    def key(self) -> Path:
        """The agent's private key."""
        return self.directory / "planner.json"

    @property
    def administrator_secret(self) -> Path:
        """The file in which the service left its bootstrap credential."""
        return self.directory / "administrator.secret"

    def wire(self, who: str) -> Path:
        """Return where a program notes what goes over its wire."""
        return self.directory / f"{who}.wire"


def scene_for(options: Options, ports: Ports, directory: Path) -> Scene:
    """Return the scene in a directory that is empty yet."""
    database = options.database or f"sqlite:///{directory / 'delegation.db'}"
    return Scene(ports, directory, options.seed, database, options.words)


def children_in(scene: Scene) -> Children:
    """Return the processes of the scene, none started; what they inherit holds no other setting."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DELEGATION_")}
    return Children(scene.directory, {**inherited, "PYTHONUTF8": "1"})


def start_service(scene: Scene, children: Children) -> None:
    """Start the service on an empty database, embedded unless told otherwise, and wait until it is ready."""
    service = children.start(
        "service",
        [
            *("-m", "delegation", "run", "--development-identity-provider"),
            *("--seed", str(scene.seed.resolve())),
        ],
        DELEGATION_ISSUER=scene.issuer,
        DELEGATION_PORT=str(scene.ports.service),
        DELEGATION_DATA_DIRECTORY=str(scene.directory),
        DELEGATION_DATABASE_URL=scene.database,
        DELEGATION_POLICY=scene.words.policy,
        DELEGATION_DRAIN_SECONDS="0",  # no balancer has to notice that it ends
    )
    wait_for(service, f"{scene.issuer}/readyz")


def assemble(scene: Scene, children: Children, http: httpx2.Client, ledger: Ledger) -> Cast:
    """Return the cast: both programs registered over HTTP, admitted, and running."""
    secret = scene.administrator_secret.read_text(encoding="utf-8").strip()
    administrator = Administrator(Party("administrator", http, ledger), secret)
    documents_secret = administrator.register(
        "services", {"id": "documents", "name": "Documents", "audience": scene.documents}, {}
    )
    jwks: JSON = {"keys": [_new_key(scene.key)]}
    administrator.register("agents", {"id": "planner", "name": "Planner", "jwks": jwks}, {"ceiling": "none"})
    start_documents(scene, children, documents_secret)
    planner = _start_planner(scene, children)
    return Cast(administrator, Anne(Party("anne", http, ledger), scene.issuer), planner)


def start_documents(scene: Scene, children: Children, secret: str) -> None:
    """Start the document service, and wait until it is ready."""
    documents = children.start(
        "document service",
        [
            *("-m", "examples.document_service", "--issuer", scene.issuer),
            *("--port", str(scene.ports.documents), "--wire", str(scene.wire("documents"))),
            *scene.words.documents,
        ],
        DOCUMENTS_SECRET=secret,
    )
    wait_for(documents, f"{scene.documents}/healthz")


def _start_planner(scene: Scene, children: Children) -> Child:
    return children.start(
        "planner",
        [
            *("-m", "examples.planner", "--issuer", scene.issuer, "--documents", scene.documents),
            *("--key", str(scene.key), "--wire", str(scene.wire("planner"))),
        ],
        talks=True,
    )


def _new_key(file: Path) -> JSON:
    """Return the public half of a new key, whose private half only the file holds."""
    key = ECKey.generate_key("P-256", auto_kid=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps(key.as_dict(private=True)), encoding="utf-8")
    return {name: str(value) for name, value in key.as_dict(private=False).items()}


def wait_for(child: Child, address: str) -> None:
    """Return when the address answers; raises ChildDied if the process ends, TimeoutError if it takes too long."""
    deadline = time.monotonic() + SECONDS_TO_START
    with httpx2.Client(timeout=2) as http:
        while time.monotonic() < deadline:
            child.check()
            try:
                if http.get(address).is_success:
                    return
            except httpx2.TransportError:
                pass  # Not listening yet.
            time.sleep(0.05)
    raise TimeoutError(f"{address} is not ready after {SECONDS_TO_START} s:\n{child.tail()}")
