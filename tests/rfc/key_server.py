"""A second server: an identity provider that publishes its keys, or does whatever a test wants instead."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias

from joserfc.jwk import ECKey, RSAKey
from typing_extensions import override


@dataclass(frozen=True)
class Page:
    """What is answered."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Behaviour: TypeAlias = Callable[[str], Page]


def keys(*signing: ECKey | RSAKey) -> Behaviour:
    """Answer with the public halves of these keys, whatever is asked for."""
    body = json.dumps({"keys": [key.as_dict(private=False) | {"kid": key.thumbprint()} for key in signing]}).encode()
    return lambda _: Page(body)


def page(body: bytes = b"", status: int = 200, **headers: str) -> Behaviour:
    """Answer with this, whatever is asked for."""
    return lambda _: Page(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


@dataclass
class KeyServer:
    """Behaves as it is told to; `asked` holds the paths that were asked for."""

    port: int
    behaviour: Behaviour
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the keys are said to be."""
        return f"http://127.0.0.1:{self.port}/jwks.json"


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[KeyServer]:
    """Answer on a free port until the block ends; then nobody answers there."""
    server: KeyServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            answer = server.behaviour(self.path)
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        @override
        def log_message(self, *_: object) -> None:
            """Nobody reads what it says."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        server = KeyServer(listener.server_port, behaviour)
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join(timeout=5)
