"""A process that answers from its pictures, to be stopped and continued by the tests."""

import asyncio
from multiprocessing.connection import Connection

from delegation.state.pictures import Pictures
from tests.state.keeping import opened


def answer_for_ever(url: str, wire: Connection) -> None:
    """Tell, for each bound that is sent, which groups acme has and how old that is."""

    async def answer() -> None:
        async with opened(url, "stopped") as store:
            pictures = Pictures(store, rows=100_000)
            while (within := await asyncio.to_thread(wire.recv)) is not None:
                view = await pictures.view(organization="acme", within=within)
                groups = set() if view.organization is None else set(view.organization.groups)
                wire.send((groups, view.age))

    asyncio.run(answer())
