"""The service that asks: registered, and admitted where the organizations are written."""

from dataclasses import dataclass, field

import httpx2

from benchmarks.administration import Administration
from benchmarks.children import Deployment
from benchmarks.world import DOCUMENTS


@dataclass(frozen=True, slots=True)
class Service:
    """Credentials of a resource server."""

    id: str
    secret: str = field(repr=False)


def introduced(deployment: Deployment) -> Service:
    """Return a service registered in a deployment that is being served. Raises NotFurnished."""
    with httpx2.Client(base_url=deployment.issuer, timeout=30.0) as http:
        administration = Administration(http, deployment.administrator)
        answer = administration.ask("POST", "/services", {"id": "documents", "audience": DOCUMENTS})
        return Service("documents", str(answer["client_secret"]))
