"""Files that are wrong, kept beside this test; each says of itself, after `#!`, what must be said of it."""

from pathlib import Path

import pytest

from delegation.policy import InvalidPolicy, read_policy

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.fga.yaml"))


def expected(path: Path) -> list[str]:
    """What a file says must be said of it; where the words are a library's, they end in `...`."""
    return [line.removeprefix("#! ") for line in path.read_text("utf-8").splitlines() if line.startswith("#! ")]


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_every_fault_is_told_with_its_place(path: Path) -> None:
    """Whatever is wrong with a file is told at once, in the order of the lines, and nothing else is."""
    with pytest.raises(InvalidPolicy) as refused:
        read_policy(path, allow_external_files=False)
    told = [str(fault).splitlines()[0].replace(f"{path.parent}/", "") for fault in refused.value.faults]
    wanted = expected(path)
    assert wanted
    assert [
        line[: len(want) - 3] + "..." if want.endswith("...") else line for line, want in zip(told, wanted, strict=True)
    ] == wanted


def test_the_offending_piece_is_underlined() -> None:
    """Beneath the message stands the line, and a mark beneath the piece that is meant."""
    with pytest.raises(InvalidPolicy) as refused:
        read_policy(next(path for path in BROKEN if path.name == "unknown_keys.fga.yaml"))
    _, line, mark = str(refused.value.faults[-1]).splitlines()
    assert line[mark.index("^") : mark.rindex("^") + 1] == "asserts"
