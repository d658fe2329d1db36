"""RFC 8725 at every door: each kind of token in every place, and every way to forge one."""

import base64
import hmac
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives import serialization
from joserfc.jwk import ECKey

from delegation.tokens import SigningKey
from tests.conformance import rfc
from tests.end_to_end.deployment import payload
from tests.rfc.doors import DOORS, KINDS, House, furnished
from tests.rfc.minting import header_of
from tests.rfc.stage import Stage
from tests.tokens.forging import DROP, changed, sealed, segment

NEVER: Final = (
    "at+jwt",
    "delegation+jwt",
    "client-authentication+jwt",
    "dpop+jwt",
    "secevent+jwt",
    "x",
    "",
    1,
    ["JWT"],
)


@pytest.fixture(scope="module")
def house(stage: Stage) -> House:
    """The stage with everything that a forger would need."""
    return furnished(stage)


@pytest.fixture(scope="module")
def sink() -> Iterator[socket.socket]:
    """A listening socket to which nobody must ever connect."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        yield listener


def public_key(key: ECKey | SigningKey) -> ECKey:
    """Return the key as one that can be written down in every way."""
    private: Any = key.private if isinstance(key, SigningKey) else key
    public: ECKey = ECKey.import_key(private.as_dict(private=False))
    return public


@rfc("8725", "3.11", "explicit-type")
@rfc("8725", "3.12", "exclusive-rules")
@pytest.mark.threat("22")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_door_lets_in_its_own_kind_alone(house: House, door: str, kind: str) -> None:
    """Of all tokens of one person and one agent, each is good in the places made for it and nowhere else."""
    token = KINDS[kind].make(house)
    assert DOORS[door].lets_in(house, token) is (kind in {DOORS[door].kind, DOORS[door].also})


@pytest.mark.parametrize("kind", ["user token", "access token", "receipt", "client assertion"])
def test_what_cannot_be_revoked_here_is_not_revoked(house: House, kind: str) -> None:
    """Presented by an agent that does not hold it, no kind of token is ended."""
    token, before = KINDS[kind].make(house), house.stage.revision()
    answer = house.stage.post("/revoke", {"token": token}, by=house.stage.planner)
    assert answer.status_code in {200, 400}
    assert house.stage.revision() == before


@pytest.mark.parametrize("door", DOORS)
def test_a_token_that_is_merely_signed_again_is_let_in(house: House, door: str) -> None:
    """What the tests below change is all that is wrong with their tokens."""
    kind = KINDS[DOORS[door].kind]
    assert DOORS[door].lets_in(house, kind.altered(house))


@rfc("8725", "3.1", "algorithm")
@rfc("9068", "4", "algorithm")
@pytest.mark.threat("18")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, DROP, "ES384", "HS256", ["ES256"]], ids=repr)
def test_an_algorithm_that_is_not_the_keys_is_refused(house: House, door: str, alg: object) -> None:
    """With the right signature, another one or none at all, the header's word on the algorithm opens nothing."""
    kind = KINDS[DOORS[door].kind]
    signed = kind.altered(house, {"alg": alg})
    stripped = f"{signed.rpartition('.')[0]}."
    assert not DOORS[door].lets_in(house, signed)
    assert not DOORS[door].lets_in(house, stripped)
    assert not DOORS[door].lets_in(house, stripped[:-1])


@rfc("8725", "3.1", "algorithm")
@pytest.mark.threat("19")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("alg", ["HS256", "ES256"])
def test_a_public_key_is_nobodys_shared_secret(house: House, door: str, alg: str) -> None:
    """A MAC made with the public key, however it is written down, signs nothing."""
    kind = KINDS[DOORS[door].kind]
    token, public = kind.make(house), public_key(kind.key(house))
    public_bytes: Any = public.raw_value
    raw = public_bytes.public_bytes
    pem = raw(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = raw(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    point = raw(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    jwk = json.dumps(public.as_dict(private=False)).encode()
    for secret in (pem, pem.rstrip(b"\n"), der, point, point[1:], jwk, b"\x00", b"secret"):
        signed = f"{segment({**header_of(token), 'alg': alg})}.{token.split('.')[1]}"
        mac = segment(hmac.digest(secret, signed.encode(), "sha256"))
        assert not DOORS[door].lets_in(house, f"{signed}.{mac}")


@rfc("8725", "3.10", "received-claims")
@pytest.mark.threat("20")
@pytest.mark.parametrize("door", DOORS)
def test_a_header_brings_no_keys_along(house: House, door: str, sink: socket.socket) -> None:
    """Keys and addresses of keys inside a token are refused, and nothing is fetched from them."""
    kind, own = KINDS[DOORS[door].kind], ECKey.generate_key("P-256")
    token, url = kind.make(house), f"http://127.0.0.1:{sink.getsockname()[1]}/keys"
    public = own.as_dict(private=False)
    for extra in ({"jwk": public}, {"jku": url}, {"x5u": url}, {"x5c": ["MII="]}, {"jwk": public, "kid": DROP}):
        header = changed(header_of(token), extra)
        assert not DOORS[door].lets_in(house, sealed(header, payload(token), own))
        assert not DOORS[door].lets_in(house, kind.altered(house, extra))
    with pytest.raises(BlockingIOError):
        sink.accept()


@rfc("8725", "3.8", "issuer-and-subject")
@pytest.mark.threat("23")
@pytest.mark.parametrize("door", DOORS)
def test_another_key_signs_for_nobody(house: House, door: str) -> None:
    """A stranger's key, the service's other keys and those of providers and agents are good for their own alone."""
    kind = KINDS[DOORS[door].kind]
    token = kind.make(house)
    own = public_key(kind.key(house)).thumbprint()
    keys = [ECKey.generate_key("P-256"), house.provider_key, house.agent_key, *(k.private for k in house.keys.values())]
    for key in keys:
        foreign: Any = key
        if foreign.thumbprint() == own:
            continue
        for kid in (own, foreign.thumbprint()):
            forged = sealed({**header_of(token), "kid": kid}, payload(token), foreign)
            assert not DOORS[door].lets_in(house, forged)


@rfc("8725", "3.4", "inputs")
@pytest.mark.threat("20")
@pytest.mark.threat("21")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"zip": "DEF"},
        {"enc": "A256GCM"},
        {"kid": DROP},
        {"kid": ""},
        {"kid": None},
        {"kid": 1},
        {"kid": "../../../etc/passwd"},
        {"kid": "' OR '1'='1"},
        {"kid": "\x00"},
        {"kid": "k" * 9_000},
    ],
    ids=lambda header: repr(header)[:30],
)
def test_a_header_that_wants_more_is_refused(house: House, door: str, header: dict[str, Any]) -> None:
    """Extensions that nobody agreed to and names of keys that are none are refused under the right signature."""
    assert not DOORS[door].lets_in(house, KINDS[DOORS[door].kind].altered(house, header))


@rfc("8725", "3.11", "explicit-type")
@pytest.mark.threat("22")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("type_", NEVER, ids=repr)
def test_the_type_of_another_kind_is_refused(house: House, door: str, type_: object) -> None:
    """The right claims under the right key are worth nothing under a type of another kind."""
    kind = KINDS[DOORS[door].kind]
    allowed = {"user": {"at+jwt"}, "client": {"client-authentication+jwt"}}.get(DOORS[door].kind.split()[0], set())
    own = {header_of(kind.make(house)).get("typ"), *allowed}
    good = isinstance(type_, str) and type_ in own
    assert DOORS[door].lets_in(house, kind.altered(house, {"typ": type_})) is good


@rfc("8725", "3.9", "audience")
@rfc("8725", "3.8", "issuer-and-subject")
@pytest.mark.threat("23")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "sub", "nbf", "iat"])
@pytest.mark.parametrize(
    "value", [DROP, None, "", [], {}, True, -1, 2**63, 1e300, "x" * 3_000], ids=lambda v: repr(v)[:9]
)
def test_a_claim_that_is_missing_or_absurd_is_refused(house: House, door: str, claim: str, value: object) -> None:
    """What a token must say it says in its one form; what it may leave out it does not say absurdly."""
    optional = (
        value is DROP
        and claim in {"nbf", "iat"}
        and DOORS[door].kind not in {"access token", "agent's own token", "receipt"}
    )
    unused = value is DROP and claim == "nbf" and DOORS[door].kind == "receipt"
    token = KINDS[DOORS[door].kind].altered(house, claims={claim: value})
    assert DOORS[door].lets_in(house, token) is (optional or unused)


@pytest.mark.threat("23")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("value", [DROP, None, "", [], 1, True, "x\n", "x" * 300], ids=lambda v: repr(v)[:9])
def test_a_token_of_ours_or_of_a_client_has_a_name(house: House, door: str, value: object) -> None:
    """What is used up or revoked by its `jti` has one in proper form; a provider's token may have none."""
    kind = KINDS[DOORS[door].kind]
    of_provider = DOORS[door].kind.startswith("user token")
    token = kind.altered(house, claims={"jti": value})
    assert not (DOORS[door].lets_in(house, token) and not (of_provider and value is DROP))


@rfc("8725", "3.8", "issuer-and-subject")
@rfc("8725", "3.9", "audience")
@pytest.mark.threat("23")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "client_id", "org_id", "delegation_id"])
def test_a_claim_that_is_nearly_right_is_refused(house: House, door: str, claim: str) -> None:
    """A prefix, a longer text, another case, a blank, or an array beside another value is another value."""
    kind = KINDS[DOORS[door].kind]
    right = payload(kind.make(house)).get(claim)
    if not isinstance(right, str):
        assert claim not in {"iss", "aud", "sub"}
        return
    near: list[object] = [right[:-1], f"{right}/", f"{right}x", right.upper(), f" {right}", f"{right}\x00"]
    near += [[right, right], [right, f"{right}/"], {"value": right}]
    for value in near:
        if value != right:
            assert not DOORS[door].lets_in(house, kind.altered(house, claims={claim: value})), value


@rfc("8725", "3.4", "inputs")
@pytest.mark.threat("23")
@pytest.mark.parametrize("door", DOORS)
def test_a_token_is_good_in_its_time_alone(house: House, door: str) -> None:
    """Expired is expired, and what begins in a minute has not begun."""
    kind, now = KINDS[DOORS[door].kind], int(house.stage.tenant.house.clock().timestamp())
    for claims in ({"exp": now}, {"exp": now - 1}, {"iat": now + 61}):
        assert not DOORS[door].lets_in(house, kind.altered(house, claims=claims))
    later = kind.altered(house, claims={"nbf": now + 61})
    assert not DOORS[door].lets_in(house, later)


@rfc("8725", "3.4", "inputs")
@pytest.mark.threat("24")
@pytest.mark.threat("25")
@pytest.mark.threat("26")
@pytest.mark.parametrize("door", DOORS)
def test_a_token_has_one_spelling(house: House, door: str) -> None:
    """Padding, blanks, other alphabets, other serialisations, more segments and spare bits are refused."""
    kind = KINDS[DOORS[door].kind]
    spellings: list[Callable[[str, str, str], str]] = [
        lambda h, c, s: f"{h}=.{c}.{s}",
        lambda h, c, s: f"{h}.{c}.{s}==",
        lambda h, c, s: f"{h}.{c} .{s}",
        lambda h, c, s: f"{h}.{c}.{s}.",
        lambda h, c, s: f"{h}.{c}.{s}.{s}",
        lambda h, c, s: f"{h}.{h}.{c}.{s}.{s}",
        lambda h, _, s: f"{h}..{s}",
        lambda _, c, s: f".{c}.{s}",
        lambda h, c, s: f"{h}.{c}.{s[:-1]}",
        lambda h, c, s: f"{h}.{c}.{s[:-1]}{chr(ord(s[-1]) + 1)}",
        lambda h, c, _: f"{h}.{c}.{segment(bytes(64))}",
        lambda h, c, _: f"{h}.{c}.{segment(bytes([0x30, 0x06, 2, 1, 1, 2, 1, 1]))}",
        lambda h, _, s: f"{h}.{segment(json.dumps([1]).encode())}.{s}",
        lambda h, c, s: json.dumps({"protected": h, "payload": c, "signature": s}),
        lambda h, c, s: base64.b64encode(f"{h}.{c}.{s}".encode()).decode(),
    ]
    for spelling in spellings:
        assert not DOORS[door].lets_in(house, spelling(*kind.make(house).split(".")))


@rfc("8725", "3.4", "inputs")
@pytest.mark.threat("24")
@pytest.mark.parametrize("door", DOORS)
def test_claims_have_one_meaning(house: House, door: str) -> None:
    """Repeated names, numbers that are none, surrogates, depth and other encodings are refused when rightly signed."""
    kind = KINDS[DOORS[door].kind]
    key: Any = kind.key(house)
    private = key.private if isinstance(key, SigningKey) else key
    token = kind.make(house)
    text = json.dumps(payload(token))[:-1]
    wrong = [f'{text}, "sub": "x"}}', f'{text}, "x": NaN}}', f'{text}, "x": 1e999}}', f'{text}, "x": "\\ud800"}}']
    wrong += [f'{text}, "x": {"[" * 40}{"]" * 40}}}', f'{text}, "x": {"9" * 40}}}', f"{text}}}x", f"[{text}}}]", "null"]
    for claims in (
        *(each.encode() for each in wrong),
        f"{text}}}".encode("utf-16"),
        f'{text}, "x": "é"}}'.encode("latin-1"),
    ):
        assert not DOORS[door].lets_in(house, sealed(header_of(token), claims, private))
    doubled = json.dumps(header_of(token))[:-1] + ', "alg": "ES256"}'
    assert not DOORS[door].lets_in(house, sealed(doubled.encode(), payload(token), private))
