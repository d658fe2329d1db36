"""What every refusal must look like, wherever it comes from."""

import re
from typing import Final

import httpx2

_DESCRIPTION: Final = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]{1,300}")
_LEAK: Final = re.compile(r"eyJ[\w-]{8}|dss_|Traceback|File |\.py|sqlite|SELECT|object at 0x", re.IGNORECASE)
_OAUTH: Final = frozenset({"error", "error_description", "consent_uri", "delegations", "reason"})
_REASONS: Final = frozenset({None, "subject_token", "agent_suspended", "budget_spent"})
_REGISTERED: Final = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"}
    | {"invalid_scope", "invalid_target", "invalid_authorization_details", "invalid_dpop_proof", "use_dpop_nonce"}
)
_CHALLENGE: Final = 'Basic realm="delegation"'


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """Return status and code of an OAuth refusal, after checking all that RFC 6749 §5.2 asks of its form."""
    assert answer.status_code in {400, 401}, f"{answer.status_code} {answer.text}"
    document = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    assert document.keys() <= _OAUTH
    assert document["error"] in _REGISTERED
    assert document.get("reason") in _REASONS
    assert _DESCRIPTION.fullmatch(document["error_description"]), document["error_description"]
    assert not _LEAK.search(answer.text), answer.text
    assert (answer.status_code == 401) is (document["error"] == "invalid_client")
    assert answer.headers.get("www-authenticate") == (_CHALLENGE if answer.status_code == 401 else None)
    return answer.status_code, str(document["error"])


def problem(answer: httpx2.Response) -> tuple[int, str]:
    """Return status and code of a problem document, after checking its form (RFC 9457 §3)."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.headers["cache-control"] == "no-store"
    document = answer.json()
    assert document.keys() == {"type", "title", "status", "code", "detail"}
    assert document["status"] == answer.status_code
    assert document["title"]
    assert document["detail"]
    assert not _LEAK.search(answer.text), answer.text
    return answer.status_code, str(document["code"])


def told(answer: httpx2.Response) -> tuple[int, bytes, dict[str, str]]:
    """Return all of an answer that could tell two causes apart: neither its date nor its request id does."""
    passing = {"date", "x-request-id"}
    return answer.status_code, answer.content, {k: v for k, v in answer.headers.items() if k not in passing}
