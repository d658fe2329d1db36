"""RFC 7523 with RFC 10070 and RFC 7521: agents prove who they are by assertions they sign."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from itertools import count
from typing import Any, Final

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.clock import NOON, Clock
from tests.conformance import rfc
from tests.end_to_end.deployment import ASSERTION, JSON, JWT, Agent
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import Tenant, documents_service, found
from tests.rfc.answers import refusal, told
from tests.rfc.stage import Stage, set_up
from tests.tokens.forging import sealed

NOW: Final = int(NOON.timestamp())
RACERS: Final = 50


class Absent(Enum):
    """Stands for a member that is left out."""

    DROP = "drop"


DROP: Final = Absent.DROP
SERIAL: Final = count()


def presented(stage: Stage, assertion: str, **changed: Any) -> httpx2.Response:
    """Ask for a token with the keyed agent's receipt and an assertion."""
    form = stage.form(subject_token=stage.lent["receipt"], subject_token_type=JWT, authorization_details=None)
    return stage.signed("/token", form, assertion, **changed)


def asserted(stage: Stage, *, header: dict[str, Any] | None = None, key: ECKey | None = None, **claims: Any) -> str:
    """Return an assertion of the keyed agent with header and claims changed; DROP leaves one out."""
    own = stage.keyed.key
    assert own is not None
    house = stage.tenant.house
    now = int(house.clock().timestamp())
    good = {
        "iss": stage.keyed.id,
        "sub": stage.keyed.id,
        "aud": house.issuer,
        "exp": now + 60,
        "jti": f"forged-{next(SERIAL)}",
    }
    said = {name: value for name, value in {**good, **claims}.items() if value is not DROP}
    return jwt.encode({"alg": "ES256", "kid": own.thumbprint(), **(header or {})}, said, key or own)


@rfc("7523", "2.2", "parameters")
@rfc("9700", "2.5", "asymmetric")
def test_an_agent_is_known_by_the_assertion_it_signed(stage: Stage) -> None:
    """A good assertion gets a token, with or without the client's id beside it."""
    assert presented(stage, stage.assertion()).status_code == 200
    assert presented(stage, stage.assertion(), client_id=stage.keyed.id).status_code == 200


@rfc("7523", "2.2", "parameters")
@rfc("7521", "4.2", "declared-type")
@pytest.mark.parametrize("declared", [None, "", "jwt", ASSERTION.upper(), ASSERTION.replace("jwt", "saml2")])
def test_an_assertion_is_declared_as_a_jwt(stage: Stage, declared: str | None) -> None:
    """An assertion of an undeclared or other type authenticates nobody."""
    answer = presented(stage, stage.assertion(), client_assertion_type=declared)
    assert refusal(answer) == (401, "invalid_client")


@rfc("7523", "2.2", "parameters")
@rfc("7523", "3", "well-formed")
@pytest.mark.parametrize("assertion", [None, "", " ", "x", "a.b.c", "a.b.c.d.e", "x" * 16_384])
def test_what_is_no_assertion_authenticates_nobody(stage: Stage, assertion: str | None) -> None:
    """A missing, blank or malformed assertion is a failed authentication."""
    answer = presented(stage, stage.assertion(), client_assertion=assertion)
    assert refusal(answer) == (401, "invalid_client")


@rfc("7523", "2.2", "parameters")
def test_exactly_one_assertion_is_presented(stage: Stage) -> None:
    """Two assertions in one request are refused."""
    form = stage.form(client_assertion_type=ASSERTION)
    pairs = [*form.items(), ("client_assertion", stage.assertion()), ("client_assertion", stage.assertion())]
    assert refusal(stage.post("/token", pairs)) == (400, "invalid_request")


@rfc("7523", "3", "issuer-and-subject")
@rfc("7523", "3.2", "invalid-client")
@rfc("7521", "5.2", "issuer", "subject")
@rfc("7521", "4.2.1", "invalid-client")
@pytest.mark.parametrize("claim", ["iss", "sub"])
@pytest.mark.parametrize("value", [DROP, "", "stranger", "anne", "documents", ["keyed"], None, 1])
def test_issuer_and_subject_are_the_client(stage: Stage, claim: str, value: object) -> None:
    """An assertion about or by somebody else authenticates nobody."""
    own = {"stranger": stage.stranger.id, "anne": stage.tenant.anne, "documents": stage.documents.id}
    said: JSON = {claim: own.get(value, value) if isinstance(value, str) else value}
    assert refusal(presented(stage, asserted(stage, **said))) == (401, "invalid_client")


@rfc("10070", "4", "sole-audience")
@rfc("7521", "5.2", "audience")
@pytest.mark.threat("38")
@pytest.mark.parametrize(
    "audience",
    ["{}/token", "{}/", "{}/revoke", "{}/par", "{}?x", "{}#", "{} ", " {}", "{}.evil.example", "HTTP{}", "", "*"],
)
def test_only_the_issuer_itself_is_an_audience(stage: Stage, audience: str) -> None:
    """The token endpoint's address and every near miss are refused, character by character."""
    near = audience.format(stage.issuer).replace("HTTPhttp", "HTTP")
    assert refusal(presented(stage, asserted(stage, aud=near))) == (401, "invalid_client")


@rfc("10070", "4", "sole-audience")
@pytest.mark.threat("38")
@pytest.mark.parametrize("others", [["{}/token"], ["https://other.example"], ["{}"], [""], [None]])
def test_no_second_audience_stands_beside_the_issuer(stage: Stage, others: list[str | None]) -> None:
    """An array of two is refused, even when it repeats the issuer."""
    also = [other if other is None else other.format(stage.issuer) for other in others]
    assert refusal(presented(stage, asserted(stage, aud=[stage.issuer, *also]))) == (401, "invalid_client")
    assert refusal(presented(stage, asserted(stage, aud=also if also != [stage.issuer] else []))) == (
        401,
        "invalid_client",
    )


@rfc("10070", "4", "sole-audience")
@pytest.mark.parametrize("audience", [DROP, None, 1, True, {"aud": 1}, [["x"]]])
def test_an_audience_is_text(stage: Stage, audience: object) -> None:
    """An audience of another JSON type, or none, is refused."""
    assert refusal(presented(stage, asserted(stage, aud=audience))) == (401, "invalid_client")


@rfc("10070", "4", "sole-audience")
def test_the_issuer_may_stand_alone_in_an_array(stage: Stage) -> None:
    """Libraries that always write an array are understood: its one value is the sole audience."""
    assert presented(stage, asserted(stage, aud=[stage.issuer])).status_code == 200


@rfc("10070", "4", "sole-audience")
@pytest.mark.threat("38")
def test_the_rule_holds_at_every_endpoint(stage: Stage) -> None:
    """The revocation endpoint wants the issuer as the audience too, not its own address."""
    wrong = asserted(stage, aud=f"{stage.issuer}/revoke")
    assert refusal(stage.signed("/revoke", {"token": "x"}, wrong)) == (401, "invalid_client")
    assert stage.signed("/revoke", {"token": "x"}, stage.assertion()).status_code == 200


@rfc("10070", "4", "type")
@pytest.mark.parametrize(
    "type_", [None, "JWT", "jwt", "client-authentication+jwt", "application/client-authentication+JWT"]
)
def test_an_assertion_says_its_type_or_none(stage: Stage, type_: str | None) -> None:
    """The proper type and the absence of one are accepted, and compared without case."""
    header = {} if type_ is None else {"typ": type_}
    assert presented(stage, asserted(stage, header=header)).status_code == 200


@rfc("10070", "4", "type")
@pytest.mark.threat("22")
@pytest.mark.parametrize(
    "type_",
    [
        "at+jwt",
        "delegation+jwt",
        "dpop+jwt",
        "logout+jwt",
        "secevent+jwt",
        "oauth-id-jag+jwt",
        "",
        "x",
        1,
        None,
        ["JWT"],
    ],
)
def test_the_type_of_another_kind_is_refused(stage: Stage, type_: object) -> None:
    """A token of any other kind is no assertion, even when the right key signed it."""
    good = stage.keyed.key
    assert good is not None
    header = {"alg": "ES256", "kid": good.thumbprint(), "typ": type_}
    claims = {"iss": stage.keyed.id, "sub": stage.keyed.id, "aud": stage.issuer, "exp": NOW + 60, "jti": f"t-{type_}"}
    assert refusal(presented(stage, sealed(header, claims, good))) == (401, "invalid_client")


@rfc("7523", "3", "expiry")
@rfc("7521", "5.2", "expiry")
@rfc("7523", "3", "far-expiry")
@pytest.mark.parametrize("exp", [DROP, None, "soon", NOW, NOW - 1, NOW + 3601, 10**30, -1, True, 1e300, [NOW + 60]])
def test_an_assertion_expires_and_soon(stage: Stage, exp: object) -> None:
    """An assertion without expiry, expired, or good for more than an hour is refused."""
    assert refusal(presented(stage, asserted(stage, exp=exp))) == (401, "invalid_client")


@rfc("7523", "3", "expiry")
@pytest.mark.parametrize("exp", [NOW + 1, NOW + 3600, NOW + 0.5])
def test_an_assertion_is_good_until_it_expires(stage: Stage, exp: float) -> None:
    """The last moment before expiry counts, an hour is allowed, and so are fractions."""
    assert presented(stage, asserted(stage, exp=exp, jti=f"until-{exp}")).status_code == 200


@rfc("7523", "3", "not-before")
@pytest.mark.parametrize("claim", ["nbf", "iat"])
@pytest.mark.parametrize(("value", "good"), [(NOW + 10, True), (NOW + 61, False), ("x", False), (None, False)])
def test_an_assertion_from_the_future_is_refused(stage: Stage, claim: str, value: object, *, good: bool) -> None:
    """A clock may be a few seconds ahead, not a minute."""
    said: JSON = {claim: value, "jti": f"{claim}-{value}"}
    answer = presented(stage, asserted(stage, **said))
    assert (answer.status_code == 200) is good
    assert good or refusal(answer) == (401, "invalid_client")


@rfc("7523", "3", "single-use")
@pytest.mark.parametrize("jti", [DROP, None, "", " \n", 1, "x" * 257, ["a"]])
def test_an_assertion_has_an_id(stage: Stage, jti: object) -> None:
    """Without an id, an assertion could not be told from its copy."""
    assert refusal(presented(stage, asserted(stage, jti=jti))) == (401, "invalid_client")


@rfc("7523", "3", "single-use")
@rfc("7521", "8.2", "short-life")
@pytest.mark.threat("S18")
def test_an_assertion_is_accepted_once(stage: Stage) -> None:
    """The second use is refused, at the same endpoint and at any other."""
    assertion = stage.assertion()
    assert presented(stage, assertion).status_code == 200
    assert refusal(presented(stage, assertion)) == (401, "invalid_client")
    assert refusal(stage.signed("/revoke", {"token": "x"}, assertion)) == (401, "invalid_client")


@rfc("7523", "3", "single-use")
def test_a_request_that_is_refused_spends_its_assertion_all_the_same(stage: Stage) -> None:
    """What comes after authentication does not give the assertion back."""
    assertion = stage.assertion()
    assert refusal(presented(stage, assertion, resource="https://elsewhere.example")) == (400, "invalid_target")
    assert refusal(presented(stage, assertion)) == (401, "invalid_client")


@rfc("7523", "3", "single-use")
def test_two_agents_may_choose_the_same_id(stage: Stage) -> None:
    """Ids of assertions are their agent's own."""
    other = stage.tenant.agent("other-keyed", keyed=True)
    house = stage.tenant.house
    for agent in (stage.keyed, other):
        assertion = agent.assertion(house, jti="the same")
        assert stage.signed("/revoke", {"token": "x"}, assertion).status_code == 200


@rfc("7523", "3", "single-use")
@pytest.mark.threat("27")
def test_of_many_racers_with_one_assertion_exactly_one_wins(stage: Stage) -> None:
    """However many present it at the same moment, one is answered and all others are refused."""
    assertion = stage.assertion()
    with ThreadPoolExecutor(RACERS) as racers:
        answers = list(racers.map(lambda _: presented(stage, assertion), range(RACERS)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * (RACERS - 1)
    assert {refusal(answer) for answer in answers if answer.status_code != 200} == {(401, "invalid_client")}


@rfc("7523", "3", "single-use")
@pytest.mark.threat("S18")
def test_an_assertion_stays_used_when_the_service_starts_again(sites: Sites) -> None:
    """What was used is remembered by the database, not by the process, until it would have expired."""
    clock, issuer = Clock(), "https://as.example"
    with sites() as site:
        with site.running(clock, issuer=issuer) as house:
            stage = set_up(found(house, "acme", documents_service(house)))
            assertion = stage.assertion(exp=NOW + 600)
            assert presented(stage, assertion).status_code == 200
        with site.running(clock, issuer=issuer) as again:
            tenant = Tenant(again, "acme", stage.documents, stage.planner)
            later = replace(stage, tenant=tenant)
            assert refusal(presented(later, assertion)) == (401, "invalid_client")
            assert presented(later, later.assertion()).status_code == 200
            clock.advance(timedelta(seconds=601))
            assert refusal(presented(later, assertion)) == (401, "invalid_client")


@rfc("7523", "3", "signature")
@rfc("7521", "5.2", "signed")
@pytest.mark.parametrize("named", ["registered", "its own"])
def test_an_assertion_that_another_key_signed_is_refused(stage: Stage, named: str) -> None:
    """A stranger's key does not get in, whichever key the header names."""
    key = ECKey.generate_key("P-256")
    header = {"kid": key.thumbprint()} if named == "its own" else {}
    assert refusal(presented(stage, asserted(stage, header=header, key=key))) == (401, "invalid_client")


@rfc("7523", "3", "signature")
def test_another_agents_key_is_another_agents(stage: Stage) -> None:
    """An assertion in one agent's name, signed by another registered agent, is refused."""
    other = stage.tenant.agent("other", keyed=True)
    assert other.key is not None
    for kid in (other.key.thumbprint(), stage.keyed.key.thumbprint() if stage.keyed.key else ""):
        assertion = asserted(stage, header={"kid": kid}, key=other.key)
        assert refusal(presented(stage, assertion)) == (401, "invalid_client")


@rfc("7523", "3", "signature")
@rfc("7523", "3", "registered-keys")
@pytest.mark.parametrize("kid", [DROP, "", "x", None, 1, "../../etc/passwd", "' OR 1=1 --", "\x00", "k" * 5_000])
def test_an_assertion_names_a_key_that_is_registered(stage: Stage, kid: object) -> None:
    """A key is found by its exact name among the agent's own, or not at all."""
    own = stage.keyed.key
    assert own is not None
    header = {name: value for name, value in {"alg": "ES256", "kid": kid}.items() if value is not DROP}
    claims = {"iss": stage.keyed.id, "sub": stage.keyed.id, "aud": stage.issuer, "exp": NOW + 60, "jti": f"k-{kid}"}
    assert refusal(presented(stage, sealed(header, claims, own))) == (401, "invalid_client")


@rfc("7523", "3.2", "invalid-client")
@pytest.mark.threat("46")
def test_no_failure_tells_what_was_wrong_with_an_assertion(stage: Stage) -> None:
    """Unknown agents, agents without keys, wrong keys and wrong claims are answered by the same bytes."""
    deleted = stage.tenant.agent("gone", keyed=True)
    stage.tenant.house.must("DELETE", f"/agents/{deleted.id}")
    key = ECKey.generate_key("P-256")
    nobody, secretive = Agent("nobody", None, key), Agent(stage.planner.id, None, key)
    wrong = [agent.assertion(stage.tenant.house) for agent in (nobody, secretive, deleted)]
    wrong += [asserted(stage, key=key), asserted(stage, aud="x"), asserted(stage, exp=1), "x"]
    answers = [told(presented(stage, assertion)) for assertion in wrong]
    assert answers == [answers[0]] * len(answers)


@rfc("7523", "3.2", "invalid-client")
def test_an_agent_with_a_key_has_no_secret(stage: Stage) -> None:
    """Whatever secret it tries, an agent that registered keys authenticates by them alone."""
    for secret in ("", "x", stage.planner.secret or ""):
        by_header = stage.post("/token", stage.form(), by=Agent(stage.keyed.id, secret))
        assert refusal(by_header) == (401, "invalid_client")
        in_body = stage.post("/token", stage.form(client_id=stage.keyed.id, client_secret=secret))
        assert refusal(in_body) == (401, "invalid_client")


@rfc("7523", "3.2", "invalid-client")
def test_a_service_has_no_assertions(stage: Stage) -> None:
    """Introspection takes secrets alone: an agent that signs gets no further there than a stranger."""
    answer = stage.signed("/introspect", {"token": "x"}, stage.assertion())
    assert refusal(answer) == (401, "invalid_client")


@rfc("7521", "4.2", "same-client")
@pytest.mark.parametrize("name", ["planner", "documents", "nobody", "KEYED"])
def test_an_id_beside_the_assertion_names_the_same_client(stage: Stage, name: str) -> None:
    """A request that names one client and proves another is nobody's."""
    ids = {"planner": stage.planner.id, "documents": stage.documents.id, "KEYED": stage.keyed.id.upper()}
    answer = presented(stage, stage.assertion(), client_id=ids.get(name, name))
    assert refusal(answer) == (401, "invalid_client")


@rfc("8725", "3.1", "algorithm")
@pytest.mark.parametrize(
    ("key", "code"),
    [
        (ECKey.generate_key("P-384"), 400),
        (RSAKey.generate_key(2048), 400),
        (OKPKey.generate_key("X25519"), 400),
        (OKPKey.generate_key("Ed25519"), 201),
        (ECKey.generate_key("P-256"), 201),
    ],
    ids=["P-384", "RSA", "X25519", "Ed25519", "P-256"],
)
def test_an_agent_registers_keys_that_can_authenticate_it(
    stage: Stage, key: ECKey | RSAKey | OKPKey, code: int
) -> None:
    """A key of an algorithm that metadata does not offer to clients is refused when it is registered."""
    body = {"id": stage.tenant.own(f"robot-{key.thumbprint()[:8]}"), "jwks": {"keys": [key.as_dict(private=False)]}}
    assert stage.tenant.house.manage("POST", "/agents", body).status_code == code


@rfc("8725", "3.1", "algorithm")
@pytest.mark.threat("18")
@pytest.mark.parametrize("alg", ["RS256", "ES384", "HS256", "EdDSA", "none", "", "es256", None, 1])
def test_the_algorithm_is_that_of_the_registered_key(stage: Stage, alg: object) -> None:
    """A header that names another algorithm than the key's is refused, known or not."""
    own = stage.keyed.key
    assert own is not None
    header = {"alg": alg, "kid": own.thumbprint()}
    claims = {"iss": stage.keyed.id, "sub": stage.keyed.id, "aud": stage.issuer, "exp": NOW + 60, "jti": f"a-{alg}"}
    assert refusal(presented(stage, sealed(header, claims, own))) == (401, "invalid_client")
