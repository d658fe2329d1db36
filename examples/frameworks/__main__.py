"""Runs one of the programs beside this file: `python -m examples.frameworks langchain_agent`."""

import argparse
import sys
from typing import Final

from examples.frameworks.stage import set_up

PROGRAMS: Final = ("langchain_agent", "pydantic_ai_agent", "pydantic_ai_mcp", "openai_agents", "a2a_planner")


def main() -> int:
    """Return how the program ended, when everything that it needs was started and is gone again."""
    parser = argparse.ArgumentParser(prog="python -m examples.frameworks")
    parser.add_argument("program", choices=PROGRAMS)
    program = parser.parse_args().program
    with set_up() as stage:
        ended = stage.run(program)
    print(ended.stdout, end="")
    print(ended.stderr, end="", file=sys.stderr)
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
