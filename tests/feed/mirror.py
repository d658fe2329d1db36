"""A mirror: what a follower knows, put together from nothing but the events it was told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from delegation.audit import canonical
from delegation.feed import Event, Feed, Follower, Teller
from delegation.state.pictures import Pictures
from delegation.store import PARTITIONED

Row = dict[str, Any]
Rows = dict[str, dict[str, Row]]
DOCUMENTS = Teller("documents", "https://documents.example")


def key_of(table: str, row: Row) -> str:
    """Return the key of a row, in a form that can be compared."""
    names = (column.name for column in PARTITIONED[table].primary_key)
    return canonical([row[name] for name in names if name != "partition"])


@dataclass
class Mirror:
    """The rows of each partition by table and key, as they were told."""

    known: dict[str, Rows] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    beginnings: list[str] = field(default_factory=list)
    """The partitions that were begun, in order."""
    place: str | None = None
    after: float = 0.0
    gone: bool = False
    open: set[str] = field(default_factory=set)
    """Partitions whose beginning is not complete."""
    users: dict[str, Row] = field(default_factory=dict)
    """By id, the row of each user with its revision."""

    def hear(self, events: Iterable[Event]) -> "Mirror":
        """Take over what was told. Fails where it does not follow from what was told before."""
        for event in events:
            getattr(self, f"_{event.name}")(event)
        return self

    def _begin(self, event: Event) -> None:
        partition = str(event.body["partition"])
        self.known[partition], self.revisions[partition] = {}, int(str(event.body["revision"]))
        self.beginnings.append(partition)
        self.open.add(partition)

    def _rows(self, event: Event) -> None:
        body: Any = event.body
        assert body["partition"] in self.open
        for row in body["rows"]:
            self._put(body["partition"], body["table"], row)

    def _whole(self, event: Event) -> None:
        self.open.remove(str(event.body["partition"]))

    def _entry(self, event: Event) -> None:
        body: Any = event.body
        partition = body["partition"]
        assert partition not in self.open
        assert body["revision"] == self.revisions[partition] + 1
        self.revisions[partition] = body["revision"]
        for change in body["changes"]:
            if "put" in change:
                self._put(partition, change["put"], change["row"])
            else:
                self.known[partition].get(change["remove"], {}).pop(key_of(change["remove"], change["key"]), None)

    def _put(self, partition: str, table: str, row: Row) -> None:
        self.known[partition].setdefault(table, {})[key_of(table, row)] = row

    def _users(self, event: Event) -> None:
        body: Any = event.body
        self.users = {} if body["anew"] else self.users
        for user in body["over"]:
            self.users.pop(user, None)
        self.users.update({row["id"]: row for row in body["rows"]})

    def _current(self, event: Event) -> None:
        body: Any = event.body
        assert not self.open
        assert self.revisions == body["heads"]
        assert len(self.users) == body["users"]
        self.place, self.after = event.place, body["after"]

    def _gone(self, _: Event) -> None:
        self.gone = True

    def shown(self, partition: str) -> dict[str, list[Row]]:
        """Return the rows of a partition by table, in one order, without tables that have none."""
        return {table: [rows[key] for key in sorted(rows)] for table, rows in self.known[partition].items() if rows}


def follower(pictures: Pictures, teller: Teller = DOCUMENTS, organization: str = "acme") -> Follower:
    """Return a follower whose request arrives now, and who stays whom it proved to be."""
    return Follower(teller, organization, lambda _: True, pictures.monotonic())


async def told(feed: Feed, who: Follower, place: str | None = None) -> list[Event]:
    """Return what a follower is told until it is current, or gone, or the stream ends."""
    heard = []
    stream = feed.follow(who, place, lambda: False)
    async for event in stream:
        heard.append(event)
        if event.name == "current":
            break
    await stream.aclose()
    return heard


async def caught_up(mirror: Mirror, feed: Feed, pictures: Pictures, organization: str = "acme") -> Mirror:
    """Let a mirror go on from where it was, in a new request."""
    return mirror.hear(await told(feed, follower(pictures, organization=organization), mirror.place))
