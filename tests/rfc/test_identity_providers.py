"""Identity providers over the wire: keys that rotate, servers that fail, and whose word counts for whom."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.conformance import rfc
from tests.end_to_end.deployment import Deployment
from tests.end_to_end.identity_provider import trusted
from tests.end_to_end.tenant import Tenant
from tests.rfc.answers import problem, refusal
from tests.rfc.key_server import Behaviour, KeyServer, Page, keys, page, serving
from tests.rfc.stage import Stage, set_up

OLD, NEW, OTHER = (ECKey.generate_key("P-256") for _ in range(3))
RSA: Final = RSAKey.generate_key(2048)
REFUSED: Final = (400, "invalid_request")


@pytest.fixture
def fresh(found_tenant: Callable[[], Tenant]) -> Stage:
    """A stage of its own, for what changes."""
    return set_up(found_tenant())


@pytest.fixture
def server() -> Iterator[KeyServer]:
    """A provider's server, which publishes its old key."""
    with serving(keys(OLD)) as server:
        yield server


@pytest.fixture
def issuer(fresh: Stage, server: KeyServer) -> str:
    """A provider that is trusted, with its keys at the server."""
    issuer = f"https://wire.example/{fresh.tenant.id}"
    body = {"issuer": issuer, "jwks_uri": server.url, "subjects": "same"}
    fresh.tenant.house.must("PUT", f"/identity-providers/wire-{fresh.tenant.id}", body)
    return issuer


def said(stage: Stage, issuer: str, key: ECKey | RSAKey = OLD, alg: str = "ES256", **changed: Any) -> str:
    """Return a token about anne that a provider signed with a key."""
    now = int(stage.tenant.house.clock().timestamp())
    claims = {"iss": issuer, "sub": stage.tenant.anne, "aud": stage.issuer, "exp": now + 1800, **changed}
    return jwt.encode({"alg": alg, "kid": key.thumbprint()}, claims, key, algorithms=[alg])


def exchanged(stage: Stage, token: str) -> httpx2.Response:
    """Exchange a token as the planner."""
    return stage.ask(subject_token=token)


# --- keys over the wire ---


@rfc("7517", "5", "unknown-keys")
def test_keys_are_fetched_once_and_strange_ones_passed_over(fresh: Stage, server: KeyServer, issuer: str) -> None:
    """One fetch serves many tokens; keys of other kinds beside the right one do no harm."""
    strange = [{"kty": "oct", "k": "AAAA"}, {"kty": "EC", "crv": "P-521"}, {"kty": 1}, {}, "x", None]
    own = OLD.as_dict(private=False)
    server.behaviour = page(json.dumps({"keys": [*strange, own], "more": 1}).encode())
    assert [exchanged(fresh, said(fresh, issuer)).status_code for _ in range(3)] == [200] * 3
    assert server.asked == ["/jwks.json"]


def test_a_new_key_is_learnt_and_a_withdrawn_one_forgotten(fresh: Stage, server: KeyServer, issuer: str) -> None:
    """An unknown key is asked for, at most every half minute; one that is gone is believed for minutes at most."""
    clock = fresh.tenant.house.clock
    assert exchanged(fresh, said(fresh, issuer)).status_code == 200
    server.behaviour = keys(NEW)
    assert refusal(exchanged(fresh, said(fresh, issuer, NEW))) == REFUSED
    clock.advance(timedelta(seconds=30))
    assert exchanged(fresh, said(fresh, issuer, NEW)).status_code == 200
    assert refusal(exchanged(fresh, said(fresh, issuer, OLD))) == REFUSED
    assert len(server.asked) == 2


@pytest.mark.threat("S31")
def test_keys_that_nobody_knows_do_not_make_the_service_ask_for_ever(
    fresh: Stage, server: KeyServer, issuer: str
) -> None:
    """Many tokens with as many unknown keys cost the provider one question."""
    assert exchanged(fresh, said(fresh, issuer)).status_code == 200
    fresh.tenant.house.clock.advance(timedelta(seconds=31))
    for _ in range(10):
        assert refusal(exchanged(fresh, said(fresh, issuer, ECKey.generate_key("P-256")))) == REFUSED
    assert len(server.asked) == 2


@rfc("6749", "5.2", "error-member")
def test_a_provider_that_is_down_is_told_to_clients_alone(fresh: Stage, server: KeyServer, issuer: str) -> None:
    """Whether the token is good is not known: clients come again, strangers learn nothing."""
    server.behaviour = page(status=503)
    answer = exchanged(fresh, said(fresh, issuer))
    assert problem(answer) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert refusal(fresh.post("/token", fresh.form(subject_token=said(fresh, issuer)))) == (401, "invalid_client")
    server.behaviour = keys(OLD)
    assert problem(exchanged(fresh, said(fresh, issuer))) == (503, "unavailable")
    fresh.tenant.house.clock.advance(timedelta(seconds=5))
    assert exchanged(fresh, said(fresh, issuer)).status_code == 200


def test_known_keys_carry_on_for_a_while_when_their_provider_is_gone(fresh: Stage) -> None:
    """A provider that does not answer loses its users within the hour, not at once and not never."""
    issuer = f"https://gone.example/{fresh.tenant.id}"
    with serving(keys(OLD)) as server:
        body = {"issuer": issuer, "jwks_uri": server.url, "subjects": "same"}
        fresh.tenant.house.must("PUT", f"/identity-providers/gone-{fresh.tenant.id}", body)
        assert exchanged(fresh, said(fresh, issuer)).status_code == 200
    fresh.tenant.house.clock.advance(timedelta(seconds=600))
    assert exchanged(fresh, said(fresh, issuer)).status_code == 200
    assert problem(exchanged(fresh, said(fresh, issuer, NEW))) == (503, "unavailable")
    fresh.tenant.house.clock.advance(timedelta(seconds=3_000))
    assert problem(exchanged(fresh, said(fresh, issuer))) == (503, "unavailable")


@pytest.mark.threat("44")
@pytest.mark.parametrize(
    "behaviour",
    [
        page(b""),
        page(b"<html>"),
        page(b"{}"),
        page(b"[]"),
        page(b'{"keys": {}}'),
        page(b'{"keys": [], "keys": []}'),
        page(b'{"keys": NaN}'),
        page(b"[" * 10_000),
        page(b'{"keys": []}'.ljust(70_000)),
        page(b'{"keys": []}', 201),
        page(b'{"keys": []}', 404),
        page(b'{"keys": []}', 500),
        page(gzip.compress(b'{"keys": []}'), content_encoding="gzip"),
        page(status=204),
        page(status=304),
        page(status=302, location="/elsewhere"),
        page(status=307, location="http://127.0.0.1:1/"),
    ],
    ids=[
        "empty",
        "html",
        "no keys",
        "list",
        "keys no list",
        "twice",
        "nan",
        "deep",
        "long",
        "201",
        "404",
        "500",
        "packed",
        "204",
        "304",
        "redirect",
        "redirect away",
    ],
)
def test_garbage_from_a_provider_is_no_key_set(stage: Stage, server: KeyServer, behaviour: Behaviour) -> None:
    """Whatever is not a short, plain key set under the configured address counts as no answer."""
    server.behaviour, issuer = behaviour, f"https://garbage.example/{server.port}"
    body = {"issuer": issuer, "jwks_uri": server.url, "subjects": "same"}
    stage.tenant.house.must("PUT", f"/identity-providers/garbage-{server.port}", body)
    assert problem(exchanged(stage, said(stage, issuer))) == (503, "unavailable")
    assert server.asked == ["/jwks.json"]


@pytest.mark.threat("44")
@pytest.mark.slow
def test_a_slow_provider_holds_up_nobody_else(fresh: Stage, server: KeyServer, issuer: str) -> None:
    """Whoever waits for it gets 503 in the end, and all others are answered meanwhile."""
    reached, opened = threading.Event(), threading.Event()

    def slowly(_: str) -> Page:
        reached.set()
        opened.wait(timeout=20)
        return Page(b"{}")

    server.behaviour = slowly
    answers: list[httpx2.Response] = []
    token = said(fresh, issuer)
    waiting = threading.Thread(target=lambda: answers.append(exchanged(fresh, token)))
    waiting.start()
    assert reached.wait(timeout=5)
    assert fresh.ask().status_code == 200
    assert not answers
    waiting.join(timeout=15)
    opened.set()
    assert [problem(answer) for answer in answers] == [(503, "unavailable")]


@pytest.mark.parametrize(("key", "alg", "good"), [(RSA, "RS256", True), (RSA, "PS256", False), (OLD, "ES256", True)])
def test_a_provider_signs_with_the_algorithm_of_its_key(
    fresh: Stage, server: KeyServer, issuer: str, key: ECKey | RSAKey, alg: str, *, good: bool
) -> None:
    """RSA keys sign by RS256 and by nothing else, and are as good as others."""
    server.behaviour = keys(RSA, OLD)
    answer = exchanged(fresh, said(fresh, issuer, key, alg))
    assert (answer.status_code == 200) is good
    assert good or refusal(answer) == REFUSED


def test_keys_may_lie_in_a_file(fresh: Stage, tmp_path: Path) -> None:
    """A key set on this machine is read again when it changes; one that is gone is no answer."""
    file, issuer = tmp_path / "keys.json", f"https://file.example/{fresh.tenant.id}"
    file.write_bytes(keys(OLD)("").body)
    body = {"issuer": issuer, "jwks_uri": f"file://{file}", "subjects": "same"}
    fresh.tenant.house.must("PUT", f"/identity-providers/file-{fresh.tenant.id}", body)
    assert exchanged(fresh, said(fresh, issuer)).status_code == 200
    beside = tmp_path / "new.json"
    beside.write_bytes(keys(NEW)("").body)
    beside.rename(file)
    assert refusal(exchanged(fresh, said(fresh, issuer))) == REFUSED
    assert exchanged(fresh, said(fresh, issuer, NEW)).status_code == 200


@pytest.mark.threat("44")
@pytest.mark.threat("S30")
@pytest.mark.parametrize(
    "address",
    [
        "http://10.0.0.1/k",
        "http://169.254.169.254/latest",
        "http://login.example/k",
        "http://0.0.0.0/k",
        "http://127.1/k",
        "http://2130706433/k",
        "http://127.0.0.1.nip.example/k",
        "http://localhost.example/k",
        "http://[::]/k",
        "http://127.0.0.1@login.example/k",
        "https://user:pass@login.example/k",
        "https://login.example/k#x",
        "https:///k",
        "ftp://login.example/k",
        "data:application/json,{}",
        "gopher://127.0.0.1/",
        "file:keys.json",
        "file://host/keys",
        "",
        "x",
        "//login.example/k",
        "https://",
        "https://login.example:99999/k",
        "http://[/k",
        "\x00",
    ],
)
def test_keys_come_over_https_or_from_this_machine(stage: Stage, address: str) -> None:
    """Any other address is refused when it is registered, and nothing is fetched."""
    body = {"issuer": "https://login.example", "jwks_uri": address}
    answer = stage.tenant.house.manage("PUT", "/identity-providers/elsewhere", body)
    assert problem(answer) == (400, "malformed")


@pytest.mark.threat("44")
@pytest.mark.threat("S30")
def test_nothing_that_a_stranger_says_is_ever_fetched(stage: Stage) -> None:
    """Addresses in tokens, registrations and requests are not followed: a listening socket hears nothing."""
    with socket.create_server(("127.0.0.1", 0)) as sink:
        sink.settimeout(0)
        url = f"http://127.0.0.1:{sink.getsockname()[1]}/keys"
        house = stage.tenant.house
        assert house.manage("POST", "/agents", {"id": stage.tenant.own("fetcher"), "jwks_uri": url}).is_success
        assert refusal(exchanged(stage, said(stage, url))) == REFUSED
        assert refusal(stage.ask(resource=url)) == (400, "invalid_target")
        assert refusal(stage.ask(request_uri=url, resource=f"{url}#x")) == (400, "invalid_target")
        assert house.manage("POST", "/services", {"id": stage.tenant.own("web"), "audience": url}).is_success
        with pytest.raises(BlockingIOError):
            sink.accept()


# --- whose word counts ---


@pytest.mark.parametrize(
    "change",
    [
        lambda s, id_: s.tenant.house.must("DELETE", f"/identity-providers/{id_}"),
        lambda s, id_: s.tenant.house.must(
            "PUT",
            f"/identity-providers/{id_}",
            {"issuer": s.login.issuer, "jwks": {"keys": [OTHER.as_dict(private=False)]}, "subjects": "same"},
        ),
        lambda s, id_: s.tenant.house.must(
            "PUT",
            f"/identity-providers/{id_}",
            {"issuer": s.login.issuer, "jwks": {"keys": [s.login.key.as_dict(private=False)]}, "subjects": "linked"},
        ),
    ],
    ids=["removed", "other keys", "linked"],
)
def test_trust_that_was_withdrawn_bites_on_the_next_request(fresh: Stage, change: Callable[[Stage, str], Any]) -> None:
    """Tokens of a provider that is trusted no longer, or otherwise, are refused at every door at once."""
    house, anne = fresh.tenant.house, fresh.tenant.anne
    fresh.tenant.assign(f"user:{anne}", "organization-admin", f"organization:{fresh.tenant.id}")
    hand, manage = fresh.login.by_hand(anne), fresh.login.to_manage(anne)
    mine, all_ = f"/delegations?organization={fresh.tenant.id}", f"/organizations/{fresh.tenant.id}"
    assert exchanged(fresh, fresh.user_token()).status_code == 200
    assert [house.manage("GET", path, bearer=token).status_code for path, token in ((mine, hand), (all_, manage))] == [
        200,
        200,
    ]
    change(fresh, fresh.login.id)
    assert refusal(exchanged(fresh, fresh.user_token())) == REFUSED
    assert problem(house.manage("GET", mine, bearer=hand)) == (401, "invalid_token")
    assert problem(house.manage("GET", all_, bearer=manage)) == (401, "invalid_token")
    assert fresh.redeem().status_code == 200


def test_a_provider_of_one_organization_does_not_speak_for_another(
    fresh: Stage, found_tenant: Callable[[], Tenant]
) -> None:
    """Its word about another organization's member, or about an administrator of the platform, counts for nothing."""
    house, other = fresh.tenant.house, found_tenant()
    theirs = trusted(house, f"theirs-{other.id}", organization=other.id)
    house.must("PUT", f"/administrators/{fresh.tenant.anne}")
    fresh.tenant.assign(f"user:{fresh.tenant.anne}", "organization-admin", f"organization:{fresh.tenant.id}")
    assert refusal(exchanged(fresh, theirs.token(fresh.tenant.anne))) == REFUSED
    mine = f"/delegations?organization={fresh.tenant.id}"
    hand, manage = theirs.by_hand(fresh.tenant.anne), theirs.to_manage(fresh.tenant.anne)
    assert problem(house.manage("GET", mine, bearer=hand)) == (401, "invalid_token")
    assert problem(house.manage("GET", f"/organizations/{fresh.tenant.id}", bearer=manage))[0] in {401, 404}
    assert problem(house.manage("POST", "/organizations", {"id": "evil"}, bearer=manage)) == (403, "forbidden")


def test_a_linked_provider_speaks_for_those_who_were_linked(fresh: Stage) -> None:
    """A subject is a user by an express link, once and for all, and by no likeness of names."""
    house, anne = fresh.tenant.house, fresh.tenant.anne
    provider = trusted(house, f"linked-{fresh.tenant.id}", subjects="linked")
    assert refusal(exchanged(fresh, provider.token(anne))) == REFUSED
    assert refusal(exchanged(fresh, provider.token("0815"))) == REFUSED
    house.must("POST", f"/users/{anne}/identities", {"issuer": provider.issuer, "subject": "0815"})
    assert exchanged(fresh, provider.token("0815")).status_code == 200
    again = {"issuer": provider.issuer, "subject": "0815"}
    assert problem(house.manage("POST", f"/users/{fresh.tenant.bob}/identities", again)) == (409, "conflict")


@pytest.mark.threat("46")
def test_what_a_provider_says_of_nobody_tells_nothing(fresh: Stage) -> None:
    """Users who are unknown, suspended or deleted, and clients in a user's place, are answered alike."""
    house = fresh.tenant.house
    gone, asleep = fresh.tenant.join("gone"), fresh.tenant.join("asleep")
    house.must("DELETE", f"/users/{gone}")
    house.must("PATCH", f"/users/{asleep}", {"status": "suspended"})
    subjects = ["nobody", gone, asleep, fresh.planner.id, fresh.documents.id]
    answers = [exchanged(fresh, fresh.login.token(subject)) for subject in subjects]
    assert {(refusal(answer), answer.text) for answer in answers} == {(REFUSED, answers[0].text)}


def test_a_provider_may_have_an_audience_of_its_own(fresh: Stage) -> None:
    """Where one is configured it is the only one, and the issuer's address no longer counts."""
    house, own = fresh.tenant.house, f"https://app.example/{fresh.tenant.id}"
    provider = trusted(house, f"own-{fresh.tenant.id}", audience=own)
    anne = fresh.tenant.anne
    assert exchanged(fresh, provider.token(anne, aud=own)).status_code == 200
    assert exchanged(fresh, provider.token(anne, aud=[own])).status_code == 200
    for audience in (house.issuer, [own, house.issuer], f"{own}/"):
        assert refusal(exchanged(fresh, provider.token(anne, aud=audience))) == REFUSED


@pytest.mark.semantics("4")
@pytest.mark.parametrize("api", ["delegations", "management"])
def test_a_token_for_the_users_own_hand_is_no_subject_token_however_configured(fresh: Stage, api: str) -> None:
    """A provider whose audience was set to one of these APIs cannot make one token good for both."""
    house: Deployment = fresh.tenant.house
    provider = trusted(house, f"{api}-{fresh.tenant.id}", audience=f"{house.issuer}/{api}")
    token = provider.token(fresh.tenant.anne, aud=f"{house.issuer}/{api}")
    assert refusal(exchanged(fresh, token)) == REFUSED
    assert refusal(exchanged(fresh, provider.token(fresh.tenant.anne))) == REFUSED
