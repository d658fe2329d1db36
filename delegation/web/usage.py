"""Usage: what a listing tells of the uses of each delegation, beside what was consented to."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.requests import Request

from delegation.web.desk import desk


async def with_usage(request: Request, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return delegations as shown, with how much of each budget is used and when each was last used.

    What it tells is of this moment, and others may use more before it is read: nothing is decided by it.
    """
    shown = [dict(row) for row in rows]
    known = await desk(request).pictures.usage([row["id"] for row in shown])
    for row in shown:
        usage = known[row["id"]]
        row["last_used"] = usage.last
        if row["budget"] is not None:
            limited = [kind for kind, limit in row["budget"].items() if limit is not None]
            row["budget"] = {**row["budget"], "used": {kind: usage.spent.get(kind, 0) for kind in limited}}
    return shown
