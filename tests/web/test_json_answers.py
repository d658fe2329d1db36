"""Answers in JSON are what Starlette's own would be."""

import json
from typing import Any

import pytest
from starlette.responses import JSONResponse

from delegation.authzen.questions import Semantic
from delegation.web.json_answers import Fields, JSONAnswer

BODIES: list[dict[str, Any]] = [
    {},
    {"active": False},
    {"sub": "anne", "exp": 1_700_000_000, "act": {"sub": "a1"}, "scope": None, "actions": ["a:b", "c:d"], "ok": True},
    {"detail": 'no `été:apollo` \u2028 "quoted" \\ </script> \t\n\x7f\x00 \U0001f980'},
    {"word": Semantic.EXECUTE_ALL, "several": ("a", "b"), "large": 2**63, "share": 0.25},
]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_is_written_as_the_library_writes_it(body: dict[str, Any]) -> None:
    """Octet for octet, whatever an answer may hold."""
    assert JSONAnswer(body).body == JSONResponse(body).body
    assert json.loads(bytes(JSONAnswer(body).body)) == json.loads(bytes(JSONResponse(body).body))


@pytest.mark.parametrize("fields", [(), (("Cache-Control", "no-store"), ("Age", "3")), (("Content-Type", "a/b"),)])
def test_header_fields_are_those_given_with_length_and_type(fields: Fields) -> None:
    """The type is JSON unless another is given; what is said twice is sent once."""
    answer, expected = JSONAnswer({"a": "é"}, 401, fields), JSONResponse({"a": "é"}, 401, dict(fields))
    assert answer.status_code == 401
    assert sorted(answer.raw_headers) == sorted(expected.raw_headers)


def test_what_is_no_json_is_not_sent() -> None:
    """What cannot be written fails where the answer is made."""
    with pytest.raises(ValueError, match="surrogates"):
        JSONAnswer({"detail": "\ud800"})
