"""The desk: what the door hands requests to, made once by the application."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from starlette.requests import Request

from delegation.authzen.evaluation import Evaluation
from delegation.authzen.following import Following
from delegation.authzen.searching import Search
from delegation.directory.development import DevelopmentProvider
from delegation.directory.insight import Insight
from delegation.directory.own_hand import OwnHand
from delegation.directory.people import People
from delegation.directory.performing import Directory
from delegation.oauth.agents_hand import AgentsHand
from delegation.oauth.endpoints import Endpoints
from delegation.oauth.keys import Cabinet
from delegation.settings import Settings
from delegation.state.pictures import Pictures


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts behind the door."""

    settings: Settings
    clock: Callable[[], datetime]
    pictures: Pictures
    people: People
    directory: Directory
    own_hand: OwnHand
    agents_hand: AgentsHand
    insight: Insight
    endpoints: Endpoints
    evaluation: Evaluation
    search: Search
    following: Following
    cabinet: Cabinet
    administrator_hash: str
    """Hash of the bootstrap administrator's secret."""
    development: DevelopmentProvider | None


def desk(request: Request) -> Desk:
    """Return the desk that the application's lifespan set up."""
    return cast(Desk, request.scope["state"]["desk"])
