"""The time that was recorded last: a clock that stands before it is wrong, or was wrong then."""

from datetime import datetime, timedelta
from typing import Final

import structlog

from delegation.app.secrets_at_rest import NotPrepared
from delegation.audit import time_in
from delegation.settings import Settings
from delegation.store import Store, latest_record

SLACK: Final = timedelta(minutes=1)
"""How far before it a clock may stand: a machine that was off may be set right by a little, soon after it starts."""

_log = structlog.get_logger()


async def refuse_past(settings: Settings, store: Store, now: datetime, slack: timedelta = SLACK) -> None:
    """Refuse to go by a clock that stands clearly before what an embedded database has recorded.

    What has expired since would be good again. Raises NotPrepared, and StoreUnavailable.
    """
    body = await store.read(latest_record)
    recorded = None if body is None else time_in(body)
    if recorded is None or recorded - now <= slack:
        return
    found = f"the clock says {_shown(now)}, and the log tells of {_shown(recorded)}"
    if not settings.trust_clock:
        advice = "only if it is right, and was wrong then, start once with DELEGATION_TRUST_CLOCK=true"
        raise NotPrepared(f"{found}: set the clock right; {advice}")
    _log.warning("the clock is trusted, although it was later when something was recorded", cause=found)


def _shown(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
