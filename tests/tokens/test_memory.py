"""What is remembered of tokens: signatures that were good, for the keys that made them; nothing that is judged."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeVar

import pytest
from prometheus_client import REGISTRY
from typing_extensions import override

from delegation.tokens import (
    AccessToken,
    InvalidToken,
    KeyRing,
    Memory,
    Provider,
    Purpose,
    Reason,
    UserToken,
    VerificationKeys,
    claimed_issuer,
    claimed_world,
    read_access_token,
    read_receipt,
    read_user_token,
    reread_access_token,
    usable_keys,
)
from delegation.tokens.jws import Kind
from delegation.tokens.memory import Reading
from tests.clock import NOON
from tests.tokens.forging import (
    ACCESS_KEY,
    ACCESS_TOKEN,
    CLIENT_ASSERTION,
    ISSUER,
    LOGIN,
    POSSESSION_PROOF,
    PROVIDER_KEYS,
    RECEIPT,
    RECEIPT_KEY,
    USER_TOKEN,
    Entrance,
    signing_key,
)

T = TypeVar("T")

NEXT: Final = signing_key(Purpose.ACCESS_TOKEN, since=NOON + timedelta(hours=1))
TOKEN: Final = ACCESS_TOKEN.token()


class Careless(Memory):
    """A broken memory: it does not ask which keys have signed what it knows."""

    @override
    def read(self, token: str, reading: Reading[T], keys: VerificationKeys, issuer: str) -> T:
        said = self.said(token)
        return said if isinstance(said, reading.value) else super().read(token, reading, keys, issuer)


class Shortened(Memory):
    """A broken memory: it knows a token by what it says and not by its whole text."""

    @override
    def read(self, token: str, reading: Reading[T], keys: VerificationKeys, issuer: str) -> T:
        known = next((one for one in self._seen if _unsigned(one) == _unsigned(token)), token)
        value = super().read(known, reading, keys, issuer)
        self._seen.append(known)
        return value

    def __init__(self) -> None:
        super().__init__()
        self._seen: list[str] = []


def _unsigned(token: str) -> str:
    return token.rpartition(".")[0]


def read(token: str, ring: KeyRing, issuer: str = ISSUER, after: timedelta = timedelta(0)) -> AccessToken:
    """Read an access token some time after noon."""
    return read_access_token(token, ring=ring, issuer=issuer, now=NOON + after)


def refused(call: Callable[[], object]) -> Reason:
    """Return why a token is refused; fails when it is not."""
    with pytest.raises(InvalidToken) as caught:
        call()
    return caught.value.reason


def looked_at(call: Callable[[], object]) -> tuple[float, float]:
    """Return how many signatures were verified, and how many remembered, during a call."""
    before = _counts()
    call()
    after = _counts()
    return after[0] - before[0], after[1] - before[1]


def _counts() -> tuple[float, float]:
    verified, remembered = (
        REGISTRY.get_sample_value("delegation_signatures_total", {"how": how}) or 0.0
        for how in ("verified", "remembered")
    )
    return verified, remembered


def a_withdrawn_key_ends_what_it_signed(memory: Memory) -> None:
    """Once a key is withdrawn, what it signed is refused, however often it was read before."""
    assert read(TOKEN, KeyRing([ACCESS_KEY, NEXT], memory)).jti == "at_1"
    assert read(TOKEN, KeyRing([ACCESS_KEY, NEXT], memory)).jti == "at_1"
    assert refused(lambda: read(TOKEN, KeyRing([NEXT], memory))) is Reason.UNKNOWN_KEY


def another_signature_is_another_token(memory: Memory) -> None:
    """A token that differs from a remembered one in one character of its signature is refused."""
    ring = KeyRing([ACCESS_KEY], memory)
    start, _, signature = TOKEN.rpartition(".")
    assert read(TOKEN, ring).jti == "at_1"
    for place in (0, 43, 84):
        forged = signature[:place] + ("B" if signature[place] == "A" else "A") + signature[place + 1 :]
        assert refused(partial(read, f"{start}.{forged}", ring)) is Reason.SIGNATURE


RULES: Final = {
    a_withdrawn_key_ends_what_it_signed: Careless,
    another_signature_is_another_token: Shortened,
}


@pytest.mark.threat("K8")
@pytest.mark.threat("K16")
@pytest.mark.parametrize("rule", RULES)
def test_what_is_remembered_is_as_true_as_what_is_verified(rule: Callable[[Memory], None]) -> None:
    """Neither a withdrawn key nor another signature gets in by what was read before, and all the while it is kept."""
    memory = Memory()
    rule(memory)
    assert memory.said(TOKEN) == read(TOKEN, KeyRing([ACCESS_KEY]))


@pytest.mark.parametrize(("rule", "broken"), RULES.items())
def test_a_careless_memory_is_noticed(rule: Callable[[Memory], None], broken: Callable[[], Memory]) -> None:
    """Each rule fails on a memory that breaks it: without that it would prove nothing."""
    with pytest.raises(pytest.fail.Exception):
        rule(broken())


@pytest.mark.threat("K1")
def test_a_key_that_is_added_changes_nothing() -> None:
    """A token is read alike before and after another key is published beside the one that signed it."""
    memory = Memory()
    before = read(TOKEN, KeyRing([ACCESS_KEY], memory))
    assert read(TOKEN, KeyRing([ACCESS_KEY, NEXT], memory)) == before


@pytest.mark.threat("K1")
def test_the_life_of_a_key_is_judged_with_each_set_of_keys() -> None:
    """What a key cannot have signed in its life is refused as soon as its end is known, remembered or not."""
    memory = Memory()
    assert read(TOKEN, KeyRing([ACCESS_KEY], memory)).jti == "at_1"
    followed = KeyRing([ACCESS_KEY, signing_key(Purpose.ACCESS_TOKEN, since=NOON - timedelta(hours=2))], memory)
    assert refused(lambda: read(TOKEN, followed)) is Reason.UNKNOWN_KEY


def test_a_signature_is_verified_once() -> None:
    """The second reading remembers; with other keys the signature is verified anew."""
    memory = Memory()
    ring, same = KeyRing([ACCESS_KEY, RECEIPT_KEY], memory), KeyRing([ACCESS_KEY, RECEIPT_KEY], memory)
    receipt = RECEIPT.token()
    readings: list[Callable[[], Any]] = [
        lambda: read(TOKEN, ring),
        lambda: read_receipt(receipt, ring=ring, issuer=ISSUER, now=NOON),
        lambda: read_user_token(USER, provider=LOGIN, keys=PROVIDER_KEYS, memory=memory, now=NOON),
    ]
    assert [looked_at(each) for each in readings] == [(1, 0)] * 3
    assert [looked_at(each) for each in readings] == [(0, 1)] * 3
    assert looked_at(lambda: read(TOKEN, same)) == (1, 0)


def test_what_is_kept_proves_nothing_by_itself() -> None:
    """It counts with the very keys alone that it was read by, of the issuer, in its time, and as what it is."""
    memory = Memory()
    ring = KeyRing([ACCESS_KEY], memory)
    assert memory.kept(TOKEN, AccessToken) is None
    token = read(TOKEN, ring)
    known = memory.kept(TOKEN, AccessToken)
    assert known is not None
    assert memory.kept(TOKEN, UserToken) is None
    assert reread_access_token(known, ring=ring, issuer=ISSUER, now=NOON) is token
    assert reread_access_token(known, ring=KeyRing([ACCESS_KEY], memory), issuer=ISSUER, now=NOON) is None
    for issuer, after, reason in (
        ("https://other.example", 0, Reason.ISSUER),
        (ISSUER, 300, Reason.EXPIRED),
        (ISSUER, -11, Reason.NOT_YET_VALID),
    ):
        now = NOON + timedelta(seconds=after)
        assert refused(partial(reread_access_token, known, ring=ring, issuer=issuer, now=now)) is reason


USER: Final = USER_TOKEN.token()


@pytest.mark.threat("23")
def test_times_and_issuer_are_judged_each_time() -> None:
    """A remembered token ends when it ends, begins when it begins, and is no other issuer's."""
    ring = KeyRing([ACCESS_KEY])
    assert read(TOKEN, ring).jti == "at_1"
    assert refused(lambda: read(TOKEN, ring, after=timedelta(seconds=300))) is Reason.EXPIRED
    assert refused(lambda: read(TOKEN, ring, after=timedelta(seconds=-11))) is Reason.NOT_YET_VALID
    assert refused(lambda: read(TOKEN, ring, issuer="https://other.example")) is Reason.ISSUER


@pytest.mark.threat("23")
def test_the_audience_and_the_times_of_a_user_token_are_judged_each_time() -> None:
    """What a provider says for one audience is no good for another, and ends, remembered or not."""
    memory = Memory()

    def at(provider: Provider, seconds: int = 0) -> object:
        now = NOON + timedelta(seconds=seconds)
        return read_user_token(USER, provider=provider, keys=PROVIDER_KEYS, memory=memory, now=now)

    assert at(LOGIN) == at(LOGIN)
    elsewhere = Provider(LOGIN.issuer, "https://elsewhere.example", PROVIDER_KEYS)
    assert refused(lambda: at(elsewhere)) is Reason.AUDIENCE
    assert refused(lambda: at(LOGIN, 300)) is Reason.EXPIRED
    assert refused(lambda: at(LOGIN, -11)) is Reason.NOT_YET_VALID


@pytest.mark.threat("S24")
def test_keys_that_a_provider_publishes_anew_are_asked_anew() -> None:
    """Once a provider's keys are fetched again, only what those keys have signed is good."""
    memory = Memory()
    read_user_token(USER, provider=LOGIN, keys=PROVIDER_KEYS, memory=memory, now=NOON)
    withdrawn = usable_keys({"keys": []})
    again = refused(lambda: read_user_token(USER, provider=LOGIN, keys=withdrawn, memory=memory, now=NOON))
    assert again is Reason.UNKNOWN_KEY


@pytest.mark.threat("22")
def test_a_remembered_token_is_of_one_kind() -> None:
    """A receipt that was read is no access token, and an access token no receipt."""
    ring = KeyRing([ACCESS_KEY, RECEIPT_KEY])
    receipt = RECEIPT.token()
    read(TOKEN, ring)
    read_receipt(receipt, ring=ring, issuer=ISSUER, now=NOON)
    assert refused(lambda: read(receipt, ring)) is Reason.TYPE
    assert refused(lambda: read_receipt(TOKEN, ring=ring, issuer=ISSUER, now=NOON)) is Reason.TYPE


@pytest.mark.threat("K14")
@pytest.mark.parametrize("entrance", [CLIENT_ASSERTION, POSSESSION_PROOF], ids=["assertion", "proof"])
def test_what_is_good_for_one_use_is_not_remembered(entrance: Entrance) -> None:
    """The signature of an assertion and of a proof is verified each time."""
    token = entrance.token()
    assert looked_at(lambda: (entrance.enter(token), entrance.enter(token))) == (2, 0)


def test_what_is_refused_is_not_remembered() -> None:
    """A token that was refused is looked at anew, and is still no token that somebody said anything with."""
    memory = Memory()
    ring = KeyRing([NEXT], memory)
    assert refused(lambda: read(TOKEN, ring)) is Reason.UNKNOWN_KEY
    assert memory.said(TOKEN) is None
    assert read(TOKEN, KeyRing([ACCESS_KEY], memory)).jti == "at_1"


@pytest.mark.threat("R25")
def test_the_memory_is_bounded_by_tokens() -> None:
    """Of more tokens than it keeps it forgets those that were read longest ago."""
    memory = Memory(most=2)
    ring = KeyRing([ACCESS_KEY], memory)
    first, second, third = (ACCESS_TOKEN.token(claims={"jti": f"at_{n}"}) for n in range(3))
    for token in (first, second, first, third):
        read(token, ring)
    assert [memory.said(token) is not None for token in (first, second, third)] == [True, False, True]


@pytest.mark.threat("R25")
def test_the_memory_is_bounded_by_characters() -> None:
    """However few tokens there are, together they have no more characters than it may keep."""
    memory = Memory(characters=2 * len(TOKEN) + 100)
    ring = KeyRing([ACCESS_KEY], memory)
    long = ACCESS_TOKEN.token(claims={"scope": "a" * len(TOKEN)})
    for token in (TOKEN, TOKEN, ACCESS_TOKEN.token(claims={"jti": "at_2"}), TOKEN):
        read(token, ring)
        assert memory.said(token) is not None
    assert looked_at(lambda: read(TOKEN, ring)) == (0, 1)
    assert read(long, ring) == read(long, ring)
    assert [memory.said(token) for token in (TOKEN, long)] == [None, None]


@pytest.mark.threat("R25")
def test_looking_at_tokens_keeps_few_of_them() -> None:
    """Whoever sends text that nobody signed fills nothing."""
    memory = Memory()
    texts = [f"{_unsigned(ACCESS_TOKEN.token(claims={'jti': str(n)}))}.AAAA" for n in range(200)]
    assert {claimed_world(text, memory) for text in texts} == {("acme", "anne")}
    assert len(memory._opened) <= 64  # noqa: SLF001 - that it is forgotten is nowhere else to be seen


def test_no_text_of_a_token_is_kept() -> None:
    """What is kept of tokens that were looked at, and of those that were read, lacks what makes them worth anything."""
    memory = Memory()
    unread = ACCESS_TOKEN.token(claims={"jti": "at_2"})
    claimed_world(unread, memory)
    read(TOKEN, KeyRing([ACCESS_KEY], memory))
    kept = repr(vars(memory))
    assert "at_2" in kept
    assert "at_1" in kept
    assert [token.rpartition(".")[2] in kept for token in (unread, TOKEN)] == [False, False]


def test_a_remembered_token_claims_what_it_claimed() -> None:
    """Which organization, user, issuer and key a token names is told alike before it was read and after."""
    memory = Memory()
    ring = KeyRing([ACCESS_KEY, RECEIPT_KEY], memory)
    receipt = RECEIPT.token()
    before = [_claims(text, memory) for text in (TOKEN, USER)], claimed_world(receipt, memory)
    read(TOKEN, ring)
    read_receipt(receipt, ring=ring, issuer=ISSUER, now=NOON)
    read_user_token(USER, provider=LOGIN, keys=PROVIDER_KEYS, memory=memory, now=NOON)
    assert ([_claims(text, memory) for text in (TOKEN, USER)], claimed_world(receipt, memory)) == before


def _claims(text: str, memory: Memory) -> object:
    return claimed_world(text, memory), claimed_issuer(text, memory), memory.signer(text, Kind.USER_TOKEN)
