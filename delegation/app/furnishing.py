"""The desk: the parts behind the door, made for one process from its configuration."""

from collections.abc import Callable
from datetime import datetime

import httpx2
import structlog

from delegation.app.secrets_at_rest import administrator_secret, master_key
from delegation.authority.granting import Limits
from delegation.authzen.evaluation import Evaluation
from delegation.authzen.following import Following
from delegation.authzen.searching import Search
from delegation.directory.development import DevelopmentProvider
from delegation.directory.insight import Insight
from delegation.directory.own_hand import OwnHand
from delegation.directory.people import People
from delegation.directory.performing import Directory
from delegation.feed import Feed
from delegation.oauth.agent_keys import AgentKeys
from delegation.oauth.agents_hand import AgentsHand
from delegation.oauth.endpoints import Endpoints
from delegation.oauth.keys import Cabinet
from delegation.oauth.office import Office
from delegation.oauth.restoration import restored_at
from delegation.oauth.terms import Terms
from delegation.settings import Settings
from delegation.state.pictures import Pictures
from delegation.store import Store
from delegation.tokens import Nonces, ProviderKeys, Purpose, RemoteKeys, hash_secret, new_identifier, new_secret
from delegation.web.desk import Desk

_log = structlog.get_logger()


def _development(settings: Settings, cabinet: Cabinet) -> DevelopmentProvider | None:
    if not settings.development_identity_provider:
        return None
    _log.warning("DEVELOPMENT IDENTITY PROVIDER IS ON: anybody can get a token for any user")
    return DevelopmentProvider.of(settings.issuer, cabinet.ring)


def _terms(settings: Settings, limits: Limits, restored: datetime | None) -> Terms:
    return Terms(
        issuer=settings.issuer,
        lifetime=settings.token_lifetime,
        consent_uri=settings.consent_uri or f"{settings.issuer}/delegations",
        by_hand=frozenset({settings.delegations_audience, settings.management_audience}),
        limits=limits,
        restored_at=restored,
    )


async def desk_of(
    settings: Settings, store: Store, pictures: Pictures, http: httpx2.AsyncClient, clock: Callable[[], datetime]
) -> Desk:
    """Return the desk of a process. Raises TokenError when there is no key to sign with."""
    cabinet = Cabinet(master_key(settings, make=False))
    ring = cabinet.ring((await pictures.view()).platform)
    ring.signing(Purpose.ACCESS_TOKEN, now=clock())  # A service without a key to sign with must not start.
    development = _development(settings, cabinet)
    providers = ProviderKeys(RemoteKeys(http, clock), cabinet.memory)
    people = People(store, pictures, providers, clock=clock, development=development)
    limits = Limits(settings.delegation_lifetime, settings.chain_length)
    terms = _terms(settings, limits, await restored_at(store))
    nonces, agent_keys = Nonces(cabinet.derived("dpop-nonce")), AgentKeys(RemoteKeys(http, clock))
    office = Office(pictures, people, cabinet, agent_keys, nonces, terms, clock, new_identifier)
    return Desk(
        settings=settings,
        clock=clock,
        pictures=pictures,
        people=people,
        directory=Directory(pictures, clock=clock, secret=new_secret, tree_depth=settings.tree_depth),
        own_hand=OwnHand(pictures, people, limits=limits, clock=clock, identifier=new_identifier),
        insight=Insight(pictures, people, limits=limits, clock=clock),
        agents_hand=AgentsHand(office),
        endpoints=Endpoints(office),
        evaluation=Evaluation(office),
        search=Search(office),
        following=Following(office, Feed(store, pictures, most=settings.stream_limit)),
        cabinet=cabinet,
        administrator_hash=hash_secret(administrator_secret(settings)),
        development=development,
    )
