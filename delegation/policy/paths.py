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
        files = [path for each in _matches(word) for path in _files(each, endings)]
        if not files:
            raise NothingFound(f"`{word}` leads to no file {'' if Path(word).is_file() else 'of this kind'}".rstrip())
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
        return sorted(each for each in path.rglob("*") if each.name.endswith(endings) and each.is_file())
    return [path] if path.exists() else []
