"""RFC 8414: what the authorization server says of itself."""

from collections.abc import Iterator

import httpx2
import pytest

from delegation.settings import Settings
from tests.clock import Clock
from tests.conformance import rfc
from tests.end_to_end.deployment import JSON, Deployment
from tests.end_to_end.sites import Sites
from tests.rfc.answers import problem
from tests.rfc.stage import Stage

WELL_KNOWN = "/.well-known/oauth-authorization-server"


@pytest.fixture(scope="module")
def beneath(sites: Sites) -> Iterator[Deployment]:
    """A deployment whose issuer has a path."""
    issuer = "https://as.example/tenants/one"
    with sites() as site, site.running(Clock(), issuer=issuer) as deployment:
        yield deployment


def metadata(http: httpx2.Client, address: str = WELL_KNOWN) -> JSON:
    """Return the document at an address."""
    answer = http.get(address)
    assert answer.status_code == 200, answer.text
    document: JSON = answer.json()
    return document


@rfc("8414", "2", "issuer")
@pytest.mark.parametrize(
    "issuer",
    [
        "https://as.example/",
        "https://as.example?x",
        "https://as.example#x",
        "https://u:p@as.example",
        "as.example",
        "http://as.example",
        "ftp://as.example",
        "",
        "https://as.example/?",
        "https://@as.example",
        "https:as.example",
        "https://as.example#",
    ],
)
def test_an_issuer_is_an_address_and_nothing_else(issuer: str) -> None:
    """A service whose issuer has a query, a fragment, a user or the wrong scheme does not start."""
    with pytest.raises(ValueError, match="issuer"):
        Settings(issuer=issuer)


@rfc("8414", "2", "issuer")
@rfc("8414", "3.3", "identical-issuer")
def test_the_issuer_is_the_same_wherever_it_is_written(stage: Stage) -> None:
    """Metadata, tokens, actors and introspection carry it byte for byte."""
    token = stage.token()
    told = stage.introspected(token)
    named = {metadata(stage.http)["issuer"], told["iss"], told["act"]["iss"], stage.issuer}
    assert named == {stage.issuer}


@rfc("8414", "2", "endpoints")
@rfc("9700", "2.6", "metadata")
def test_every_endpoint_that_is_named_is_there(stage: Stage) -> None:
    """What ends in `_endpoint` or `_uri` answers, and what is not here is not named."""
    document = metadata(stage.http)
    named = {name: value for name, value in document.items() if name.endswith(("_endpoint", "_uri"))}
    assert named.keys() == {"token_endpoint", "introspection_endpoint", "revocation_endpoint", "jwks_uri"}
    for name, address in named.items():
        assert address.startswith(f"{stage.issuer}/")
        path = address.removeprefix(stage.issuer)
        assert stage.http.get(path).status_code == (200 if name == "jwks_uri" else 405)


@rfc("8414", "2", "endpoints")
@rfc("8414", "2", "auth-methods")
def test_grants_and_methods_are_those_that_work(stage: Stage) -> None:
    """Nothing is left to a default that would promise more: grants and methods are listed."""
    document = metadata(stage.http)
    exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
    assert document["grant_types_supported"] == [exchange, "client_credentials"]
    secrets = ["client_secret_basic", "client_secret_post"]
    assert document["token_endpoint_auth_methods_supported"] == [*secrets, "private_key_jwt"]
    assert document["introspection_endpoint_auth_methods_supported"] == secrets
    assert document["revocation_endpoint_auth_methods_supported"] == [*secrets, "private_key_jwt"]
    assert "organization:administer" not in document["scopes_supported"]
    assert "document:edit" in document["scopes_supported"]


@rfc("8414", "2", "signing-algorithms")
@pytest.mark.parametrize("endpoint", ["token", "revocation"])
def test_the_algorithms_of_assertions_are_named(stage: Stage, endpoint: str) -> None:
    """Asymmetric ones alone: neither `none` nor a shared secret signs an assertion."""
    algorithms = metadata(stage.http)[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
    assert algorithms == ["ES256", "Ed25519"]


@rfc("8414", "3", "well-known")
def test_the_document_is_at_the_well_known_path(stage: Stage) -> None:
    """An issuer without a path has it right after the host, and nothing follows it."""
    assert metadata(stage.http)["issuer"] == stage.issuer
    for other in (f"{WELL_KNOWN}/", f"{WELL_KNOWN}/tenants/one", f"{WELL_KNOWN}s", f"/x{WELL_KNOWN}"):
        assert problem(stage.http.get(other)) == (404, "not_found")


@rfc("8414", "3", "well-known")
def test_the_well_known_path_goes_between_host_and_path(beneath: Deployment) -> None:
    """An issuer with a path has its document at the path that a client makes from it."""
    document = metadata(beneath.http, f"{WELL_KNOWN}/tenants/one")
    assert document["issuer"] == beneath.issuer
    assert document["token_endpoint"] == f"{beneath.issuer}/token"
    assert problem(beneath.http.get(f"{WELL_KNOWN}/tenants")) == (404, "not_found")


@rfc("8414", "3.2", "json")
@rfc("8414", "3.1", "get")
def test_the_document_is_json_without_empty_lists(stage: Stage) -> None:
    """A cache may keep it for minutes; a list that would be empty is left out."""
    answer = stage.http.get(WELL_KNOWN)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert [] not in answer.json().values()
    assert "response_types_supported" not in answer.json()


@rfc("8414", "3.3", "identical-issuer")
@pytest.mark.threat("43")
def test_nothing_a_request_says_about_hosts_changes_the_document(stage: Stage) -> None:
    """The issuer inside is the one configured, whatever host the request names."""
    plain = stage.http.get(WELL_KNOWN).content
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert stage.http.get(WELL_KNOWN, headers={**forged, "Forwarded": "host=evil.example"}).content == plain
