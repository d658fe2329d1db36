"""Hostile input at every endpoint that reads a body: refused with a clear error, and nothing is half done."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.end_to_end.deployment import ADMINISTRATOR, EXCHANGE, JSON
from tests.end_to_end.tenant import Tenant
from tests.rfc.answers import problem, refusal
from tests.rfc.json_endpoints import ENDPOINTS, Endpoint
from tests.rfc.stage import FORM, Stage, basic, set_up

MALFORMED: Final = (400, "malformed")
LIMIT: Final = 65_536
FIELDS: Final = [(endpoint, name) for endpoint in ENDPOINTS for name in endpoint.body]
UNMOVED: Final = pytest.mark.usefixtures("unmoved")


@pytest.fixture(scope="module")
def stage(found_tenant: Callable[[], Tenant]) -> Stage:
    """An organization that all this is thrown at."""
    return set_up(found_tenant())


@pytest.fixture(scope="module")
def sandbox(found_tenant: Callable[[], Tenant]) -> Stage:
    """Another organization, in which random input may do whatever an administrator may do."""
    return set_up(found_tenant())


@pytest.fixture
def unmoved(stage: Stage) -> Iterator[None]:
    """Organization and platform are afterwards as they were: what was refused is not half done."""
    before = revisions(stage)
    yield
    assert revisions(stage) == before


def revisions(stage: Stage) -> tuple[int, int]:
    """Return how far the organization and the platform are."""
    return stage.revision(), int(stage.http.get("/readyz").json()["revision"])


def placed(stage: Stage, text: str) -> str:
    """Return a path or body with the names of this organization in it."""
    names = {"{o}": stage.tenant.id, "{p}": stage.planner.id, "{b}": stage.tenant.bob}
    for name, own in names.items():
        text = text.replace(name, own)
    return text


def right(stage: Stage, endpoint: Endpoint) -> JSON:
    """Return a body that the endpoint would take."""
    body: JSON = json.loads(placed(stage, json.dumps(endpoint.body)))
    return body


def bearer(stage: Stage, endpoint: Endpoint) -> str:
    """Return a credential that opens the endpoint."""
    return stage.login.by_hand(stage.tenant.anne) if endpoint.path == "/delegations" else ADMINISTRATOR


def sent(stage: Stage, endpoint: Endpoint, body: str | bytes, type_: str = "application/json") -> httpx2.Response:
    """Send a body to an endpoint with a credential that opens it."""
    headers = {"Authorization": f"Bearer {bearer(stage, endpoint)}", "Content-Type": type_}
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    return stage.http.request(endpoint.method, placed(stage, endpoint.path), content=content, headers=headers)


def told(stage: Stage, endpoint: Endpoint, **changed: Any) -> httpx2.Response:
    """Send the endpoint's own body with members changed."""
    return sent(stage, endpoint, json.dumps({**right(stage, endpoint), **changed}))


@pytest.mark.threat("24")
@pytest.mark.parametrize(("endpoint", "name"), FIELDS, ids=str)
@pytest.mark.parametrize(
    "value", [1.5, -1, 10**25, {"no": ["such"]}, [[]], "\x00", "x" * 20_000], ids=lambda v: repr(v)[:12]
)
@UNMOVED
def test_a_field_of_the_wrong_type_is_refused(stage: Stage, endpoint: Endpoint, name: str, value: object) -> None:
    """Each field of each body has one type, bounds, and no character that cannot be seen."""
    assert problem(told(stage, endpoint, **{name: value})) == MALFORMED


@pytest.mark.threat("24")
@pytest.mark.parametrize(("endpoint", "name"), [each for each in FIELDS if each[1] not in each[0].optional], ids=str)
@UNMOVED
def test_a_field_that_is_needed_is_missed(stage: Stage, endpoint: Endpoint, name: str) -> None:
    """A body that lacks a field, or says null, is refused: nothing is defaulted that must be said."""
    body = right(stage, endpoint)
    without = {key: value for key, value in body.items() if key != name}
    answers = [sent(stage, endpoint, json.dumps(each)) for each in (without, {**without, name: None})]
    assert [problem(answer) for answer in answers] == [MALFORMED] * 2


@pytest.mark.threat("45")
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
@pytest.mark.parametrize("name", ["unknown", "organization_", "Id", "__class__", "", "do", "created_at", "revision"])
@UNMOVED
def test_a_field_that_nobody_knows_is_refused(stage: Stage, endpoint: Endpoint, name: str) -> None:
    """Whoever wrote the field meant something by it: it is neither ignored nor assigned."""
    assert problem(told(stage, endpoint, **{name: "x"})) == MALFORMED


@pytest.mark.threat("24")
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "{",
        lambda text: text[:-1],
        lambda text: f"{text}x",
        lambda text: f"{text}{text}",
        lambda text: f"[{text}]",
        json.dumps,
        lambda _: "null",
        lambda text: f"\ufeff{text}",
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-32"),
        lambda text: text[:-1].encode() + b', "x": "\xff"}',
        lambda text: f"{text[:-1]}, {text[1:]}",
        lambda text: f'{text[:-1]}, "x": NaN}}',
        lambda text: f'{text[:-1]}, "x": -Infinity}}',
        lambda text: f'{text[:-1]}, "x": 1e999}}',
        lambda text: f'{text[:-1]}, "x": {"9" * 5_000}}}',
        lambda text: f'{text[:-1]}, "x": "\\ud800"}}',
        lambda text: f'{text[:-1]}, "\\udfff": 1}}',
        lambda text: f'{text[:-1]}, "x": {"[" * 100}{"]" * 100}}}',
        lambda text: f'{text[:-1]}, "x": {"[" * 30_000}{"]" * 30_000}}}',
        lambda _: '{"x":' * 10_000,
        lambda text: text.replace('"', "'"),
        lambda text: f"/* */ {text}",
    ],
)
@UNMOVED
def test_a_body_has_one_meaning_or_none(stage: Stage, endpoint: Endpoint, spoil: Callable[[str], str | bytes]) -> None:
    """What is no JSON object in UTF-8, or may be read in two ways, is refused before anything is done."""
    text = json.dumps(right(stage, endpoint))
    assert problem(sent(stage, endpoint, spoil(text))) == MALFORMED


@pytest.mark.threat("41")
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
@pytest.mark.parametrize(
    "type_", ["", "text/plain", "text/json", "application/x-www-form-urlencoded", "application/jsonx"]
)
@UNMOVED
def test_a_body_says_that_it_is_json(stage: Stage, endpoint: Endpoint, type_: str) -> None:
    """A body of another type, or of none, is refused: no web page can send one unasked."""
    assert problem(sent(stage, endpoint, json.dumps(right(stage, endpoint)), type_)) == MALFORMED


@pytest.mark.parametrize(
    "type_", ["application/json", "Application/JSON; charset=utf-8", "application/json;charset=latin-1"]
)
def test_json_is_utf_8_whatever_its_type_adds(stage: Stage, type_: str) -> None:
    """The media type is compared without case, and a charset changes nothing."""
    endpoint = Endpoint("POST", "/users", {})
    name = f"zoë-{len(type_)}.{stage.tenant.id}"
    answer = sent(stage, endpoint, json.dumps({"id": name}, ensure_ascii=False), type_)
    assert (answer.status_code, answer.json()["id"]) == (201, name)


@pytest.mark.threat("31")
@pytest.mark.threat("41")
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
@pytest.mark.parametrize("told_size", [True, False], ids=["declared", "chunked"])
@UNMOVED
def test_a_body_that_is_too_big_is_413(stage: Stage, endpoint: Endpoint, *, told_size: bool) -> None:
    """One byte beyond the limit is refused, whether or not the length was declared."""
    body = b" " * (LIMIT + 1)
    headers = {"Authorization": f"Bearer {bearer(stage, endpoint)}", "Content-Type": "application/json"}
    content: Any = body if told_size else iter([body[:LIMIT], body[LIMIT:]])
    answer = stage.http.request(endpoint.method, placed(stage, endpoint.path), content=content, headers=headers)
    assert problem(answer) == (413, "too_large")
    assert problem(sent(stage, endpoint, b" " * LIMIT)) == MALFORMED


@pytest.mark.threat("41")
@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke"])
@pytest.mark.parametrize("told_size", [True, False], ids=["declared", "chunked"])
@UNMOVED
def test_a_form_that_is_too_big_is_413(stage: Stage, path: str, *, told_size: bool) -> None:
    """The limit is the same for forms, and no part of a form beyond it is read."""
    body = b"token=" + b"x" * LIMIT
    content: Any = body if told_size else iter([body[:1_000], body[1_000:]])
    answer = stage.http.post(path, content=content, headers={"Content-Type": FORM})
    assert problem(answer) == (413, "too_large")


@pytest.mark.threat("24")
@pytest.mark.threat("41")
@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        "token=é".encode(),
        b"token=%ff",
        b"token=%ed%a0%80",
        b"token=%c0%80",
        b"&".join(b"p%d=1" % number for number in range(51)),
        b"token=" + b"x" * 16_385,
        b"token=" + b"%41" * 16_385,
        b"token=a&token=a",
        b"token=a;token=b&token=c",
        b"\x00",
        b"=" * 5_000,
    ],
    ids=lambda body: repr(body)[:16],
)
@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke"])
@UNMOVED
def test_a_form_is_read_strictly(stage: Stage, path: str, body: bytes) -> None:
    """Bytes that are no form, names given twice, too many and too long parameters are refused to everybody."""
    answer = stage.http.post(path, content=body, headers={"Content-Type": FORM})
    assert refusal(answer)[0] in {400, 401}
    by = stage.documents if path == "/introspect" else stage.planner
    headers = {"Content-Type": FORM, "Authorization": basic(by.id, by.secret or "")}
    assert refusal(stage.http.post(path, content=body, headers=headers)) == (400, "invalid_request")


@pytest.mark.threat("8")
@pytest.mark.threat("9")
@pytest.mark.parametrize(
    "odd", ["a\x00b", "\n", "\x85", "*", "a b", "a:b", "a#b", "\u2028", "e\u0301", "a\u200bb", "\u202e", "a" * 257]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/organizations/{o}/memberships/{odd}"),
        ("PUT", "/organizations/{odd}/memberships/{b}"),
        ("GET", "/organizations/{odd}"),
        ("GET", "/delegations/{odd}?organization={o}"),
        ("GET", "/delegations?organization={odd}"),
        ("DELETE", "/agents/{odd}"),
        ("PUT", "/organizations/{o}/assignments?principal=user:{odd}&role=project-editor&resource=project:apollo"),
        ("PUT", "/organizations/{o}/assignments?principal=user:{b}&role={odd}&resource=project:apollo"),
        ("DELETE", "/organizations/{o}/resources/project:{odd}?cascade=true"),
        ("PUT", "/identity-providers/{odd}"),
    ],
)
@UNMOVED
def test_an_odd_name_in_an_address_names_nothing(stage: Stage, method: str, path: str, odd: str) -> None:
    """Names in paths and queries are taken as they stand, and one that cannot be a name is refused or unknown."""
    by_hand = path.startswith("/delegations")
    token = stage.login.by_hand(stage.tenant.anne) if by_hand else ADMINISTRATOR
    where = placed(stage, path).replace("{odd}", quote(odd, safe=""))
    answer = stage.http.request(method, where, headers={"Authorization": f"Bearer {token}"})
    assert problem(answer)[0] in {400, 404}


@pytest.mark.threat("8")
@pytest.mark.parametrize(
    "twice", ["role=project-editor", "role=project-viewer", "principal=x", "unknown=1&unknown=1", "do=x"]
)
@UNMOVED
def test_a_field_in_an_address_is_given_once(stage: Stage, twice: str) -> None:
    """A repeated or unknown name in a query is refused."""
    good = f"principal=user:{stage.tenant.bob}&role=project-editor&resource=project:apollo"
    answer = stage.tenant.manage("PUT", f"/assignments?{good}&{twice}")
    assert problem(answer) == MALFORMED


@UNMOVED
def test_a_field_is_given_in_path_or_body(stage: Stage) -> None:
    """What the path names cannot be named otherwise, not even alike, by the body or the query."""
    bob = stage.tenant.bob
    assert problem(stage.tenant.manage("PUT", f"/memberships/{bob}", {"user": bob})) == MALFORMED
    assert problem(stage.tenant.manage("PUT", f"/memberships/{bob}?organization=other")) == MALFORMED
    assert problem(stage.tenant.manage("DELETE", "/agents/x?status=active")) == MALFORMED


@pytest.mark.threat("S31")
@pytest.mark.parametrize(
    "changed",
    [
        {"scope": "x " * 8_000},
        {"scope": "x" * 16_000},
        {"authorization_details": "[" * 16_000},
        {"authorization_details": '[{"type":"' + "x" * 15_000 + '"}]'},
        {"authorization_details": json.dumps([{"type": "resource_role", "actions": ["x"] * 3_000}])},
        {"subject_token": "." * 16_000},
        {"subject_token": "e30." * 4_000},
        {"resource": "https://" + "a/" * 8_000},
    ],
    ids=["scope words", "scope", "deep", "type", "actions", "dots", "segments", "address"],
)
@UNMOVED
def test_long_input_costs_no_time(stage: Stage, changed: dict[str, str]) -> None:
    """Parsing is linear: what is as long as allowed is refused in a moment."""
    began = time.perf_counter()
    assert stage.ask(**changed).status_code == 400
    assert time.perf_counter() - began < 1


VALUES: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["acme", "user:x", "*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.threat("24")
@settings(max_examples=200)
@given(data=st.data())
def test_no_body_whatever_breaks_an_endpoint(sandbox: Stage, data: st.DataObject) -> None:
    """Anything at all in any field is taken or refused, and what is refused changes nothing."""
    endpoint = data.draw(st.sampled_from(ENDPOINTS))
    names = st.sampled_from([*endpoint.body, "unknown"])
    body = {**right(sandbox, endpoint), **data.draw(st.dictionaries(names, VALUES, max_size=3))}
    before = revisions(sandbox)
    answer = sent(sandbox, endpoint, json.dumps(body))
    assert answer.status_code < 500, answer.text
    assert answer.is_success or problem(answer)[0] in {400, 404, 409, 422}
    assert answer.is_success or revisions(sandbox) == before


@pytest.mark.threat("41")
@settings(max_examples=100)
@given(
    form=st.lists(
        st.tuples(
            st.sampled_from(
                ["grant_type", "subject_token", "subject_token_type", "resource", "scope", "client_id", "x"]
            )
            | st.text(max_size=5),
            st.text(max_size=20) | st.just(EXCHANGE),
        ),
        max_size=6,
    )
)
def test_no_form_whatever_breaks_an_endpoint(stage: Stage, form: list[tuple[str, str]]) -> None:
    """Any parameters at all get an answer in the form that clients understand."""
    sendable = [
        (name.encode("utf-8", "ignore").decode(), value.encode("utf-8", "ignore").decode()) for name, value in form
    ]
    for path in ("/token", "/introspect", "/revoke"):
        answer = stage.post(path, sendable, by=stage.planner)
        assert answer.status_code == 200 or refusal(answer)


@pytest.mark.threat("24")
@UNMOVED
def test_hostile_bodies_in_parallel_disturb_nobody(stage: Stage) -> None:
    """While many malformed requests come in, a good one is answered."""
    deep = "[" * 30_000
    with ThreadPoolExecutor(8) as senders:
        hostile = [senders.submit(sent, stage, ENDPOINTS[0], deep) for _ in range(64)]
        good = senders.submit(stage.redeem)
        assert good.result().status_code == 200
        assert {problem(each.result()) for each in hostile} == {MALFORMED}
