"""Pages that quote figures: the command that measures writes them there, nobody else does."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = (ROOT / "README.md", ROOT / "docs" / "performance.md", ROOT / "docs" / "sizing.md")
PICTURES: Final = ROOT / "docs" / "pictures"
SERVICE: Final = "figures"
"""What the marks are called between which a page quotes the service's figures."""
PEERS: Final = "peers"
"""What the marks are called between which a page quotes what others do."""
ENGINE: Final = "engine"
"""What the marks are called between which a page quotes the engine's figures."""
DATABASES: Final = "databases"
"""What the marks are called between which a page quotes the figures of each database."""
CLIENT: Final = "client"
"""What the marks are called between which a page quotes what the client library costs."""
GROWTH: Final = "growth"
"""What the marks are called between which a page quotes how cost grows."""
SIZING: Final = "sizing"
"""What the marks are called between which a page quotes what sizes follow from the figures."""


def marks(name: str) -> tuple[str, str]:
    """Return the lines between which a page quotes the figures of this name."""
    return f"<!-- {name}:begin -->", f"<!-- {name}:end -->"


def quoted(page: str, figures: str, name: str = SERVICE) -> str:
    """Return a page with the figures between its marks; unchanged where it has none."""
    opening, closing = marks(name)
    before, begin, rest = page.partition(opening)
    _, end, after = rest.partition(closing)
    if not begin or not end:
        return page
    return f"{before}{begin}\n\n{figures.strip()}\n\n{end}{after}"


def publish(figures: str, name: str = SERVICE) -> list[str]:
    """Write the figures into every page that quotes them; return the names of those pages."""
    changed = []
    for page in PAGES:
        before = page.read_text(encoding="utf-8") if page.exists() else ""
        after = quoted(before, figures, name)
        if after != before:
            page.write_text(after, encoding="utf-8")
            changed.append(page.name)
    return changed
