"""A class of bug: a rule that the engine keeps, and ways to break the engine so that it does not."""

from collections import UserDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from typing_extensions import override


class Patch(NamedTuple):
    """What takes the place of an attribute, which must exist."""

    owner: object
    name: str
    by: object


@dataclass(frozen=True, slots=True)
class Breakage:
    """One mistake, made in the engine for a moment."""

    mistake: str
    patches: tuple[Patch, ...]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Make the mistake, and undo it at the end; raise where there is nothing to break any more."""
        with pytest.MonkeyPatch.context() as monkeypatch:
            for owner, name, by in self.patches:
                monkeypatch.setattr(owner, name, by)
            yield


@dataclass(frozen=True, slots=True)
class Bug:
    """A rule against a class of bug, and the mistakes by which the rule is broken."""

    id: str
    rule: Callable[[], None]
    breakages: tuple[Breakage, ...]


def broken(mistake: str, owner: object, name: str, by: object) -> Breakage:
    """The mistake that consists in one attribute being something else."""
    return Breakage(mistake, (Patch(owner, name, by),))


class Blurred(UserDict[Any, Any]):
    """A memory for which many keys are the same."""

    def __init__(self, blur: Callable[[Any], Hashable]) -> None:
        super().__init__()
        self.blur = blur

    @override
    def __contains__(self, key: object) -> bool:
        return self.blur(key) in self.data

    @override
    def __getitem__(self, key: object) -> object:
        return self.data[self.blur(key)]

    @override
    def __setitem__(self, key: object, value: object) -> None:
        self.data[self.blur(key)] = value


def blurred(mistake: str, owner: type, memory: str, blur: Callable[[Any], Hashable]) -> Breakage:
    """The mistake of a memory that keeps things under keys which do not say everything."""
    original = owner.__init__  # type: ignore[misc]  # every class has one, only its parameters are not known

    def careless(self: object, *arguments: object) -> None:
        original(self, *arguments)
        setattr(self, memory, Blurred(blur))

    return broken(mistake, owner, "__init__", careless)
