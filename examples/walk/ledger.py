"""Everything that went over the wire since one last looked."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx2

from examples.wire import JSON, exchange


@dataclass(frozen=True, slots=True)
class Noted:
    """One request and its answer, as `examples.wire` notes them."""

    begun: int
    ended: int
    who: str
    method: str
    path: str
    bearer: JSON
    sent: JSON
    status: int
    got: JSON


@dataclass(slots=True)
class Ledger:
    """Joins what the walk itself sent with what the other programs noted in their files."""

    files: tuple[Path, ...]
    _own: list[Noted] = field(default_factory=list)
    _read: dict[Path, int] = field(default_factory=dict)

    @classmethod
    def over(cls, *files: Path) -> Self:
        """Return a ledger over the files, which may come to exist later."""
        return cls(files)

    def send(self, who: str, http: httpx2.Client, request: httpx2.Request) -> httpx2.Response:
        """Send a request and note it."""
        request.extensions["begun"] = time.time_ns()
        response = http.send(request)
        self._own.append(Noted(**exchange(who, response)))  # type: ignore[arg-type]  # the same names
        return response

    def news(self) -> list[Noted]:
        """Return what was noted since the last call."""
        noted, self._own = self._own, []
        for file in self.files:
            noted += self._news_in(file)
        return noted

    def _news_in(self, file: Path) -> list[Noted]:
        if not file.exists():
            return []
        with file.open(encoding="utf-8") as lines:
            lines.seek(self._read.get(file, 0))
            news = [Noted(**json.loads(line)) for line in iter(lines.readline, "")]
            self._read[file] = lines.tell()
        return news
