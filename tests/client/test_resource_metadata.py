"""What a protected resource tells of itself (RFC 9728), and that every refusal says where."""

import httpx2
import pytest
from mcp.client.auth.utils import (
    build_protected_resource_metadata_discovery_urls,
    extract_resource_metadata_from_www_auth,
    extract_scope_from_www_auth,
)
from mcp.shared.auth import ProtectedResourceMetadata
from starlette.middleware import Middleware

from delegation.client import (
    DelegatedAccess,
    OfflineVerifier,
    ProofCheck,
    ResourceMetadata,
    ServiceClient,
    UntrustedIssuer,
)
from tests.client.authorization_server import AuthorizationServer, live
from tests.client.protected import BEARER, Documents
from tests.client.samples import AUDIENCE
from tests.client.serving import Stage
from tests.conformance import rfc

pytestmark = pytest.mark.anyio

PATH = "/.well-known/oauth-protected-resource"


@pytest.fixture
def told(
    second_stage: Stage, documents: Documents, service: ServiceClient, server: AuthorizationServer
) -> ResourceMetadata:
    """The metadata of a resource that is protected by the middleware."""
    server.introspection = live(server.issuer, AUDIENCE)
    metadata = ResourceMetadata(AUDIENCE, server.issuer, permissions=["document:view", "document:edit"], dpop=True)
    dpop = ProofCheck(second_stage.address)
    protection = Middleware(DelegatedAccess, service=service, dpop=dpop, metadata=metadata)
    second_stage.playing = documents.application(protection)
    return metadata


@rfc("9728", "3.2", "answer")
@rfc("9728", "2", "resource")
@pytest.mark.usefixtures("told")
async def test_everybody_may_read_who_issues_tokens(http: httpx2.AsyncClient, server: AuthorizationServer) -> None:
    """The metadata name the resource, the issuer and the permissions, and are read as the MCP SDK reads them."""
    answer = await http.get(PATH)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    read = ProtectedResourceMetadata.model_validate_json(answer.content)
    assert str(read.resource).rstrip("/") == AUDIENCE
    assert [str(each).rstrip("/") for each in read.authorization_servers] == [server.issuer]
    assert read.scopes_supported == ["document:edit", "document:view"]
    assert (read.bearer_methods_supported, read.authorization_details_types_supported) == (
        ["header"],
        ["resource_role"],
    )
    assert read.dpop_signing_alg_values_supported == ["ES256", "Ed25519"]


@pytest.mark.usefixtures("told")
async def test_they_are_only_read(http: httpx2.AsyncClient, documents: Documents) -> None:
    """A HEAD has their headers; nothing else can be done with them, and nothing of the application runs."""
    head = await http.head(PATH)
    assert (head.status_code, head.content, int(head.headers["Content-Length"]) > 0) == (200, b"", True)
    assert (await http.post(PATH)).status_code == 405
    assert (await http.get(f"{PATH}/other")).status_code == 401
    assert documents.ran == []


@rfc("9728", "5.1", "challenge")
async def test_every_refusal_says_where_they_are(
    told: ResourceMetadata, http: httpx2.AsyncClient, server: AuthorizationServer
) -> None:
    """No token, a bad one, too little: each challenge, of both schemes, names the metadata (RFC 9728 §5.1)."""
    server.evaluation = {"decision": False, "context": {}}
    refusals = [await http.get("/who"), await http.post("/apps/one", headers=BEARER)]
    server.introspection = {"active": False}
    refusals.append(await http.get("/who", headers=BEARER))
    assert [each.status_code for each in refusals] == [401, 403, 401]
    for each in refusals:
        challenges = each.headers.get_list("WWW-Authenticate")
        assert len(challenges) == 2
        assert all(f'resource_metadata="{told.address}"' in challenge for challenge in challenges)
    assert extract_resource_metadata_from_www_auth(refusals[0]) == told.address


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(("term", "scope"), [("token", "document:edit"), ("delegation", None), ("user", None)])
async def test_a_scope_is_named_where_asking_for_it_helps(
    http: httpx2.AsyncClient, server: AuthorizationServer, term: str, scope: str | None
) -> None:
    """The MCP SDK reads the permission where the token alone is the limit, and nothing elsewhere."""
    server.evaluation = {"decision": False, "context": {"reason": "not_held", "failing": {"term": term}}}
    refused = await http.post("/apps/one", headers=BEARER)
    assert (refused.status_code, extract_scope_from_www_auth(refused)) == (403, scope)
    assert (refused.json()["permission"], refused.json()["resource"]) == ("document:edit", "app:one")
    assert refused.json()["failing"] == {"term": term}


@rfc("9728", "3", "well-known")
@pytest.mark.parametrize(
    ("resource", "address"),
    [
        ("https://documents.example", "https://documents.example/.well-known/oauth-protected-resource"),
        ("https://documents.example/v1", "https://documents.example/.well-known/oauth-protected-resource/v1"),
        ("http://127.0.0.1:8401", "http://127.0.0.1:8401/.well-known/oauth-protected-resource"),
    ],
)
def test_they_lie_where_clients_look(resource: str, address: str) -> None:
    """The address is made as RFC 9728 §3.1 says, and is where the MCP SDK looks first."""
    metadata = ResourceMetadata(resource, "https://as.example")
    assert metadata.address == address
    assert build_protected_resource_metadata_discovery_urls(None, resource)[0] == address


@pytest.mark.parametrize("resource", ["https://documents.example/b%C3%BCro", "https://documents.example/büro"])
async def test_they_are_found_at_an_address_with_escapes(
    second_stage: Stage, http: httpx2.AsyncClient, documents: Documents, server: AuthorizationServer, resource: str
) -> None:
    """What clients escape in an address servers unescape before the application sees it."""
    metadata, verifier = ResourceMetadata(resource, server.issuer), OfflineVerifier(server.issuer, audience=resource)
    second_stage.playing = documents.application(Middleware(DelegatedAccess, service=verifier, metadata=metadata))
    answer = await http.get(metadata.address.removeprefix(AUDIENCE))
    assert (answer.status_code, answer.json()["resource"]) == (200, resource)


@rfc("9728", "2", "resource")
@pytest.mark.parametrize("resource", ["urn:documents", "http://documents.example", "https://a.example/?b", "", "x"])
def test_what_has_no_address_has_no_metadata(resource: str) -> None:
    """A resource that nobody can be sent to, or only in the clear, is refused."""
    with pytest.raises(ValueError, match="https address"):
        ResourceMetadata(resource, "https://as.example")


def test_permissions_are_names_and_the_issuer_an_issuer() -> None:
    """A text is no list of names, and an issuer must be one."""
    with pytest.raises(ValueError, match="list of names"):
        ResourceMetadata(AUDIENCE, "https://as.example", permissions="document:edit")
    with pytest.raises(UntrustedIssuer):
        ResourceMetadata(AUDIENCE, "http://as.example")


@rfc("9728", "3.2", "empty-members")
async def test_what_there_is_none_of_is_left_out(http: httpx2.AsyncClient, second_stage: Stage) -> None:
    """Without permissions, a name and proofs, none of these members is there."""
    second_stage.playing = ResourceMetadata(AUDIENCE, "https://as.example")
    told = (await http.get(PATH)).json()
    assert told.keys() == {
        "resource",
        "authorization_servers",
        "bearer_methods_supported",
        "authorization_details_types_supported",
    }
