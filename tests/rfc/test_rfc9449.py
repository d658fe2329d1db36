"""RFC 9449 at the token endpoint: what proves a key, what comes of it, and what is no proof."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from delegation.tokens import Nonces
from tests.conformance import rfc
from tests.end_to_end.deployment import ASSERTION, JWT, payload
from tests.proving import FLAWS, Flaw, Prover, addresses_beside, spellings_of
from tests.rfc.answers import refusal
from tests.rfc.stage import FORM, Stage, basic

BAD = (400, "invalid_dpop_proof")
NONCE_WANTED = (400, "use_dpop_nonce")
CREDENTIALS = {"grant_type": "client_credentials"}


@pytest.fixture
def prover(stage: Stage) -> Prover:
    """Somebody with a new key."""
    return Prover(stage.tenant.house.clock)


def endpoint(stage: Stage) -> str:
    """Return the address that proofs are for."""
    return f"{stage.issuer}/token"


def send(stage: Stage, *proofs: str, form: Mapping[str, str] | None = None) -> httpx2.Response:
    """Ask for a token as the planner, with these proofs, each in a header of its own."""
    headers = [
        ("Content-Type", FORM),
        ("Authorization", basic(stage.planner.id, stage.planner.secret or "")),
        *(("DPoP", proof) for proof in proofs),
    ]
    return stage.http.post("/token", content=str(httpx2.QueryParams(form or stage.form())), headers=headers)


def nonce_of(stage: Stage) -> str:
    """Return a nonce that is good now."""
    answer = send(stage, Prover(stage.tenant.house.clock).proof(endpoint(stage)))
    assert refusal(answer) == NONCE_WANTED
    return str(answer.headers["DPoP-Nonce"])


def good(stage: Stage, prover: Prover, **claims: Any) -> str:
    """Return a proof that is good, but for the claims that are given."""
    return prover.proof(endpoint(stage), **{"nonce": nonce_of(stage), **claims})


@rfc("9449", "8", "nonce-needed", "one-nonce-header")
@rfc("9449", "8.2", "nonce-not-stored")
def test_a_proof_without_a_nonce_is_told_one(stage: Stage, prover: Prover) -> None:
    """The answer says what is missing and brings exactly one nonce, which no cache keeps; with it the proof is good."""
    answer = send(stage, prover.proof(endpoint(stage)))
    assert refusal(answer) == NONCE_WANTED
    [nonce] = answer.headers.get_list("DPoP-Nonce")
    assert answer.headers["Cache-Control"] == "no-store"
    assert send(stage, prover.proof(endpoint(stage), nonce=nonce)).status_code == 200


@rfc("9449", "5", "any-grant", "token-type")
@rfc("9449", "6.1", "thumbprint")
@rfc("9700", "2.2.1", "sender-constrained")
@pytest.mark.parametrize("grant", ["user token", "receipt", "client credentials"])
def test_a_proof_binds_the_token(stage: Stage, prover: Prover, grant: str) -> None:
    """Whatever a token is asked by, with a proof it names the key, and the answer says how it is to be used."""
    receipt = stage.form(subject_token=stage.granted["receipt"], subject_token_type=JWT, authorization_details=None)
    form = {"user token": stage.form(), "receipt": receipt, "client credentials": CREDENTIALS}[grant]
    answer = send(stage, good(stage, prover), form=form)
    assert (answer.status_code, answer.json()["token_type"]) == (200, "DPoP")
    assert payload(answer.json()["access_token"])["cnf"] == {"jkt": prover.thumbprint}


def test_without_a_proof_nothing_is_bound(stage: Stage) -> None:
    """Who sends no proof is given a bearer token and no nonce: nothing changes for agents that know nothing of this."""
    answer = send(stage)
    assert (answer.json()["token_type"], "DPoP-Nonce" in answer.headers) == ("Bearer", False)
    assert "cnf" not in payload(answer.json()["access_token"])


@rfc("9449", "6.2", "introspection", "introspected-type")
def test_introspection_tells_the_key(stage: Stage, prover: Prover) -> None:
    """A service is told the key and the type of a bound token, and of a bearer token no key."""
    bound = stage.introspected(send(stage, good(stage, prover)).json()["access_token"])
    assert (bound["active"], bound["token_type"], bound["cnf"]) == (True, "DPoP", {"jkt": prover.thumbprint})
    free = stage.introspected(stage.token())
    assert (free["token_type"], "cnf" in free) == ("Bearer", False)


@pytest.mark.threat("28")
@rfc("9449", "4.3", "one-jwt", "claims", "type", "algorithm", "signature", "no-private-key", "method", "address")
@rfc("9449", "5", "invalid-proof")
@rfc("9449", "11.5", "swapped")
@rfc("9449", "11.6", "secure-algorithms")
@pytest.mark.parametrize("flaw", FLAWS.values(), ids=FLAWS.keys())
def test_a_flawed_proof_gets_no_token(stage: Stage, prover: Prover, flaw: Flaw) -> None:
    """A proof with anything wrong in its form, header, key, signature or claims is refused, and never passed over."""
    proof = flaw.proof(prover, endpoint(stage), "POST", nonce=nonce_of(stage))
    answer = send(stage, proof)
    assert refusal(answer) == BAD
    assert len(answer.headers.get_list("DPoP-Nonce")) == 1


@pytest.mark.threat("28")
@rfc("9449", "4.3", "address")
def test_a_proof_for_another_address_gets_no_token(stage: Stage, prover: Prover) -> None:
    """An address that is near the token endpoint's is another one, and so is every other endpoint's."""
    nonce, url = nonce_of(stage), endpoint(stage)
    for address in [*addresses_beside(url), f"{stage.issuer}/introspect", stage.issuer]:
        assert refusal(send(stage, prover.proof(address, nonce=nonce))) == BAD, address


@rfc("9449", "4.3", "address", "normalized")
def test_another_spelling_of_the_address_is_as_good(stage: Stage, prover: Prover) -> None:
    """Query, fragment, case, escapes and dot segments do not make it another address."""
    nonce = nonce_of(stage)
    for address in spellings_of(endpoint(stage)):
        assert send(stage, prover.proof(address, nonce=nonce)).status_code == 200, address


@pytest.mark.threat("28")
def test_no_header_says_what_the_address_is(stage: Stage, prover: Prover) -> None:
    """The address is the configured one: a forged `Host` or forwarded header makes no other proof good."""
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example;proto=https"}
    proof = good(stage, prover, htu="https://evil.example/token")
    answer = stage.post("/token", stage.form(), by=stage.planner, headers={**forged, "DPoP": proof})
    assert refusal(answer) == BAD


@pytest.mark.threat("28")
@rfc("9449", "4.3", "one-header")
def test_two_proofs_are_one_too_many(stage: Stage, prover: Prover) -> None:
    """Two headers are refused, be both good, both the same, or one of them empty."""
    one, other = good(stage, prover), good(stage, prover)
    for proofs in ((one, other), (one, one), (one, ""), ("", one)):
        assert refusal(send(stage, *proofs)) == BAD
    assert send(stage, one).status_code == 200


@pytest.mark.threat("28")
@rfc("9449", "4.3", "window")
@rfc("9449", "11.1", "short-life")
@pytest.mark.parametrize("seconds", [-3600, -61, 11, 60, 3600])
def test_a_proof_of_another_time_gets_no_token(stage: Stage, prover: Prover, seconds: int) -> None:
    """A proof made more than a minute ago, or more than ten seconds from now, is refused, its nonce notwithstanding."""
    made = int(stage.tenant.house.clock().timestamp()) + seconds
    assert refusal(send(stage, good(stage, prover, iat=made))) == BAD


@pytest.mark.threat("28")
@rfc("9449", "4.3", "nonce")
@rfc("9449", "8", "stale-nonce")
@rfc("9449", "11.3", "nonce-downgrade")
def test_only_a_nonce_that_was_given_lately_is_good(stage: Stage, prover: Prover) -> None:
    """Without a nonce, with one of four minutes ago, or with one of somebody's own making, a proof is asked again."""
    house = stage.tenant.house
    stale = nonce_of(stage)
    house.clock.advance(timedelta(minutes=4))
    own = Nonces(b"somebody's own key, not the server's").given(house.clock())
    assert send(stage, good(stage, prover)).status_code == 200
    for nonce in (stale, own, stale[:-1], f"{nonce_of(stage)}A", "nonce"):
        assert refusal(send(stage, prover.proof(endpoint(stage), nonce=nonce))) == NONCE_WANTED
    assert refusal(send(stage, prover.proof(endpoint(stage)))) == NONCE_WANTED


@rfc("9449", "8.2", "new-nonce")
def test_every_answer_to_a_proof_brings_a_nonce(stage: Stage, prover: Prover) -> None:
    """Answers that succeed and answers that refuse for other reasons bring one nonce, which is good at once."""
    answers = [
        send(stage, good(stage, prover)),
        send(stage, good(stage, prover), form=stage.form(resource="https://nobody.example")),
        stage.post("/token", stage.form(), headers={"DPoP": good(stage, prover)}),
    ]
    assert [answer.status_code for answer in answers] == [200, 400, 401]
    for answer in answers:
        [nonce] = answer.headers.get_list("DPoP-Nonce")
        assert send(stage, prover.proof(endpoint(stage), nonce=nonce)).status_code == 200


@pytest.mark.threat("27")
@rfc("9449", "11.1", "single-use")
def test_a_proof_is_good_once(stage: Stage, prover: Prover) -> None:
    """Used a second time it is refused, also under another nonce's protection, and also for another request."""
    proof = good(stage, prover)
    assert send(stage, proof).status_code == 200
    assert refusal(send(stage, proof)) == BAD
    assert refusal(send(stage, proof, form=CREDENTIALS)) == BAD


@pytest.mark.threat("27")
def test_a_proof_is_used_up_by_a_request_that_is_refused(stage: Stage, prover: Prover) -> None:
    """Whoever overhears a good proof of a request that failed cannot use it for one that succeeds."""
    proof = good(stage, prover)
    assert refusal(send(stage, proof, form=stage.form(resource="https://nobody.example"))) == (400, "invalid_target")
    assert refusal(send(stage, proof)) == BAD


def test_the_same_id_by_another_key_is_another_proof(stage: Stage, prover: Prover) -> None:
    """Nobody uses up the ids of somebody else's proofs."""
    other = Prover(stage.tenant.house.clock)
    assert [send(stage, good(stage, each, jti="the same")).status_code for each in (prover, other)] == [200, 200]


def asserted(stage: Stage, assertion: str, proof: str) -> httpx2.Response:
    """Ask for the keyed agent's own token by an assertion, with a proof."""
    form = {**CREDENTIALS, "client_assertion_type": ASSERTION, "client_assertion": assertion}
    return stage.post("/token", form, headers={"DPoP": proof})


@rfc("9449", "8", "nonce-needed")
def test_an_assertion_survives_the_demand_for_a_nonce(stage: Stage, prover: Prover) -> None:
    """A client may send the same assertion again after its proof was refused, and only until one is accepted."""
    assertion, url = stage.assertion(), endpoint(stage)
    bad = prover.proof(url, htm="GET")
    answers = [asserted(stage, assertion, proof) for proof in (prover.proof(url), bad, good(stage, prover))]
    assert [answer.status_code for answer in answers] == [400, 400, 200]
    assert refusal(asserted(stage, assertion, good(stage, prover))) == (401, "invalid_client")


@pytest.mark.threat("27")
def test_a_used_proof_does_not_use_up_the_assertion(stage: Stage, prover: Prover) -> None:
    """Both are used in one step or neither is: the assertion that came with a used proof is still good."""
    proof, assertion = good(stage, prover), stage.assertion()
    assert send(stage, proof).status_code == 200
    assert refusal(asserted(stage, assertion, proof)) == BAD
    assert asserted(stage, assertion, good(stage, prover)).status_code == 200


def test_a_proof_authenticates_nobody(stage: Stage, prover: Prover) -> None:
    """A proof beside no credentials, or wrong ones, is not even used up."""
    proof = good(stage, prover)
    assert refusal(stage.post("/token", stage.form(), headers={"DPoP": proof})) == (401, "invalid_client")
    assert send(stage, proof).status_code == 200


def test_a_service_gets_no_token_whatever_it_proves(stage: Stage, prover: Prover) -> None:
    """That a client may not use a grant is said before its proof is looked at."""
    for proof in (good(stage, prover), "no proof"):
        answer = stage.post("/token", stage.form(), by=stage.documents, headers={"DPoP": proof})
        assert refusal(answer) == (400, "unauthorized_client")


@pytest.mark.threat("29")
@rfc("9449", "5.2", "always-bound")
def test_an_agent_may_be_held_to_proofs(stage: Stage, prover: Prover) -> None:
    """An agent registered to bind its tokens gets none without a proof, by any grant, and bound ones with one."""
    agent = stage.stranger
    stage.tenant.house.must("POST", f"/agents/{agent.id}/credentials", {"dpop_bound": True})
    stage.tenant.grant(agent=agent.id)
    for form in (stage.form(), CREDENTIALS):
        assert refusal(stage.post("/token", form, by=agent)) == BAD
        answer = stage.post("/token", form, by=agent, headers={"DPoP": good(stage, prover)})
        assert answer.json()["token_type"] == "DPoP"


@rfc("9449", "5.1", "metadata")
@rfc("9449", "11.6", "secure-algorithms")
def test_metadata_names_what_proofs_are_signed_with(stage: Stage) -> None:
    """Two algorithms, both asymmetric."""
    metadata = stage.http.get("/.well-known/oauth-authorization-server").json()
    assert metadata["dpop_signing_alg_values_supported"] == ["ES256", "Ed25519"]


@pytest.mark.threat("22")
@rfc("9449", "11.5", "swapped")
def test_no_other_token_passes_for_a_proof(stage: Stage) -> None:
    """An assertion, a receipt, an access token and a user token are not proofs."""
    for token in (stage.assertion(), stage.granted["receipt"], stage.token(), stage.user_token()):
        assert refusal(send(stage, token)) == BAD


@pytest.mark.threat("22")
def test_a_proof_passes_for_no_other_token(stage: Stage, prover: Prover) -> None:
    """A proof is no subject token, no actor token and no assertion, and introspection knows nothing of it."""
    proof = good(stage, prover, sub=stage.keyed.id, iss=stage.keyed.id, aud=stage.issuer)
    for form in (
        stage.form(subject_token=proof),
        stage.form(subject_token=proof, subject_token_type=JWT),
        stage.form(actor_token=proof, actor_token_type=JWT),
    ):
        assert refusal(send(stage, form=form)) == (400, "invalid_request")
    assert refusal(stage.signed("/token", CREDENTIALS, proof)) == (401, "invalid_client")
    assert stage.introspected(proof) == {"active": False}
