"""An event loop in a thread of its own, for those who have none and wait for what is done there."""

import asyncio
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from delegation.client.errors import Unavailable

Result = TypeVar("Result")
Ending = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Running:
    loop: asyncio.AbstractEventLoop
    enough: asyncio.Event
    thread: threading.Thread

    def stop(self) -> None:
        """Let the loop come to its end, soon."""
        with suppress(RuntimeError):  # It has come to it already.
            self.loop.call_soon_threadsafe(self.enough.set)


class OwnThread:
    """A loop that is begun when it is first needed, and is the process's own: it does not outlive a fork.

    The thread is a daemon: whatever is under way in it, the interpreter ends when it is told to.
    """

    def __init__(self, ending: Ending) -> None:
        """Close with `ending`, which runs in the loop when all other work has been stopped."""
        self._ending = ending
        # Invariant: who holds it finds the loop either taking work or closed, so that nobody waits for lost work.
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._is_closed = False

    def result_of(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Return what the work results in; raises what it raises.

        Raises RuntimeError once it is closed, and Unavailable when that happens meanwhile.
        """
        with self._lock:
            future = self._begin(work)
        try:
            return future.result()
        except CancelledError:
            pass
        except BaseException:
            # Whoever is interrupted while waiting has no more use for it.
            future.cancel()
            raise
        raise Unavailable("the client was closed while it was asking")

    def close(self) -> None:
        """Stop all work, and return when the connections are closed."""
        with self._lock:
            self._is_closed, running, self._running = True, self._running, None
        if running is not None:
            running.stop()
            running.thread.join()

    def _begin(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> Future[Result]:
        if self._is_closed:
            raise RuntimeError("the client is closed")
        if self._running is None:
            self._running = _started(self._ending)
            # A client that nobody closed takes its thread along when it is gone, and does not hold up the end.
            # At the interpreter's end it serves to the last: whoever gives a token back then still can.
            weakref.finalize(self, self._running.stop).atexit = False
        if self._running.thread is threading.current_thread():
            raise RuntimeError("a synchronous client cannot be asked from within its own work")
        return asyncio.run_coroutine_threadsafe(work(), self._running.loop)


def _started(ending: Ending) -> _Running:
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def live() -> None:
        enough = asyncio.Event()
        begun.set_result((asyncio.get_running_loop(), enough))
        await enough.wait()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await ending()

    def run() -> None:
        try:
            with asyncio.Runner() as runner:
                runner.run(live())
        except BaseException as error:
            if begun.done():
                raise
            begun.set_exception(error)  # There is no loop: whoever waits for one has to hear why.

    thread = threading.Thread(target=run, name="delegation-client", daemon=True)
    thread.start()
    return _Running(*begun.result(), thread)
