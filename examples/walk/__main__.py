"""`python -m examples.walk`."""

import sys

from examples.walk.program import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
