"""A terminal on a deployment of either database, and short ways to type what these tests type."""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.cli.terminal import Said, Terminal
from tests.databases import execute


@dataclass(frozen=True)
class Desk:
    """Where an operator sits: a data directory, a database, and a place for what is kept elsewhere."""

    terminal: Terminal
    database: str
    elsewhere: Path

    def type(self, *words: str) -> Said:
        """Type a command, whatever becomes of it."""
        return self.terminal.type(*words, DELEGATION_DATABASE_URL=self.database)

    def do(self, *words: str) -> Said:
        """Type a command that has to succeed."""
        said = self.type(*words)
        assert said.code == 0, said.err + said.out
        return said

    def export(self, name: str, *options: str) -> Path:
        """Export the log to a place elsewhere."""
        path = self.elsewhere / name
        self.do("audit", "export", *options, str(path))
        return path

    def group(self, id: str) -> None:
        """Let something be recorded of the organization acme."""
        self.do("do", "create-group", "organization=acme", f"id={id}")

    def verify(self, *held: Path) -> Said:
        """Verify the log against what was kept."""
        return self.type("audit", "verify", *(word for path in held for word in ("--held", str(path))))

    def change(self, statement: str) -> None:
        """Change the database past the service."""
        execute(self.database, statement)


def told(path: Path, kind: str) -> list[dict[str, object]]:
    """Return the lines of an export that are of one kind."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line[kind] for line in lines if kind in line]
