"""How the story is told: each step done, shown with what went over the wire, and judged."""

from collections.abc import Sequence

from examples.walk.cast import Cast, Unexpected
from examples.walk.ledger import Ledger
from examples.walk.narration import Narrator
from examples.walk.story import Step


def tell(story: Sequence[Step], cast: Cast, ledger: Ledger, narrator: Narrator) -> int:
    """Return how many steps did not go as they must."""
    return sum(not _told(number, step, cast, ledger, narrator) for number, step in enumerate(story, 1))


def _told(number: int, step: Step, cast: Cast, ledger: Ledger, narrator: Narrator) -> bool:
    narrator.step(number, step.title)
    try:
        happened = step.act(cast)
    except Unexpected as difference:
        happened = f"the story broke: {difference}"
    narrator.wire(ledger.news())
    if step.went_well(happened):
        narrator.remark(f"ok: {happened}", style="green")
        return True
    narrator.remark("DIFFERS", style="bold red")
    narrator.remark(f"  expected: {step.expected}", style="red")
    narrator.remark(f"  happened: {happened}", style="red")
    return False
