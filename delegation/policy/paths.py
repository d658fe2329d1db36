"""Which files are meant by the paths that a person types: files, directories and patterns."""

from collections.abc import Iterable
from glob import glob, has_magic
from pathlib import Path

from delegation.policy.reading import ENDINGS


class NothingFound(Exception):
    """A path leads to no file."""


def policy_files(words: Iterable[str], endings: tuple[str, ...] = ENDINGS) -> list[Path]:
    """Return the files that are meant, each once; a directory means those in it, at any depth, that end so."""
    found: dict[Path, None] = {}
    for word in words:
        try:
            files = [path for each in _matches(word) for path in _files(each, endings)] if word else []
        except OSError as error:
            raise NothingFound(f"`{word[:80]}` cannot be looked at: {error.strerror}") from None
        if not files:
            raise NothingFound(f"`{word}` leads to no file{' of this kind' if Path(word).exists() else ''}")
        found.update(dict.fromkeys(files))
    return list(found)


def _matches(word: str) -> list[Path]:
    path = Path(word)
    if path.exists() or not has_magic(word):
        return [path]
    # A pattern may begin anywhere, which the methods of `Path` do not allow.
    return [Path(each) for each in sorted(glob(word, recursive=True))]  # noqa: PTH207 - see above


def _files(path: Path, endings: tuple[str, ...]) -> list[Path]:
    if path.is_dir():
        found = (each for each in path.rglob("*") if each.name.endswith(endings) and each.is_file())
        return sorted(each for each in found if not _is_hidden(each.relative_to(path)))
    return [path] if path.exists() else []


def _is_hidden(path: Path) -> bool:
    """Tell whether a path beneath a directory leads through what is not shown, such as an environment."""
    return any(part.startswith(".") for part in path.parts)
