"""Every door at which a token is presented, and for each the token that it lets in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from joserfc.jwk import ECKey

from delegation.tokens import Purpose, SigningKey
from tests.end_to_end.deployment import ACCESS_TOKEN, JSON, JWT, payload
from tests.rfc.minting import header_of, signing_keys
from tests.rfc.stage import Stage, basic
from tests.tokens.forging import changed, sealed

_SERIAL: Final = count()


@dataclass(frozen=True)
class House:
    """A stage, its administrator olga who lets the keyed agent edit apollo too, and the service's own keys."""

    stage: Stage
    olga: str
    keys: Mapping[Purpose, SigningKey]
    receipt: str

    @property
    def provider_key(self) -> ECKey:
        """The key of the identity provider."""
        return self.stage.login.key

    @property
    def agent_key(self) -> ECKey:
        """The key of the keyed agent."""
        key = self.stage.keyed.key
        assert key is not None
        return key

    def status(self, subject: str, declared: str, **changed: str) -> int:
        """Return the status of an exchange with this subject token, by the keyed agent."""
        form = self.stage.form(subject_token=subject, subject_token_type=declared, **changed)
        return self.stage.signed("/token", form, self.stage.assertion()).status_code

    def shows(self, path: str, bearer: str) -> bool:
        """Return whether an API shows something to a bearer."""
        return self.stage.http.get(path, headers={"Authorization": f"Bearer {bearer}"}).status_code == 200


def furnished(stage: Stage) -> House:
    """Return the house of a stage."""
    tenant = stage.tenant
    olga = tenant.join("olga")
    tenant.assign(f"user:{olga}", "organization-admin", f"organization:{tenant.id}")
    granted = tenant.grant(olga, agent=stage.keyed.id, unattended=True)
    return House(stage, olga, signing_keys(tenant.house), granted["receipt"])


@dataclass(frozen=True)
class Kind:
    """A kind of token: a good one, freshly made, and the key that signs it."""

    make: Callable[[House], str]
    key: Callable[[House], ECKey | SigningKey]

    def altered(self, house: House, header: JSON | None = None, claims: JSON | None = None) -> str:
        """Return a token with header or claims changed, signed by the right key."""
        token, key = self.make(house), self.key(house)
        private: Any = key.private if isinstance(key, SigningKey) else key
        return sealed(changed(header_of(token), header or {}), changed(payload(token), claims or {}), private)


def _exchanged(house: House) -> str:
    form = house.stage.form(subject_token=house.receipt, subject_token_type=JWT)
    answer = house.stage.signed("/token", form, house.stage.assertion())
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def _answered(house: House) -> str:
    token, accept = _exchanged(house), {"Accept": "application/token-introspection+jwt"}
    return house.stage.post("/introspect", {"token": token}, by=house.stage.documents, headers=accept).text


def _own(house: House) -> str:
    form = {"grant_type": "client_credentials"}
    answer = house.stage.signed("/token", form, house.stage.assertion())
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def _assertion(house: House) -> str:
    return house.stage.assertion(jti=f"door-{next(_SERIAL)}")


KINDS: Final[Mapping[str, Kind]] = {
    "user token": Kind(lambda h: h.stage.login.token(h.olga), lambda h: h.provider_key),
    "user token for delegations": Kind(lambda h: h.stage.login.by_hand(h.olga), lambda h: h.provider_key),
    "user token for management": Kind(lambda h: h.stage.login.to_manage(h.olga), lambda h: h.provider_key),
    "access token": Kind(_exchanged, lambda h: h.keys[Purpose.ACCESS_TOKEN]),
    "agent's own token": Kind(_own, lambda h: h.keys[Purpose.ACCESS_TOKEN]),
    "receipt": Kind(lambda h: h.receipt, lambda h: h.keys[Purpose.RECEIPT]),
    "client assertion": Kind(_assertion, lambda h: h.agent_key),
    "introspection answer": Kind(_answered, lambda h: h.keys[Purpose.INTROSPECTION]),
}


def _evaluates(house: House, token: str) -> bool:
    service = house.stage.documents
    question = {
        "subject": {"type": "token", "id": token},
        "action": {"name": "document:edit"},
        "resource": {"type": "app", "id": "storefront"},
    }
    header = {"Authorization": basic(service.id, service.secret)}
    return bool(house.stage.http.post("/access/v1/evaluation", json=question, headers=header).json().get("decision"))


def _acts(house: House, token: str, declared: str) -> bool:
    return house.status(house.receipt, JWT, actor_token=token, actor_token_type=declared) == 200


def _subject(house: House, token: str) -> bool:
    return house.status(token, ACCESS_TOKEN) == 200


def _authenticates(house: House, token: str) -> bool:
    return house.stage.signed("/revoke", {"token": "x"}, token).status_code == 200


@dataclass(frozen=True)
class Door:
    """A place where a token is presented: whether it lets one in, and the kinds that it is for."""

    lets_in: Callable[[House, str], bool]
    kind: str
    """The kind that is forged here."""
    also: str | None = None
    """Another kind that has to be let in, and is forged at a door of its own."""


DOORS: Final[Mapping[str, Door]] = {
    "subject token": Door(_subject, "user token", "access token"),
    "subject token of ours": Door(_subject, "access token", "user token"),
    "receipt": Door(lambda h, token: h.status(token, JWT) == 200, "receipt"),
    "actor token": Door(lambda h, token: _acts(h, token, JWT), "client assertion", "agent's own token"),
    "actor token of ours": Door(lambda h, token: _acts(h, token, ACCESS_TOKEN), "agent's own token"),
    "client assertion": Door(_authenticates, "client assertion"),
    "introspection": Door(lambda h, token: h.stage.introspected(token)["active"] is True, "access token"),
    "evaluation": Door(_evaluates, "access token"),
    "delegations": Door(
        lambda h, token: h.shows(f"/delegations?organization={h.stage.tenant.id}", token),
        "user token for delegations",
    ),
    "management": Door(
        lambda h, token: h.shows(f"/organizations/{h.stage.tenant.id}", token),
        "user token for management",
    ),
}
