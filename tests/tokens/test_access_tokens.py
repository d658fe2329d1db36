"""Access tokens: what is written is read back, and nothing else is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegation.tokens import (
    AccessToken,
    Algorithm,
    Ancestor,
    Grant,
    InvalidKey,
    KeyRing,
    Purpose,
    Reason,
    SigningKey,
    new_identifier,
    read_access_token,
    sign_access_token,
)
from delegation.tokens.jws import Kind, verify
from tests.clock import NOON
from tests.conformance import rfc
from tests.tokens.forging import (
    ACCESS_KEY,
    ACCESS_TOKEN,
    AGENT,
    AUDIENCE,
    DROP,
    ISSUER,
    LONG_AGO,
    NOW,
    RECEIPT_KEY,
    RING,
    Json,
    changed,
    refused,
    shown,
    signing_key,
)

GRANT: Final = Grant("project:apollo", ("project-editor",), frozenset({"document:edit"}), "dlg_1")
TOKEN: Final = AccessToken(
    issuer=ISSUER,
    subject="anne",
    audience=AUDIENCE,
    issued_at=NOON,
    not_before=NOON,
    expires_at=NOON + timedelta(seconds=300),
    jti="at_1",
    organization="acme",
    actors=(AGENT,),
    details=GRANT,
    asked=GRANT.actions,
)
KEYS: Final = [signing_key(Purpose.ACCESS_TOKEN, algorithm, since=LONG_AGO) for algorithm in Algorithm]
RINGS: Final = {key.kid: KeyRing([key]) for key in (ACCESS_KEY, *KEYS)}


def read(encoded: str, key: SigningKey = ACCESS_KEY) -> AccessToken:
    """Read a token at noon, when this key is the one in use."""
    return read_access_token(encoded, ring=RINGS[key.kid], issuer=ISSUER, now=NOON)


@rfc("9068", "2.2", "claims")
@rfc("9068", "2.1", "type")
@rfc("8693", "4.1", "actor")
@rfc("8693", "4.3", "client-id-claim")
@rfc("9396", "9.1", "token")
@pytest.mark.semantics("6")
def test_a_token_says_who_may_do_what_where_until_when() -> None:
    """The claims are those of the semantics and no others; optional ones are absent when there is nothing to say."""
    encoded = sign_access_token(TOKEN, ACCESS_KEY)
    assert verify(encoded, kind=Kind.ACCESS_TOKEN, keys=RING.verifying(Purpose.ACCESS_TOKEN)) == ACCESS_TOKEN.claims


@rfc("9068", "2.2.3", "scope")
def test_scope_is_said_where_it_was_given() -> None:
    """A scope stands in the token as it was given, also an empty one."""
    for scope in ("document:edit document:view", ""):
        assert read(sign_access_token(replace(TOKEN, scope=scope), ACCESS_KEY)).scope == scope
    assert read(sign_access_token(TOKEN, ACCESS_KEY)).scope is None


@pytest.mark.semantics("6")
def test_what_was_asked_is_said_where_less_was_effective() -> None:
    """The token's own bound is what was asked; it is written only when it differs from what was effective."""
    asked = GRANT.actions | {"document:delete"}
    token = replace(TOKEN, asked=asked)
    encoded = sign_access_token(token, ACCESS_KEY)
    claims = verify(encoded, kind=Kind.ACCESS_TOKEN, keys=RING.verifying(Purpose.ACCESS_TOKEN))
    assert claims["asked"] == ["document:delete", "document:edit"]
    assert read(encoded) == token


LONG_CHAIN: Final = AccessToken(
    issuer="https://delegation.example.com",
    subject="anne.example",
    audience="https://documents.example.com",
    issued_at=NOON,
    not_before=NOON,
    expires_at=NOON + timedelta(seconds=300),
    jti=new_identifier("at"),
    organization="acme-robotics",
    actors=("change-summariser", "web-researcher", "procurement-assistant", "launch-planner"),
    details=Grant(
        "app:checkout-backend",
        ("app-editor",),
        frozenset({"app:edit", "app:view", "document:edit", "document:view"}),
        new_identifier("dlg"),
    ),
    asked=frozenset({"app:edit", "app:view", "document:edit", "document:view"}),
    ancestors=tuple(
        Ancestor(new_identifier("at"), place, (role,), None)
        for place, role in (
            ("app:checkout-backend", "app-owner"),
            ("project:website-relaunch", "project-viewer"),
            ("project:website-relaunch", "project-editor"),
            ("workspace:marketing-emea", "workspace-member"),
        )
    ),
)
"""With everything that a token of a long chain says, under names as people give them."""


@pytest.mark.semantics("6")
@pytest.mark.threat("P12")
def test_a_token_of_a_long_chain_is_small() -> None:
    """Four agents, four actions and four tokens before it, each for another role or place, are in 2,048 characters."""
    encoded = sign_access_token(LONG_CHAIN, ACCESS_KEY)
    assert read_access_token(encoded, ring=RING, issuer=LONG_CHAIN.issuer, now=NOON) == LONG_CHAIN
    assert len(encoded) <= 2_048


ENTRY: Final[Mapping[str, Json]] = GRANT.entry(AUDIENCE)
STRINGS_THAT_ARE_NONE: Final[list[Json]] = [
    *(None, True, 1, "document:edit", [], [None], [1], [""], [["a"]], {}, ["a", "a"], ["a\n"], ["a"] * 257),
]


@pytest.mark.threat("23")
@pytest.mark.parametrize("name", [*ENTRY, "organization"])
def test_an_entry_has_exactly_its_members(name: str) -> None:
    """An entry that lacks a member, or has one more, is not ours."""
    entry = changed(ENTRY, {name: DROP if name in ENTRY else "acme"})
    token = ACCESS_TOKEN.token(claims={"authorization_details": [entry]})
    assert refused(ACCESS_TOKEN, token) is Reason.CLAIM


@pytest.mark.threat("23")
@pytest.mark.parametrize(
    "details",
    [None, True, {}, "", [], [None], [[]], ["resource_role"], dict(ENTRY), [dict(ENTRY), dict(ENTRY)]],
    ids=shown,
)
def test_a_token_has_one_entry(details: Json) -> None:
    """`authorization_details` is an array of exactly one object."""
    token = ACCESS_TOKEN.token(claims={"authorization_details": details})
    assert refused(ACCESS_TOKEN, token) is Reason.CLAIM


@pytest.mark.threat("23")
@pytest.mark.parametrize(
    "changes",
    [
        *({"type": kind} for kind in (None, "", "Resource_Role", "resource_role ", ["resource_role"])),
        *({"identifier": value} for value in (None, 1, "", "x" * 513, ["project:apollo"], "project:\x00")),
        *({"delegation_id": value} for value in (None, 1, "", ["dlg_1"])),
        *({"privileges": value} for value in STRINGS_THAT_ARE_NONE),
        *({"actions": value} for value in STRINGS_THAT_ARE_NONE),
        *({"locations": value} for value in (None, AUDIENCE, [], [AUDIENCE, AUDIENCE], [AUDIENCE + "/"], [ISSUER])),
    ],
    ids=shown,
)
def test_an_altered_entry_is_refused(changes: Mapping[str, Json]) -> None:
    """An entry is of our type, for the token's audience alone, and lists nothing empty or twice."""
    token = ACCESS_TOKEN.token(claims={"authorization_details": [changed(ENTRY, changes)]})
    assert refused(ACCESS_TOKEN, token) is Reason.CLAIM


@pytest.mark.threat("23")
@pytest.mark.parametrize("asked", [*STRINGS_THAT_ARE_NONE, ["document:view"]], ids=shown)
def test_what_was_asked_holds_what_was_granted(asked: Json) -> None:
    """Nothing is granted that was not asked, and nothing asked is no absence of a bound."""
    assert refused(ACCESS_TOKEN, ACCESS_TOKEN.token(claims={"asked": asked})) is Reason.CLAIM


@pytest.mark.threat("23")
@pytest.mark.parametrize("scope", [None, True, 1, ["document:edit"], {}], ids=shown)
def test_scope_is_one_string(scope: Json) -> None:
    """A scope is one string (RFC 8693 §4.2); null is no absence."""
    assert refused(ACCESS_TOKEN, ACCESS_TOKEN.token(claims={"scope": scope})) is Reason.CLAIM


ANCESTOR: Final[Mapping[str, Json]] = {
    "jti": "at_0",
    "identifier": "project:apollo",
    "privileges": ["project-editor"],
    "actions": ["document:edit"],
}


@pytest.mark.semantics("6")
def test_ancestors_pass_their_bounds_on() -> None:
    """Each token that this one came from is named, with the place and the permissions that it was bound to."""
    ancestors = (
        Ancestor("at_0", "project:apollo", ("project-editor",), frozenset({"document:edit"})),
        Ancestor(None, "workspace:design", ("workspace-member", "workspace-admin"), None),
        Ancestor("ut_1", None, (), frozenset({"document:edit", "document:view"})),
    )
    token = replace(TOKEN, ancestors=ancestors)
    assert read(sign_access_token(token, ACCESS_KEY)) == token


@pytest.mark.threat("23")
@pytest.mark.parametrize(
    "ancestors",
    [
        *(None, {}, "at_0", [], [None], ["at_0"], [{}], [dict(ANCESTOR)] * 5),
        [changed(ANCESTOR, {"privileges": []})],
        [{"jti": "at_0", "identifier": "project:apollo"}],
        [{"jti": "at_0", "privileges": ["project-editor"], "actions": ["document:edit"]}],
        [changed(ANCESTOR, {"actions": []})],
        [changed(ANCESTOR, {"actions": None})],
        [changed(ANCESTOR, {"jti": None})],
        [changed(ANCESTOR, {"identifier": None})],
        [changed(ANCESTOR, {"exp": NOW})],
    ],
    ids=shown,
)
def test_ancestors_that_bind_nothing_are_refused(ancestors: Json) -> None:
    """There are one to four ancestors, each named, or bound to a place with roles, to permissions, or to both."""
    token = ACCESS_TOKEN.token(claims={"ancestors": ancestors})
    assert refused(ACCESS_TOKEN, token) is Reason.CLAIM


@pytest.mark.threat("K5")
def test_a_key_signs_for_its_purpose_alone() -> None:
    """The key of receipts signs no access token."""
    with pytest.raises(InvalidKey):
        sign_access_token(TOKEN, RECEIPT_KEY)


@pytest.mark.threat("P12")
@pytest.mark.semantics("6")
def test_tokens_stay_small() -> None:
    """At chain length four, narrowed three times, a token is under two kilobytes; each hop adds a fixed step."""
    actions = frozenset({"project:view", "app:view", "app:edit", "document:view", "document:edit"})
    grant = replace(GRANT, actions=actions, delegation_id=new_identifier("dlg"))
    ancestor = Ancestor(new_identifier("at"), grant.identifier, grant.privileges, actions)

    def size(hops: int, narrowed: int) -> int:
        actors = tuple(f"agent-{number}" for number in range(hops))
        token = replace(TOKEN, details=grant, asked=actions, jti=new_identifier("at"), actors=actors)
        return len(sign_access_token(replace(token, ancestors=(ancestor,) * narrowed), ACCESS_KEY))

    assert size(1, 0) < 1024
    assert size(4, 3) < 2048
    steps = [size(hops + 1, 0) - size(hops, 0) for hops in range(1, 8)]
    assert max(steps) < 120


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40).filter(str.isprintable)
SETS = st.frozensets(NAMES, min_size=1, max_size=5)
LISTS = st.lists(NAMES, min_size=1, max_size=4, unique=True).map(tuple)
GRANTS = st.builds(Grant, identifier=NAMES, privileges=LISTS, actions=SETS, delegation_id=NAMES)
PLACED = st.builds(Ancestor, st.none() | NAMES, NAMES, LISTS, st.none() | SETS)
UNPLACED = st.builds(Ancestor, st.none() | NAMES, st.none(), st.just(()), SETS)
TOKENS = st.builds(
    lambda more, **fields: AccessToken(asked=fields["details"].actions | more, **fields),
    more=SETS | st.just(frozenset()),
    issuer=st.just(ISSUER),
    subject=NAMES,
    audience=NAMES,
    issued_at=st.integers(-(10**9), 10).map(lambda ago: NOON + timedelta(seconds=ago)),
    not_before=st.integers(-(10**9), 10).map(lambda ago: NOON + timedelta(seconds=ago)),
    expires_at=st.integers(1, 10**9).map(lambda left: NOON + timedelta(seconds=left)),
    jti=NAMES,
    organization=NAMES,
    actors=LISTS,
    details=GRANTS,
    scope=st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    ancestors=st.lists(PLACED | UNPLACED, max_size=4).map(tuple),
)


@given(TOKENS, st.sampled_from(KEYS))
def test_what_is_signed_is_read_back(token: AccessToken, key: SigningKey) -> None:
    """Whatever a token says, reading what was signed gives the same value, with each algorithm."""
    assert read(sign_access_token(token, key), key) == token
