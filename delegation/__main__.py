"""`python -m delegation` is the command `delegation`."""

from delegation.cli import main

if __name__ == "__main__":
    main()
