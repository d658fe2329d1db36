"""Exports: the log written down line by line, and checked by whoever holds nothing but earlier seals and keys."""

from collections.abc import Iterable, Iterator

from delegation.audit.chain import Entry, Head
from delegation.audit.errors import InvalidExport
from delegation.audit.held import Held, held_from
from delegation.audit.history import Anchor, Covered, Item
from delegation.audit.inspection import Report, inspect
from delegation.audit.lines import Ending, Keys, Line, Opening, read_line
from delegation.tokens import VerificationKeys


def check(lines: Iterable[bytes], *, keys: VerificationKeys, held: Held) -> tuple[Opening, Report]:
    """Return whose log an export tells of, what it tells, and what is wrong with that.

    `keys` are those that seals may be signed with, and `held` is what was kept of the log before; neither is taken
    from the export. Raises InvalidExport, with the number of the line, for what is no export or not a whole one.
    """
    told = _read(lines)
    opening = next(told, None)
    if not isinstance(opening, Opening):
        raise InvalidExport("line 1 is not the beginning of an export")
    report = inspect(_items(told), keys=keys, held=held, organization=opening.organization)
    return opening, report


def held_in(lines: Iterable[bytes]) -> Held:
    """Return what is held in lines that were kept: of seals, or of whole exports. Raises InvalidExport."""
    return held_from(line for line in _read(lines) if isinstance(line, Entry | Covered | Head | Anchor))


def items_in(lines: Iterable[bytes]) -> Iterator[Item]:
    """Yield what an export of the whole log tells, in order. Raises InvalidExport, at the latest at its end."""
    told = _read(lines)
    opening = next(told, None)
    if not isinstance(opening, Opening):
        raise InvalidExport("line 1 is not the beginning of an export")
    if opening.organization is not None:
        raise InvalidExport(f"this tells of organization `{opening.organization}` alone")
    yield from _items(told)


def _read(lines: Iterable[bytes]) -> Iterator[Line]:
    for number, line in enumerate(lines, start=1):
        try:
            yield read_line(line)
        except InvalidExport as error:
            raise InvalidExport(f"line {number} {error}") from None


def _items(told: Iterator[Line]) -> Iterator[Item]:
    for number, line in enumerate(told, start=2):
        match line:
            case Entry() | Covered() | Head() | Anchor():
                yield line
            case Keys():
                continue
            case Ending(lines) if lines == number - 1 and next(told, None) is None:
                return
            case Opening() | Ending():
                raise InvalidExport(f"line {number} does not belong there: lines are missing, or there are too many")
    raise InvalidExport("the end of the export is missing")
