"""The walk as a whole: prepare, tell, go on serving, and leave nothing behind."""

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import httpx2
from rich.console import Console

from examples.walk.cast import Unexpected
from examples.walk.children import ChildDied, Children
from examples.walk.ledger import Ledger
from examples.walk.narration import Narrator
from examples.walk.options import Options, options_from
from examples.walk.ports import PortTaken, choose
from examples.walk.scene import Scene, assemble, children_in, scene_for, start_service
from examples.walk.signals import end_alike
from examples.walk.story import Step, story
from examples.walk.telling import tell
from examples.walk.trying import commands

INTERRUPTED: Final = 130


def main(arguments: Sequence[str]) -> int:
    """Return 0 if the story went as it must, 1 if not, 130 if it was not told to the end."""
    options = options_from(arguments)
    narrator = Narrator(Console(highlight=False))
    end_alike()
    try:
        with ExitStack() as cleaning:
            return _walk(options, narrator, _directory(options, narrator, cleaning))
    except KeyboardInterrupt:
        narrator.heading("Interrupted; everything was stopped.")
        return INTERRUPTED
    except (ChildDied, PortTaken, TimeoutError, Unexpected, httpx2.HTTPError) as trouble:
        narrator.heading("The walk could not go on.")
        narrator.remark(f"{trouble}", style="red")
        return 1


def _walk(options: Options, narrator: Narrator, directory: Path) -> int:
    scene = scene_for(options, choose(options.port), directory)
    narrator.heading("A user lets an agent do one thing in one place")
    if scene.ports.remark:
        narrator.remark(scene.ports.remark, style="yellow")
    with children_in(scene) as children, httpx2.Client(base_url=scene.issuer, timeout=10) as http:
        differing = _play(scene, children, http, narrator)
        if not options.once:
            _serve_on(scene, children, narrator)
    return 1 if differing else 0


def _play(scene: Scene, children: Children, http: httpx2.Client, narrator: Narrator) -> int:
    narrator.remark(f"The service starts on {scene.issuer}, with an empty database and {scene.seed.name}.")
    narrator.remark("Its development identity provider vouches for anybody: never outside development.", style="yellow")
    start_service(scene, children)
    ledger = Ledger.over(scene.wire("planner"), scene.wire("documents"))
    cast = assemble(scene, children, http, ledger)
    narrator.remark(f"A document service listens on {scene.documents}, an agent waits for tasks.")
    narrator.wire(ledger.news())
    steps = story(scene.words)
    differing = tell(steps, cast, ledger, narrator)
    children.check()
    _conclude(steps, differing, narrator)
    return differing


def _conclude(steps: Sequence[Step], differing: int, narrator: Narrator) -> None:
    if differing:
        narrator.heading(f"{differing} of {len(steps)} steps DIFFER from what must happen.")
    else:
        narrator.heading(f"All {len(steps)} steps went as they must.")


def _serve_on(scene: Scene, children: Children, narrator: Narrator) -> None:
    """Keep serving until interrupted; raises ChildDied if a process ends by itself."""
    try:
        narrator.heading("Everything keeps serving until Ctrl-C. Try next, in another terminal:")
        narrator.commands(commands(scene))
        while True:
            children.check()
            time.sleep(0.5)
    except KeyboardInterrupt:
        narrator.heading("Stopping.")


def _directory(options: Options, narrator: Narrator, cleaning: ExitStack) -> Path:
    if options.keep:
        kept = Path(tempfile.mkdtemp(prefix="delegation-walk-"))
        cleaning.callback(narrator.remark, f"Database, keys and logs are in {kept}")
        return kept
    temporary = tempfile.TemporaryDirectory(prefix="delegation-walk-")
    return Path(cleaning.enter_context(temporary))
