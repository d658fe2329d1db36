"""Pages that quote figures: the command that measures writes them there, nobody else does."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = (ROOT / "README.md", ROOT / "docs" / "performance.md")
BEGIN: Final = "<!-- figures:begin -->"
END: Final = "<!-- figures:end -->"


def quoted(page: str, figures: str) -> str:
    """Return a page with the figures between its marks; unchanged where it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        return page
    return f"{before}{begin}\n\n{figures.strip()}\n\n{end}{after}"


def publish(figures: str) -> list[str]:
    """Write the figures into every page that quotes them; return the names of those pages."""
    changed = []
    for page in PAGES:
        before = page.read_text(encoding="utf-8") if page.exists() else ""
        after = quoted(before, figures)
        if after != before:
            page.write_text(after, encoding="utf-8")
            changed.append(page.name)
    return changed
