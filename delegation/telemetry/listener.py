"""The listener for scrapes: threads of its own, so that it answers also while the event loop is overloaded."""

from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_UNSPEC, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, getaddrinfo, socket
from threading import BoundedSemaphore, Thread
from types import TracebackType
from typing import Any, Final, Self

from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from typing_extensions import override

PATH: Final = "/metrics"
_AT_ONCE: Final = 8
"""Scrapers answered at once; more are not heard."""
_PATIENCE: Final = 5
"""Seconds without a word after which a scraper is given up."""
_ROUND: Final = 0.2
"""Seconds between looks whether to end, at which is done what nobody waits for. Whoever closes waits for one."""


class _Scrape(BaseHTTPRequestHandler):
    """Answers one path, with what was counted."""

    timeout = _PATIENCE
    server: "_Server"

    def do_GET(self) -> None:
        """Tell the counters in the form that was asked for."""
        if self.path.partition("?")[0] != PATH:
            self._answer(HTTPStatus.NOT_FOUND, f"there is nothing here but {PATH}\n".encode(), "text/plain")
            return
        encode, kind = choose_encoder(self.headers.get("Accept", ""))
        self._answer(HTTPStatus.OK, encode(self.server.collector), kind)

    do_HEAD = do_GET  # noqa: N815 - the library looks for methods by such names

    def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @override
    def version_string(self) -> str:
        return "delegation"

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads who scraped."""


class _Server(ThreadingHTTPServer):
    """Answers a few scrapers at once."""

    block_on_close = False

    def __init__(self, family: int, address: tuple[Any, ...], collector: Collector, tidy: Callable[[], None]) -> None:
        self.address_family = family
        self.collector = collector
        self._tidy = tidy
        self._places = BoundedSemaphore(_AT_ONCE)
        super().__init__(address, _Scrape)

    @override
    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    @override
    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    @override
    def service_actions(self) -> None:
        self._tidy()

    @override
    def server_bind(self) -> None:
        # That of the library asks who has this address, which may take long.
        self.socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)  # Else nobody could start again for a minute.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "", self.server_address[1]

    @override
    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """Who hangs up in the middle of a scrape is no fault."""


class Listener:
    """Tells who asks what was counted, until it is closed."""

    def __init__(self, host: str, port: int, collector: Collector, tidy: Callable[[], None] = lambda: None) -> None:
        """Listen on an address; `tidy` is called often. Raises OSError when it cannot be listened on."""
        family, *_, address = getaddrinfo(host, port, AF_UNSPEC, SOCK_STREAM)[0]
        self._server = _Server(family, address, collector, tidy)
        self._thread = Thread(target=self._server.serve_forever, args=(_ROUND,), name="metrics", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
