"""What the walk is asked to do."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from examples.walk.words import RELATIONSHIPS, ROLES, Words

SEED: Final = ROLES.seed


@dataclass(frozen=True, slots=True)
class Options:
    """The command line, read. `port` None means: the usual ones, or free ones instead."""

    once: bool
    port: int | None
    keep: bool
    words: Words
    seed: Path
    database: str | None
    """URL of an empty database; None for a file beside keys and logs."""


def options_from(arguments: Sequence[str]) -> Options:
    """Return the options; explains itself and exits where they make no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.walk",
        description="Start the service and a document service, and walk through the main job.",
    )
    parser.add_argument("--once", action="store_true", help="end after the walk")
    parser.add_argument(
        "--port",
        type=int,
        metavar="N",
        help="the service's port; the document service takes the next (default: 8400; 0: any free)",
    )
    parser.add_argument("--keep", action="store_true", help="keep database, keys and logs")
    parser.add_argument(
        "--relationships", action="store_true", help="start from a relationship model, not from roles on a tree"
    )
    parser.add_argument("--seed", type=Path, metavar="FILE", help="start from this directory")
    parser.add_argument("--database", metavar="URL", help="use this empty database (default: a file that is made)")
    given = parser.parse_args(arguments)
    if given.port is not None and not 0 <= given.port < 1 << 16:
        parser.error(f"`{given.port}` is no port")
    words = RELATIONSHIPS if given.relationships else ROLES
    seed = given.seed or words.seed
    if not seed.is_file():
        parser.error(f"there is no file `{seed}`")
    return Options(once=given.once, port=given.port, keep=given.keep, words=words, seed=seed, database=given.database)
