"""What to try next, as commands that can be pasted while everything keeps serving."""

from pathlib import Path
from typing import Final

from examples.walk.scene import Scene

_COMMANDS: Final = Path(__file__).with_name("try_next.sh")


def commands(scene: Scene) -> str:
    """Return the commands, after names for what they use."""
    names = {
        "ISSUER": scene.issuer,
        "DOCUMENTS": scene.documents,
        "ADMIN": f'$(cat "{scene.administrator_secret}")',
        "BESIDE": scene.words.beside,
        "LESSER": scene.words.lesser,
    }
    given = "\n".join(f"{name}={value}" for name, value in names.items())
    return f"# Names for what follows\n{given}\n\n{_COMMANDS.read_text(encoding='utf-8')}"
