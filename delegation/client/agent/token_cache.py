"""The tokens an agent holds, by what was asked for them."""

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime
from threading import Lock

from delegation.client.agent.delegated_token import DelegatedToken
from delegation.client.agent.token_request import TokenRequest


class TokenCache:
    """At most `capacity` tokens; the one unused for longest makes room. Any thread may ask."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._tokens: OrderedDict[TokenRequest, DelegatedToken] = OrderedDict()
        self._lock = Lock()
        self.ends = 0
        """How often something was ended: what was asked for before may come from it."""

    def __len__(self) -> int:
        return len(self._tokens)

    def get(self, request: TokenRequest) -> DelegatedToken | None:
        """Return the token held for the request."""
        with self._lock:
            token = self._tokens.get(request)
            if token is not None:
                self._tokens.move_to_end(request)
            return token

    def put(self, request: TokenRequest, token: DelegatedToken) -> None:
        """Hold the token for the request, in place of an earlier one."""
        with self._lock:
            self._tokens[request] = token
            self._tokens.move_to_end(request)
            while len(self._tokens) > self._capacity:
                self._tokens.popitem(last=False)

    def postpone(self, request: TokenRequest, refresh_at: datetime) -> None:
        """Leave the token for the request alone until then."""
        with self._lock:
            token = self._tokens.get(request)
            if token is not None:
                self._tokens[request] = replace(token, refresh_at=refresh_at)

    def drop(self, value: str) -> None:
        """Hold the token no longer; a successor stays."""
        with self._lock:
            for request, token in list(self._tokens.items()):
                if token.value == value:
                    del self._tokens[request]

    def end(self, value: str) -> None:
        """Hold nothing that was got by this text any longer, directly or not, nor the token that it is."""
        with self._lock:
            self.ends += 1
            ended = [value]
            while ended:
                text = ended.pop()
                for request, token in list(self._tokens.items()):
                    if text in (token.value, request.subject.text):
                        del self._tokens[request]
                        ended.append(token.value)

    def clear(self) -> None:
        """Hold nothing."""
        with self._lock:
            self._tokens.clear()
