"""What the command line does to a deployment: apply commands. The server may run meanwhile."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from delegation.app.preparation import prepare
from delegation.app.stores import store_of
from delegation.directory.command import Answer
from delegation.directory.commands import Malformed, command_from
from delegation.directory.draft import Actor
from delegation.directory.errors import Exists
from delegation.directory.performing import Directory
from delegation.settings import Settings
from delegation.state.pictures import Pictures
from delegation.store import Store
from delegation.tokens import new_identifier, new_secret

COMMAND_LINE: Final = Actor("command-line")


@asynccontextmanager
async def opened(settings: Settings, *, clock: Callable[[], datetime]) -> AsyncIterator[Store]:
    """Hold a prepared deployment's store open."""
    await prepare(settings, clock=clock, instance=new_identifier("prepare"))
    store = store_of(settings, instance=new_identifier("command"), clock=clock)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def apply_commands(
    settings: Settings,
    documents: Iterable[Mapping[str, Any]],
    *,
    clock: Callable[[], datetime],
    told: Callable[[Answer], None],
) -> None:
    """Perform commands in order, each wholly or not at all, and tell each answer as soon as it is true.

    What exists already is left as it is, so that a file can be applied again. Raises DirectoryError at the first
    command that is refused for another reason; what came before it stays done, and was told: it may hold a secret.
    """
    async with opened(settings, clock=clock) as store:
        pictures = Pictures(store, rows=settings.rows_in_memory)
        directory = Directory(pictures, clock=clock, secret=new_secret, tree_depth=settings.tree_depth)
        for document in documents:
            name = document.get("do")
            if not isinstance(name, str):
                raise Malformed("each command says in `do` what is to be done")
            fields = {field: value for field, value in document.items() if field != "do"}
            try:
                answer = await directory.perform(command_from(name, fields), COMMAND_LINE)
            except Exists as error:
                answer = {"left_as_it_is": str(error)}
            told({"do": name, **answer})
