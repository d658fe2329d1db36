"""Keys: whether the master key opens them, one of each purpose signs, and when they were last changed."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from delegation.app.doctor.findings import Finding, fault, warning, well
from delegation.tokens import KeyState, Purpose, SigningKey, lives

_OLD = timedelta(days=180)


def keys(found: Sequence[SigningKey], needed: Collection[Purpose], now: datetime) -> Iterator[Finding]:
    """Yield what there is to say about keys that could be unsealed."""
    life = lives(found)
    for purpose in needed:
        mine = [key for key in found if key.purpose is purpose]
        active = [key for key in mine if life[key.kid].state(now) is KeyState.ACTIVE]
        if not active:
            begins = min((key.not_before for key in mine if key.not_before > now), default=None)
            advice = "start `delegation run`, which makes one" if begins is None else f"wait until {begins:%H:%M:%S}Z"
            yield fault("keys", f"none for `{purpose}` signs", advice)
        elif now - active[0].not_before > _OLD:
            days = (now - active[0].not_before).days
            advice = f"delegation keys rotate --purpose {purpose}"
            yield warning("keys", f"the one for `{purpose}` has signed for {days} days", advice)
        else:
            yield well("keys", f"`{purpose}`: {active[0].kid[:8]} signs since {active[0].not_before:%Y-%m-%d}")
