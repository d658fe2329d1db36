"""Uses: the latest use of each delegation is written now and then, and nobody waits for it."""

from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from delegation.state.uses import Uses
from delegation.store import Store, StoreUnavailable, Unit
from tests.store.samples import opened

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    """Return an open store on an empty database."""
    async with opened(database) as store:
        yield store


async def last(store: Store, *delegations: str) -> list[int | None]:
    """Return when delegations were last used, as far as it is written."""
    known = await store.usage(delegations)
    return [known[id].last for id in delegations]


async def test_what_is_noted_is_written_together(store: Store) -> None:
    """Of several uses the latest is written, of all delegations at once, and it is written once."""
    uses = Uses(store)
    uses.note(("dlg_a", "dlg_b"), 100)
    uses.note(("dlg_a",), 200)
    assert await last(store, "dlg_a", "dlg_b", "dlg_c") == [None, None, None]
    await uses.write()
    assert await last(store, "dlg_a", "dlg_b", "dlg_c") == [200, 100, None]
    await uses.write()


async def test_more_than_fits_one_transaction_is_written_too(store: Store) -> None:
    """Thousands of delegations are written in several transactions."""
    uses = Uses(store)
    uses.note((f"dlg_{n}" for n in range(2_500)), 7)
    await uses.write()
    assert await last(store, "dlg_0", "dlg_999", "dlg_1000", "dlg_2499") == [7] * 4


class Gone(Store):
    """A store whose database is away."""

    away = True

    @override
    async def commit(self, unit: Unit) -> dict[str, int]:
        """Fail as long as it is away."""
        if self.away:
            raise StoreUnavailable("away")
        return dict(await super().commit(unit))


async def test_what_cannot_be_written_is_written_later(database: str, caplog: pytest.LogCaptureFixture) -> None:
    """While the database is away nothing noted is lost, and later uses count before earlier ones."""
    async with opened(database) as open_store:
        store = Gone.__new__(Gone)
        store.__dict__.update(open_store.__dict__)
        uses = Uses(store)
        uses.note(("dlg_a", "dlg_b"), 100)
        await uses.write()
        assert "could not be written" in caplog.text
        uses.note(("dlg_a",), 200)
        store.away = False
        await uses.write()
        assert await last(open_store, "dlg_a", "dlg_b") == [200, 100]
