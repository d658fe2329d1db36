"""Attacks on the header and on the spelling of a token, at every entrance."""

import json
import socket
import string
import tracemalloc
from collections.abc import Callable
from timeit import repeat

import pytest
from joserfc.jwk import ECKey

from delegation.tokens import Reason
from tests.conformance import rfc
from tests.tokens.forging import DROP, ENTRANCES, Entrance, Json, refused, sealed, segment, shown

BRINGS_ITS_KEY: dict[str, Json] = {
    "jwk": {"kty": "EC"},
    "jku": "https://evil.example/jwks.json",
    "x5u": "https://evil.example/chain.pem",
    "x5c": ["MIIB"],
}
KEY_NAMES: list[object] = [
    *(None, True, 0, 1.5, [], ["kid"], {}, "", "0", "nobody", "../../etc/passwd", "kid\x00", "a" * 10_240),
    *("' OR '1'='1", "'; DROP TABLE signing_keys; --", "file:///dev/null", "\u202e", "\U0001f511"),
]
TYPES: list[object] = [
    *("", "jose", "JOSE+JSON", "at", "at+jwt ", " at+jwt", "at+jwt\x00", "at+jwt;v=1", "aat+jwt", "at+jwtt"),
    *("dpop", "secevent+jwt", "logout+jwt", "token-introspection+jwt", "statuslist+jwt", "id+jwt"),
    *("oauth-id-jag+jwt", "txntoken+jwt", "text/at+jwt", "application/", "\uff41t+jwt", "at\u200b+jwt"),
    *(None, True, 0, [], ["at+jwt"], {"typ": "at+jwt"}),
]
OWN_TYPES = ("at+jwt", "delegation+jwt", "client-authentication+jwt", "dpop+jwt")


@pytest.mark.threat("20")
@pytest.mark.threat("L5")
@rfc("8725", "3.10")
@pytest.mark.parametrize("parameter", BRINGS_ITS_KEY)
def test_a_token_cannot_bring_its_key(entrance: Entrance, parameter: str) -> None:
    """A header that points to a key, or holds one, is refused, even when the signature is right."""
    token = entrance.token(header={parameter: BRINGS_ITS_KEY[parameter]})
    assert refused(entrance, token) is Reason.HEADER


@pytest.mark.threat("20")
def test_the_key_inside_a_header_is_not_used(naming: Entrance) -> None:
    """A token signed with the very key it carries is refused for carrying it."""
    own = ECKey.generate_key("P-256")
    header = {**naming.header, "kid": own.thumbprint(), "jwk": own.as_dict(private=False)}
    assert refused(naming, sealed(header, dict(naming.claims), own)) is Reason.HEADER


@pytest.mark.threat("20")
def test_no_address_in_a_header_is_fetched(entrance: Entrance) -> None:
    """A server that a header points to sees no connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)  # noqa: FBT003 - the method takes nothing else
        url = f"http://127.0.0.1:{server.getsockname()[1]}/jwks.json"
        for parameter in ("jku", "x5u"):
            refused(entrance, entrance.token(header={parameter: url, "kid": url}))
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.threat("20")
@pytest.mark.parametrize("kid", KEY_NAMES, ids=shown)
def test_an_odd_key_name_finds_no_key(naming: Entrance, kid: object) -> None:
    """A `kid` is compared with the names of known keys and means nothing else."""
    assert refused(naming, naming.token(header={"kid": kid})) in {
        Reason.HEADER,
        Reason.UNKNOWN_KEY,
    }


@pytest.mark.threat("20")
def test_a_key_must_be_named(naming: Entrance) -> None:
    """A token without `kid` is refused, also where only one key could be meant."""
    assert refused(naming, naming.token(header={"kid": DROP})) is Reason.HEADER


@pytest.mark.threat("21")
@pytest.mark.threat("L5")
@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": ["x-unknown"], "x-unknown": True},
        {"crit": []},
        {"crit": "b64"},
        {"crit": None},
        {"crit": ["b64"], "b64": False},
        {"crit": ["b64"], "b64": True},
        {"b64": False},
        {"b64": True},
        {"zip": "DEF"},
        {"enc": "A256GCM"},
    ],
    ids=shown,
)
def test_no_extension_is_understood(entrance: Entrance, header: dict[str, Json]) -> None:
    """`crit`, even an empty one, and all that changes how a token is to be read, is refused."""
    assert refused(entrance, entrance.token(header=header)) is Reason.HEADER


@pytest.mark.threat("22")
@pytest.mark.threat("L2")
@rfc("9068", "4", "other-types")
@pytest.mark.parametrize("typ", TYPES, ids=shown)
def test_a_type_that_no_entrance_knows_is_refused(entrance: Entrance, typ: object) -> None:
    """A `typ` that is not one of the kind's own, or no string at all, is refused at every entrance."""
    assert refused(entrance, entrance.token(header={"typ": typ})) is Reason.TYPE


@pytest.mark.threat("22")
@rfc("8725", "3.11")
@rfc("8725", "3.12")
@rfc("10070", "4", "type")
@pytest.mark.parametrize("other", ENTRANCES, ids=lambda other: other.kind.name.lower())
def test_each_type_opens_its_own_door_alone(entrance: Entrance, other: Entrance) -> None:
    """With the right key and the right claims, a token passes only under a type that its kind may have."""
    for typ in (*OWN_TYPES, "JWT", "APPLICATION/AT+JWT", DROP):
        token = entrance.token(header={"typ": typ})
        known = None if typ is DROP else str(typ).lower()
        if known in entrance.kind.value.types:
            assert entrance.enter(token) == entrance.enter(entrance.token())
        else:
            assert refused(entrance, token) is Reason.TYPE
    if other is not entrance:
        assert refused(entrance, other.token()) in {Reason.TYPE, Reason.UNKNOWN_KEY, Reason.HEADER}


@pytest.mark.threat("26")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token + "=",
        lambda token: token + "==",
        lambda token: token.replace(".", "=.", 1),
        lambda token: token + "\n",
        lambda token: "\n" + token,
        lambda token: " " + token,
        lambda token: token + " ",
        lambda token: token + "\x00",
        lambda token: token.replace(".", ".\t", 1),
        lambda token: token.replace(".", "\r\n.", 1),
        lambda token: token.replace(".", " . "),
        lambda token: "Bearer " + token,
        lambda token: token + ".",
        lambda token: "." + token,
        lambda token: token.replace(".", "..", 1),
        lambda token: token.replace(".", "", 1),
        lambda token: token + ".AAAA",
        lambda token: f"{token}.{token}",
        lambda token: token.replace(".", "。"),
        lambda token: token[:-1] + "é",
        lambda token: token[:-1] + "+",
        lambda token: token[:-1] + "/",
        lambda token: token[:-1] + "?",
        lambda token: token[:-1] + "~",
        lambda token: token[:10] + "%41" + token[10:],
        lambda token: token.upper(),
        lambda token: token.lower(),
        lambda _: "",
        lambda _: ".",
        lambda _: "..",
        lambda _: "a.b.c",
        lambda _: "\ud800.\ud800.\ud800",
    ],
)
def test_there_is_one_spelling(entrance: Entrance, spoil: Callable[[str], str]) -> None:
    """Padding, blanks, other alphabets, other separators and extra segments are refused, never repaired."""
    assert refused(entrance, spoil(entrance.token())) in {
        *(Reason.MALFORMED, Reason.SIGNATURE, Reason.UNKNOWN_KEY, Reason.TYPE, Reason.ALGORITHM)
    }


@pytest.mark.threat("26")
def test_spare_bits_must_be_zero(entrance: Entrance) -> None:
    """The bits that the last character of a segment has to spare cannot be used to spell a token otherwise."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    head, payload, signature = entrance.token().split(".")
    # 64 bytes leave four spare bits in the last character.
    last = alphabet.index(signature[-1])
    for spare in range(1, 16):
        twin = f"{head}.{payload}.{signature[:-1]}{alphabet[last ^ spare]}"
        assert refused(entrance, twin) is Reason.SIGNATURE


@pytest.mark.threat("26")
def test_the_json_serialization_is_refused(entrance: Entrance) -> None:
    """A JWS has two shapes; the one in JSON, flattened or general, is accepted nowhere (RFC 7515 §7.2)."""
    head, payload, signature = entrance.token().split(".")
    one = {"protected": head, "signature": signature}
    assert refused(entrance, json.dumps({"payload": payload, **one})) is Reason.MALFORMED
    assert refused(entrance, json.dumps({"payload": payload, "signatures": [one]})) is Reason.MALFORMED


@pytest.mark.threat("24")
@pytest.mark.threat("25")
@rfc("8725", "3.4")
def test_what_is_too_big_or_encrypted_is_not_looked_at(entrance: Entrance) -> None:
    """Ten megabytes, and five segments with a costly key derivation, are refused at once in little memory."""
    costly = segment({"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 2**31, "p2s": "AAAA", "zip": "DEF"})
    encrypted = f"{costly}.AAAA.AAAA.{'A' * 8_000}.AAAA"
    huge = "A" * 10_000_000
    tracemalloc.start()
    assert refused(entrance, huge) is Reason.OVERSIZED
    assert refused(entrance, f"{huge}.{huge}.{huge}") is Reason.OVERSIZED
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    assert refused(entrance, encrypted) is Reason.MALFORMED
    assert tracemalloc.get_traced_memory()[1] - before < 100_000
    tracemalloc.stop()
    assert min(repeat(lambda: refused(entrance, encrypted), number=1, repeat=5)) < 0.01


@pytest.mark.threat("24")
def test_the_longest_token_is_sixteen_kibibytes(entrance: Entrance) -> None:
    """A token of 16,384 characters is read, one of 16,385 is not."""
    assert refused(entrance, "A" * 16_384) is Reason.MALFORMED
    assert refused(entrance, "A" * 16_385) is Reason.OVERSIZED
