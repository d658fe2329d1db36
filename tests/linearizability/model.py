"""A model of log, freshness read, pictures and hints in one process, small enough to look at every history of it.

It mirrors the code step by step; between two steps the event loop, the database or another process may do anything.

* `_arrive`: `Pictures.view`, `Freshness.newest` up to its `await`, `Freshness._recalled`
* `_read`: `Freshness._read` takes those who gathered, whom nobody joins from then on; then `reading.heads`
* `_tell`, `_unread`: `Freshness._answer`, `Freshness._remember`; and `_answer` where the heads cannot be read
* `_ask_album`: `Album.at` before it waits
* `_lock`, `_done`: `Album._catch_up` and `Album.anticipate`, from the lock on and up to `Album._keep`
* `_snapshot`, `_loaded`: `Store.slices`, which is one transaction, and `Album._load`
* `_log_read`, `_take_over`: `Store.records_from`; `Album._follow`, `_follow_page`, and `_take_over` with its steps
* `_stop`: `Album._follow` where something is raised, and a request that ends without an answer
* `_evict`: `Memory.make_room`
* `_look_again`, `_answer`: `Pictures._seen_at` once it has all pictures, `Panorama.whole`; the age in
  `Pictures.panorama`. Who is shown what another one put together from the same read looks at the same pictures once
  more by `Panorama.stands`, and begins at `_ask_album` where they have moved
* `_hint`: `Anticipation.hint`: a hint may be lost, late, repeated, or name a revision that there is not

A commit is acknowledged at once: who waits longer for the acknowledgement only asks for less. A request that needs
several partitions needs each of them new enough, so there is one here, and `HOLDING` is the wait for the others.
"""

from collections.abc import Iterator
from typing import Any, Final

from tests.linearizability.mistakes import Mistake
from tests.linearizability.states import (
    BETWEEN,
    BOUND,
    HINTED,
    PLAIN,
    RIGHT,
    Database,
    Kind,
    Phase,
    Process,
    Reading,
    Request,
    Seen,
    Stage,
    Step,
    Work,
    apply,
    facts_at,
    first_step,
    is_large,
)

_PAGE: Final = 2
"""Entries of the log that are read at once."""


def replaced(process: Process, old: Request | None, new: Request | None) -> Process:
    """Return the process with one request in the place of another; None for none."""
    requests = list(process.requests)
    if old is not None:
        requests.remove(old)
    if new is not None:
        requests.append(new)
    return process._replace(requests=tuple(sorted(requests, key=repr)))


def _each(process: Process, stage: Stage, /, **changed: Any) -> Process:
    """Return the process with all requests of a stage changed."""
    requests = (one._replace(**changed) if one.stage is stage else one for one in process.requests)
    return process._replace(requests=tuple(sorted(requests, key=repr)))


def _left(process: Process) -> Process:
    """Return the process without its picture, which those keep who hold it."""
    held = (
        one._replace(held=process.picture) if one.stage is Stage.HOLDING and one.held is None else one
        for one in process.requests
    )
    return process._replace(requests=tuple(sorted(held, key=repr)), picture=None, kept=False)


def _is_followed(process: Process) -> bool:
    return process.work is not None and process.work.phase in {Phase.FOLLOWING, Phase.PAGE}


def _evict(process: Process) -> Process:
    # Whoever lets it follow its log still has it.
    return process._replace(kept=False) if _is_followed(process) else _left(process)


def aged(process: Process) -> Process:
    """Return the process one period later."""

    def older(reading: Reading | None) -> Reading | None:
        return None if reading is None else reading._replace(age=min(reading.age + 1, BOUND + 1))

    told = {Stage.TOLD, Stage.WAITING, Stage.WORKING, Stage.HOLDING}
    requests = (
        one._replace(age=min(one.age + 1, BOUND + 1)) if one.age != PLAIN and one.stage in told else one
        for one in process.requests
    )
    return process._replace(
        requests=tuple(sorted(requests, key=repr)),
        reading=older(process.reading),
        remembered=older(process.remembered),
    )


class Rules:
    """What a process may do, perhaps with a mistake in it."""

    def __init__(self, mistake: Mistake | None = None, *, remembers: bool) -> None:
        """Make one mistake, or none; heads are remembered only where somebody may ask for them."""
        self._mistake = mistake
        self._remembers = remembers

    def steps(self, process: Process, database: Database) -> Iterator[Step]:
        """Yield everything that may happen next in a process."""
        yield from self._arrive(process, database)
        yield from self._read(process, database)
        yield from self._work(process, database)
        yield from self._stop(process)
        yield from self._hint(process, database)
        for request in sorted(set(process.requests), key=repr):
            yield from self._request(process, request, database)
        if process.kept:
            yield Step(Kind.EVICTION, "the picture is dropped", _evict(process))

    # --- the freshness read ---

    def _arrive(self, process: Process, database: Database) -> Iterator[Step]:
        joins = self._mistake is Mistake.JOIN_UNDER_WAY and process.reading is not None
        stage = Stage.READING if joins else Stage.GATHERING
        plain = Request(stage, database.head)
        yield Step(
            Kind.PLAIN_REQUEST, f"a request arrives, {database.head} is acknowledged", replaced(process, None, plain)
        )
        known = process.remembered
        if known is not None and known.age <= BOUND:
            bounded = Request(Stage.TOLD, 0, known.saw, known.age)
        else:
            bounded = Request(stage, 0, age=0)
        yield Step(Kind.BOUNDED_REQUEST, "a request arrives that allows staleness", replaced(process, None, bounded))

    def _read(self, process: Process, database: Database) -> Iterator[Step]:
        reading = process.reading
        if reading is None:
            if any(one.stage is Stage.GATHERING for one in process.requests):
                begun = _each(process, Stage.GATHERING, stage=Stage.READING)
                yield Step(Kind.PROGRESS, "a head read begins", begun._replace(reading=Reading(0, 0)))
            return
        yield Step(Kind.FAULT, "the head read fails", self._unread(process)._replace(reading=None))
        if reading.saw == 0:
            seen = process._replace(reading=reading._replace(saw=database.head))
            yield Step(Kind.PROGRESS, f"the head read sees {database.head}", seen)
        else:
            yield Step(Kind.PROGRESS, f"those who wait are told of {reading.saw}", self._tell(process, reading))

    def _tell(self, process: Process, reading: Reading) -> Process:
        known = reading._replace(age=0) if self._mistake is Mistake.AGE_FROM_THE_END else reading
        requests = (
            one._replace(stage=Stage.TOLD, target=known.saw, age=PLAIN if one.age == PLAIN else known.age)
            if one.stage is Stage.READING
            else one
            for one in process.requests
        )
        remembered = known if self._remembers else None
        return process._replace(requests=tuple(sorted(requests, key=repr)), reading=None, remembered=remembered)

    def _unread(self, process: Process) -> Process:
        if self._mistake is Mistake.FORGET_THE_WAITING:
            return _each(process, Stage.READING, stage=Stage.LOST)
        if self._mistake is Mistake.ANSWER_WITHOUT_HEAD and process.kept and process.picture is not None:
            return _each(process, Stage.READING, stage=Stage.TOLD, target=process.picture.revision)
        return process._replace(requests=tuple(one for one in process.requests if one.stage is not Stage.READING))

    # --- requests ---

    def _request(self, process: Process, request: Request, database: Database) -> Iterator[Step]:
        match request.stage:
            case Stage.TOLD:
                yield from self._ask_album(process, request, database)
            case Stage.WAITING if process.work is None:
                yield from self._lock(process, request, database)
            case Stage.HOLDING:
                yield from self._look_again(process, request, database)
            case _:  # It is for others to go on.
                pass
        if request.stage is not Stage.WORKING:
            yield Step(Kind.FAULT, "a request goes away", replaced(process, request, None))

    def _ask_album(self, process: Process, request: Request, database: Database) -> Iterator[Step]:
        picture = process.picture
        if process.kept and picture is not None and picture.revision >= request.target:
            yield from self._served(process, request, database)
        else:
            waiting = request._replace(stage=Stage.WAITING)
            yield Step(Kind.PROGRESS, "a request waits for the lock", replaced(process, request, waiting))

    def _served(self, process: Process, request: Request, database: Database) -> Iterator[Step]:
        """Answer a request from the picture, or let it wait for other pictures first."""
        assert process.picture is not None
        yield self._answer(process, request, process.picture, database)
        holding = request._replace(stage=Stage.HOLDING)
        yield Step(Kind.PROGRESS, "a request holds the picture", replaced(process, request, holding))

    def _look_again(self, process: Process, request: Request, database: Database) -> Iterator[Step]:
        held = request.held or process.picture
        assert held is not None
        if held.revision == BETWEEN and self._mistake is not Mistake.LOOK_BETWEEN:
            again = request._replace(stage=Stage.TOLD, held=None)
            yield Step(
                Kind.PROGRESS, "a request finds its picture half-way and asks again", replaced(process, request, again)
            )
        else:
            yield self._answer(process, request, held, database)

    def _answer(self, process: Process, request: Request, seen: Seen, database: Database) -> Step:
        if request.age > BOUND:
            again = Request(Stage.GATHERING, database.head)
            return Step(
                Kind.PROGRESS, "a request took too long and asks for the newest", replaced(process, request, again)
            )
        floor = request.floor if request.age == PLAIN else database.past
        allowed = seen.facts == RIGHT
        true = {facts_at(revision) == RIGHT for revision in range(floor, database.head + 1)}
        wrong = "" if allowed in true else "stale allow" if allowed else "false denial"
        told = f"{'allowed' if allowed else 'denied'} at {seen.revision}"
        return Step(Kind.PROGRESS, f"a request is {told}", replaced(process, request, None), wrong)

    # --- whoever has the lock ---

    def _lock(self, process: Process, request: Request, database: Database) -> Iterator[Step]:
        picture = process.picture if process.kept else None
        working = request._replace(stage=Stage.WORKING)
        if picture is not None and picture.revision >= request.target:
            if request.floor == HINTED:
                yield Step(Kind.PROGRESS, "a hint is old", replaced(process, request, None))
            else:
                yield from self._served(process, request, database)
            return
        if picture is not None:
            following = replaced(process, request, working)._replace(work=Work(Phase.FOLLOWING))
            yield Step(Kind.PROGRESS, "the picture is to follow its log", following)
        if request.floor != HINTED:
            loading = replaced(process, request, working)._replace(work=Work(Phase.LOADING))
            yield Step(Kind.PROGRESS, "a picture is to be loaded", loading)
        elif picture is None:
            yield Step(Kind.PROGRESS, "a hint finds no picture", replaced(process, request, None))

    def _work(self, process: Process, database: Database) -> Iterator[Step]:
        work = process.work
        if work is None:
            return
        match work.phase:
            case Phase.LOADING:
                yield self._snapshot(process, database)
            case Phase.LOADED:
                yield from self._loaded(process, work.seen, database)
            case Phase.FOLLOWING:
                yield _log_read(process, database)
            case Phase.PAGE:
                yield from self._take_over(process, work, database)
            case Phase.LOST:
                return

    def _snapshot(self, process: Process, database: Database) -> Step:
        head = database.head
        revision = 0 if self._mistake is Mistake.REVISION_AFTER_ROWS else head
        loaded = Work(Phase.LOADED, Seen(revision, facts_at(head)))
        return Step(Kind.PROGRESS, f"the rows of {head} are read", process._replace(work=loaded))

    def _loaded(self, process: Process, seen: Seen, database: Database) -> Iterator[Step]:
        if seen.revision == 0:
            stamped = Work(Phase.LOADED, seen._replace(revision=database.head))
            yield Step(Kind.PROGRESS, f"the head {database.head} is read", process._replace(work=stamped))
        else:
            yield from self._done(_left(process)._replace(picture=seen), database)

    def _take_over(self, process: Process, work: Work, database: Database) -> Iterator[Step]:
        picture, entry = process.picture, work.first
        assert picture is not None
        worker = _worker(process)
        is_gap = picture.revision not in {BETWEEN, entry - 1} and self._mistake is not Mistake.SKIP_GAP
        if entry > work.last or is_gap:
            if worker.floor == HINTED:
                yield from self._done(process, database)
            else:
                yield Step(Kind.PROGRESS, "the log leads nowhere", process._replace(work=Work(Phase.LOADING)))
        elif is_large(entry) and picture.revision != BETWEEN:
            half = Seen(BETWEEN, first_step(picture.facts))
            yield Step(Kind.PROGRESS, f"half of {entry} is taken over", process._replace(picture=half))
        else:
            followed = process._replace(picture=Seen(entry, apply(picture.facts, entry)))
            if entry < work.last:
                rest = work._replace(first=entry + 1)
                yield Step(Kind.PROGRESS, f"{entry} is taken over", followed._replace(work=rest))
            elif entry < worker.target:
                more = followed._replace(work=Work(Phase.FOLLOWING))
                yield Step(Kind.PROGRESS, f"{entry} is taken over, and there is more", more)
            else:
                yield from self._done(followed, database)

    def _done(self, process: Process, database: Database) -> Iterator[Step]:
        """Give the lock back, with the picture in the album."""
        worker = _worker(process)
        if self._mistake is Mistake.TRUST_THE_LOADER:
            process = _each(process, Stage.WAITING, target=1)
        if worker.floor == HINTED:
            ended = replaced(process, worker, None)._replace(work=None)
            yield Step(Kind.PROGRESS, "a hint is followed", ended if ended.kept else _left(ended))
        else:
            yield from self._served(process._replace(work=None, kept=True), worker, database)

    def _stop(self, process: Process) -> Iterator[Step]:
        """End the work on a picture with a failure, or because nobody waits for it."""
        if process.work is None or process.work.phase is Phase.LOST:
            return
        ended = replaced(process, _worker(process), None)._replace(work=None)
        picture = process.picture
        if _is_followed(process) and picture is not None:
            if picture.revision == BETWEEN and self._mistake is Mistake.KEEP_HALF:
                ended = ended._replace(picture=picture._replace(revision=process.work.first - 1))
            elif picture.revision == BETWEEN or not process.kept:
                ended = _left(ended)
            if self._mistake is Mistake.KEEP_THE_LOCK:
                ended = ended._replace(work=Work(Phase.LOST))
        yield Step(Kind.FAULT, "the work on the picture fails", ended)

    # --- hints ---

    def _hint(self, process: Process, database: Database) -> Iterator[Step]:
        picture = process.picture
        if not process.kept or picture is None or any(one.floor == HINTED for one in process.requests):
            return
        # Beyond the head: whoever can send hints can send wrong ones.
        for revision in range(picture.revision + 1, database.head + 2):
            hint = Request(Stage.WAITING, HINTED, revision)
            hinted = replaced(process, None, hint)
            if self._mistake is Mistake.BELIEVE_HINTS:
                hinted = process._replace(picture=picture._replace(revision=revision))
            yield Step(Kind.HINT, f"a hint names {revision}", hinted)


def _worker(process: Process) -> Request:
    return next(one for one in process.requests if one.stage is Stage.WORKING)


def _log_read(process: Process, database: Database) -> Step:
    assert process.picture is not None
    first = max(process.picture.revision, database.trimmed) + 1
    last = min(database.head, first + _PAGE - 1)
    page = Work(Phase.PAGE, first=first, last=last)
    return Step(Kind.PROGRESS, f"the log is read: {first} to {last}", process._replace(work=page))
